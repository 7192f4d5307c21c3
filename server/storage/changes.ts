/** What a group of runs changes in the conversations, as a statement for each kind of change. */
import type { JournalEntry } from '../conversation/store.ts'
import type { Item } from '../conversation/items.ts'
import type { Thread, ThreadField } from '../conversation/threads.ts'
import type { Statement } from './database.ts'
import type { Fence } from './fence.ts'
import { deleteItems, upsertItems } from './items.ts'
import type { Place } from './items.ts'
import { updateThreads } from './threads.ts'

export interface ChangingRun {
  entry: JournalEntry
  /** UUIDs. */
  runId: string
  threadId: string
}

/** Each with the run that makes it, which must still be the process's own. */
interface Changes {
  saved: { runId: string; place: Place; item: Item }[]
  deleted: { runId: string; place: Place; itemId: string }[]
  threads: { runId: string; place: Place; thread: Thread; changed: ThreadField[] }[]
}

export function changeStatements(processId: string, runs: readonly ChangingRun[]): Statement<void>[] {
  const { saved, deleted, threads } = sum(runs)
  const fence = (rows: readonly { runId: string }[]): Fence => ({
    processId,
    runIds: rows.map(({ runId }) => runId),
  })
  return [
    // Before the saved: an item that was deleted and came again is a new one.
    ...(deleted.length === 0 ? [] : [deleteItems(deleted, fence(deleted))]),
    ...(saved.length === 0 ? [] : [upsertItems(saved, fence(saved))]),
    ...(threads.length === 0
      ? []
      : [
          updateThreads(
            threads.map(({ place, ...rest }) => ({ ...place, ...rest })),
            fence(threads),
          ),
        ]),
  ]
}

/** What is left of each run's changes when only the last word about each item, and each field, counts. */
function sum(runs: readonly ChangingRun[]): Changes {
  const all: Changes = { saved: [], deleted: [], threads: [] }
  for (const { entry, runId, threadId } of runs) {
    const place = { owner: entry.owner, threadId }
    const items = new Map<string, Item>()
    const deletedIds = new Set<string>()
    const changed = new Set<ThreadField>()
    let thread: Thread | undefined
    for (const change of entry.changes) {
      if (change.type === 'save-item') items.set(change.item.id, change.item)
      else if (change.type === 'delete-item') {
        items.delete(change.itemId)
        deletedIds.add(change.itemId)
      } else {
        thread = change.thread
        for (const field of change.changed) changed.add(field)
      }
    }
    for (const item of items.values()) all.saved.push({ runId, place, item })
    for (const itemId of deletedIds) all.deleted.push({ runId, place, itemId })
    if (thread !== undefined) all.threads.push({ runId, place, thread, changed: [...changed] })
  }
  return all
}
