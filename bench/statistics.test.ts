import { expect, test } from 'vitest'
import { compare, median, percentile, spread, summarize } from './statistics.ts'

test('[BENCH-3] percentiles lie between the two nearest ranks, and there are none of nothing', () => {
  const values = Array.from({ length: 101 }, (_, index) => index)
  expect([0, 50, 95, 99, 100].map((percent) => percentile(values, percent))).toEqual([0, 50, 95, 99, 100])
  expect(percentile([1, 2], 50)).toBe(1.5)
  expect(percentile([7], 99)).toBe(7)
  expect(percentile([], 50)).toBeNaN()
})

test('[BENCH-3] the median and the summary do not mind the order, nor change what they are given', () => {
  const values = [10, 9, 100, 1, 2]
  expect(median(values)).toBe(9)
  expect(summarize(values)).toEqual({ count: 5, p50: 9, p95: expect.closeTo(82), p99: expect.closeTo(96.4) })
  expect(values).toEqual([10, 9, 100, 1, 2])
})

test('[BENCH-3] the spread is the distance of the extremes over the median', () => {
  expect(spread([90, 100, 120])).toBeCloseTo(0.3)
  expect(spread([5])).toBe(0)
})

test('[BENCH-3] a ratio is that of the medians, its range that within rounds', () => {
  const ours = new Map([
    [1, 100],
    [2, 220],
    [3, 120],
  ])
  const theirs = new Map([
    [1, 50],
    [2, 200],
    [3, 60],
  ])
  expect(compare(ours, theirs)).toEqual({ ratio: 2, least: 1.1, greatest: 2 })
})

test('[BENCH-3] a round that one of them missed pairs with no other', () => {
  const ours = new Map([
    [1, 100],
    [3, 300],
  ])
  const theirs = new Map([
    [2, 1],
    [3, 100],
  ])
  expect(compare(ours, theirs)).toMatchObject({ least: 3, greatest: 3 })
  expect(compare(ours, new Map())).toBeNull()
})
