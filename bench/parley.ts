/** Parley itself, the compiled program, with all that it has: users, validation, persistence, resume, row level security. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import { query } from './postgres-cluster.ts'
import type { PostgresCluster } from './postgres-cluster.ts'
import { runProgram, startProgram } from './processes.ts'
import type { Program } from './processes.ts'
import { nodeCommand, observed } from './server.ts'
import type { RunningServer, StartOptions } from './server.ts'

export const secret = 'the laboratory keeps no secrets at all'

/** With what `npm start` starts it: the same program on the same flags. */
export function flagsOfStart(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(benchFolder, '..', 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  return scripts.start.split(' ').filter((word) => word.startsWith('--'))
}

/** What must be there once: a message, an answer and a completed run for each stream, and every session with its page. */
const countRows = `select
  (select count(*)::int from items where type = 'user_message') as messages,
  (select count(*)::int from items where type = 'assistant_message') as answers,
  (select count(*)::int from runs where status = 'completed') as runs,
  (select count(*)::int from chatkit_sessions where status = 'active' and page_context <> '{}') as sessions`

export type ParleyEngine = 'postgres' | 'pglite'

/** A new server on a new database: the program itself. */
export function startParley(
  laboratory: Laboratory,
  engine: ParleyEngine,
  options: StartOptions = {},
): Promise<RunningServer | string> {
  return startOn(laboratory, engine, (place) => startParleyProgram(laboratory, place, options))
}

export interface ParleyOptions extends StartOptions {
  /** More variables. */
  environment?: Record<string, string>
  /** Default: the core that servers under test have for themselves. Null: any. */
  cores?: string | null
}

/** The compiled program in a process of its own. */
export function startParleyProgram(
  laboratory: Laboratory,
  { data, databaseUrl }: ParleyPlace,
  options: ParleyOptions = {},
): Program {
  return startProgram({
    command: nodeCommand(laboratory, [join(benchFolder, '..', 'server', 'dist', 'main.js')], {
      ...options,
      nodeFlags: [...flagsOfStart(), ...(options.nodeFlags ?? [])],
    }),
    environment: {
      PATH: laboratory.path,
      NODE_ENV: 'production',
      PARLEY_DATA: data,
      PARLEY_PORT: '0',
      PARLEY_SECRET: secret,
      PARLEY_MODEL: 'bench',
      PARLEY_LOG_LEVEL: 'warn',
      // Runs that wait must wait for as long as it takes to look at them, and none is worth waiting for at the end.
      PARLEY_MODEL_FIRST_TOKEN_SECONDS: '600',
      PARLEY_DRAIN_SECONDS: '1',
      // The load generator speaks for many visitors, each with an address of its own in front of it.
      CHATKIT_WORKFLOW_ID: 'tutor',
      PARLEY_CHATKIT_SESSIONS_PER_MINUTE: '100000',
      PARLEY_CHATKIT_PER_MINUTE: '0',
      PARLEY_CHATKIT_ADDRESS_PER_MINUTE: '0',
      PARLEY_TRUSTED_PROXIES: '127.0.0.0/8',
      OPENAI_BASE_URL: `${laboratory.upstreamUrl}/v1`,
      OPENAI_API_KEY: 'sk-bench',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...options.environment,
    },
    cores: options.cores === null ? undefined : (options.cores ?? laboratory.cores?.server),
  })
}

/** The same, built from its parts by a program of ours that writes text before it is sent, or soon after. */
export function startParleyPriced(
  laboratory: Laboratory,
  { engine, write }: { engine: ParleyEngine; write: 'before' | 'after' },
  options: StartOptions = {},
): Promise<RunningServer | string> {
  return startOn(laboratory, engine, ({ data, databaseUrl }) =>
    startProgram({
      command: nodeCommand(laboratory, [join(benchFolder, 'peers', 'parley-price.mjs')], options),
      environment: {
        PATH: laboratory.path,
        NODE_ENV: 'production',
        DATA: data,
        SECRET: secret,
        WRITE: write,
        UPSTREAM_URL: laboratory.upstreamUrl,
        ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      },
      cores: laboratory.cores?.server,
    }),
  )
}

export interface ParleyPlace {
  data: string
  databaseUrl: string | undefined
}

async function startOn(
  laboratory: Laboratory,
  engine: ParleyEngine,
  start: (place: ParleyPlace) => Program,
): Promise<RunningServer | string> {
  const cluster = engine === 'postgres' ? await laboratory.postgres() : null
  if (engine === 'postgres' && cluster === null) return 'no Postgres: apt-get install postgresql'
  const data = laboratory.folder()
  const databaseUrl = await cluster?.createDatabase()
  const program = start({ data, databaseUrl })
  const port = await portOf(program)
  const stored =
    cluster === null || databaseUrl === undefined
      ? embedded(laboratory, program, data)
      : external([program], cluster, databaseUrl)
  return { ...observed(program), port, protocol: 'parley', secret, ...stored }
}

/** Waits until it listens. */
export async function portOf(program: Program): Promise<number> {
  const [, port] = await program.said(/listening on http:\/\/[^\s:]+:(\d+)/)
  return Number(port)
}

type Stored = Pick<RunningServer, 'databaseUrl' | 'databaseCpuSeconds' | 'commits' | 'stop'>

/** What is stored outside of the programs, and how all of them are ended. */
export function external(programs: readonly Program[], cluster: PostgresCluster, url: string): Stored {
  return {
    databaseUrl: url,
    databaseCpuSeconds: cluster.cpuSeconds,
    commits: () => cluster.commits(url),
    async stop(answers, sessions = 0) {
      await Promise.all(programs.map((program) => program.stop()))
      const [row] = await query(url, countRows)
      await cluster.dropDatabase(url)
      return differences(row, answers, sessions)
    },
  }
}

function embedded(laboratory: Laboratory, program: Program, data: string): Stored {
  return {
    databaseCpuSeconds: () => null,
    commits: async () => null,
    async stop(answers, sessions = 0) {
      await program.stop()
      if (answers === null) return []
      const command = [
        laboratory.node,
        join(benchFolder, 'count-rows.mjs'),
        join(data, 'database'),
        countRows,
      ]
      const said = await runProgram({ command, environment: { PATH: laboratory.path } })
      const row: Record<string, unknown> = JSON.parse(said)
      return differences(row, answers, sessions)
    },
  }
}

function differences(
  row: Record<string, unknown> | undefined,
  answers: number | null,
  sessions: number,
): string[] {
  if (answers === null) return []
  return Object.entries({ messages: answers, answers, runs: answers, sessions })
    .filter(([name, wanted]) => row?.[name] !== wanted)
    .map(([name, wanted]) => `${String(row?.[name])} ${name} are stored of ${wanted}`)
}
