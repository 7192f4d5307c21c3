/** Points to the path of a line. Pure. */
import type { Series } from './read-chart.ts'

export interface Point {
  x: number
  y: number
}

/** A line through the points; it goes on from where the pen is when `isFirst` is false. */
export function linePath(points: readonly Point[], curve: Series['curve'], isFirst = true): string {
  const [first] = points
  if (first === undefined) return ''
  const start = `${isFirst ? 'M' : 'L'}${at(first)}`
  if (curve === 'step')
    return (
      start +
      points
        .slice(1)
        .map((point) => stepTo(point, points))
        .join('')
    )
  if (curve === 'straight' || points.length < 3) {
    return (
      start +
      points
        .slice(1)
        .map((point) => `L${at(point)}`)
        .join('')
    )
  }
  return start + smoothPath(points)
}

function stepTo(point: Point, points: readonly Point[]): string {
  const before = points[points.indexOf(point) - 1] ?? point
  const middle = (before.x + point.x) / 2
  return `L${at({ x: middle, y: before.y })}L${at({ x: middle, y: point.y })}L${at(point)}`
}

/** Curves that never swing beyond the points they go through (Fritsch and Carlson, as Steffen has it). */
function smoothPath(points: readonly Point[]): string {
  const slopes = points.map((_, place) => slopeAt(points, place))
  return points
    .slice(1)
    .map((point, place) => {
      const before = points[place] ?? point
      const third = (point.x - before.x) / 3
      const first = { x: before.x + third, y: before.y + third * (slopes[place] ?? 0) }
      const second = { x: point.x - third, y: point.y - third * (slopes[place + 1] ?? 0) }
      return `C${at(first)} ${at(second)} ${at(point)}`
    })
    .join('')
}

function slopeAt(points: readonly Point[], place: number): number {
  const [before, here, after] = [points[place - 1], points[place], points[place + 1]]
  if (here === undefined) return 0
  if (before === undefined || after === undefined) {
    const other = before ?? after
    return other === undefined || other.x === here.x ? 0 : (other.y - here.y) / (other.x - here.x)
  }
  const left = (here.y - before.y) / (here.x - before.x || 1)
  const right = (after.y - here.y) / (after.x - here.x || 1)
  if (left * right <= 0) return 0
  const [width, next] = [here.x - before.x, after.x - here.x]
  const mean = (left * next + right * width) / (width + next || 1)
  return Math.sign(left) * Math.min(2 * Math.abs(left), 2 * Math.abs(right), Math.abs(mean))
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 100) / 100},${Math.round(y * 100) / 100}`
}

/** The runs of points between gaps. */
export function pieces<Value>(values: readonly (Value | undefined)[]): Value[][] {
  const found: Value[][] = []
  let open: Value[] | undefined
  for (const value of values) {
    if (value === undefined) open = undefined
    else if (open === undefined) found.push((open = [value]))
    else open.push(value)
  }
  return found
}
