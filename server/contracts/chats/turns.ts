/**
 * What a client's history asks for. The server's own is the truth, so nothing that it says of the past is believed:
 *
 *   messages[] ─▶ behind the last one that is known ─▶ only the user's ─┬─ some: together they are the new message
 *                                                                      ╰─ none: the last one known, to be answered (again)
 *
 * A message without an id is new when it stands behind all of other roles, unless the chat already waits for an answer to these
 * very words: that is how a chat begins that was made with a prompt.
 */
import { createHash } from 'node:crypto'
import { ParleyError } from '../../conversation/errors.ts'
import type { Intent } from '../../conversation/intents.ts'
import { isHidden } from '../../conversation/items.ts'
import type { InferenceOptions, Item, UserMessageItem } from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import { pageLimitMax } from '../../conversation/threads.ts'
import type { Owner } from '../../conversation/threads.ts'
import { messagesOf } from './messages.ts'
import { promptLengthMax } from './wire.ts'
import type { SentMessage, StreamRequest } from './wire.ts'

export interface Turn {
  intent: Intent
  /** There where asking twice is asking once. */
  idempotencyKey?: string
  requestHash?: string
}

/** How far back a client's history is looked at. */
const newMessagesMax = 20

/** Throws `not_found`, and `invalid_request` when there is nothing to answer. */
export async function chooseTurn(
  store: ConversationStore,
  place: { owner: Owner; threadId: string },
  asked: StreamRequest,
): Promise<Turn> {
  const page = await store.items(place.owner, place.threadId, { limit: pageLimitMax, order: 'desc' })
  const history: History = { store, ...place, newest: page.data }
  const { fresh, known } = await sortOut(history, asked.messages)
  const options: InferenceOptions =
    asked.model === null || asked.model === undefined || asked.model === '' ? {} : { model: asked.model }
  const waiting = waitingMessage(history)
  if (fresh.length > 0) {
    const text = textOf(fresh)
    const isWaiting = waiting !== undefined && fresh.every(({ id }) => !id) && text === wordsOf(waiting)
    return isWaiting
      ? answerWaiting(history, waiting, options)
      : addMessage(history, fresh, { text, options })
  }
  if (known === undefined || known.role !== 'user' || !known.id) throw nothingNew()
  return answerKnown(history, known.id, { known, options, again: asked.trigger === 'regenerate-message' })
}

interface History {
  store: ConversationStore
  owner: Owner
  threadId: string
  /** Newest first. */
  newest: Item[]
}

function nothingNew(): ParleyError {
  return new ParleyError('invalid_request', 'There is no new message of the user’s.', { param: 'messages' })
}

interface Sorted {
  fresh: SentMessage[]
  /** The client's last, if it is known. */
  known: SentMessage | undefined
}

async function sortOut(history: History, messages: readonly SentMessage[]): Promise<Sorted> {
  const lastOfOthers = messages.findLastIndex(({ role }) => role !== 'user')
  const first = Math.max(0, messages.length - newMessagesMax)
  const fresh: SentMessage[] = []
  for (let index = messages.length - 1; index >= first; index -= 1) {
    const message = messages[index]
    if (message === undefined || (await isKnown(history, message))) break
    if (message.role === 'user' && (message.id || index > lastOfOthers)) fresh.unshift(message)
    // Without ids, nothing in front of what others have said can be told from what is known.
    else if (!message.id) break
  }
  return { fresh, known: messages.at(-1) }
}

/** By the id of its item, or by the run that it began. */
async function isKnown(
  { store, owner, threadId, newest }: History,
  { id, role }: SentMessage,
): Promise<boolean> {
  if (!id) return false
  if (newest.some((item) => item.id === id)) return true
  return role === 'user' && (await store.runByIdempotencyKey(owner, keyOf(threadId, id))) !== null
}

function keyOf(threadId: string, messageId: string): string {
  const name = createHash('sha256').update(messageId).digest('base64url')
  return `chats:${threadId}:${name}`
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** What the user has said last, as long as nobody has said anything to it. */
function waitingMessage({ newest }: History): UserMessageItem | undefined {
  const last = newest.find((item) => !isHidden(item) && item.type !== 'end_of_turn')
  return last?.type === 'user_message' ? last : undefined
}

function wordsOf(item: UserMessageItem): string {
  return messagesOf([item])[0]?.content ?? ''
}

/** Text only: of the other parts that the AI SDK knows, none can be taken from a body. */
function textOf(messages: readonly SentMessage[]): string {
  const texts = messages.map(({ content, parts }) =>
    parts === null || parts === undefined
      ? (content ?? '')
      : parts.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])).join(''),
  )
  const text = texts.filter((each) => each.trim() !== '').join('\n\n')
  if (text === '') throw new ParleyError('invalid_request', 'The message is empty.', { param: 'messages' })
  if (text.length <= promptLengthMax) return text
  throw new ParleyError(
    'invalid_request',
    `The message is longer than ${promptLengthMax} characters (promptLengthMax).`,
    { param: 'messages' },
  )
}

function addMessage(
  { threadId }: History,
  fresh: readonly SentMessage[],
  { text, options }: { text: string; options: InferenceOptions },
): Turn {
  const id = fresh.at(-1)?.id
  const message = {
    content: [{ type: 'input_text' as const, text }],
    attachmentIds: [],
    inferenceOptions: options,
  }
  return {
    intent: { type: 'add-message', threadId, message },
    ...(id ? { idempotencyKey: keyOf(threadId, id), requestHash: hashOf(text) } : {}),
  }
}

/** Asked twice at once it is answered once. When the answer has failed, asking again begins another. */
async function answerWaiting(
  { store, owner, threadId }: History,
  waiting: UserMessageItem,
  options: InferenceOptions,
): Promise<Turn> {
  // A chat is made before anybody says with which model.
  if (options.model !== waiting.inference_options.model) {
    const chosen = { ...waiting, inference_options: options }
    await store.changeThread(owner, threadId, (transaction) => transaction.saveItem(chosen))
  }
  const idempotencyKey = keyOf(threadId, waiting.id)
  const intent: Intent = { type: 'retry', threadId, itemId: waiting.id }
  const before = await store.runByIdempotencyKey(owner, idempotencyKey)
  const isOver = before !== null && before.run.status !== 'running' && before.run.status !== 'completed'
  return isOver ? { intent } : { intent, idempotencyKey, requestHash: hashOf(waiting.id) }
}

/** The last message is one that we have. */
async function answerKnown(
  history: History,
  id: string,
  { known, options, again }: { known: SentMessage; options: InferenceOptions; again: boolean },
): Promise<Turn> {
  const { newest, store, owner, threadId } = history
  const stored = newest.find((item) => item.id === id)
  if (again) {
    const last = stored ?? newest.find((item) => item.type === 'user_message')
    if (last?.type !== 'user_message') throw nothingNew()
    return { intent: { type: 'retry', threadId, itemId: last.id } }
  }
  // By the client's own id: the very request that began the run.
  if (stored === undefined) return addMessage(history, [known], { text: textOf([known]), options })
  const waiting = waitingMessage(history)
  if (waiting?.id === id) return answerWaiting(history, waiting, options)
  const idempotencyKey = keyOf(threadId, id)
  if ((await store.runByIdempotencyKey(owner, idempotencyKey)) === null) throw nothingNew()
  return { intent: { type: 'retry', threadId, itemId: id }, idempotencyKey, requestHash: hashOf(id) }
}
