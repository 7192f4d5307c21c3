/**
 * An answer that is being written: some of its items are stored already, and all of them are in its stream. Who reads the stream from
 * its beginning must not have them from elsewhere, and must be given what the message had before.
 */
import type { ConversationStore } from '../../conversation/store.ts'
import { pageLimitMax } from '../../conversation/threads.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { BegunRun } from '../../engine/options.ts'
import type { ContinuedMessage } from './answer-frames.ts'
import { messagesOf } from './messages.ts'
import { partsOf } from './parts.ts'
import type { FileUrl } from './parts.ts'

const portionBytesMax = 256 * 1024

/** The ids of the items that the run has begun so far. */
export async function itemsOfRun(
  store: ConversationStore,
  owner: Owner,
  runId: string,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (let after = 0; ;) {
    const events = await store.runEvents(owner, runId, after, portionBytesMax)
    for (const { event } of events) {
      const isNew = event.type === 'item-added' || event.type === 'item-done'
      if (isNew && event.item.type !== 'user_message') ids.add(event.item.id)
    }
    const last = events.at(-1)
    if (last === undefined) return ids
    after = last.seq
  }
}

/** What the thread's newest answer had before the run. */
export async function readContinued(
  store: ConversationStore,
  owner: Owner,
  { runId, threadId }: BegunRun,
  fileUrl: FileUrl,
): Promise<ContinuedMessage> {
  const page = await store.items(owner, threadId, { limit: pageLimitMax, order: 'desc' })
  const message = messagesOf(page.data.toReversed()).at(-1)
  if (message?.role !== 'assistant' || message.isClientSupplied) return { before: [] }
  const written = await itemsOfRun(store, owner, runId)
  const before = message.items.filter(({ id }) => !written.has(id))
  return before.length === 0 ? { before: [] } : { messageId: message.id, before: partsOf(before, fileUrl) }
}
