/**
 * Contract C: a support chat that turns into tickets. Sessions, messages, files and tickets over HTTP; the same without HTTP
 * is `actions.ts`.
 *
 *   request ─▶ admit: who (never a guest), may they, 100 a minute and 1,000 an hour ─▶ schema ─▶ sessions, messages, … ─▶ JSON
 */
import type { Context } from 'hono'
import type { Admission } from '../../admission/admission.ts'
import type { Caller } from '../../admission/caller.ts'
import type { Permission } from '../../auth/permissions.ts'
import { createId } from '../../conversation/ids.ts'
import { FileError } from '../../files/errors.ts'
import { readMultipart } from '../../files/multipart.ts'
import type { CorsPolicy } from '../../http/cors.ts'
import { checked, createDoor, routesFor } from '../../http/door.ts'
import type { Door, DoorOptions, Route } from '../../http/door.ts'
import { eventStream } from '../../http/event-stream.ts'
import { readJson } from '../../http/json.ts'
import { nextLink } from '../../http/next-link.ts'
import { HttpProblem } from '../../http/problem.ts'
import { encodeError } from './encode.ts'
import { deleteFile, placeFile, receiveFile, removeFile } from './files.ts'
import { handOver, readInbox } from './hand-over.ts'
import { readHistory } from './history.ts'
import { createLargeBodies } from './large-bodies.ts'
import type { LargeBodies, LargeBodiesOptions } from './large-bodies.ts'
import { awaitAnswer, beginMessage, streamAnswer } from './messages.ts'
import { messageOf } from './new-message.ts'
import { requirePermission } from './parts.ts'
import type { Asker, SupportParts } from './parts.ts'
import { createSession, deleteSession, updateSession } from './sessions.ts'
import * as wire from './wire.ts'

export interface SupportDoorOptions extends SupportParts {
  admission: Admission
  /** Our public origin, where a proxy rewrites `Host`. Default: the one that was asked. */
  publicUrl?: string
  /** Default: none, so that no page of another origin reads an answer. */
  cors?: CorsPolicy
  /** A stream broke after it had begun. */
  onFailure(event: string, fields: Record<string, unknown>): void
  largeBodies?: LargeBodiesOptions
  /** How long a stream may say nothing. Default 15. */
  heartbeatSeconds?: number
}

/** As the contract has them. */
const supportLimits = [
  { name: 'chat-minute', per: 'user', requestsMax: 100, windowSeconds: 60 },
  { name: 'chat-hour', per: 'user', requestsMax: 1_000, windowSeconds: 3_600 },
] as const

export function createSupportDoor(options: SupportDoorOptions): Door {
  const { admission, now, cors } = options
  const admit = admission({
    limits: supportLimits,
    ...(cors === undefined ? {} : { trustedOrigins: cors.credentialedOrigins }),
  })
  const door: DoorOptions<Permission> = {
    title: 'Support',
    description: 'A support chat whose conversations become tickets.',
    routes: routesOf(options),
    async admit(request, access, context) {
      const admitted = await admit(request, 'identified', context)
      // What it lets in as identified has a caller.
      const { identity } = admitted.caller as Caller
      try {
        requirePermission(identity, access)
        return admitted
      } catch (error) {
        admitted.release()
        throw error
      }
    },
    encodeProblem(problem) {
      const { status, body } = encodeError(problem, now)
      return Response.json(body, { status, headers: { 'cache-control': 'no-store' } })
    },
    problemSchema: wire.Problem,
    problemStatuses: [400, 401, 403, 404, 409, 413, 415, 429, 500, 502, 503, 504],
    ...(cors === undefined ? {} : { cors }),
    below: ['/api/chat/*'],
  }
  return createDoor(door)
}

type SupportRoute = Route<Permission>
const route = routesFor<Caller, Permission>()

function routesOf(options: SupportDoorOptions): SupportRoute[] {
  return [
    ...sessionRoutes(options),
    ...messageRoutes(options),
    ...fileRoutes(options),
    ...ticketRoutes(options),
  ]
}

