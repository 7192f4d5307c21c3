/** Fresh, migrated databases: each caller's own, made in well under a second by cloning a prepared one. */
import { randomBytes } from 'node:crypto'
import type { Database } from '../storage/database.ts'
import { openDatabase, openParts } from '../storage/open.ts'
import type { DatabaseOptions, Storage } from '../storage/open.ts'
import { prepareDatabase } from '../storage/prepare.ts'
import { findPostgres, runAs, startPostgres } from './postgres.ts'

export type DatabaseKind = 'pglite' | 'postgres'

export interface TestDatabase {
  storage: Storage
  /** What lies beneath, to run statements of one's own. */
  database: Database
  options: DatabaseOptions
  /** As another server process would see the same data: a second pool on Postgres, the same storage on PGlite. */
  openAnother(): Promise<Storage>
  /** Past all walls, where there is somebody who may: on Postgres. */
  superuserUrl: string | null
  close(): Promise<void>
}

/** Why an engine cannot be tested here, or null. Throws the reason when PARLEY_TEST_REQUIRE is `all`. */
export function missingReason(kind: DatabaseKind): string | null {
  if (kind === 'pglite' || process.env['PARLEY_TEST_DATABASE_URL'] !== undefined) return null
  const found = findPostgres()
  if (!('reason' in found)) return null
  if (process.env['PARLEY_TEST_REQUIRE'] === 'all') throw new Error(found.reason)
  return found.reason
}

export type TestDatabaseSettings = Pick<DatabaseOptions, 'onRefused'>

/** The caller closes it. */
export async function createTestDatabase(
  kind: DatabaseKind,
  settings: TestDatabaseSettings = {},
): Promise<TestDatabase> {
  return kind === 'pglite' ? createPgliteDatabase(settings) : createPostgresDatabase(settings)
}

async function createPgliteDatabase(settings: TestDatabaseSettings): Promise<TestDatabase> {
  const preparedFile = await prepareDatabase()
  const options: DatabaseOptions = { ...settings, kind: 'pglite', directory: null, preparedFile }
  const { storage, database } = await openParts(options)
  const shared = { ...storage, close: async () => {} }
  return {
    storage,
    database,
    options,
    openAnother: async () => shared,
    superuserUrl: null,
    close: storage.close,
  }
}

async function createPostgresDatabase(settings: TestDatabaseSettings): Promise<TestDatabase> {
  const empty = await createEmptyDatabase({ migrated: true })
  const options: DatabaseOptions = { ...settings, kind: 'postgres', url: empty.url }
  const { storage, database } = await openParts(options)
  const others: Storage[] = []
  return {
    storage,
    database,
    options,
    async openAnother() {
      const other = await openDatabase(options)
      others.push(other)
      return other
    },
    superuserUrl: empty.superuserUrl,
    async close() {
      await Promise.all([storage, ...others].map((each) => each.close()))
      await empty.drop()
    },
  }
}

export interface EmptyDatabase {
  url: string
  superuserUrl: string
  drop(): Promise<void>
}

/** A new Postgres database: with nothing in it, or a clone of the migrated one. */
export async function createEmptyDatabase({
  migrated = false,
}: { migrated?: boolean } = {}): Promise<EmptyDatabase> {
  const { postgres, release } = await borrowPostgres()
  const name = `parley_${randomBytes(6).toString('hex')}`
  const template = migrated ? ` template ${postgres.template}` : ''
  await runAs(urlOf(postgres.url, 'postgres'), `create database ${name}${template}`)
  return {
    url: urlOf(postgres.url, name),
    superuserUrl: urlOf(postgres.superuserUrl, name),
    async drop() {
      // A superuser, since autovacuum may be at work in it, which nobody else can end.
      await runAs(urlOf(postgres.superuserUrl, 'postgres'), `drop database if exists ${name} with (force)`)
      await release()
    },
  }
}

/** A Postgres that tests share. `DATABASE` stands for the name of a database in its URLs. */
export interface TestPostgres {
  url: string
  superuserUrl: string
  /** A migrated database, to be cloned. */
  template: string
}

/** Where the global setup leaves it, as JSON. */
export const postgresVariable = 'PARLEY_TEST_POSTGRES'

let own: Promise<{ postgres: TestPostgres; remove(): Promise<void> }> | undefined
let borrowers = 0

/** The global setup's; without one, a cluster that lives as long as somebody in this process uses it. */
async function borrowPostgres(): Promise<{ postgres: TestPostgres; release(): Promise<void> }> {
  const shared = process.env[postgresVariable]
  if (shared !== undefined) {
    return { postgres: JSON.parse(shared) as TestPostgres, release: async () => {} }
  }
  own ??= provideTestPostgres()
  borrowers += 1
  const { postgres, remove } = await own
  return {
    postgres,
    async release() {
      borrowers -= 1
      if (borrowers > 0) return
      own = undefined
      await remove()
    },
  }
}

/**
 * The server of PARLEY_TEST_DATABASE_URL, whose user must be able to make databases and to see through the walls that tests
 * look behind; or a cluster of our own.
 */
export async function provideTestPostgres(): Promise<{ postgres: TestPostgres; remove(): Promise<void> }> {
  const template = `parley_template_${process.pid}`
  const given = process.env['PARLEY_TEST_DATABASE_URL']
  if (given === undefined) {
    const server = await startPostgres()
    const postgres = { url: server.url('DATABASE'), superuserUrl: server.superuserUrl('DATABASE'), template }
    try {
      await makeTemplate(postgres)
    } catch (error) {
      await server.remove()
      throw error
    }
    return { postgres, remove: server.remove }
  }
  const url = new URL(given)
  url.pathname = '/DATABASE'
  const postgres = { url: url.href, superuserUrl: url.href, template }
  await makeTemplate(postgres)
  return {
    postgres,
    async remove() {
      await runAs(urlOf(postgres.url, 'postgres'), `drop database if exists ${template} with (force)`)
    },
  }
}

async function makeTemplate({ url, template }: TestPostgres): Promise<void> {
  await runAs(urlOf(url, 'postgres'), `create database ${template}`)
  const storage = await openDatabase({ kind: 'postgres', url: urlOf(url, template) })
  await storage.close()
}

function urlOf(url: string, database: string): string {
  return url.replace('DATABASE', database)
}
