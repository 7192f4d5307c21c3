import { expect, test } from 'vitest'
import { withFigures } from './report-readme.ts'
import type { Report } from './report.ts'

const report = {
  startedAt: '2026-11-21T10:00:00.000Z',
  command: 'npm run bench -- --publish',
  commit: 'abc',
  machine: { processor: 'A processor', cores: 2 },
  samples: [],
  earlier: [],
  targets: [
    {
      title: 'measured',
      value: 2,
      least: 1,
      greatest: 3,
      limit: 1,
      rule: 'at least',
      unit: '×',
      isMet: true,
    },
    {
      title: 'not measured',
      value: null,
      least: null,
      greatest: null,
      limit: 1,
      rule: 'at most',
      unit: '×',
      isMet: null,
    },
  ],
} as unknown as Report

const readme =
  'Before.\n\n<!-- figures: npm run bench -- --publish -->\nold\n<!-- end of figures -->\n\nBehind.\n'

test('[BENCH-9] the README gets the figures of the published run, again and again, and keeps everything else', () => {
  const once = withFigures(readme, report)
  expect(once).toMatch(/^Before\./)
  expect(once).toMatch(/Behind\.\n$/)
  expect(once).toContain('| measured | ')
  expect(once).toContain('2026-11-21')
  expect(once).not.toContain('not measured')
  expect(once).not.toContain('old')
  expect(withFigures(once, report)).toBe(once)
})

test('[BENCH-9] a README without a place for figures is refused', () => {
  expect(() => withFigures('Nothing here.', report)).toThrow('no place for figures')
})
