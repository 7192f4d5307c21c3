import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SequencedEvent } from '../conversation/events.ts'
import type { ConversationStore } from '../conversation/store.ts'
import { beginRun, ended, entryOf, progress } from '../storage/contract-parts.ts'
import { createTestDatabase } from '../testing/databases.ts'
import type { TestDatabase } from '../testing/databases.ts'
import { createFeed } from './feed.ts'

describe('the feed', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase('pglite')
  })
  afterAll(() => database.close())

  test('[RUN-4] what is written while a follower reads the log wakes it before it sleeps', async () => {
    const { store, journal } = database.storage
    const run = await beginRun(store, { events: [progress(1)] })
    const later = [
      entryOf(run, { events: [progress(2)] }),
      entryOf(run, { events: [ended(3)], end: { status: 'completed' } }),
    ]
    /** Each time that there is nothing to read, something is written before the reader hears that. */
    const racing: ConversationStore = {
      ...store,
      async runEvents(owner, runId, afterSeq, bytesMax) {
        const events = await store.runEvents(owner, runId, afterSeq, bytesMax)
        const next = events.length === 0 ? later.shift() : undefined
        if (next !== undefined) {
          await journal.append(run.processId, [next])
          feed.wake([runId])
        }
        return events
      },
      // As it was a moment ago.
      run: async (owner, runId) => ({ ...(await store.run(owner, runId)), status: 'running' }),
    }
    const feed = createFeed({ store: racing, journal, liveRun: () => undefined, pollSeconds: 3_600 })
    const received: SequencedEvent[] = []
    const following = {
      ...run,
      after: 0,
      signal: AbortSignal.timeout(60_000),
      admit: async () => {},
      isReader: true,
    }
    for await (const events of feed.follow(following)) {
      received.push(...events)
    }
    expect(received).toMatchObject([progress(1), progress(2), ended(3)])
  })
})
