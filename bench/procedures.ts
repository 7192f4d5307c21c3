/** The measurements that are more than one load: many open streams, idle ones, database writes, a reconnect storm. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Laboratory } from './laboratory.ts'
import { memoryOf } from './machine.ts'
import { figuresOf, milliseconds, problemsOf, settle, startLoad, startWatch, targetOf } from './measure.ts'
import type { LoadShape, Measured } from './measure.ts'
import type { RunningServer } from './server.ts'
import type { Wish } from './tokens.ts'

/** The first token of new short answers while many others are being streamed. */
export async function measureFirstTokenAmong(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, background, probes }: { warmUp: LoadShape; background: LoadShape; probes: LoadShape },
): Promise<Measured> {
  const warm = await startLoad(laboratory, server, warmUp).ended
  await settle(server)
  const others = startLoad(laboratory, server, background)
  await others.opened
  const watch = startWatch(laboratory, server)
  const result = await startLoad(laboratory, server, probes).ended
  const { serverCores = NaN, otherCores = NaN } = watch()
  const all = await others.ended
  return {
    figures: {
      ...milliseconds('firstToken', result.firstToken),
      ...milliseconds('lag', all.lag),
      streams: result.streams,
      serverCores,
      otherCores,
    },
    problems: [warm, result, all].flatMap(problemsOf),
    answers: warm.streams + result.streams + all.streams,
  }
}

/** Resident memory with many open streams, against that of the same process when it was warm and had none. */
export async function measureMemory(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, open }: { warmUp: LoadShape; open: LoadShape },
): Promise<Measured> {
  const warm = await startLoad(laboratory, server, warmUp).ended
  const baseBytes = await residentWhenQuiet(server)
  const watch = startWatch(laboratory, server)
  const load = startLoad(laboratory, server, open)
  await load.opened
  const openBytes = await residentWhenQuiet(server)
  const { otherCores = NaN } = watch()
  load.cut()
  const result = await load.ended
  return {
    figures: {
      baseBytes,
      openBytes,
      streams: open.openMax,
      bytesPerStream: (openBytes - baseBytes) / open.openMax,
      otherCores,
    },
    problems: [...problemsOf(warm), ...problemsOf(result)],
    answers: null,
  }
}

/** Twice, since what the first collection sets free lets the second give back more. */
async function residentWhenQuiet(server: RunningServer): Promise<number> {
  for (let round = 0; round < 2; round += 1) {
    await settle(server)
    await sleep(600)
  }
  return memoryOf(server.pids()).residentBytes
}

/**
 * What a connection costs that waits: followers of runs whose model has not said anything yet. With `active`, streams that are
 * being answered come on top.
 */
export async function measureIdle(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, idle, active }: { warmUp: LoadShape; idle: number; active: LoadShape },
): Promise<Measured> {
  const warm = await startLoad(laboratory, server, warmUp).ended
  const waiting: Wish = { tokens: 3, tokensPerSecond: 0, delayMilliseconds: 600_000 }
  const shape: LoadShape = { ...warmUp, wish: waiting, secondsMax: 600, openedWith: 'head' }
  const runs = startLoad(laboratory, server, { ...shape, openMax: waitingRuns, streamsMax: waitingRuns })
  await runs.opened
  const baseBytes = await residentWhenQuiet(server)
  const followers = { ...shape, openMax: idle, streamsMax: idle, opensPerSecond: 2_000 }
  const follow = startLoad(laboratory, server, followers, 'parley-follow')
  await follow.opened
  const openBytes = await residentWhenQuiet(server)
  const watch = startWatch(laboratory, server)
  const result = await startLoad(laboratory, server, active).ended
  const figures = figuresOf(watch(), result)
  follow.cut()
  runs.cut()
  const broken = await Promise.all([follow.ended, runs.ended])
  return {
    figures: {
      ...figures,
      idleStreams: idle,
      baseBytes,
      openBytes,
      bytesPerStream: (openBytes - baseBytes) / idle,
    },
    problems: [warm, result, ...broken].flatMap(problemsOf),
    answers: null,
  }
}

const waitingRuns = 32

/** Transactions that the database commits while a number of streams is open, none beginning and none ending. */
export async function measureCommits(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, open, seconds }: { warmUp: LoadShape; open: LoadShape; seconds: number },
): Promise<Measured> {
  const warm = await startLoad(laboratory, server, warmUp).ended
  const load = startLoad(laboratory, server, open)
  await load.opened
  const watch = startWatch(laboratory, server)
  const begin = performance.now()
  const before = await server.commits()
  await sleep(seconds * 1_000)
  const after = await server.commits()
  const passed = (performance.now() - begin) / 1_000
  const { otherCores = NaN } = watch()
  const result = await load.ended
  const commits = after === null || before === null ? NaN : after - before
  return {
    figures: { streams: open.openMax, commitsPerSecond: commits / passed, otherCores },
    problems: [...problemsOf(warm), ...problemsOf(result)],
    answers: warm.streams + result.streams,
  }
}

export interface StormShape {
  wish: Wish
  streams: number
  secondsBeforeCut: number
  secondsAway: number
}

/** All streams are cut at once and come back at once. */
export async function measureStorm(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, storm }: { warmUp: LoadShape; storm: StormShape },
): Promise<Measured> {
  const warm = await startLoad(laboratory, server, warmUp).ended
  await settle(server)
  const watch = startWatch(laboratory, server)
  const result = await laboratory.storm({ ...storm, ...targetOf(server) })
  const { cpuSeconds = NaN, otherCores = NaN } = watch()
  return {
    figures: {
      streams: result.streams,
      ...milliseconds('caughtUp', result.caughtUp),
      bytesP50: result.bytes.p50,
      cpuSeconds,
      otherCores,
    },
    problems: [...problemsOf(warm), ...problemsOf(result)],
    answers: warm.streams + result.streams,
  }
}
