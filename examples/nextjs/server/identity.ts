/**
 * Who is signed in: a cookie with one of Parley's own tokens. In an app of yours this is your sign-in, Clerk's `auth()` say, and
 * all that the chat needs of it is an identity.
 */
import { cookies } from 'next/headers'
import type { Identity } from '@parley/server'
import { chat } from './parley.ts'
import { readSettings } from './settings.ts'

const cookieName = 'signed-in'
const lifetimeSeconds = 86_400

/** What says who is signed in, as it came: whoever reads it has to verify it. */
export async function signedInToken(): Promise<string | undefined> {
  return (await cookies()).get(cookieName)?.value
}

export async function signedIn(): Promise<Identity | null> {
  const token = await signedInToken()
  return token === undefined ? null : (await chat()).verify(token)
}

export async function signInAs(userId: string): Promise<void> {
  const token = await (await chat()).sign(userId, lifetimeSeconds)
  const kept = await cookies()
  kept.set(cookieName, token, {
    httpOnly: true,
    sameSite: 'lax',
    secure: readSettings().publicUrl.startsWith('https:'),
    maxAge: lifetimeSeconds,
    path: '/',
  })
}

export async function signOut(): Promise<void> {
  const kept = await cookies()
  kept.delete(cookieName)
}
