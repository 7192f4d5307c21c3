/** The run: all servers of a scenario one after the other, and again, so that they meet the same weather. */
import type { Laboratory } from './laboratory.ts'
import type { Figures, Measured } from './measure.ts'
import type { Round, Scenario, Size } from './scenarios.ts'
import type { ServerKind } from './server.ts'

export interface Sample {
  scenario: string
  server: string
  repetition: number
  figures: Figures
  /** Why this sample must not be quoted. Empty when every token and every row was there. */
  problems: string[]
}

export interface RunOptions {
  size: Size
  scenarios: Scenario[]
  servers: ServerKind[]
  /** Names; empty: those that the scenario has. */
  only: string[]
  /** Null: as many as the scenario has. */
  repetitions: number | null
  /** Nothing is begun after that. */
  secondsMax: number
  onProgress(text: string): void
}

export interface RunResult {
  samples: Sample[]
  /** Servers that could not be measured, and why. */
  skipped: Record<string, string>
}

/** Round by round through all scenarios, so that a run that must end early has measured all of them. */
export async function runAll(laboratory: Laboratory, options: RunOptions): Promise<RunResult> {
  const samples: Sample[] = []
  const skipped: Record<string, string> = {}
  const begun = performance.now()
  for (const { scenario, kind, repetition, isFirst } of planOf(options)) {
    if (kind.name in skipped) continue
    if (performance.now() - begun > options.secondsMax * 1_000) {
      skipped[`${scenario.name} and what follows, round ${repetition}`] = 'the time was up'
      break
    }
    if (isFirst) options.onProgress(`\nRound ${repetition}, ${scenario.name} – ${scenario.title}\n`)
    const sample = await measure(laboratory, kind, scenario, repetition)
    if (typeof sample === 'string') {
      skipped[kind.name] = sample
      options.onProgress(`  ${kind.title}: skipped, ${sample}\n`)
      continue
    }
    samples.push(sample)
    options.onProgress(`  ${describeSample(kind, sample)}\n`)
  }
  return { samples, skipped }
}

interface Step {
  scenario: Scenario
  kind: ServerKind
  repetition: number
  /** Of its scenario in this round. */
  isFirst: boolean
}

function planOf(options: RunOptions): Step[] {
  const rounds = options.scenarios.map((scenario) => ({ scenario, ...roundOf(scenario, options) }))
  const repetitionsMax = Math.max(0, ...rounds.map(({ repetitions }) => repetitions))
  return Array.from({ length: repetitionsMax }, (_, index) => index + 1).flatMap((repetition) =>
    rounds
      .filter(({ repetitions }) => repetition <= repetitions)
      .flatMap(({ scenario, servers }) =>
        options.servers
          .filter(({ name }) => servers.includes(name))
          .map((kind, index) => ({ scenario, kind, repetition, isFirst: index === 0 })),
      ),
  )
}

function roundOf(scenario: Scenario, { size, only, repetitions }: RunOptions): Round {
  const planned = scenario.rounds[size] ?? scenario.rounds.full ?? { servers: [], repetitions: 1 }
  return {
    servers: only.length > 0 ? only : planned.servers,
    repetitions: repetitions ?? planned.repetitions,
  }
}

async function measure(
  laboratory: Laboratory,
  kind: ServerKind,
  scenario: Scenario,
  repetition: number,
): Promise<Sample | string> {
  const begun = { scenario: scenario.name, server: kind.name, repetition }
  if (scenario.alone !== undefined) return measureAlone(scenario.alone(laboratory, kind.name), begun)
  const server = await kind.start(laboratory)
  if (typeof server === 'string') return server
  try {
    const { figures, problems, answers, sessions } = await scenario.measure(laboratory, server)
    problems.push(...(await server.stop(answers, sessions)))
    return { ...begun, figures, problems }
  } catch (error) {
    // One server that breaks down must not cost the others their figures.
    await server.stop(null)
    return { ...begun, figures: {}, problems: [error instanceof Error ? error.message : String(error)] }
  }
}

async function measureAlone(
  measuring: Promise<Measured | string>,
  begun: Pick<Sample, 'scenario' | 'server' | 'repetition'>,
): Promise<Sample | string> {
  try {
    const measured = await measuring
    if (typeof measured === 'string') return measured
    const { figures, problems } = measured
    return { ...begun, figures, problems }
  } catch (error) {
    return { ...begun, figures: {}, problems: [error instanceof Error ? error.message : String(error)] }
  }
}

type Column = [figure: string, show: (value: number) => string]

/** What is said of a sample while the run goes on: those of these that were measured. */
const columns: readonly Column[] = [
  ['tokensPerCpuSecond', (value) => `${(value / 1_000).toFixed(1)}k tokens/CPU-s`],
  ['cpuMicrosecondsPerToken', (value) => `${value.toFixed(2)} µs/token`],
  ['databaseCpuMicrosecondsPerToken', (value) => `database ${value.toFixed(2)} µs/token`],
  ['firstTokenP50Milliseconds', (value) => `first token ${value.toFixed(2)} ms`],
  ['firstTokenP99Milliseconds', (value) => `p99 ${value.toFixed(1)} ms`],
  ['lagP99Milliseconds', (value) => `lag p99 ${value.toFixed(1)} ms`],
  ['bytesPerStream', (value) => `${(value / 1_024).toFixed(1)} KiB/stream`],
  ['requestsPerSecond', (value) => `${value.toFixed(0)} requests/s`],
  ['cpuMicrosecondsPerRequest', (value) => `${value.toFixed(0)} µs/request`],
  ['replyP95Milliseconds', (value) => `to the end p95 ${value.toFixed(1)} ms`],
  ['commitsPerSecond', (value) => `${value.toFixed(1)} transactions/s`],
  ['growthP50', (value) => `${value.toFixed(2)} × at the median`],
  ['growthP95', (value) => `${value.toFixed(2)} × at p95`],
  ['manyP50Milliseconds', (value) => `much ${value.toFixed(2)} ms`],
  ['commonP95Milliseconds', (value) => `common words p95 ${value.toFixed(0)} ms`],
  ['firstAnswerMilliseconds', (value) => `first start ${(value / 1_000).toFixed(2)} s`],
  ['secondAnswerMilliseconds', (value) => `second ${(value / 1_000).toFixed(2)} s`],
  ['productionBytes', (value) => `${(value / 1_048_576).toFixed(0)} MiB`],
  ['fillSeconds', (value) => `filled in ${value.toFixed(0)} s`],
  ['caughtUpP95Milliseconds', (value) => `caught up p95 ${value.toFixed(1)} ms`],
  ['bytesP50', (value) => `${value.toFixed(0)} bytes`],
  ['serverCores', (value) => `cores: server ${value.toFixed(2)}`],
  ['otherCores', (value) => `others ${value.toFixed(2)}`],
]

function describeSample({ title }: ServerKind, { figures, problems }: Sample): string {
  const parts = columns.flatMap(([name, show]) => {
    const value = figures[name]
    return value === undefined ? [] : [show(value)]
  })
  const complaints = problems.map((problem) => `      WRONG: ${problem}`)
  return [`${title.padEnd(46)}  ${parts.join('  ')}`, ...complaints].join('\n')
}
