/** JSON on its way into a table. */
import { cleanJson } from '../conversation/text.ts'

/** Postgres refuses NUL and lone surrogates: they become U+FFFD here too, should a caller have let one through. */
const refusedEscapes = /\\u(?:0000|d[89a-f])/i

export function encodeJson(value: unknown): string {
  const text = JSON.stringify(value)
  return refusedEscapes.test(text) ? JSON.stringify(cleanJson(value)) : text
}
