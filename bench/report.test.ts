import { expect, test } from 'vitest'
import { joinReports } from './report.ts'
import type { Report } from './report.ts'

function reportOf(startedAt: string, scenarios: string[], changes: Partial<Report> = {}): Report {
  return {
    startedAt,
    size: 'quick',
    command: 'npm run bench',
    commit: startedAt,
    machine: { processor: 'A processor', cores: 2 },
    versions: { PostgreSQL: '15' },
    scenarios: scenarios.map((name) => ({ name, title: `about ${name}` })),
    servers: [{ name: 'pipe', title: 'a pipe', features: '' }],
    skipped: {},
    samples: scenarios.map((scenario) => ({
      scenario,
      server: 'pipe',
      repetition: 1,
      figures: { cores: 1 },
      problems: [],
    })),
    targets: [],
    earlier: [],
    ...changes,
  } as unknown as Report
}

test('[BENCH-15] a report of several runs takes each scenario from one of them, and says which', () => {
  const joined = joinReports(reportOf('now', ['burst']), [
    reportOf('before', ['burst', 'items']),
    reportOf('long ago', ['items', 'search']),
  ])
  expect(joined.samples.map(({ scenario }) => scenario)).toEqual(['burst', 'items', 'search'])
  expect(joined.servers).toHaveLength(1)
  expect(joined.earlier.map(({ commit, scenarios }) => [commit, scenarios])).toEqual([
    ['before', ['about items']],
    ['long ago', ['about search']],
  ])
})

test('[BENCH-15] what was measured with another database is refused', () => {
  const other = reportOf('before', ['items'], { versions: { PostgreSQL: '16' } })
  expect(() => joinReports(reportOf('now', []), [other])).toThrow('another PostgreSQL')
})
