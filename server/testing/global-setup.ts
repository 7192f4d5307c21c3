/** Before the integration tests: one Postgres for all of them, with a migrated database to clone, and PGlite's prepared directory. */
import { prepareDatabase } from '../storage/prepare.ts'
import { postgresVariable, provideTestPostgres } from './databases.ts'
import { findPostgres } from './postgres.ts'

export async function setup(): Promise<(() => Promise<void>) | undefined> {
  await prepareDatabase()
  const reason = findPostgres()
  if (process.env['PARLEY_TEST_DATABASE_URL'] === undefined && 'reason' in reason) return undefined
  const { postgres, remove } = await provideTestPostgres()
  // The processes that run the tests inherit it.
  process.env[postgresVariable] = JSON.stringify(postgres)
  return remove
}
