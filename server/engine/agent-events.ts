/** Small generators around an agent's stream, each with one concern. */
import { isDeepStrictEqual } from 'node:util'
import { completeEvent } from '../conversation/complete.ts'
import { textDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import { isHidden } from '../conversation/items.ts'
import type { ConversationChange } from '../conversation/store.ts'
import { cleanJson, cleanText } from '../conversation/text.ts'
import { threadFields } from '../conversation/threads.ts'
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
  let stop = (): void => {}
  const onAbort = (): void => stop()
  signal.addEventListener('abort', onAbort)
  try {
    while (true) {
      const next = await new Promise<IteratorResult<Value>>((resolve, reject) => {
        stop = () => reject(new RunStopped())
        if (signal.aborted) stop()
        else iterator.next().then(resolve, reject)
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    // Not awaited: a source that hangs in an await can only end after it.
    iterator.return?.().then(undefined, () => {})
  }
}

/**
 * What an agent may say, made safe: its own thread's items, complete, in text that every database carries.
 * When a run begins and ends is not for the agent to say.
 */
export async function* tidied(source: AsyncIterable<RunEvent>, threadId: string): AsyncGenerator<RunEvent> {
  for await (const event of source) {
    const delta = textDelta(event)
    if (event.type === 'thread-created' || event.type === 'run-ended') continue
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
  /**
   * The event that says how the draft has changed since the last call, or null. Throws when it holds what is no JSON;
   * the draft is then again what it was.
   */
  take(): Extract<RunEvent, { type: 'thread-updated' }> | null
}

export function watchThread(draft: Thread): ThreadChanges {
  let known = structuredClone(draft)
  return {
    take() {
      if (isDeepStrictEqual(known, draft)) return null
      const before = known
      try {
        known = asStored({ ...draft, id: known.id, created_at: known.created_at })
      } finally {
        for (const field of Object.keys(draft)) Reflect.deleteProperty(draft, field)
        Object.assign(draft, structuredClone(known))
      }
      const changed = threadFields.filter((field) => !isDeepStrictEqual(before[field], known[field]))
      return { type: 'thread-updated', thread: structuredClone(known), changed }
    },
  }
}

function asStored(thread: Thread): Thread {
  const stored: Thread = JSON.parse(JSON.stringify(thread))
  return cleanJson(stored)
}

/** Drops every event that would show a hidden item, and hands what it changes on to `store`. */
export async function* withoutHidden(
  source: AsyncIterable<RunEvent>,
  store: (change: ConversationChange) => void,
): AsyncGenerator<RunEvent> {
  const hiddenIds = new Set<string>()
  for await (const event of source) {
    if ('item' in event && isHidden(event.item)) {
      hiddenIds.add(event.item.id)
      if (event.type !== 'item-added') store({ type: 'save-item', item: event.item })
    } else if (event.type === 'item-removed' && hiddenIds.has(event.item_id)) {
      store({ type: 'delete-item', itemId: event.item_id })
    } else if (!('item_id' in event) || !hiddenIds.has(event.item_id)) {
      yield event
    }
  }
}
