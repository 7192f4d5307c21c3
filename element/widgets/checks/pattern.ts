/**
 * Patterns from the wire. The browser's engine goes back and tries again, and would hold the page up for as long as the
 * writer of a pattern likes: only one with few ways to match is taken over, and only for a short value.
 */
import { readText } from '../read.ts'

/** In UTF-16 units. */
export const patternLengthMax = 100
export const valueLengthMax = 200
/** In how many ways a value may be taken apart, at most: three times "any number of" with a choice, or fifteen choices. */
const waysMax = 3e7
/** Two, and what it costs an engine to go back; the length of a range counts double for the same reason. */
const waysOfChoice = 3

/** What a pattern is made of. A class within a class is not there: browsers read it in two ways. */
const tokens = /\\.|\[(?:\\.|[^\\[\]])*\]|\(\??|[)|]|[*+?]\??|\{\d+(?:,\d*)?\}\??|[^[\]{}\\]/gsu
/** These are several characters at once, in more than one way. */
const severalAtOnce = /\\q|Emoji|RGI/

/** The pattern that a value is held against, or undefined: then any value will do. */
export function readPattern(written: unknown, value: string): string | undefined {
  const pattern = readText(written)
  const isShort =
    pattern !== undefined && pattern.length <= patternLengthMax && value.length <= valueLengthMax
  return isShort && !severalAtOnce.test(pattern) && isTame(pattern) ? pattern : undefined
}

/** Whether no group that is repeated holds a choice or a quantifier, and all choices together leave few ways. */
function isTame(pattern: string): boolean {
  const read = pattern.match(tokens) ?? []
  if (read.join('') !== pattern) return false
  /** Of each open group, the whole pattern among them, whether it leaves a choice. */
  const groups = [false]
  let ended = false
  let ways = 1
  for (const token of read) {
    const isQuantifier = /^[*+?{]/.test(token)
    if (isQuantifier && ended && !token.startsWith('?')) return false
    if (token.startsWith('(')) groups.push(false)
    else if (isQuantifier || token === '|') {
      groups[groups.length - 1] = true
      ways *= waysOf(token)
    }
    ended = token === ')' && groups.pop() === true
    if (ended) groups[groups.length - 1] = true
  }
  return groups.length === 1 && ways <= waysMax
}

function waysOf(token: string): number {
  if (/^[?|]/.test(token)) return waysOfChoice
  const [, least, most] = /^\{(\d+)(?:,(\d+))?/.exec(token) ?? []
  if (most !== undefined) return Math.max(1, 2 * (Number(most) - Number(least)) + 1)
  return /^\{\d+\}/.test(token) ? 1 : valueLengthMax
}
