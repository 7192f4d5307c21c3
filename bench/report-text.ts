/** The report on the terminal. */
import { createReadings, describeWeather } from './figures.ts'
import type { Readings } from './figures.ts'
import type { Report } from './report.ts'
import { showLimit, showTarget, showVerdict } from './targets.ts'
import { othersView, viewsOf } from './views.ts'

export function printReport(report: Report): string {
  const readings = createReadings(report.samples)
  const shown = report.scenarios.filter(({ name }) => readings.servers(name).length > 0)
  const scenarios = shown.map(({ name, title }) =>
    [`\n${title}\n`, printTable(scenarioRows(report, readings, name))].join('\n'),
  )
  const measured = report.targets.filter(({ isMet }) => isMet !== null)
  const targets = measured.map((target) => [
    showVerdict(target),
    target.title,
    showTarget(target),
    showLimit(target),
  ])
  const complaints = report.samples
    .filter(({ problems }) => problems.length > 0)
    .map(
      ({ scenario, server, repetition, problems }) =>
        `${scenario}, ${server}, ${repetition}: ${problems.join('; ')}`,
    )
  return [
    ...scenarios,
    `\n${describeWeather(report.samples)}`,
    `\nTargets: ${measured.length} of ${report.targets.length} were measured\n`,
    ...(targets.length === 0
      ? []
      : [printTable([['', 'of Parley on Postgres', 'reached', 'limit'], ...targets])]),
    ...(complaints.length === 0 ? [] : ['\nNot quoted, because something was wrong:', ...complaints]),
    ...Object.entries(report.skipped).map(([server, reason]) => `\nSkipped: ${server}, ${reason}`),
    '',
  ].join('\n')
}

/** A row per server: the medians with their spread, and the first figure's ratio to the plain pipe's,
 * or to that of whoever comes first where the pipe does not take part. */
export function scenarioRows(report: Report, readings: Readings, scenario: string): string[][] {
  const servers = readings.servers(scenario)
  const views = viewsOf(scenario).filter(({ figure }) =>
    servers.some((server) => readings.read(scenario, server, figure) !== null),
  )
  const [first] = views
  const titleOf = (server: string): string =>
    report.servers.find(({ name }) => name === server)?.title ?? server
  const yardstick = servers.includes('pipe') ? 'pipe' : servers[0]
  const compared = yardstick === undefined || servers.length < 2 ? null : yardstick
  const head = [
    'server',
    ...views.map(({ title }) => title),
    compared === null ? '' : `${first?.title ?? ''} ÷ ${titleOf(compared)}`,
    othersView.title,
  ]
  const rows = servers.map((server) => [
    titleOf(server),
    ...views.map(({ figure, show }) => {
      const reading = readings.read(scenario, server, figure)
      if (reading === null) return ''
      const around = reading.repetitions > 1 ? ` ±${Math.round(reading.spread * 50)} %` : ''
      return `${show(reading.median)}${around}`
    }),
    compared === null ? '' : showRatio(readings, scenario, first?.figure ?? '', [server, compared]),
    showOthers(readings, scenario, server),
  ])
  // A column that says nothing for anybody, such as the ratio where the pipe was not measured, is left out.
  const told = head.map((_, column) => rows.some((row) => row[column] !== ''))
  return [head, ...rows].map((row) => row.filter((_, column) => told[column]))
}

function showRatio(
  readings: Readings,
  scenario: string,
  figure: string,
  pair: readonly [string, string],
): string {
  const ratio = readings.ratio(scenario, figure, pair)
  if (ratio === null) return ''
  const show = (value: number): string => value.toFixed(value < 0.1 ? 3 : 2)
  return `${show(ratio.ratio)} (${show(ratio.least)} to ${show(ratio.greatest)})`
}

function showOthers(readings: Readings, scenario: string, server: string): string {
  const reading = readings.read(scenario, server, othersView.figure)
  return reading === null ? '' : othersView.show(reading.median)
}

function printTable(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
