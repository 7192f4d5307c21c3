import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createEmptyDatabase, missingReason } from '../testing/databases.ts'
import type { EmptyDatabase } from '../testing/databases.ts'
import { runAs, startPostgres } from '../testing/postgres.ts'
import type { PostgresServer } from '../testing/postgres.ts'
import { openDatabase } from './open.ts'
import type { DatabaseOptions } from './open.ts'
import { preparedDatabasePath } from './prepare.ts'
import { readMigrations } from './migrations.ts'
import { restrictedRoles } from './roles.ts'

const noPostgres = missingReason('postgres')
const own = (await readMigrations()).length
/** What a migration behind the repository's own is called. */
const next = (words: string, ahead = 1): string => `${String(own + ahead).padStart(4, '0')}_${words}`

/** The repository's migrations and, behind them, more. */
async function migrationsAnd(more: Record<string, string>): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'parley-migrations-'))
  directories.push(directory)
  for (const { name, sql } of await readMigrations()) writeFileSync(join(directory, `${name}.sql`), sql)
  for (const [name, sql] of Object.entries(more)) writeFileSync(join(directory, name), sql)
  return directory
}

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** Opens the same database again and again. */
interface Target {
  options: DatabaseOptions
  drop(): Promise<void>
}

const engines: Record<string, () => Promise<Target>> = {
  async PGlite() {
    const directory = mkdtempSync(join(tmpdir(), 'parley-embedded-'))
    const preparedFile = await preparedDatabasePath()
    return {
      options: { kind: 'pglite', directory, preparedFile },
      drop: async () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }),
    }
  },
  async Postgres() {
    const empty = await createEmptyDatabase()
    return { options: { kind: 'postgres', url: empty.url }, drop: () => empty.drop() }
  },
}

