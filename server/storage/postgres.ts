/** Postgres behind the engine interface: a small pool, and one connection that listens. */
import pg from 'pg'
import { command } from './database.ts'
import type { AdminConnection, Connection, Engine } from './database.ts'
import { databaseErrorFrom } from './database-error.ts'
import { createListener } from './postgres-listener.ts'
import { sendTogether } from './postgres-round-trip.ts'

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

export function createPostgres(options: PostgresOptions): Engine {
  const connectMilliseconds = options.connectMillisecondsMax ?? 5_000
  const statementMilliseconds = options.statementMillisecondsMax ?? 15_000
  const connection = {
    connectionString: options.url,
    application_name: 'parley',
    connectionTimeoutMillis: connectMilliseconds,
    keepAlive: true,
  }
  const pool = new pg.Pool({
    ...connection,
    max: options.poolSizeMax ?? 10,
    idleTimeoutMillis: idleMilliseconds,
    query_timeout: statementMilliseconds + graceMilliseconds,
  })
  // A connection that breaks while nobody uses it has left the pool by itself.
  pool.on('error', ignoreError)
  pool.on('connect', (client) => {
    // From the beginning, and for good: between the pool's own listener and a borrower's a write can fail, and an error that
    // nobody listens to ends the process. Whoever waits for an answer from the connection hears of it there.
    client.on('error', ignoreError)
    // Sent ahead of whatever the borrower sends.
    void settle(client, options).catch(ignoreError)
  })
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
    reclaim: async () => {},
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
            set_config('plan_cache_mode', 'force_generic_plan', false),
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
  return {
    run: (statements) => sendTogether(client, statements),
    async notify(channel, payloads) {
      await sendTogether(
        client,
        payloads.map((payload) => command('select pg_notify($1, $2)', [channel, payload])),
      )
    },
    release: (broken) => client.release(broken),
  }
}

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
    run: (statements) => sendTogether(client, statements),
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
