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
  return isSameList(before, turns) ? before : turns
}

function beginsTurn(before: WireItem | undefined, item: WireItem | undefined): boolean {
  return item?.type === 'user_message' || before?.type === 'end_of_turn'
}

function isSameTurn(one: Turn, other: Turn): boolean {
  return one.askedBy === other.askedBy && isSameList(one.items, other.items)
}

/** Neighbouring turns, so that a browser has to look at a few hundred things in a thread of thousands. */
export interface Chapter {
  /** The same as long as any of its turns is there. */
  key: string
  turns: readonly Turn[]
}

const turnsPerChapter = 20

/**
 * Groups turns into chapters. A turn stays in its chapter, whatever comes before or behind it: new ones join the last chapter
 * until it is full, and earlier ones get chapters of their own.
 */
export function groupChapters(turns: readonly Turn[], before: readonly Chapter[] = []): readonly Chapter[] {
  const keys = chapterKeys(turns, before)
  const known = new Map(before.map((chapter) => [chapter.key, chapter]))
  const chapters: Chapter[] = []
  let start = 0
  for (let place = 1; place <= turns.length; place += 1) {
    const key = keys[start]
    if (key === undefined || (place < turns.length && keys[place] === key)) continue
    const own = turns.slice(start, place)
    const old = known.get(key)
    chapters.push(old !== undefined && isSameList(old.turns, own) ? old : { key, turns: own })
    start = place
  }
  return isSameList(before, chapters) ? before : chapters
}

/** The key of every turn's chapter. */
function chapterKeys(turns: readonly Turn[], before: readonly Chapter[]): string[] {
  const known = new Map(before.flatMap(({ key, turns: own }) => own.map(({ id }) => [id, key] as const)))
  const firstKnown = turns.findIndex(({ id }) => known.has(id))
  const earlier = Math.max(0, firstKnown)
  const keys: string[] = []
  // Counted from their end, where the full ones shall be; named by their last turn, as those behind are by their first.
  for (let place = 0; place < earlier; place += 1) {
    const last = earlier - 1 - Math.floor((earlier - 1 - place) / turnsPerChapter) * turnsPerChapter
    keys.push(`${turns[last]?.id} and before`)
  }
  let size = 0
  for (const { id } of turns.slice(earlier)) {
    const current = keys.length > earlier ? keys.at(-1) : undefined
    const isFull = current === undefined || size >= turnsPerChapter
    const key = known.get(id) ?? (isFull ? id : current)
    size = key === current ? size + 1 : 1
    keys.push(key)
  }
  return keys
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((member, place) => member === other[place])
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
