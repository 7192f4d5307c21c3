/**
 * Rows on their way from one database to another, as the texts of their columns: every type has one, and reads it back.
 *
 *   page of the source, from behind the last key ─▶ one transaction at the target: its rows, and how far we are
 *
 * Row level security is forced on the target's owner, too, so each transaction lifts that and puts it back: nobody ever sees
 * the table without it.
 */
import { command, statement } from './database.ts'
import type { AdminConnection, Statement } from './database.ts'
import type { MovedTable } from './move-tables.ts'
import { textArray } from './wire-values.ts'

/** The key behind which to go on. */
export type Cursor = readonly string[]

export interface Page {
  rows: readonly (readonly (string | null)[])[]
  /** Null at the end. */
  next: Cursor | null
}

export interface PageLimits {
  rowsMax: number
  /** A single row may be larger. */
  bytesMax: number
}

/** Texts of times, numbers and bytes are the same on both sides, whatever either is set to. */
export function settleSession(): Statement<void> {
  return command(
    `select set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false),
       set_config('IntervalStyle', 'postgres', false), set_config('bytea_output', 'hex', false),
       set_config('extra_float_digits', '1', false), set_config('lock_timeout', '0', false),
       set_config('statement_timeout', '0', false)`,
  )
}

/** As many rows as fit: they are measured where they lie, so no more than that is ever on its way. */
export async function readPage(
  source: AdminConnection,
  table: MovedTable,
  after: Cursor | null,
  { rowsMax, bytesMax }: PageLimits,
): Promise<Page> {
  const key = table.key.map(({ name }) => name).join(', ')
  const from = table.key.map(({ type }, index) => `$${index + 3}::text::${type}`).join(', ')
  const behind = after === null ? '' : `where (${key}) > (${from})`
  const columns = table.columns.map(({ name }, index) => `${name}::text as c${index}`)
  const keys = table.key.map(({ name }, index) => `${name}::text as k${index}`)
  const [rows = []] = await source.run([
    command(
      `select ${[...columns, ...keys].join(', ')} from ${table.name} ${behind} order by ${key}
       limit greatest(1, (
         select count(*) from (
           select sum(bytes) over (order by ${key}) as total from (
             select ${key}, octet_length(moved::text) as bytes from ${table.name} as moved ${behind} order by ${key} limit $1
           ) as sized
         ) as summed where total <= $2
       ))`,
      [rowsMax, bytesMax, ...(after ?? [])],
    ),
  ])
  const read = rows as readonly Record<string, string | null>[]
  const last = read.at(-1)
  return {
    rows: read.map((row) => table.columns.map((_, index) => row[`c${index}`] ?? null)),
    next: last === undefined ? null : table.key.map((_, index) => last[`k${index}`] ?? ''),
  }
}

/** All of the page and the note of it, or nothing. */
export async function writePage(
  target: AdminConnection,
  table: MovedTable,
  { rows, next }: Page,
): Promise<void> {
  const insert = rows.length === 0 ? [] : unwalled([table], [insertRows(table, rows)])
  await inTransaction(target, [...insert, noteProgress(table.name, next, rows.length)])
}

function insertRows(table: MovedTable, rows: Page['rows']): Statement<void> {
  const names = table.columns.map(({ name }) => name).join(', ')
  const values = table.columns.map(({ type }, index) => `c${index}::${type}`).join(', ')
  const arrays = table.columns.map((_, index) => `$${index + 1}::text[]`).join(', ')
  const aliases = table.columns.map((_, index) => `c${index}`).join(', ')
  return command(
    `insert into ${table.name} (${names}) overriding system value
     select ${values} from unnest(${arrays}) as moved (${aliases})`,
    table.columns.map((_, index) => textArray(rows.map((row) => row[index] ?? null))),
  )
}

