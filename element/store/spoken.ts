import type { Spoken } from './state.ts'

const linesMax = 12
/** The end of a sentence or of a line; in scripts without spaces the full stop is enough. No run of signs is read twice. */
const sentenceEnd = /[.!?…]["'”’)\]]*(?=\s)|[。！？]|\n/g

/** Tells a line that is not part of an answer: that it was stopped, that the connection is back. */
function speak(spoken: Spoken, text: string): Spoken {
  const line = text.trim()
  if (line === '') return spoken
  const lines = [...spoken.lines, { id: spoken.nextId, text: line }].slice(-linesMax)
  return { ...spoken, lines, nextId: spoken.nextId + 1 }
}

/** Tells as many sentences of a growing answer as are finished; all of it when the answer is. */
export function speakAnswer(
  spoken: Spoken,
  answer: { itemId: string; text: string; finished: boolean },
): Spoken {
  const told = spoken.itemId === answer.itemId ? Math.min(spoken.offset, answer.text.length) : 0
  const rest = answer.text.slice(told)
  let end = answer.finished ? rest.length : 0
  if (!answer.finished) for (const match of rest.matchAll(sentenceEnd)) end = match.index + match[0].length
  const moved = { ...spoken, itemId: answer.itemId, offset: told + end }
  return end === 0 ? moved : speak(moved, plainText(rest.slice(0, end)))
}

/** Notes that an answer was told up to here in an earlier life of the page. */
export function skipAnswer(spoken: Spoken, itemId: string, text: string): Spoken {
  return { ...spoken, itemId, offset: text.length }
}

/** Markdown as it would be read aloud: roughly, because it is only for the ear. */
function plainText(markdown: string): string {
  return markdown
    .replace(/!?\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/^[ \t]*(?:#{1,6}|[-*+]|>|\|)[ \t]+/gm, '')
    .replace(/[*_`~|]+/g, ' ')
    .replace(/[ \t]+/g, ' ')
}
