/**
 * Reads one HTTP response off a raw socket with as little work as possible, and hands out where its body lies:
 *
 *   head ─▶ size ─▶ data ─▶ gap ─▶ size … ─▶ trailer ─▶ over        chunked
 *     └───▶ data (content-length, or until the connection is closed) ─▶ over
 */
const lineFeed = 0x0a
const headBytesMax = 65_536
const tailBytesMax = 1_024

type State = 'head' | 'size' | 'data' | 'gap' | 'trailer' | 'over'

export class HttpReply {
  status = 0
  /** The status line and the header fields. */
  head = ''
  bodyBytes = 0
  #state: State = 'head'
  #line = ''
  #left = 0
  #isChunked = false
  readonly #tail = Buffer.alloc(tailBytesMax)
  #tailLength = 0
  readonly #onBody: (bytes: Buffer, from: number, to: number) => void

  constructor(onBody: (bytes: Buffer, from: number, to: number) => void) {
    this.#onBody = onBody
  }

  /** Whether the whole response is here. One that is neither chunked nor measured is over when the connection is closed. */
  get isOver(): boolean {
    return this.#state === 'over'
  }

  get isKeptAlive(): boolean {
    return !/\r\nconnection: *close/i.test(this.head)
  }

  /** The last kibibyte of the body. */
  get tail(): string {
    return this.#tail.toString('latin1', 0, this.#tailLength)
  }

  header(name: string): string | null {
    return new RegExp(`\r\n${name}: *([^\r\n]*)`, 'i').exec(this.head)?.[1] ?? null
  }

  read(bytes: Buffer, length: number): void {
    let place = 0
    while (place < length && this.#state !== 'over') {
      place =
        this.#state === 'data' ? this.#readData(bytes, place, length) : this.#readLine(bytes, place, length)
    }
  }

  /** The connection was closed. Returns whether that is how this response ends. */
  close(): boolean {
    const isEnd = this.#state === 'over' || (this.#state === 'data' && this.#left === Infinity)
    if (isEnd) this.#state = 'over'
    return isEnd
  }

  #readData(bytes: Buffer, from: number, length: number): number {
    const to = Math.min(length, from + this.#left)
    this.bodyBytes += to - from
    this.#left -= to - from
    this.#remember(bytes, from, to)
    this.#onBody(bytes, from, to)
    if (this.#left === 0) this.#state = this.#isChunked ? 'gap' : 'over'
    return to
  }

  /** Everything that is no data comes in lines: the head, sizes, the gap behind a chunk, trailers. */
  #readLine(bytes: Buffer, from: number, length: number): number {
    const at = bytes.indexOf(lineFeed, from)
    if (at < 0 || at >= length) {
      this.#line += bytes.toString('latin1', from, length)
      if (this.#line.length > headBytesMax) throw new Error('A line or head of HTTP has no end.')
      return length
    }
    const line = this.#line + bytes.toString('latin1', from, at + 1)
    this.#line = ''
    this.#takeLine(line)
    return at + 1
  }

  #takeLine(line: string): void {
    const isEmpty = line === '\r\n'
    if (this.#state === 'size') {
      this.#left = Number.parseInt(line, 16)
      if (Number.isNaN(this.#left)) throw new Error('A chunk has no size.')
      this.#state = this.#left === 0 ? 'trailer' : 'data'
    } else if (this.#state === 'gap') this.#state = 'size'
    else if (this.#state === 'trailer') this.#state = isEmpty ? 'over' : 'trailer'
    else if (isEmpty) this.#beginBody()
    else this.head += line
  }

  #beginBody(): void {
    this.status = Number(this.head.slice(9, 12))
    this.#isChunked = /\r\ntransfer-encoding: *chunked/i.test(this.head)
    const measured = this.header('content-length')
    this.#left = measured === null ? Infinity : Number(measured)
    if (this.#isChunked) this.#state = 'size'
    else this.#state = this.#left === 0 ? 'over' : 'data'
  }

  #remember(bytes: Buffer, from: number, to: number): void {
    const length = Math.min(to - from, tailBytesMax)
    const kept = Math.min(this.#tailLength, tailBytesMax - length)
    this.#tail.copyWithin(0, this.#tailLength - kept, this.#tailLength)
    bytes.copy(this.#tail, kept, to - length, to)
    this.#tailLength = kept + length
  }
}
