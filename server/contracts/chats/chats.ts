/** What this door does with chats and their messages, but for streaming. */
import { titleOf } from '../../agents/thread-title.ts'
import { ParleyError } from '../../conversation/errors.ts'
import { createId, createItemId } from '../../conversation/ids.ts'
import type { UserMessageItem } from '../../conversation/items.ts'
import type { ConversationStore, ThreadTransaction } from '../../conversation/store.ts'
import { newThread, pageLimitMax, refuseUnlessActive } from '../../conversation/threads.ts'
import type { Owner, Thread } from '../../conversation/threads.ts'
import type { Engine } from '../../engine/engine.ts'
import { FileError } from '../../files/errors.ts'
import { HttpProblem } from '../../http/problem.ts'
import { threadIdOf, threadIdOfKey } from './chat-ids.ts'
import { encodeChat, encodeMessage } from './encode.ts'
import { fileUrlsOf, filesIn, receiveFiles } from './files.ts'
import type { FileParts } from './files.ts'
import { clientSuppliedItem, messagesOf, readMessages } from './messages.ts'
import type { Message } from './messages.ts'
import { ownIdPattern, textOf } from './turns.ts'
import { itemsOfRun } from './unfinished.ts'
import type { CreateChatRequest, SavedMessage, WireChat, WireChatWithMessages, WireMessage } from './wire.ts'

export interface ChatsParts extends FileParts {
  engine: Pick<Engine, 'clientReturned'>
  store: ConversationStore
  now(): Date
}

/** Whose thread it is, and where files are fetched from. */
export interface ChatPlace {
  owner: Owner
  threadId: string
  requestUrl: string
}

interface ListRequest {
  limit: number
  cursor?: string | undefined
}

/** Newest first. `next` is the cursor of the next page, when there is one. */
export async function listChats(
  { store }: ChatsParts,
  owner: Owner,
  { limit, cursor }: ListRequest,
): Promise<{ chats: WireChat[]; next: string | undefined }> {
  const page = await fromCursor(cursor, () =>
    store.threads(owner, {
      limit,
      order: 'desc',
      ...(cursor === undefined ? {} : { after: threadIdOf(cursor) }),
    }),
  )
  const chats = page.data.map((thread) => encodeChat(owner, thread))
  return { chats, next: page.has_more ? chats.at(-1)?.id : undefined }
}

/** Whoever looks at the chat again has not stopped its answer by leaving. */
export async function getChat(
  parts: ChatsParts,
  { owner, threadId, requestUrl }: ChatPlace,
  { limit, cursor }: ListRequest,
): Promise<{ chat: WireChatWithMessages; next: string | undefined }> {
  const { store, engine } = parts
  const [thread, run] = await Promise.all([store.thread(owner, threadId), store.newestRun(owner, threadId)])
  const isRunning = run?.status === 'running'
  if (isRunning) await engine.clientReturned(owner, run.id)
  const unfinished = isRunning ? await itemsOfRun(store, owner, run.id) : new Set<string>()
  const page = await fromCursor(cursor, () =>
    readMessages(store, { owner, threadId }, { limit, after: cursor, unfinished }),
  )
  const fileUrl = fileUrlsOf(parts, owner, requestUrl)
  const messages = page.messages.map((message) => encodeMessage(threadId, message, fileUrl))
  return { chat: { ...encodeChat(owner, thread), messages }, next: page.after }
}

/** A cursor that is not one of the list is wrong, whoever's it is. */
async function fromCursor<Result>(cursor: string | undefined, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (error) {
    if (cursor === undefined || !(error instanceof ParleyError) || error.code !== 'not_found') throw error
    throw new HttpProblem('invalid_request', 'The cursor is not one of this list.', { param: 'cursor' })
  }
}

interface Creation {
  owner: Owner
  requestUrl: string
  /** Of the request: with the same one, the chat is made once. */
  key: string | undefined
}

/** `isNew` is false where the key, or the page's own id, has made it before. */
export async function createChat(
  parts: ChatsParts,
  { owner, requestUrl, key }: Creation,
  given: CreateChatRequest,
): Promise<{ chat: WireChatWithMessages; isNew: boolean }> {
  const threadId = ownThreadId(owner, { key, id: given.id })
  const place = { owner, requestUrl, threadId: threadId ?? createId('thr') }
  const text = given.prompt ?? textOf(given.message === undefined ? [] : [given.message])
  if (threadId === undefined) return { chat: await storeChat(parts, place, given, text), isNew: true }
  const known = await knownChat(parts, place, text)
  if (known !== null) return { chat: known, isNew: false }
  try {
    return { chat: await storeChat(parts, place, given, text), isNew: true }
  } catch (error) {
    // The same request, at the same moment; or the id is somebody else's.
    const made = await knownChat(parts, place, text)
    if (made !== null) return { chat: made, isNew: false }
    if (given.id === undefined || error instanceof ParleyError || error instanceof FileError) throw error
    throw new ParleyError('wrong_state', 'There is a chat by this id already.', { param: 'id', cause: error })
  }
}

