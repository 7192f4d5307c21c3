/** Postgres behind the engine interface: a small pool whose connections pipeline, and one connection that listens. */
import pg from 'pg'
import type { AdminConnection, Connection, Engine, Statement } from './database.ts'
import { databaseErrorFrom } from './database-error.ts'
import { createListener } from './postgres-listener.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string
  /** How many connections at most, the listening one not counted. Default 10. */
  poolSizeMax?: number
  /** For a connection to be made, or to become free. Default 5000. */
  connectMillisecondsMax?: number
  /** For a statement. Default 15000. */
  statementMillisecondsMax?: number
  /** For a lock. Default 5000. */
  lockMillisecondsMax?: number
}

const idleMilliseconds = 60_000
const idleInTransactionMillisecondsMax = 30_000
/** The client gives up a little after the server should have: then the server, or the way to it, is gone. */
const graceMilliseconds = 2_000

const postgresTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
}

export function createPostgres(options: PostgresOptions): Engine {
  const connectMilliseconds = options.connectMillisecondsMax ?? 5_000
  const statementMilliseconds = options.statementMillisecondsMax ?? 15_000
  const connection = {
    connectionString: options.url,
    application_name: 'parley',
    connectionTimeoutMillis: connectMilliseconds,
    keepAlive: true,
    types: postgresTypes,
    pipeline: true,
  }
  const pool = new pg.Pool({
    ...connection,
    max: options.poolSizeMax ?? 10,
    idleTimeoutMillis: idleMilliseconds,
    query_timeout: statementMilliseconds + graceMilliseconds,
  })
  // A connection that breaks while nobody uses it has left the pool by itself.
  pool.on('error', ignoreError)
  // Sent ahead of whatever the borrower sends.
  pool.on('connect', (client) => void settle(client, options).catch(ignoreError))
  const listener = createListener(() => new pg.Client({ ...connection, query_timeout: connectMilliseconds }))

  return {
    kind: 'postgres',
    connectAdmin: () => connectAdmin(connection),
    async acquire() {
      try {
        return connectionOf(await pool.connect())
      } catch (error) {
        throw databaseErrorFrom(error)
      }
    },
    listen: listener.listen,
    async close() {
      await listener.stop()
      await pool.end()
    },
  }
}

/**
 * The restricted role is also the session's own, should ever a statement run outside a transaction.
 *
 * Every query here has its index. The planner does not know that: the owner's name in each `where` makes it expect a single
 * row, and then it reads and sorts a thread of 100,000 items as readily as it takes 20 off the index's end. (What is
 * switched off costs 1e10 in plans where it is never executed, which would wake the compiler.)
 */
async function settle(client: pg.ClientBase, options: PostgresOptions): Promise<void> {
  await client.query(
    `select set_config('role', 'parley_app', false),
            set_config('enable_seqscan', 'off', false),
            set_config('enable_bitmapscan', 'off', false),
            set_config('jit', 'off', false),
            set_config('statement_timeout', $1, false),
            set_config('lock_timeout', $2, false),
            set_config('idle_in_transaction_session_timeout', $3, false)`,
    [
      String(options.statementMillisecondsMax ?? 15_000),
      String(options.lockMillisecondsMax ?? 5_000),
      String(idleInTransactionMillisecondsMax),
    ],
  )
}

function connectionOf(client: pg.PoolClient): Connection {
  client.on('error', ignoreError)
  return {
    run: (statements) => runPipelined(client, statements),
    release(broken) {
      client.removeListener('error', ignoreError)
      client.release(broken)
    },
  }
}

/** Whoever waits for an answer from the connection hears of it there. */
function ignoreError(): void {}

async function connectAdmin(connection: pg.ClientConfig): Promise<AdminConnection> {
  const client = new pg.Client(connection)
  client.on('error', ignoreError)
  try {
    await client.connect()
  } catch (error) {
    throw databaseErrorFrom(error)
  }
  return {
    run: (statements) => runPipelined(client, statements),
    async script(text) {
      try {
        await client.query(text)
      } catch (error) {
        throw databaseErrorFrom(error)
      }
    },
    close: () => client.end(),
  }
}

/** All are on their way before the first is answered. A failure inside a transaction fails all that follow. */
async function runPipelined(
  client: pg.ClientBase,
  statements: readonly Statement[],
): Promise<(readonly unknown[])[]> {
  // One system call for all of them.
  const socket = client instanceof pg.Client ? client.connection.stream : undefined
  socket?.cork()
  const sent = statements.map(({ text, values }) =>
    values.length === 0
      ? client.query(text)
      : client.query({ name: nameOf(text), text, values: [...values] }),
  )
  process.nextTick(() => socket?.uncork())
  const answers = await Promise.allSettled(sent)
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw databaseErrorFrom(answer.reason)
    return answer.value.rows
  })
}

const names = new Map<string, string>()

/** Statements are a fixed set of texts: each is planned once per connection and called by a short name. */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `parley_${names.size + 1}`
  names.set(text, name)
  return name
}
