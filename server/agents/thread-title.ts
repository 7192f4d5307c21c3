import type { UserMessageItem } from '../conversation/items.ts'
import { cutText } from '../conversation/text.ts'

/** The key of a run's metadata under which true says that its thread shall get no title by itself. */
export const untitledKey = 'parley.untitled'

const titleLengthMax = 60

/** A short title out of what the user wrote first, without asking a model. Undefined when they wrote nothing. */
export function titleOf(message: UserMessageItem): string | undefined {
  const text = message.content
    .map((part) => (part.type === 'input_text' ? part.text : `@${part.text}`))
    .join('')
  const line = text
    .split('\n')
    .map(withoutMarks)
    .find((candidate) => candidate !== '')
  return line === undefined ? message.attachments[0]?.name.slice(0, titleLengthMax) : shorten(line)
}

/** Without Markdown's marks and what cannot be seen. */
function withoutMarks(line: string): string {
  return line
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/`+|\*\*|~~/g, '')
    .replace(/^\s*(?:#+|>|[-+])\s+/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function shorten(line: string): string {
  if (line.length <= titleLengthMax) return line
  const cut = cutText(line, titleLengthMax - 1)
  const lastBlank = cut.lastIndexOf(' ')
  return `${(lastBlank > titleLengthMax / 2 ? cut.slice(0, lastBlank) : cut).replace(/[\s.,;:!?]+$/, '')}…`
}
