/**
 * What a client's history asks for. The server's own is the truth, so nothing that it says of the past is believed:
 *
 *   messages[] ─┬─ the last is the assistant's: the output of the tool that it waits for
 *               ╰─ behind the last one that is known ─▶ only the user's ─┬─ some: together they are the new message
 *                                                                       ╰─ none: the last one known, to be answered (again)
 *
 * A message without an id is new when it stands behind all of other roles, unless the chat already waits for an answer to these
 * very words: that is how a chat begins that was made with a prompt. One with an id keeps it, so that it is known again.
 */
import { createHash } from 'node:crypto'
import { ParleyError } from '../../conversation/errors.ts'
import type { Intent } from '../../conversation/intents.ts'
import { isHidden } from '../../conversation/items.ts'
import type {
  ClientToolCallItem,
  InferenceOptions,
  Item,
  Json,
  UserMessageItem,
} from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import { pageLimitMax } from '../../conversation/threads.ts'
import type { Owner } from '../../conversation/threads.ts'
import { FileError } from '../../files/errors.ts'
import { filesIn, receiveFiles } from './files.ts'
import type { FileParts } from './files.ts'
import { messagesOf } from './messages.ts'
import { failedOutput, wordsOf } from './parts.ts'
import { promptLengthMax } from './wire.ts'
import type { SentMessage, StreamRequest } from './wire.ts'

export interface Turn {
  intent: Intent
  /** There where asking twice is asking once. */
  idempotencyKey?: string
  requestHash?: string
  /** The message that the answer goes on with. Default: it begins one. */
  messageId?: string
}

export interface TurnParts extends FileParts {
  store: ConversationStore
}

/** Between messages that become one. */
const separator = '\n\n'

/** How far back a client's history is looked at. */
const newMessagesMax = 20

/** Throws `not_found`, `wrong_state`, and `invalid_request` when there is nothing to answer. */
export async function chooseTurn(
  parts: TurnParts,
  place: { owner: Owner; threadId: string },
  asked: StreamRequest,
): Promise<Turn> {
  const page = await parts.store.items(place.owner, place.threadId, { limit: pageLimitMax, order: 'desc' })
  const history: History = { ...parts, ...place, newest: page.data, isWhole: !page.has_more }
  const last = asked.messages.at(-1)
  if (last?.role === 'assistant') return answerCall(history, last)
  const { fresh, known } = await sortOut(history, asked.messages)
  const options: InferenceOptions =
    asked.model === null || asked.model === undefined || asked.model === '' ? {} : { model: asked.model }
  const waiting = waitingMessage(history)
  if (fresh.length > 0) {
    const isWaiting =
      waiting !== undefined && fresh.every(({ id }) => !id) && textOf(fresh) === wordsOf(waiting)
    if (isWaiting) return answerWaiting(history, waiting, options)
    await keepOutput(history, asked.messages)
    return addMessage(history, fresh, options)
  }
  if (known === undefined || known.role !== 'user' || !known.id) throw nothingNew()
  return answerKnown(history, known.id, { known, options, asked })
}

interface History extends TurnParts {
  owner: Owner
  threadId: string
  /** Newest first. */
  newest: Item[]
  /** There are no older ones. */
  isWhole: boolean
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
  { store, owner, threadId, newest, isWhole }: History,
  { id, role }: SentMessage,
): Promise<boolean> {
  if (!id) return false
  if (newest.some((item) => item.id === id)) return true
  if (role === 'user' && (await store.runByIdempotencyKey(owner, keyOf(threadId, id))) !== null) return true
  return !isWhole && (await findItem(store, { owner, threadId }, id)) !== null
}

async function findItem(
  store: ConversationStore,
  { owner, threadId }: { owner: Owner; threadId: string },
  id: string,
): Promise<Item | null> {
  try {
    return await store.item(owner, threadId, id)
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'not_found') return null
    throw error
  }
}

function keyOf(threadId: string, messageId: string): string {
  const name = createHash('sha256').update(messageId).digest('base64url')
  return `chats:${threadId}:${name}`
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** What the user has said last, as long as nobody has said anything to it. */
function waitingMessage({ newest }: Pick<History, 'newest'>): UserMessageItem | undefined {
  const last = newest.find((item) => !isHidden(item) && item.type !== 'end_of_turn')
  return last?.type === 'user_message' ? last : undefined
}

/** Throws `invalid_request` for what is empty or too long. */
export function textOf(messages: readonly SentMessage[]): string {
  const texts = messages.map(({ content, parts }) =>
    parts === null || parts === undefined
      ? (content ?? '')
      : parts.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])).join(''),
  )
  const text = texts.filter((each) => each.trim() !== '').join(separator)
  if (text === '' && filesIn(messages).length === 0) {
    throw new ParleyError('invalid_request', 'The message is empty.', { param: 'messages' })
  }
  if (text.length <= promptLengthMax) return text
  throw new ParleyError(
    'invalid_request',
    `The message is longer than ${promptLengthMax} characters (promptLengthMax).`,
    { param: 'messages' },
  )
}

/** Ids that may become an item's own. One that may not is kept as the key of its run only. */
export const ownIdPattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/

