/** What an agent may know and do: reads go to the store as the owner, streams become events. */
import type { AgentContext, RunContext } from '../conversation/agent.ts'
import { createItemId } from '../conversation/ids.ts'
import { copyJson } from '../conversation/json-value.ts'
import type { InferenceOptions, Item, JsonObject, WidgetItem, WidgetNode } from '../conversation/items.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { Usage } from '../conversation/model.ts'
import type { ConversationStore } from '../conversation/store.ts'
import type { Owner, Thread } from '../conversation/threads.ts'
import { completeWidget, widgetUpdates } from '../conversation/widgets.ts'
import { pageLimitMax } from '../conversation/threads.ts'

export interface AgentContextParts {
  store: ConversationStore
  owner: Owner
  /** A draft of its own: the agent changes it. */
  thread: Thread
  metadata: JsonObject
  now(): Date
}

export function createAgentContext({ store, owner, thread, metadata, now }: AgentContextParts): AgentContext {
  return {
    owner,
    thread,
    metadata,
    now,
    createId: createItemId,
    async history(limit = pageLimitMax) {
      const page = await store.items(owner, thread.id, {
        limit: Math.min(limit, pageLimitMax),
        order: 'desc',
      })
      return page.data.toReversed()
    },
    item: (itemId) => store.item(owner, thread.id, itemId),
    async saveItem(item) {
      await store.changeThread(owner, thread.id, (transaction) =>
        transaction.saveItem({ ...item, thread_id: thread.id }),
      )
    },
  }
}

export interface RunContextParts extends AgentContextParts {
  runId: string
  signal: AbortSignal
  inferenceOptions: InferenceOptions
  countUsage(usage: Usage): void
  saveItem(item: Item): Promise<void>
  /** All items of the thread, where they are known without asking. */
  knownHistory(): Item[] | undefined
  /** Resolves when all that the agent has said so far is stored. */
  written(): Promise<void>
}

export function createRunContext(parts: RunContextParts): RunContext {
  const { owner, thread, metadata, now, runId, signal, inferenceOptions, countUsage, saveItem, written } =
    parts
  const agentContext = createAgentContext(parts)
  // Field by field: spreading the other context took as long as ten of them.
  return {
    owner,
    thread,
    metadata,
    now,
    createId: agentContext.createId,
    runId,
    signal,
    inferenceOptions,
    countUsage,
    saveItem,
    allowCancel: true,
    // An agent that reads items finds those it has finished.
    async history(limit) {
      const known = parts.knownHistory()
      if (known !== undefined) return copyJson(known)
      await written()
      return agentContext.history(limit)
    },
    async item(itemId) {
      await written()
      return agentContext.item(itemId)
    },
    async *streamWidget(states, options) {
      const base = {
        id: createItemId('widget'),
        thread_id: thread.id,
        created_at: now().toISOString(),
        type: 'widget' as const,
        ...(options?.copyText === undefined ? {} : { copy_text: options.copyText }),
      }
      yield* widgetEvents(base, states)
    },
    async *callClientTool(name, parameters) {
      const item = {
        id: createItemId('client_tool_call'),
        thread_id: thread.id,
        created_at: now().toISOString(),
        type: 'client_tool_call' as const,
        status: 'pending' as const,
        call_id: createItemId('client_tool_call'),
        name,
        arguments: parameters,
      }
      yield { type: 'item-done', item }
    },
  }
}

function isNode(states: WidgetNode | Iterable<WidgetNode> | AsyncIterable<WidgetNode>): states is WidgetNode {
  return 'type' in states
}

/** One finished widget is one `done`; a series of states is added, updated and done. */
async function* widgetEvents(
  base: Omit<WidgetItem, 'widget'>,
  states: WidgetNode | Iterable<WidgetNode> | AsyncIterable<WidgetNode>,
): AsyncGenerator<RunEvent> {
  if (isNode(states)) {
    yield { type: 'item-done', item: { ...base, widget: completeWidget(states) } }
    return
  }
  let shown: WidgetNode | undefined
  for await (const state of states) {
    if (shown === undefined) yield { type: 'item-added', item: { ...base, widget: completeWidget(state) } }
    else
      for (const update of widgetUpdates(shown, state))
        yield { type: 'item-updated', item_id: base.id, update }
    shown = structuredClone(state)
  }
  if (shown !== undefined) yield { type: 'item-done', item: { ...base, widget: completeWidget(shown) } }
}
