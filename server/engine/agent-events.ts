/** Small generators around an agent's stream, each with one concern. */
import { isDeepStrictEqual } from 'node:util'
import { completeEvent } from '../conversation/complete.ts'
import { textDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import { isHidden } from '../conversation/items.ts'
import type { Item } from '../conversation/items.ts'
import { cleanJson, cleanText } from '../conversation/text.ts'
import type { Thread } from '../conversation/threads.ts'

/** Thrown by `untilStopped`; the reason is the signal's. */
export class RunStopped extends Error {}

/**
 * The source until the signal is aborted; then it throws at once, even when the source hangs.
 * Leaving early, either way, ends the source.
 */
export async function* untilStopped<Value>(
  source: AsyncIterable<Value>,
  signal: AbortSignal,
): AsyncGenerator<Value> {
  const iterator = source[Symbol.asyncIterator]()
  try {
    while (true) {
      const next = await nextOrStopped(iterator, signal)
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // Not awaited: a source that hangs in an await can only end after it.
    iterator.return?.().then(undefined, () => {})
  }
}

function nextOrStopped<Value>(
  iterator: AsyncIterator<Value>,
  signal: AbortSignal,
): Promise<IteratorResult<Value>> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new RunStopped())
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop)
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop))
  })
}

/** What an agent may say, made safe: its own thread's items, complete, in text that every database carries. */
export async function* tidied(source: AsyncIterable<RunEvent>, threadId: string): AsyncGenerator<RunEvent> {
  for await (const event of source) {
    const delta = textDelta(event)
    // The hot path: a clean piece of text passes as it is.
    if (delta !== undefined && cleanText(delta.text) === delta.text) yield event
    else yield tidy(cleanJson(event), threadId)
  }
}

function tidy(event: RunEvent, threadId: string): RunEvent {
  const completed = completeEvent(event)
  return 'item' in completed ? { ...completed, item: { ...completed.item, thread_id: threadId } } : completed
}

/** Says once, right behind the event during which it happened, that the agent has changed the thread. */
export async function* withThreadChanges(
  source: AsyncIterable<RunEvent>,
  changes: ThreadChanges,
): AsyncGenerator<RunEvent> {
  for await (const event of source) {
    yield event
    const changed = textDelta(event) === undefined ? changes.take() : null
    if (changed !== null) yield changed
  }
}

export interface ThreadChanges {
  /** The event that says how the draft has changed since the last call, or null. */
  take(): RunEvent | null
}

export function watchThread(draft: Thread): ThreadChanges {
  let known = structuredClone(draft)
  return {
    take() {
      if (isDeepStrictEqual(known, draft)) return null
      known = cleanJson(structuredClone({ ...draft, id: known.id, created_at: known.created_at }))
      Object.assign(draft, structuredClone(known))
      return { type: 'thread-updated', thread: structuredClone(known) }
    },
  }
}

/** Drops every event that would show a hidden item, and hands its storing on to `store`. */
export async function* withoutHidden(
  source: AsyncIterable<RunEvent>,
  store: (item: Item) => void,
): AsyncGenerator<RunEvent> {
  const hiddenIds = new Set<string>()
  for await (const event of source) {
    if ('item' in event && isHidden(event.item)) {
      hiddenIds.add(event.item.id)
      if (event.type !== 'item-added') store(event.item)
    } else if (!('item_id' in event) || !hiddenIds.has(event.item_id)) {
      yield event
    }
  }
}
