/**
 * Server-sent events from bytes, as the WHATWG wrote them down (html.spec.whatwg.org, 9.2.6): lines end with CR, LF or CRLF,
 * anything may be split anywhere, one BOM may come first. One liberty: an event that the end of the stream leaves without its
 * blank line still counts, since several servers forget it.
 *
 *   bytes ── text decoder ──▶ text ── push ──▶ lines ──▶ data, name ── blank line ──▶ onEvent
 *                                     ╰─ rest of the last line waits for the next push
 */
import { ParleyError } from '../conversation/errors.ts'
import { createTextDecoder } from './text-decoder.ts'

export interface EventStreamOptions {
  /** `data` is never missing but may be empty; `name` is `message` when the stream names none. */
  onEvent(data: string, name: string): void
  /** The longest line, and the most data of one event, in UTF-16 code units. Default 1 Mi. */
  lineLengthMax?: number
}

export interface EventStreamParser {
  /** Throws `model_limit` when a line is too long, and whatever `onEvent` throws. */
  push(bytes: Uint8Array): void
  /** Reads what is left as if a blank line followed. */
  end(): void
}

const lineLengthMaxDefault = 1024 * 1024

export function createEventStreamParser(options: EventStreamOptions): EventStreamParser {
  const lineLengthMax = options.lineLengthMax ?? lineLengthMaxDefault
  const decoder = createTextDecoder()
  let rest = ''
  let afterCarriageReturn = false
  let data: string | undefined
  let name = ''

  function dispatch(): void {
    const complete = data
    const eventName = name === '' ? 'message' : name
    data = undefined
    name = ''
    if (complete !== undefined) options.onEvent(complete, eventName)
  }

  function readLine(line: string): void {
    if (line === '') return dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event') return
    const start = line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1
    const value = colon === -1 ? '' : line.slice(start)
    if (field === 'event') name = value
    else data = data === undefined ? value : within(`${data}\n${value}`)
  }

  function within(text: string): string {
    if (text.length <= lineLengthMax) return text
    throw new ParleyError('model_limit', 'The model sent a single piece that is too large to read.', {
      cause: new Error(`a line or event of more than ${lineLengthMax} code units (lineLengthMax)`),
    })
  }

  function readText(text: string): void {
    if (text === '') return
    let start = afterCarriageReturn && text.charCodeAt(0) === 0x0a ? 1 : 0
    afterCarriageReturn = false
    let lineFeed = text.indexOf('\n', start)
    let carriageReturn = text.indexOf('\r', start)
    while (lineFeed !== -1 || carriageReturn !== -1) {
      const endsWithReturn = carriageReturn !== -1 && (lineFeed === -1 || carriageReturn < lineFeed)
      const end = endsWithReturn ? carriageReturn : lineFeed
      const line = within(rest + text.slice(start, end))
      rest = ''
      start = end + 1
      if (endsWithReturn) {
        if (start === text.length) afterCarriageReturn = true
        else if (lineFeed === start) start += 1
        carriageReturn = text.indexOf('\r', start)
      }
      if (lineFeed < start && lineFeed !== -1) lineFeed = text.indexOf('\n', start)
      readLine(line)
    }
    // Appending makes a rope: a long line in many pieces is copied once, not once a piece.
    rest = within(rest + text.slice(start))
  }

  return {
    push(bytes) {
      readText(decoder.decode(bytes))
    },
    end() {
      readText(decoder.end())
      if (rest !== '') readLine(rest)
      rest = ''
      dispatch()
    },
  }
}
