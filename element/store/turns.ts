import type { WireItem } from '../../server/contracts/chatkit/wire.ts'

/** What belongs together in a thread: a message of the person, and all that came of it. */
export interface Turn {
  /** The id of its first item. */
  id: string
  /** In their order; never empty. */
  items: readonly WireItem[]
  /** The message that is asked again to have the turn anew: its own, or the one before it. Undefined: it is not loaded. */
  askedBy: string | undefined
}

/**
 * Groups the items of a thread. A turn begins with a message of the person, and behind the end of another turn.
 * Turns that are as they were in `before` are the same objects, so that nothing about them has to be drawn again.
 */
export function groupTurns(items: readonly WireItem[], before: readonly Turn[] = []): readonly Turn[] {
  const known = new Map(before.map((turn) => [turn.id, turn]))
  const turns: Turn[] = []
  let start = 0
  let askedBy: string | undefined
  for (let place = 1; place <= items.length; place += 1) {
    if (place < items.length && !beginsTurn(items[place - 1], items[place])) continue
    const own = items.slice(start, place)
    const first = own[0]
    if (first === undefined) break
    if (first.type === 'user_message') askedBy = first.id
    const turn = { id: first.id, items: own, askedBy }
    const old = known.get(turn.id)
    turns.push(old !== undefined && isSameTurn(old, turn) ? old : turn)
    start = place
  }
  const isSame = turns.length === before.length && turns.every((turn, place) => turn === before[place])
  return isSame ? before : turns
}

function beginsTurn(before: WireItem | undefined, item: WireItem | undefined): boolean {
  return item?.type === 'user_message' || before?.type === 'end_of_turn'
}

function isSameTurn(one: Turn, other: Turn): boolean {
  return (
    one.askedBy === other.askedBy &&
    one.items.length === other.items.length &&
    one.items.every((item, place) => item === other.items[place])
  )
}

/** What the agent made of it: what a person judges, and what is told to the server when they do. */
export function answerIds({ items }: Turn): string[] {
  return items.filter((item) => isOfAgent(item)).map(({ id }) => id)
}

function isOfAgent({ type }: WireItem): boolean {
  return type !== 'user_message' && type !== 'end_of_turn'
}

/** What there is to copy of a turn: its answers, and what its widgets say they are as text. */
export function turnText({ items }: Turn): string {
  const texts = items.flatMap((item) => {
    if (item.type === 'assistant_message') return item.content.map(({ text }) => text)
    return item.type === 'widget' ? [item.copy_text ?? ''] : []
  })
  return texts.filter((text) => text.trim() !== '').join('\n\n')
}

/** What a message of the person says, tags by their names. */
export function messageText(item: WireItem): string {
  return item.type === 'user_message' ? item.content.map(({ text }) => text).join('') : ''
}
