/**
 * A message as a row of places: each UTF-16 unit of its texts is one, and so is each mention. A caret stands between two of
 * them.
 */
import type { UserContent } from '../../server/contracts/chatkit/wire.ts'
import { joinedContent } from './composer.ts'

type Content = readonly UserContent[]

function lengthOf(part: UserContent): number {
  return part.type === 'input_text' ? part.text.length : 1
}

export function contentLength(content: Content): number {
  return content.reduce((length, part) => length + lengthOf(part), 0)
}

/** What lies between two places. */
export function sliceContent(
  content: Content,
  start: number,
  end: number = contentLength(content),
): UserContent[] {
  let place = 0
  const slice: UserContent[] = []
  for (const part of content) {
    const from = Math.max(start - place, 0)
    const to = Math.min(end - place, lengthOf(part))
    place += lengthOf(part)
    if (from >= to) continue
    slice.push(part.type === 'input_text' ? { ...part, text: part.text.slice(from, to) } : part)
  }
  return joinedContent(slice)
}

/** Puts something else in the place of what lies between two places. */
export function replaceContent(
  content: Content,
  { start, end, by }: { start: number; end: number; by: Content },
): UserContent[] {
  return joinedContent([...sliceContent(content, 0, start), ...by, ...sliceContent(content, end)])
}

export function isSameContent(one: Content, other: Content): boolean {
  return (
    one.length === other.length &&
    one.every((part, place) => {
      const twin = other[place]
      if (part.type === 'input_text') return twin?.type === 'input_text' && twin.text === part.text
      return twin === part || (twin?.type === 'input_tag' && twin.id === part.id && twin.text === part.text)
    })
  )
}

/** What is being typed behind `@` or `/`, up to the caret. */
export interface Trigger {
  sign: '@' | '/'
  /** Where the sign stands. */
  start: number
  query: string
}

/** Behind `@` there may be several words, as names have them; a command is one. Both begin a word. */
const triggers = /(?<=^|\s)(?:@(?<mention>(?:[^\s@][^\n@]{0,60})?)|\/(?<command>[^\s/]{0,60}))$/u

export function triggerAt(content: Content, caret: number, signs: string): Trigger | null {
  const before = sliceContent(content, 0, caret)
  const last = before.at(-1)
  // Right behind a mention no word begins: it has a space behind it.
  if (last?.type !== 'input_text') return null
  const text = before.length > 1 ? `\ufffc${last.text}` : last.text
  const found = triggers.exec(text)
  if (found === null) return null
  const sign = found.groups?.['mention'] === undefined ? '/' : '@'
  if (!signs.includes(sign)) return null
  const query = found.groups?.['mention'] ?? found.groups?.['command'] ?? ''
  return { sign, start: caret - query.length - 1, query }
}
