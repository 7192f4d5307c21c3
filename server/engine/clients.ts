/**
 * Clients that can only close. Whether they meant to stop the answer shows in what their user does next, on any process:
 *
 *   closed ─▶ grace ─┬─ looks at the thread again ─▶ the run goes on
 *                    ├─ sends another message ─────▶ it stops at once, and makes way
 *                    └─ nothing ───────────────────▶ it stops
 */
import type { ClientNews, ConversationStore } from '../conversation/store.ts'
import type { Owner } from '../conversation/threads.ts'
import type { Feed } from './feed.ts'
import type { RunRegistry } from './run-registry.ts'

export interface ClientWatch {
  /** News of a run's client, from here or from another process. */
  hear(runId: string, news: ClientNews): void
  /** Tells whoever drives the run. */
  tell(owner: Owner, runId: string, news: ClientNews): Promise<void>
  /** Ends the thread's run if its client is gone. Whether the thread is free now. */
  makeWay(owner: Owner, threadId: string): Promise<boolean>
}

export interface ClientWatchParts {
  store: ConversationStore
  registry: RunRegistry
  feed: Feed
}

/** How long a new message waits for the run that its client has left. */
const makeWayMilliseconds = 1_000

export function watchClients({ store, registry, feed }: ClientWatchParts): ClientWatch {
  function hear(runId: string, news: ClientNews): void {
    if (news === 'left') registry.clientLeft(runId)
    else if (news === 'returned') registry.clientReturned(runId)
    else registry.clientMovedOn(runId)
  }

  async function tell(owner: Owner, runId: string, news: ClientNews): Promise<void> {
    if (registry.get(runId) === undefined) await store.signalClient(owner, runId, news)
    else hear(runId, news)
  }

  return {
    hear,
    tell,
    async makeWay(owner, threadId) {
      const run = await store.newestRun(owner, threadId)
      if (run?.status !== 'running') return false
      await tell(owner, run.id, 'moved-on')
      const live = registry.get(run.id)
      if (live !== undefined && live.stopReason() === undefined) return false
      return feed.endsWithin(owner, run.id, makeWayMilliseconds)
    },
  }
}