describe.each(Object.keys(engines))('%s', (name) => {
  let target: Target

  beforeEach(async (context) => {
    if (name === 'Postgres' && noPostgres !== null) return context.skip(noPostgres)
    const create = engines[name]
    if (create === undefined) throw new Error('unreachable')
    target = await create()
  })
  afterEach(() => target.drop())

  async function openWith(more: Record<string, string>): Promise<string[]> {
    const progress: string[] = []
    const storage = await openDatabase({
      ...target.options,
      migrationsDirectory: await migrationsAnd(more),
      onProgress: (sentence) => progress.push(sentence),
    })
    await storage.close()
    return progress.filter((sentence) => sentence.startsWith('Applying'))
  }

  const sql = 'create table second (x integer); create table more (x integer);'
  const second = { [`${next('second')}.sql`]: sql }

  test('[MIGRATE-1] what is applied already is not applied again', async () => {
    await openWith({})
    expect(await openWith(second)).toEqual([`Applying migration ${next('second')}`])
    expect(await openWith(second)).toEqual([])
  })

  test('[MIGRATE-2] a database that is newer than the program is refused and left as it is', async () => {
    await openWith(second)
    await expect(openWith({})).rejects.toThrow(`newer than this program: it has migration ${next('second')}`)
    expect(await openWith(second)).toEqual([])
  })

  test('[MIGRATE-3] a migration that was edited after it was applied is refused', async () => {
    await openWith(second)
    const edited = { [`${next('second')}.sql`]: 'create table second (y integer);' }
    await expect(openWith(edited)).rejects.toThrow(/_second was applied .* other contents/)
    const crlf = { [`${next('second')}.sql`]: sql.replaceAll('\n', '\r\n') }
    expect(await openWith(crlf)).toEqual([])
  })

  test('[MIGRATE-4] a migration that fails leaves nothing behind and is named', async () => {
    const failing = { [`${next('second')}.sql`]: 'create table second (x integer); select 1 / 0;' }
    await expect(openWith(failing)).rejects.toThrow(/_second failed, and nothing of it was applied: division/)
    expect(await openWith(second)).toEqual([`Applying migration ${next('second')}`])
  })

  test('[MIGRATE-4] names out of order are refused before anything happens', async () => {
    await expect(openWith({ [`${next('later', 2)}.sql`]: 'select 1' })).rejects.toThrow(
      `should have the number ${own + 1}`,
    )
    await expect(openWith({ 'second.sql': 'select 1' })).rejects.toThrow('is no name for a migration')
  })

  test('[RLS-6] CVE-2025-48757: a table with a tenant in it whose row level security is not forced stops the start', async () => {
    const careless = {
      [`${next('careless')}.sql`]:
        'create table careless (tenant_id text); alter table careless enable row level security;',
    }
    await expect(openWith(careless)).rejects.toThrow(/not forced on careless.*alter table careless .*force/)
  })

  test('[RLS-6] a table that a restricted role owns stops the start', async () => {
    const owned = {
      [`${next('owned')}.sql`]: `create table owned (x integer);
        grant create on schema public to parley_app;
        alter table owned owner to parley_app`,
    }
    await expect(openWith(owned)).rejects.toThrow(/parley_app would see everybody's data/)
  })
})

describe.skipIf(noPostgres !== null)('Postgres, many servers', () => {
  let empty: EmptyDatabase

  beforeEach(async () => {
    empty = await createEmptyDatabase()
  })
  afterEach(() => empty.drop())

  test('[MIGRATE-1] of 20 servers that migrate one database at once, one applies each migration', async () => {
    const progress: string[] = []
    const storages = await Promise.all(
      Array.from({ length: 20 }, () =>
        openDatabase({ kind: 'postgres', url: empty.url, onProgress: (line) => progress.push(line) }),
      ),
    )
    expect(progress).toEqual((await readMigrations()).map(({ name }) => `Applying migration ${name}`))
    await Promise.all(storages.map((storage) => storage.ping()))
    await Promise.all(storages.map((storage) => storage.close()))
  })
})

/** Roles belong to a whole cluster, so these need one of their own. */
describe.skipIf(noPostgres !== null || process.env['PARLEY_TEST_DATABASE_URL'] !== undefined)(
  'Postgres roles',
  () => {
    let server: PostgresServer

    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server.remove())

    test('[RLS-7] who may not make the roles is told what to run, and that is enough', async () => {
      const superuser = server.superuserUrl('postgres')
      await runAs(superuser, 'create role modest login')
      await runAs(superuser, 'create database modest owner modest')
      const options = {
        kind: 'postgres',
        url: server.url('modest').replace('parley_test', 'modest'),
      } as const
      const refusal = await openDatabase(options).then(
        () => '',
        (error: Error) => error.message,
      )
      const statements = refusal.split('\n').filter((line) => line.startsWith('  '))
      expect(statements).toEqual([
        '  create role parley_app nologin;',
        '  create role parley_engine nologin;',
        '  create role parley_accounts nologin;',
        '  grant parley_app, parley_engine, parley_accounts to modest;',
      ])
      await runAs(superuser, statements.join('\n'))
      const storage = await openDatabase(options)
      await storage.ping()
      await storage.close()
    })

    test('[MIGRATE-1] servers of several databases that make the roles at the same moment do not disturb each other', async () => {
      await runAs(server.superuserUrl('postgres'), 'drop database if exists modest with (force)')
      const roles = restrictedRoles.join(', ')
      await runAs(server.superuserUrl('postgres'), `drop role if exists ${roles}`)
      const names = ['one', 'two', 'three', 'four']
      for (const name of names) await runAs(server.url('postgres'), `create database ${name}`)
      const storages = await Promise.all(
        names.flatMap((name) =>
          [1, 2, 3].map(() => openDatabase({ kind: 'postgres', url: server.url(name), poolSizeMax: 2 })),
        ),
      )
      await Promise.all(storages.map((storage) => storage.ping().then(() => storage.close())))
    })

    test('[RLS-6] a restricted role that bypasses row level security stops the start, with what to do', async () => {
      const superuser = server.superuserUrl('postgres')
      await runAs(server.url('postgres'), 'create database walls')
      const open = async (): Promise<void> => {
        const storage = await openDatabase({ kind: 'postgres', url: server.url('walls') })
        await storage.close()
      }
      await open()
      for (const [weaken, mend, role] of [
        ['alter role parley_app bypassrls', 'alter role parley_app nobypassrls', 'parley_app'],
        ['alter role parley_engine superuser', 'alter role parley_engine nosuperuser', 'parley_engine'],
        ['grant postgres to parley_app', 'revoke postgres from parley_app', 'parley_app'],
        ['grant parley_engine to parley_app', 'revoke parley_engine from parley_app', 'parley_app'],
      ] as const) {
        await runAs(superuser, weaken)
        await expect(open(), weaken).rejects.toThrow(`The database role ${role} would see everybody's data`)
        await runAs(superuser, mend)
        await open()
      }
      await runAs(server.superuserUrl('walls'), 'alter table items no force row level security')
      await expect(open()).rejects.toThrow('not forced on items')
    })
  },
)
