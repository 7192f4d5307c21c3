/** Reading the samples of a run: only those without a problem count. */
import { summarize } from './statistics.ts'
import type { Sample } from './run.ts'
import { compare, median, spread } from './statistics.ts'
import type { Ratio } from './statistics.ts'

export interface Reading {
  median: number
  least: number
  greatest: number
  /** (greatest − least) ÷ median. */
  spread: number
  repetitions: number
}

export interface Readings {
  /** Null where nothing was measured. */
  read(scenario: string, server: string, figure: string): Reading | null
  /** The ratio of one server's figure to another's. */
  ratio(scenario: string, figure: string, [ours, theirs]: readonly [string, string]): Ratio | null
  /** Servers that were measured, in the order of the run. */
  servers(scenario: string): string[]
}

export function createReadings(samples: readonly Sample[]): Readings {
  const sound = samples.filter(({ problems }) => problems.length === 0)

  function values(scenario: string, server: string, figure: string): Map<number, number> {
    const matching = sound.filter((sample) => sample.scenario === scenario && sample.server === server)
    return new Map(
      matching.flatMap(({ repetition, figures }) => {
        const value = figures[figure]
        return value === undefined || !Number.isFinite(value) ? [] : [[repetition, value] as const]
      }),
    )
  }

  return {
    read(scenario, server, figure) {
      const all = [...values(scenario, server, figure).values()]
      if (all.length === 0) return null
      return {
        median: median(all),
        least: Math.min(...all),
        greatest: Math.max(...all),
        spread: spread(all),
        repetitions: all.length,
      }
    },
    ratio(scenario, figure, [ours, theirs]) {
      return compare(values(scenario, ours, figure), values(scenario, theirs, figure))
    },
    servers(scenario) {
      const names = sound.filter((sample) => sample.scenario === scenario).map(({ server }) => server)
      return [...new Set(names)]
    },
  }
}

/** From there on others disturb a run so much that its figures are only a hint. */
const quietCoresMax = 0.2

/** How busy the machine was with other things, in a sentence. */
export function describeWeather(samples: readonly Sample[]): string {
  const others = samples.flatMap(({ figures }) => figures['otherCores'] ?? [])
  if (others.length === 0) return ''
  const { p50, p95 } = summarize(others)
  const used = `Other programs used ${p50.toFixed(2)} cores at the median, ${p95.toFixed(2)} at p95`
  return p50 <= quietCoresMax ? `${used}.` : `${used}: too many for these figures to be quoted.`
}
