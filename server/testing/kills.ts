/**
 * A kill run: clients keep asking while servers are killed at random moments and started again. Then a checker that knows
 * nothing of the servers compares what the clients were told with what is stored.
 *
 *   node server/dist/testing/kills.js --database postgres --kills 200 --seed 1
 *
 *   clients ─ any of ─▶ program, program (Postgres) or one program (PGlite) ─▶ scripted upstream
 *                          ▲ SIGKILL, again and again
 */
import { setMaxListeners } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createSecret } from '../auth/secrets.ts'
import { createEmptyDatabase } from './databases.ts'
import type { DatabaseKind } from './databases.ts'
import { startFakeOpenAi } from './fake-openai.ts'
import { findViolations } from './kill-checker.ts'
import type { Asked, StoredThread } from './kill-checker.ts'
import { createKillClient, endOf } from './kill-client.ts'
import type { KillClient } from './kill-client.ts'
import { launchProgram } from './program.ts'
import type { EndedProgram, Program, ProgramOptions } from './program.ts'
import { createRandom } from './random.ts'
import type { Random } from './random.ts'

export interface KillRunOptions {
  database: DatabaseKind
  kills: number
  seed: number
  /** Default 16. */
  clients?: number
}

export interface KillRunReport {
  /** One sentence for each promise that was broken; none when all were kept. */
  violations: string[]
  questions: number
  retries: number
  completed: number
  interrupted: number
  /** Requests that were sent again with the same key. */
  sentAgain: number
  /** Streams that were read on. */
  readOn: number
  /** From the last kill until every run had its end. */
  settledSeconds: number
  /** How the programs ended that were asked to, at last. */
  ends: EndedProgram[]
}

/** A dead process's lease, a heartbeat and some more. */
const settleSecondsMax = 15
/** Between two kills, in milliseconds. */
const workMin = 300
const workMax = 900
/** From a request's sending to its answer, in milliseconds, mostly. */
const beginMax = 40

export async function runKills(options: KillRunOptions): Promise<KillRunReport> {
  const { kills, seed, clients: clientCount = 16 } = options
  const random = createRandom(seed)
  const upstream = await startFakeOpenAi()
  const house = await createHouse(options.database, upstream.baseUrl)
  const sends = createSends()
  let over = false
  const giveUp = new AbortController()
  setMaxListeners(0, giveUp.signal)
  const clients = Array.from({ length: clientCount }, (_, index) =>
    createKillClient({
      userId: `user${index}`,
      secret: house.secret,
      random: createRandom(seed * 1_000 + index),
      pickUrl: () => random.pick(house.urls()) ?? '',
      onSend: sends.note,
      isOver: () => over,
      signal: giveUp.signal,
    }),
  )
  try {
    await house.allReady()
    const living = clients.map((client) => client.live().catch(() => {}))
    await killAgainAndAgain(house, sends, random, kills)
    over = true
    const settledSeconds = await settle(clients, Promise.all(living), giveUp)
    const history = await readBack(clients)
    return {
      ...countUp(clients),
      violations: [
        ...findViolations({ ...history, answerTo: (question) => `You said: ${question}` }),
        ...(settledSeconds > settleSecondsMax
          ? [`Runs had no end ${settledSeconds} s after the last kill`]
          : []),
      ],
      settledSeconds,
      ends: await house.stop(),
    }
  } finally {
    giveUp.abort()
    await house.remove()
    await upstream.close()
  }
}

async function killAgainAndAgain(house: House, sends: Sends, random: Random, kills: number): Promise<void> {
  for (let kill = 0; kill < kills; kill += 1) {
    // Mostly one that works; now and then one that is just starting.
    if (random.chance(0.9)) await house.anyReady()
    await sleep(random.between(workMin, workMax))
    // Every other kill is aimed at the moment in which a question is stored and its answer not yet begun.
    const url = random.chance(0.5) ? await sends.next() : undefined
    if (url !== undefined) await sleep(random.between(0, beginMax))
    await house.killOne(random, url)
  }
}

/** Who was sent a question last. */
interface Sends {
  note(url: string): void
  /** The next one's server; undefined when nobody sends anything for a while. */
  next(): Promise<string | undefined>
}

function createSends(): Sends {
  let tell = (_url: string | undefined): void => {}
  return {
    note: (url) => tell(url),
    next: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(undefined), workMax)
        tell = (url) => {
          clearTimeout(timer)
          resolve(url)
        }
      }),
  }
}

/** Seconds from the last kill until each run that had begun by then had its end; those that have none are given up. */
async function settle(
  clients: KillClient[],
  living: Promise<unknown>,
  giveUp: AbortController,
): Promise<number> {
  const killedAt = performance.now()
  // Retries of what the last kills interrupted take their own time after the settling.
  const timer = setTimeout(() => giveUp.abort(), 3 * settleSecondsMax * 1_000)
  await living
  clearTimeout(timer)
  const ends = clients
    .flatMap((client) => client.asked)
    .filter(({ begunAt = killedAt }) => begunAt < killedAt)
    .map(({ endedAt = performance.now() }) => endedAt - killedAt)
  return Math.round(Math.max(0, ...ends) / 100) / 10
}

