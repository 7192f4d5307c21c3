/** A Postgres of the laboratory's own, with its default settings: durable, and nothing else runs in it. */
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { treeCpuSeconds } from './machine.ts'
import { freePort, runProgram, startProgram } from './processes.ts'
import type { Program } from './processes.ts'

export interface PostgresCluster {
  /** Of all its processes. */
  cpuSeconds(): number
  version: string
  /** Makes an empty database and returns its URL. */
  createDatabase(): Promise<string>
  dropDatabase(url: string): Promise<void>
  /** Transactions committed so far in a database. */
  commits(url: string): Promise<number>
  stop(): Promise<void>
}

/** Postgres refuses to run as root: then it runs as nobody. */
const nobody = 65_534

/** The directory of `initdb` and `postgres`, or null when none is installed. */
export function findPostgres(path: string): string | null {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base)
    ? readdirSync(base).toSorted((one, other) => Number(other) - Number(one))
    : []
  const folders = [...versions.map((version) => join(base, version, 'bin')), ...path.split(delimiter)]
  return (
    folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name)))) ?? null
  )
}

export async function startPostgres(binaries: string, directory: string): Promise<PostgresCluster> {
  mkdirSync(directory, { recursive: true })
  const uid = process.getuid?.() === 0 ? nobody : undefined
  if (uid !== undefined) chownSync(directory, uid, uid)
  const data = join(directory, 'data')
  const port = await freePort()
  const initdb = [join(binaries, 'initdb'), '--pgdata', data, '--username', 'bench', '--auth', 'trust']
  await runProgram({ command: [...initdb, '--encoding', 'UTF8', '--locale', 'C', '--no-sync'], uid })
  const places = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
  ]
  const command = [join(binaries, 'postgres'), '-D', data, ...places.flatMap((setting) => ['-c', setting])]
  // Killed, it would leave the processes that serve connections behind.
  const server = startProgram({ command, uid, lastSignal: 'SIGQUIT' })
  const url = (database: string): string => `postgres://bench@127.0.0.1:${port}/${database}`
  const version = await untilReady(url('postgres'), server)
  let made = 0
  return {
    cpuSeconds: () => treeCpuSeconds(server.pid),
    version,
    async createDatabase() {
      const name = `bench_${(made += 1)}`
      await query(url('postgres'), `create database ${name}`)
      return url(name)
    },
    async dropDatabase(database) {
      await query(url('postgres'), `drop database if exists ${nameOf(database)} with (force)`)
    },
    async commits(database) {
      // What a connection has done is counted at the latest when it has been idle for a second.
      await sleep(1_100)
      const counted = `select xact_commit as commits from pg_stat_database where datname = '${nameOf(database)}'`
      return Number((await query(url('postgres'), counted))[0]?.['commits'])
    },
    stop: () => server.stop('SIGINT'),
  }
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

async function untilReady(url: string, server: Program): Promise<string> {
  while (!server.hasEnded) {
    try {
      return String((await query(url, 'show server_version'))[0]?.['server_version'])
    } catch {
      await sleep(50)
    }
  }
  throw new Error(`Postgres ended instead of starting:\n${server.output()}`)
}

/** One statement on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
