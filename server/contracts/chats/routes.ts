/**
 * The chats door: contract E, a chat site that is embedded in other sites' pages. A chat is a thread.
 *
 *   GET, POST               /api/chats                 list, create
 *   GET, POST, PUT, DELETE  /api/chats/:id             read, answer (SSE), rename, delete
 *   GET, DELETE             /api/chats/:id/stream      resume (SSE, or 204), stop
 *   POST                    /api/chats/:id/stop        stop, as the AI SDK's documents have it
 *   GET                     /api/chats/:id/:id/stream  resume, as the AI SDK asks when its `api` is a chat's address
 *   POST                    /api/chats/:id/messages    save
 *   GET                     /api/ping, /api/health
 */
import { z } from 'zod'
import type { Admission, LimitRule } from '../../admission/admission.ts'
import type { Access, Caller } from '../../admission/caller.ts'
import type { AgentName } from '../../agents/agents.ts'
import { cookie } from '../../auth/cookies.ts'
import { notFound } from '../../conversation/errors.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Engine } from '../../engine/engine.ts'
import type { CorsPolicy } from '../../http/cors.ts'
import { createDoor, routesFor } from '../../http/door.ts'
import type { Asked, Door, Route } from '../../http/door.ts'
import type { Framing } from '../../http/framing.ts'
import { nextLink } from '../../http/next-link.ts'
import { readIdempotencyKey } from '../../http/idempotency-key.ts'
import { markerHeader } from '../../http/origin.ts'
import { HttpProblem } from '../../http/problem.ts'
import { limitHeaderNames } from '../../limits/headers.ts'
import { answer, isUiRequest, resume, stop } from './answers.ts'
import type { AnswerParts, AnswerRequest } from './answers.ts'
import { threadIdOf } from './chat-ids.ts'
import { createChat, deleteChat, getChat, listChats, renameChat, saveMessage } from './chats.ts'
import type { FileParts } from './files.ts'
import { createProblems } from './problems.ts'
import type { Problems } from './problems.ts'
import {
  Chat,
  ChatMessage,
  ChatPlace,
  ChatPlaceTwice,
  ChatProblem,
  ChatWithMessages,
  ChatsPage,
  CreateChat,
  MessagesPage,
  SaveMessage,
  Stopped,
  StreamAnswer,
  UpdateChat,
  streamBodyBytesMax,
} from './wire.ts'

export interface ChatsDoorOptions extends FileParts {
  engine: Engine
  store: ConversationStore
  admission: Admission
  /** Of cookies that are set here. */
  framing: Framing
  /** Whether browsers reach us by https even where our own sockets do not: behind a proxy that ends TLS. */
  isSecure?: boolean
  /** Origins whose pages may ask with the person's cookies. Default: our own. */
  trustedOrigins?: readonly string[]
  /** Default: `chatsLimits`. */
  limits?: readonly LimitRule[]
  /** Who answers. Default: the assistant. */
  agentName?: AgentName
  /** How long a stream may say nothing. Default 15. */
  heartbeatSeconds?: number
  /** A stream broke after it had begun. */
  onFailure(event: string, fields: Record<string, unknown>): void
  now(): Date
}

/** The document has none. A class behind one address is meant to fit in. */
const chatsLimits: readonly LimitRule[] = [
  { name: 'chats-user-minute', per: 'user', requestsMax: 120, windowSeconds: 60 },
  { name: 'chats-address-minute', per: 'address', requestsMax: 1_200, windowSeconds: 60 },
]

export function createChatsDoor(options: ChatsDoorOptions): Door {
  const { admission, trustedOrigins = [], limits = chatsLimits } = options
  const problems = createProblems()
  return createDoor<Access>({
    title: 'Chats',
    description: 'Chats of a site that other sites show inside of theirs, streamed as the AI SDK reads them.',
    routes: [
      ...listRoutes(options),
      ...chatRoutes(options),
      ...answerRoutes(options, problems),
      ...streamRoutes(options),
      ...utilityRoutes(options),
    ],
    admit: admission({
      limits,
      trustedOrigins,
      guestsBeginWith: { resource: 'thread', action: 'create' },
    }),
    encodeProblem: problems.encode,
    problemSchema: ChatProblem,
    problemTypes: ['text/plain'],
    problemStatuses: [400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503],
    cors: corsOf(trustedOrigins),
    below: ['/api/chats/*'],
  })
}

