import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { createLimiter } from '../limits/limiter.ts'
import type { Limiter, WindowLimit } from '../limits/limits.ts'
import { missingReason } from '../testing/databases.ts'
import { runAs, startPostgres } from '../testing/postgres.ts'
import { missingRedisReason, startRedis } from '../testing/redis.ts'
import { openDatabase } from './open.ts'
import { createRedisLimits } from './redis-limits.ts'

const key = new Uint8Array(32).fill(3)
const hour: WindowLimit = { name: 'hour', subject: 'a', requestsMax: 1_000, windowSeconds: 3_600 }
const signIn: WindowLimit = { ...hour, name: 'sign-in', whenAway: 'refuse' }

/** Whoever asks is answered by this process alone, and what may not be decided alone is refused. */
async function expectAlone(limiter: Limiter): Promise<void> {
  // The first one may have found out.
  await limiter.admit([{ ...hour, name: 'probe' }])
  expect(await limiter.admit([hour])).toMatchObject({ admitted: true })
  expect(await limiter.admit([hour, signIn])).toMatchObject({ admitted: false, reason: 'unavailable' })
}

async function expectTogether(limiter: Limiter): Promise<void> {
  await expect.poll(async () => (await limiter.admit([signIn])).admitted, { interval: 100 }).toBe(true)
}

describe.skipIf(missingRedisReason() !== null)('a Redis that goes away', () => {
  test('[LIMIT-8] stopped, frozen, demoted or restarted: nobody waits for it, and when it is back it counts', async () => {
    const redis = await startRedis()
    const changes: boolean[] = []
    const limiter = createLimiter({
      store: await createRedisLimits({ url: redis.url }),
      key,
      storeMillisecondsMax: 300,
      onStoreChange: (error) => changes.push(error === null),
    })
    await expectTogether(limiter)
    const troubles: [begin: () => Promise<unknown>, end: () => Promise<unknown>][] = [
      [redis.stop, redis.start],
      [async () => redis.signal('SIGSTOP'), async () => redis.signal('SIGCONT')],
      [() => redis.run('replicaof', '127.0.0.1', '1'), () => redis.run('replicaof', 'no', 'one')],
    ]
    for (const [begin, end] of troubles) {
      await begin()
      await expectAlone(limiter)
      await end()
      await expectTogether(limiter)
    }
    expect(changes.length).toBeGreaterThanOrEqual(2 * troubles.length)
    expect(await redis.run('keys', '*')).not.toEqual([])
    await limiter.close()
    await redis.remove()
  })

  test('[LIMIT-8] a server starts without it, and finds it when it is there', async () => {
    const redis = await startRedis()
    await redis.stop()
    const limiter = createLimiter({ store: await createRedisLimits({ url: redis.url }), key })
    await expectAlone(limiter)
    await redis.start()
    await expectTogether(limiter)
    await limiter.close()
    await redis.remove()
  })
})

describe.skipIf(missingReason('postgres') !== null || process.env['PARLEY_TEST_DATABASE_URL'] !== undefined)(
  'a Postgres that goes away',
  () => {
    test(
      '[LIMIT-8] stopped, killed or locked: nobody waits for it, and when it is back it counts',
      { timeout: 120_000 },
      async () => {
        const server = await startPostgres()
        await runAs(server.url('postgres'), 'create database outage')
        const storage = await openDatabase({
          kind: 'postgres',
          url: server.url('outage'),
          lockMillisecondsMax: 600,
        })
        const limiter = createLimiter({ store: storage.limitStore, key, storeMillisecondsMax: 300 })
        await expectTogether(limiter)
        for (const how of ['fast', 'kill'] as const) {
          await server.stop(how)
          await expectAlone(limiter)
          await server.start()
          await expectTogether(limiter)
        }
        const somebody = new pg.Client({ connectionString: server.superuserUrl('outage') })
        await somebody.connect()
        await somebody.query('begin; lock table limit_windows in access exclusive mode')
        await expectAlone(limiter)
        await somebody.query('rollback')
        await somebody.end()
        await expectTogether(limiter)
        await limiter.close()
        await storage.close()
        await server.remove()
      },
    )
  },
)
