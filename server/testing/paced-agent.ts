/** An agent that a test paces by hand: it says a word whenever it is told to. */
import type { Agent, RunContext } from '../conversation/agent.ts'
import { createTextDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { AssistantMessageItem } from '../conversation/items.ts'

export interface PacedAgent extends Agent {
  /** Says more in the newest run, or in the one of that thread. Waits until there is one. */
  say(text: string, threadId?: string): Promise<void>
  finish(threadId?: string): Promise<void>
  fail(reason: unknown, threadId?: string): Promise<void>
  /** The contexts of the runs so far. */
  contexts: RunContext[]
}

type Step = { text: string } | { reason: unknown } | null

interface Session {
  context: RunContext
  steps: Step[]
  wake(): void
}

export function createPacedAgent(): PacedAgent {
  const sessions: Session[] = []
  const contexts: RunContext[] = []

  async function tell(step: Step, threadId?: string): Promise<void> {
    const session = await waitFor(() =>
      sessions.findLast(({ context }) => threadId === undefined || context.thread.id === threadId),
    )
    session.steps.push(step)
    session.wake()
  }

  return {
    contexts,
    say: (text, threadId) => tell({ text }, threadId),
    finish: (threadId) => tell(null, threadId),
    fail: (reason, threadId) => tell({ reason }, threadId),
    async *respond(context) {
      contexts.push(context)
      const session: Session = { context, steps: [], wake() {} }
      sessions.push(session)
      yield* answer(session)
    },
  }
}

/** A message of the assistant's. */
export function createMessage(context: RunContext, text = ''): AssistantMessageItem {
  return {
    id: context.createId('assistant_message'),
    thread_id: context.thread.id,
    created_at: context.now().toISOString(),
    type: 'assistant_message',
    content: [{ type: 'output_text', text, annotations: [] }],
  }
}

async function* answer(session: Session): AsyncGenerator<RunEvent> {
  const item = createMessage(session.context)
  yield { type: 'item-added', item }
  let text = ''
  while (true) {
    const step = session.steps.shift()
    if (step === undefined) await new Promise<void>((resolve) => (session.wake = resolve))
    else if (step === null) break
    else if ('reason' in step) throw step.reason
    else {
      text += step.text
      yield createTextDelta(item.id, step.text)
    }
  }
  yield { type: 'item-done', item: { ...item, content: [{ type: 'output_text', text, annotations: [] }] } }
}

async function waitFor<Value>(find: () => Value | undefined): Promise<Value> {
  while (true) {
    const found = find()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
