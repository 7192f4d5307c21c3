import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import { createThread } from './contract-parts.ts'
import { lockDirectory } from './directory-lock.ts'
import { command, engineScope, statement, userScope } from './database.ts'
import { openDatabase, openParts } from './open.ts'
import type { Storage } from './open.ts'
import { compiledDirectory } from './paths.ts'

const owner = { tenantId: 'tenant', userId: 'user' }
let directory: string
const children = new Set<ChildProcess>()

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'parley-embedded-'))
})

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
})

interface Line {
  opened?: number
  refused?: string
  threadId?: string
  runId?: string
}

/** A real process; its lines as they come. */
function startProcess(what: 'write' | 'lock'): { child: ChildProcess; lines: AsyncIterableIterator<Line> } {
  const program = join(compiledDirectory, 'testing', 'database-process.js')
  if (!existsSync(program))
    throw new Error(`${program} is not there: compile the server first (npm run build).`)
  const child = spawn(process.execPath, [program, directory, what], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  const source = createInterface({ input: child.stdout })
  return { child, lines: parsed(source) }
}

async function* parsed(source: AsyncIterable<string>): AsyncIterableIterator<Line> {
  for await (const line of source) yield JSON.parse(line) as Line
}

async function first(lines: AsyncIterableIterator<Line>): Promise<Line> {
  const { value } = (await lines.next()) as IteratorResult<Line, Line>
  return value
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

function open(): Promise<Storage> {
  return openDatabase({ kind: 'pglite', directory })
}

test('[EMBED-1] a second server is refused the directory and told who has it', async () => {
  const { lines } = startProcess('write')
  const { opened } = await first(lines)
  await expect(open()).rejects.toThrow(`in use by another Parley server (process ${opened})`)
  await expect(open()).rejects.toThrow(directory)
})

test('[EMBED-1] nor can one process open it twice', async () => {
  const storage = await open()
  await expect(open()).rejects.toThrow(`process ${process.pid}`)
  const thread = createThread()
  await storage.store.createThread(owner, thread, async () => {})
  expect(await storage.store.thread(owner, thread.id)).toEqual(thread)
  await storage.close()
})

test('[EMBED-2] of many processes that find a dead one’s lock, one takes it', async () => {
  for (let round = 0; round < 3; round += 1) {
    const dead = startProcess('lock')
    expect(await first(dead.lines)).toMatchObject({ opened: dead.child.pid })
    await killed(dead.child)
    const racers = Array.from({ length: 6 }, () => startProcess('lock'))
    const outcomes = await Promise.all(racers.map(({ lines }) => first(lines)))
    expect(outcomes.filter(({ opened }) => opened !== undefined)).toHaveLength(1)
    expect(outcomes.filter(({ refused }) => refused?.includes('in use') === true)).toHaveLength(5)
    for (const { child } of racers) if (child.exitCode === null) await killed(child)
  }
  expect(readdirSync(directory)).toEqual(['lock'])
})

test('[EMBED-2] of many takers in one process, one takes it, also when a takeover had broken off', async () => {
  const dead = startProcess('lock')
  await first(dead.lines)
  await killed(dead.child)
  const left = readFileSync(join(directory, 'lock'), 'utf8')
  for (let round = 0; round < 20; round += 1) {
    writeFileSync(join(directory, 'lock'), left)
    if (round % 2 === 1) writeFileSync(join(directory, 'lock.takeover'), left)
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockDirectory(directory)))
    const taken = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(taken).toHaveLength(1)
    await taken[0]?.value()
    expect(readdirSync(directory)).toEqual([])
  }
})

test('[EMBED-2] a process that only has the number of the dead one does not keep the lock', async () => {
  const unlock = await lockDirectory(directory)
  const holder: unknown = JSON.parse(readFileSync(join(directory, 'lock'), 'utf8'))
  await unlock()
  writeFileSync(
    join(directory, 'lock'),
    JSON.stringify({ ...Object(holder), processStart: '1', token: 'old' }),
  )
  await (
    await lockDirectory(directory)
  )()
})

test('[EMBED-2] where a process number says nothing, the lock is kept by its heartbeat', async () => {
  const path = join(directory, 'lock')
  writeFileSync(
    path,
    JSON.stringify({ token: 'far', pid: 1, processStart: '1', pidSpace: 'another machine' }),
  )
  const heartbeat = setInterval(() => utimesSync(path, new Date(), new Date()), 100)
  await expect(lockDirectory(directory)).rejects.toThrow('in use')
  clearInterval(heartbeat)
  const longAgo = new Date(Date.now() - 3_600_000)
  utimesSync(path, longAgo, longAgo)
  await (
    await lockDirectory(directory)
  )()
})

