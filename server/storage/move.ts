/**
 * From an embedded database to Postgres, of which any number of servers may be had.
 *
 *   lock the directory ─▶ mark it: on its way ─▶ migrate the target, note the move there, take its references away
 *        │                                          │
 *        │          page by page, table by table, each with the note of how far we are   ◀── killed? the same again
 *        │                                          ▼
 *        │          references and numbers back ─▶ count and hash both sides ─▶ mark: gone ─▶ take the note away
 *        ▼
 *   as it was, but for the mark
 *
 * As long as the note is there no server starts on the target (`refuseUnfinishedMove`), and as long as the mark is there none on
 * the directory (`refuseMoved`), so nothing is ever written to two places.
 */
import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { command, one, statement } from './database.ts'
import type { AdminConnection, Engine } from './database.ts'
import { DatabaseError } from './database-error.ts'
import { lockDirectory } from './directory-lock.ts'
import { migrate } from './migrate.ts'
import { readMigrations } from './migrations.ts'
import { readMark, writeMark } from './moved-mark.ts'
import type { MovedMark } from './moved-mark.ts'
import {
  beginProgress,
  checksumOf,
  createProgressTable,
  dropProgressTable,
  inTransaction,
  readPage,
  readUnwalled,
  selectMoveId,
  selectProgress,
  settleSession,
  unwalled,
  writePage,
} from './move-rows.ts'
import type { PageLimits } from './move-rows.ts'
import {
  countRows,
  hasRows,
  hasTable,
  readApplied,
  readTables,
  selectForeignKeys,
  selectSequences,
} from './move-tables.ts'
import type { ForeignKey, MovedTable } from './move-tables.ts'
import { createPglite } from './pglite.ts'
import { createPostgres } from './postgres.ts'
import { exists } from './prepare.ts'
import { refuseUnfitServer, refuseWeakWalls } from './walls.ts'

export interface MoveOptions {
  /** Where the embedded database and its lock are. */
  directory: string
  /** `postgres://user:password@host:port/database`: empty, or one that this move has begun to fill. */
  url: string
  /** Only look: at what would be moved, and whether the target would take it. */
  isDryRun?: boolean
  /** Rows that are on their way at once, at most. Default 1000. */
  rowsMax?: number
  /** Their bytes; one row may be more. Default 4 MiB. */
  bytesMax?: number
  onProgress?(progress: MoveProgress): void
  now?(): Date
}

export interface MoveProgress {
  step: 'moving' | 'checking'
  table: string
  /** Of all tables together. */
  done: number
  total: number
}

export interface MoveReport {
  /** `host:port/database` */
  to: string
  tables: { name: string; rows: number }[]
  /** Whether an earlier move, broken off, was taken up again. */
  isResumed: boolean
}

const rowsMaxDefault = 1_000
const bytesMaxDefault = 4 * 1_048_576

/** Throws an Error with a sentence for whoever moves. The source is then as it was, and the same again goes on from there. */
export async function moveDatabase(options: MoveOptions): Promise<MoveReport> {
  const directory = resolve(options.directory)
  const dataDirectory = join(directory, 'database')
  if (!(await exists(dataDirectory)) || (await exists(join(directory, 'unfinished'))))
    throw new Error(`There is no embedded database in ${directory}.`)
  const unlock = await lockDirectory(directory)
  try {
    const mark = await readMark(directory)
    const target = createPostgres({ url: options.url })
    try {
      const to = await connect(target)
      try {
        return await fromDirectory(dataDirectory, (from) =>
          moveBetween({ source: from, target: to, directory, mark, options }),
        )
      } finally {
        await to.close().catch(() => {})
      }
    } finally {
      await target.close()
    }
  } finally {
    await unlock()
  }
}

async function fromDirectory<Result>(
  dataDirectory: string,
  work: (source: AdminConnection) => Promise<Result>,
): Promise<Result> {
  const engine = await createPglite({ dataDirectory, preparedFile: null })
  try {
    const source = await engine.connectAdmin()
    try {
      return await work(source)
    } finally {
      await source.close()
    }
  } finally {
    await engine.close()
  }
}

/** Any number will do, as long as every Parley takes the same, and another one than for migrations. */
const advisoryLock = 7_275_395_392
/** What a killed move has sent is still done; how long to wait for that. */
const turnMilliseconds = 60_000

