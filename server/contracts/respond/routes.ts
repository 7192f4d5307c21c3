/** Contract D: say something, act on a widget, and see what becomes of it. */
import type { Context } from 'hono'
import type { Admission, Admit, LimitRule } from '../../admission/admission.ts'
import type { Access, Caller } from '../../admission/caller.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BegunRun } from '../../engine/options.ts'
import type { CorsPolicy } from '../../http/cors.ts'
import { createDoor, routesFor } from '../../http/door.ts'
import type { Door, Route } from '../../http/door.ts'
import { eventStream } from '../../http/event-stream.ts'
import { readIdempotencyKey } from '../../http/idempotency-key.ts'
import { HttpProblem } from '../../http/problem.ts'
import { limitHeaderNames } from '../../limits/headers.ts'
import { encodeActed, encodeFrames, encodeProblem, encodeResponse, frame } from './encode.ts'
import { readOutput, readRun, responseIdOf } from './responses.ts'
import { createTurns } from './turns.ts'
import type { Acted, Turns } from './turns.ts'
import {
  actionReplySchema,
  actionRequestSchema,
  eventsQuery,
  problemSchema,
  respondReplySchema,
  respondRequestSchema,
  responseParams,
  responseSchema,
} from './wire.ts'

export interface RespondDoorOptions {
  engine: Engine
  store: ConversationStore
  admission: Admission
  /** Whose pages may ask: the product's own, as `https://yourdomain.com`, and in development `developmentOrigin`. */
  allowedOrigins: readonly string[]
  /** Which agent answers threads that begin here. Default: `todo`. */
  agentName?: string
  /** Default: `respondLimits`. */
  limits?: readonly LimitRule[]
  /** A stream broke after it had begun. */
  onFailure(event: string, fields: Record<string, unknown>): void
  /** How long a stream may say nothing before a comment. Default 15. */
  heartbeatSeconds?: number
}

/** Where pages of the document's todo app are served while it is developed. */
export const developmentOrigin = 'http://localhost:3000'

/** The document's for each user; and one for an address, so that nobody guesses tokens for long, and even they are told. */
const respondLimits: readonly LimitRule[] = [
  { name: 'respond', per: 'user', requestsMax: 100, windowSeconds: 60 },
  { name: 'respond-at-once', per: 'user', concurrentMax: 10 },
  { name: 'respond-address', per: 'address', requestsMax: 1_000, windowSeconds: 60 },
]

export function createRespondDoor(options: RespondDoorOptions): Door {
  const { admission, allowedOrigins, limits = respondLimits } = options
  const admit = admission({ limits })
  return createDoor<Access>({
    title: 'Respond and action',
    description: 'An assistant that answers with widgets, and does what is clicked on them.',
    routes: [...verbs(options, createTurns(options)), ...results(options)],
    admit: usersOnly(admit),
    encodeProblem,
    problemSchema,
    problemStatuses: [401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503],
    cors: corsPolicy(allowedOrigins),
    bodyBytesMax: 1_048_576,
    below: ['/respond/*', '/action/*', '/responses/*'].map((path) => `/api/chatkit${path}`),
  })
}

/** Whoever shows nothing is nobody here: where other doors make a guest of them, and where a page of another site asks. */
function usersOnly(admit: Admit): Admit {
  return async (request, access, context) => {
    try {
      const admitted = await admit(request, access, context)
      if (isUser(admitted.caller)) return admitted
      admitted.release()
    } catch (error) {
      const isNobody = error instanceof HttpProblem && error.code === 'forbidden'
      if (!isNobody || request.headers.has('authorization')) throw error
    }
    throw new HttpProblem('unauthenticated', 'Please send a bearer token.', {
      headers: { 'www-authenticate': 'Bearer' },
    })
  }
}

/** What admission has let in as a caller. */
function isUser(caller: unknown): boolean {
  return (caller as Caller | null)?.identity.kind === 'user'
}

/** The document's lists, in its order. */
function corsPolicy(credentialedOrigins: readonly string[]): CorsPolicy {
  return {
    credentialedOrigins,
    anyOrigin: false,
    allowedHeaders: ['Content-Type', 'Authorization', 'X-Requested-With'],
    allowedMethods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
    exposedHeaders: [...limitHeaderNames, 'X-Request-ID'],
  }
}

const route = routesFor<Caller, Access>()
const streamed = ['text/event-stream']

