import { expect, test } from 'vitest'
import { faults } from './faults.ts'
import { print, verdictOf } from './report.ts'
import type { TortureReport } from './torture.ts'

const [first, second] = faults
if (first === undefined || second === undefined) throw new Error('There are no faults.')

/** A run in which much happened and nothing was broken. */
const good: TortureReport = {
  violations: [],
  figures: {
    acknowledged: 100,
    runs: { completed: 80, interrupted: 20 },
    sentAgain: 30,
    resumes: 60,
    cancels: 3,
    lists: 10,
    foreign: 5,
    refused: 10,
    frames: 2_000,
    programs: 12,
    kills: 10,
    settledSeconds: 3,
    faults: { [first.name]: 10 },
  },
  options: { database: 'postgres', seed: 1, minutes: 1, kills: 10 },
  injected: [{ fault: first.name, from: 1, to: 2, detail: 'server 0' }],
  possible: [first],
  skipped: {},
  notApplicable: { 'redis-gone': 'nothing uses Redis' },
  seconds: 80,
}
const withFigures = (figures: Partial<TortureReport['figures']>): TortureReport => ({
  ...good,
  figures: { ...good.figures, ...figures },
})

test('[SURVIVE-13] a run is good when much happened and nothing was broken', () => {
  expect(verdictOf(good, true)).toEqual({ text: 'Every promise was kept.', isGood: true })
  expect(print(good)).toMatch(/redis-gone +not applicable: nothing uses Redis/)
})

const poorRuns: [string, RegExp, TortureReport][] = [
  ['no message was sent', /only 0 messages/, withFigures({ acknowledged: 0 })],
  ['nothing was resumed', /only 0 streams were resumed/, withFigures({ resumes: 0 })],
  ['nothing was sent again', /only 0 requests were sent again/, withFigures({ sentAgain: 0 })],
  ['nothing was interrupted by kills', /only 0 runs/, withFigures({ runs: { completed: 100 } })],
  ['too few programs were killed', /only 9 programs/, withFigures({ kills: 9 })],
  ['it never settled', /never settled/, withFigures({ settledSeconds: null })],
  [
    'nothing failed although the upstream did',
    /only 0 runs failed/,
    { ...good, injected: [{ fault: 'upstream-cut', from: 1, to: 2, detail: '' }] },
  ],
  [
    'a promise was broken',
    /1 violations/,
    { ...good, violations: [{ promise: 'order kept', sentence: 'Out of order.', piece: ['1 #1'] }] },
  ],
]

test.each(poorRuns)('[SURVIVE-13] a run fails when %s', (_name, sentence, report) => {
  const verdict = verdictOf(report, false)
  expect(verdict.isGood).toBe(false)
  expect(verdict.text).toMatch(sentence)
})

test('[SURVIVE-13] a fault that was skipped, or had no turn, fails a run that requires all', () => {
  const skipping = { ...good, skipped: { [second.name]: 'no disk' } }
  expect(verdictOf(skipping, false).isGood).toBe(true)
  expect(verdictOf(skipping, true).text).toMatch(/was skipped/)
  const missing = { ...good, possible: [first, second] }
  expect(verdictOf(missing, false).isGood).toBe(true)
  expect(verdictOf(missing, true).text).toMatch(/had no turn/)
})
