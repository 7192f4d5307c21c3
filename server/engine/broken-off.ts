/** How a run ends that did not come to its own end: what had arrived is kept, and a way on is offered. */
import { createItemId } from '../conversation/ids.ts'
import type { RunEndStatus, RunEvent } from '../conversation/events.ts'
import type { IncompleteReason, Item } from '../conversation/items.ts'
import type { PendingItems } from '../conversation/pending.ts'
import type { ConversationChange } from '../conversation/store.ts'

export interface BrokenOff {
  events: RunEvent[]
  changes: ConversationChange[]
}

/** What the user reads when a process went away under their answer. */
export const interruptedMessage = 'The answer was interrupted. What had arrived is kept; you can try again.'

export const interruptedError: Extract<RunEvent, { type: 'error' }> = {
  type: 'error',
  code: 'custom',
  message: interruptedMessage,
  allow_retry: true,
}

const statusReasons: Record<Exclude<RunEndStatus, 'completed'>, IncompleteReason> = {
  cancelled: 'cancelled',
  failed: 'failed',
  interrupted: 'interrupted',
}

/** Keeps what the run's unfinished items had become, and takes back those that were still empty. */
export function breakOff(pending: PendingItems, status: Exclude<RunEndStatus, 'completed'>): BrokenOff {
  const { kept, droppedIds } = pending.breakOff(statusReasons[status])
  return {
    events: [
      ...kept.map((item): RunEvent => ({ type: 'item-done', item })),
      ...droppedIds.map((item_id): RunEvent => ({ type: 'item-removed', item_id })),
    ],
    changes: kept.map((item) => ({ type: 'save-item', item })),
  }
}

/** Tells the model, in the next turn, that the user did not want to hear more. */
export function stoppedNote(threadId: string, now: Date): Item {
  return {
    id: createItemId('sdk_hidden_context'),
    thread_id: threadId,
    created_at: now.toISOString(),
    type: 'sdk_hidden_context',
    content: 'The user stopped the answer before it was complete.',
  }
}
