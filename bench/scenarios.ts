/** What is done to the servers. Full runs show more of them, more often; quick runs end within 8 minutes. */
import { createGrownScenarios } from './grown.ts'
import { createInstallScenario } from './installing.ts'
import type { Laboratory } from './laboratory.ts'
import { measureLoad } from './measure.ts'
import type { LoadShape, Measured } from './measure.ts'
import {
  measureCommits,
  measureFirstTokenAmong,
  measureIdle,
  measureMemory,
  measureStorm,
} from './procedures.ts'
import { createScaleScenarios } from './scale.ts'
import type { RunningServer } from './server.ts'
import { measureSessions, measureTutor } from './sessions.ts'
import { createStartScenario } from './starting.ts'
import type { Wish } from './tokens.ts'

export type Size = 'quick' | 'full'

export interface Round {
  /** Names of servers. */
  servers: readonly string[]
  repetitions: number
}

export interface Scenario {
  name: string
  title: string
  /** Null: not in a run of that size, unless it is asked for by name. */
  rounds: Record<Size, Round | null>
  measure(laboratory: Laboratory, server: RunningServer): Promise<Measured>
  /** In place of `measure`, for what is no running server: it starts and ends all by itself. Resolves with why not, where it cannot. */
  alone?(laboratory: Laboratory, serverName: string): Promise<Measured | string>
}

const pipes = ['pipe', 'best-pipe']
const parley = ['parley-postgres', 'parley-pglite']
const frameworks = ['ai-sdk', 'agents', 'chatkit-nodejs', 'chatkit-python']
const priced = ['before-postgres', 'after-postgres', 'before-pglite', 'after-pglite']
const every = [...pipes, 'nginx', ...parley, ...frameworks]

const atOnce = (tokens: number): Wish => ({ tokens, tokensPerSecond: 0, delayMilliseconds: 0 })
const atPace = (tokens: number, tokensPerSecond: number): Wish => ({
  tokens,
  tokensPerSecond,
  delayMilliseconds: 0,
})

const sixtyFour: LoadShape = {
  wish: atOnce(200),
  openMax: 64,
  streamsMax: Infinity,
  secondsMax: Infinity,
  opensPerSecond: Infinity,
  openedWith: 'token',
}

/** So that compilers have done their work: after 400 streams they still took a tenth of what was measured. */
function warmUpFor(size: Size): LoadShape {
  return { ...sixtyFour, streamsMax: 4_000, secondsMax: size === 'quick' ? 3 : 6 }
}

/** Where memory counts: pages that a longer one had taken would not be given back before the measurement begins. */
const briefWarmUp: LoadShape = { ...sixtyFour, streamsMax: 400, secondsMax: 4 }

/** All of them open at the same time, each answered at a human's reading pace or a fraction of it. */
function open(streams: number, wish: Wish, opensPerSecond: number): LoadShape {
  return { ...sixtyFour, wish, openMax: streams, streamsMax: streams, secondsMax: Infinity, opensPerSecond }
}

/** New short answers, at a pace or one at a time. */
function short(streamsMax: number, openMax: number, opensPerSecond: number): LoadShape {
  return { ...sixtyFour, wish: atOnce(3), openMax, streamsMax, secondsMax: 20, opensPerSecond }
}

export function createScenarios(size: Size): Scenario[] {
  const compared = [...flatOut(size), ...paced(size), ...firstTokens(size)]
  return [
    ...compared,
    ...many(size),
    ...recovery(size),
    ...sessions(size),
    ...scale(size),
    ...createGrownScenarios(size),
    createStartScenario(),
    createInstallScenario(),
    ...price(compared),
  ]
}

/** More processes, which is a matter of its own: none of its servers takes part in anything else. */
function scale(size: Size): Scenario[] {
  const [seconds, streams] = size === 'quick' ? [3, 60] : [6, 200]
  const turns: LoadShape = { ...sixtyFour, wish: atOnce(20), secondsMax: seconds }
  return createScaleScenarios(size, {
    warmUp: warmUpFor(size),
    turns,
    first: { ...turns, streamsMax: 1_000, secondsMax: 20 },
    second: { ...turns, streamsMax: 1_000, secondsMax: Infinity },
    // Long enough that whoever comes when all are open finds them going on.
    followed: open(streams, atPace(200, 20), 100),
    sessions: { ...turns, wish: atOnce(0), openedWith: 'head' },
  })
}

