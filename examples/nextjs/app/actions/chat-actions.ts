'use server'

import type { ChatActions, toActionError } from '@parley/server'
import { signedIn } from '../../server/identity.ts'
import { chat } from '../../server/parley.ts'

/** Next.js hides what actions throw, so what a person may know comes back as a value. */
export type Outcome<Value> = { value: Value } | { error: ReturnType<typeof toActionError> }

/** Every action is for the user who is signed in, whatever the browser says. */
async function asUser<Value>(work: (actions: ChatActions) => Promise<Value>): Promise<Outcome<Value>> {
  const identity = await signedIn()
  if (identity === null) return { error: { code: 'unauthorized', message: 'Please sign in.' } }
  const { actionsOf, toActionError: explain } = await chat()
  try {
    return { value: await work(actionsOf(identity)) }
  } catch (error) {
    return { error: explain(error) }
  }
}

export async function createSession() {
  return asUser((actions) => actions.createSession())
}

export async function sendMessage(sessionId: string, content: string, idempotencyKey: string) {
  return asUser((actions) => actions.sendMessage(sessionId, content, { idempotencyKey }))
}

export async function getHistory(sessionId: string, cursor?: string) {
  return asUser((actions) => actions.getHistory(sessionId, cursor === undefined ? {} : { cursor }))
}

export async function createTicket(sessionId: string) {
  return asUser((actions) => actions.createTicket(sessionId))
}

export async function uploadFile(sessionId: string, form: FormData) {
  return asUser(async (actions) => {
    const file = form.get('file')
    if (!(file instanceof File)) throw new TypeError('There is no file in the form.')
    return actions.uploadFile(sessionId, file)
  })
}

export async function deleteFile(fileId: string) {
  return asUser((actions) => actions.deleteFile(fileId))
}

export async function updateSession(sessionId: string, status: 'active' | 'resolved' | 'archived') {
  return asUser((actions) => actions.updateSession(sessionId, status))
}

export async function deleteSession(sessionId: string) {
  return asUser((actions) => actions.deleteSession(sessionId))
}
