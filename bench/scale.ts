/** What more processes bring: how much is answered, what a turn costs all that take part in it, and which of them is full first. */
import { cpus } from 'node:os'
import { coresForThroughput, fleetKinds } from './fleet.ts'
import type { Laboratory } from './laboratory.ts'
import { figuresOf, measureLoad, problemsOf, settle, startLoad, startWatch } from './measure.ts'
import type { Figures, LoadShape, Measured } from './measure.ts'
import type { Scenario, Size } from './scenarios.ts'
import type { RunningServer } from './server.ts'
import { measureSessions } from './sessions.ts'

/** For one process each: more of them get so many times more, so that each has as much to do as if it were alone. */
export interface ScaleShapes {
  warmUp: LoadShape
  /** Turns, as fast as they come. */
  turns: LoadShape
  /** The first messages of threads, and as many second ones. */
  first: LoadShape
  second: LoadShape
  /** Answers at a human's pace, each of which is read a second time by somebody who comes later. */
  followed: LoadShape
  sessions: LoadShape
}

export function createScaleScenarios(size: Size, shapes: ScaleShapes): Scenario[] {
  const { warmUp, turns, first, second, followed, sessions } = shapes
  const named = (isRedis: boolean): string[] =>
    fleetKinds.map(({ name }) => name).filter((name) => name.endsWith('-redis') === isRedis)
  const repetitions = size === 'quick' ? 1 : 3
  const scenario = (
    name: string,
    title: string,
    servers: string[],
    measure: Scenario['measure'],
  ): Scenario => ({
    name,
    title: `1, 2 and 4 processes on one Postgres: ${title}`,
    rounds: { quick: null, full: { servers, repetitions } },
    measure,
  })
  return [
    scenario('scale', '64 turns of 20 tokens at a time for each', named(false), (laboratory, server) =>
      measureTurns(laboratory, server, { warmUp, load: turns }),
    ),
    scenario(
      'scale-next',
      'the second message of threads that began anywhere',
      named(false),
      (laboratory, server) =>
        measureTurns(laboratory, server, {
          warmUp: first,
          load: second,
          protocol: 'parley-next',
        }),
    ),
    scenario('scale-follow', 'each answer followed by a second reader', named(false), (laboratory, server) =>
      measureFollowed(laboratory, server, { warmUp, load: followed }),
    ),
    scenario(
      'scale-sessions',
      'sessions, with limits in Postgres and in Redis',
      fleetKinds.map(({ name }) => name),
      (laboratory, server) => measureVisits(laboratory, server, { warmUp: sessions, load: sessions }),
    ),
  ]
}

/** On a machine with few cores all of them warm up on the same one, so it takes them as many times longer, too. */
function multiplied(shape: LoadShape, { processes = 1 }: RunningServer): LoadShape {
  const { openMax, streamsMax, opensPerSecond } = shape
  return {
    ...shape,
    openMax: openMax * processes,
    streamsMax: streamsMax * processes,
    opensPerSecond: opensPerSecond * processes,
  }
}

function warmUpOf(shape: LoadShape, server: RunningServer): LoadShape {
  const { processes = 1 } = server
  return { ...multiplied(shape, server), secondsMax: shape.secondsMax * processes }
}

async function measureTurns(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, load, ...rest }: Parameters<typeof measureLoad>[2],
): Promise<Measured> {
  const shapes = { warmUp: warmUpOf(warmUp, server), load: multiplied(load, server), ...rest }
  const measured = await measureLoad(laboratory, server, shapes)
  const { streams = NaN, loadSeconds = NaN } = measured.figures
  return {
    ...measured,
    figures: { ...measured.figures, ...scaleFigures(measured.figures, streams, loadSeconds) },
  }
}

/** Streams that go on, and as many readers who ask for them from their beginning, mostly at another process. */
async function measureFollowed(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, load }: { warmUp: LoadShape; load: LoadShape },
): Promise<Measured> {
  const warm = await startLoad(laboratory, server, warmUpOf(warmUp, server)).ended
  await settle(server)
  const watch = startWatch(laboratory, server)
  const running = startLoad(laboratory, server, multiplied(load, server))
  await running.opened
  const followers = await startLoad(laboratory, server, multiplied(load, server), 'parley-follow').ended
  const result = await running.ended
  const used = watch()
  const all = {
    ...followers,
    streams: result.streams + followers.streams,
    tokens: result.tokens + followers.tokens,
  }
  return {
    figures: { ...figuresOf(used, all), ...scaleFigures(used, result.streams, result.seconds) },
    problems: [warm, result, followers].flatMap(problemsOf),
    answers: warm.streams + result.streams,
  }
}

async function measureVisits(
  laboratory: Laboratory,
  server: RunningServer,
  { warmUp, load }: Parameters<typeof measureSessions>[2],
): Promise<Measured> {
  const shapes = { warmUp: warmUpOf(warmUp, server), load: multiplied(load, server) }
  const measured = await measureSessions(laboratory, server, shapes)
  const { requests = NaN, requestsPerSecond = NaN } = measured.figures
  const figures = {
    ...measured.figures,
    ...scaleFigures(measured.figures, requests, requests / requestsPerSecond),
  }
  return { ...measured, figures }
}

/** Of each that takes part: what a turn (or a session) costs it, and how much of its time was taken. */
export function scaleFigures(
  used: Figures,
  turns: number,
  seconds: number,
  coreCount: number = cpus().length,
): Figures {
  const { cpuSeconds = NaN, databaseCpuSeconds = NaN, proxyCpuSeconds = NaN, storeCpuSeconds } = used
  const perTurn = (cpu: number): number => (cpu * 1e3) / turns
  return {
    turnMilliseconds: perTurn(cpuSeconds + databaseCpuSeconds),
    serverTurnMilliseconds: perTurn(cpuSeconds),
    databaseTurnMilliseconds: perTurn(databaseCpuSeconds),
    proxyTurnMilliseconds: perTurn(proxyCpuSeconds),
    databaseCores: databaseCpuSeconds / seconds,
    proxyCores: proxyCpuSeconds / seconds,
    ...(storeCpuSeconds === undefined
      ? {}
      : { storeTurnMilliseconds: perTurn(storeCpuSeconds), storeCores: storeCpuSeconds / seconds }),
    // On fewer cores this would tell how they are shared out, and be read as something else.
    ...(coreCount < coresForThroughput ? {} : { turnsPerSecond: turns / seconds }),
  }
}
