/**
 * The ChatKit door: one address for everything. Source: openai-chatkit 1.6.5; our additions are in `wire.ts`.
 *
 *   POST /chatkit                    cookie, token or nothing ───╮
 *                                                                ├─▶ decode ─▶ what may the session? ─▶ the answer, or a stream
 *   POST /v1/chatkit/conversation    secret of a session ────────╯
 *
 * The second is where OpenAI's hosted ChatKit is asked; nothing of it is documented, so it is the first for sessions only.
 */
import type { Context } from 'hono'
import type { Admission, LimitRule } from '../../admission/admission.ts'
import type { Access, Caller } from '../../admission/caller.ts'
import { withoutHeader } from '../../admission/made-sessions.ts'
import type { MadeSessions } from '../../admission/made-sessions.ts'
import { untitledKey } from '../../agents/thread-title.ts'
import type { Identity } from '../../auth/identity.ts'
import type { SessionAllowance } from '../../auth/session-allowance.ts'
import type { Agent } from '../../conversation/agent.ts'
import type { AttachmentUploads } from '../../conversation/attachments.ts'
import { ParleyError, notFound } from '../../conversation/errors.ts'
import type { JsonObject } from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BegunRun } from '../../engine/options.ts'
import type { CorsPolicy } from '../../http/cors.ts'
import { createDoor, routesFor } from '../../http/door.ts'
import type { Asked, Door } from '../../http/door.ts'
import { eventStream } from '../../http/event-stream.ts'
import { readIdempotencyKey } from '../../http/idempotency-key.ts'
import { addReplyHeaders } from '../../http/front.ts'
import { readJson } from '../../http/json.ts'
import { problemResponse } from '../../http/problem.ts'
import { limitHeaderNames } from '../../limits/headers.ts'
import { answerJson } from './answer.ts'
import { ChatKitRequest, decodeRequest } from './decode.ts'
import type { DecodedRequest } from './decode.ts'
import { encodeFrames } from './encode.ts'
import type { Encoding } from './encode.ts'
import { requestHash } from './request-hash.ts'
import { ChatKitProblem, ChatKitReply } from './wire.ts'

export interface ChatKitDoorOptions {
  engine: Engine
  store: ConversationStore
  agent: Agent
  admission: Admission
  /** What the secrets of sessions are good for that a server has made. */
  madeSessions: MadeSessions
  /** Without it, creating and deleting attachments is `unsupported`. */
  uploads?: AttachmentUploads
  /** What is known of whoever asks goes with each of their runs, over what the request says itself. Default: nothing. */
  runMetadata?: (identity: Identity) => Promise<JsonObject> | undefined
  /** Other sites whose pages may ask here with a token. Default: none. */
  allowedOrigins?: readonly string[]
  /** Default: none. */
  limits?: readonly LimitRule[]
  /** A stream broke after it had begun. */
  onFailure(event: string, fields: Record<string, unknown>): void
  /** How long our own streams may say nothing. Default 15. Stock clients get no heartbeats. */
  heartbeatSeconds?: number
  now?: () => Date
}

type AskedHere = Asked<Caller, undefined, undefined, undefined>

const route = routesFor<Caller, Access>()
const shape = {
  method: 'post',
  otherBodies: { 'application/json': ChatKitRequest },
  replies: {
    200: { description: 'What was asked for', schema: ChatKitReply, mediaTypes: ['text/event-stream'] },
  },
} as const

export function createChatKitDoor(options: ChatKitDoorOptions): Door {
  const { admission, allowedOrigins = [], limits = [] } = options
  const cors = corsFor(allowedOrigins)
  return createDoor<Access>({
    title: 'ChatKit',
    description: 'The ChatKit protocol, as ChatKit’s own clients speak it.',
    routes: [
      route(
        {
          ...shape,
          path: '/chatkit',
          summary: 'Every operation of the ChatKit protocol',
          description:
            'What is asked is the body’s `type`. What begins an answer is answered with its events, all else with JSON. Whoever ' +
            'shows nothing becomes a guest. `Idempotency-Key` makes sure that an answer begins once; with `Parley-Stream: 1` ' +
            'events are numbered, and `parley.resume` and `parley.cancel` have what they need.',
          access: 'identified',
          makesGuests: true,
        },
        (asked) => answer(options, asked),
      ),
      route(
        {
          ...shape,
          path: '/v1/chatkit/conversation',
          summary: 'The same, where hosted ChatKit is asked',
          description: 'For whoever shows the client secret of a session, and nobody else.',
          access: 'session',
        },
        (asked) => answer(options, asked),
      ),
    ],
    admit: admission({ limits, takesMadeSessions: true }),
    encodeProblem: problemResponse,
    problemSchema: ChatKitProblem,
    problemStatuses: [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 501, 502, 503, 507],
    ...(cors === undefined ? {} : { cors }),
  })
}

function corsFor(credentialedOrigins: readonly string[]): CorsPolicy | undefined {
  if (credentialedOrigins.length === 0) return undefined
  return {
    credentialedOrigins,
    anyOrigin: false,
    allowedHeaders: [
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'OpenAI-Beta',
      'Parley-Stream',
      'X-Request-ID',
    ],
    exposedHeaders: [
      'Parley-Run',
      'Parley-Session-Expires-In',
      'Parley-Session-Without',
      'Parley-Thread',
      'X-Request-ID',
      ...limitHeaderNames,
    ],
  }
}

