import type { StreamingRequest } from '../../server/contracts/chatkit/wire.ts'
import { lastUserItem, provisionalId } from '../store/state.ts'
import { TransportError } from '../transport/errors.ts'
import { pendingToolCall } from './client-tool.ts'
import type { Runs } from './create-runs.ts'
import { failureWords } from './failure-words.ts'
import { onDemand } from './on-demand.ts'
import { messageInput, provisionalItem } from './outgoing.ts'
import type { OutgoingMessage } from './outgoing.ts'
import type { ChatParts } from './parts.ts'
import { withRetries } from './parts.ts'

/** What a person, or the page in a person's name, can do to begin or end a run. */
export interface Turns {
  ask(message: OutgoingMessage): Promise<void>
  /** Has a message answered again, and drops what came after it. Without an id: the last one. */
  retry(itemId?: string): Promise<void>
  stop(): Promise<void>
  /** Does what the agent is waiting for this page to do, if it is. */
  answerToolCall(): Promise<void>
}

/** `catchUp` takes over what the server has, and follows the run that goes on there, if one does. */
export function createTurns(parts: ChatParts, runs: Runs, catchUp: () => Promise<void>): Turns {
  const { store, transport, words } = parts
  let messages = 0
  /** A message that may have arrived keeps its key, so that sending it once more cannot make two of it. */
  let unsent: { place: string; key: string } | null = null
  const tools = onDemand(parts, async () => {
    const { createClientTools } = await import('./create-client-tools.ts')
    return createClientTools(parts, runs)
  })

  return {
    async ask(message) {
      const { threadId } = store.state()
      const place = JSON.stringify([threadId, messageInput(message)])
      const key = unsent?.place === place ? unsent.key : parts.createKey()
      unsent = { place, key }
      messages += 1
      const item = provisionalItem(provisionalId(messages), message, parts.now())
      store.dispatch({ type: 'send', item })
      const stream = await runs.begin(messageRequest(threadId, message), key)
      if (typeof stream !== 'string') {
        unsent = null
        return runs.follow(stream)
      }
      // Perhaps an answer is being given that another device has asked for.
      if (stream === 'refused' && threadId !== null) await catchUp()
    },
    async retry(itemId) {
      const { threadId, items } = store.state()
      const item = itemId === undefined ? lastUserItem(items) : items.find(({ id }) => id === itemId)
      if (threadId === null || !item) return
      store.dispatch({ type: 'retry', itemId: item.id })
      const params = { thread_id: threadId, item_id: item.id }
      const stream = await runs.begin({ type: 'threads.retry_after_item', params }, parts.createKey())
      if (typeof stream !== 'string') return runs.follow(stream)
      // What was dropped here is still there. That nothing could be begun has been said already.
      if (stream === 'refused') await catchUp()
    },
    async stop() {
      const { run, threadId } = store.state()
      if (!run || threadId === null) return
      store.dispatch({ type: 'stop' })
      if (run.id === null) return stopPlain(parts, runs)
      const params = { thread_id: threadId, run_id: run.id }
      const signal = runs.signal()
      try {
        await withRetries(parts, signal, () => transport.ask({ type: 'parley.cancel', params }, { signal }))
      } catch (error) {
        // It had ended already: its stream is about to say so.
        if (signal.aborted || (error instanceof TransportError && error.status === 409)) return
        store.dispatch({ type: 'stop-failed', message: failureWords(error, words()) })
      }
    },
    async answerToolCall() {
      const { threadId, items, phase } = store.state()
      const call = pendingToolCall(items)
      if (threadId !== null && call && phase === 'ready') await (await tools())?.answer(threadId, call)
    },
  }
}

/** A plain ChatKit server has no verb for it: it stops when its client hangs up. */
function stopPlain({ store }: ChatParts, runs: Runs): void {
  runs.leave()
  const event = { type: 'parley.run_ended', status: 'cancelled' } as const
  store.dispatch({ type: 'frames', frames: [{ seq: null, event }] })
}

function messageRequest(threadId: string | null, message: OutgoingMessage): StreamingRequest {
  const input = messageInput(message)
  return threadId === null
    ? { type: 'threads.create', params: { input } }
    : { type: 'threads.add_user_message', params: { thread_id: threadId, input } }
}