function askerOf(
  { publicUrl }: SupportDoorOptions,
  { caller, request }: { caller: Caller; request: Request },
): Asker {
  return { ...caller, baseUrl: publicUrl ?? request.url, signal: request.signal }
}

function sessionRoutes(options: SupportDoorOptions): SupportRoute[] {
  return [
    route(
      {
        method: 'post',
        path: '/api/chat/sessions',
        summary: 'Begins a session',
        access: { resource: 'thread', action: 'create' },
        body: wire.CreateSession,
        replies: { 201: { description: 'The session', schema: wire.Session } },
      },
      async (asked) =>
        Response.json(await createSession(options, askerOf(options, asked), asked.body), { status: 201 }),
    ),
    route(
      {
        method: 'patch',
        path: '/api/chat/sessions/:sessionId',
        summary: 'Changes a session’s status',
        description:
          'A session that is resolved or archived takes no messages and no files until it is active again.',
        access: { resource: 'thread', action: 'update' },
        params: wire.SessionPath,
        body: wire.UpdateSession,
        replies: { 200: { description: 'The session', schema: wire.UpdatedSession } },
      },
      async (asked) => {
        const { sessionId } = asked.params
        return Response.json(
          await updateSession(options, askerOf(options, asked), sessionId, asked.body.status),
        )
      },
    ),
    route(
      {
        method: 'delete',
        path: '/api/chat/sessions/:sessionId',
        summary: 'Deletes a session with its messages and files',
        access: { resource: 'thread', action: 'delete' },
        params: wire.SessionPath,
        replies: { 200: { description: 'It is gone', schema: wire.Success } },
      },
      async (asked) =>
        Response.json(await deleteSession(options, askerOf(options, asked), asked.params.sessionId)),
    ),
  ]
}

function messageRoutes(options: SupportDoorOptions): SupportRoute[] {
  const bodies = createLargeBodies(options.largeBodies)
  return [
    route(
      {
        method: 'post',
        path: '/api/chat/messages',
        summary: 'Sends a message, and answers with the assistant’s',
        description:
          'With `Accept: text/event-stream` the answer is streamed as it is written. An `Idempotency-Key` makes a request safe to repeat: its answer is the same.',
        access: { resource: 'thread', action: 'update' },
        otherBodies: { 'application/json': wire.SendMessage },
        bodyBytesMax: wire.messageBytesMax,
        replies: {
          200: {
            description: 'The assistant’s message',
            schema: wire.Message,
            mediaTypes: ['text/event-stream'],
          },
        },
      },
      ({ caller, request, context }) => send(options, bodies, askerOf(options, { caller, request }), context),
    ),
    route(
      {
        method: 'get',
        path: '/api/chat/sessions/:sessionId/messages',
        summary: 'What was said in a session',
        description: 'A `Link` header with `rel="next"` leads to the next page.',
        access: { resource: 'thread', action: 'read' },
        params: wire.SessionPath,
        query: wire.HistoryQuery,
        replies: { 200: { description: 'Messages', schema: wire.History } },
      },
      async (asked) => {
        const { sessionId } = asked.params
        const asker = askerOf(options, asked)
        const { messages, next } = await readHistory(options, asker, sessionId, asked.query)
        return Response.json({ messages }, { headers: nextLink(asked.request, next) })
      },
    ),
  ]
}

async function send(
  options: SupportDoorOptions,
  bodies: LargeBodies,
  asker: Asker,
  context: Context,
): Promise<Response> {
  const request = context.req.raw
  const run = await bodies.within(request, async (counted) => {
    const body = await readJson(counted, { bodyBytesMax: wire.messageBytesMax })
    return beginMessage(options, asker, messageOf(checked(wire.SendMessage, body, 'body'), request.headers))
  })
  if (!wantsStream(request.headers)) return Response.json(await awaitAnswer(options, asker, run))
  const after = placeIn(request.headers)
  return eventStream(context, {
    frames: (signal) =>
      streamAnswer(options, { ...asker, signal: AbortSignal.any([asker.signal, signal]) }, run, after),
    heartbeatSeconds: options.heartbeatSeconds ?? 15,
    onClose(reason, error) {
      if (reason === 'failed') options.onFailure('stream-failed', { runId: run.runId, error })
    },
  })
}

