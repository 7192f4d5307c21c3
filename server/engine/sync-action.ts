/** A widget's action that answers at once: no run, no stream, allowed while an answer is being written. */
import type { Agent } from '../conversation/agent.ts'
import { completeItem } from '../conversation/complete.ts'
import { cleanJson } from '../conversation/text.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { WidgetItem } from '../conversation/items.ts'
import type { ConversationStore } from '../conversation/store.ts'
import { refuseUnlessActive } from '../conversation/threads.ts'
import type { Owner } from '../conversation/threads.ts'
import { watchThread } from './agent-events.ts'
import { widgetOrThrow } from './begin.ts'
import type { SyncActionRequest } from './options.ts'
import { createAgentContext } from './run-context.ts'

export interface SyncActionParts {
  store: ConversationStore
  agent: Agent
  now(): Date
}

/** The widget as the agent changed it, stored; or null when there is nothing to show. */
export async function performSyncAction(
  { store, agent, now }: SyncActionParts,
  owner: Owner,
  { threadId, itemId, action, metadata }: SyncActionRequest,
): Promise<WidgetItem | null> {
  const thread = await store.thread(owner, threadId)
  refuseUnlessActive(thread)
  const sender = itemId === null ? null : widgetOrThrow(await store.item(owner, threadId, itemId))
  if (agent.syncAction === undefined) {
    throw new ParleyError('unsupported', 'This assistant does not handle actions.')
  }
  const changes = watchThread(thread)
  const context = createAgentContext({ store, owner, thread, metadata, now })
  const widget = await agent.syncAction(context, action, sender)
  const updated =
    widget === null ? null : widgetOrThrow(completeItem({ ...cleanJson(widget), thread_id: threadId }))
  const changed = changes.take()
  if (updated !== null || changed !== null) {
    await store.changeThread(owner, threadId, async (transaction) => {
      if (updated !== null) await transaction.saveItem(updated)
      if (changed !== null) await transaction.saveThread(changed.thread, changed.changed)
    })
  }
  return updated
}
