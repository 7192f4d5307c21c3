/** API keys, and what they may see of a tenant, in the database, on both engines. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKeys } from '../auth/api-keys.ts'
import { createRevocations } from '../auth/revocations.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { DatabaseKind, TestDatabase } from '../testing/databases.ts'
import { createOwner, query } from './contract-parts.ts'
import { engineScope, userScope } from './database.ts'

const kinds: DatabaseKind[] = ['pglite', 'postgres']

describe.each(kinds)('API keys on %s', (kind) => {
  describe.skipIf(missingReason(kind) !== null)(missingReason(kind) ?? 'all of it', () => {
    let opened: TestDatabase
    beforeAll(async () => {
      opened = await createTestDatabase(kind)
    })
    afterAll(() => opened.close())

    const keysAt = (now: () => Date) =>
      createApiKeys({ records: opened.storage.apiKeys, revocations: createRevocations(), now })
    const hashesOf = async () => {
      const rows = await query(opened.database, engineScope, 'select hash from api_keys')
      return JSON.stringify(rows)
    }

    test('[PLATFORM-11] the table holds the hash of a key, and the key itself is nowhere', async () => {
      const { tenantId } = createOwner()
      const keys = keysAt(() => new Date())
      const { key, token } = await keys.create({
        tenantId,
        name: 'Shop',
        scopes: ['threads:write', 'threads:read'],
      })
      expect(token).toMatch(/^sk-parley-[\w-]{43}$/)
      expect(await keys.list(tenantId)).toEqual([key])
      expect(key).toMatchObject({
        scopes: ['threads:read', 'threads:write'],
        lastUsedAt: null,
        revokedAt: null,
      })
      expect(await hashesOf()).toMatch(/[0-9a-f]{64}/)
      expect(await hashesOf()).not.toContain(token.slice(10))
    })

    test('[PLATFORM-12] that a key is used is noted once a minute, and a revoked one is found no more', async () => {
      const clock = { now: new Date('2026-01-01T00:00:00.000Z') }
      const keys = keysAt(() => clock.now)
      const { tenantId } = createOwner()
      const { key } = await keys.create({ tenantId, name: 'Shop', scopes: ['threads:read'] })
      const [row] = await query(
        opened.database,
        engineScope,
        'select hash from api_keys order by id desc limit 1',
      )
      const { hash } = row as { hash: string }
      const usedAfter = async (seconds: number) => {
        clock.now = new Date(clock.now.getTime() + seconds * 1_000)
        await opened.storage.apiKeys.use(hash, clock.now)
        return (await keys.list(tenantId))[0]?.lastUsedAt?.toISOString()
      }
      expect(await usedAfter(0)).toBe('2026-01-01T00:00:00.000Z')
      expect(await usedAfter(59)).toBe('2026-01-01T00:00:00.000Z')
      expect(await usedAfter(2)).toBe('2026-01-01T00:01:01.000Z')
      await keys.revoke(tenantId, key.id)
      expect(await opened.storage.apiKeys.use(hash, clock.now)).toBeNull()
      const again = await keys.revoke(tenantId, key.id)
      expect(again?.revokedAt).toEqual(clock.now)
    })

    test('[PLATFORM-13] row level security keeps keys from users and other tenants, and the engine from their names', async () => {
      const [owner, other] = [createOwner(), createOwner()]
      const keys = keysAt(() => new Date())
      await keys.create({ tenantId: owner.tenantId, name: 'Shop', scopes: ['threads:read'] })
      const count = async (who: typeof owner, mark: string) => {
        const sql = `select 1 from (select set_config('parley.keys', '${mark}', true)) as marked, api_keys`
        return (await query(opened.database, userScope(who), sql)).length
      }
      expect(await count(owner, 'open')).toBe(1)
      expect(await count(owner, '')).toBe(0)
      expect(await count(other, 'open')).toBe(0)
      expect(await keys.list(other.tenantId)).toEqual([])
      for (const sql of [
        'select name from api_keys',
        'update api_keys set revoked_at = null',
        'update api_keys set scopes = null',
        'delete from api_keys',
      ]) {
        await expect(query(opened.database, engineScope, sql), sql).rejects.toThrow('permission denied')
      }
    })

    test('[PLATFORM-13] only a transaction that says so sees whose thread is which, in its own tenant, and changes none', async () => {
      const [owner, other] = [createOwner(), createOwner()]
      for (const who of [owner, { ...owner, userId: other.userId }, other]) {
        const sql = `insert into tenants (tenant_id) values ($1) on conflict do nothing`
        await query(opened.database, userScope(who), sql, [who.tenantId])
        await query(
          opened.database,
          userScope(who),
          'insert into users (tenant_id, user_id) values ($1, $2)',
          [who.tenantId, who.userId],
        )
        await query(
          opened.database,
          userScope(who),
          `insert into threads (id, tenant_id, user_id, created_at, status, metadata)
           values (gen_random_uuid(), $1, $2, now(), 'active', '{}')`,
          [who.tenantId, who.userId],
        )
      }
      const nobody = userScope({ tenantId: owner.tenantId, userId: '' })
      const marked = `(select set_config('parley.platform', 'open', true)) as marked`
      expect(await query(opened.database, nobody, 'select 1 from threads')).toEqual([])
      expect(await query(opened.database, nobody, `select 1 from ${marked}, threads`)).toHaveLength(2)
      expect(await query(opened.database, nobody, `select 1 from ${marked}, items`)).toEqual([])
      const change = `update threads set title = 'x' from ${marked} returning 1`
      expect(await query(opened.database, nobody, change)).toEqual([])
    })
  })
})