function corsOf(credentialedOrigins: readonly string[]): CorsPolicy {
  return {
    credentialedOrigins,
    anyOrigin: true,
    allowedHeaders: [
      'Content-Type',
      'Authorization',
      'Idempotency-Key',
      'Last-Event-ID',
      'Parley-Stream',
      'X-Request-ID',
      markerHeader,
    ],
    exposedHeaders: ['Link', 'Location', 'Idempotent-Replayed', 'X-Request-ID', ...limitHeaderNames],
  }
}

const route = routesFor<Caller, Access>()
const json = (body: unknown, init?: ResponseInit): Response => Response.json(body, init)

function listRoutes(options: ChatsDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'get',
        path: '/api/chats',
        summary: 'One’s chats, newest first',
        access: { resource: 'thread', action: 'read' },
        query: ChatsPage,
        replies: { 200: { description: 'A page of them. `Link` has the next.', schema: z.array(Chat) } },
      },
      async ({ caller, request, query }) => {
        const { chats, next } = await listChats(options, caller.owner, query)
        return json(chats, { headers: nextLink(request, next) })
      },
    ),
    route(
      {
        method: 'post',
        path: '/api/chats',
        summary: 'Begins a chat with a prompt, or with a message',
        description:
          'Whoever shows nothing becomes a guest. With the same `Idempotency-Key`, or the same `id`, it is begun once.',
        access: { resource: 'thread', action: 'create' },
        makesGuests: true,
        body: CreateChat,
        bodyBytesMax: streamBodyBytesMax,
        replies: { 201: { description: 'The chat', schema: ChatWithMessages } },
      },
      async ({ caller, request, body }) => {
        const key = readIdempotencyKey(request.headers)
        const creation = { owner: caller.owner, requestUrl: request.url, key }
        const { chat, isNew } = await createChat(options, creation, body)
        const replayed: Record<string, string> = isNew ? {} : { 'idempotent-replayed': 'true' }
        return json(chat, { status: 201, headers: { location: `/api/chats/${chat.id}`, ...replayed } })
      },
    ),
  ]
}

/** Whose thread a chat's address names. */
function placeOf({
  caller,
  params,
  request,
}: Pick<Asked<Caller, { id: string }, unknown, unknown>, 'caller' | 'params' | 'request'>) {
  return { owner: caller.owner, threadId: threadIdOf(params.id), requestUrl: request.url }
}

function chatRoutes(options: ChatsDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'get',
        path: '/api/chats/:id',
        summary: 'A chat with its messages, oldest first',
        access: { resource: 'thread', action: 'read' },
        params: ChatPlace,
        query: MessagesPage,
        replies: { 200: { description: 'It. `Link` has the next messages.', schema: ChatWithMessages } },
      },
      async (asked) => {
        const { chat, next } = await getChat(options, placeOf(asked), asked.query)
        return json(chat, { headers: nextLink(asked.request, next) })
      },
    ),
    route(
      {
        method: 'put',
        path: '/api/chats/:id',
        summary: 'Gives a chat a title',
        access: { resource: 'thread', action: 'update' },
        params: ChatPlace,
        body: UpdateChat,
        replies: { 200: { description: 'The chat', schema: Chat } },
      },
      async (asked) => {
        const { title = '', content = title } = asked.body
        return json(await renameChat(options, placeOf(asked), content.trim()))
      },
    ),
    route(
      {
        method: 'delete',
        path: '/api/chats/:id',
        summary: 'Deletes a chat with all its messages',
        access: { resource: 'thread', action: 'delete' },
        params: ChatPlace,
        replies: { 200: { description: 'The chat as it was, without its messages', schema: Chat } },
      },
      async (asked) => json(await deleteChat(options, placeOf(asked))),
    ),
    route(
      {
        method: 'post',
        path: '/api/chats/:id/messages',
        summary: 'Saves a message, once for each id',
        description: 'What is said to be the assistant’s and is not what it has said is kept with a mark.',
        access: { resource: 'thread', action: 'update' },
        params: ChatPlace,
        body: SaveMessage,
        replies: { 200: { description: 'The message as it is stored', schema: ChatMessage } },
      },
      async (asked) => json(await saveMessage(options, placeOf(asked), asked.body)),
    ),
  ]
}

function answerRequest({
  caller,
  context,
  params,
}: Pick<Asked<Caller, { id: string }, unknown, unknown>, 'caller' | 'context' | 'params'>): AnswerRequest {
  return { caller, context, threadId: threadIdOf(params.id) }
}

function answerPartsOf(options: ChatsDoorOptions): AnswerParts {
  const { agentName = 'assistant', heartbeatSeconds = 15 } = options
  return { ...options, agentName, heartbeatSeconds }
}