async function addMessage(
  history: History,
  fresh: readonly SentMessage[],
  options: InferenceOptions,
  isAgain = false,
): Promise<Turn> {
  const { owner, threadId } = history
  const last = fresh.slice(-1)
  const id = last[0]?.id ?? ''
  const earlier = await takeEarlier(history, fresh.slice(0, -1), textOf(last))
  const text = [...earlier.texts, textOf(last)].filter((each) => each !== '').join(separator)
  const once = id === '' ? {} : { idempotencyKey: keyOf(threadId, id), requestHash: hashOf(text) }
  const message = {
    ...(ownIdPattern.test(id) && !isAgain ? { id } : {}),
    content: text === '' ? [] : [{ type: 'input_text' as const, text }],
    // The same request again brings the same files, which are there already.
    attachmentIds: isAgain
      ? []
      : [...earlier.attachmentIds, ...(await receiveFiles(history, owner, filesIn(last)))],
    inferenceOptions: options,
  }
  return { intent: { type: 'add-message', threadId, message }, ...once }
}

/** A page keeps what was refused, and sends it along with the next message: that one is not refused for it, too. */
async function takeEarlier(
  history: History,
  messages: readonly SentMessage[],
  lastText: string,
): Promise<{ texts: string[]; attachmentIds: string[] }> {
  const texts: string[] = []
  const attachmentIds: string[] = []
  let length = lastText.length
  for (const message of messages) {
    try {
      const text = textOf([message])
      length += text.length + separator.length
      if (length > promptLengthMax) break
      attachmentIds.push(...(await receiveFiles(history, history.owner, filesIn([message]))))
      texts.push(text)
    } catch (error) {
      if (!(error instanceof ParleyError || error instanceof FileError)) throw error
    }
  }
  return { texts, attachmentIds }
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
  if (isOver) return { intent }
  return { intent, idempotencyKey, requestHash: before?.requestHash ?? hashOf(wordsOf(waiting)) }
}

/** The last message is one that we have. */
async function answerKnown(
  history: History,
  id: string,
  { known, options, asked }: { known: SentMessage; options: InferenceOptions; asked: StreamRequest },
): Promise<Turn> {
  const { newest, store, owner, threadId } = history
  const stored = newest.find((item) => item.id === id) ?? (await findItem(store, { owner, threadId }, id))
  if (asked.trigger === 'regenerate-message') {
    const last = stored ?? newest.find((item) => item.type === 'user_message')
    if (last?.type !== 'user_message') throw nothingNew()
    return { intent: { type: 'retry', threadId, itemId: last.id } }
  }
  // By the client's own id, which no item has: the very request that began the run.
  if (stored === null) return addMessage(history, [known], options, true)
  if (stored.type !== 'user_message') throw nothingNew()
  const text = textOf([known])
  if (asked.messageId === id) return rewrite(threadId, stored, text)
  if (text !== wordsOf(stored)) {
    throw new ParleyError('wrong_state', 'There is another message by this id.', { param: 'messages' })
  }
  if (waitingMessage(history)?.id === id) return answerWaiting(history, stored, options)
  const idempotencyKey = keyOf(threadId, id)
  const before = await store.runByIdempotencyKey(owner, idempotencyKey)
  if (before === null) throw nothingNew()
  const { requestHash } = before
  return { intent: { type: 'retry', threadId, itemId: id }, idempotencyKey, requestHash }
}

/** What came after it goes, as it has gone on the page. */
function rewrite(threadId: string, stored: UserMessageItem, text: string): Turn {
  const isSame = text === wordsOf(stored)
  const rewrittenAs = [{ type: 'input_text' as const, text }]
  return {
    intent: { type: 'retry', threadId, itemId: stored.id, ...(isSame ? {} : { rewrittenAs }) },
  }
}

/** The output of the page's tool that the thread waits for. Other tools, and what else the message says, count for nothing. */
function answerCall({ newest, threadId }: History, message: SentMessage): Turn {
  const outputs = outputsIn([message])
  const calls = newest.filter((item) => item.type === 'client_tool_call')
  // The newest that waits; or, when the same is sent again, the one that has been answered with it.
  const call =
    calls.find(({ status }) => status === 'pending') ?? calls.find(({ call_id }) => outputs.has(call_id))
  const result = call === undefined ? undefined : outputs.get(call.call_id)
  if (call === undefined || result === undefined) {
    throw new ParleyError('invalid_request', 'No tool waits for an output that is in the last message.', {
      param: 'messages',
    })
  }
  const messageId = messageOf(newest, call)
  return {
    intent: { type: 'add-tool-output', threadId, result },
    idempotencyKey: keyOf(threadId, `output of ${call.call_id}`),
    requestHash: hashOf(JSON.stringify(result)),
    ...(messageId === undefined ? {} : { messageId }),
  }
}

function outputsIn(messages: readonly SentMessage[]): Map<string, Json> {
  return new Map(
    messages
      .flatMap(({ parts }) => parts ?? [])
      .flatMap(({ toolCallId, state, output, errorText }): [string, Json][] => {
        if (!toolCallId) return []
        if (state === 'output-available') return [[toolCallId, output ?? null]]
        return state === 'output-error' ? [[toolCallId, failedOutput(errorText ?? 'The tool failed.')]] : []
      }),
  )
}

/** The page has its tool's output, and the user goes on with a message before it was sent. */
async function keepOutput(
  { newest, store, owner, threadId }: History,
  messages: readonly SentMessage[],
): Promise<void> {
  const call = newest.find((item) => item.type === 'client_tool_call')
  if (call?.status !== 'pending') return
  const output = outputsIn(messages.slice(-newMessagesMax)).get(call.call_id)
  if (output === undefined) return
  const completed: Item = { ...call, status: 'completed', output }
  await store.changeThread(owner, threadId, (transaction) => transaction.saveItem(completed))
}

function messageOf(newest: readonly Item[], call: ClientToolCallItem): string | undefined {
  return messagesOf(newest.toReversed()).find(({ items }) => items.includes(call))?.id
}
