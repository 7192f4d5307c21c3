import type { WidgetNode } from '../../../../server/contracts/chatkit/wire.ts'
import { readColour } from '../../checks/colours.ts'
import type { Tokens } from '../../checks/colours.ts'
import { readNumber, readObject, readText, readWord } from '../../read.ts'

/** A chart as it came, checked. */
export interface ChartData {
  rows: readonly ChartRow[]
  series: readonly Series[]
  hidesLabels: boolean
  showsValues: boolean
  showsLegend: boolean
  showsTips: boolean
  /** Between the bars of a row, in px. */
  barGap: number
  /** Between the bars of two rows, as a part of the row. */
  rowGap: number
}

export interface ChartRow {
  label: string
  /** By the series' places; undefined where there is no number. */
  values: readonly (number | undefined)[]
}

export interface Series {
  kind: 'bar' | 'area' | 'line'
  label: string
  colour: string
  /** Series of one kind with the same stack stand on one another. */
  stack: string | undefined
  curve: 'straight' | 'smooth' | 'step'
}

const rowsMax = 500
const seriesMax = 12
const gapPxMax = 40
const barGapDefault = 4
const rowGapDefault = 0.2
const rowGapMax = 0.9

const chartColours = ['blue', 'purple', 'orange', 'green', 'red', 'yellow', 'pink'] as const
const colourTokens: Tokens = Object.fromEntries(
  chartColours.map((name) => [
    name,
    readColour({ light: `${name}-500`, dark: `${name}-400` }, {}) ?? 'currentColor',
  ]),
)

export function readChart(node: WidgetNode): ChartData {
  const given = list(node['series']).slice(0, seriesMax)
  const axis = readObject(node['xAxis'])
  const labelKey = readText(axis?.['dataKey'] ?? node['xAxis']) ?? ''
  const names = readObject(axis?.['labels']) ?? {}
  return {
    rows: list(node['data'])
      .slice(0, rowsMax)
      .map((row) => ({
        label: labelOf(row[labelKey], names),
        values: given.map(({ dataKey }) => numberOf(row[readText(dataKey) ?? ''])),
      })),
    series: given.map(readSeries),
    hidesLabels: axis?.['hide'] === true,
    showsValues: node['showYAxis'] === true,
    showsLegend: node['showLegend'] !== false,
    showsTips: node['showTooltip'] !== false,
    barGap: Math.max(0, Math.min(readNumber(node['barGap']) ?? barGapDefault, gapPxMax)),
    rowGap: rowGapOf(node['barCategoryGap']),
  }
}

type Loose = Readonly<Record<string, unknown>>

function list(value: unknown): Loose[] {
  return (Array.isArray(value) ? value : []).flatMap((entry: unknown): Loose[] => {
    const object = readObject(entry)
    return object === undefined ? [] : [object]
  })
}

function labelOf(value: unknown, names: Loose): string {
  const text = readText(value) ?? ''
  return (Object.hasOwn(names, text) ? readText(names[text]) : undefined) ?? text
}

/** Some agents write numbers as text. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return readNumber(number)
}

function readSeries(series: Loose, place: number): Series {
  const fallback = chartColours[place % chartColours.length] ?? 'blue'
  return {
    kind: readWord(series['type'], ['bar', 'area', 'line']) ?? 'bar',
    label: readText(series['label']) ?? readText(series['dataKey']) ?? '',
    colour: readColour(series['color'], colourTokens) ?? colourTokens[fallback] ?? 'currentColor',
    stack: readText(series['stack']),
    curve: curveOf(readText(series['curveType'])),
  }
}

/** Of the many curves that there are names for, each is one of three. */
function curveOf(name: string | undefined): Series['curve'] {
  if (name === undefined) return 'smooth'
  if (name.startsWith('step')) return 'step'
  return name.startsWith('linear') ? 'straight' : 'smooth'
}

/** In px or as `20%`. A row is taken to be 40 px wide. */
function rowGapOf(value: unknown): number {
  const percent = typeof value === 'string' ? /^(\d{1,3}(?:\.\d+)?)%$/.exec(value)?.[1] : undefined
  const part =
    percent === undefined
      ? (readNumber(Number(value ?? Number.NaN)) ?? rowGapDefault * 40) / 40
      : Number(percent) / 100
  return Math.max(0, Math.min(part, rowGapMax))
}
