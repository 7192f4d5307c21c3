import { describe, expect, it } from 'vitest'
import { linePath, pieces } from './paths.ts'
import { readChart } from './read-chart.ts'
import { createScales, niceTicks, placeBars, stackExtents } from './scale.ts'

const node = {
  type: 'Chart',
  data: [
    { month: 'Jan', a: 10, b: 5, c: -4 },
    { month: 'Feb', a: '20', b: null, c: 6 },
  ],
  xAxis: { dataKey: 'month', labels: { Jan: 'January' } },
  series: [
    { type: 'bar', dataKey: 'a', label: 'A', stack: 's' },
    { type: 'bar', dataKey: 'b', stack: 's', color: 'red-500' },
    { type: 'bar', dataKey: 'c', color: 'url(x)' },
    { type: 'line', dataKey: 'a', curveType: 'linear' },
  ],
}
const frame = { left: 0, top: 0, width: 200, height: 100 }

describe('a chart', () => {
  it('[WIDGET-43] is read from whatever comes: what is no number is a gap', () => {
    const chart = readChart(node)
    expect(chart.rows).toEqual([
      { label: 'January', values: [10, 5, -4, 10] },
      { label: 'Feb', values: [20, undefined, 6, 20] },
    ])
    expect(chart.series.map(({ label }) => label)).toEqual(['A', 'b', 'c', 'a'])
    expect(chart).toMatchObject({
      showsValues: false,
      showsLegend: true,
      showsTips: true,
      hidesLabels: false,
    })
    expect(readChart({ type: 'Chart', data: 'x', series: [null, 3] })).toMatchObject({ rows: [], series: [] })
    expect(readChart({ type: 'Chart', data: [{}], xAxis: 'toString', series: [{}] }).rows[0]?.label).toBe('')
  })

  it('[WIDGET-43] colours are checked: what is none is one of the chart’s own', () => {
    const colours = readChart(node).series.map(({ colour }) => colour)
    expect(colours.every((colour) => !colour.includes('url'))).toBe(true)
    expect(new Set(colours).size).toBe(4)
  })

  it('[WIDGET-43] stacks stand on one another, and what is negative hangs below', () => {
    const { rows, series } = readChart({
      ...node,
      series: ['a', 'c', 'b'].map((dataKey) => ({ type: 'bar', dataKey, stack: 's' })),
    })
    expect(stackExtents(rows, series)).toEqual([
      [
        { from: 0, to: 10 },
        { from: 0, to: 20 },
      ],
      [
        { from: 0, to: -4 },
        { from: 20, to: 26 },
      ],
      [{ from: 10, to: 15 }, undefined],
    ])
  })

  it('[WIDGET-43] the axis has round numbers around everything and zero', () => {
    const ticks = (...ends: number[]): number[] => niceTicks([ends.map((to) => ({ from: 0, to }))])
    expect(ticks(70)).toEqual([0, 20, 40, 60, 80])
    expect(ticks(-5, 8)).toEqual([-5, 0, 5, 10])
    expect(ticks(0.3)).toEqual([0, 0.1, 0.2, 0.30000000000000004])
    expect(ticks()).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(ticks(0)).toHaveLength(5)
  })

  it('[WIDGET-43] bars of a stack share a column, others stand beside it within their row', () => {
    const chart = readChart({ ...node, barGap: 4, barCategoryGap: '10%' })
    const extents = stackExtents(chart.rows, chart.series)
    const scales = createScales(chart, niceTicks(extents), frame)
    const [first, second, third, line] = placeBars(chart, extents, scales)
    expect(first?.[0]?.x).toBe(second?.[0]?.x)
    expect(first?.[0]).toMatchObject({ x: 5, width: 43 })
    expect(third?.[0]).toMatchObject({ x: 52, width: 43 })
    expect(line).toEqual([])
    expect((second?.[0]?.y ?? 0) + (second?.[0]?.height ?? 0)).toBeCloseTo(first?.[0]?.y ?? 0)
  })

  it('[WIDGET-43] lines are straight, in steps, or smooth without swinging beyond their points', () => {
    const points = [
      { x: 0, y: 10 },
      { x: 10, y: 0 },
      { x: 20, y: 10 },
    ]
    expect(linePath(points, 'straight')).toBe('M0,10L10,0L20,10')
    expect(linePath(points, 'step', false)).toBe('L0,10L5,10L5,0L10,0L15,0L15,10L20,10')
    const numbers = [...linePath(points, 'smooth').matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y))
    expect(Math.min(...numbers)).toBe(0)
    expect(Math.max(...numbers)).toBe(10)
    expect(linePath([], 'smooth')).toBe('')
    expect(pieces([undefined, 1, 2, undefined, 3])).toEqual([[1, 2], [3]])
  })
})
