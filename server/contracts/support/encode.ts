/** The conversation in contract C's words: items become messages, problems its error, events the frames of its stream. */
import type { RunEvent, SequencedEvent } from '../../conversation/events.ts'
import { textDelta } from '../../conversation/events.ts'
import type { Attachment, Item } from '../../conversation/items.ts'
import { toProblem } from '../../http/problem.ts'
import type { HttpProblem } from '../../http/problem.ts'
import type { Ticket } from '../../tickets/tickets.ts'
import type { WireError, WireErrorCode, WireFile, WireInboxTicket, WireMessage } from './wire.ts'

/** An address of the file that works now, for a while. */
export type FileUrl = (fileId: string) => string

/** Null for what is no message: this contract has nothing else. */
export function encodeMessage(item: Item, fileUrl: FileUrl): WireMessage | null {
  const { id, created_at: createdAt } = item
  switch (item.type) {
    case 'user_message': {
      const attachments = item.attachments.map((attachment) => encodeFile(attachment, fileUrl))
      const content = item.content
        .map((part) => (part.type === 'input_text' ? part.text : `@${part.text}`))
        .join('')
      return { id, content, role: 'user', createdAt, ...(attachments.length === 0 ? {} : { attachments }) }
    }
    case 'assistant_message':
      return { id, content: item.content.map(({ text }) => text).join(''), role: 'assistant', createdAt }
    case 'widget':
      // Other doors' agents show widgets; what one says in words can be said here.
      return item.copy_text === undefined
        ? null
        : { id, content: item.copy_text, role: 'assistant', createdAt }
    case 'client_tool_call':
    case 'generated_image':
    case 'structured_input':
    case 'workflow':
    case 'task':
    case 'end_of_turn':
    case 'hidden_context_item':
    case 'sdk_hidden_context':
      return null
  }
}

export function encodeFile({ id, name, mime_type }: Attachment, fileUrl: FileUrl): WireFile {
  return { id, fileUrl: fileUrl(id), fileName: name, fileType: mime_type }
}

export function encodeInboxTicket({ id, owner, conversation, ...ticket }: Ticket): WireInboxTicket {
  return {
    ticketId: id,
    chatTicketId: conversation?.linkId ?? null,
    sessionId: conversation?.threadId ?? null,
    userId: owner.userId,
    ...ticket,
  }
}

const codes = new Map<string, WireErrorCode>([
  ['unauthenticated', 'unauthorized'],
  ['forbidden', 'forbidden'],
  ['not_found', 'not_found'],
  ['wrong_state', 'conflict'],
  ['rate_limited', 'rate_limit_exceeded'],
])

/** Whatever was thrown, in the contract's shape. Of what is our fault the client learns nothing. */
export function encodeError(error: unknown, now: () => Date): { status: number; body: WireError } {
  const problem = toProblem(error)
  const { status, message } = problem
  const code = codes.get(problem.code) ?? (status < 500 ? 'validation_error' : 'server_error')
  return {
    status,
    body: {
      error: {
        code,
        message,
        ...(problem.details.length === 0 ? {} : { details: problem.details }),
        ...(code === 'rate_limit_exceeded' ? { resetAt: resetAt(problem, now()) } : {}),
      },
    },
  }
}

function resetAt({ headers }: HttpProblem, now: Date): string {
  return new Date(now.getTime() + Number(headers['retry-after'] ?? 0) * 1_000).toISOString()
}

/**
 * Of the stream, which the contract asks for and does not describe: `accepted` with the user's message, `delta` with
 * `{id, delta}`, `message` with the assistant's whole message, `error` as any reply's body, and `end`. `id` is the place in
 * the answer's log: with it as `Last-Event-ID`, and the same `Idempotency-Key`, a stream goes on where it was cut.
 */
export function encodeFrames(batch: readonly SequencedEvent[], fileUrl: FileUrl): string {
  return batch.map(({ seq, event }) => encodeEvent(seq, event, fileUrl)).join('')
}

function encodeEvent(seq: number, event: RunEvent, fileUrl: FileUrl): string {
  const delta = textDelta(event)
  if (delta !== undefined) return frame('delta', { id: delta.itemId, delta: delta.text }, seq)
  switch (event.type) {
    case 'item-done':
    case 'item-replaced': {
      const message = encodeMessage(event.item, fileUrl)
      if (message === null) return ''
      return frame(message.role === 'user' ? 'accepted' : 'message', message, seq)
    }
    case 'error':
      return errorFrame(event.message ?? unanswered, seq)
    case 'run-ended':
      return frame('end', { status: event.status }, seq)
    case 'thread-created':
    case 'thread-updated':
    case 'item-added':
    case 'item-updated':
    case 'item-removed':
    case 'options':
    case 'progress':
    case 'client-effect':
    case 'notice':
      return ''
  }
}

export const unanswered = 'The assistant could not answer.'

function errorFrame(message: string, seq: number): string {
  return frame('error', { error: { code: 'server_error', message } } satisfies WireError, seq)
}

export function frame(event: string, data: unknown, seq?: number): string {
  return `${seq === undefined ? '' : `id: ${seq}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
