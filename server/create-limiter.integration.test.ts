import { expect, test } from 'vitest'
import { createLimiter } from './create-limiter.ts'
import { createTestDatabase, missingReason } from './testing/databases.ts'
import { missingRedisReason, startRedis } from './testing/redis.ts'

const key = new Uint8Array(32).fill(5)
const limit = { name: 'minute', subject: 'a', requestsMax: 5, windowSeconds: 60 }
const counted = {
  text: 'select 1 from limit_windows',
  values: [],
  read: (rows: readonly unknown[]) => rows.length,
}

/** What is counted in the database after one request. */
async function countedInDatabase(kind: 'pglite' | 'postgres', redisUrl: string | null): Promise<number> {
  const { storage, database, close } = await createTestDatabase(kind)
  const limiter = await createLimiter({ redisUrl }, { storage, key })
  await limiter.admit([limit])
  const [rows] = await database.once({ kind: 'engine' }, [counted])
  await limiter.close()
  await close()
  return rows
}

test('[LIMIT-15] a server that is alone with its PGlite counts in its memory', async () => {
  expect(await countedInDatabase('pglite', null)).toBe(0)
})

test.skipIf(missingReason('postgres') !== null)(
  '[LIMIT-15] on Postgres limits are counted there',
  async () => {
    expect(await countedInDatabase('postgres', null)).toBe(1)
  },
)

test.skipIf(missingReason('postgres') !== null || missingRedisReason() !== null)(
  '[LIMIT-15] where there is a Redis, limits are counted there',
  async () => {
    const redis = await startRedis()
    expect(await countedInDatabase('postgres', redis.url)).toBe(0)
    expect(await redis.run('keys', '*')).toHaveLength(1)
    await redis.remove()
  },
)
