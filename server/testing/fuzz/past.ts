/** What is stored, read past all walls: that what the victims had is there as it was, and that nothing was added to it. */
import { command, engineScope, statement } from '../../storage/database.ts'
import type { TestDatabase } from '../databases.ts'
import { runAs } from '../postgres.ts'

export interface Past {
  /** What was changed, taken away or added of theirs: empty. */
  changes(): Promise<string[]>
  /** Runs that have no end. */
  runningRuns(): Promise<number>
  count(table: string): Promise<number>
  /** Any statement. */
  run(text: string): Promise<readonly Record<string, unknown>[]>
}

/** Tables whose rows come and go by themselves: logs of ended runs, what was counted, what was taken back. */
const passing = new Set([
  'run_events',
  'limit_windows',
  'limit_places',
  'revocations',
  'account_verifications',
  'account_keys',
])

type Select = (text: string) => Promise<readonly Record<string, unknown>[]>

/** What there is now is what must stay. */
export async function openPast({ database, superuserUrl }: TestDatabase): Promise<Past> {
  const select: Select = async (text) => {
    if (superuserUrl !== null) return runAs(superuserUrl, text)
    // PGlite's own user may see everything; every transaction says anew as whom it acts.
    return database.transaction(engineScope, async (run) => {
      const [, rows] = await run<[void, readonly Record<string, unknown>[]]>(
        command('reset role'),
        statement<Record<string, unknown>, readonly Record<string, unknown>[]>(text, [], (all) => all),
      )
      return rows
    })
  }
  const tables = await listTables(select)
  const owners = await listOwners(select, tables)
  const before = await readRows(select, tables, owners)
  return {
    run: select,
    async changes() {
      const now = await readRows(select, tables, owners)
      return [...before].flatMap(([table, rows]) => differences(table, rows, now.get(table) ?? new Set()))
    },
    async runningRuns() {
      const [row] = await select(`select count(*)::int as count from runs where status = 'running'`)
      return Number(row?.['count'])
    },
    async count(table) {
      const [row] = await select(`select count(*)::int as count from ${table}`)
      return Number(row?.['count'])
    },
  }
}

interface Table {
  name: string
  hasOwner: boolean
}

async function listTables(select: Select): Promise<Table[]> {
  const rows = await select(
    `select c.table_name as name, bool_or(c.column_name = 'tenant_id') and bool_or(c.column_name = 'user_id') as owned
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' group by 1`,
  )
  return rows
    .map(({ name, owned }) => ({ name: String(name), hasOwner: owned === true }))
    .filter(({ name }) => !passing.has(name))
}

const ownerOf = (row: Record<string, unknown>): string =>
  `${String(row['tenant_id'])}/${String(row['user_id'])}`

async function listOwners(select: Select, tables: readonly Table[]): Promise<string[]> {
  const owners = new Set<string>()
  for (const { name, hasOwner } of tables) {
    if (!hasOwner) continue
    for (const row of await select(`select distinct tenant_id, user_id from "${name}"`))
      owners.add(ownerOf(row))
  }
  return [...owners]
}

/** Of tables that say whose each row is: those of the victims. Of others: all. */
async function readRows(
  select: Select,
  tables: readonly Table[],
  owners: readonly string[],
): Promise<Map<string, Set<string>>> {
  const all = new Map<string, Set<string>>()
  const theirs = `where tenant_id || '/' || user_id in (${owners.map(quoted).join(', ')})`
  for (const { name, hasOwner } of tables) {
    const rows = await select(
      `select md5((to_jsonb(t) - 'last_used_at')::text) as digest from "${name}" t ${hasOwner ? theirs : ''}`,
    )
    all.set(hasOwner ? `${name} (owned)` : name, new Set(rows.map(({ digest }) => String(digest))))
  }
  return all
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

function differences(table: string, before: ReadonlySet<string>, now: ReadonlySet<string>): string[] {
  const gone = [...before].filter((row) => !now.has(row)).length
  // Others have rows of their own where nothing says whose a row is.
  const added = table.endsWith('(owned)') ? [...now].filter((row) => !before.has(row)).length : 0
  return [
    ...(gone === 0 ? [] : [`${gone} rows of ${table} are gone or changed`]),
    ...(added === 0 ? [] : [`${added} rows of ${table} were added or changed`]),
  ]
}
