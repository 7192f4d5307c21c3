/** Brings a database to the schema that this program was written for, or says why it cannot. */
import { setTimeout as sleep } from 'node:timers/promises'
import { command, one, statement } from './database.ts'
import type { AdminConnection } from './database.ts'
import { DatabaseError, isWorthRetrying } from './database-error.ts'
import type { Migration } from './migrations.ts'
import { ensureRoles } from './roles.ts'

export type Progress = (sentence: string) => void

/** Any number will do, as long as every Parley server takes the same. */
const advisoryLock = 7_275_395_391
/** How long to wait for another server that migrates. */
const turnMilliseconds = 120_000
/** How long a migration waits for a table that somebody uses; meanwhile others queue up behind it. */
const tableMilliseconds = 3_000
const attemptsMax = 10

/**
 * Any number of servers may do this at once: one does the work, the others wait and find it done.
 * Throws when the database is newer than the program, or when an applied migration is not the one we have.
 */
export async function migrate(
  admin: AdminConnection,
  migrations: readonly Migration[],
  progress: Progress,
): Promise<void> {
  await admin.run([command('select set_config($1, $2, false)', ['lock_timeout', String(turnMilliseconds)])])
  await admin.run([command('select pg_advisory_lock($1)', [advisoryLock])])
  try {
    await admin.run([
      command('select set_config($1, $2, false)', ['lock_timeout', String(tableMilliseconds)]),
    ])
    const pending = pendingOf(migrations, await appliedMigrations(admin))
    if (pending.length > 0) await ensureRoles(admin)
    for (const migration of pending) {
      progress(`Applying migration ${migration.name}`)
      await apply(admin, migration)
    }
  } finally {
    await admin.run([command('select pg_advisory_unlock($1)', [advisoryLock])]).catch(() => {})
  }
}

interface Applied {
  number: number
  name: string
  checksum: string
}

async function appliedMigrations(admin: AdminConnection): Promise<Applied[]> {
  const exists = statement<{ exists: boolean }, boolean>(
    "select to_regclass('parley_migrations') is not null as exists",
    [],
    ([row]) => row?.exists ?? false,
  )
  if (!(await one(admin, exists))) {
    await admin.script(
      `create table parley_migrations (
         number integer primary key,
         name text not null,
         checksum text not null,
         applied_at timestamptz not null default now()
       )`,
    )
  }
  return one(
    admin,
    statement<Applied, Applied[]>(
      'select number, name, checksum from parley_migrations order by number',
      [],
      (rows) => [...rows],
    ),
  )
}

function pendingOf(migrations: readonly Migration[], applied: Applied[]): Migration[] {
  const newest = applied.at(-1)
  if (newest !== undefined && newest.number > migrations.length) {
    throw new Error(
      `The database is newer than this program: it has migration ${newest.name}, ` +
        `and this program knows ${migrations.length}. Start the newer version, or restore a backup from before it.`,
    )
  }
  for (const { number, name, checksum } of applied) {
    const ours = migrations[number - 1]
    if (ours?.checksum === checksum) continue
    throw new Error(
      `Migration ${name} was applied to this database with other contents than ${ours?.name ?? 'ours'} has now. ` +
        'An applied migration must never be edited: restore the file, and put the change into a new one.',
    )
  }
  return migrations.slice(applied.length)
}

/** In one transaction with its row. A table that is in use is waited for, but not long at a time. */
async function apply(admin: AdminConnection, { number, name, checksum, sql }: Migration): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.run([command('begin')])
      await admin.script(sql)
      await admin.run([
        command('insert into parley_migrations (number, name, checksum) values ($1, $2, $3)', [
          number,
          name,
          checksum,
        ]),
        command('commit'),
      ])
      return
    } catch (error) {
      await admin.run([command('rollback')])
      if (!isInUse(error) || attempt === attemptsMax) throw failure(name, error)
      await sleep(1_000)
    }
  }
}

/** Somebody held a table for too long, or each of two waited for the other: writers lock tables in an order of their own. */
function isInUse(error: unknown): boolean {
  return (error instanceof DatabaseError && error.code === '55P03') || isWorthRetrying(error)
}

function failure(name: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(`Migration ${name} failed, and nothing of it was applied: ${reason}`, { cause: error })
}
