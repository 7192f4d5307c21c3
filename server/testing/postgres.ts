/** A Postgres cluster to throw away: made in a temporary directory from the binaries that are installed. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { freePort } from './ports.ts'

export interface PostgresServer {
  /** As a user who may make databases and roles, and is no superuser. */
  url(database: string): string
  superuserUrl(database: string): string
  /** Of the parent and all its children, as long as it runs; the parent's first. */
  processes(): number[]
  isRunning(): boolean
  /** Ends it: `fast` as `pg_ctl stop` does, `immediate` as if the machine lost power, `kill` with SIGKILL. Keeps the data. */
  stop(how?: 'fast' | 'immediate' | 'kill'): Promise<void>
  /** Once more, on the same port. */
  start(): Promise<void>
  /** Ends it and deletes its data. */
  remove(): Promise<void>
}

/** The directory of `initdb` and `postgres`, or why there is none. */
export function findPostgres(): { directory: string } | { reason: string } {
  const packaged = listDirectory('/usr/lib/postgresql')
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join('/usr/lib/postgresql', version, 'bin'))
  const onPath = (process.env['PATH'] ?? '').split(delimiter)
  const directory = [...packaged, ...onPath].find((each) =>
    ['initdb', 'postgres'].every((program) => existsSync(join(each, program))),
  )
  if (directory !== undefined) return { directory }
  return { reason: 'no Postgres: neither initdb and postgres on the PATH nor PARLEY_TEST_DATABASE_URL' }
}

function listDirectory(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : []
}

/** The message that ends a round trip, and commits what has no `begin`: its type and its length. */
export const syncMessage = 'S\0\0\0\u0004'

/** Postgres refuses to run as root: then it runs as nobody. */
const nobody = 65_534
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}

export interface PostgresOptions {
  /** Writes as carefully as in earnest; without it everything is faster and a power cut would ruin it. */
  durable?: boolean
  /** Where its directory is made. Default: where the system keeps what is temporary. */
  within?: string
  /** More of `postgresql.conf`. */
  settings?: Record<string, string>
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const found = findPostgres()
  if ('reason' in found) throw new Error(found.reason)
  const binaries = found.directory
  const directory = mkdtempSync(join(options.within ?? tmpdir(), 'parley-postgres-'))
  if (identity.uid !== undefined) chownSync(directory, nobody, nobody)
  const data = join(directory, 'data')
  await runToEnd(join(binaries, 'initdb'), [
    '--pgdata',
    data,
    '--username',
    'postgres',
    '--auth',
    'trust',
    '--encoding',
    'UTF8',
    '--locale',
    'C',
    '--no-sync',
  ])
  const port = await freePort()
  const superuserUrl = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    server = spawn(join(binaries, 'postgres'), ['-D', data, ...settings(port, options)], {
      ...identity,
      stdio: 'ignore',
    })
    await untilReady(superuserUrl('postgres'), server)
  }

  async function stop(how: 'fast' | 'immediate' | 'kill' = 'fast'): Promise<void> {
    const ending = server
    server = undefined
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    const orphans = how === 'kill' ? await processesOf(superuserUrl('postgres')) : []
    ending.kill(({ fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const)[how])
    for (const orphan of orphans) killQuietly(orphan, 'SIGKILL')
    await ended
  }

  function killNow(): void {
    server?.kill('SIGQUIT')
  }
  process.once('exit', killNow)
  await start()
  await runAs(superuserUrl('postgres'), 'create role parley_test login createdb createrole')
  return {
    url: (database) => `postgres://parley_test@127.0.0.1:${port}/${database}`,
    superuserUrl,
    processes: () => (server?.pid === undefined ? [] : [server.pid, ...childrenOf(server.pid)]),
    isRunning: () => server !== undefined && server.exitCode === null && server.signalCode === null,
    stop,
    start,
    async remove() {
      process.removeListener('exit', killNow)
      await stop('immediate')
      rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
  }
}

function settings(port: number, { durable = false, settings: more = {} }: PostgresOptions): string[] {
  const pairs = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '64MB',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
    ...more,
  }
  return Object.entries(pairs).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (server.exitCode !== null)
      throw new Error(`Postgres ended with code ${server.exitCode} instead of starting.`)
    try {
      await runAs(url, 'select 1')
      return
    } catch {
      await sleep(50)
    }
  }
  throw new Error('Postgres did not start in time.')
}

/** One statement, or several without values, on a connection of its own. */
export async function runAs(
  url: string,
  text: string,
  values?: unknown[],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  // Whoever waits for an answer hears of a broken connection there.
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows
  } finally {
    await client.end()
  }
}

/** Those that serve connections answer for a while after their parent was killed, so they must be killed as well. */
async function processesOf(url: string): Promise<number[]> {
  const rows = await runAs(url, 'select pid from pg_stat_activity where pid <> pg_backend_pid()')
  return rows.map(({ pid }) => Number(pid))
}

function childrenOf(parent: number): number[] {
  return listDirectory('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent)
}

function parentOf(pid: number): number | undefined {
  try {
    // The name, in brackets, may hold anything.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return Number(parent)
  } catch {
    // It has ended by itself.
    return undefined
  }
}

export function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}

function runToEnd(program: string, parameters: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { ...identity, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => (said += String(chunk)))
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${program}: ${said}`))))
  })
}
