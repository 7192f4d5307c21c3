import { describe, expect, test } from 'vitest'
import { missingReason } from './testing/databases.ts'
import { runKills, summarize } from './testing/kills.ts'

/** The long runs are a command: see `testing/kills.ts`. */
describe.each([
  { database: 'postgres', kills: 20 },
  { database: 'pglite', kills: 8 },
] as const)('$database', ({ database, kills }) => {
  test.skipIf(missingReason(database) !== null)(
    '[SURVIVE-1] servers are killed again and again, and no promise is broken',
    { timeout: 180_000 },
    async () => {
      const options = { database, kills, seed: 7, clients: 12 }
      const report = await runKills(options)
      expect(report.violations, summarize(options, report)).toEqual([])
      expect(report.completed).toBeGreaterThanOrEqual(report.questions / 2)
      // Otherwise nothing was shown.
      expect(report.interrupted).toBeGreaterThan(0)
      expect(report.retries).toBeGreaterThan(0)
      for (const end of report.ends) expect(end).toEqual({ code: 0, signal: null })
    },
  )
})
