/** A run context without an engine, for tests of agents: items in memory, a clock that stands still until it is told to move. */
import type { Agent, RunContext } from '../conversation/agent.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { InferenceOptions, Item, UserMessageItem } from '../conversation/items.ts'
import type { Usage } from '../conversation/model.ts'
import { createPendingItems } from '../conversation/pending.ts'

export interface TestRun {
  context: RunContext
  history: Item[]
  usage: Usage[]
  /** Moves the clock. */
  pass(seconds: number): void
  stop: AbortController
}

export function createTestRun(inferenceOptions: InferenceOptions = {}): TestRun {
  const history: Item[] = []
  const usage: Usage[] = []
  const stop = new AbortController()
  let now = Date.parse('2026-01-02T03:04:05Z')
  let count = 0
  const createId = (type: string): string => `${type}_${++count}`
  const context: RunContext = {
    owner: { tenantId: 'ten_1', userId: 'usr_1' },
    thread: {
      id: 'thr_1',
      created_at: new Date(now).toISOString(),
      status: { type: 'active' },
      metadata: {},
    },
    metadata: {},
    runId: 'run_1',
    signal: stop.signal,
    inferenceOptions,
    allowCancel: true,
    now: () => new Date(now),
    createId,
    history: (limit = 100) => Promise.resolve(history.slice(-limit)),
    item: (itemId) => {
      const found = history.find((item) => item.id === itemId)
      return found ? Promise.resolve(found) : Promise.reject(new Error(`no item ${itemId}`))
    },
    saveItem: (item) => {
      history.push(item)
      return Promise.resolve()
    },
    streamWidget: () => {
      throw new Error('no widgets here')
    },
    async *callClientTool(name, parameters) {
      const item: Item = {
        ...base(createId('client_tool_call')),
        type: 'client_tool_call',
        status: 'pending',
        call_id: 'call_of_context',
        name,
        arguments: parameters,
      }
      yield await Promise.resolve({ type: 'item-done' as const, item })
    },
    countUsage: (used) => void usage.push(used),
  }
  return { context, history, usage, stop, pass: (seconds) => void (now += seconds * 1000) }
}

export function base(id: string): { id: string; thread_id: string; created_at: string } {
  return { id, thread_id: 'thr_1', created_at: '2026-01-02T03:04:05Z' }
}

export function userMessage(text: string, more: Partial<UserMessageItem> = {}): UserMessageItem {
  return {
    ...base(`msg_${text.slice(0, 20)}`),
    type: 'user_message',
    content: [{ type: 'input_text', text }],
    attachments: [],
    inference_options: {},
    ...more,
  }
}

export interface TestAnswer {
  events: RunEvent[]
  error: unknown
  /** The items that were finished, and those that a run would keep of what was broken off. */
  items: Item[]
}

/** Has the agent answer, and keeps what a run would keep. */
export async function answer(
  agent: Agent,
  run: TestRun,
  message: UserMessageItem | null,
): Promise<TestAnswer> {
  if (message) run.history.push(message)
  const pending = createPendingItems()
  const events: RunEvent[] = []
  const items: Item[] = []
  let error: unknown
  try {
    for await (const event of agent.respond(run.context, message)) {
      events.push(structuredClone(event))
      if (event.type === 'item-done') items.push(structuredClone(event.item))
      pending.apply(event)
    }
  } catch (thrown) {
    error = thrown
  }
  return { events, error, items: [...items, ...pending.breakOff('failed').kept] }
}
