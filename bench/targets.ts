/** What the relay must reach, beside what it has reached. The limits are the project's; the figures come from the run. */
import type { Readings } from './figures.ts'

export interface Target {
  title: string
  /** Null: it was not measured in this run. */
  value: number | null
  least: number | null
  greatest: number | null
  limit: number
  rule: 'at least' | 'at most'
  unit: string
  isMet: boolean | null
}

interface Range {
  value: number
  least: number
  greatest: number
}

const ours = 'parley-postgres'

export function checkTargets(readings: Readings): Target[] {
  return [...flatOut(readings), ...paced(readings), ...firstTokens(readings), ...resources(readings)]
}

function flatOut(readings: Readings): Target[] {
  const ratio = (pair: readonly [string, string]): Range | null =>
    ratioOf(readings, 'burst', 'tokensPerCpuSecond', pair)
  const times = (title: string, other: string, limit: number): Target =>
    judge(`tokens per CPU second, flat out, against ${title}`, ratio([ours, other]), {
      limit,
      rule: 'at least',
      unit: '×',
    })
  return [
    times('the plain Node pipe', 'pipe', 1),
    times('the leanest Node pipe', 'best-pipe', 0.5),
    times('the AI SDK with persistence and resumable streams', 'ai-sdk', 25),
    times('chatkit-nodejs', 'chatkit-nodejs', 40),
    judge('on PGlite against on Postgres, flat out', ratio(['parley-pglite', ours]), {
      limit: 0.6,
      rule: 'at least',
      unit: '×',
    }),
  ]
}

function paced(readings: Readings): Target[] {
  const scenarios = [
    ['human', '100 streams at 50 tokens a second'],
    ['thousand', '1,000 open streams'],
  ] as const
  return scenarios.map(([scenario, title]) =>
    judge(
      `CPU per token against the plain pipe, ${title}`,
      ratioOf(readings, scenario, 'cpuMicrosecondsPerToken', [ours, 'pipe']),
      { limit: 1.25, rule: 'at most', unit: '×' },
    ),
  )
}

function firstTokens(readings: Readings): Target[] {
  const scenarios = [
    ['ttft', 'one at a time'],
    ['ttft-32', '150 a second'],
    ['ttft-1000', 'with 1,000 open streams'],
  ] as const
  return scenarios.flatMap(([scenario, title]) =>
    (
      [
        ['P50', 'the median', 1.5],
        ['P99', 'p99', 15],
      ] as const
    ).map(([part, name, limit]) =>
      judge(
        `first token over the plain pipe at ${name}, ${title}`,
        differenceOf(readings, scenario, `firstToken${part}Milliseconds`, [ours, 'pipe']),
        { limit, rule: 'at most', unit: ' ms' },
      ),
    ),
  )
}

function resources(readings: Readings): Target[] {
  const kibibytes = (scenario: string): Range | null => {
    const reading = readings.read(scenario, ours, 'bytesPerStream')
    return (
      reading && {
        value: reading.median / 1_024,
        least: reading.least / 1_024,
        greatest: reading.greatest / 1_024,
      }
    )
  }
  const few = readings.read('writes-50', ours, 'commitsPerSecond')
  const many = readings.read('writes-800', ours, 'commitsPerSecond')
  const growth = few && many && rangeOfOne(many.median / few.median)
  // A sample with a lost token or row is not there to be read.
  const beside = readings.read('idle', ours, 'streams')
  return [
    judge('memory per open stream', kibibytes('memory'), { limit: 64, rule: 'at most', unit: ' KiB' }),
    judge('memory per idle connection', kibibytes('idle'), { limit: 24, rule: 'at most', unit: ' KiB' }),
    judge('streams answered beside 10,000 idle ones, nothing lost', beside && rangeOfOne(beside.median), {
      limit: 1_000,
      rule: 'at least',
      unit: '',
    }),
    judge('database transactions a second, 800 streams against 50', growth, {
      limit: 1.5,
      rule: 'at most',
      unit: '×',
    }),
  ]
}

function judge(title: string, range: Range | null, limit: Pick<Target, 'limit' | 'rule' | 'unit'>): Target {
  const { value = null, least = null, greatest = null } = range ?? {}
  const isMet =
    value === null ? null : limit.rule === 'at least' ? value >= limit.limit : value <= limit.limit
  return { title, value, least, greatest, ...limit, isMet }
}

function ratioOf(
  readings: Readings,
  scenario: string,
  figure: string,
  pair: readonly [string, string],
): Range | null {
  const ratio = readings.ratio(scenario, figure, pair)
  return ratio && { value: ratio.ratio, least: ratio.least, greatest: ratio.greatest }
}

function differenceOf(
  readings: Readings,
  scenario: string,
  figure: string,
  [one, other]: readonly [string, string],
): Range | null {
  const [first, second] = [readings.read(scenario, one, figure), readings.read(scenario, other, figure)]
  if (first === null || second === null) return null
  return {
    value: first.median - second.median,
    least: first.least - second.greatest,
    greatest: first.greatest - second.least,
  }
}

function rangeOfOne(value: number): Range {
  return { value, least: value, greatest: value }
}

export function showTarget({ value, least, greatest, unit }: Target): string {
  if (value === null || least === null || greatest === null) return 'not measured'
  const show = (number: number): string => number.toFixed(Math.abs(number) >= 10 ? 1 : 2)
  return `${show(value)}${unit} (${show(least)} to ${show(greatest)})`
}

export function showLimit({ limit, rule, unit }: Target): string {
  return `${rule} ${limit.toLocaleString('en')}${unit}`
}

export function showVerdict({ isMet }: Target): string {
  return isMet === null ? '–' : isMet ? 'met' : 'missed'
}
