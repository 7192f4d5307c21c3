/** Kysely, which Better Auth speaks to its tables with, on the one pool (or the one PGlite) that everything here shares. */
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely'
import type { AccountsConnection, AccountsDatabase } from './database.ts'

export function createDialect(database: AccountsDatabase): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(database),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

function createDriver(database: AccountsDatabase): Driver {
  const acquired = new WeakMap<DatabaseConnection, AccountsConnection>()
  function ownOf(connection: DatabaseConnection): AccountsConnection {
    const own = acquired.get(connection)
    if (own === undefined) throw new Error('This connection was not acquired here.')
    return own
  }
  return {
    async init() {},
    async acquireConnection() {
      const own = await database.acquire()
      const connection = kyselyConnection(own)
      acquired.set(connection, own)
      return connection
    },
    beginTransaction: (connection) => ownOf(connection).begin(),
    commitTransaction: (connection) => ownOf(connection).commit(),
    rollbackTransaction: (connection) => ownOf(connection).rollback(),
    async releaseConnection(connection) {
      ownOf(connection).release()
    },
    // The pool is everybody's.
    async destroy() {},
  }
}

function kyselyConnection(own: AccountsConnection): DatabaseConnection {
  return {
    async executeQuery<Row>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) {
      const { rows, changed } = await own.run(sql, parameters)
      const result: QueryResult<Row> = {
        // What the statement selects, which only whoever built it knows.
        rows: rows as Row[],
        ...(changed === undefined ? {} : { numAffectedRows: BigInt(changed) }),
      }
      return result
    },
    // oxlint-disable-next-line require-yield -- nothing here streams
    async *streamQuery() {
      throw new Error('Accounts are never streamed.')
    },
  }
}
