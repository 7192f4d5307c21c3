import { afterAll, beforeAll, expect, test } from 'vitest'
import { findProgram } from './companions.ts'
import { fillBook, fillItems, fillThreads } from './filling.ts'
import { openLaboratory } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import { measureLoad, startLoad } from './measure.ts'
import type { LoadShape } from './measure.ts'
import { query } from './postgres-cluster.ts'
import { readerNames } from './read-protocols.ts'
import type { ReadProtocolName } from './read-protocols.ts'
import { renderPage } from './report-page.ts'
import { printReport } from './report-text.ts'
import { createReport } from './report.ts'
import { runAll } from './run.ts'
import { createScaleScenarios } from './scale.ts'
import type { Scenario } from './scenarios.ts'
import type { RunningServer } from './server.ts'
import { serverKinds } from './servers.ts'
import { measureSessions, measureTutor } from './sessions.ts'

const load: LoadShape = {
  wish: { tokens: 20, tokensPerSecond: 0, delayMilliseconds: 0 },
  openMax: 4,
  streamsMax: 8,
  secondsMax: 30,
  opensPerSecond: Infinity,
  openedWith: 'token',
}
const paced = { ...load, wish: { ...load.wish, tokensPerSecond: 200 } }
const scenario: Scenario = {
  name: 'burst',
  title: 'a tiny load',
  rounds: { quick: { servers: ['pipe', 'parley-pglite'], repetitions: 1 }, full: null },
  measure: (laboratory, server) => measureLoad(laboratory, server, { warmUp: load, load: paced }),
}

let laboratory: Laboratory

beforeAll(async () => {
  laboratory = await openLaboratory({
    node: process.execPath,
    path: process.env['PATH'] ?? '',
    chatKitNode: null,
  })
})

afterAll(async () => {
  await laboratory.close()
})

test('[BENCH-6] a run measures a pipe and Parley on one upstream, checks all they did, and tells it', async () => {
  const startedAt = new Date()
  const result = await runAll(laboratory, {
    size: 'quick',
    scenarios: [scenario],
    servers: [...serverKinds],
    only: [],
    repetitions: null,
    secondsMax: Infinity,
    onProgress() {},
  })
  expect(
    result.samples.map(({ server, problems, figures }) => ({ server, problems, ...pick(figures) })),
  ).toEqual([
    { server: 'pipe', problems: [], streams: 8, tokens: 160 },
    { server: 'parley-pglite', problems: [], streams: 8, tokens: 160 },
  ])
  const report = await createReport(laboratory, {
    startedAt,
    size: 'quick',
    command: 'npm run bench',
    scenarios: [scenario],
    servers: serverKinds,
    result,
  })
  expect(printReport(report)).toMatch(/plain Node pipe .*\n.*Parley on PGlite/)
  const page = renderPage(report)
  expect(page).toContain('<svg')
  expect(page).not.toMatch(/(?:src|href)=/)
})

test('[BENCH-6] a run that has no time begins nothing, and says so', async () => {
  const { samples, skipped } = await runAll(laboratory, {
    size: 'quick',
    scenarios: [scenario],
    servers: [...serverKinds],
    only: [],
    repetitions: 2,
    secondsMax: -1,
    onProgress() {},
  })
  expect(samples).toEqual([])
  expect(Object.values(skipped)).toEqual(['the time was up'])
})

test('[BENCH-6] rows that are missing are noticed', async () => {
  const server = await start('parley-pglite')
  const { answers } = await scenario.measure(laboratory, server)
  expect(answers).toBe(16)
  expect(await server.stop(17)).toEqual([
    '16 messages are stored of 17',
    '16 answers are stored of 17',
    '16 runs are stored of 17',
  ])
})

const enter: LoadShape = { ...load, wish: { ...load.wish, tokens: 0 } }

