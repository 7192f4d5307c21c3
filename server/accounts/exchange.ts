/**
 * What is known while one question is answered, wherever it is asked for: Better Auth answers some failures of its database as
 * if nothing had happened (signed out, no session), and this is how we hear of them nonetheless.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { AccountsConnection, AccountsDatabase } from './database.ts'

export interface Exchange {
  /** The first failure that must not be passed over. */
  failure: Error | null
  /** Made before the question is asked, so that no connection is held for the time that it takes. */
  hashed: { password: string; hash: string } | null
  /** Who has just signed in. */
  signedInUserId: string | null
}

const storage = new AsyncLocalStorage<Exchange>()

export function currentExchange(): Exchange | undefined {
  return storage.getStore()
}

/** Throws what failed meanwhile, whatever the work made of it. */
export async function inExchange<Result>(
  work: (exchange: Exchange) => Promise<Result>,
  hashed: Exchange['hashed'] = null,
): Promise<Result> {
  const exchange: Exchange = { failure: null, hashed, signedInUserId: null }
  const result = await storage
    .run(exchange, () => work(exchange))
    .catch((error: unknown) => {
      throw exchange.failure ?? error
    })
  if (exchange.failure !== null) throw exchange.failure
  return result
}

/** Rejects as the work does, and notes it. */
export async function noted<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work
  } catch (error) {
    const exchange = currentExchange()
    if (exchange !== undefined && error instanceof Error) exchange.failure ??= error
    throw error
  }
}

/** The same database; that it did not answer is noted. What it refuses (an address that is taken) is not. */
export function notingDatabase(database: AccountsDatabase): AccountsDatabase {
  return { ...database, acquire: async () => notingConnection(await notedIfAway(database.acquire())) }
}

function notingConnection(connection: AccountsConnection): AccountsConnection {
  return {
    run: (text, values) => notedIfAway(connection.run(text, values)),
    begin: () => notedIfAway(connection.begin()),
    commit: () => notedIfAway(connection.commit()),
    rollback: () => connection.rollback(),
    release: () => connection.release(),
  }
}

function notedIfAway<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    const isAway = error instanceof Error && 'code' in error && error.code === 'unavailable'
    if (!isAway) throw error
    return noted(Promise.reject(error))
  })
}
