/** Threads, messages and problems in this door's shapes. */
import type { ClientMessage, ClientThread, SaidWords } from '../../conversation/client-messages.ts'
import type { IncompleteReason, JsonObject } from '../../conversation/items.ts'
import type { HttpProblem } from '../../http/problem.ts'
import type { WireMessage, WireThread } from './wire.ts'

export function encodeThread(told: ClientThread): WireThread {
  const { thread, owner } = told
  return {
    id: thread.id,
    project_id: owner.tenantId,
    workspace_id: owner.userId,
    title: thread.title ?? null,
    last_message_at: told.lastMessageAt,
    metadata: told.metadata,
    external_id: told.externalId,
    created_at: thread.created_at,
    updated_at: told.updatedAt,
    is_archived: told.isArchived,
  }
}

/**
 * What a client has written comes back in its format, whichever is asked for. What the thread has said itself has none, so it is
 * said in the format that is asked for, where that is known.
 */
export function encodeMessage(message: ClientMessage, asked: string | undefined): WireMessage {
  const { id, parentId, height, createdAt, updatedAt } = message
  const written =
    message.content === null
      ? inFormat(message.said, asked)
      : { format: message.format, content: message.content }
  return { id, parent_id: parentId, height, created_at: createdAt, updated_at: updatedAt, ...written }
}

function inFormat(said: SaidWords, asked: string | undefined): { format: string; content: JsonObject } {
  const parts = said.texts.map((text) => ({ type: 'text', text }))
  if (asked === 'ai-sdk/v5' || asked === 'ai-sdk/v6') {
    return { format: asked, content: { role: said.role, parts } }
  }
  const content: JsonObject = {
    role: said.role,
    content: parts,
    metadata: { unstable_annotations: [], unstable_data: [], steps: [], custom: {} },
    ...(said.role === 'assistant' ? { status: statusOf(said.incomplete) } : {}),
  }
  return { format: 'aui/v0', content }
}

function statusOf(incomplete: IncompleteReason | undefined): JsonObject {
  switch (incomplete) {
    case undefined:
      return { type: 'complete', reason: 'stop' }
    case 'cancelled':
      return { type: 'incomplete', reason: 'cancelled' }
    case 'failed':
      return { type: 'incomplete', reason: 'error' }
    case 'interrupted':
      return { type: 'incomplete', reason: 'other' }
  }
}

/** The client shows `message` and has `error` as its code. */
export function encodeProblem({ code, message, status, details }: HttpProblem): Response {
  return Response.json(
    { error: code, message, ...(details.length === 0 ? {} : { details }) },
    { status, headers: { 'cache-control': 'no-store' } },
  )
}
