import type {
  Attachment,
  JsonObject,
  JsonRequest,
  Page,
  StreamEvent,
  StreamingRequest,
  WireItem,
  WireThread,
} from '../../server/contracts/chatkit/wire.ts'
import { TransportError, refusal } from './errors.ts'
import { createSseParser } from './sse.ts'
import type { SseFrame } from './sse.ts'

/** What each operation that answers with one value answers with. */
export interface Replies {
  'threads.get_by_id': WireThread
  'threads.list': Page<WireThread>
  'threads.update': WireThread
  'threads.delete': JsonObject
  'items.list': Page<WireItem>
  'items.feedback': JsonObject
  'attachments.create': Attachment
  'attachments.delete': JsonObject
  'input.transcribe': { text: string }
  'parley.cancel': JsonObject
  'threads.sync_custom_action': { updated_item?: WireItem | null }
}

/** An event with its place in its run's log; null from a server that does not number its events. */
export interface Frame {
  seq: number | null
  event: StreamEvent
}

export interface EventStream {
  /** Null from a server that speaks plain ChatKit: its answers can neither be resumed nor stopped by a verb. */
  runId: string | null
  threadId: string | null
  /**
   * The events, in the groups in which they arrived. Ends when the body ends; throws `TransportError` when it breaks.
   * Leaving the loop early closes the connection.
   */
  frames: AsyncGenerator<Frame[]>
}

export interface RequestOptions {
  signal?: AbortSignal
  /** The request's own name: the server begins nothing twice under the same one. */
  idempotencyKey?: string
}

export interface Transport {
  ask<Type extends keyof Replies>(
    request: Extract<JsonRequest, { type: Type }>,
    options?: RequestOptions,
  ): Promise<Replies[Type]>
  stream(request: StreamingRequest, options?: RequestOptions): Promise<EventStream>
}

export interface TransportOptions {
  url: string
  fetch: typeof globalThis.fetch
  /** The one in which the element itself speaks. */
  locale: () => string
  /**
   * How long a stream may be silent before it counts as cut: 40 seconds, unless it is said. The server's heartbeat comes every
   * 15 seconds; a plain ChatKit server has none, and no limit.
   */
  silenceMillisecondsMax?: number
}

const silenceMillisecondsMaxDefault = 40_000
/** So long may a server take until its answer begins. */
const replyMillisecondsMax = 30_000
/** And so long when the answer comes only after work: an action that is done at once, or speech that is written down. */
const workMillisecondsMax = 120_000
const work = /sync|transcribe/
/** The longest that a timer can be set to, 24 days: no limit. */
const timerMillisecondsMax = 2 ** 31 - 1

/** The ChatKit protocol over `fetch`, with Parley's additions announced on every request. */
export function createTransport(options: TransportOptions): Transport {
  const silence = options.silenceMillisecondsMax ?? silenceMillisecondsMaxDefault

  async function send(
    request: JsonRequest | StreamingRequest,
    accept: string,
    { signal, idempotencyKey }: RequestOptions,
  ): Promise<Response> {
    const headers: Record<string, string> = {
      Accept: accept,
      'Content-Type': 'application/json',
      'Accept-Language': options.locale(),
      'Parley-Stream': '1',
    }
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey
    const late = new AbortController()
    const response = await orNetworkError(
      inTime(
        options.fetch(options.url, {
          method: 'POST',
          headers,
          body: JSON.stringify(request),
          // Browsers of before 2024 cannot join signals: there a late request is only no longer waited for.
          signal: AbortSignal.any?.([signal ?? late.signal, late.signal]) ?? signal ?? null,
        }),
        work.test(request.type) ? workMillisecondsMax : replyMillisecondsMax,
        () => late.abort(),
      ),
      signal,
    )
    if (!response.ok) throw await refusal(response)
    return response
  }

  return {
    async ask<Type extends keyof Replies>(
      request: Extract<JsonRequest, { type: Type }>,
      requestOptions: RequestOptions = {},
    ): Promise<Replies[Type]> {
      const response = await send(request, 'application/json', requestOptions)
      const text = await orNetworkError(response.text(), requestOptions.signal)
      // The one place where the server is taken at its word: it is ours, and its shapes are `wire.ts`.
      return parse(text) as Replies[Type]
    },
    async stream(request, requestOptions = {}) {
      const response = await send(request, 'text/event-stream', requestOptions)
      const type = response.headers.get('content-type') ?? ''
      if (!response.body || !type.startsWith('text/event-stream')) throw new TransportError('garbled')
      const runId = response.headers.get('parley-run')
      return {
        runId,
        threadId: response.headers.get('parley-thread'),
        // A plain ChatKit server has no heartbeat: it is silent for as long as its agent thinks.
        frames: readFrames(
          response.body,
          runId === null ? timerMillisecondsMax : silence,
          requestOptions.signal,
        ),
      }
    },
  }
}

async function* readFrames(
  body: ReadableStream<Uint8Array>,
  silenceMilliseconds: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Frame[]> {
  const parser = createSseParser()
  const reader = body.getReader()
  let numbered = false
  try {
    while (true) {
      const { done, value } = await orNetworkError(inTime(reader.read(), silenceMilliseconds), signal)
      if (done) break
      const frames = parser.push(value).map(toFrame)
      numbered ||= frames.some((frame) => frame.seq !== null)
      if (frames.length > 0) yield frames
    }
    // What was not finished is not used where it can be had again; a plain ChatKit server may leave the last line open.
    const rest = numbered ? [] : parser.end().map(toFrame)
    if (rest.length > 0) yield rest
  } finally {
    // Closing fails when the connection is already broken, which is then no news.
    reader.cancel().catch(() => undefined)
  }
}

function toFrame({ id, data }: SseFrame): Frame {
  const event = parse(data)
  if (typeof event !== 'object' || event === null || typeof Reflect.get(event, 'type') !== 'string') {
    throw new TransportError('garbled')
  }
  const seq = id === undefined || id === '' ? Number.NaN : Number(id)
  return { seq: Number.isSafeInteger(seq) ? seq : null, event: event as StreamEvent }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TransportError('garbled', { cause })
  }
}

/** A caller who gave up gets his own reason back; every other failure below HTTP is the network's. */
async function orNetworkError<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  try {
    return await promise
  } catch (cause) {
    if (signal?.aborted || cause instanceof TransportError) throw cause
    throw new TransportError('network', { cause })
  }
}

async function inTime<Value>(
  promise: Promise<Value>,
  milliseconds: number,
  onLate?: () => void,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('The server fell silent'))
      onLate?.()
    }, milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