test('[EMBED-3] what was acknowledged before kill -9 is there, and the killed server’s runs are free', async () => {
  const acknowledged: Line[] = []
  for (let round = 0; round < 4; round += 1) {
    const { child, lines } = startProcess('write')
    const before = acknowledged.length
    const enough = before + 1 + round * 7
    for await (const line of lines) {
      expect(line.refused).toBeUndefined()
      if (line.threadId !== undefined) acknowledged.push(line)
      if (acknowledged.length === enough) child.kill('SIGKILL')
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(enough)
  }
  // As Postgres leaves it behind.
  writeFileSync(join(directory, 'database', 'postmaster.pid'), '-42\n')
  const storage = await open()
  for (const { threadId = '', runId = '' } of acknowledged) {
    expect((await storage.store.thread(owner, threadId)).id).toBe(threadId)
    expect(await storage.store.run(owner, runId)).toMatchObject({ status: 'running', lastSeq: 1 })
  }
  const freed = await storage.journal.takeOver(createId('prc'), 60, 10_000)
  const freedIds = new Set(freed.map(({ runId }) => runId))
  expect(acknowledged.filter(({ runId = '' }) => !freedIds.has(runId))).toEqual([])
  await storage.close()
})

test('[EMBED-4] a first start unpacks the prepared database instead of making one', async () => {
  const progress: string[] = []
  const storage = await openDatabase({ kind: 'pglite', directory, onProgress: (line) => progress.push(line) })
  await storage.close()
  expect(progress).toEqual([`Making a database in ${directory}`])
  const without = mkdtempSync(join(tmpdir(), 'parley-embedded-'))
  const made = await openDatabase({
    kind: 'pglite',
    directory: without,
    preparedFile: null,
    onProgress: (line) => progress.push(line),
  })
  await made.close()
  rmSync(without, { recursive: true })
  expect(progress).toContain('Applying migration 0001_conversation')
})

test('[EMBED-4] a first start that was broken off begins anew', async () => {
  await mkdir(join(directory, 'database', 'base'), { recursive: true })
  writeFileSync(join(directory, 'database', 'PG_VERSION'), 'half of it')
  writeFileSync(join(directory, 'unfinished'), '')
  const storage = await open()
  await storage.ping()
  await storage.close()
  expect(existsSync(join(directory, 'unfinished'))).toBe(false)
})

test('[EMBED-5] closing gives the directory back with everything in it', async () => {
  const threads = [createThread(), createThread()]
  for (const [index, thread] of threads.entries()) {
    const storage = await open()
    await storage.store.createThread(owner, thread, async () => {})
    await Promise.all([storage.close(), storage.close()])
    expect(existsSync(join(directory, 'lock'))).toBe(false)
    await expect(storage.store.thread(owner, thread.id)).rejects.toMatchObject({ code: 'unavailable' })
    const again = await open()
    const page = await again.store.threads(owner, { limit: 10, order: 'asc' })
    expect(page.data).toEqual(threads.slice(0, index + 1))
    await again.close()
  }
})

test('[STORE-22] what the logs of ended runs took is taken by the next ones', async () => {
  const { storage, database } = await openParts({ kind: 'pglite', directory: null })
  const thread = createThread()
  await storage.store.createThread(owner, thread, async () => {})
  const logs = [
    command(
      `insert into runs (id, tenant_id, user_id, thread_id, status, ended_at, lease_expires_at)
       select gen_random_uuid(), tenant_id, user_id, id, 'completed', now() - interval '1 day', now()
       from threads, generate_series(1, 100)`,
    ),
    command(
      `insert into run_events (run_id, first_seq, last_seq, tenant_id, user_id, events)
       select id, number, number, tenant_id, user_id, repeat('x', 1000) from runs, generate_series(1, 10) as number
       where not log_deleted`,
    ),
  ]
  const bytes = statement<{ bytes: number }, number>(
    `select pg_total_relation_size('run_events') as bytes`,
    [],
    ([row]) => Number(row?.bytes),
  )
  const sizes: number[] = []
  for (let day = 0; day < 5; day += 1) {
    await database.once(userScope(owner), logs)
    expect(await storage.journal.deleteLogs(3_600)).toBe(100)
    sizes.push(...(await database.once(engineScope, [bytes])))
  }
  // Without it, five times the first day's.
  expect(sizes.at(-1)).toBeLessThan(2 * (sizes[1] ?? 0))
  await storage.close()
})
