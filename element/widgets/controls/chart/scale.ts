/** Numbers to places. Pure; places are px from the top left corner. */
import type { ChartData, ChartRow, Series } from './read-chart.ts'

/** From where to where a value reaches: from 0, or from what it stands on. */
export interface Extent {
  from: number
  to: number
}

/** For each series, for each row. */
export function stackExtents(rows: readonly ChartRow[], series: readonly Series[]): (Extent | undefined)[][] {
  const reached = new Map<string, number>()
  return series.map(({ kind, stack }, place) =>
    rows.map(({ values }, row) => {
      const value = values[place]
      if (value === undefined) return undefined
      if (stack === undefined || kind === 'line') return { from: 0, to: value }
      // What is negative hangs below what is not.
      const pile = `${kind} ${row} ${value < 0 ? '-' : '+'} ${stack}`
      const from = reached.get(pile) ?? 0
      reached.set(pile, from + value)
      return { from, to: from + value }
    }),
  )
}

const ticksAbout = 4

/** Round numbers that reach around all values and 0. */
export function niceTicks(extents: readonly (readonly (Extent | undefined)[])[]): number[] {
  const ends = extents.flat().flatMap((extent) => (extent === undefined ? [] : [extent.from, extent.to]))
  const least = Math.min(0, ...ends)
  const most = Math.max(0, ...ends) || (least === 0 ? 1 : 0)
  const step = niceStep((most - least) / ticksAbout)
  const first = Math.floor(least / step)
  const last = Math.max(Math.ceil(most / step), first + 1)
  return Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step)
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const digits = rough / power
  return power * ([1, 2, 2.5, 5].find((nice) => digits <= nice) ?? 10)
}

export interface Frame {
  left: number
  top: number
  width: number
  height: number
}

export interface Scales {
  x: (row: number) => number
  y: (value: number) => number
  /** How much of the width belongs to a row. */
  rowWidth: number
}

/** Lines and areas alone reach from edge to edge; bars have their row's width to stand in. */
export function createScales({ rows, series }: ChartData, ticks: readonly number[], frame: Frame): Scales {
  const hasBars = series.some(({ kind }) => kind === 'bar')
  const least = ticks[0] ?? 0
  const span = (ticks.at(-1) ?? 1) - least || 1
  const inRows = hasBars || rows.length < 2
  const rowWidth = frame.width / Math.max(1, inRows ? rows.length : rows.length - 1)
  return {
    x: (row) => frame.left + (inRows ? row + 0.5 : row) * rowWidth,
    y: (value) => frame.top + frame.height * (1 - (value - least) / span),
    rowWidth,
  }
}

export interface Bar {
  x: number
  y: number
  width: number
  height: number
}

/** For each series, for each row; nothing for what is no bar. Bars of one stack share a column. */
export function placeBars(
  { rows, series, barGap, rowGap }: ChartData,
  extents: readonly (readonly (Extent | undefined)[])[],
  { x, y, rowWidth }: Scales,
): (Bar | undefined)[][] {
  const columnOf = series.map(({ kind, stack }, place) =>
    kind === 'bar' ? (stack ?? `#${place}`) : undefined,
  )
  const columns = [...new Set(columnOf.filter((column) => column !== undefined))]
  const room = rowWidth * (1 - rowGap)
  const gap = columns.length < 2 ? 0 : Math.min(barGap, room / (2 * columns.length))
  const width = Math.max(1, (room - gap * (columns.length - 1)) / Math.max(1, columns.length))
  return series.map((_, place) => {
    const column = columnOf[place]
    if (column === undefined) return []
    const offset = columns.indexOf(column) * (width + gap) - room / 2
    return rows.map((__, row) => {
      const extent = extents[place]?.[row]
      if (extent === undefined) return undefined
      const top = Math.min(y(extent.from), y(extent.to))
      return { x: x(row) + offset, y: top, width, height: Math.abs(y(extent.from) - y(extent.to)) }
    })
  })
}
