/**
 * What stands above a Markdown file between two lines of `---`: plain `key: value` lines. Other programs' keys may hold anything
 * YAML can say and are passed over; of ours, only a plain or a quoted text is understood, and anything else is refused.
 */
import { ParleyError } from '../conversation/errors.ts'

export interface FrontMatter {
  /** By key; only of the keys that were asked for. */
  values: Map<string, string>
  /** What comes behind it. */
  text: string
}

const linesMax = 100
const valueLengthMax = 300

/** Throws `invalid_request` with the line for what is not understood. A first `---` that nothing ends is a ruler. */
export function readFrontMatter(text: string, keys: readonly string[]): FrontMatter {
  const plain = text.replace(/^\uFEFF/, '')
  const lines = plain.split('\n', linesMax + 2)
  const end = lines.findIndex((line, index) => index > 0 && isFence(line))
  if (!isFence(lines[0] ?? '') || end === -1) return { values: new Map(), text: plain }
  const values = new Map<string, string>()
  for (const [index, line] of lines.slice(1, end).entries()) {
    const [, key, written] = /^([A-Za-z_][\w-]*)\s*:(?:\s+(.*?))?\s*$/.exec(line) ?? []
    if (key === undefined) {
      if (/^(?:\s.*|#.*|-\s.*|\r?)$/.test(line)) continue
      throw refusal(index + 2, 'is neither `key: value` nor part of one')
    }
    if (!keys.includes(key)) continue
    if (values.has(key)) throw refusal(index + 2, `says \`${key}\` a second time`)
    const value = readValue(written ?? '')
    if (value === undefined) throw refusal(index + 2, `must say \`${key}\` as one plain or quoted text`)
    if (value.length > valueLengthMax)
      throw refusal(index + 2, `has more than ${valueLengthMax} characters (valueLengthMax)`)
    values.set(key, value)
  }
  const length = lines.slice(0, end + 1).reduce((sum, line) => sum + line.length + 1, 0)
  return { values, text: plain.slice(length) }
}

function isFence(line: string): boolean {
  return /^---[ \t]*\r?$/.test(line)
}

/** Undefined for what YAML would read as more than a text: lists, maps, blocks, anchors, tags. */
function readValue(written: string): string | undefined {
  const [, double] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(written) ?? []
  if (double !== undefined) return double.replaceAll(/\\(["\\])/g, '$1')
  const [, single] = /^'((?:[^']|'')*)'$/.exec(written) ?? []
  if (single !== undefined) return single.replaceAll("''", "'")
  const plain = written.replace(/\s#.*$/, '').trim()
  return plain === '' || /^[[\]{}>|*&!%@`"'?,-]/.test(plain) || /:\s|:$/.test(plain) ? undefined : plain
}

function refusal(line: number, what: string): ParleyError {
  return new ParleyError('invalid_request', `Line ${line} of the front matter ${what}.`)
}
