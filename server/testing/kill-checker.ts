/**
 * Judges a kill run by what clients were told and what is stored afterwards. It knows nothing of how the server works, and
 * puts texts together in its own way.
 */
import type { WireItem } from '../contracts/chatkit/wire.ts'
import type { ReceivedEvent } from './chatkit-client.ts'

/** One question, or one more try to have it answered, as its client saw it. */
export interface Asked {
  userId: string
  kind: 'message' | 'retry'
  /** What the message says; no two messages say the same. */
  question: string
  /** What every 200 with stream headers named: more than one when the client had to come again with the same key. */
  acknowledged: { runId: string; threadId: string }[]
  /** All events of all streams of it, in the order in which they arrived. */
  seen: ReceivedEvent[]
  /** Answers other than 200 that a killed server does not explain. */
  refusals: string[]
  /** By the client's own clock, in milliseconds: its first 200, and when it saw the end. */
  begunAt?: number
  endedAt?: number
}

export interface StoredThread {
  userId: string
  threadId: string
  items: WireItem[]
}

export interface History {
  asked: Asked[]
  /** Every thread of every user. */
  threads: StoredThread[]
  /** The whole log of every acknowledged run, read again in the end. */
  logs: Map<string, ReceivedEvent[]>
  /** What the upstream answers to a question. */
  answerTo(question: string): string
}

/** One sentence for each promise that was broken. */
export function findViolations(history: History): string[] {
  const found: string[] = []
  const finalTries = new Map(history.asked.map((asked) => [asked.question, asked]))
  for (const asked of history.asked) {
    const told = (sentence: string): void => void found.push(`${nameOf(asked)}: ${sentence}`)
    judgeAcknowledgement(asked, told)
    judgeSeen(asked, history, told)
    judgeLog(asked, history.logs, told)
    if (finalTries.get(asked.question) === asked) judgeStored(asked, history, told)
  }
  found.push(...strangers(history), ...disorder(history))
  return found
}

type Tell = (sentence: string) => void

function nameOf({ userId, kind, question, acknowledged }: Asked): string {
  return `${userId} ${kind} “${question.slice(0, 12)}” ${acknowledged[0]?.runId ?? ''}`
}

function judgeAcknowledgement({ acknowledged, refusals }: Asked, tell: Tell): void {
  if (acknowledged.length === 0) tell('was never answered')
  if (new Set(acknowledged.map(({ runId }) => runId)).size > 1) tell('began two runs with one key')
  for (const refusal of refusals) tell(`was refused: ${refusal}`)
}

/** What one stream after the other showed, put together. */
interface Assembled {
  messageId: string | undefined
  itemId: string | undefined
  /** From the deltas alone. */
  text: string
  /** What the finished item says. */
  done: { text: string; incomplete: string | undefined } | undefined
  status: string | undefined
  errors: string[]
}

function assemble(events: ReceivedEvent[]): Assembled {
  const result: Assembled = {
    messageId: undefined,
    itemId: undefined,
    text: '',
    done: undefined,
    status: undefined,
    errors: [],
  }
  for (const { event } of events) {
    if (event.type === 'thread.item.added' && event.item.type === 'assistant_message') {
      if (result.itemId !== undefined) result.errors.push('two answers were begun')
      result.itemId = event.item.id
    } else if (event.type === 'thread.item.updated') {
      if (event.item_id !== result.itemId) result.errors.push('another item than the answer was updated')
      if (event.update.type === 'assistant_message.content_part.text_delta') result.text += event.update.delta
    } else if (event.type === 'thread.item.done' && event.item.type === 'user_message') {
      result.messageId = event.item.id
    } else if (event.type === 'thread.item.done' && event.item.type === 'assistant_message') {
      if (result.done !== undefined) result.errors.push('the answer was finished twice')
      const text = event.item.content.map((part) => part.text).join('')
      result.done = { text, incomplete: event.item.incomplete }
    } else if (event.type === 'parley.run_ended') {
      if (result.status !== undefined) result.errors.push('the run ended twice')
      result.status = event.status
    }
  }
  return result
}