async function answer(
  options: ChatKitDoorOptions,
  { caller, request, context }: AskedHere,
): Promise<Response> {
  const { owner, identity } = caller
  const { madeSessions } = options
  const body = await readJson(request)
  const asked = decodeRequest(body)
  const allowance = await madeSessions.allowance(identity)
  const tell = (headers: Record<string, string>): void => addReplyHeaders(context.env, headers)
  const encoding = encodingFor(options, owner, request)
  if (encoding.additions) {
    tellExpiry(options, caller, tell)
    tell(withoutHeader(allowance))
  }
  if (isWork(asked)) await madeSessions.countAnswer(identity, tell)
  await addMetadata(options, asked, { identity, allowance })
  const asking = { context, caller, encoding }
  if (asked.kind === 'begin') return begin(options, asking, asked, body)
  if (asked.kind === 'resume') return resume(options, asking, asked)
  const parts = {
    ...options,
    requestUrl: request.url,
    threadsMax: allowance?.threadsMax ?? null,
    admitFile: () => madeSessions.admitFile(identity, tell),
  }
  return context.json(await answerJson(parts, owner, asked, encoding))
}

/** What an agent or a model is asked for. All else only reads and arranges, or goes on with what was asked for. */
function isWork({ kind }: DecodedRequest): boolean {
  return kind === 'begin' || kind === 'sync-action' || kind === 'transcribe'
}

/** What is known of whoever asks goes over what they say themselves. */
async function addMetadata(
  { runMetadata }: ChatKitDoorOptions,
  asked: DecodedRequest,
  { identity, allowance }: { identity: Identity; allowance: SessionAllowance | undefined },
): Promise<void> {
  if (asked.kind !== 'begin' && asked.kind !== 'sync-action') return
  const known = await runMetadata?.(identity)
  const untitled: JsonObject = allowance?.titles === false ? { [untitledKey]: true } : {}
  asked.metadata = { ...asked.metadata, ...known, ...untitled }
}

/** Whoever shows the secret of a session can get another one before it ends, if they know when that is. */
function tellExpiry(
  { now = () => new Date() }: ChatKitDoorOptions,
  { identity }: Caller,
  tell: (headers: Record<string, string>) => void,
): void {
  const { sessionId, credential } = identity
  if (sessionId === undefined || credential?.carrier !== 'token' || credential.expiresAt === null) return
  const seconds = Math.max(0, Math.floor((credential.expiresAt - now().getTime()) / 1_000))
  tell({ 'parley-session-expires-in': String(seconds) })
}

function encodingFor({ uploads }: ChatKitDoorOptions, owner: Owner, request: Request): Encoding {
  const additions = request.headers.get('parley-stream') === '1'
  if (uploads?.present === undefined) return { additions }
  const { present } = uploads
  return { additions, present: (attachment) => present(owner, attachment, request.url) }
}

interface Asking {
  context: Context
  caller: Caller
  encoding: Encoding
}

async function begin(
  options: ChatKitDoorOptions,
  asking: Asking,
  asked: Extract<DecodedRequest, { kind: 'begin' }>,
  body: unknown,
): Promise<Response> {
  try {
    const idempotencyKey = readIdempotencyKey(asking.context.req.raw.headers)
    const run = await options.engine.begin(asking.caller.owner, asked.intent, {
      metadata: asked.metadata,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: requestHash(body) }),
    })
    return await stream(options, asking, run, 0)
  } catch (error) {
    // The reference answers this one mistake with a stream of one error.
    if (error instanceof ParleyError && error.code === 'not_a_widget') return refuseInStream(asking)
    throw error
  }
}

async function resume(
  options: ChatKitDoorOptions,
  asking: Asking,
  asked: Extract<DecodedRequest, { kind: 'resume' }>,
): Promise<Response> {
  const run = await options.store.run(asking.caller.owner, asked.runId)
  const begun = { runId: run.id, threadId: run.threadId }
  if (asked.threadId !== run.threadId) throw notFound('Run', asked.runId)
  // What a client knows was written before, so a number that the log has not reached is no number of this run.
  if (asked.after > run.lastSeq) {
    throw new ParleyError('invalid_request', `The run has come to event ${run.lastSeq}.`, {
      param: 'params.after',
    })
  }
  if (run.status === 'running') await options.engine.clientReturned(asking.caller.owner, run.id)
  return stream(options, asking, begun, asked.after)
}

/**
 * Follows the run. Whoever leaves, the run goes on; but a stock client has no other way to say stop than to leave. Who is not let
 * in any more has not left.
 */
function stream(
  options: ChatKitDoorOptions,
  { context, caller, encoding }: Asking,
  run: BegunRun,
  after: number,
): Promise<Response> {
  const { engine, heartbeatSeconds = 15 } = options
  const ours = { 'parley-run': run.runId, 'parley-thread': run.threadId }
  return eventStream(context, {
    frames: (signal) => engine.follow(caller.owner, run, after, AbortSignal.any([signal, caller.revoked])),
    encode: (batch) => encodeFrames(batch, encoding),
    headers: encoding.additions ? ours : {},
    ...(encoding.additions ? { heartbeatSeconds } : {}),
    onClose(reason, error) {
      if (reason === 'failed') options.onFailure('stream-failed', { runId: run.runId, error })
      if (reason !== 'finished' && !encoding.additions) engine.clientLeft(caller.owner, run.runId)
    },
  })
}

async function* lone(frame: string): AsyncGenerator<string> {
  yield frame
}

function refuseInStream({ context }: Asking): Promise<Response> {
  const error = { type: 'error', code: 'stream.error', allow_retry: false }
  return eventStream(context, { frames: lone(`data: ${JSON.stringify(error)}\n\n`) })
}
