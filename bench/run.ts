/** The run: all servers of a scenario one after the other, and again, so that they meet the same weather. */
import type { Laboratory } from './laboratory.ts'
import { measureLoad } from './measure.ts'
import type { Sample } from './measure.ts'
import type { LoadScenario } from './scenarios.ts'
import type { ServerKind } from './server.ts'

export interface RunOptions {
  scenarios: LoadScenario[]
  servers: ServerKind[]
  repetitions: number
  onProgress(text: string): void
}

export interface RunResult {
  samples: Sample[]
  /** Servers that could not be measured, and why. */
  skipped: Record<string, string>
}

export async function runAll(laboratory: Laboratory, options: RunOptions): Promise<RunResult> {
  const samples: Sample[] = []
  const skipped: Record<string, string> = {}
  for (const scenario of options.scenarios) {
    options.onProgress(`\n${scenario.name}: ${scenario.title}\n`)
    for (let repetition = 1; repetition <= options.repetitions; repetition += 1) {
      for (const kind of options.servers.filter(({ name }) => !(name in skipped))) {
        const sample = await measure(laboratory, kind, scenario, repetition)
        if (typeof sample === 'string') {
          skipped[kind.name] = sample
          options.onProgress(`  ${kind.title}: skipped, ${sample}\n`)
          continue
        }
        samples.push(sample)
        options.onProgress(`  ${repetition}/${options.repetitions}  ${describeSample(kind, sample)}\n`)
      }
    }
  }
  return { samples, skipped }
}

async function measure(
  laboratory: Laboratory,
  kind: ServerKind,
  scenario: LoadScenario,
  repetition: number,
): Promise<Sample | string> {
  const server = await kind.start(laboratory)
  if (typeof server === 'string') return server
  const { figures, problems } = await measureLoad(laboratory, server, scenario)
  return { scenario: scenario.name, server: kind.name, repetition, figures, problems }
}

function describeSample({ title }: ServerKind, { figures, problems }: Sample): string {
  const figure = (name: string, digits = 1): string => (figures[name] ?? NaN).toFixed(digits)
  const parts = [
    title.padEnd(34),
    `${Math.round((figures['tokensPerCpuSecond'] ?? NaN) / 100) / 10}k tokens/CPU-s`.padStart(22),
    `${figure('cpuMicrosecondsPerToken', 2)} µs/token`.padStart(16),
    `database ${figure('databaseCpuMicrosecondsPerToken', 2)}`,
    `first token ${figure('firstTokenP50Milliseconds')} / ${figure('firstTokenP99Milliseconds')} ms`,
    `lag ${figure('lagP50Milliseconds')} / ${figure('lagP99Milliseconds')} ms`,
    `cores: server ${figure('busyCores', 2)}, laboratory ${figure('laboratoryCores', 2)}, other ${figure('otherCores', 2)}`,
  ]
  return [parts.join('  '), ...problems.map((problem) => `      WRONG: ${problem}`)].join('\n')
}
