/** Everything that a torture run happens in: programs, their database, their upstream, and the ground that they stand on. */
import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createSecret } from '../../auth/secrets.ts'
import { encodeId } from '../../conversation/ids.ts'
import { openDatabase } from '../../storage/open.ts'
import type { DatabaseKind } from '../databases.ts'
import { startFakeOpenAi } from '../fake-openai.ts'
import { runAs, startPostgres } from '../postgres.ts'
import type { PostgresServer } from '../postgres.ts'
import type { Happening, History } from './history.ts'
import { readRequest } from './plans.ts'
import type { Plan } from './plans.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'
import { createServer } from './servers.ts'
import type { Server } from './servers.ts'

export interface House {
  readonly kind: DatabaseKind
  readonly secret: string
  readonly servers: Server[]
  readonly postgres: PostgresServer | null
  /** As somebody who may do everything. */
  readonly superuserUrl: string
  /** Between all programs and the upstream. */
  readonly upstream: Proxy
  /** Why the disk cannot be filled, or null when it can. */
  readonly diskIsOpen: string | null
  fillDisk(): void
  freeDisk(): void
  announce(plan: Plan): void
  /** The runs that go on, as the database says; those that began before that moment. Empty where nobody else may ask it. */
  running(begunBefore: Date): Promise<string[]>
  /** Every run, when the programs have ended. */
  storedRuns(): Promise<StoredRun[]>
  remove(): Promise<void>
}

type StoredRun = Extract<Happening, { type: 'stored-run' }>

const databaseName = 'parley'
const diskMegabytes = 320

/** `outputPath`: what the programs print is kept in files that begin like this. */
export async function createHouse(
  kind: DatabaseKind,
  history: History,
  outputPath: string | null,
): Promise<House> {
  const ground = layGround()
  const secret = createSecret()
  const plans = new Map<string, { plan: Plan; requests: number }>()
  const fake = await startFakeOpenAi(0, (body) => {
    // They are only kept for those who look at them.
    fake.requests.length = 0
    const { question = '', afterTool } = readRequest(body)
    const known = plans.get(question)
    return known?.plan.script(afterTool ? known.requests : known.requests++, afterTool)
  })
  const upstream = await startProxy(Number(new URL(fake.baseUrl).port))
  const postgres = kind === 'postgres' ? await startDatabase(ground.directory) : null
  const database = postgres?.url(databaseName)
  const servers = await Promise.all(
    (postgres === null ? [0] : [0, 1]).map((index) =>
      createServer({
        index,
        directory: ground.directory,
        stageDirectory: ground.stageDirectory,
        secret,
        history,
        outputPath: outputPath === null ? null : `${outputPath}.server-${index}.log`,
        upstreamPort: upstream.port,
        postgres: database === undefined ? null : { port: Number(new URL(database).port), url: database },
      }),
    ),
  )
  const superuserUrl = postgres?.superuserUrl(databaseName) ?? ''
  return {
    kind,
    secret,
    servers,
    postgres,
    superuserUrl,
    upstream,
    diskIsOpen: ground.isOpen,
    fillDisk: ground.fill,
    freeDisk: ground.free,
    announce: (plan) => void plans.set(plan.question, { plan, requests: 0 }),
    async running(begunBefore) {
      if (postgres === null) return []
      const rows = await runAs(
        superuserUrl,
        `select id from runs where status = 'running' and created_at < $1`,
        [begunBefore],
      )
      return rows.map(({ id }) => encodeId('run', String(id)))
    },
    storedRuns: () =>
      postgres === null ? readEmbedded(join(ground.directory, 'server-0')) : readRuns(superuserUrl),
    async remove() {
      await Promise.all(servers.map((server) => server.retire('SIGKILL')))
      await Promise.all(servers.map((server) => server.close()))
      await postgres?.remove()
      await upstream.close()
      await fake.close()
      ground.remove()
    },
  }
}

/** As careful as in earnest, and with few connections to spare. */
async function startDatabase(within: string): Promise<PostgresServer> {
  const settings = { max_connections: '40', max_wal_size: '64MB', min_wal_size: '32MB' }
  const postgres = await startPostgres({ durable: true, within, settings })
  await runAs(postgres.url('postgres'), `create database ${databaseName}`)
  const storage = await openDatabase({ kind: 'postgres', url: postgres.url(databaseName) })
  await storage.close()
  return postgres
}

interface Ground {
  directory: string
  /** On another disk: what the programs are told must reach them. */
  stageDirectory: string
  isOpen: string | null
  fill(): void
  free(): void
  remove(): void
}

/** A directory on a disk of its own that can be filled, where we may make one. */
function layGround(): Ground {
  const directory = mkdtempSync(join(tmpdir(), 'parley-torture-'))
  const stageDirectory = mkdtempSync(join(tmpdir(), 'parley-stage-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMegabytes}m`, 'tmpfs', directory])
  const isMounted = mounted.status === 0
  // Postgres runs as somebody else where we are root.
  chmodSync(directory, 0o755)
  const filler = join(directory, 'filler')
  const free = (): void => rmSync(filler, { force: true })
  const remove = (): void => {
    if (isMounted) spawnSync('umount', ['-l', directory])
    rmSync(stageDirectory, { recursive: true, force: true })
    rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  process.once('exit', remove)
  return {
    directory,
    stageDirectory,
    isOpen: isMounted ? null : 'no disk of our own can be mounted here',
    fill: () => fill(filler),
    free,
    remove() {
      process.removeListener('exit', remove)
      remove()
    },
  }
}

function fill(path: string): void {
  const file = openSync(path, 'a')
  for (let block = Buffer.alloc(1024 * 1024); block.length > 0;) {
    try {
      writeSync(file, block)
    } catch {
      block = block.subarray(0, Math.floor(block.length / 2))
    }
  }
  closeSync(file)
}

const runsQuery = `
  select runs.id, runs.thread_id, runs.user_id, runs.idempotency_key, runs.status, runs.last_seq::int, runs.log_deleted,
    coalesce(
      (select json_agg(json_build_array(first_seq, last_seq, events) order by first_seq)
       from run_events where run_id = runs.id), '[]') as groups
  from runs order by seq`

async function readRuns(url: string): Promise<StoredRun[]> {
  return (await runAs(url, runsQuery)).map(storedRun)
}

/** The program has ended, so the directory is nobody's. */
async function readEmbedded(directory: string): Promise<StoredRun[]> {
  const dataDirectory = join(directory, 'database')
  rmSync(join(dataDirectory, 'postmaster.pid'), { force: true })
  const database = await PGlite.create({ dataDir: dataDirectory })
  try {
    return (await database.query<Record<string, unknown>>(runsQuery)).rows.map(storedRun)
  } finally {
    await database.close()
  }
}

function storedRun(row: Record<string, unknown>): StoredRun {
  const groups = row['groups'] as [number, number, string][]
  return {
    type: 'stored-run',
    run: encodeId('run', String(row['id'])),
    thread: encodeId('thr', String(row['thread_id'])),
    user: String(row['user_id']),
    key: row['idempotency_key'] as string | null,
    status: String(row['status']),
    lastSeq: Number(row['last_seq']),
    logDeleted: row['log_deleted'] === true,
    groups: groups.map(([first, last, lines]) => ({
      first,
      last,
      events: lines.split('\n').map((line) => JSON.parse(line) as unknown),
    })),
  }
}
