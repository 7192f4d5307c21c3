/**
 * Where limits are counted, by the settings:
 *
 *   REDIS_URL ─▶ Redis, for many processes     Postgres ─▶ the database     PGlite: one process ─▶ its memory
 */
import { createLimiter as createLimiterOn } from '../limits/limiter.ts'
import type { Limiter } from '../limits/limits.ts'
import { createMemoryLimits } from '../limits/memory.ts'
import type { Settings } from '../settings/configuration.ts'
import type { Storage } from '../storage/open.ts'
import { createRedisLimits } from '../storage/redis-limits.ts'

export interface LimiterParts {
  storage: Pick<Storage, 'engine' | 'limitStore'>
  /** Of the server's secret, for the purpose `limit-keys`. */
  key: Uint8Array
  /** Told when Redis or the database goes away, with what it said, and with null when it is back. */
  onStoreChange?: (error: unknown) => void
}

/** Does not fail when Redis is away: until it is there, this process counts by itself. To be closed before the storage. */
export async function createLimiter(
  settings: Pick<Settings, 'redisUrl'>,
  { storage, key, onStoreChange }: LimiterParts,
): Promise<Limiter> {
  const store =
    settings.redisUrl !== null
      ? await createRedisLimits({ url: settings.redisUrl })
      : storage.engine === 'postgres'
        ? storage.limitStore
        : createMemoryLimits()
  return createLimiterOn({ store, key, ...(onStoreChange === undefined ? {} : { onStoreChange }) })
}
