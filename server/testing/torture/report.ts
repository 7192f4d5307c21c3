/** What a torture run came to, as a table, and whether it was one at all. */
import { promiseNames } from './checker.ts'
import type { TortureReport } from './torture.ts'

const piecesMax = 5
/** Of these, runs must fail, in a run that is long enough. */
const failing = new Set(
  ['status', 'no-headers', 'stall', 'cut', 'error-in-stream', 'garbage', 'web-page'].map(
    (kind) => `upstream-${kind}`,
  ),
)

/** Why the run shows nothing, although nothing was broken: one sentence each. */
function shortcomings({ figures, injected, options }: TortureReport): string[] {
  const { acknowledged, resumes, sentAgain, runs, kills, settledSeconds } = figures
  const minutes = options.minutes ?? 1
  const was = (name: string): boolean => injected.some(({ fault }) => fault.startsWith(name))
  const least = (count: number, min: number, what: string): string[] =>
    count >= min ? [] : [`only ${count} ${what}, and ${min} are the least that shows anything`]
  // One program that is away again and again answers less than two.
  const share = options.database === 'pglite' ? 0.2 : 1
  const perMinute = (count: number): number => Math.ceil(count * share * minutes)
  return [
    ...least(acknowledged, perMinute(20), 'messages were acknowledged'),
    ...least(runs['completed'] ?? 0, perMinute(10), 'answers were complete'),
    ...least(resumes, perMinute(15), 'streams were resumed'),
    ...least(sentAgain, 1, 'requests were sent again'),
    ...(was('kill') ? least(runs['interrupted'] ?? 0, 1, 'runs were interrupted') : []),
    ...(minutes >= 1 && injected.some(({ fault }) => failing.has(fault))
      ? least(runs['failed'] ?? 0, 1, 'runs failed')
      : []),
    ...least(kills, options.kills ?? 0, 'programs were killed'),
    ...(settledSeconds === null ? ['it never settled'] : []),
  ]
}

/** Faults that were chosen and possible, and never came. */
function missed({ possible, injected }: TortureReport): string[] {
  const were = new Set(injected.map(({ fault }) => fault))
  return possible.map(({ name }) => name).filter((name) => !were.has(name))
}

export interface Sentence {
  text: string
  isGood: boolean
}

/** `requireAll`: a fault that was skipped, or had no turn, is a failure. */
export function verdictOf(report: TortureReport, requireAll: boolean): Sentence {
  const bad = [
    ...(report.violations.length > 0 ? [`${report.violations.length} violations`] : []),
    ...shortcomings(report),
    ...(requireAll ? Object.keys(report.skipped).map((name) => `${name} was skipped`) : []),
    ...(requireAll ? missed(report).map((name) => `${name} had no turn`) : []),
  ]
  return bad.length === 0
    ? { text: 'Every promise was kept.', isGood: true }
    : { text: `Failed: ${bad.join('; ')}.`, isGood: false }
}

export function print(report: TortureReport): string {
  const { figures, options, violations, skipped, notApplicable, seconds } = report
  const { runs } = figures
  const ended = Object.entries(runs).map(([status, count]) => `${count} ${status}`)
  const rows: [string, string][] = [
    ['database', options.database],
    ['seed', String(options.seed)],
    [
      'time',
      `${seconds} s${options.minutes === undefined ? '' : `, ${options.minutes} minutes of it under faults`}`,
    ],
    ['messages acknowledged', String(figures.acknowledged)],
    ['runs', ended.join(', ')],
    ['requests sent again', String(figures.sentAgain)],
    ['streams resumed', String(figures.resumes)],
    ['stops', String(figures.cancels)],
    ['lists', String(figures.lists)],
    ["reaches for others' data", String(figures.foreign)],
    ['frames checked', String(figures.frames)],
    ['requests refused', String(figures.refused)],
    ['programs killed', `${figures.kills} of ${figures.programs}`],
    [
      'settled',
      figures.settledSeconds === null ? 'never' : `${figures.settledSeconds} s after the last fault`,
    ],
  ]
  const faultRows: [string, string][] = [
    ...report.possible.map(({ name }): [string, string] => [name, `${times(report, name)} times`]),
    ...Object.entries(skipped).map(([name, reason]): [string, string] => [name, `skipped: ${reason}`]),
    ...Object.entries(notApplicable).map(([name, why]): [string, string] => [name, `not applicable: ${why}`]),
  ]
  const promiseRows = promiseNames.map((name): [string, string] => [
    name,
    String(violations.filter(({ promise }) => promise === name).length),
  ])
  return [
    section('torture', rows),
    section('faults', faultRows),
    section('violations', promiseRows),
    ...violations
      .slice(0, piecesMax * promiseNames.length)
      .map(
        ({ promise, sentence, piece }) =>
          `\n- ${promise}: ${sentence}\n${piece.map((line) => `    ${line}\n`).join('')}`,
      ),
  ].join('\n')
}

function times({ injected }: TortureReport, name: string): number {
  return injected.filter(({ fault }) => fault === name).length
}

function section(title: string, rows: readonly [string, string][]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return `${title}\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('')}`
}
