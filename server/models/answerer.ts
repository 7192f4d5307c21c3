/**
 * What answers on a machine without a language model: it quotes the documents it was given, says where they say it, and says
 * what it is. No sentence of its answers about a subject is its own (decisions/0011).
 */
import type { Annotation } from '../conversation/items.ts'
import type { Model, ModelEvent, ModelMessage, ModelRequest } from '../conversation/model.ts'
import { sleep } from './sleep.ts'

export interface AnswererOptions {
  /** The best passages for a question, the best first; empty when there are none. */
  find(query: string, limit: number): QuotablePassage[]
  /** What the documents are about: their titles. */
  topics?: string[]
  /** The pause after each word. Default 0.015. */
  wordSeconds?: number
}

export interface QuotablePassage {
  path: string
  title: string
  headings: string[]
  /** Markdown. */
  text: string
  url?: string
  /** More is better. */
  score: number
}

const quotesMax = 3
/** A further passage is quoted when it fits nearly as well as the best. */
const scoreShareMin = 0.6
const topicsShownMax = 8

const introduction =
  'No language model is configured here, so I answer by quoting the documents I was given; set `OPENAI_API_KEY` and `PARLEY_MODEL` to use one.'

export function createAnswerer(options: AnswererOptions): Model {
  const { wordSeconds = 0.015 } = options
  return {
    name: 'built-in-answerer',
    async *stream(request, signal) {
      signal.throwIfAborted()
      for (const part of compose(request, options)) {
        for (const piece of part.text.match(/\s*\S+|\s+$/g) ?? []) {
          yield { type: 'text-delta', text: piece }
          await sleep(wordSeconds, signal)
        }
        if (part.annotation) yield { type: 'annotation', annotation: part.annotation } satisfies ModelEvent
      }
      yield { type: 'end', reason: 'stop' }
    },
  }
}

interface Part {
  text: string
  annotation?: Annotation
}

function compose(request: ModelRequest, options: AnswererOptions): Part[] {
  const questions = request.messages.flatMap(userText)
  const question = questions.at(-1) ?? ''
  const isFirst = request.messages.every((message) => message.role !== 'assistant')
  const opening = isFirst ? [`${introduction}\n\n`] : []
  const newest = request.messages.at(-1)
  if (newest?.role === 'tool')
    return [{ text: `\`${newest.name}\` answered:\n\n${quote(fenced(newest.output))}` }]
  if (isThanks(question)) return [{ text: 'You are welcome.' }]
  if (isGreeting(question)) return [{ text: [...opening, 'Hello! ', invitation(options.topics)].join('') }]
  const passages = findPassages(questions, options)
  if (passages.length === 0)
    return [{ text: [...opening, notFound(isFirst), invitation(options.topics)].join('') }]
  return withIndexes([...opening.map((text) => ({ text })), ...passages.flatMap(quotePassage)])
}

/** Looks for the question; when that finds nothing or is only a word or two, for it together with the ones before. */
function findPassages(questions: string[], options: AnswererOptions): QuotablePassage[] {
  const question = questions.at(-1) ?? ''
  const inContext = questions.slice(-3).join('\n')
  const alone = options.find(question, quotesMax)
  const isFollowUp =
    question.split(/\s+/).length <= 2 || /\b(?:it|that|this|they|them|there|more)\b/i.test(question)
  const together = alone.length === 0 || isFollowUp ? options.find(inContext, quotesMax) : []
  const found = together.length > 0 ? together : alone
  const best = found[0]?.score ?? 0
  return found.filter((passage) => passage.score >= best * scoreShareMin)
}

/** The user's own words, without the context that the conversation adds to them. */
function userText(message: ModelMessage): string[] {
  if (message.role !== 'user') return []
  const text = message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
  const own = text.replaceAll(/<context\b[^>]*>[\s\S]*?<\/context>/g, '').trim()
  return own === '' ? [] : [own]
}

function isGreeting(text: string): boolean {
  return /^(?:hi|hello|hey|hallo|moin|servus|good (?:morning|afternoon|evening|day)|help|what can you do|who are you)\b[\s!.,?]*(?:there|parley)?[\s!.?]*$/i.test(
    text,
  )
}

function isThanks(text: string): boolean {
  return /^(?:thanks|thank you|thx|danke|great|ok|okay|cool)\b.{0,20}$/i.test(text)
}

function notFound(isFirst: boolean): string {
  return isFirst ? 'In them I found nothing about that. ' : 'I found nothing about that in my documents. '
}

function invitation(topics: string[] = []): string {
  if (topics.length === 0) return 'I have no documents yet, so there is nothing that I could answer from.'
  const shown = topics.slice(0, topicsShownMax).map((topic) => `- ${topic}`)
  const more = topics.length > topicsShownMax ? [`- and ${topics.length - topicsShownMax} more`] : []
  return `You can ask me about what these say:\n\n${[...shown, ...more].join('\n')}`
}

function quotePassage(passage: QuotablePassage): Part[] {
  const name = [passage.title, ...passage.headings].join(' › ')
  const source: Annotation['source'] =
    passage.url === undefined
      ? { type: 'file', filename: passage.path, title: name }
      : { type: 'url', url: passage.url, title: name }
  return [
    {
      text: `**${name}**\n\n${quote(unwrapped(withoutLocalLinks(passage.text)))}`,
      annotation: { type: 'annotation', source },
    },
    { text: '\n\n' },
  ]
}

/** Each citation stands where its quote ends. The last blank lines are left out. */
function withIndexes(parts: Part[]): Part[] {
  let length = 0
  return parts.slice(0, -1).map((part) => {
    length += part.text.length
    return part.annotation ? { ...part, annotation: { ...part.annotation, index: length } } : part
  })
}

function quote(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n')
}

function fenced(text: string): string {
  return `\`\`\`\n${text.replaceAll('```', '` ` `')}\n\`\`\``
}

/** Links and images that are relative to the document lead nowhere from here: their words stay. */
function withoutLocalLinks(text: string): string {
  return text.replaceAll(/!?\[([^\]]*)\]\((?!https?:)[^)\s]*\)/g, '$1')
}

/**
 * Documents are written in lines of a certain length, and chats show where a line ends: a line that only goes on is joined to the one
 * before. Code stays as it is, and so does what begins something: a list, a heading, a quotation, a table.
 */
function unwrapped(text: string): string {
  let isCode = false
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const isFence = /^\s*(?:```|~~~)/.test(line)
    const before = lines.at(-1)
    const goesOn = /^ {0,3}\S/.test(line) && !/^\s*(?:[-*+>|#]|\d{1,9}[.)]\s)/.test(line)
    const mayGoOn = before !== undefined && /\S$/.test(before) && !/^\s*(?:#|\||`{3}|~{3}| {4})/.test(before)
    if (!isCode && !isFence && goesOn && mayGoOn) lines[lines.length - 1] = `${before} ${line.trim()}`
    else lines.push(line)
    if (isFence) isCode = !isCode
  }
  return lines.join('\n')
}