const streamed = { description: 'The answer’s frames', mediaTypes: ['text/event-stream'] }

function answerRoutes(options: ChatsDoorOptions, problems: Problems): Route<Access>[] {
  const parts = answerPartsOf(options)
  return [
    route(
      {
        method: 'post',
        path: '/api/chats/:id',
        summary: 'Asks for an answer, and streams it',
        description:
          'As the AI SDK’s transport asks (with `trigger`), whoever closes the stream and neither comes back nor sends the header ' +
          '`Parley-Stream: 1` stops the answer; problems are sentences then.',
        access: { resource: 'thread', action: 'update' },
        params: ChatPlace,
        body: StreamAnswer,
        bodyBytesMax: streamBodyBytesMax,
        replies: { 200: streamed },
      },
      (asked) => {
        if (isUiRequest(asked.body)) problems.isShown(asked.request)
        const request = answerRequest(asked)
        refuseOtherChat(asked.body.conversationId, request.threadId)
        return answer(parts, request, asked.body)
      },
    ),
    route(
      {
        method: 'post',
        path: '/api/chats/:id/stop',
        summary: 'The same as `DELETE /api/chats/{id}/stream`',
        description: 'Whatever its body says: what had arrived is stored anyway.',
        access: { resource: 'thread', action: 'update' },
        params: ChatPlace,
        replies: { 200: { description: 'It is asked to stop, or there was none', schema: Stopped } },
      },
      async (asked) => {
        await stop(parts, answerRequest(asked))
        return json({ success: true })
      },
    ),
  ]
}

function streamRoutes(options: ChatsDoorOptions): Route<Access>[] {
  const parts = answerPartsOf(options)
  const nothing = { description: 'No answer is being written, and all of the last one is read.' }
  return [
    route(
      {
        method: 'get',
        path: '/api/chats/:id/stream',
        summary: 'Goes on reading the answer that is being written',
        description: 'From its beginning, or behind the frame that `Last-Event-ID` names.',
        access: { resource: 'thread', action: 'read' },
        params: ChatPlace,
        replies: { 200: streamed, 204: nothing },
      },
      (asked) => resume(parts, answerRequest(asked)),
    ),
    route(
      {
        method: 'delete',
        path: '/api/chats/:id/stream',
        summary: 'Stops the answer that is being written',
        access: { resource: 'thread', action: 'update' },
        params: ChatPlace,
        replies: {
          204: { description: 'It is asked to stop, or there was none. What had arrived is kept.' },
        },
      },
      async (asked) => {
        await stop(parts, answerRequest(asked))
        return new Response(null, { status: 204 })
      },
    ),
    route(
      {
        method: 'get',
        path: '/api/chats/:id/:sameId/stream',
        summary: 'The same as `/api/chats/{id}/stream`',
        access: { resource: 'thread', action: 'read' },
        params: ChatPlaceTwice,
        replies: { 200: streamed, 204: nothing },
      },
      (asked) => {
        const request = answerRequest(asked)
        const { sameId } = asked.params
        if (threadIdOf(sameId) !== request.threadId) throw notFound('Thread', sameId)
        return resume(parts, request)
      },
    ),
  ]
}

/** Neither makes a session. */
function utilityRoutes({ framing, isSecure = false }: ChatsDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'get',
        path: '/api/ping',
        summary: 'Sets the cookie `app-init`, which says nothing but that cookies work',
        access: 'public',
        replies: { 200: { description: '`"ok"`', schema: z.literal('ok') } },
      },
      ({ request }) => {
        const isHttps = isSecure || request.url.startsWith('https:')
        const attributes = {
          maxAgeSeconds: 400 * 86_400,
          isSecure: isHttps,
          isFramed: framing.isFramed(request),
        }
        return json('ok', { headers: { 'set-cookie': cookie('app-init=1', attributes) } })
      },
    ),
    route(
      {
        method: 'get',
        path: '/api/health',
        summary: 'Whether the server answers',
        access: 'public',
        replies: { 200: { description: '`"running"`', schema: z.literal('running') } },
      },
      () => json('running'),
    ),
  ]
}

/** A body that names another chat than its address was meant for another. */
function refuseOtherChat(conversationId: string | null | undefined, threadId: string): void {
  if (conversationId === null || conversationId === undefined) return
  try {
    if (threadIdOf(conversationId) === threadId) return
  } catch {
    // It names nothing, so it does not name this one.
  }
  throw new HttpProblem('invalid_request', 'conversationId is not the chat of the address.')
}
