/** The report as one page that needs nothing else: tables, plots drawn here, light and dark. */
import { createReadings, describeWeather } from './figures.ts'
import type { Readings } from './figures.ts'
import { ownTitles } from './report.ts'
import type { Report } from './report.ts'
import { escape, renderBars, renderSizes } from './report-plots.ts'
import { scenarioRows } from './report-text.ts'
import { missedAndWhy, showLimit, showTarget, showVerdict } from './targets.ts'
import { viewsOf } from './views.ts'

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
    renderRuns(report),
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
th { color: var(--quiet); font-weight: 500; white-space: normal } .targets td:nth-child(2), .runs td { white-space: normal } .runs td:nth-child(-n + 2) { white-space: nowrap } .met { color: var(--good) } .missed { color: var(--bad) }
svg { display: block; width: 100%; max-width: 54rem; height: auto; margin: .75rem 0; font: 13px system-ui, sans-serif }
svg text { fill: var(--text) } svg .quiet { fill: var(--quiet) } rect { fill: var(--bar) } rect.ours { fill: var(--ours) }
line { stroke: var(--text); stroke-width: 1.2 } line.base { stroke: var(--line) }
polyline { fill: none; stroke-width: 2; stroke: var(--ours) } circle { fill: var(--ours) } polyline.p95 { stroke: var(--bar) } circle.p95 { fill: var(--bar) }
`

function renderOrigin({ earlier, machine, samples, startedAt, commit, size, command }: Report): string {
  const { processor, cores, memoryBytes, system, pinning } = machine
  const gibibytes = (memoryBytes / 2 ** 30).toFixed(0)
  const when = `${startedAt.slice(0, 16).replace('T', ' ')} UTC at commit ${commit}`
  const run =
    earlier.length === 0
      ? `A ${size} run of ${when}, by <code>${escape(command)}</code>`
      : `${earlier.length + 1} runs, the last of them of ${when} (<a href="#runs">all of them, and what is of which</a>)`
  const sentences = [
    `${run}, on ${cores} × ${escape(processor)}, ${gibibytes} GiB, ${escape(system)}; ${escape(pinning)}.`,
    'Medians of repetitions in which all servers took turns; ± is half the distance between the least and the greatest.',
    describeWeather(samples),
    'Ratios are of medians, in brackets the least and greatest within one round. Absolute figures are only of this machine.',
  ]
  return `<p>${sentences.join(' ')}</p>`
}

/** Which scenario is of which run, where there are several. */
function renderRuns(report: Report): string {
  const { earlier } = report
  if (earlier.length === 0) return ''
  const rows = [{ ...report, scenarios: ownTitles(report) }, ...earlier].map((run) => [
    run.startedAt.slice(0, 16).replace('T', ' '),
    run.commit,
    // Which files those were says nothing to anybody else.
    run.command.replace(/ --with[= ]\S+/g, ' --with …'),
    run.scenarios.join('; '),
  ])
  return `<h2 id="runs">Runs</h2>${renderTable([['begun, UTC', 'commit', 'command', 'measured'], ...rows], 'runs')}`
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
  const plots =
    view === undefined ? '' : renderBars(report, readings, name, view) + renderSizes(readings, name)
  return `<h2>${escape(title)}</h2>${plots}${renderTable(scenarioRows(report, readings, name))}`
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
  return `<div class="wide"><table${kind === '' ? '' : ` class="${kind}"`}><thead><tr>${cells(head, 'th')}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}

function classOf(kind: string, cell: string): string {
  return kind === 'targets' && (cell === 'met' || cell === 'missed') ? ` class="${cell}"` : ''
}