/** What stands in the owner's way is lifted for these statements. Triggers have done their work where the rows come from. */
export function unwalled(tables: readonly MovedTable[], statements: readonly Statement[]): Statement[] {
  const alter = (action: 'lift' | 'restore'): Statement[] =>
    tables.flatMap(({ name, isForced, hasTriggers }) => {
      const changes = [
        ...(hasTriggers ? [`${action === 'lift' ? 'disable' : 'enable'} trigger user`] : []),
        ...(isForced ? [`${action === 'lift' ? 'no ' : ''}force row level security`] : []),
      ]
      return changes.length === 0 ? [] : [command(`alter table ${name} ${changes.join(', ')}`)]
    })
  return [...alter('lift'), ...statements, ...alter('restore')]
}

export async function inTransaction(
  admin: AdminConnection,
  statements: readonly Statement[],
): Promise<(readonly unknown[])[]> {
  try {
    const results = await admin.run([command('begin'), ...statements, command('commit')])
    return results.slice(1, -1)
  } catch (error) {
    await admin.run([command('rollback')]).catch(() => {})
    throw error
  }
}

export interface Checksum {
  rows: number
  /** The sum of a hash of each row, so that the order in which they lie does not matter. */
  sum: string
}

/** Reads the whole table where it lies. */
export async function checksumOf(admin: AdminConnection, table: MovedTable): Promise<Checksum> {
  const columns = table.columns.map(({ name }) => name).join(', ')
  const sum = statement<{ rows: number; sum: string }, Checksum>(
    `select count(*) as rows, coalesce(sum(('x' || left(md5(row(${columns})::text), 16))::bit(64)::bigint::numeric), 0)::text as sum
     from ${table.name}`,
    [],
    ([row]) => ({ rows: Number(row?.rows ?? 0), sum: row?.sum ?? '' }),
  )
  return readUnwalled(admin, table, sum)
}

/** What row level security would hide from the owner. Nothing of this is kept. */
export async function readUnwalled<Result>(
  admin: AdminConnection,
  table: MovedTable,
  question: Statement<Result>,
): Promise<Result> {
  const statements = unwalled([table], [question])
  try {
    const results = await admin.run([command('begin'), ...statements])
    return question.read(results[1 + statements.indexOf(question)] ?? [])
  } finally {
    await admin.run([command('rollback')])
  }
}

// How far the move is, at the target: written with the rows it speaks of.

export interface Progress {
  table: string
  cursor: Cursor | null
  rows: number
  isFinished: boolean
}

export function createProgressTable(): Statement<void> {
  return command(
    `create table parley_move (
       move_id text not null,
       table_name text primary key,
       cursor text,
       rows bigint not null default 0,
       finished boolean not null default false
     )`,
  )
}

export function beginProgress(moveId: string, tables: readonly string[]): Statement<void> {
  return command('insert into parley_move (move_id, table_name) select $1::text, unnest($2::text[])', [
    moveId,
    textArray(tables),
  ])
}

function noteProgress(table: string, cursor: Cursor | null, rows: number): Statement<void> {
  return command(
    `update parley_move set cursor = coalesce($2::text, cursor), rows = rows + $3::bigint, finished = $2::text is null
     where table_name = $1`,
    [table, cursor === null ? null : JSON.stringify(cursor), rows],
  )
}

export function selectProgress(): Statement<Progress[]> {
  return statement<
    { table_name: string; cursor: string | null; rows: number; finished: boolean },
    Progress[]
  >('select table_name, cursor, rows, finished from parley_move order by table_name', [], (rows) =>
    rows.map(({ table_name: table, cursor, rows: count, finished }) => ({
      table,
      cursor: cursor === null ? null : (JSON.parse(cursor) as string[]),
      rows: Number(count),
      isFinished: finished,
    })),
  )
}

export function selectMoveId(): Statement<string> {
  return statement<{ move_id: string }, string>(
    'select move_id from parley_move limit 1',
    [],
    ([row]) => row?.move_id ?? '',
  )
}

export function dropProgressTable(): Statement<void> {
  return command('drop table parley_move')
}