function judgeSeen({ question, seen }: Asked, { answerTo }: History, tell: Tell): void {
  for (const [index, { seq }] of seen.entries()) {
    const before = index === 0 ? 0 : (seen[index - 1]?.seq ?? 0)
    if (seq === undefined || seq <= before) tell(`event ${seq} came behind event ${before}`)
  }
  const { text, done, status, errors } = assemble(seen)
  const expected = answerTo(question)
  for (const error of errors) tell(error)
  if (!expected.startsWith(text)) tell(`showed something else than the answer: ${differing(expected, text)}`)
  if (seen.length > 0 && seen.at(-1)?.event.type !== 'parley.run_ended') tell('was not told of an end')
  if (status === 'completed') {
    if (text !== expected) tell(`is complete, but not whole: ${differing(expected, text)}`)
    if (done?.incomplete !== undefined) tell('is complete, and marked as incomplete')
  } else if (status === 'interrupted') {
    // The answer may have been whole when its server died, and only the run's end was missing.
    const isWhole = text === expected && done !== undefined && done.incomplete === undefined
    if (text !== '' && !isWhole && done?.incomplete !== 'interrupted')
      tell('was interrupted, and is not marked')
  } else tell(`ended as ${status}`)
  if ((done?.text ?? '') !== text) tell(`says in the end what it had not shown: ${done?.text.slice(0, 80)}`)
}

/** What the log says once more is what was seen, however it is cut into deltas. */
function judgeLog({ acknowledged, seen }: Asked, logs: History['logs'], tell: Tell): void {
  const runId = acknowledged[0]?.runId
  if (runId === undefined) return
  const log = logs.get(runId)
  if (log === undefined) return tell('has no log')
  const [shown, kept] = [assemble(seen), assemble(log)]
  if (JSON.stringify(shown) !== JSON.stringify(kept)) tell('was shown otherwise than its log says')
}

function judgeStored(asked: Asked, { threads, answerTo }: History, tell: Tell): void {
  const { text, status, itemId, done } = assemble(asked.seen)
  const places = threads
    .filter(({ userId }) => userId === asked.userId)
    .flatMap(({ threadId, items }) =>
      items.flatMap((item, index) => (saidBy(item) === asked.question ? [{ threadId, items, index }] : [])),
    )
  const [place] = places
  if (place === undefined) return tell('was acknowledged, and its message is not stored')
  if (places.length > 1) tell(`is stored ${places.length} times`)
  if (place.threadId !== asked.acknowledged[0]?.threadId) tell('is stored in another thread')
  const rest = place.items.slice(place.index + 1)
  const next = rest.findIndex((item) => item.type === 'user_message')
  const answers = next === -1 ? rest : rest.slice(0, next)
  const [answer] = answers
  if (answers.length > 1) tell(`has ${answers.length} items for an answer`)
  if (answer === undefined) {
    if (status === 'completed' || text !== '') tell('showed an answer that is not stored')
  } else if (answer.type === 'assistant_message') {
    const stored = answer.content.map((part) => part.text).join('')
    if (stored !== text) tell(`was shown otherwise than it is stored: ${differing(stored, text)}`)
    if (answer.id !== itemId) tell('is stored under another id')
    if (status === 'completed' && stored !== answerTo(asked.question)) tell('is not stored as a whole')
    if (answer.incomplete !== done?.incomplete)
      tell(`shown as ${done?.incomplete ?? 'whole'}, and stored as ${answer.incomplete ?? 'whole'}`)
  } else tell(`is answered by a ${answer.type}`)
}

/** Messages that nobody sent. */
function strangers({ asked, threads }: History): string[] {
  const questions = new Set(asked.map(({ userId, question }) => `${userId} ${question}`))
  return threads.flatMap(({ userId, items }) =>
    items
      .map(saidBy)
      .filter((said) => said !== undefined && !questions.has(`${userId} ${said}`))
      .map((said) => `${userId} has a message that they did not send: ${said}`),
  )
}

/** A client asks one thing after the other, so a thread holds its messages in their order. */
function disorder({ asked, threads }: History): string[] {
  const order = new Map(
    [...new Set(asked.map(({ question }) => question))].map((said, index) => [said, index]),
  )
  return threads.flatMap(({ threadId, items }) => {
    const places = items.flatMap((item) => order.get(saidBy(item) ?? '') ?? [])
    return places.some((place, index) => place < (places[index - 1] ?? -1))
      ? [`${threadId} is out of order`]
      : []
  })
}

function saidBy(item: WireItem): string | undefined {
  return item.type === 'user_message' ? item.content.map((part) => part.text).join('') : undefined
}

function differing(one: string, other: string): string {
  let at = 0
  while (at < one.length && one[at] === other[at]) at += 1
  return `from ${at} of ${one.length}: “${one.slice(at, at + 30)}” and “${other.slice(at, at + 30)}”`
}
