/**
 * The tutor's model where none is configured: it searches the book for the learner's own words and quotes what it finds, with
 * citations. No sentence about a subject is its own (decisions/0011).
 */
import type { Model } from '../conversation/model.ts'
import { called, newestWords, outputOf, spoken } from './spoken.ts'

export interface BookAnswersOptions {
  /** What answers greetings and thanks: the built-in answerer. */
  otherwise: Model
  /** The pause after each word. Default 0.015. */
  wordSeconds?: number
}

const quotesMax = 3
const introduction =
  'No language model is configured here, so I answer by quoting the book; set `OPENAI_API_KEY` and `PARLEY_MODEL` to use one.\n\n'

export function createBookAnswers({ otherwise, wordSeconds = 0.015 }: BookAnswersOptions): Model {
  return {
    name: otherwise.name,
    async *stream(request, signal) {
      const newest = request.messages.at(-1)
      const isFirst = request.messages.every((message) => message.role !== 'assistant' || message.text === '')
      const query = newestWords(request.messages)
      if (newest?.role === 'tool') {
        const answer = quotePassages(outputOf(newest)['passages'])
        yield* spoken(`${isFirst ? introduction : ''}${answer}`, wordSeconds, signal)
      } else if (query === '' || isSmallTalk(query)) yield* otherwise.stream(request, signal)
      else yield* called('search_book_content', { query, scope: 'entire_book' }, request.messages.length)
    },
  }
}

function isSmallTalk(words: string): boolean {
  return /^(?:hi|hello|hey|hallo|moin|servus|good (?:morning|afternoon|evening|day)|help|thanks|thank you|thx|danke)\b.{0,20}$/i.test(
    words,
  )
}

function quotePassages(passages: unknown): string {
  const found = Array.isArray(passages) ? passages.slice(0, quotesMax).map(quotePassage) : []
  return found.length === 0 ? 'I found nothing about that in the book.' : found.join('\n\n')
}

function quotePassage(passage: unknown): string {
  const { number, title, heading, text } =
    typeof passage === 'object' && passage !== null ? ({ ...passage } as Record<string, unknown>) : {}
  const name = typeof heading === 'string' ? `${String(title)} › ${heading}` : String(title)
  const lines = String(text)
    .replaceAll(/[【】]/g, '')
    .split('\n')
  return `**${name}**\n\n${lines.map((line) => (line === '' ? '>' : `> ${line}`)).join('\n')}【${String(number)}】`
}