test('[BENCH-10] a bare insert and Parley give sessions to visitors of their own, and all of them are rows', async () => {
  for (const name of ['bare-insert', 'parley-postgres', 'parley-pglite']) {
    const server = await start(name)
    const { figures, ...counted } = await measureSessions(laboratory, server, { warmUp: enter, load: enter })
    expect({ name, ...counted }).toEqual({ name, problems: [], answers: 0, sessions: 16 })
    expect(figures).toMatchObject({ requests: 8 })
    expect(figures['requestsPerSecond']).toBeGreaterThan(0)
    expect(figures['replyP95Milliseconds']).toBeGreaterThan(0)
    expect(await server.stop(0, 17)).toEqual(['16 sessions are stored of 17'])
  }
})

test('[BENCH-11] the tutor answers those who show the secrets of their sessions, and nobody else', async () => {
  const server = await start('parley-pglite')
  const nobody = await measureLoad(laboratory, { ...server, protocol: 'tutor' }, { warmUp: load, load })
  expect(nobody.problems).toEqual(['8 streams: status 401', '8 streams: status 401'])
  const { figures, ...counted } = await measureTutor(laboratory, server, { enter, warmUp: load, load })
  expect(counted).toEqual({ problems: [], answers: 16, sessions: 8 })
  expect(figures).toMatchObject({ streams: 8, tokens: 160 })
  expect(figures['replyP95Milliseconds']).toBeGreaterThan(0)
  expect(await server.stop(16, 8)).toEqual([])
})

test('[BENCH-13] what is filled in is there to be read: items, threads and a book', async () => {
  const server = await start('parley-postgres')
  const url = server.databaseUrl ?? ''
  const expectRead = async (protocol: ReadProtocolName): Promise<void> => {
    const { streams, problems } = await startLoad(laboratory, server, enter, protocol).ended
    expect({ protocol, streams, problems }).toEqual({ protocol, streams: 8, problems: {} })
  }
  // Before there are items: their threads are in the list, too.
  await fillThreads(url, { few: 10, some: 11, more: 12, many: 13 })
  for (const of of readerNames) await expectRead(`threads-${of}`)
  await fillItems(url, { few: 20, some: 21, more: 22, many: 23 })
  for (const of of readerNames) await expectRead(`items-${of}`)
  await fillBook(url, 60)
  const counted = 'select (select passages from books) as told, (select count(*)::int from passages) as there'
  expect(await query(url, counted)).toEqual([{ told: 60, there: 60 }])
  expect(await server.stop(null)).toEqual([])
})

const path = process.env['PATH'] ?? ''

test.skipIf(findProgram(['nginx'], path) === null)(
  '[SCALE-1] two processes answer turns that began at the other, and readers who follow them, and all of it is stored once',
  async () => {
    const server = await start('parley-x2')
    const slow = { ...load, openMax: 8, wish: { ...load.wish, tokensPerSecond: 20 } }
    const shapes = { warmUp: load, turns: load, first: load, second: load, followed: slow, sessions: enter }
    const [, next, follow] = createScaleScenarios('quick', shapes)
    const turned = await next?.measure(laboratory, server)
    expect(turned).toMatchObject({ problems: [], answers: expect.any(Number) })
    const followed = await follow?.measure(laboratory, server)
    // Who comes when an answer is over has nothing to follow: on a slow machine that is nobody's fault.
    const lost = followed?.problems.filter((problem) => !problem.includes('nothing to build on'))
    expect(lost).toEqual([])
    expect(followed?.figures).toMatchObject({ streams: 32 })
    expect(server.pids()).toHaveLength(2)
    expect(followed?.figures['proxyTurnMilliseconds']).toBeGreaterThanOrEqual(0)
    expect(await server.stop((turned?.answers ?? 0) + (followed?.answers ?? 0))).toEqual([])
  },
)

async function start(name: string): Promise<RunningServer> {
  const server = await serverKinds.find((kind) => kind.name === name)?.start(laboratory)
  if (server === undefined || typeof server === 'string') throw new Error(server)
  return server
}

function pick({ streams, tokens }: Record<string, number>) {
  return { streams, tokens }
}