/** One move at a time: also not beside what is left of one that was killed. */
async function connect(target: Engine): Promise<AdminConnection> {
  const admin = await target.connectAdmin().catch((error: unknown) => {
    if (!(error instanceof DatabaseError)) throw error
    // The reason names a host and a user, never a password.
    throw new Error(`The target cannot be reached: ${error.message}`, { cause: error })
  })
  try {
    await admin.run([
      command(
        `select set_config('application_name', 'parley db move', false), set_config('lock_timeout', $1, false)`,
        [String(turnMilliseconds)],
      ),
      command('select pg_advisory_lock($1)', [advisoryLock]),
    ])
    await refuseUnfitServer(admin)
    await refuseServers(admin)
    return admin
  } catch (error) {
    await admin.close()
    const isTaken = error instanceof DatabaseError && error.code === '55P03'
    throw isTaken ? new Error('Another move to this target is at work.', { cause: error }) : error
  }
}

/** Throws when a move to this database has begun and not ended. */
export async function refuseUnfinishedMove(admin: AdminConnection): Promise<void> {
  if (!(await one(admin, hasTable('parley_move')))) return
  throw new Error(
    'This database is being filled by `parley db move`, which has not ended: run that again to finish it. ' +
      'To give it up, drop the database and make a new one.',
  )
}

interface Move {
  source: AdminConnection
  target: AdminConnection
  directory: string
  mark: MovedMark | null
  options: MoveOptions
}

async function moveBetween(move: Move): Promise<MoveReport> {
  const { source, target, options } = move
  await Promise.all([source.run([settleSession()]), target.run([settleSession()])])
  await refuseOtherSchema(source)
  const tables = await readTables(source)
  const known = await refuseOtherMove(move)
  if (!known) await refuseData(target, tables)
  const counts = await countAll(source, tables)
  const to = placeOf(options.url)
  const report = { to, tables: tables.map(({ name }) => ({ name, rows: counts.get(name) ?? 0 })) }
  if (options.isDryRun === true) return { ...report, isResumed: known }
  const mark = await begin(move, { to, tables, isKnown: known })
  await copyAll(move, tables, counts)
  await settle(source, target, tables)
  await compareAll(move, tables, counts)
  await target.run([command('analyze')])
  const finishedAt = (options.now?.() ?? new Date()).toISOString()
  await writeMark(move.directory, { ...mark, finishedAt })
  await target.run([dropProgressTable()])
  return { ...report, isResumed: known }
}

/** Migrating the source would change it; the server does that when it is started. */
async function refuseOtherSchema(source: AdminConnection): Promise<void> {
  const applied = (await readApplied(source)) ?? []
  const ours = (await readMigrations()).map(({ name, checksum }) => `${name} ${checksum}`)
  if (applied.join() === ours.join()) return
  throw new Error(
    `The embedded database has ${applied.length} migrations and this version of Parley ${ours.length}. ` +
      'Start this version on it once, stop it, and move then.',
  )
}

/** Whether the target is what this directory's move has begun to fill. */
async function refuseOtherMove({ target, directory, mark }: Move): Promise<boolean> {
  const targetId = (await one(target, hasTable('parley_move'))) ? await one(target, selectMoveId()) : null
  if (targetId === null) {
    if (mark !== null && mark.finishedAt !== null)
      throw new Error(`The data in ${directory} were moved to ${mark.to} already (${mark.finishedAt}).`)
    return false
  }
  if (mark?.id === targetId) return true
  throw new Error(
    'The target is being filled by another move. Name an empty database, or finish that one first.',
  )
}

async function refuseData(target: AdminConnection, tables: readonly MovedTable[]): Promise<void> {
  for (const table of tables) {
    const isThere = await one(target, hasTable(table.name))
    if (isThere && (await readUnwalled(target, table, hasRows(table.name))))
      throw new Error(`The target has data already (in ${table.name}). Name an empty database.`)
  }
}

async function refuseServers(target: AdminConnection): Promise<void> {
  const servers = await one(
    target,
    statement<{ servers: number }, number>(
      `select count(*) as servers from pg_stat_activity
       where datname = current_database() and application_name = 'parley' and pid <> pg_backend_pid()`,
      [],
      ([row]) => Number(row?.servers ?? 0),
    ),
  )
  if (servers > 0)
    throw new Error('A Parley server is at work in the target. Stop it until the move has ended.')
}