function wantsStream(headers: Headers): boolean {
  return /\btext\/event-stream\b/i.test(headers.get('accept') ?? '')
}

/** Where a stream goes on that was cut: behind the last event that arrived. */
function placeIn(headers: Headers): number {
  const place = headers.get('last-event-id') ?? '0'
  if (/^\d{1,15}$/.test(place)) return Number(place)
  throw new HttpProblem('invalid_request', 'Last-Event-ID must be a number.', { param: 'Last-Event-ID' })
}

function fileRoutes(options: SupportDoorOptions): SupportRoute[] {
  return [
    route(
      {
        method: 'post',
        path: '/api/chat/files',
        summary: 'Sends a file to a session',
        description:
          'It goes with the session’s next message, or with the message of the user’s that is named.',
        access: { resource: 'attachment', action: 'create' },
        otherBodies: { 'multipart/form-data': wire.Upload },
        replies: { 201: { description: 'The file', schema: wire.File } },
      },
      async (asked) =>
        Response.json(await upload(options, askerOf(options, asked), asked.request), { status: 201 }),
    ),
    route(
      {
        method: 'delete',
        path: '/api/chat/files/:fileId',
        summary: 'Deletes a file',
        access: { resource: 'attachment', action: 'delete' },
        params: wire.FilePath,
        replies: { 200: { description: 'It is gone', schema: wire.Success } },
      },
      async (asked) => Response.json(await deleteFile(options, askerOf(options, asked), asked.params.fileId)),
    ),
  ]
}

/** The file is stored as it arrives: what it is for may be said behind it. */
async function upload(options: SupportDoorOptions, asker: Asker, request: Request): Promise<wire.WireFile> {
  const fileId = createId('atc')
  let isReceived = false
  try {
    const { fields, files } = await readMultipart(
      request,
      { fileBytesMax: wire.fileBytesMax, fieldsMax: 10 },
      async ({ name, source }) => {
        await receiveFile(options, asker, { fileId, name, source })
        isReceived = true
      },
    )
    if (files.length === 0) throw new FileError('invalid_request', 'There is no file in the form.')
    const place = checked(wire.UploadFields, Object.fromEntries(fields), 'body')
    return await placeFile(options, asker, fileId, place)
  } catch (error) {
    if (isReceived) await removeFile(options, asker, fileId)
    throw error
  }
}

function ticketRoutes(options: SupportDoorOptions): SupportRoute[] {
  return [
    route(
      {
        method: 'post',
        path: '/api/chat/sessions/:sessionId/ticket',
        summary: 'Hands a session over to people',
        description:
          'What is left out is derived from the conversation. A session has one ticket: asked again, it is the same.',
        access: { resource: 'ticket', action: 'create' },
        params: wire.SessionPath,
        body: wire.CreateTicket,
        isBodyOptional: true,
        replies: {
          200: { description: 'The ticket that it has', schema: wire.Ticket },
          201: { description: 'The new ticket', schema: wire.Ticket },
        },
      },
      async (asked) => {
        const { sessionId } = asked.params
        const { ticket, isNew } = await handOver(options, askerOf(options, asked), sessionId, asked.body)
        return Response.json(ticket, { status: isNew ? 201 : 200 })
      },
    ),
    route(
      {
        method: 'get',
        path: '/api/chat/tickets',
        summary: 'All tickets of the tenant',
        access: { resource: 'inbox', action: 'read' },
        query: wire.InboxQuery,
        replies: { 200: { description: 'Tickets', schema: wire.Inbox } },
      },
      async (asked) => {
        const { tickets, next } = await readInbox(options, askerOf(options, asked), asked.query)
        return Response.json({ tickets }, { headers: nextLink(asked.request, next) })
      },
    ),
  ]
}
