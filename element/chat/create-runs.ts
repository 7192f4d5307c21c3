import type { StreamingRequest } from '../../server/contracts/chatkit/wire.ts'
import type { EventStream } from '../transport/create-transport.ts'
import { failureWords } from './failure-words.ts'
import { followRun } from './follow-run.ts'
import type { ChatParts } from './parts.ts'
import { withRetries } from './parts.ts'

/** Beginning a run and following it, until the person leaves the conversation. */
export interface Runs {
  /** Sends a request that begins a run. `refused`: it did not, and that has been said. `left`: nobody waits for it any more. */
  begin(request: StreamingRequest, idempotencyKey: string): Promise<EventStream | 'refused' | 'left'>
  /** Follows a run to its end. Without a stream: the one that the store says is running. */
  follow(stream: EventStream | null): Promise<void>
  /** Lets go of the run, which goes on without us. */
  leave(): void
  /** Aborted when the conversation is left. */
  signal(): AbortSignal
}

export interface RunHooks {
  /** Brings the thread up to what the server has; throws when that fails. */
  reload: () => Promise<void>
  /** The run has ended, and what it left behind is in the store. */
  ended: () => Promise<void>
}

export function createRuns(parts: ChatParts, hooks: RunHooks): Runs {
  const { store, transport, words } = parts
  let leaving = new AbortController()

  function tellTabs(): void {
    const { threadId } = store.state()
    if (threadId !== null) parts.tellTabs(threadId)
  }

  return {
    async begin(request, idempotencyKey) {
      const { signal } = leaving
      try {
        const stream = await withRetries(parts, signal, () =>
          transport.stream(request, { signal, idempotencyKey }),
        )
        if (signal.aborted) return 'left'
        store.dispatch({ type: 'accepted', threadId: stream.threadId, runId: stream.runId })
        tellTabs()
        return stream
      } catch (error) {
        if (signal.aborted) return 'left'
        store.dispatch({ type: 'refused', message: failureWords(error, words()) })
        return 'refused'
      }
    },
    async follow(stream) {
      const { signal } = leaving
      await followRun({ ...parts, signal, reload: hooks.reload }, stream)
      if (signal.aborted) return
      // Who only follows has nothing to tell: the others follow, too.
      if (stream !== null) tellTabs()
      await hooks.ended()
    },
    leave() {
      leaving.abort()
      leaving = new AbortController()
    },
    signal: () => leaving.signal,
  }
}
