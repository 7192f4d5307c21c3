/** One measurement: a new server, made warm, under one load, watched from outside. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Laboratory } from './laboratory.ts'
import type { LoadResult } from './load-plan.ts'
import { busySeconds, cpuSeconds, memoryOf, resetPeak } from './machine.ts'
import type { LoadScenario, LoadShape } from './scenarios.ts'
import type { RunningServer } from './server.ts'

/** What was measured, by name; the unit is the name's last word. */
export type Figures = Record<string, number>

export interface Sample {
  scenario: string
  server: string
  repetition: number
  figures: Figures
  /** Why this sample must not be quoted. Empty when every token and every row was there. */
  problems: string[]
}

/** Garbage is collected and what was begun is finished within that time. */
const settleMilliseconds = 400

export async function measureLoad(
  laboratory: Laboratory,
  server: RunningServer,
  scenario: LoadScenario,
): Promise<Pick<Sample, 'figures' | 'problems'>> {
  const warm = await runLoad(laboratory, server, scenario.warmUp)
  await settle(server)
  resetPeak(server.pids())
  const watch = startWatch(laboratory, server)
  const result = await runLoad(laboratory, server, scenario.load)
  // What a server does after its last byte belongs to the work, too.
  await sleep(settleMilliseconds)
  const figures = { ...watch(), ...figuresOf(result) }
  const problems = [...problemsOf(warm), ...problemsOf(result)]
  problems.push(...(await server.stop(warm.streams + result.streams)))
  return { figures: perToken(figures, result), problems }
}

export function runLoad(
  laboratory: Laboratory,
  server: RunningServer,
  shape: LoadShape,
): Promise<LoadResult> {
  return laboratory.load({
    ...shape,
    address: { host: '127.0.0.1', port: server.port },
    protocol: server.protocol,
    secret: server.secret,
  }).ended
}

export async function settle(server: RunningServer): Promise<void> {
  server.collect()
  await sleep(settleMilliseconds)
}

/** Begins to watch; what it returns tells what has been used since then. */
export function startWatch(laboratory: Laboratory, server: RunningServer): () => Figures {
  const read = () => ({
    at: performance.now() / 1_000,
    server: server.cpuSeconds(),
    database: server.databaseCpuSeconds(),
    own: cpuSeconds(laboratory.ownPids()),
    busy: busySeconds(),
  })
  const before = read()
  return () => {
    const now = read()
    const passed = now.at - before.at
    const used = now.server - before.server
    const database = (now.database ?? 0) - (before.database ?? 0)
    const own = now.own - before.own
    const others = now.busy - before.busy - used - database - own
    return {
      cpuSeconds: used,
      ...(now.database === null ? {} : { databaseCpuSeconds: database }),
      laboratoryCores: own / passed,
      otherCores: Math.max(0, others) / passed,
      busyCores: used / passed,
      peakBytes: memoryOf(server.pids()).peakBytes,
    }
  }
}

function figuresOf(result: LoadResult): Figures {
  return {
    streams: result.streams,
    tokens: result.tokens,
    bytes: result.bytes,
    loadSeconds: result.seconds,
    ...milliseconds('firstToken', result.firstToken),
    ...milliseconds('lag', result.lag),
  }
}

export function milliseconds(name: string, { p50, p95, p99 }: LoadResult['lag']): Figures {
  return { [`${name}P50Milliseconds`]: p50, [`${name}P95Milliseconds`]: p95, [`${name}P99Milliseconds`]: p99 }
}

function perToken(figures: Figures, { tokens, streams }: LoadResult): Figures {
  const { cpuSeconds: used = NaN, databaseCpuSeconds } = figures
  return {
    ...figures,
    tokensPerCpuSecond: tokens / used,
    cpuMicrosecondsPerToken: (used * 1e6) / tokens,
    cpuMillisecondsPerStream: (used * 1e3) / streams,
    ...(databaseCpuSeconds === undefined
      ? {}
      : {
          databaseCpuMicrosecondsPerToken: (databaseCpuSeconds * 1e6) / tokens,
          tokensPerCpuSecondWithDatabase: tokens / (used + databaseCpuSeconds),
        }),
  }
}

export function problemsOf({ problems }: LoadResult): string[] {
  return Object.entries(problems).map(([problem, streams]) => `${streams} streams: ${problem}`)
}
