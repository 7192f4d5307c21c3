import { expect, test } from 'vitest'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import { missingRedisReason, startRedis } from '../testing/redis.ts'
import { createLimiter } from './create-limiter.ts'

const key = new Uint8Array(32).fill(5)
const limit = { name: 'hour', subject: 'a', requestsMax: 10_000, windowSeconds: 3_600 }
const counted = {
  text: 'select 1 from limit_windows',
  values: [],
  read: (rows: readonly unknown[]) => rows.length,
}

interface Counted {
  inDatabase: number
  elsewhere: number
}

/** What was counted where once somebody had asked, and until it is as expected: a slow machine counts by itself for a while. */
async function expectCounted(
  kind: 'pglite' | 'postgres',
  redis: { url: string; run(command: string, ...values: string[]): Promise<unknown> } | null,
  expected: Counted,
): Promise<void> {
  const { storage, database, close } = await createTestDatabase(kind)
  const limiter = await createLimiter({ redisUrl: redis?.url ?? null }, { storage, key })
  await expect
    .poll(async (): Promise<Counted> => {
      expect(await limiter.admit([limit])).toMatchObject({ admitted: true })
      const [inDatabase] = await database.once({ kind: 'engine' }, [counted])
      const keys = await redis?.run('keys', '*')
      return { inDatabase, elsewhere: Array.isArray(keys) ? keys.length : 0 }
    })
    .toEqual(expected)
  await limiter.close()
  await close()
}

test('[LIMIT-15] a server that is alone with its PGlite counts in its memory', async () => {
  await expectCounted('pglite', null, { inDatabase: 0, elsewhere: 0 })
})

test.skipIf(missingReason('postgres') !== null)(
  '[LIMIT-15] on Postgres limits are counted there',
  async () => {
    await expectCounted('postgres', null, { inDatabase: 1, elsewhere: 0 })
  },
)

test.skipIf(missingReason('postgres') !== null || missingRedisReason() !== null)(
  '[LIMIT-15] where there is a Redis, limits are counted there',
  async () => {
    const redis = await startRedis()
    await expectCounted('postgres', redis, { inDatabase: 0, elsewhere: 1 })
    await redis.remove()
  },
)
