/** The ChatKit door: one address for everything. Source: openai-chatkit 1.6.5; our additions are in `wire.ts`. */
import { Hono } from 'hono'
import type { Context } from 'hono'
import type { Agent } from '../../conversation/agent.ts'
import type { AttachmentUploads } from '../../conversation/attachments.ts'
import { ParleyError, notFound } from '../../conversation/errors.ts'
import type { JsonObject } from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BegunRun } from '../../engine/options.ts'
import { corsHeaders, preflight } from '../../http/cors.ts'
import type { CorsPolicy } from '../../http/cors.ts'
import { eventStream } from '../../http/event-stream.ts'
import { addReplyHeaders } from '../../http/front.ts'
import { readJson } from '../../http/json.ts'
import { HttpProblem } from '../../http/problem.ts'
import { answerJson } from './answer.ts'
import { decodeRequest } from './decode.ts'
import type { DecodedRequest } from './decode.ts'
import { encodeFrames } from './encode.ts'
import type { Encoding } from './encode.ts'
import { requestHash } from './request-hash.ts'

export interface ChatKitDoorOptions {
  engine: Engine
  store: ConversationStore
  agent: Agent
  /** Without it, creating and deleting attachments is `unsupported`. */
  uploads?: AttachmentUploads
  identify(request: Request): Promise<ChatKitCaller>
  /** Other sites whose pages may ask here with a token. Default: none. */
  allowedOrigins?: readonly string[]
  /** A stream broke after it had begun. */
  onFailure(event: string, fields: Record<string, unknown>): void
  /** How long our own streams may say nothing. Default 15. Stock clients get no heartbeats. */
  heartbeatSeconds?: number
}

export interface ChatKitCaller {
  owner: Owner
  /** What to tell their browser so that it is known again. */
  headers: Record<string, string>
  /** What is known of whoever asks goes with each of their runs, over what the request says itself. */
  runMetadata?(): Promise<JsonObject> | undefined
  /** Calls back once, when what they showed is taken back. Returns how to stop watching. */
  watch?(onRevoked: () => void): () => void
}

const idempotencyKeyPattern = /^[\x21-\x7e]{1,200}$/

export function createChatKitDoor(options: ChatKitDoorOptions): Hono {
  const door = new Hono()
  const cors = corsFor(options)
  // One handler for all methods: with two, Hono composes them anew for each request.
  door.all('/chatkit', async (context) => {
    const request = context.req.raw
    if (cors !== undefined) {
      addReplyHeaders(context.env, corsHeaders(request, cors))
      const asksFirst = preflight(request, ['POST'], cors)
      if (asksFirst !== undefined) return asksFirst
    }
    if (request.method !== 'POST') {
      throw new HttpProblem('method_not_allowed', 'Everything here is asked with POST.', {
        headers: { allow: 'POST' },
      })
    }
    const caller = await options.identify(request)
    const { owner, headers } = caller
    const body = await readJson(request)
    const asked = decodeRequest(body)
    const known = isForAgent(asked) ? await caller.runMetadata?.() : undefined
    if (known !== undefined) asked.metadata = { ...asked.metadata, ...known }
    const encoding = encodingFor(options, owner, request)
    const asking = { context, ...caller, encoding }
    if (asked.kind === 'begin') return begin(options, asking, asked, body)
    if (asked.kind === 'resume') return resume(options, asking, asked)
    const parts = { ...options, requestUrl: request.url }
    return context.json(await answerJson(parts, owner, asked, encoding), 200, headers)
  })
  return door
}

function corsFor({ allowedOrigins = [] }: ChatKitDoorOptions): CorsPolicy | undefined {
  if (allowedOrigins.length === 0) return undefined
  return {
    credentialedOrigins: allowedOrigins,
    anyOrigin: false,
    allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Parley-Stream', 'X-Request-ID'],
    exposedHeaders: ['Parley-Run', 'Parley-Thread', 'X-Request-ID'],
  }
}

function encodingFor({ uploads }: ChatKitDoorOptions, owner: Owner, request: Request): Encoding {
  const additions = request.headers.get('parley-stream') === '1'
  if (uploads?.present === undefined) return { additions }
  const { present } = uploads
  return { additions, present: (attachment) => present(owner, attachment, request.url) }
}

interface Asking extends ChatKitCaller {
  context: Context
  encoding: Encoding
}

function isForAgent({ kind }: DecodedRequest): boolean {
  return kind === 'begin' || kind === 'sync-action'
}

async function begin(
  options: ChatKitDoorOptions,
  asking: Asking,
  asked: Extract<DecodedRequest, { kind: 'begin' }>,
  body: unknown,
): Promise<Response> {
  try {
    const idempotencyKey = readIdempotencyKey(asking.context.req.raw)
    const run = await options.engine.begin(asking.owner, asked.intent, {
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

function readIdempotencyKey(request: Request): string | undefined {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (idempotencyKeyPattern.test(key)) return key
  throw new ParleyError('invalid_request', 'Idempotency-Key must be 1 to 200 visible ASCII characters.', {
    param: 'Idempotency-Key',
  })
}

async function resume(
  options: ChatKitDoorOptions,
  asking: Asking,
  asked: Extract<DecodedRequest, { kind: 'resume' }>,
): Promise<Response> {
  const run = await options.store.run(asking.owner, asked.runId)
  const begun = { runId: run.id, threadId: run.threadId }
  if (asked.threadId !== run.threadId) throw notFound('Run', asked.runId)
  // What a client knows was written before, so a number that the log has not reached is no number of this run.
  if (asked.after > run.lastSeq) {
    throw new ParleyError('invalid_request', `The run has come to event ${run.lastSeq}.`, {
      param: 'params.after',
    })
  }
  if (run.status === 'running') await options.engine.clientReturned(asking.owner, run.id)
  return stream(options, asking, begun, asked.after)
}

/** Follows the run. Whoever leaves, the run goes on; but a stock client has no other way to say stop than to leave. */
function stream(
  options: ChatKitDoorOptions,
  asking: Asking,
  run: BegunRun,
  after: number,
): Promise<Response> {
  const { context, owner, encoding } = asking
  const { engine, heartbeatSeconds = 15 } = options
  const ours = { 'parley-run': run.runId, 'parley-thread': run.threadId }
  let stopWatching: (() => void) | undefined
  function follow(signal: AbortSignal): ReturnType<Engine['follow']> {
    if (asking.watch === undefined) return engine.follow(owner, run, after, signal)
    const leaving = new AbortController()
    signal.addEventListener('abort', () => leaving.abort('left'), { once: true })
    stopWatching = asking.watch(() => leaving.abort('revoked'))
    return engine.follow(owner, run, after, leaving.signal)
  }
  return eventStream(context, {
    frames: follow,
    encode: (batch) => encodeFrames(batch, encoding),
    headers: { ...asking.headers, ...(encoding.additions ? ours : {}) },
    ...(encoding.additions ? { heartbeatSeconds } : {}),
    onClose(reason, error) {
      stopWatching?.()
      if (reason === 'failed') options.onFailure('stream-failed', { runId: run.runId, error })
      if (reason !== 'finished' && !encoding.additions) engine.clientLeft(run.runId)
    },
  })
}

async function* lone(frame: string): AsyncGenerator<string> {
  yield frame
}

function refuseInStream({ context, headers }: Asking): Promise<Response> {
  const error = { type: 'error', code: 'stream.error', allow_retry: false }
  return eventStream(context, { frames: lone(`data: ${JSON.stringify(error)}\n\n`), headers })
}
