'use server'

import { redirect } from 'next/navigation'
import { signInAs, signOut as forget } from '../../server/identity.ts'

/** Whoever types a name is that person: an example has no passwords. */
export async function signIn(form: FormData): Promise<void> {
  const name = form.get('name')
  if (typeof name === 'string' && /^[a-z][a-z0-9-]{0,30}$/.test(name)) await signInAs(name)
  redirect('/')
}

export async function signOut(): Promise<void> {
  await forget()
  redirect('/')
}
