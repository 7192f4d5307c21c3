/**
 * The tables of accounts, for Better Auth, which brings statements of its own: the one place where SQL does not stand in this
 * room. What they can do is bounded by the role: `parley_accounts` reaches these tables and nothing else, and nobody else
 * reaches them.
 */
import type { AccountsConnection, AccountsDatabase, AccountsResult } from '../accounts/database.ts'
import { ParleyError } from '../conversation/errors.ts'
import { cleanText } from '../conversation/text.ts'
import { command } from './database.ts'
import type { Connection, Engine, Statement, Value } from './database.ts'
import { isConnectionTrouble, isWorthRetrying } from './database-error.ts'

export function createAccountsDatabase(engine: Engine): AccountsDatabase {
  const acquire = (): Promise<AccountsConnection> => engine.acquire().then(accountsConnection, refuse)
  return {
    acquire,
    async sweep() {
      const connection = await acquire()
      try {
        await connection.run('delete from account_sessions where expires_at <= now()', [])
        await connection.run('delete from account_verifications where expires_at <= now()', [])
      } finally {
        connection.release()
      }
    },
  }
}

const begin = command('begin')
const commit = command('commit')
const rollback = command('rollback')

function accountsConnection(connection: Connection): AccountsConnection {
  let isInTransaction = false
  let isBroken = false

  async function send(statements: readonly Statement[]): Promise<(readonly unknown[])[]> {
    try {
      return await connection.run(statements)
    } catch (error) {
      isBroken ||= isConnectionTrouble(error)
      return refuse(error)
    }
  }

  return {
    async run(text, values) {
      const own = counted(text)
      const statement = command(own.text, values.map(valueOf))
      const results = await send(isInTransaction ? [statement] : [enterAsAccounts(), statement])
      return own.read(results.at(-1) ?? [])
    },
    async begin() {
      isInTransaction = true
      await send([begin, enterAsAccounts()])
    },
    async commit() {
      await send([commit])
      isInTransaction = false
    },
    async rollback() {
      await send([rollback])
      isInTransaction = false
    },
    release: () => connection.release(isBroken || isInTransaction),
  }
}

/** As in database.ts: local to the transaction, so nothing of it is left for the connection's next borrower. */
function enterAsAccounts(): Statement<void> {
  return command(
    `select set_config('role', 'parley_accounts', true),
            set_config('parley.tenant', '', true),
            set_config('parley.user', '', true)`,
  )
}

/** The wire's own count is not handed up to here, so what changes something returns a row for each. */
function counted(text: string): { text: string; read(rows: readonly unknown[]): AccountsResult } {
  if (!/^\s*(?:insert|update|delete)\b/i.test(text))
    return { text, read: (rows) => ({ rows, changed: undefined }) }
  if (/\breturning\b/i.test(text)) return { text, read: (rows) => ({ rows, changed: rows.length }) }
  return { text: `${text} returning 1`, read: (rows) => ({ rows: [], changed: rows.length }) }
}

function valueOf(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return cleanText(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  throw new Error(`A ${typeof value} cannot be stored.`)
}

function refuse(error: unknown): never {
  if (!isConnectionTrouble(error) && !isWorthRetrying(error)) throw error
  throw new ParleyError('unavailable', 'The database does not answer at the moment.', {
    retryable: true,
    cause: error,
  })
}
