/** What this door does with chats and their messages, but for streaming. */
import { titleOf } from '../../agents/thread-title.ts'
import { ParleyError } from '../../conversation/errors.ts'
import { createId, createItemId } from '../../conversation/ids.ts'
import type { UserMessageItem } from '../../conversation/items.ts'
import type { ConversationStore, ThreadTransaction } from '../../conversation/store.ts'
import { newThread, pageLimitMax, refuseUnlessActive } from '../../conversation/threads.ts'
import type { Owner, Thread } from '../../conversation/threads.ts'
import { HttpProblem } from '../../http/problem.ts'
import { threadIdOf, threadIdOfKey } from './chat-ids.ts'
import { encodeChat, encodeMessage } from './encode.ts'
import { clientSuppliedItem, messagesOf, readMessages } from './messages.ts'
import type { Message } from './messages.ts'
import type { SavedMessage, WireChat, WireChatWithMessages, WireMessage } from './wire.ts'

export interface ChatsParts {
  store: ConversationStore
  now(): Date
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

export async function getChat(
  { store }: ChatsParts,
  { owner, threadId }: { owner: Owner; threadId: string },
  { limit, cursor }: ListRequest,
): Promise<{ chat: WireChatWithMessages; next: string | undefined }> {
  const thread = await store.thread(owner, threadId)
  const page = await fromCursor(cursor, () =>
    readMessages(store, { owner, threadId }, { limit, after: cursor }),
  )
  const messages = page.messages.map((message) => encodeMessage(threadId, message))
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

/** `isNew` is false where the key has made it before. */
export async function createChat(
  parts: ChatsParts,
  owner: Owner,
  { prompt, key }: { prompt: string; key: string | undefined },
): Promise<{ chat: WireChatWithMessages; isNew: boolean }> {
  if (key === undefined) return { chat: await storeChat(parts, owner, createId('thr'), prompt), isNew: true }
  const threadId = threadIdOfKey(owner, key)
  const known = await knownChat(parts, { owner, threadId }, prompt)
  if (known !== null) return { chat: known, isNew: false }
  try {
    return { chat: await storeChat(parts, owner, threadId, prompt), isNew: true }
  } catch (error) {
    // The same request, at the same moment.
    const made = await knownChat(parts, { owner, threadId }, prompt)
    if (made === null) throw error
    return { chat: made, isNew: false }
  }
}

async function knownChat(
  parts: ChatsParts,
  place: { owner: Owner; threadId: string },
  prompt: string,
): Promise<WireChatWithMessages | null> {
  try {
    const { chat } = await getChat(parts, place, { limit: 1 })
    if (chat.messages[0]?.content === prompt) return chat
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'not_found') return null
    throw error
  }
  throw new ParleyError('wrong_state', 'This Idempotency-Key was used for another request.')
}

async function storeChat(
  { store, now }: ChatsParts,
  owner: Owner,
  threadId: string,
  prompt: string,
): Promise<WireChatWithMessages> {
  const createdAt = now().toISOString()
  const message = userMessage(createItemId('user_message'), threadId, { text: prompt, createdAt })
  const title = titleOf(message)
  const thread: Thread = { ...newThread(threadId, createdAt), ...(title === undefined ? {} : { title }) }
  await store.createThread(owner, thread, (transaction) => transaction.saveItem(message))
  const messages = messagesOf([message]).map((each) => encodeMessage(threadId, each))
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
    content: [{ type: 'input_text', text }],
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
  { store, now }: ChatsParts,
  { owner, threadId }: { owner: Owner; threadId: string },
  given: SavedMessage,
): Promise<WireMessage> {
  return store.changeThread(owner, threadId, async (transaction) => {
    const stored = await storedMessage(transaction, given)
    if (stored !== null) return encodeMessage(threadId, stored)
    refuseUnlessActive(transaction.thread)
    const createdAt = now().toISOString()
    const item =
      given.role === 'user'
        ? userMessage(given.id, threadId, { text: given.content, createdAt })
        : clientSuppliedItem(given, threadId, now())
    await transaction.saveItem(item)
    const [saved] = messagesOf([item])
    if (saved === undefined) throw new Error('What was saved is no message.')
    return encodeMessage(threadId, saved)
  })
}

async function storedMessage(transaction: ThreadTransaction, given: SavedMessage): Promise<Message | null> {
  const newest = messagesOf((await transaction.newestItems(pageLimitMax)).toReversed())
  const named = newest.find(({ itemIds }) => itemIds.includes(given.id))
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
