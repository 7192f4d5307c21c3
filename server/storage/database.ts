/**
 * One way to speak to both engines: statements in a transaction, in somebody's name.
 *
 *   once(scope, [statement, …])   scope · statements, sent together: one round trip, and so one transaction
 *   transaction(scope, work)      the same in as many round trips as work needs answers: what it only does, waits for the
 *                                 next question, or for the commit
 *
 * Either way a serialization failure or a deadlock runs the whole again, and what a caller may see of an error is coded.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ParleyError } from '../conversation/errors.ts'
import type { Owner } from '../conversation/threads.ts'
import { DatabaseError, isConnectionTrouble, isWorthRetrying } from './database-error.ts'

/** In whose name a transaction acts: as one user, or as the engine that writes down everybody's runs. */
export type Scope = { kind: 'user'; tenantId: string; userId: string } | { kind: 'engine' }

export const engineScope: Scope = { kind: 'engine' }

export function userScope({ tenantId, userId }: Owner): Scope {
  return { kind: 'user', tenantId, userId }
}

export type Value =
  | string
  | number
  | boolean
  | null
  | readonly (string | null)[]
  | readonly (number | null)[]
  | Uint8Array

/** SQL with its values, and how its rows are read. `text` is one of a fixed set: every one is prepared once per connection. */
export interface Statement<Result = unknown> {
  readonly text: string
  readonly values: readonly Value[]
  readonly read: (rows: readonly unknown[]) => Result
}

/** `Row` is what the SQL selects: stated here once, and trusted. */
export function statement<Row, Result>(
  text: string,
  values: readonly Value[],
  read: (rows: readonly Row[]) => Result,
): Statement<Result> {
  return { text, values, read: (rows) => read(rows as readonly Row[]) }
}

/** A statement that is run for what it does. */
export function command(text: string, values: readonly Value[] = []): Statement<void> {
  return { text, values, read: () => undefined }
}

/** A connection that one transaction has to itself. */
export interface Connection {
  /**
   * Sends all, then waits. Rejects with a `DatabaseError` for the first that failed; those behind it did nothing. Outside of
   * `begin` and `commit` all of them are one transaction.
   */
  run(statements: readonly Statement[]): Promise<(readonly unknown[])[]>
  /** Tells every listener of every process. */
  notify(channel: string, payloads: readonly string[]): Promise<void>
  /** Gives it back, or throws it away when nobody knows what state it is in. */
  release(broken: boolean): void
}

/** A connection as the user in the URL, not as a restricted role: for migrations. */
export interface AdminConnection {
  run(statements: readonly Statement[]): Promise<(readonly unknown[])[]>
  /** Several statements in one text, without values. */
  script(text: string): Promise<void>
  close(): Promise<void>
}

export async function one<Result>(admin: AdminConnection, single: Statement<Result>): Promise<Result> {
  const [rows] = await admin.run([single])
  return single.read(rows ?? [])
}