async function countAll(
  source: AdminConnection,
  tables: readonly MovedTable[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const { name } of tables) counts.set(name, await one(source, countRows(name)))
  return counts
}

interface Beginning {
  to: string
  tables: readonly MovedTable[]
  isKnown: boolean
}

/** References are put back when all is there, and hold then what they would have held row by row. */
async function begin(move: Move, { to, tables, isKnown }: Beginning): Promise<MovedMark> {
  const { source, target, directory, options } = move
  const begunAt = (options.now?.() ?? new Date()).toISOString()
  // A mark whose target knows nothing of it is of a move that ended before it began, or whose target was given up.
  const mark = isKnown && move.mark !== null ? move.mark : { id: randomUUID(), to, begunAt, finishedAt: null }
  if (isKnown) return mark
  await migrate(target, await readMigrations(), () => {})
  await refuseWeakWalls(target)
  await target.run([settleSession()])
  const keys = await one(source, selectForeignKeys())
  await writeMark(directory, mark)
  await inTransaction(target, [
    createProgressTable(),
    beginProgress(
      mark.id,
      tables.map(({ name }) => name),
    ),
    ...keys.map(({ table, name }) => command(`alter table ${table} drop constraint ${name}`)),
  ])
  return mark
}

async function copyAll(
  { source, target, options }: Move,
  tables: readonly MovedTable[],
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  const { rowsMax = rowsMaxDefault, bytesMax = bytesMaxDefault } = options
  const limits: PageLimits = { rowsMax, bytesMax }
  const progress = await one(target, selectProgress())
  const total = sum(counts.values())
  let done = sum(progress.map(({ rows }) => rows))
  // What is lost of these when the machine of the target fails is lost with the note of it.
  await target.run([command(`set synchronous_commit to off`)])
  for (const table of tables) {
    const before = progress.find((each) => each.table === table.name)
    if (before?.isFinished === true) continue
    for (let cursor = before?.cursor ?? null; ;) {
      const page = await readPage(source, table, cursor, limits)
      await writePage(target, table, page)
      done += page.rows.length
      options.onProgress?.({ step: 'moving', table: table.name, done, total })
      cursor = page.next
      if (cursor === null) break
    }
  }
  await target.run([command(`reset synchronous_commit`)])
}

/** References and numbers as they are at the source. Doing it twice is doing it once. */
async function settle(
  source: AdminConnection,
  target: AdminConnection,
  tables: readonly MovedTable[],
): Promise<void> {
  const keys = await one(source, selectForeignKeys())
  const there = await one(target, selectForeignKeys())
  const missing = keys.filter((key) => !there.some((other) => isSame(key, other)))
  const added = missing.map(({ table, name, definition }) =>
    command(`alter table ${table} add constraint ${name} ${definition}`),
  )
  const numbers = (await one(source, selectSequences())).map(({ name, last }) =>
    command('select setval($1::regclass, $2::bigint)', [name, last]),
  )
  // Without the walls, a reference that nothing answers to would not be found.
  await inTransaction(target, [...unwalled(tables, added), ...numbers])
}

function isSame(one: ForeignKey, other: ForeignKey): boolean {
  return one.table === other.table && one.name === other.name
}

async function compareAll(
  { source, target, options }: Move,
  tables: readonly MovedTable[],
  counts: ReadonlyMap<string, number>,
): Promise<void> {
  const total = sum(counts.values())
  let done = 0
  for (const table of tables) {
    const [here, there] = await Promise.all([checksumOf(source, table), checksumOf(target, table)])
    if (here.rows !== there.rows || here.sum !== there.sum) {
      throw new Error(
        `The table ${table.name} has ${here.rows} rows here and ${there.rows} at the target, or others than here. ` +
          'Nothing was taken away here; drop the target, make a new one, and move again.',
      )
    }
    done += here.rows
    options.onProgress?.({ step: 'checking', table: table.name, done, total })
  }
  const describe = async (admin: AdminConnection): Promise<string> =>
    JSON.stringify([await readApplied(admin), await one(admin, selectSequences())])
  if ((await describe(source)) !== (await describe(target)))
    throw new Error('The target gives out other numbers than the source would, or has other migrations.')
}

/** Where a database is, without who may enter. */
export function placeOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
