/** The page's plots, drawn as SVG that follows its colours. */
import type { Reading, Readings } from './figures.ts'
import { readerNames } from './read-protocols.ts'
import type { Report } from './report.ts'
import type { FigureView } from './views.ts'

const plotWidth = 880
const barsBegin = 330
const barsWidth = 430
const rowHeight = 26
/** Beyond that the small bars would be invisible, so they are drawn by their logarithms. */
const linearFactorMax = 40

/** A bar for each server, with a line from the least to the greatest; none where there is nothing to compare. */
export function renderBars(report: Report, readings: Readings, scenario: string, view: FigureView): string {
  const rows = readings.servers(scenario).flatMap((server) => {
    const reading = readings.read(scenario, server, view.figure)
    return reading === null || reading.least <= 0 ? [] : [{ server, reading }]
  })
  if (rows.length === 0 || readings.servers(scenario).length === 1) return ''
  const scale = createScale(rows.map(({ reading }) => reading))
  const bars = rows.map(({ server, reading }, index) => {
    const y = index * rowHeight + 24
    const title = report.servers.find(({ name }) => name === server)?.title ?? server
    const [end, least, greatest] = [reading.median, reading.least, reading.greatest].map(
      (value) => barsBegin + scale.place(value),
    )
    const ours = server.startsWith('parley') ? ' class="ours"' : ''
    return `<text x="${barsBegin - 10}" y="${y + 13}" text-anchor="end">${escape(title)}</text>
<rect${ours} x="${barsBegin}" y="${y}" width="${((end ?? 0) - barsBegin).toFixed(1)}" height="18" rx="2"/>
<line x1="${least?.toFixed(1)}" x2="${greatest?.toFixed(1)}" y1="${y + 9}" y2="${y + 9}"/>
<text x="${((greatest ?? 0) + 8).toFixed(1)}" y="${y + 13}">${escape(view.show(reading.median))}</text>`
  })
  const height = rows.length * rowHeight + 28
  const note = `${view.title}, ${view.better} is better${scale.isLogarithmic ? ', logarithmic' : ''}`
  return `<svg viewBox="0 0 ${plotWidth} ${height}" role="img" aria-label="${escape(note)}">
<text class="quiet" x="${barsBegin}" y="14">${escape(note)}</text>
${bars.join('\n')}
</svg>`
}

interface Scale {
  isLogarithmic: boolean
  /** From the beginning of the bars. */
  place(value: number): number
}

function createScale(readings: readonly Reading[]): Scale {
  const greatest = Math.max(...readings.map((reading) => reading.greatest))
  const least = Math.min(...readings.map((reading) => reading.least))
  if (greatest / least <= linearFactorMax)
    return { isLogarithmic: false, place: (value) => (value / greatest) * barsWidth }
  // The smallest bar keeps a tenth of the width.
  const from = Math.log(least) - Math.log(greatest / least) / 9
  const width = Math.log(greatest) - from
  return { isLogarithmic: true, place: (value) => ((Math.log(value) - from) / width) * barsWidth }
}

const curveHeight = 180
const curveTop = 30
const curveBegin = 70
const curveWidth = 760

/** What an answer takes where there is little and where there is much: time from zero on, sizes by their logarithms. */
export function renderSizes(readings: Readings, scenario: string): string {
  const points = readerNames.flatMap((of) => {
    const [rows, p50, p95] = ['Rows', 'P50Milliseconds', 'P95Milliseconds'].map(
      (figure) => readings.read(scenario, 'parley-postgres', `${of}${figure}`)?.median,
    )
    return rows === undefined || p50 === undefined || p95 === undefined ? [] : [{ rows, p50, p95 }]
  })
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || first.rows === last.rows) return ''
  const greatest = 1.15 * Math.max(...points.map(({ p95 }) => p95))
  const x = (rows: number): number =>
    curveBegin + (Math.log(rows / first.rows) / Math.log(last.rows / first.rows)) * curveWidth
  const y = (value: number): number => curveTop + curveHeight * (1 - value / greatest)
  const curve = (part: 'p50' | 'p95'): string => {
    const places = points.map((point) => `${x(point.rows).toFixed(1)},${y(point[part]).toFixed(1)}`)
    const texts = points.map(
      (point) =>
        `<circle class="${part}" cx="${x(point.rows).toFixed(1)}" cy="${y(point[part]).toFixed(1)}" r="3.5"/>` +
        `<text x="${x(point.rows).toFixed(1)}" y="${(y(point[part]) - 9).toFixed(1)}" text-anchor="middle">${point[part].toFixed(2)}</text>`,
    )
    return `<polyline class="${part}" points="${places.join(' ')}"/>${texts.join('')}`
  }
  const base = curveTop + curveHeight
  const sizes = points.map(
    ({ rows }) =>
      `<text class="quiet" x="${x(rows).toFixed(1)}" y="${base + 20}" text-anchor="middle">${rows.toLocaleString('en')}</text>`,
  )
  const note = 'milliseconds for an answer by how much there is: the median below, p95 above'
  return `<svg viewBox="0 0 ${plotWidth} ${base + 30}" role="img" aria-label="${note}">
<text class="quiet" x="${curveBegin}" y="14">${note}</text>
<line class="base" x1="${curveBegin}" x2="${curveBegin + curveWidth}" y1="${base}" y2="${base}"/>
${curve('p95')}
${curve('p50')}
${sizes.join('\n')}
</svg>`
}

export function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
