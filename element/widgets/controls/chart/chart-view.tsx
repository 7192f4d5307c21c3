import type { VNode } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Words } from '../../../words/words.ts'
import { readFlex } from '../../checks/sizes.ts'
import { blockStyle } from '../../checks/styles.ts'
import type { ComponentProps } from '../../widget-parts.ts'
import chartStyle from './chart.css?inline'
import { linePath, pieces } from './paths.ts'
import { readChart } from './read-chart.ts'
import type { ChartData } from './read-chart.ts'
import { createScales, niceTicks, placeBars, stackExtents } from './scale.ts'
import type { Extent, Frame, Scales } from './scale.ts'

export const style: string = chartStyle

/** Numbers as bars, areas and lines: a drawing for the eye, and a table for everybody else. */
export function View({ node, parts }: ComponentProps): VNode {
  const { words } = parts
  const place = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  const chart = useMemo(() => readChart(node), [node])
  useLayoutEffect(() => {
    const element = place.current
    if (!element) return
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element
      setSize((known) => (known.width === width && known.height === height ? known : { width, height }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const flex = readFlex(node['flex'])
  return (
    <figure className="chart" aria-label={words.chart} style={flex === undefined ? {} : { flex }}>
      <div ref={place} className="chart-drawing" style={blockStyle(node)} aria-hidden="true">
        {size.width === 0 ? null : <Drawing chart={chart} {...size} words={words} />}
      </div>
      {chart.showsLegend && chart.series.some(({ label }) => label !== '') ? <Legend chart={chart} /> : null}
      <NumbersTable chart={chart} words={words} />
    </figure>
  )
}

interface DrawingProps {
  chart: ChartData
  /** In px. */
  width: number
  height: number
  words: Words
}

interface DrawnParts extends DrawingProps {
  extents: readonly (readonly (Extent | undefined)[])[]
  frame: Frame
  scales: Scales
}

function Drawing(props: DrawingProps): VNode {
  const { chart, width, height, words } = props
  const extents = stackExtents(chart.rows, chart.series)
  const ticks = niceTicks(extents)
  const short = new Intl.NumberFormat(words.locale, { notation: 'compact', maximumSignificantDigits: 4 })
  const frame = frameFor(
    chart,
    width,
    height,
    ticks.map((tick) => short.format(tick)),
  )
  const scales = createScales(chart, ticks, frame)
  const drawn = { ...props, extents, frame, scales }
  return (
    <>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} focusable="false">
        {ticks.map((tick) => (
          <g key={tick} className={tick === 0 ? 'chart-line zero' : 'chart-line'}>
            <path d={`M${frame.left},${scales.y(tick)}H${frame.left + frame.width}`} />
            {chart.showsValues ? (
              <text x={frame.left - 8} y={scales.y(tick)} textAnchor="end" dominantBaseline="middle">
                {short.format(tick)}
              </text>
            ) : null}
          </g>
        ))}
        <Areas {...drawn} />
        <Bars {...drawn} />
        <Lines {...drawn} />
        {chart.hidesLabels ? null : <RowLabels {...drawn} />}
      </svg>
      {chart.showsTips ? <Tips {...drawn} /> : null}
    </>
  )
}

/** About, in px. */
const letterWidth = 7.2

function frameFor(
  { showsValues, hidesLabels }: ChartData,
  width: number,
  height: number,
  ticks: string[],
): Frame {
  const left = showsValues ? Math.max(...ticks.map((tick) => tick.length)) * letterWidth + 14 : 2
  const top = 8
  const bottom = hidesLabels ? 4 : 26
  return { left, top, width: Math.max(10, width - left - 6), height: Math.max(10, height - top - bottom) }
}

function Bars({ chart, extents, scales }: DrawnParts): VNode {
  const placed = placeBars(chart, extents, scales)
  return (
    <>
      {placed.map((bars, place) => (
        <g key={place} style={{ fill: chart.series[place]?.colour ?? '' }}>
          {bars.map((bar, row) =>
            bar === undefined ? null : (
              <rect key={row} {...bar} rx={Math.min(3, bar.width / 4, bar.height / 2)} />
            ),
          )}
        </g>
      ))}
    </>
  )
}

function Areas({ chart, extents, scales }: DrawnParts): VNode {
  return (
    <>
      {chart.series.map(({ kind, colour, curve }, place) =>
        kind !== 'area' ? null : (
          <g key={place} className="chart-area" style={{ fill: colour }}>
            {pointsOf(extents[place], scales).map((piece, number) => {
              const below = piece.map(({ x, from }) => ({ x, y: from })).toReversed()
              return <path key={number} d={`${linePath(piece, curve)}${linePath(below, curve, false)}Z`} />
            })}
          </g>
        ),
      )}
    </>
  )
}

function Lines({ chart, extents, scales }: DrawnParts): VNode {
  return (
    <>
      {chart.series.map(({ kind, colour, curve }, place) =>
        kind === 'bar' ? null : (
          <g key={place} className="chart-curve" style={{ stroke: colour, fill: colour }}>
            {pointsOf(extents[place], scales).map((piece, number) => (
              <path key={number} d={linePath(piece, curve)} />
            ))}
            {pointsOf(extents[place], scales)
              .flat()
              .filter((_, __, all) => all.length <= 24)
              .map(({ x, y }, number) => (
                <circle key={number} cx={x} cy={y} r="3" />
              ))}
          </g>
        ),
      )}
    </>
  )
}

function pointsOf(
  extents: readonly (Extent | undefined)[] | undefined,
  { x, y }: Scales,
): { x: number; y: number; from: number }[][] {
  const points = (extents ?? []).map((extent, row) =>
    extent === undefined ? undefined : { x: x(row), y: y(extent.to), from: y(extent.from) },
  )
  return pieces(points)
}

const labelLengthMax = 14

/** As many as there is room for. */
function RowLabels({ chart, frame, scales, height }: DrawnParts): VNode {
  const { rows } = chart
  const longest = Math.min(labelLengthMax, Math.max(1, ...rows.map(({ label }) => label.length)))
  const fitting = Math.max(1, Math.floor(frame.width / (longest * letterWidth + 12)))
  const every = Math.ceil(rows.length / fitting)
  const isAtEdges = scales.x(0) === frame.left && rows.length > 1
  return (
    <g className="chart-labels">
      {rows.map(({ label }, row) =>
        row % every !== 0 ? null : (
          <text key={row} x={scales.x(row)} y={height - 6} textAnchor={anchorOf(row, rows.length, isAtEdges)}>
            {label.length > labelLengthMax ? `${label.slice(0, labelLengthMax - 1)}…` : label}
          </text>
        ),
      )}
    </g>
  )
}

function anchorOf(row: number, rows: number, isAtEdges: boolean): 'start' | 'middle' | 'end' {
  if (!isAtEdges || (row > 0 && row < rows - 1)) return 'middle'
  return row === 0 ? 'start' : 'end'
}

/** Under the pointer, a row says its numbers. */
function Tips({ chart, frame, scales, width, words }: DrawnParts): VNode {
  const number = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 3 })
  const half = scales.rowWidth / 2
  return (
    <>
      {chart.rows.map(({ label, values }, row) => {
        const middle = scales.x(row)
        const left = Math.max(0, middle - half)
        return (
          <div
            key={row}
            className={middle > width / 2 ? 'chart-slot at-end' : 'chart-slot'}
            style={{
              left: `${left}px`,
              width: `${Math.min(width, middle + half) - left}px`,
              top: `${frame.top}px`,
              height: `${frame.height}px`,
            }}
          >
            <div className="chart-tip">
              {label === '' ? null : <strong dir="auto">{label}</strong>}
              {chart.series.map((series, place) => {
                const value = values[place]
                return value === undefined ? null : (
                  <span key={place}>
                    <i style={{ background: series.colour }} />
                    <bdi>{series.label}</bdi>
                    <b>{number.format(value)}</b>
                  </span>
                )
              })}
            </div>
          </div>
        )
      })}
    </>
  )
}

function Legend({ chart }: { chart: ChartData }): VNode {
  return (
    <ul className="chart-legend" aria-hidden="true">
      {chart.series.map(({ label, colour }, place) => (
        <li key={place}>
          <i style={{ background: colour }} />
          <bdi>{label}</bdi>
        </li>
      ))}
    </ul>
  )
}

function NumbersTable({ chart, words }: { chart: ChartData; words: Words }): VNode {
  const number = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 6 })
  return (
    <div className="unseen">
      <table>
        <caption>{words.chartData}</caption>
        <thead>
          <tr>
            <td />
            {chart.series.map(({ label }, place) => (
              <th key={place} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chart.rows.map(({ label, values }, row) => (
            <tr key={row}>
              <th scope="row">{label}</th>
              {values.map((value, place) => (
                <td key={place}>{value === undefined ? '–' : number.format(value)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
