/** One event of a `text/event-stream` body: the part of the format that ChatKit and our additions use. */
export interface SseFrame {
  id: string | undefined
  data: string
}

export interface SseParser {
  /** The frames that these bytes complete. Throws when a frame grows beyond the limit. */
  push(bytes: Uint8Array): SseFrame[]
  /** The last frame, if the body ended without the blank line that would have closed it. */
  end(): SseFrame[]
}

const frameCharactersMaxDefault = 16 * 1024 * 1024

/**
 * Reads frames out of bytes that may be cut anywhere: inside a character, inside a CRLF, inside a field name.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function createSseParser(frameCharactersMax: number = frameCharactersMaxDefault): SseParser {
  const decoder = new TextDecoder()
  let text = ''
  /** Everything before this place in `text` is known to hold no line end: a long line is not searched twice. */
  let searched = 0
  let frameCharacters = 0
  let id: string | undefined
  let data: string[] = []

  function takeLine(line: string): SseFrame | undefined {
    if (line === '') {
      const frame = data.length > 0 ? { id, data: data.join('\n') } : undefined
      data = []
      id = undefined
      frameCharacters = 0
      return frame
    }
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (field === 'data') data.push(value)
    if (field === 'id') id = value
    frameCharacters += line.length
    return undefined
  }

  function takeLines(atEnd: boolean): SseFrame[] {
    const frames: SseFrame[] = []
    let start = 0
    for (let place = searched; place < text.length; place += 1) {
      const code = text.charCodeAt(place)
      if (code !== 10 && code !== 13) continue
      // A carriage return that ends the chunk may be half of a CRLF: wait for what comes next.
      if (code === 13 && place + 1 === text.length && !atEnd) break
      const frame = takeLine(text.slice(start, place))
      if (frame) frames.push(frame)
      if (code === 13 && text.charCodeAt(place + 1) === 10) place += 1
      start = place + 1
    }
    text = text.slice(start)
    searched = text.endsWith('\r') ? text.length - 1 : text.length
    if (frameCharacters + text.length > frameCharactersMax) {
      throw new RangeError(`A frame is longer than frameCharactersMax (${frameCharactersMax})`)
    }
    return frames
  }

  return {
    push(bytes) {
      text += decoder.decode(bytes, { stream: true })
      return takeLines(false)
    },
    end() {
      text += decoder.decode()
      const frames = takeLines(true)
      if (text !== '') takeLine(text)
      const last = takeLine('')
      return last ? [...frames, last] : frames
    },
  }
}