/** The one that the client has chosen, in one way or the other. */
function ownThreadId(
  owner: Owner,
  { key, id }: { key: string | undefined; id: string | undefined },
): string | undefined {
  if (id !== undefined) return threadIdOf(id)
  return key === undefined ? undefined : threadIdOfKey(owner, key)
}

async function knownChat(
  parts: ChatsParts,
  place: ChatPlace,
  prompt: string,
): Promise<WireChatWithMessages | null> {
  try {
    const { chat } = await getChat(parts, place, { limit: 1 })
    if (chat.messages[0]?.content === prompt) return chat
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'not_found') return null
    throw error
  }
  throw new ParleyError('wrong_state', 'This Idempotency-Key, or this id, was used for another request.')
}

async function storeChat(
  parts: ChatsParts,
  { owner, threadId, requestUrl }: ChatPlace,
  { message: sent }: CreateChatRequest,
  text: string,
): Promise<WireChatWithMessages> {
  const createdAt = parts.now().toISOString()
  const id = ownIdPattern.test(sent?.id ?? '') ? (sent?.id ?? '') : createItemId('user_message')
  const files = await receiveFiles(parts, owner, filesIn(sent === undefined ? [] : [sent]))
  const message = userMessage(id, threadId, { text, createdAt })
  const title = titleOf(message)
  const thread: Thread = { ...newThread(threadId, createdAt), ...(title === undefined ? {} : { title }) }
  const stored = await parts.store.createThread(owner, thread, async (transaction) => {
    const attachments = files.length === 0 ? [] : await transaction.claimAttachments(files)
    const whole = { ...message, attachments }
    await transaction.saveItem(whole)
    return whole
  })
  const fileUrl = fileUrlsOf(parts, owner, requestUrl)
  const messages = messagesOf([stored]).map((each) => encodeMessage(threadId, each, fileUrl))
  return { ...encodeChat(owner, thread), messages }
}

function userMessage(
  id: string,
  threadId: string,
  { text, createdAt }: { text: string; createdAt: string },
): UserMessageItem {
  return {
    id,
    thread_id: threadId,
    created_at: createdAt,
    type: 'user_message',
    content: text === '' ? [] : [{ type: 'input_text', text }],
    attachments: [],
    inference_options: {},
  }
}

export function renameChat(
  { store }: ChatsParts,
  { owner, threadId }: { owner: Owner; threadId: string },
  title: string,
): Promise<WireChat> {
  return store.changeThread(owner, threadId, async (transaction) => {
    const renamed = { ...transaction.thread, title }
    await transaction.saveThread(renamed, ['title'])
    return encodeChat(owner, renamed)
  })
}

/** As it was; of its messages nothing. */
export async function deleteChat(
  { store }: ChatsParts,
  { owner, threadId }: { owner: Owner; threadId: string },
): Promise<WireChat> {
  const thread = await store.thread(owner, threadId)
  await store.deleteThread(owner, threadId)
  return encodeChat(owner, thread)
}

/**
 * Once per id: the same id again changes nothing, and is answered with what is stored. What is said to be the assistant's is
 * compared with what the assistant has said: when it is that, there is nothing to be stored.
 */
export function saveMessage(
  parts: ChatsParts,
  { owner, threadId, requestUrl }: ChatPlace,
  given: SavedMessage,
): Promise<WireMessage> {
  const { store, now } = parts
  const fileUrl = fileUrlsOf(parts, owner, requestUrl)
  return store.changeThread(owner, threadId, async (transaction) => {
    const stored = await storedMessage(transaction, given)
    if (stored !== null) return encodeMessage(threadId, stored, fileUrl)
    refuseUnlessActive(transaction.thread)
    const createdAt = now().toISOString()
    const item =
      given.role === 'user'
        ? userMessage(given.id, threadId, { text: given.content, createdAt })
        : clientSuppliedItem(given, threadId, now())
    await transaction.saveItem(item)
    const [saved] = messagesOf([item])
    if (saved === undefined) throw new Error('What was saved is no message.')
    return encodeMessage(threadId, saved, fileUrl)
  })
}

async function storedMessage(transaction: ThreadTransaction, given: SavedMessage): Promise<Message | null> {
  const newest = messagesOf((await transaction.newestItems(pageLimitMax)).toReversed())
  const named = newest.find(({ items }) => items.some(({ id }) => id === given.id))
  if (named !== undefined) return named
  const item = await transaction.item(given.id)
  if (item !== null) {
    const [message] = messagesOf([item])
    if (message !== undefined) return message
    // Of something that no client sees.
    throw new ParleyError('wrong_state', 'There is something else by this id.')
  }
  if (given.role === 'user') return null
  const said = newest.findLast(
    ({ role, content, isClientSupplied }) =>
      role === 'assistant' && !isClientSupplied && content.trim() === given.content.trim(),
  )
  return said === undefined ? null : { ...said, id: given.id }
}