/** What it costs to write text before it is sent: loads of other scenarios, on Parley built both ways. */
function price(scenarios: Scenario[]): Scenario[] {
  return scenarios
    .filter(({ name }) => ['burst', 'human', 'ttft'].includes(name))
    .map(({ name, title, measure }) => ({
      name: `price-${name}`,
      title: `the price of writing before sending: ${title}`,
      rounds: { quick: null, full: { servers: priced, repetitions: 4 } },
      measure,
    }))
}

function flatOut(size: Size): Scenario[] {
  const warmUp = warmUpFor(size)
  const load = { ...sixtyFour, secondsMax: size === 'quick' ? 3 : 5 }
  return [
    {
      name: 'burst',
      title: '64 streams of 200 tokens, as fast as possible',
      rounds: {
        quick: { servers: [...pipes, 'nginx', ...parley, 'ai-sdk', 'chatkit-nodejs'], repetitions: 2 },
        full: { servers: every, repetitions: 4 },
      },
      measure: (laboratory, server) => measureLoad(laboratory, server, { warmUp, load }),
    },
    {
      name: 'next',
      title: 'the second message of a thread: 64 streams of 200 tokens, as fast as possible',
      rounds: { quick: null, full: { servers: parley, repetitions: 3 } },
      measure: (laboratory, server) =>
        measureLoad(laboratory, server, {
          warmUp: { ...warmUp, streamsMax: 1_500, secondsMax: 20 },
          load: { ...load, streamsMax: 1_500 },
          protocol: 'parley-next',
        }),
    },
  ]
}

function paced(size: Size): Scenario[] {
  const warmUp = warmUpFor(size)
  const [human, thousand] =
    size === 'quick'
      ? [open(100, atPace(300, 50), 100), open(1_000, atPace(80, 10), 250)]
      : [open(100, atPace(600, 50), 100), open(1_000, atPace(200, 10), 250)]
  return [
    {
      name: 'human',
      title: '100 streams at 50 tokens a second',
      rounds: {
        quick: { servers: ['pipe', ...parley, 'ai-sdk'], repetitions: 2 },
        full: { servers: every, repetitions: 4 },
      },
      measure: (laboratory, server) => measureLoad(laboratory, server, { warmUp, load: human }),
    },
    {
      name: 'thousand',
      // At 50 tokens a second the plain pipe itself would need more than one core.
      title: '1,000 streams at 10 tokens a second',
      rounds: {
        quick: { servers: ['pipe', 'parley-postgres'], repetitions: 2 },
        full: { servers: [...pipes, 'nginx', ...parley, 'ai-sdk', 'chatkit-nodejs'], repetitions: 3 },
      },
      measure: (laboratory, server) => measureLoad(laboratory, server, { warmUp, load: thousand }),
    },
  ]
}

function firstTokens(size: Size): Scenario[] {
  const warmUp = warmUpFor(size)
  const [alone, together, among] = size === 'quick' ? [300, 600, 300] : [1_000, 1_500, 600]
  return [
    {
      name: 'ttft',
      title: 'first token: one short answer at a time',
      rounds: {
        quick: { servers: ['pipe', ...parley], repetitions: 2 },
        full: { servers: every, repetitions: 3 },
      },
      measure: (laboratory, server) =>
        measureLoad(laboratory, server, { warmUp, load: short(alone, 1, Infinity) }),
    },
    {
      name: 'ttft-32',
      title: 'first token: 150 short answers a second, 32 at a time at most',
      rounds: { quick: null, full: { servers: every, repetitions: 3 } },
      measure: (laboratory, server) =>
        measureLoad(laboratory, server, { warmUp, load: short(together, 32, 150) }),
    },
    {
      name: 'ttft-1000',
      title: 'first token: 100 short answers a second while 1,000 streams are open at 5 tokens a second',
      rounds: {
        quick: { servers: ['pipe', 'parley-postgres'], repetitions: 1 },
        full: { servers: [...pipes, 'nginx', ...parley, 'ai-sdk', 'chatkit-nodejs'], repetitions: 3 },
      },
      measure: (laboratory, server) =>
        measureFirstTokenAmong(laboratory, server, {
          warmUp,
          background: open(1_000, atPace(size === 'quick' ? 60 : 80, 5), 250),
          probes: short(among, Infinity, 100),
        }),
    },
  ]
}