async function readBack(
  clients: KillClient[],
): Promise<{ asked: Asked[]; threads: StoredThread[]; logs: Map<string, Asked['seen']> }> {
  const asked = clients.flatMap((client) => client.asked)
  const threads: StoredThread[] = []
  const logs = new Map<string, Asked['seen']>()
  for (const client of clients) {
    threads.push(...(await client.threads()))
    for (const each of client.asked) {
      const runId = each.acknowledged[0]?.runId
      // A log that cannot be read is missed by the checker.
      const log = await client.log(each).catch(() => undefined)
      if (runId !== undefined && log !== undefined) logs.set(runId, log)
    }
  }
  return { asked, threads, logs }
}

function countUp(clients: KillClient[]): Omit<KillRunReport, 'violations' | 'settledSeconds' | 'ends'> {
  const asked = clients.flatMap((client) => client.asked)
  const sum = (count: (client: KillClient) => number): number =>
    clients.reduce((total, client) => total + count(client), 0)
  return {
    questions: asked.filter(({ kind }) => kind === 'message').length,
    retries: asked.filter(({ kind }) => kind === 'retry').length,
    completed: asked.filter((each) => endOf(each) === 'completed').length,
    interrupted: asked.filter((each) => endOf(each) === 'interrupted').length,
    sentAgain: sum(({ counts }) => counts.sentAgain),
    readOn: sum(({ counts }) => counts.readOn),
  }
}

/** The servers, and what lies beneath them. */
interface House {
  secret: string
  urls(): string[]
  anyReady(): Promise<void>
  allReady(): Promise<void>
  /** Kills the one at that address, or any, and starts it again without waiting for that. */
  killOne(random: Random, url?: string): Promise<void>
  stop(): Promise<EndedProgram[]>
  remove(): Promise<void>
}

async function createHouse(kind: DatabaseKind, upstreamUrl: string): Promise<House> {
  const directory = mkdtempSync(join(tmpdir(), 'parley-kills-'))
  const secret = createSecret()
  const database = kind === 'postgres' ? await createEmptyDatabase({ migrated: true }) : undefined
  const count = kind === 'postgres' ? 2 : 1
  const launch = (index: number): Program => {
    const shared: ProgramOptions = { data: join(directory, String(index)), secret, upstreamUrl }
    return launchProgram(database === undefined ? shared : { ...shared, databaseUrl: database.url })
  }
  const programs = Array.from({ length: count }, (_, index) => launch(index))
  const urls: string[] = programs.map(() => 'http://127.0.0.1:9')
  const isReady = programs.map(() => false)
  const killed = new Set<Program>()
  /** Programs that ended although nobody killed them. */
  let failure: unknown
  const watch = (program: Program, index: number): void => {
    program.ready.then(
      () => {
        if (programs[index] !== program) return
        urls[index] = program.url
        isReady[index] = true
      },
      (error: unknown) => {
        if (!killed.has(program)) failure = error
      },
    )
  }
  for (const [index, program] of programs.entries()) watch(program, index)

  async function allReady(): Promise<void> {
    await Promise.all(programs.map((program) => program.ready))
  }

  return {
    secret,
    urls: () => urls,
    async anyReady() {
      while (!isReady.includes(true)) {
        if (failure !== undefined) throw new Error('A program ended by itself.', { cause: failure })
        await sleep(10)
      }
    },
    allReady,
    async killOne(random, url) {
      const all = [...programs.keys()]
      const aimed = all.filter((index) => urls[index] === url)
      const ready = all.filter((index) => isReady[index] === true)
      const index = random.pick([aimed, ready, all].find((some) => some.length > 0) ?? []) ?? 0
      isReady[index] = false
      const [victim] = programs.slice(index)
      if (victim !== undefined) killed.add(victim)
      await victim?.stop('SIGKILL')
      const next = launch(index)
      programs[index] = next
      watch(next, index)
    },
    async stop() {
      await allReady()
      return Promise.all(programs.map((program) => program.stop()))
    },
    async remove() {
      for (const program of programs) killed.add(program)
      await Promise.all(programs.map((program) => program.stop('SIGKILL')))
      await database?.drop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** One line that says it all. */
export function summarize({ database, kills, seed }: KillRunOptions, report: KillRunReport): string {
  const { questions, retries, completed, interrupted, sentAgain, readOn, settledSeconds } = report
  return (
    `${database}, seed ${seed}: ${kills} kills, ${questions} questions and ${retries} retries, ` +
    `${completed} answers completed, ${interrupted} interrupted; ${sentAgain} requests sent again, ` +
    `${readOn} streams read on, everything settled ${settledSeconds} s after the last kill; ` +
    `${report.violations.length} violations`
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      database: { type: 'string', default: 'postgres' },
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
    },
  })
  const options: KillRunOptions = {
    database: values.database === 'pglite' ? 'pglite' : 'postgres',
    kills: Number(values.kills),
    seed: Number(values.seed),
  }
  const report = await runKills(options)
  for (const violation of report.violations) process.stdout.write(`- ${violation}\n`)
  process.stdout.write(`${summarize(options, report)}\n`)
  process.exitCode = report.violations.length === 0 ? 0 : 1
}
