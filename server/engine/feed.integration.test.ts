import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SequencedEvent } from '../conversation/events.ts'
import type { ConversationStore } from '../conversation/store.ts'
import { beginRun, ended, entryOf, progress } from '../storage/contract-parts.ts'
import type { BegunRun } from '../storage/contract-parts.ts'
import { createTestDatabase } from '../testing/databases.ts'
import type { TestDatabase } from '../testing/databases.ts'
import { createFeed } from './feed.ts'
import type { Following } from './feed.ts'

const fromItsBeginning = ({ owner, runId }: BegunRun): Following => ({
  owner,
  runId,
  after: 0,
  signal: AbortSignal.timeout(60_000),
  admit: async () => {},
  isReader: true,
})

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
      async runSince(owner, runId, afterSeq, bytesMax) {
        const since = await store.runSince(owner, runId, afterSeq, bytesMax)
        const next = since.isAll ? later.shift() : undefined
        if (next !== undefined) {
          await journal.append(run.processId, [next])
          feed.wake([runId])
        }
        return since
      },
    }
    const feed = createFeed({ store: racing, journal, liveRun: () => undefined, pollSeconds: 3_600 })
    const received: SequencedEvent[] = []
    for await (const events of feed.follow(fromItsBeginning(run))) {
      received.push(...events)
    }
    expect(received).toMatchObject([progress(1), progress(2), ended(3)])
  })

  test('[RUN-26] a follower of another process’s run reads its log once for each word of that process', async () => {
    const { store, journal } = database.storage
    const run = await beginRun(store, { events: [progress(1)] })
    let reads = 0
    const counting: ConversationStore = {
      ...store,
      runSince(...asked) {
        reads += 1
        return store.runSince(...asked)
      },
    }
    const feed = createFeed({ store: counting, journal, liveRun: () => undefined, pollSeconds: 3_600 })
    const entries = [
      entryOf(run, { events: [progress(2)] }),
      entryOf(run, { events: [progress(3)] }),
      entryOf(run, { events: [ended(4)], end: { status: 'completed' } }),
    ]
    const say = async (): Promise<void> => {
      await journal.append(run.processId, entries.splice(0, 1))
      feed.wake([run.runId])
    }
    const received: SequencedEvent[] = []
    const followed = (async () => {
      for await (const events of feed.follow(fromItsBeginning(run))) received.push(...events)
    })()
    // It has looked twice before it sleeps: whether there is more, and who tells when there is.
    await expect.poll(() => reads).toBe(2)
    for (const seq of [2, 3]) {
      await say()
      await expect.poll(() => received.at(-1)?.seq).toBe(seq)
    }
    await say()
    await followed
    expect(reads).toBe(5)
  })
})
