/** Threads, messages and problems in this door's shapes. */
import type { HttpProblem } from '../../http/problem.ts'
import type { Owner, Thread } from '../../conversation/threads.ts'
import { chatIdOf } from './chat-ids.ts'
import { messageParts } from './messages.ts'
import type { Message } from './messages.ts'
import type { FileUrl } from './parts.ts'
import type { WireChat, WireMessage } from './wire.ts'

export function encodeChat({ userId }: Owner, thread: Thread): WireChat {
  return {
    id: chatIdOf(thread.id),
    title: thread.title ?? '',
    userId,
    createdAt: unixSeconds(thread.created_at),
  }
}

export function encodeMessage(threadId: string, message: Message, fileUrl: FileUrl): WireMessage {
  const { id, role, content, createdAt, isClientSupplied } = message
  return {
    id,
    chatId: chatIdOf(threadId),
    role,
    content,
    createdAt: unixSeconds(createdAt),
    parts: messageParts(message, fileUrl),
    ...(isClientSupplied ? { clientSupplied: true } : {}),
  }
}

function unixSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000)
}

/** Where the document gives the words, they are always the same: a chat that is not there reads like somebody else's. */
const statusMessages = new Map([
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Chat not found'],
  [500, 'Internal Server Error'],
])

export function encodeProblem({ status, message, details }: HttpProblem): Response {
  const statusMessage = statusMessages.get(status) ?? details[0]?.message ?? message
  return Response.json({ statusCode: status, statusMessage }, { status })
}

const sentences = new Map([
  [401, 'Please sign in.'],
  [403, 'You may not do that.'],
  [404, 'This chat does not exist.'],
  [500, 'Something went wrong. Please try again.'],
])

/** For a person. A chat that is not there reads like somebody else's here, too. */
export function sentenceOf({ status, message, details }: HttpProblem): string {
  return sentences.get(status) ?? details[0]?.message ?? message
}