export interface Engine {
  readonly kind: 'postgres' | 'pglite'
  connectAdmin(): Promise<AdminConnection>
  acquire(): Promise<Connection>
  /** Calls back with each payload; with null when notifications may have been missed. */
  listen(channel: string, handler: (payload: string | null) => void): Promise<() => Promise<void>>
  /** Makes the space of deleted rows usable again. Postgres does that by itself, and needs to be told nothing. */
  reclaim(tables: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** Runs statements inside a transaction: one round trip, results in their order. */
export type Run = <Results extends readonly unknown[]>(
  ...statements: { readonly [Index in keyof Results]: Statement<Results[Index]> }
) => Promise<Results>

/** Sends statements along with the next that are run, or with the commit; what they throw is thrown there. */
export type Defer = (...statements: Statement<void>[]) => void

export interface Database {
  readonly kind: 'postgres' | 'pglite'
  once<Results extends readonly unknown[]>(
    scope: Scope,
    statements: { readonly [Index in keyof Results]: Statement<Results[Index]> },
    afterwards?: Notifications,
  ): Promise<Results>
  /** `work` may run more than once, so it changes nothing but the database. */
  transaction<Result>(scope: Scope, work: (run: Run, defer: Defer) => Promise<Result>): Promise<Result>
  notify(notifications: Notifications): Promise<void>
  listen: Engine['listen']
  reclaim: Engine['reclaim']
  close(): Promise<void>
}

/**
 * Sent when the commit was answered, so that nothing they lock is held while it is written to disk. Nobody waits for
 * them, nor hears when they fail: they are hints.
 */
export interface Notifications {
  channel: string
  payloads: readonly string[]
}

const attemptsMax = 6

const begin = command('begin')
const commit = command('commit')
const rollback = command('rollback')

export function createDatabase(engine: Engine): Database {
  async function attempt<Result>(
    work: (connection: Connection) => Promise<Result>,
    afterwards?: Notifications,
  ): Promise<Result> {
    const connection = await engine.acquire()
    try {
      const result = await work(connection)
      void finish(connection, afterwards)
      return result
    } catch (error) {
      connection.release(isConnectionTrouble(error) || !(await rolledBack(connection)))
      throw error
    }
  }

  async function repeatedly<Result>(
    work: (connection: Connection) => Promise<Result>,
    afterwards?: Notifications,
  ): Promise<Result> {
    for (let attemptNumber = 1; ; attemptNumber += 1) {
      try {
        return await attempt(work, afterwards)
      } catch (error) {
        if (!isWorthRetrying(error) || attemptNumber === attemptsMax) throw forCaller(error)
        await sleep(Math.random() * 10 * 2 ** attemptNumber)
      }
    }
  }

  return {
    kind: engine.kind,
    once: (scope, statements, afterwards) =>
      repeatedly(async (connection) => {
        const rows = await connection.run([enter(scope), ...statements])
        return readAll(statements, rows.slice(1))
      }, afterwards),
    transaction: (scope, work) =>
      repeatedly(async (connection) => {
        let waiting: Statement[] = [begin, enter(scope)]
        const run: Run = async (...statements) => {
          const before = waiting
          waiting = []
          const rows = await connection.run([...before, ...statements])
          return readAll(statements, rows.slice(before.length))
        }
        const result = await work(run, (...statements) => waiting.push(...statements))
        await connection.run([...waiting, commit])
        return result
      }),
    async notify(notifications) {
      await finish(await engine.acquire(), notifications)
    },
    listen: engine.listen,
    reclaim: engine.reclaim,
    close: engine.close,
  }
}

/** Gives the connection back, and never rejects. */
async function finish(connection: Connection, afterwards?: Notifications): Promise<void> {
  let broken = false
  try {
    if (afterwards !== undefined) await connection.notify(afterwards.channel, afterwards.payloads)
  } catch {
    broken = true
  }
  connection.release(broken)
}

function readAll<Results extends readonly unknown[]>(
  statements: { readonly [Index in keyof Results]: Statement<Results[Index]> },
  rows: readonly (readonly unknown[])[],
): Results {
  return statements.map((each, index) => each.read(rows[index] ?? [])) as unknown as Results
}

/** Settings are local to the transaction, so nothing of them is left for the connection's next borrower. */
function enter(scope: Scope): Statement<void> {
  return scope.kind === 'user' ? enterAsUser(scope.tenantId, scope.userId) : enterAsEngine()
}

function enterAsUser(tenantId: string, userId: string): Statement<void> {
  return command(
    `select set_config('role', 'parley_app', true),
            set_config('parley.tenant', $1, true),
            set_config('parley.user', $2, true)`,
    [tenantId, userId],
  )
}

function enterAsEngine(): Statement<void> {
  return command(
    `select set_config('role', 'parley_engine', true),
            set_config('parley.tenant', '', true),
            set_config('parley.user', '', true)`,
  )
}

async function rolledBack(connection: Connection): Promise<boolean> {
  try {
    await connection.run([rollback])
    return true
  } catch {
    // Then the connection is thrown away, which rolls back as well.
    return false
  }
}

function forCaller(error: unknown): unknown {
  if (!isConnectionTrouble(error) && !isWorthRetrying(error)) return error
  if (error instanceof ParleyError) return error
  return new ParleyError('unavailable', 'The database does not answer at the moment.', {
    retryable: true,
    cause: error instanceof DatabaseError ? error : new DatabaseError(String(error)),
  })
}
