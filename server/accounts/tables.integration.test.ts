import { getMigrations } from 'better-auth/db/migration'
import { expect, test } from 'vitest'
import { createSecret } from '../auth/secrets.ts'
import { describeOnDatabases } from '../testing/grounds.ts'
import { authOptions } from './auth-options.ts'
import type { AccountsDatabase } from './database.ts'

function optionsOn(database: AccountsDatabase) {
  return authOptions({
    database,
    url: 'http://localhost',
    secret: createSecret(),
    signUp: 'open',
    revocations: { revoke: async () => {} },
    onFailure: () => {},
  })
}

/** Whatever is asked, there is nothing. */
const emptyDatabase: AccountsDatabase = {
  acquire: async () => ({
    run: async () => ({ rows: [], changed: undefined }),
    begin: async () => {},
    commit: async () => {},
    rollback: async () => {},
    release: () => {},
  }),
  sweep: async () => {},
}

describeOnDatabases('the tables of accounts', (ground) => {
  async function rowsOf(text: string): Promise<Record<string, unknown>[]> {
    const connection = await ground.storage().accounts.acquire()
    try {
      return (await connection.run(text, [])).rows as Record<string, unknown>[]
    } finally {
      connection.release()
    }
  }

  test('[ACCOUNT-10] Better Auth’s own migrations find nothing to do', async () => {
    const told: unknown[] = []
    const logger = { level: 'warn', log: (_level: string, message: unknown) => told.push(message) } as const
    const { toBeCreated, toBeAdded } = await getMigrations({
      ...optionsOn(ground.storage().accounts),
      logger,
    })
    expect([toBeCreated, toBeAdded, told]).toEqual([[], [], []])
  })

  test('[ACCOUNT-10] each column that it would make is there with its type, what is unique is unique, what it looks for by has an index', async () => {
    const { compileMigrations } = await getMigrations(optionsOn(emptyDatabase))
    const statements = (await compileMigrations()).split(';').map((text) => text.trim())
    const columns = statements.flatMap((text) => {
      const [, table = '', body = ''] = /^create table "(\w+)" \((.*)\)$/s.exec(text) ?? []
      return body
        .split(/, (?=")/)
        .filter((part) => part !== '')
        .map((part) => {
          const [, column = '', type = ''] = /^"(\w+)" (\w+)/.exec(part) ?? []
          return {
            table,
            column,
            type,
            required: / not null|primary key/.test(part),
            unique: / unique|primary key/.test(part),
            references: /references "(\w+)" \("id"\) on delete cascade/.exec(part)?.[1] ?? null,
          }
        })
    })
    expect(columns.length).toBeGreaterThan(35)
    const actual = await rowsOf(
      `select relname::text as "table", attname::text as "column",
         replace(format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz') as type, attnotnull as required,
         exists (
           select from pg_index where indrelid = attrelid and indisunique and indnatts = 1 and indkey[0] = attnum
         ) as "unique",
         (select confrelid::regclass::text from pg_constraint
          where conrelid = attrelid and contype = 'f' and conkey = array[attnum] and confdeltype = 'c') as "references"
       from pg_attribute join pg_class on pg_class.oid = attrelid
       where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname like 'account\\_%'
         and attnum > 0 and not attisdropped`,
    )
    const sorted = (rows: readonly object[]) =>
      rows
        .map((row) =>
          JSON.stringify(Object.entries(row).toSorted(([one], [other]) => one.localeCompare(other))),
        )
        .toSorted((one, other) => one.localeCompare(other))
    expect(sorted(actual)).toEqual(sorted(columns))

    const indexed = statements.flatMap((text) => {
      const [, table, column] = /^create index "\w+" on "(\w+)" \("(\w+)"\)$/.exec(text) ?? []
      return table === undefined ? [] : [`${table}.${column ?? ''}`]
    })
    expect(indexed.length).toBeGreaterThan(2)
    const indexes = await rowsOf(
      `select indrelid::regclass::text || '.' || attname as first from pg_index
       join pg_attribute on attrelid = indrelid and attnum = indkey[0]`,
    )
    expect(indexes.map(({ first }) => first)).toEqual(expect.arrayContaining(indexed))
  })

  test('[ACCOUNT-11] one role reaches these tables and nothing else, and no other restricted role reaches them', async () => {
    const reached = await rowsOf(
      `select relname::text as "table", role from pg_class
       cross join unnest(array['parley_app', 'parley_engine', 'parley_accounts']) as role
       where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm')
         and (has_any_column_privilege(role, pg_class.oid, 'select, insert, update, references')
           or has_table_privilege(role, pg_class.oid, 'select, insert, update, delete, truncate, trigger'))`,
    )
    const isOfAccounts = (table: unknown): boolean => String(table).startsWith('account_')
    const crossing = reached.filter(({ table, role }) => isOfAccounts(table) !== (role === 'parley_accounts'))
    expect(crossing).toEqual([])
    expect(reached.filter(({ role }) => role === 'parley_accounts')).toHaveLength(5)
    const walls = await rowsOf(
      `select bool_and(relrowsecurity and relforcerowsecurity) as forced,
         (select array_agg(distinct role::text) from pg_policies cross join unnest(roles) as role
          where tablename like 'account\\_%') as roles
       from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname like 'account\\_%'`,
    )
    expect(walls).toEqual([{ forced: true, roles: ['parley_accounts'] }])
    const memberships = await rowsOf(
      `select pg_has_role('parley_accounts', other, 'member') as out, pg_has_role(other, 'parley_accounts', 'member') as into
       from unnest(array['parley_app', 'parley_engine']) as other`,
    )
    expect(memberships.flatMap(Object.values)).toEqual([false, false, false, false])
  })

  test('[ACCOUNT-11] its transactions are whole or not at all, and leave nothing of themselves on a connection', async () => {
    const { accounts } = ground.storage()
    const connection = await accounts.acquire()
    const insert = `insert into account_verifications (id, identifier, value, expires_at) values ($1, 'i', 'v', now())`
    const count = async (id: string) =>
      (await rowsOf(`select id from account_verifications where id = '${id}'`)).length
    await connection.begin()
    expect((await connection.run(insert, ['kept'])).changed).toBe(1)
    await connection.commit()
    await connection.begin()
    await connection.run(insert, ['undone'])
    await expect(connection.run(insert, ['undone'])).rejects.toMatchObject({ code: '23505' })
    await connection.rollback()
    expect(
      (await connection.run('update account_verifications set value = $1 where id = $2', ['w', 'kept']))
        .changed,
    ).toBe(1)
    await connection.begin()
    await connection.run(insert, ['abandoned'])
    connection.release()
    await expect.poll(() => count('abandoned')).toBe(0)
    expect([await count('kept'), await count('undone')]).toEqual([1, 0])
    await expect(rowsOf('select 1 from threads')).rejects.toMatchObject({ code: '42501' })
    expect(
      await ground.storage().store.threads({ tenantId: 'a', userId: 'b' }, { limit: 1, order: 'asc' }),
    ).toMatchObject({ data: [] })
  })
})
