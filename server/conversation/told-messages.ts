/**
 * A thread's own items as messages of a tree: what the user has said is one, and an answer is one, however many items it has.
 *
 *   the last message that is in the thread ─▶ user_message ─▶ assistant_message ─▶ assistant_message …
 *                                                └ a child          └ its child       └ the same message, longer
 */
import type { SaidWords } from './client-messages.ts'
import type { Item, UserMessageItem } from './items.ts'

export interface ToldMessage {
  id: string
  parentId: string | null
  height: number
  said: SaidWords
  /** What stands for it in the thread. */
  itemIds: string[]
  /** The number of the last of them. */
  itemSeq: string
  /** Whether those are the thread's own, or were made of a client's message. */
  fromItems: boolean
  /** A client has given it a format. */
  isWritten: boolean
  createdAt: string
}

/** An item with its number in the thread. */
export interface NumberedItem {
  item: Item
  seq: string
}

export interface Told {
  /** New or changed, parents first. */
  messages: ToldMessage[]
  /** Items that were made of a client's message and that the thread has itself now. */
  doubles: string[]
}

/**
 * What the items add to the tree. An item of the thread's own that says what the client's message before it says is that message:
 * a client that keeps what it asks, and asks in the thread, has said it once.
 *
 * @param tip The last message that is in the thread.
 * @param items Those behind it, oldest first.
 */
export function tellMessages(tip: ToldMessage | null, items: readonly NumberedItem[]): Told {
  const changed = new Map<string, ToldMessage>()
  const doubles: string[] = []
  let last = tip
  for (const { item, seq } of items) {
    const said = wordsOf(item)
    if (said === null) continue
    if (last !== null && isDouble(last, said)) {
      doubles.push(...last.itemIds)
      last = { ...last, itemIds: [item.id], itemSeq: seq, fromItems: true }
    } else if (last !== null && goesOn(last, said)) {
      last = {
        ...last,
        said: { ...said, texts: [...last.said.texts, ...said.texts] },
        itemIds: [...last.itemIds, item.id],
        itemSeq: seq,
      }
    } else {
      last = childOf(last, { item, seq }, said)
    }
    changed.set(last.id, last)
  }
  return { messages: [...changed.values()], doubles }
}

function childOf(parent: ToldMessage | null, { item, seq }: NumberedItem, said: SaidWords): ToldMessage {
  return {
    id: item.id,
    parentId: parent?.id ?? null,
    height: parent === null ? 0 : parent.height + 1,
    said,
    itemIds: [item.id],
    itemSeq: seq,
    fromItems: true,
    isWritten: false,
    createdAt: item.created_at,
  }
}

function isDouble(last: ToldMessage, said: SaidWords): boolean {
  return said.role === 'user' && !last.fromItems && isSameSaying(last.said, said)
}

function goesOn({ said: before, fromItems, isWritten }: ToldMessage, said: SaidWords): boolean {
  return said.role === 'assistant' && before.role === 'assistant' && fromItems && !isWritten
}

/**
 * Whether both say the same words, however they are laid out: an answer's parts are joined in many ways. Of an answer that was
 * broken off, each side has come as far as it has.
 */
export function isSameSaying(one: SaidWords, other: SaidWords): boolean {
  if (one.role !== other.role) return false
  const [first, second] = [squeezed(one), squeezed(other)]
  if (first === second) return true
  if (one.incomplete === undefined && other.incomplete === undefined) return false
  return first.startsWith(second) || second.startsWith(first)
}

function squeezed({ texts }: SaidWords): string {
  return texts.join('').replaceAll(/\s+/g, '')
}

/** Null for what is no message, or has no words. */
export function wordsOf(item: Item): SaidWords | null {
  if (item.type === 'user_message') return words('user', [textOf(item)])
  if (item.type !== 'assistant_message') return null
  const said = words(
    'assistant',
    item.content.map(({ text }) => text),
  )
  if (said === null || item.incomplete === undefined) return said
  return { ...said, incomplete: item.incomplete }
}

export function words(role: SaidWords['role'], texts: readonly string[]): SaidWords | null {
  const said = texts.filter((text) => text.trim() !== '')
  return said.length === 0 ? null : { role, texts: said }
}

function textOf({ content }: UserMessageItem): string {
  return content.map((part) => (part.type === 'input_text' ? part.text : `@${part.text}`)).join('')
}
