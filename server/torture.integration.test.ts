import { describe, expect, test } from 'vitest'
import { missingReason } from './testing/databases.ts'
import { print, verdictOf } from './testing/torture/report.ts'
import { runTorture } from './testing/torture/torture.ts'

const everywhere = [
  'kill',
  'kill-at-send',
  'terminate',
  'freeze-short',
  'stall',
  'leave-fin',
  'leave-rst',
  'read-not',
  'network-cut',
  'upstream-cut',
  'upstream-status',
  'clock-hour',
]

/** Samples of the long runs, which are a command: `npm run torture`. */
describe.each([
  {
    database: 'postgres',
    faults: [
      ...everywhere,
      'postgres-restart-immediate',
      'backends-terminated',
      'commit-answer-lost',
      'rows-locked',
    ],
  },
  { database: 'pglite', faults: [...everywhere, 'database-thread-ended'] },
] as const)('$database', ({ database, faults }) => {
  test.skipIf(missingReason(database) !== null)(
    '[SURVIVE-1] faults of every kind come one upon the other, and no promise is broken',
    { timeout: 240_000 },
    async () => {
      const report = await runTorture({ database, seed: 7, minutes: 0.4, kills: 5, faults, users: 10 })
      expect(verdictOf(report, false).text, print(report)).toBe('Every promise was kept.')
    },
  )
})