function many(size: Size): Scenario[] {
  const idle = { openMax: 1_000, wish: atPace(40, 10) }
  return [
    {
      name: 'memory',
      title: 'memory: 1,000 streams open at 1 token a second',
      rounds: {
        quick: { servers: ['pipe', 'parley-postgres'], repetitions: 1 },
        full: { servers: every, repetitions: 3 },
      },
      measure: (laboratory, server) =>
        measureMemory(laboratory, server, { warmUp: briefWarmUp, open: open(1_000, atPace(120, 1), 250) }),
    },
    {
      name: 'idle',
      title: 'memory: 10,000 connections that wait, then 1,000 streams at 10 tokens a second beside them',
      rounds: { quick: null, full: { servers: ['parley-postgres'], repetitions: 2 } },
      measure: (laboratory, server) =>
        measureIdle(laboratory, server, {
          warmUp: briefWarmUp,
          idle: 10_000,
          active: open(idle.openMax, idle.wish, 250),
        }),
    },
    ...[50, 200, 800].map((streams): Scenario => {
      const quick = streams === 200 ? null : { servers: ['parley-postgres'], repetitions: 1 }
      return {
        name: `writes-${streams}`,
        title: `database: transactions a second with ${streams} streams at 10 tokens a second`,
        rounds: { quick, full: { servers: ['parley-postgres'], repetitions: 2 } },
        measure: (laboratory, server) =>
          measureCommits(laboratory, server, {
            warmUp: briefWarmUp,
            // Long enough to look at after all have been opened.
            open: open(streams, atPace(Math.ceil(10 * (streams / 200 + 10)), 10), 200),
            seconds: size === 'quick' ? 3 : 5,
          }),
      }
    }),
  ]
}

function recovery(size: Size): Scenario[] {
  return [
    {
      name: 'storm',
      title: 'recovery: 100 streams at 50 tokens a second cut at once and resumed at once',
      rounds: {
        quick: { servers: ['parley-postgres', 'ai-sdk'], repetitions: 1 },
        full: { servers: [...parley, 'ai-sdk'], repetitions: 3 },
      },
      measure: (laboratory, server) =>
        measureStorm(laboratory, server, {
          warmUp: briefWarmUp,
          storm: {
            wish: atPace(size === 'quick' ? 600 : 1_000, 50),
            streams: 100,
            secondsBeforeCut: 3,
            secondsAway: 0.3,
          },
        }),
    },
  ]
}

/** Contract B's targets, beside the least that a stored row costs. */
function sessions(size: Size): Scenario[] {
  const [alone, seconds, questions] = size === 'quick' ? [500, 3, 400] : [2_000, 5, 1_500]
  const enter: LoadShape = { ...warmUpFor(size), wish: atOnce(0), openedWith: 'head' }
  const measured = (name: string, title: string, load: Partial<LoadShape>): Scenario => ({
    name,
    title: `sessions for new visitors, ${title}`,
    rounds: {
      quick: { servers: ['bare-insert', 'parley-postgres'], repetitions: 1 },
      full: { servers: ['bare-insert', ...parley], repetitions: 3 },
    },
    measure: (laboratory, server) =>
      measureSessions(laboratory, server, { warmUp: enter, load: { ...enter, ...load } }),
  })
  return [
    measured('sessions', 'one at a time', { openMax: 1, streamsMax: alone, secondsMax: 20 }),
    measured('sessions-64', '64 at once', { streamsMax: Infinity, secondsMax: seconds }),
    {
      name: 'tutor',
      title: 'the tutor asked with sessions: 50 answers of 60 tokens a second, 32 at a time at most',
      rounds: {
        quick: { servers: ['parley-postgres'], repetitions: 1 },
        full: { servers: parley, repetitions: 3 },
      },
      measure: (laboratory, server) =>
        measureTutor(laboratory, server, {
          warmUp: warmUpFor(size),
          load: { ...short(questions, 32, 50), wish: atOnce(60), secondsMax: 40 },
          enter: { ...enter, streamsMax: 64 },
        }),
    },
  ]
}
