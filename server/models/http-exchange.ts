/**
 * One request and its streamed reply, over undici's dispatcher: no WHATWG stream, no Node stream, no decompression, no redirect.
 * Everything that arrived since the last `read` comes as one piece, so one read of the socket stays one piece.
 *
 *   waiting ── headers ──▶ streaming ── end ──▶ ended
 *      ╰──────── error, abort ─┴──▶ failed        finish(): what still comes is thrown away, so that the connection can be used again
 */
import type { Dispatcher } from 'undici'

export interface HttpRequest {
  origin: string
  path: string
  headers: Record<string, string>
  body: string
}

export interface HttpReply {
  status: number
  headers: Record<string, string | string[] | undefined>
}

/** Bytes that wait here unread before the upstream is told to pause. */
const waitingBytesMax = 1024 * 1024
/** How long a finished exchange may take to come to its own end before its connection is closed. */
const finishMillisecondsMax = 2000

export class HttpExchange {
  #controller: Dispatcher.DispatchController | undefined
  #reply: HttpReply | undefined
  #pieces: Buffer[] = []
  #waitingBytes = 0
  #ended = false
  #finished = false
  #failure: unknown
  #wake: () => void = () => {}
  readonly #signal: AbortSignal
  readonly #onAbort = (): void => this.abort(this.#signal.reason)

  /** Sends the request at once. Throws nothing: failures come from `reply` and `read`. */
  constructor(dispatcher: Dispatcher, request: HttpRequest, signal: AbortSignal) {
    this.#signal = signal
    if (signal.aborted) {
      this.#fail(signal.reason)
      return
    }
    signal.addEventListener('abort', this.#onAbort, { once: true })
    try {
      // Bytes of its own: those of a string would lie in a pool of 64 kB, and a stream that goes on for minutes would keep it.
      const body = new TextEncoder().encode(request.body)
      dispatcher.dispatch({ ...request, body, method: 'POST' }, this.#handler())
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Resolves when the headers are there. */
  async reply(): Promise<HttpReply> {
    while (this.#reply === undefined) {
      this.#throwFailure()
      await this.#change()
    }
    return this.#reply
  }

  /** Resolves when there is something to take: bytes, the end, or a failure. */
  arrival(): Promise<void> {
    const isThere = this.#pieces.length > 0 || this.#ended || this.#failure !== undefined
    return isThere ? Promise.resolve() : this.#change()
  }

  /** Everything that has arrived since the last time; null at the end. Throws only when all that arrived has been taken. */
  readonly take = (): Buffer | null => {
    const pieces = this.#pieces
    const [first] = pieces
    if (first === undefined) {
      this.#throwFailure()
      return null
    }
    this.#pieces = []
    this.#waitingBytes = 0
    if (this.#controller?.paused === true) this.#controller.resume()
    return pieces.length === 1 ? first : Buffer.concat(pieces)
  }

  /** The body as text, at most its first `bytesMax`. */
  async text(bytesMax: number): Promise<string> {
    const pieces: Buffer[] = []
    let length = 0
    while (length < bytesMax) {
      await this.arrival()
      const piece = this.take()
      if (piece === null) break
      pieces.push(piece)
      length += piece.length
    }
    return Buffer.concat(pieces).subarray(0, bytesMax).toString('utf8')
  }

  /** Closes the connection, unless everything has arrived. */
  abort(reason: unknown): void {
    this.#fail(reason)
    this.#controller?.abort(reason instanceof Error ? reason : new Error('aborted'))
  }

  /** Nobody reads any more, and all that mattered has come: lets the reply end by itself, or closes the connection. */
  finish(): void {
    this.#finished = true
    this.#pieces = []
    this.#signal.removeEventListener('abort', this.#onAbort)
    if (this.#ended || this.#failure !== undefined) return
    this.#controller?.resume()
    setTimeout(() => {
      if (!this.#ended) this.abort(new Error('the reply did not end'))
    }, finishMillisecondsMax).unref()
  }

  #handler(): Dispatcher.DispatchHandler {
    return {
      onRequestStart: (controller) => {
        this.#controller = controller
        if (this.#failure !== undefined) this.abort(this.#failure)
      },
      onResponseStart: (controller, status, headers) => {
        // They hold the piece of the socket's bytes that they came in.
        controller.rawHeaders = null
        if (status < 200) return
        this.#reply = { status, headers }
        this.#wake()
      },
      onResponseData: (controller, piece) => {
        if (this.#finished) return
        this.#waitingBytes += piece.length
        if (this.#waitingBytes > waitingBytesMax) controller.pause()
        // A chunk per token, so 200 of them in a read: only the first finds a reader that waits.
        if (this.#pieces.push(piece) === 1) this.#wake()
      },
      onResponseEnd: () => {
        this.#ended = true
        this.#settle()
      },
      onResponseError: (_controller, error) => this.#fail(error),
    }
  }

  #fail(reason: unknown): void {
    if (this.#ended || this.#failure !== undefined) return
    this.#failure = reason ?? new Error('aborted')
    this.#settle()
  }

  #settle(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#wake()
  }

  #throwFailure(): void {
    // oxlint-disable-next-line typescript/only-throw-error -- an abort's reason is whatever the aborter gave
    if (this.#failure !== undefined) throw this.#failure
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
