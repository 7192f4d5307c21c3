/** What a database consists of, by its own catalogue: so that no list of ours can forget a table. */
import { one, statement } from './database.ts'
import type { AdminConnection, Statement } from './database.ts'

export interface MovedTable {
  /** Quoted, as all names here. */
  name: string
  /** Those that a row is made of: what the database computes by itself is not among them. */
  columns: readonly { name: string; type: string }[]
  /** Of its primary key, in order. */
  key: readonly { name: string; type: string }[]
  /** Whether row level security binds its owner, too. */
  isForced: boolean
  hasTriggers: boolean
}

export interface ForeignKey {
  table: string
  name: string
  /** What stands behind `add constraint <name>`. */
  definition: string
}

/** Nothing of a conversation: what the migrations and a move keep for themselves. */
const ownTables = ['parley_migrations', 'parley_move']

/** In the order of their names. Throws for one without a primary key: its rows have no order to be read in. */
export async function readTables(admin: AdminConnection): Promise<MovedTable[]> {
  const tables = await one(admin, selectTables())
  const keyless = tables.find(({ key }) => key.length === 0)
  if (keyless !== undefined) throw new Error(`The table ${keyless.name} has no primary key.`)
  return tables
}

/**
 * Partitions are read and written through the table that they belong to. What is unlogged is not kept by the database itself
 * when it is killed, and stays behind.
 */
function selectTables(): Statement<MovedTable[]> {
  return statement<{ tables: string }, MovedTable[]>(
    `select coalesce(json_agg(json_build_object(
         'name', quote_ident(relname),
         'columns', (
           select coalesce(json_agg(described order by attnum), '[]') from (
             select attnum, json_build_object('name', quote_ident(attname), 'type', format_type(atttypid, atttypmod))
               as described
             from pg_attribute
             where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = ''
           ) as described
         ),
         'key', (
           select coalesce(json_agg(
             json_build_object('name', quote_ident(attname), 'type', format_type(atttypid, atttypmod)) order by place
           ), '[]')
           from pg_index
           cross join unnest(indkey::smallint[]) with ordinality as part (number, place)
           join pg_attribute on attrelid = indrelid and attnum = part.number
           where indrelid = pg_class.oid and indisprimary
         ),
         'isForced', relforcerowsecurity,
         'hasTriggers', exists (select from pg_trigger where tgrelid = pg_class.oid and not tgisinternal)
       ) order by relname), '[]')::text as tables
     from pg_class
     where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relpersistence = 'p' and not relispartition
       and relname <> all($1::text[])`,
    [ownTables],
    ([row]) => JSON.parse(row?.tables ?? '[]') as MovedTable[],
  )
}

export function selectForeignKeys(): Statement<ForeignKey[]> {
  return statement<ForeignKey, ForeignKey[]>(
    `select quote_ident(relname) as "table", quote_ident(conname) as name, pg_get_constraintdef(pg_constraint.oid) as definition
     from pg_constraint join pg_class on pg_class.oid = conrelid
     where contype = 'f' and relnamespace = current_schema()::regnamespace and conparentid = 0
     order by 1, 2`,
    [],
    (rows) => [...rows],
  )
}

/** The numbers that have been given out; one that has given none is not there. */
export function selectSequences(): Statement<{ name: string; last: string }[]> {
  return statement<{ name: string; last: string }, { name: string; last: string }[]>(
    `select quote_ident(sequencename) as name, last_value::text as last
     from pg_sequences where schemaname = current_schema() and last_value is not null order by 1`,
    [],
    (rows) => [...rows],
  )
}

/** Name and checksum of every migration that was applied; null where there has never been one. */
export async function readApplied(admin: AdminConnection): Promise<string[] | null> {
  const isThere = await one(admin, hasTable('parley_migrations'))
  if (!isThere) return null
  return one(
    admin,
    statement<{ applied: string }, string[]>(
      `select name || ' ' || checksum as applied from parley_migrations order by number`,
      [],
      (rows) => rows.map(({ applied }) => applied),
    ),
  )
}

export function hasTable(name: string): Statement<boolean> {
  return statement<{ there: boolean }, boolean>(
    'select to_regclass($1::text) is not null as there',
    [name],
    ([row]) => row?.there ?? false,
  )
}

export function countRows(table: string): Statement<number> {
  return statement<{ rows: number }, number>(`select count(*) as rows from ${table}`, [], ([row]) =>
    Number(row?.rows ?? 0),
  )
}

export function hasRows(table: string): Statement<boolean> {
  return statement<{ has_rows: boolean }, boolean>(
    `select exists (select from ${table}) as has_rows`,
    [],
    ([row]) => row?.has_rows ?? false,
  )
}
