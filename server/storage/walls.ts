/** Whether row level security really stands between people: looked at on every start, and no start without it. */
import { one, statement } from './database.ts'
import type { AdminConnection, Statement } from './database.ts'
import { restrictedRoles } from './roles.ts'

const oldestVersion = 150_000

/** Throws with a sentence that says what to do. */
export async function refuseWeakWalls(admin: AdminConnection): Promise<void> {
  const bypassing = await one(admin, selectBypassingRoles())
  if (bypassing.length > 0) {
    throw new Error(
      `The database role ${bypassing.join(' and ')} would see everybody's data: it is a superuser, bypasses row level ` +
        'security, owns a table or belongs to a role that does. Take that away from it ' +
        `(alter role ${bypassing[0]} nosuperuser nobypassrls), then start again.`,
    )
  }
  const unforced = await one(admin, selectUnforcedTables())
  if (unforced.length > 0) {
    throw new Error(
      `Row level security is not forced on ${unforced.join(', ')}. Run ` +
        unforced
          .map((table) => `alter table ${table} enable row level security, force row level security;`)
          .join(' ') +
        ' and give it policies, then start again.',
    )
  }
}

/** Throws for a server that is too old, or that only reads. */
export async function refuseUnfitServer(admin: AdminConnection): Promise<void> {
  const { version, number, replica } = await one(admin, selectServer())
  if (number < oldestVersion) throw new Error(`Parley needs Postgres 15 or newer, and this is ${version}.`)
  if (replica)
    throw new Error(
      'This Postgres server is a replica that only reads. Name the primary in the database URL.',
    )
}

/** Also when it has such rights through a role it belongs to, or could alter a table because it owns it. */
function selectBypassingRoles(): Statement<string[]> {
  return statement<{ name: string }, string[]>(
    `select restricted.rolname::text as name from pg_roles as restricted
     where restricted.rolname = any($1::text[]) and (
       exists (
         select from pg_roles as other
         where pg_has_role(restricted.oid, other.oid, 'member')
           and (other.rolsuper or other.rolbypassrls
             or (other.oid <> restricted.oid and other.rolname = any($1::text[])))
       )
       or exists (
         select from pg_class
         where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
           and pg_has_role(restricted.oid, relowner, 'member')
       )
     )
     order by 1`,
    [restrictedRoles],
    (rows) => rows.map((row) => row.name),
  )
}

function selectUnforcedTables(): Statement<string[]> {
  return statement<{ name: string }, string[]>(
    `select quote_ident(relname) as name from pg_class
     where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
       and not (relrowsecurity and relforcerowsecurity)
       and exists (
         select from pg_attribute
         where attrelid = pg_class.oid and attname = 'tenant_id' and not attisdropped
       )
     order by 1`,
    [],
    (rows) => rows.map((row) => row.name),
  )
}

interface Server {
  version: string
  number: number
  replica: boolean
}

function selectServer(): Statement<Server> {
  return statement<Server, Server>(
    `select version() as version, current_setting('server_version_num')::integer as number,
       pg_is_in_recovery() as replica`,
    [],
    ([row]) => row ?? { version: 'unknown', number: 0, replica: false },
  )
}