function verbs(options: RespondDoorOptions, turns: Turns): Route<Access>[] {
  return [
    route(
      {
        method: 'post',
        path: '/api/chatkit/respond',
        summary: 'Say something',
        description:
          'Stores the message, begins its answer and tells the answer’s id at once. ' +
          'With `Accept: text/event-stream` the answer follows. `Idempotency-Key` makes sure that it is said once.',
        access: { resource: 'thread', action: 'create' },
        body: respondRequestSchema,
        replies: {
          200: { description: 'The answer has begun', schema: respondReplySchema, mediaTypes: streamed },
        },
      },
      async ({ caller, request, context, body }) => {
        const run = await turns.respond(caller.owner, body, readIdempotencyKey(request.headers))
        const { runId, threadId: thread_id } = run
        const reply = { status: 'success', thread_id, response_id: responseIdOf(runId) }
        if (!wantsStream(request)) return Response.json(reply)
        return streamRun(options, { caller, context }, run, { first: frame('response', reply) })
      },
    ),
    route(
      {
        method: 'post',
        path: '/api/chatkit/action',
        summary: 'Act on a widget',
        description:
          'Only what a widget offers that the server itself has shown in that thread. What is done is what the server ' +
          'has said there; the request only chooses, and adds the values of the widget’s form.',
        access: { resource: 'thread', action: 'update' },
        body: actionRequestSchema,
        replies: {
          200: { description: 'It is being done', schema: actionReplySchema, mediaTypes: streamed },
        },
      },
      async ({ caller, request, context, body }) => {
        const acted = await turns.act(caller.owner, body, readIdempotencyKey(request.headers))
        const reply = encodeActed(acted)
        if (!wantsStream(request)) return Response.json(reply)
        return acted.type === 'begun'
          ? streamRun(options, { caller, context }, acted, { first: frame('response', reply) })
          : streamDone(context, acted)
      },
    ),
  ]
}

function results(options: RespondDoorOptions): Route<Access>[] {
  const { store } = options
  const shape = {
    method: 'get',
    access: { resource: 'thread', action: 'read' },
    params: responseParams,
  } as const
  return [
    route(
      {
        ...shape,
        path: '/api/chatkit/responses/:response_id',
        summary: 'What has become of a response or an action',
        replies: { 200: { description: 'As it is now', schema: responseSchema } },
      },
      async ({ caller, params }) => {
        const run = await readRun(store, caller.owner, params.response_id)
        const output = await readOutput(store, caller.owner, run)
        return Response.json(encodeResponse(run, output, params.response_id))
      },
    ),
    route(
      {
        ...shape,
        path: '/api/chatkit/responses/:response_id/events',
        summary: 'Its events, as they come',
        description:
          'Each has a number as its `id`. `Last-Event-ID`, or `after`, goes on behind one. The last is `done`; a stream that ends ' +
          'without it was cut, and is to be resumed. The others: `thread.created`, `thread.updated`, `item.added`, `item.done`, ' +
          '`item.replaced`, `item.removed`, `item.updated`, `item.annotated`, `text.delta`, `widget.updated`, ' +
          '`widget.component.updated`, `widget.text.delta`, `progress`, `notice`, `client_effect`, `error`.',
        query: eventsQuery,
        replies: { 200: { description: 'Events until the end', mediaTypes: streamed } },
      },
      async ({ caller, request, context, params, query }) => {
        const run = await readRun(store, caller.owner, params.response_id)
        const after = readPlace(request, query.after)
        // What a client knows was written before, so a number that the log has not reached is none of this run.
        if (after > run.lastSeq) {
          throw new HttpProblem('invalid_request', `It has come to event ${run.lastSeq}.`)
        }
        if (request.method === 'HEAD')
          return new Response(null, { headers: { 'content-type': streamed[0] ?? '' } })
        return streamRun(options, { caller, context }, { runId: run.id, threadId: run.threadId }, { after })
      },
    ),
  ]
}

interface Reader {
  caller: Caller
  context: Context
}

/** Whoever leaves, the run goes on. Who is not let in any more is not told more either. */
function streamRun(
  { engine, onFailure, heartbeatSeconds = 15 }: RespondDoorOptions,
  { caller, context }: Reader,
  run: BegunRun,
  { first = '', after = 0 }: { first?: string; after?: number },
): Promise<Response> {
  async function* frames(signal: AbortSignal): AsyncGenerator<string> {
    if (first !== '') yield first
    const stop = AbortSignal.any([signal, caller.revoked])
    for await (const batch of engine.follow(caller.owner, run, after, stop)) {
      if (caller.revoked.aborted) return
      yield encodeFrames(batch)
    }
  }
  return eventStream(context, {
    frames,
    heartbeatSeconds,
    onClose(reason, error) {
      if (reason === 'failed') onFailure('stream-failed', { runId: run.runId, error })
    },
  })
}

/** What was done at once has no log: all that there is to say. */
function streamDone(context: Context, acted: Extract<Acted, { type: 'done' }>): Promise<Response> {
  const { item, ...reply } = encodeActed(acted)
  async function* frames(): AsyncGenerator<string> {
    yield frame('response', reply)
    if (item !== undefined) yield frame('item.replaced', { item })
    yield frame('done', { status: 'completed' })
  }
  return eventStream(context, { frames: frames() })
}

function wantsStream(request: Request): boolean {
  const accepted = (request.headers.get('accept') ?? '').toLowerCase().split(',')
  return accepted.some((range) => (range.split(';')[0] ?? '').trim() === 'text/event-stream')
}

function readPlace(request: Request, after: string | undefined): number {
  const known = request.headers.get('last-event-id') ?? after ?? ''
  if (/^\d{0,15}$/.test(known)) return Number(known)
  throw new HttpProblem('invalid_request', 'Last-Event-ID must be the number of an event.')
}
