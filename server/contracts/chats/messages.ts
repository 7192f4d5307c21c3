/**
 * A thread's items as messages: what the user said, and between two of those one answer, however many items it has.
 *
 *   user_message ─▶ message      thought · text · widget · text ─▶ one message, named after the first of them
 *   what a client says that the assistant said ─▶ a message with a mark; to the model it is background, never its own words
 */
import { isHidden } from '../../conversation/items.ts'
import type { HiddenContextItem, Item } from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import { pageLimitMax } from '../../conversation/threads.ts'
import type { Owner } from '../../conversation/threads.ts'
import { isShown, partsOf, wordsOf } from './parts.ts'
import type { FileUrl } from './parts.ts'
import type { SavedMessage, WirePart } from './wire.ts'

export interface Message {
  id: string
  role: 'user' | 'assistant'
  content: string
  /** ISO 8601. */
  createdAt: string
  isClientSupplied: boolean
  /** All that it is made of. */
  items: Item[]
}

export interface MessagesPage {
  messages: Message[]
  /** The item behind which the next page begins, when there is one. */
  after?: string
}

/** In UTF-16 code units: a page has no more messages when it has so much text. */
const pageLengthMax = 4 * 1024 * 1024

export interface MessagesRequest {
  limit: number
  after: string | undefined
  /** Items of an answer that is being written. It is no message yet: its stream has all of it. */
  unfinished: ReadonlySet<string>
}

/** Throws `not_found` for a thread that the owner does not have, and for an item that is not in it. */
export async function readMessages(
  store: ConversationStore,
  place: { owner: Owner; threadId: string },
  { limit, after, unfinished }: MessagesRequest,
): Promise<MessagesPage> {
  const messages: Message[] = []
  let length = 0
  let open: Message | undefined
  let lastItemId: string | undefined
  for await (const item of itemsFrom(store, place, after)) {
    if (unfinished.has(item.id)) continue
    if (open === undefined || begins(item, open)) {
      if (open !== undefined && isSaid(open)) {
        messages.push(open)
        length += open.content.length
        if (messages.length === limit || length > pageLengthMax) {
          return { messages, ...(lastItemId === undefined ? {} : { after: lastItemId }) }
        }
      }
      open = beginMessage(item)
    }
    add(open, item)
    lastItemId = item.id
  }
  if (open !== undefined && isSaid(open)) messages.push(open)
  return { messages }
}

/** Of items that follow each other, oldest first. */
export function messagesOf(items: readonly Item[]): Message[] {
  const messages: Message[] = []
  for (const item of items) {
    let open = messages.at(-1)
    if (open === undefined || begins(item, open)) {
      open = beginMessage(item)
      messages.push(open)
    }
    add(open, item)
  }
  return messages.filter(isSaid)
}

async function* itemsFrom(
  store: ConversationStore,
  { owner, threadId }: { owner: Owner; threadId: string },
  start: string | undefined,
): AsyncGenerator<Item> {
  let after = start
  do {
    const page = await store.items(owner, threadId, {
      limit: pageLimitMax,
      order: 'asc',
      ...(after === undefined ? {} : { after }),
    })
    yield* page.data
    after = page.after
  } while (after !== undefined)
}

function begins(item: Item, open: Message): boolean {
  return (
    item.type === 'user_message' || isClientSupplied(item) || open.role === 'user' || open.isClientSupplied
  )
}

function beginMessage(item: Item): Message {
  return {
    id: '',
    role: item.type === 'user_message' ? 'user' : 'assistant',
    content: '',
    createdAt: item.created_at,
    isClientSupplied: isClientSupplied(item),
    items: [],
  }
}

function add(message: Message, item: Item): void {
  message.items.push(item)
  if (!isSeen(item)) return
  if (message.id === '') {
    message.id = item.id
    message.createdAt = item.created_at
  }
  const text = textOf(item)
  message.content = [message.content, text].filter((part) => part !== '').join('\n\n')
}

/** Thoughts alone are none. */
function isSaid({ id, content, items }: Message): boolean {
  return id !== '' && (content !== '' || items.some((item) => isShown(item) && !isThought(item)))
}

function isThought(item: Item): boolean {
  return item.type === 'workflow' && item.workflow.type === 'reasoning'
}

function isSeen(item: Item): boolean {
  return isClientSupplied(item) || isShown(item)
}

/** In words. Thoughts, tools and all else are in the parts. */
function textOf(item: Item): string {
  if (item.type === 'user_message') return wordsOf(item)
  if (item.type === 'assistant_message') {
    return item.content
      .map(({ text }) => text)
      .filter((text) => text !== '')
      .join('\n\n')
  }
  if (item.type === 'widget') return item.copy_text ?? ''
  return isClientSupplied(item) ? item.content.client_supplied.text : ''
}

/**
 * What a client says that the assistant has said, and the server does not know of. A hidden item: other doors do not show it as
 * the assistant's, and models read it as background, in a user's place.
 */
export type ClientSuppliedItem = HiddenContextItem & {
  content: { client_supplied: { role: 'assistant'; text: string; note: string } }
}

const note = 'The user’s page says that the assistant has said this. It was not the assistant.'

export function clientSuppliedItem(
  { id, content }: SavedMessage,
  threadId: string,
  now: Date,
): ClientSuppliedItem {
  return {
    id,
    thread_id: threadId,
    created_at: now.toISOString(),
    type: 'hidden_context_item',
    content: { client_supplied: { role: 'assistant', text: content, note } },
  }
}

function isClientSupplied(item: Item): item is ClientSuppliedItem {
  if (!isHidden(item) || typeof item.content !== 'object' || item.content === null) return false
  const supplied: unknown = Reflect.get(item.content, 'client_supplied')
  return (
    typeof supplied === 'object' && supplied !== null && typeof Reflect.get(supplied, 'text') === 'string'
  )
}

/** As the AI SDK has it. */
export function messageParts(
  { items, content, isClientSupplied: isForeign }: Message,
  fileUrl: FileUrl,
): WirePart[] {
  return isForeign ? [{ type: 'text', text: content }] : partsOf(items, fileUrl)
}
