/** What can be done to a thread while its row is locked. */
import { ParleyError, notFound } from '../conversation/errors.ts'
import { decodeId } from '../conversation/ids.ts'
import type { Attachment } from '../conversation/items.ts'
import type { ThreadTransaction } from '../conversation/store.ts'
import { threadFields } from '../conversation/threads.ts'
import type { Thread } from '../conversation/threads.ts'
import { claimAttachments } from './attachments.ts'
import type { Defer, Run } from './database.ts'
import { DatabaseError } from './database-error.ts'
import { deleteItem, deleteItemsAfter, selectItem, selectNewestItems, upsertItem } from './items.ts'
import type { Place } from './items.ts'
import { eventGroup, insertGroup } from './run-events.ts'
import { insertRun } from './runs.ts'
import { updateThreads } from './threads.ts'

export interface ThreadStatements {
  run: Run
  defer: Defer
}

export function createThreadTransaction(
  { run, defer }: ThreadStatements,
  place: Place,
  thread: Thread,
): ThreadTransaction {
  return {
    thread,
    async item(itemId) {
      const [item] = await run(selectItem(place, itemId))
      return item
    },
    async newestItems(limit) {
      const [items] = await run(selectNewestItems(place, limit))
      return items
    },
    async saveItem(item) {
      defer(upsertItem(place, item))
    },
    async deleteItem(itemId) {
      defer(deleteItem(place, itemId))
    },
    async deleteItemsAfter(itemId) {
      defer(deleteItemsAfter(place, itemId))
    },
    async saveThread(saved, changed = threadFields) {
      defer(updateThreads([{ ...place, thread: saved, changed }]))
    },
    claimAttachments: (attachmentIds) => claim(run, place, attachmentIds),
    async beginRun(newRun, events) {
      const runId = decodeId('run', newRun.id)
      if (runId === null) throw new Error(`${newRun.id} is no id of a run`)
      const group = eventGroup(runId, events)
      defer(insertRun(place, runId, newRun))
      if (group !== null) defer(insertGroup(place.owner, group))
    },
  }
}

async function claim(run: Run, place: Place, attachmentIds: string[]): Promise<Attachment[]> {
  const uuids = attachmentIds.map((id) => decodeId('atc', id)).filter((uuid) => uuid !== null)
  const [claimed] = await run(claimAttachments(place.owner, place.threadId, uuids))
  const byId = new Map(claimed.map((attachment) => [attachment.id, attachment]))
  return attachmentIds.map((id) => {
    const attachment = byId.get(id)
    if (attachment === undefined) throw notFound('Attachment', id)
    return attachment
  })
}

/** Which of the two guards refused, in words. */
export function refusal(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error
  if (error.constraint === 'runs_one_running_per_thread') {
    return answerIsBeingWritten()
  }
  if (error.constraint === 'runs_idempotency_key') {
    return new ParleyError('wrong_state', 'This request has been made before.')
  }
  return error
}

export function answerIsBeingWritten(): ParleyError {
  return new ParleyError('wrong_state', 'An answer is already being written in this conversation.', {
    retryable: true,
  })
}
