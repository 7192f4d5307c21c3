/**
 * What is done to an agent's events before they are recorded, each concern by itself. Plain functions, called for one event
 * after the other: as generators around each other they took 5 promises an event each, and half of a token's time.
 */
import { isDeepStrictEqual } from 'node:util'
import { completeEvent } from '../conversation/complete.ts'
import { createStoppable, createStream } from '../conversation/event-streams.ts'
import { textDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import { isHidden } from '../conversation/items.ts'
import { copyJson, isSameJson } from '../conversation/json-value.ts'
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
export function untilStopped<Value>(
  source: AsyncIterable<Value>,
  signal: AbortSignal,
): AsyncIterableIterator<Value> {
  const stoppable = createStoppable(source[Symbol.asyncIterator](), () => {
    signal.removeEventListener('abort', stop)
  })
  function stop(): void {
    stoppable.stop(new RunStopped())
  }
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  return createStream(stoppable.next, stop)
}

/**
 * What an agent may say, made safe: its own thread's items, complete, in text that every database carries.
 * Undefined for what it may not: when a run begins and ends is not for the agent to say.
 */
export function tidied(event: RunEvent, threadId: string): RunEvent | undefined {
  const delta = textDelta(event)
  // The hot path: a clean piece of text passes as it is.
  if (delta !== undefined && cleanText(delta.text) === delta.text) return event
  if (event.type === 'thread-created' || event.type === 'run-ended') return undefined
  return tidy(cleanJson(event), threadId)
}

function tidy(event: RunEvent, threadId: string): RunEvent {
  const completed = completeEvent(event)
  return 'item' in completed ? { ...completed, item: { ...completed.item, thread_id: threadId } } : completed
}

export interface ThreadChanges {
  /**
   * The event that says how the draft has changed since the last call, or null. Throws when it holds what is no JSON;
   * the draft is then again what it was.
   */
  take(): Extract<RunEvent, { type: 'thread-updated' }> | null
}

export function watchThread(draft: Thread): ThreadChanges {
  let known = copyJson(draft)
  return {
    take() {
      if (isSameJson(known, draft)) return null
      const before = known
      try {
        known = asStored({ ...draft, id: known.id, created_at: known.created_at })
      } finally {
        for (const field of Object.keys(draft)) if (!(field in known)) Reflect.deleteProperty(draft, field)
        Object.assign(draft, copyJson(known))
      }
      const changed = threadFields.filter((field) => !isDeepStrictEqual(before[field], known[field]))
      return { type: 'thread-updated', thread: copyJson(known), changed }
    },
  }
}

function asStored(thread: Thread): Thread {
  const stored: Thread = JSON.parse(JSON.stringify(thread))
  return cleanJson(stored)
}

/** Knows the items that nobody may see. What their events change is handed on to `store`. */
export function createHiddenItems(store: (change: ConversationChange) => void): {
  /** Whether the event shows one of them, and must not be shown itself. */
  hides(event: RunEvent): boolean
} {
  let hiddenIds: Set<string> | undefined
  return {
    hides(event) {
      if ('item' in event && isHidden(event.item)) {
        hiddenIds ??= new Set()
        hiddenIds.add(event.item.id)
        if (event.type !== 'item-added') store({ type: 'save-item', item: event.item })
        return true
      }
      if (hiddenIds === undefined || !('item_id' in event) || !hiddenIds.has(event.item_id)) return false
      if (event.type === 'item-removed') store({ type: 'delete-item', itemId: event.item_id })
      return true
    },
  }
}
