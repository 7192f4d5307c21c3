import { expect, test } from 'vitest'
import { createReadings } from './figures.ts'
import { renderSizes } from './report-plots.ts'

const sample = (figures: Record<string, number>) => ({
  scenario: 'items',
  server: 'parley-postgres',
  repetition: 1,
  figures,
  problems: [],
})

test('[BENCH-13] what an answer takes is drawn over how much there is, where more than one amount was measured', () => {
  const amounts = { few: 20, some: 1_000, more: 30_000, many: 1_000_000 }
  const figures = Object.entries(amounts).flatMap(([of, rows]) => [
    [`${of}Rows`, rows] as const,
    [`${of}P50Milliseconds`, 1.25] as const,
    [`${of}P95Milliseconds`, 2] as const,
  ])
  const drawn = renderSizes(createReadings([sample(Object.fromEntries(figures))]), 'items')
  expect(drawn.match(/<polyline class="p50" points="([^"]+)"/)?.[1]?.split(' ')).toHaveLength(4)
  expect(drawn).toContain('1,000,000')
  expect(drawn).toContain('1.25')
  expect(renderSizes(createReadings([sample(Object.fromEntries(figures.slice(0, 3)))]), 'items')).toBe('')
})
