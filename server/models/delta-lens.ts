/**
 * A way round JSON.parse for the chunks that make up nearly all of a stream: the same object again, with another text.
 *
 * After the parser has read such a chunk, the lens keeps what stands before and behind its text. A later chunk with exactly the
 * same beginning and end, and between them what may stand between the quotes of a JSON string, can say nothing else.
 * That the place is the right one is not guessed: a probe is put there and parsed. Everything else goes to the parser.
 *
 *   {"id":"c1","choices":[{"delta":{"content":" │ Hello │ "},"finish_reason":null}]}
 *   ───────────────── before ─────────────────  │ text  │  ───────── behind ────────
 */
export interface DeltaLens {
  /** The text of a chunk like the one learnt, or undefined: then it must be parsed. */
  read(data: string): string | undefined
  /** Looks at a parsed chunk. */
  learn(data: string, chunk: Record<string, unknown>): void
}

/** What stands in a JSON string as it is. */
const literal = /^[ !#-[\]-\uffff]*$/
const probe = '\u2317lens\u2317'
/** A lesson costs two parses, so it must have paid before the next one. */
const readsPerLesson = 4

/** `plainText` is the text of a chunk that says nothing but that text, or undefined. */
export function createDeltaLens(
  plainText: (chunk: Record<string, unknown>) => string | undefined,
): DeltaLens {
  let before: string | undefined
  let behind = ''
  let reads = 0
  let lessons = 0

  function fits(data: string): boolean {
    if (before === undefined || data.length < before.length + behind.length) return false
    // Slices compare ten times faster than `startsWith` looks (Node 20).
    return data.slice(0, before.length) === before && data.slice(-behind.length) === behind
  }

  /** The place may have been in another field, or between two: then the text is elsewhere, or there is no JSON any more. */
  function holdsProbe(data: string): boolean {
    try {
      return plainText(JSON.parse(data) as Record<string, unknown>) === probe
    } catch {
      return false
    }
  }

  return {
    read(data) {
      if (before === undefined || !fits(data)) return undefined
      const text = unescape(data.slice(before.length, data.length - behind.length))
      if (text !== undefined) reads += 1
      return text
    },
    learn(data, chunk) {
      if (fits(data) || (lessons > 0 && reads < lessons * readsPerLesson)) return
      const text = plainText(chunk)
      if (text === undefined || text === '' || text === probe) return
      lessons += 1
      const quoted = JSON.stringify(text)
      const place = data.indexOf(quoted, data.indexOf('"content"') + 1)
      if (place === -1) return
      const start = data.slice(0, place + 1)
      const end = data.slice(place + quoted.length - 1)
      if (!holdsProbe(start + probe + end)) return
      before = start
      behind = end
    },
  }
}

/** What stands between the quotes of a JSON string, as text; undefined when it could not stand there. */
function unescape(written: string): string | undefined {
  if (literal.test(written)) return written
  try {
    return JSON.parse(`"${written}"`) as string
  } catch {
    return undefined
  }
}
