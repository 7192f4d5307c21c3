/** Watching a server from outside while it works, and the plainest measurement: one load, from its first to its last byte. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Laboratory, RunningLoad } from './laboratory.ts'
import type { LoadPlan, LoadResult, Target } from './load-plan.ts'
import { busySeconds, cpuSeconds, memoryOf, resetPeak } from './machine.ts'
import type { ProtocolName } from './protocols.ts'
import type { RunningServer } from './server.ts'

/** What was measured, by name; the unit is the name's last word. */
export type Figures = Record<string, number>

export interface Measured {
  figures: Figures
  /** Why this must not be quoted. Empty when every token was there. */
  problems: string[]
  /** How many answers the server has given in all, or null when some were broken off. */
  answers: number | null
  /** How many sessions it has given. Default: none. */
  sessions?: number
}

/** A load without its server. */
export type LoadShape = Omit<LoadPlan, keyof Target>

/** Garbage is collected and what was begun is finished within that time. */
export const settleMilliseconds = 400

export async function measureLoad(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, load, protocol }: { warmUp: LoadShape; load: LoadShape; protocol?: ProtocolName },
): Promise<Measured> {
  const warm = await startLoad(laboratory, server, warmUp).ended
  await settle(server)
  resetPeak(server.pids())
  const watch = startWatch(laboratory, server)
  const result = await startLoad(laboratory, server, load, protocol).ended
  // What a server does after its last byte belongs to the work, too.
  await sleep(settleMilliseconds)
  const figures = figuresOf(watch(), result)
  return {
    figures,
    problems: [...problemsOf(warm), ...problemsOf(result)],
    answers: warm.streams + result.streams,
  }
}

export function targetOf(server: RunningServer): Target {
  const { protocol, secret, port } = server
  return { protocol, secret, address: { host: '127.0.0.1', port } }
}

export function startLoad(
  laboratory: Laboratory,
  server: RunningServer,
  shape: LoadShape,
  protocol: ProtocolName = server.protocol,
): RunningLoad {
  return laboratory.load({ ...shape, ...targetOf(server), protocol })
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
    proxy: server.proxyCpuSeconds?.() ?? null,
    store: server.storeCpuSeconds?.() ?? null,
    own: cpuSeconds(laboratory.ownPids()),
    busy: busySeconds(),
  })
  const before = read()
  return () => {
    const now = read()
    const passed = now.at - before.at
    const used = now.server - before.server
    const database = (now.database ?? 0) - (before.database ?? 0)
    const proxy = (now.proxy ?? 0) - (before.proxy ?? 0)
    const store = (now.store ?? 0) - (before.store ?? 0)
    const own = now.own - before.own
    const others = now.busy - before.busy - used - database - proxy - store - own
    return {
      cpuSeconds: used,
      ...(now.database === null ? {} : { databaseCpuSeconds: database }),
      ...(now.proxy === null ? {} : { proxyCpuSeconds: proxy }),
      ...(now.store === null ? {} : { storeCpuSeconds: store }),
      serverCores: used / passed,
      laboratoryCores: own / passed,
      otherCores: Math.max(0, others) / passed,
      peakBytes: memoryOf(server.pids()).peakBytes,
    }
  }
}

/** The kernel counts in hundredths of a second: fewer than ten of them tell nothing. */
export const cpuSecondsMin = 0.1

/** What was used, for what was done. */
export function figuresOf(used: Figures, result: LoadResult): Figures {
  const { tokens, streams } = result
  const { cpuSeconds: seconds = NaN, databaseCpuSeconds: database } = used
  return {
    ...used,
    streams,
    tokens,
    bytes: result.bytes,
    loadSeconds: result.seconds,
    ...(seconds < cpuSecondsMin
      ? {}
      : {
          tokensPerCpuSecond: tokens / seconds,
          cpuMicrosecondsPerToken: (seconds * 1e6) / tokens,
          cpuMillisecondsPerStream: (seconds * 1e3) / streams,
        }),
    ...(database === undefined ? {} : { databaseCpuMicrosecondsPerToken: (database * 1e6) / tokens }),
    ...milliseconds('firstToken', result.firstToken),
    ...milliseconds('reply', result.reply),
    ...milliseconds('lag', result.lag),
  }
}

export function milliseconds(name: string, { p50, p95, p99 }: LoadResult['lag']): Figures {
  return { [`${name}P50Milliseconds`]: p50, [`${name}P95Milliseconds`]: p95, [`${name}P99Milliseconds`]: p99 }
}

export function problemsOf({ problems }: { problems: Record<string, number> }): string[] {
  return Object.entries(problems).map(([problem, streams]) => `${streams} streams: ${problem}`)
}
