/**
 * Writing server-sent events.
 *
 *   source ──next()──▶ pump ──write()──▶ sink: a ServerResponse, or a web stream
 *               ▲       │ full?            │
 *               └───────┴◀──────ready()────┘      nothing is asked of the source while the sink is full
 *
 *   the client goes, or takes nothing for `stallSecondsMax` ──▶ the signal aborts, source.return(), sink destroyed
 *
 * On Node it writes straight to the ServerResponse: an idle connection costs 20 kB, and 30 through a web stream.
 */
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { nodeBindings } from './front.ts'

/** The part of Hono's context that is needed here. On Node, `env` holds what the front hands on. */
export interface StreamContext {
  readonly req: { readonly raw: Request }
  readonly env: unknown
}

export interface EventStreamOptions<Batch = string> {
  /** Where the frames come from. As a function it gets a signal that says when nobody reads any more. */
  frames: AsyncIterable<Batch> | ((signal: AbortSignal) => AsyncIterable<Batch>)
  /** A batch's whole frames, blank lines included; nothing is sent for ''. Default: the batch is its frames. */
  encode?: (batch: Batch) => string
  headers?: Record<string, string>
  /** Send a comment when nothing was sent for so long. Default: never. */
  heartbeatSeconds?: number
  /** How long a client may take nothing while something waits for it. Default: 60. */
  stallSecondsMax?: number
  /** Called once, when all is over; with the source's error, if it threw. */
  onClose?: (reason: CloseReason, error?: unknown) => void
}

/** `gone`: the client left. `stalled`: it stayed, but took nothing. `failed`: the source threw. */
export type CloseReason = 'finished' | 'gone' | 'stalled' | 'failed'

const stallSecondsMaxDefault = 60

/** A comment: parsers of event streams ignore it. */
const heartbeatFrame = ': heartbeat\n\n'

const standardHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/**
 * Answers with a stream. Rejects with the source's own error when it throws before its first frame: nothing has been
 * sent then, so it can still become an ordinary error response. Later the connection just ends.
 */
export async function eventStream<Batch = string>(
  context: StreamContext,
  options: EventStreamOptions<Batch>,
): Promise<Response> {
  const node = nodeBindings(context.env)
  if (node !== undefined) {
    const { outgoing } = node
    // All headers at once: Node copies each that was set before, which cost as much as writing them.
    const headers = { ...node.headers, ...standardHeaders, ...options.headers }
    const pump = new Pump(new NodeSink(outgoing, headers, options.stallSecondsMax), options)
    outgoing.on('close', () => pump.close('gone'))
    if (outgoing.destroyed) pump.close('gone')
    await pump.started
    return RESPONSE_ALREADY_SENT
  }
  const headers = { ...standardHeaders, ...options.headers }
  const { sink, body } = webSink(() => pump.close('gone'))
  const pump = new Pump(sink, options)
  const { signal } = context.req.raw
  signal.addEventListener('abort', () => pump.close('gone'), { once: true })
  if (signal.aborted) pump.close('gone')
  await pump.started
  return new Response(body, { headers })
}

/** What the frames go to. */
interface Sink {
  /** Called right before the first frame or the end: what it sends can go with it. */
  open(): void
  /** Whether the sink has room for more. */
  write(frame: string): boolean
  /** Resolves when there is room again; perhaps never, once the sink is closed. */
  ready(): Promise<void>
  close(reason: CloseReason): void
}

/** Carries frames from the source to the sink until one of them is done. Keeps little: most streams wait most of the time. */
class Pump<Batch> {
  /** Resolves when the answer has begun or is not needed any more; rejects when the source throws before that. */
  readonly started: Promise<void>
  readonly #sink: Sink
  readonly #source: AsyncIterator<Batch>
  readonly #encode: (batch: Batch) => string
  readonly #stallSecondsMax: number
  readonly #onClose: EventStreamOptions['onClose']
  readonly #abort = new AbortController()
  readonly #heartbeat: NodeJS.Timeout | undefined
  #settleStart: { resolve: () => void; reject: (error: unknown) => void } | undefined
  #stall: NodeJS.Timeout | undefined
  /** There while the sink is full. */
  #room: Promise<void> | undefined
  #isOpen = false
  #isClosed = false

