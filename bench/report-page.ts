/** The report as one page that needs nothing else: tables, plots drawn here, light and dark. */
import { createReadings, describeWeather } from './figures.ts'
import type { Reading, Readings } from './figures.ts'
import type { EarlierRun, Report } from './report.ts'
import { scenarioRows } from './report-text.ts'
import { missedAndWhy, showLimit, showTarget, showVerdict } from './targets.ts'
import { viewsOf } from './views.ts'
import type { FigureView } from './views.ts'

export function renderPage(report: Report): string {
  const readings = createReadings(report.samples)
  const parts = [
    '<h1>Parley, measured</h1>',
    renderOrigin(report),
    '<h2>Targets</h2>',
    renderTable(targetRows(report), 'targets'),
    renderReasons(report),
    ...report.scenarios
      .filter(({ name }) => readings.servers(name).length > 0)
      .map((scenario) => renderScenario(report, readings, scenario)),
    renderComplaints(report),
    '<h2>Versions</h2>',
    renderTable([['', 'version'], ...Object.entries(report.versions)]),
  ]
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley, measured</title>
<style>${style}</style>
<main>
${parts.join('\n')}
</main>
</html>
`
}

const style = `
:root { color-scheme: light dark; --text: #1c1c1e; --quiet: #6b6b70; --page: #fff; --line: #d8d8dc; --bar: #b9c0cc; --ours: #2f6fde; --good: #1a7f45; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --text: #ececee; --quiet: #9a9aa0; --page: #161618; --line: #38383c; --bar: #4b5261; --ours: #6ea0ff; --good: #5cc98a; --bad: #ff8a80 } }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1rem 4rem }
h1 { font-size: 1.7rem } h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem } h3 { font-size: 1rem }
dt { font-weight: 500 } dd { max-width: 46rem; margin: 0 0 .75rem; color: var(--quiet) }
p { max-width: 46rem; color: var(--quiet) }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; white-space: nowrap }
th { color: var(--quiet); font-weight: 500; white-space: normal } .met { color: var(--good) } .missed { color: var(--bad) }
svg { display: block; width: 100%; max-width: 54rem; height: auto; margin: .75rem 0; font: 13px system-ui, sans-serif }
svg text { fill: var(--text) } svg .quiet { fill: var(--quiet) } rect { fill: var(--bar) } rect.ours { fill: var(--ours) }
line { stroke: var(--text); stroke-width: 1.2 }
`

function renderOrigin({ earlier, machine, samples, ...run }: Report): string {
  const { processor, cores, memoryBytes, system, pinning } = machine
  const gibibytes = (memoryBytes / 2 ** 30).toFixed(0)
  const sentences = [
    `${describeRun(run)}, on ${cores} × ${escape(processor)}, ${gibibytes} GiB, ${escape(system)}; ${escape(pinning)}.`,
    ...earlier.map((each) => `${describeRun(each)}, measured: ${escape(each.scenarios.join('; '))}.`),
    'Medians of repetitions in which all servers took turns; ± is half the distance between the least and the greatest.',
    describeWeather(samples),
    'Ratios are of medians, in brackets the least and greatest within one round. Absolute figures are only of this machine.',
  ]
  return `<p>${sentences.join(' ')}</p>`
}

function describeRun({ size, startedAt, commit, command }: Omit<EarlierRun, 'scenarios'>): string {
  const minute = startedAt.slice(0, 16).replace('T', ' ')
  return `A ${size} run of ${minute} UTC at commit ${commit}, by <code>${escape(command)}</code>`
}

function renderReasons({ targets }: Report): string {
  const missed = missedAndWhy(targets)
  if (missed.length === 0) return ''
  const items = missed.map(
    ({ reason, titles }) => `<dt>${titles.map(escape).join('; ')}</dt><dd>${escape(reason)}</dd>`,
  )
  return `<h3>What is missed, and why</h3><dl>${items.join('')}</dl>`
}

function targetRows({ targets }: Report): string[][] {
  return [
    ['', 'of Parley on Postgres', 'reached', 'limit'],
    ...targets.map((target) => [showVerdict(target), target.title, showTarget(target), showLimit(target)]),
  ]
}

function renderScenario(
  report: Report,
  readings: Readings,
  { name, title }: Report['scenarios'][number],
): string {
  const [view] = viewsOf(name)
  const plot = view === undefined ? '' : renderBars(report, readings, name, view)
  return `<h2>${escape(title)}</h2>${plot}${renderTable(scenarioRows(report, readings, name))}`
}

const plotWidth = 880
const barsBegin = 330
const barsWidth = 430
const rowHeight = 26
/** Beyond that the small bars would be invisible, so they are drawn by their logarithms. */
const linearFactorMax = 40

function renderBars(report: Report, readings: Readings, scenario: string, view: FigureView): string {
  const rows = readings.servers(scenario).flatMap((server) => {
    const reading = readings.read(scenario, server, view.figure)
    return reading === null || reading.least <= 0 ? [] : [{ server, reading }]
  })
  if (rows.length === 0) return ''
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

function renderComplaints({ samples, skipped }: Report): string {
  const wrong = samples
    .filter(({ problems }) => problems.length > 0)
    .map(({ scenario, server, repetition, problems }) => [
      `${scenario}, ${server}, ${repetition}`,
      problems.join('; '),
    ])
  const rows = [...wrong, ...Object.entries(skipped)]
  return rows.length === 0 ? '' : `<h2>Not measured</h2>${renderTable([['', 'reason'], ...rows])}`
}

function renderTable([head = [], ...rows]: string[][], kind = ''): string {
  const cells = (row: string[], tag: string): string =>
    row.map((cell) => `<${tag}${classOf(kind, cell)}>${escape(cell)}</${tag}>`).join('')
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')
  return `<div class="wide"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}

function classOf(kind: string, cell: string): string {
  return kind === 'targets' && (cell === 'met' || cell === 'missed') ? ` class="${cell}"` : ''
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
