/** What is shown of each scenario, in which unit, and in which direction it is better. */

import { searchKinds } from './grown.ts'

export interface FigureView {
  figure: string
  title: string
  better: 'more' | 'less'
  /** With its unit. */
  show(value: number): string
}

const digits = (value: number): number => (value >= 100 ? 0 : value >= 10 ? 1 : 2)
const milliseconds = (value: number): string => `${value.toFixed(digits(value))} ms`
const microseconds = (value: number): string => `${value.toFixed(digits(value))} µs`
const kibibytes = (value: number): string => `${(value / 1_024).toFixed(1)} KiB`
const mebibytes = (value: number): string => `${(value / 1_048_576).toFixed(0)} MiB`
const thousands = (value: number): string => `${(value / 1_000).toFixed(digits(value / 1_000))}k`
const plain = (value: number): string => value.toFixed(digits(value))
const less = (figure: string, title: string, show: (value: number) => string): FigureView => ({
  figure,
  title,
  better: 'less',
  show,
})

const tokensPerCpuSecond: FigureView = {
  figure: 'tokensPerCpuSecond',
  title: 'tokens per CPU second',
  better: 'more',
  show: thousands,
}
const perToken = less('cpuMicrosecondsPerToken', 'CPU per token', microseconds)
const databasePerToken = less('databaseCpuMicrosecondsPerToken', "the database's CPU per token", microseconds)
const peak = less('peakBytes', 'peak memory', mebibytes)
const firstToken = ['P50', 'P95', 'P99'].map((part) =>
  less(`firstToken${part}Milliseconds`, `first token ${part.toLowerCase()}`, milliseconds),
)
const lag = ['P50', 'P99'].map((part) =>
  less(`lag${part}Milliseconds`, `lag ${part.toLowerCase()}`, milliseconds),
)
const reply = (title: string): FigureView[] =>
  ['P50', 'P95', 'P99'].map((part) =>
    less(`reply${part}Milliseconds`, `${title} ${part.toLowerCase()}`, milliseconds),
  )
const perRequest = [
  less('cpuMicrosecondsPerRequest', 'CPU per session', microseconds),
  less('databaseCpuMicrosecondsPerRequest', "the database's CPU per session", microseconds),
]
const requestsPerSecond: FigureView = {
  figure: 'requestsPerSecond',
  title: 'sessions a second',
  better: 'more',
  show: (value) => value.toFixed(0),
}
const memory = [
  less('bytesPerStream', 'memory per stream', kibibytes),
  less('baseBytes', 'memory without streams', mebibytes),
]
const flat = [tokensPerCpuSecond, perToken, databasePerToken, peak]
const paced = [perToken, databasePerToken, ...lag, ...firstToken.slice(0, 1)]

const cores = (value: number): string => `${value.toFixed(2)} cores`
const scaled = (what: string): FigureView[] => [
  less('turnMilliseconds', `CPU per ${what}, server and database`, milliseconds),
  { figure: 'turnsPerSecond', title: `${what}s a second`, better: 'more', show: (value) => value.toFixed(0) },
  less('serverTurnMilliseconds', 'server', milliseconds),
  less('databaseTurnMilliseconds', 'database', milliseconds),
  less('proxyTurnMilliseconds', 'nginx', milliseconds),
  less('storeTurnMilliseconds', 'Redis', milliseconds),
  less('serverCores', 'servers used', cores),
  less('databaseCores', 'database used', cores),
  less('proxyCores', 'nginx used', cores),
  less('laboratoryCores', 'laboratory used', cores),
]

const seconds = (value: number): string => `${value.toFixed(digits(value))} s`
const filled = [less('databaseBytes', 'database', mebibytes), less('fillSeconds', 'filled in', seconds)]
const grown = [
  less('growthP50', 'much ÷ little, p50', plain),
  less('growthP95', 'much ÷ little, p95', plain),
  less('manyP50Milliseconds', 'much p50', milliseconds),
  less('manyP95Milliseconds', 'much p95', milliseconds),
  less('fewP50Milliseconds', 'little p50', milliseconds),
  less('fewP95Milliseconds', 'little p95', milliseconds),
  ...filled,
]

const views: Record<string, readonly FigureView[]> = {
  burst: flat,
  next: flat,
  human: paced,
  thousand: paced,
  ttft: [...firstToken, less('cpuMillisecondsPerStream', 'CPU per answer', milliseconds)],
  'ttft-32': [...firstToken, less('cpuMillisecondsPerStream', 'CPU per answer', milliseconds)],
  'ttft-1000': [...firstToken, ...lag],
  memory,
  idle: [...memory, perToken, ...firstToken.slice(0, 1), ...lag],
  storm: [
    less('caughtUpP95Milliseconds', 'caught up p95', milliseconds),
    less('caughtUpP50Milliseconds', 'caught up p50', milliseconds),
    less('bytesP50', 'bytes to catch up', plain),
  ],
  sessions: [...reply('session'), ...perRequest],
  'sessions-64': [requestsPerSecond, ...reply('session'), ...perRequest],
  scale: scaled('turn'),
  'scale-next': scaled('turn'),
  'scale-follow': [...scaled('turn'), ...lag],
  'scale-sessions': scaled('session'),
  items: grown,
  threads: grown,
  search: [
    ...searchKinds.flatMap((kind) =>
      ['P95', 'P50'].map((part) =>
        less(`${kind}${part}Milliseconds`, `${kind} words ${part.toLowerCase()}`, milliseconds),
      ),
    ),
    ...filled,
  ],
  start: [
    less('secondAnswerMilliseconds', 'second start to first words', milliseconds),
    less('secondListeningMilliseconds', 'second start to listening', milliseconds),
    less('firstAnswerMilliseconds', 'first start to first words', milliseconds),
    less('firstListeningMilliseconds', 'first start to listening', milliseconds),
  ],
  install: [
    less('productionBytes', 'to run it', mebibytes),
    less('productionSeconds', 'npm ci --omit=dev', seconds),
    less('developmentBytes', 'to develop it', mebibytes),
    less('developmentSeconds', 'npm ci', seconds),
  ],
  tutor: [
    ...firstToken,
    ...reply('whole answer'),
    less('cpuMillisecondsPerStream', 'CPU per answer', milliseconds),
  ],
}

/** The first is the one that is drawn. */
export function viewsOf(scenario: string): readonly FigureView[] {
  return views[scenario.replace(/^price-/, '')] ?? [less('commitsPerSecond', 'transactions a second', plain)]
}

/** Of the computer's time, what others used meanwhile. */
export const othersView: FigureView = less('otherCores', 'others used', cores)
