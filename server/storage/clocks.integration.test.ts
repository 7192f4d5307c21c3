import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { TestDatabase } from '../testing/databases.ts'
import { beginRun } from './contract-parts.ts'

const hour = 3_600_000

/** On Postgres, whose clock is nobody else's: PGlite has that of the process it runs in. */
describe.skipIf(missingReason('postgres') !== null)('clocks that go wrong', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase('postgres')
  })
  afterAll(() => database.close())

  test('[JOURNAL-5] what a process takes for the time of day makes no lease longer or shorter', async () => {
    const { store, journal } = database.storage
    const processId = 'prc_x'
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - hour })
      const slow = [await beginRun(store, { processId }), await beginRun(store, { processId })]
      await journal.renewLeases(processId, 60, [slow[0]?.runId ?? ''])
      vi.setSystemTime(Date.now() + 2 * hour)
      const fast = [
        await beginRun(store, { processId, leaseSeconds: 0 }),
        await beginRun(store, { processId }),
      ]
      await journal.renewLeases(processId, 0, [fast[1]?.runId ?? ''])
      const taken = await journal.takeOver('prc_y', 60, 100)
      expect(taken.map(({ runId }) => runId).toSorted()).toEqual(fast.map(({ runId }) => runId).toSorted())
    } finally {
      vi.useRealTimers()
    }
  })
})
