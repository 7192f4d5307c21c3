/**
 * The tokens that the laboratory's upstream sends and its load generator counts. Each is a word of fixed length that says which
 * one it is and when it left, so it is recognised in any protocol, however many of them a server puts into one event:
 *
 *   " ~00f3kWzTq0"     a space, the marker, 3 characters of number, 6 characters of time
 *
 * Numbers are written in 64 characters that stand in JSON, HTML and URLs as they are. The time is CLOCK_MONOTONIC in
 * microseconds, which all processes of a machine share, modulo 2^36 (19 hours).
 */

const marker = 0x7e
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_'
const digits = Uint8Array.from(alphabet, (character) => character.charCodeAt(0))
const valueOf = new Uint8Array(256).fill(255)
digits.forEach((code, value) => (valueOf[code] = value))

/** From the marker on. */
const recordLength = 10
const half = 2 ** 18
export const stampModulus: number = 2 ** 36
const tokensMax = half

/** The text of a token; its stamp is zero until it is sent. */
export function tokenText(index: number): string {
  const bytes = Buffer.alloc(4)
  bytes[0] = marker
  writeTriple(bytes, 1, index)
  return ` ${bytes.toString('latin1')}000000`
}

/** Where the stamp begins within `tokenText`. */
export const stampOffset: number = 5

/** Now, in microseconds since the machine started, modulo `stampModulus`. */
export function stampNow(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return (seconds * 1_000_000 + Math.floor(nanoseconds / 1_000)) % stampModulus
}

export function writeStamp(bytes: Buffer, at: number, stamp: number): void {
  const high = Math.floor(stamp / half)
  writeTriple(bytes, at, high)
  writeTriple(bytes, at + 3, stamp - high * half)
}

function writeTriple(bytes: Buffer, at: number, value: number): void {
  bytes[at] = digits[(value >> 12) & 63] ?? 0
  bytes[at + 1] = digits[(value >> 6) & 63] ?? 0
  bytes[at + 2] = digits[value & 63] ?? 0
}

/** NaN where a character is none of ours. */
function readTriple(bytes: Uint8Array, at: number): number {
  const one = valueOf[bytes[at] ?? 0] ?? 255
  const two = valueOf[bytes[at + 1] ?? 0] ?? 255
  const three = valueOf[bytes[at + 2] ?? 0] ?? 255
  return one === 255 || two === 255 || three === 255 ? Number.NaN : (one << 12) | (two << 6) | three
}

/** From when a token left to now, in microseconds, also over the end of the modulus. */
export function microsecondsSince(stamp: number, now: number): number {
  return now >= stamp ? now - stamp : now - stamp + stampModulus
}

/**
 * Counts the tokens of one stream, wherever its pieces are cut. Tokens come in the order of their numbers; one that came before
 * is a repetition (protocols tell the whole text again at its end), one that comes too early means that others were lost.
 */
export class TokenReader {
  count = 0
  repeated = 0
  lost = 0
  readonly #record = Buffer.alloc(recordLength)
  #filled = 0
  readonly #onToken: (stamp: number) => void

  /**
   * `onToken` is told the stamp of every token that is not a repetition. With `before`, what that one has counted is not
   * counted again: it read the beginning of the same answer over another connection.
   */
  constructor(onToken: (stamp: number) => void, before?: TokenReader) {
    this.#onToken = onToken
    this.count = before?.count ?? 0
    this.lost = before?.lost ?? 0
  }

  /** Takes `bytes` from `from` up to `to`. */
  read(bytes: Buffer, from: number, to: number): void {
    let place = from
    if (this.#filled > 0) {
      const piece = Math.min(recordLength - this.#filled, to - from)
      bytes.copy(this.#record, this.#filled, from, from + piece)
      this.#filled += piece
      if (this.#filled < recordLength) return
      this.#filled = 0
      this.#take(this.#record, 0)
      place += piece
    }
    for (;;) {
      const at = bytes.indexOf(marker, place)
      if (at < 0 || at >= to) return
      if (at + recordLength > to) {
        bytes.copy(this.#record, 0, at, to)
        this.#filled = to - at
        return
      }
      // A marker that is none, such as one in a sentence, is passed over.
      place = at + (this.#take(bytes, at) ? recordLength : 1)
    }
  }

  #take(bytes: Uint8Array, at: number): boolean {
    const index = readTriple(bytes, at + 1)
    const high = readTriple(bytes, at + 4)
    const low = readTriple(bytes, at + 7)
    if (Number.isNaN(index) || Number.isNaN(high) || Number.isNaN(low)) return false
    if (index < this.count + this.lost) {
      this.repeated += 1
      return true
    }
    this.lost += index - this.count - this.lost
    this.count += 1
    this.#onToken(high * half + low)
    return true
  }
}

/** What a client asks of the upstream, inside the text of its message, through whatever server lies between. */
export interface Wish {
  tokens: number
  /** 0: all at once. */
  tokensPerSecond: number
  /** Before the first byte of the answer. */
  delayMilliseconds: number
}

export function wishText({ tokens, tokensPerSecond, delayMilliseconds }: Wish): string {
  return `Please answer [[${tokens}/${tokensPerSecond}/${delayMilliseconds}]]`
}

/** The last wish in a request: earlier ones belong to the thread's history. */
export function readWish(body: string): Wish {
  const match = /^\[\[(\d+)\/([\d.]+)\/(\d+)\]\]/.exec(body.slice(body.lastIndexOf('[[')))
  return {
    tokens: Math.min(Number(match?.[1] ?? 3), tokensMax),
    tokensPerSecond: Number(match?.[2] ?? 0),
    delayMilliseconds: Number(match?.[3] ?? 0),
  }
}
