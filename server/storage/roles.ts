/**
 * The restricted roles: what acts for one user, what writes down everybody's runs, and what knows of accounts and nothing else.
 * Roles belong to the whole cluster, so another database may have made them already.
 */
import { command, one, statement } from './database.ts'
import type { AdminConnection, Statement } from './database.ts'
import { DatabaseError } from './database-error.ts'

export const restrictedRoles = ['parley_app', 'parley_engine', 'parley_accounts'] as const

/** Makes the roles and lets the connecting user become them. Throws with what an administrator must run when it may not. */
export async function ensureRoles(admin: AdminConnection): Promise<void> {
  for (const role of restrictedRoles) {
    await unlessThere(admin, `create role ${role} nologin`, selectRoleExists(role))
    await unlessThere(admin, `grant ${role} to current_user`, selectMayBecome(role))
  }
}

/** Somebody else may do the same at the same moment, in another database: then it is done, too. */
async function unlessThere(admin: AdminConnection, sql: string, isThere: Statement<boolean>): Promise<void> {
  if (await one(admin, isThere)) return
  try {
    await admin.run([command(sql)])
  } catch (error) {
    if (await one(admin, isThere)) return
    if (error instanceof DatabaseError && error.code === '42501') throw new Error(await advice(admin))
    throw error
  }
}

function selectRoleExists(role: string): Statement<boolean> {
  return statement('select 1 from pg_roles where rolname = $1', [role], (rows) => rows.length > 0)
}

/** Superusers may become anybody. Membership that was given without `set` (Postgres 16) does not count. */
function selectMayBecome(role: string): Statement<boolean> {
  return statement<{ may: boolean }, boolean>(
    `select rolsuper or exists (
       select from pg_auth_members as membership
       where membership.roleid = $1::regrole and membership.member = pg_roles.oid
         and coalesce((to_jsonb(membership) ->> 'set_option')::boolean, true)
     ) as may
     from pg_roles where rolname = session_user`,
    [role],
    ([row]) => row?.may ?? false,
  )
}

async function advice(admin: AdminConnection): Promise<string> {
  const name = await one(admin, selectOwnName())
  const lines: string[] = []
  for (const role of restrictedRoles) {
    if (!(await one(admin, selectRoleExists(role)))) lines.push(`create role ${role} nologin;`)
  }
  return [
    `The database user ${name} may not make, or become, the restricted roles that Parley works as.`,
    'Ask an administrator of the database to run:',
    ...lines.map((line) => `  ${line}`),
    `  grant ${restrictedRoles.join(', ')} to ${name};`,
  ].join('\n')
}

function selectOwnName(): Statement<string> {
  return statement<{ name: string }, string>(
    'select quote_ident(session_user) as name',
    [],
    ([row]) => row?.name ?? '',
  )
}