  constructor(sink: Sink, options: EventStreamOptions<Batch>) {
    const { frames, encode = String, heartbeatSeconds } = options
    this.#sink = sink
    this.#encode = encode
    this.#stallSecondsMax = options.stallSecondsMax ?? stallSecondsMaxDefault
    this.#onClose = options.onClose
    this.started = new Promise((resolve, reject) => {
      this.#settleStart = { resolve, reject }
    })
    const source = typeof frames === 'function' ? frames(this.#abort.signal) : frames
    this.#source = source[Symbol.asyncIterator]()
    if (heartbeatSeconds !== undefined) {
      this.#heartbeat = setInterval(() => this.#beat(), heartbeatSeconds * 1000)
    }
    void this.#run()
  }

  async #run(): Promise<void> {
    try {
      while (this.#take(await this.#source.next())) if (this.#room !== undefined) await this.#room
    } catch (error) {
      this.close('failed', error)
    }
  }

  /** Whether there may be more. Apart from the loop, which would hold the last frame while it waits for the next. */
  #take({ done, value }: IteratorResult<Batch, unknown>): boolean {
    if (this.#isClosed) return false
    if (done === true) {
      this.#open()
      this.close('finished')
      return false
    }
    const frame = this.#encode(value)
    if (frame !== '') {
      this.#open()
      this.#write(frame)
    }
    return true
  }

  #open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#sink.open()
    this.#settleStart?.resolve()
    this.#settleStart = undefined
  }

  #write(frame: string): void {
    if (!this.#sink.write(frame)) this.#room ??= this.#waitForRoom()
    this.#heartbeat?.refresh()
  }

  #beat(): void {
    this.#open()
    if (this.#room === undefined) this.#write(heartbeatFrame)
  }

  async #waitForRoom(): Promise<void> {
    this.#stall = setTimeout(() => this.close('stalled'), this.#stallSecondsMax * 1000)
    await this.#sink.ready()
    clearTimeout(this.#stall)
    this.#room = undefined
  }

  /** Only the first call counts. */
  close(reason: CloseReason, error?: unknown): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#heartbeat)
    clearTimeout(this.#stall)
    if (reason === 'failed' && !this.#isOpen) this.#settleStart?.reject(error)
    else {
      this.#sink.close(reason)
      this.#settleStart?.resolve()
    }
    if (reason !== 'finished') this.#leaveSource()
    this.#onClose?.(reason, error)
  }

  /** Not awaited: a generator returns only when what it waits for ends. The signal is what ends that at once. */
  #leaveSource(): void {
    // With a reason of ours: Node's own is an error with a stack, which cost 16 µs.
    this.#abort.abort('left')
    const left = this.#source.return?.()
    left?.catch(() => {
      // Nobody is left who could be told.
    })
  }
}

class NodeSink implements Sink {
  readonly #outgoing: ServerResponse
  readonly #stallSecondsMax: number
  #headers: Record<string, string> | undefined

  constructor(
    outgoing: ServerResponse,
    headers: Record<string, string>,
    stallSecondsMax: number = stallSecondsMaxDefault,
  ) {
    this.#outgoing = outgoing
    this.#headers = headers
    this.#stallSecondsMax = stallSecondsMax
  }

  open(): void {
    // Not flushed: they share a write with the first frame, and a write costs 20 µs.
    this.#outgoing.writeHead(200, this.#headers)
    this.#headers = undefined
  }

  write(frame: string): boolean {
    return this.#outgoing.write(frame)
  }

  ready(): Promise<void> {
    return new Promise((resolve) => this.#outgoing.once('drain', () => resolve()))
  }

  close(reason: CloseReason): void {
    const outgoing = this.#outgoing
    if (reason !== 'finished') {
      // What the source had said before it failed may still wait for the end of this tick.
      if (reason === 'failed') outgoing.socket?.uncork()
      outgoing.destroy()
      return
    }
    outgoing.end()
    if (outgoing.writableLength === 0) return
    // The last bytes may wait for a client that takes nothing, too.
    const timer = setTimeout(() => outgoing.destroy(), this.#stallSecondsMax * 1000)
    outgoing.once('close', () => clearTimeout(timer))
  }
}

/** At most one frame waits in the stream: the next is asked for when somebody reads. */
function webSink(onCancel: () => void): { sink: Sink; body: ReadableStream<Uint8Array> } {
  const encoder = new TextEncoder()
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let isWanted = false
  let wake: (() => void) | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start(created) {
        controller = created
      },
      pull() {
        isWanted = true
        wake?.()
      },
      cancel() {
        controller = undefined
        onCancel()
      },
    },
    { highWaterMark: 0 },
  )
  const sink: Sink = {
    open() {
      // The headers go with the response.
    },
    write(frame) {
      isWanted = false
      controller?.enqueue(encoder.encode(frame))
      return false
    },
    ready: () =>
      new Promise((resolve) => {
        wake = resolve
        if (isWanted) resolve()
      }),
    close(reason) {
      if (reason === 'finished') controller?.close()
      else controller?.error(new Error(`The stream ended early: ${reason}.`))
    },
  }
  return { sink, body }
}
