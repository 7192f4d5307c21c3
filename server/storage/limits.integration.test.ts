import { expect, test } from 'vitest'
import { createLimiter } from '../limits/limiter.ts'
import { addressSubject, userSubject } from '../limits/subjects.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { DatabaseKind } from '../testing/databases.ts'
import { missingRedisReason, startRedis } from '../testing/redis.ts'
import { createPlace, createWindow, demandOf, limitContract } from './contract-limits.ts'
import type { LimitGround } from './contract-limits.ts'
import { createOwner, query } from './contract-parts.ts'
import { engineScope, userScope } from './database.ts'
import { createDatabaseLimits } from './limits.ts'
import { createRedisLimits } from './redis-limits.ts'

const key = new Uint8Array(32).fill(7)

async function onDatabase(kind: DatabaseKind): Promise<LimitGround> {
  const { database, close } = await createTestDatabase(kind)
  return {
    runs: 15,
    create: async (now) => createDatabaseLimits(database, now === undefined ? {} : { now }),
    close,
  }
}

async function onRedis(): Promise<LimitGround> {
  const server = await startRedis()
  return {
    runs: 30,
    create: (now) => createRedisLimits({ url: server.url, ...(now === undefined ? {} : { now }) }),
    close: server.remove,
  }
}

limitContract('PGlite', () => onDatabase('pglite'))
limitContract('Postgres', () => onDatabase('postgres'), missingReason('postgres'))
limitContract('Redis', onRedis, missingRedisReason())

const engines = (['pglite', 'postgres'] as const).filter((kind) => missingReason(kind) === null)

test.each(engines)(
  '[LIMIT-9] %s: what is stored names nobody, and only the engine’s role reaches it',
  async (kind) => {
    const { database, close } = await createTestDatabase(kind)
    const limiter = createLimiter({
      store: createDatabaseLimits(database),
      key,
      storeMillisecondsMax: 30_000,
    })
    const owner = createOwner()
    await limiter.admit([
      { name: 'minute', subject: userSubject(owner), requestsMax: 5, windowSeconds: 60 },
      { name: 'caller', subject: addressSubject('192.0.2.77'), requestsMax: 5, windowSeconds: 60 },
      { name: 'at-once', subject: userSubject(owner), concurrentMax: 5 },
    ])
    const rows = await query<object>(
      database,
      engineScope,
      `select to_jsonb(limit_windows) as row from limit_windows union all select to_jsonb(limit_leases) from limit_leases`,
    )
    expect(rows).toHaveLength(3)
    for (const name of [owner.tenantId, owner.userId, '192.0.2.77'])
      expect(JSON.stringify(rows)).not.toContain(name)
    for (const table of ['limit_windows', 'limit_leases']) {
      for (const statement of [`select 1 from ${table}`, `delete from ${table}`])
        await expect(query(database, userScope(owner), statement)).rejects.toThrow('permission denied')
    }
    await limiter.close()
    await close()
  },
)

test.each(engines)(
  '[LIMIT-7] %s: what has run out is deleted, and one row holds a window however much is asked',
  async (kind) => {
    const { database, close } = await createTestDatabase(kind)
    let now = 1_700_000_000_000
    const store = createDatabaseLimits(database, { now: () => now })
    const window = createWindow(1_000, 60)
    for (let request = 0; request < 150; request += 1) {
      await store.admit(demandOf([window], [createPlace(1)]))
      now += 500
    }
    const sizes = 'select cardinality(free_at) as entries, cardinality(counts) as counts from limit_windows'
    const [row, ...more] = await query<{ entries: number; counts: number }>(database, engineScope, sizes)
    expect(more).toEqual([])
    expect(row?.entries).toBe(row?.counts)
    expect(row?.entries).toBeLessThanOrEqual(61)
    now += 120_000
    await store.sweep()
    const left = 'select 1 from limit_windows union all select 1 from limit_leases'
    expect(await query(database, engineScope, left)).toEqual([])
    await close()
  },
)

test.skipIf(missingRedisReason() !== null)(
  '[LIMIT-14] Redis: another type, other fields and other numbers under our keys count as nothing',
  async () => {
    const server = await startRedis()
    let now = 1_700_000_000_000
    const store = await createRedisLimits({ url: server.url, now: () => now })
    const [window, place] = [createWindow(2, 60), createPlace(1)]
    const [windowKey, placeKey] = [`parley:{limits}:w:${window.key}`, `parley:{limits}:p:${place.key}`]
    await server.run('set', windowKey, 'somebody')
    await server.run('set', placeKey, 'somebody')
    expect(await store.admit(demandOf([window], [place]))).toMatchObject({
      admitted: true,
      windows: [{ used: 1 }],
      places: [{ used: 1 }],
    })
    for (const [field, count] of [
      ['x', '1'],
      [String(now + 5_000), 'many'],
      [String(now + 6_000), '-3'],
      [String(now + 7_000), '0.5'],
      [String(now + 8_000_000), '9'],
    ] as const)
      await server.run('hset', windowKey, field, count)
    expect(await store.admit(demandOf([window]))).toMatchObject({ admitted: true, windows: [{ used: 2 }] })
    expect(await store.admit(demandOf([window]))).toMatchObject({ admitted: false })
    now += 10
    await server.run('set', placeKey, 'somebody')
    await store.renew([place], 9_000)
    await store.release([place])
    await store.close()
    await server.remove()
  },
)

test.skipIf(missingRedisReason() !== null)(
  '[LIMIT-7] Redis: everything we write is forgotten by itself',
  async () => {
    const server = await startRedis()
    const store = await createRedisLimits({ url: server.url })
    const place = createPlace(1)
    await store.admit(demandOf([createWindow(2, 600), createWindow(2, 3_600)], [place]))
    await store.renew([place], 600_000)
    const keys = await server.run('keys', '*')
    expect(keys).toHaveLength(3)
    for (const each of Array.isArray(keys) ? keys.map(String) : [])
      expect(Number(await server.run('pttl', each))).toBeGreaterThan(0)
    await store.close()
    await server.remove()
  },
)
