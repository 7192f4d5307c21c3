/** Revocations between processes, on both engines. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Identity } from '../auth/identity.ts'
import { createRevocations } from '../auth/revocations.ts'
import type { Revocation, Revocations } from '../auth/revocations.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { DatabaseKind, TestDatabase } from '../testing/databases.ts'
import { createOwner, query } from './contract-parts.ts'
import { command, engineScope, userScope } from './database.ts'
import type { Database } from './database.ts'
import { openParts } from './open.ts'
import { createRevocationSource } from './revocations.ts'

const kinds: DatabaseKind[] = ['pglite', 'postgres']

describe.each(kinds)('%s', (kind) => {
  describe.skipIf(missingReason(kind) !== null)(missingReason(kind) ?? 'is there', () => {
    let opened: TestDatabase
    const running: Revocations[] = []
    beforeAll(async () => {
      opened = await createTestDatabase(kind)
    })
    afterAll(async () => {
      await Promise.all(running.map((each) => each.close()))
      await opened.close()
    })

    /** As a process has them that is on this database. */
    async function start(database: Database = opened.database, lookSeconds: number | null = null) {
      const revocations = createRevocations({ source: createRevocationSource(database, { lookSeconds }) })
      await revocations.start()
      running.push(revocations)
      return revocations
    }

    const revocation = (owner: { tenantId: string; userId: string }, rest: Partial<Revocation> = {}) => ({
      ...owner,
      name: null,
      at: new Date(),
      until: null,
      ...rest,
    })
    const identityOf = (owner: { tenantId: string; userId: string }, name = 'token:1'): Identity => ({
      ...owner,
      kind: 'user',
      roles: [],
      credential: { carrier: 'token', names: [name], issuedAt: Date.now() - 60_000, expiresAt: null },
    })

    test('[REVOKE-4] CVE-2026-9162: what one process takes back ends what another has going on, by its notification', async () => {
      const [here, there] = [await start(), await start()]
      const [owner, other] = [createOwner(), createOwner()]
      const ended = new Promise<void>((resolve) => void there.watch(identityOf(owner), resolve))
      let othersEnd = 0
      there.watch(identityOf(owner, 'token:2'), () => (othersEnd += 1))
      await here.revoke(revocation(owner, { name: 'token:1' }))
      await ended
      expect(there.isRevoked(identityOf(owner))).toBe(true)
      expect(there.isRevoked(identityOf(other))).toBe(false)
      expect(othersEnd).toBe(0)
    })

    test('[REVOKE-4] what was taken back before a process started counts from its start', async () => {
      const [owner, named, over] = [createOwner(), createOwner(), createOwner()]
      const here = await start()
      await here.revoke(revocation(owner))
      const until = new Date(Date.now() + 3_600_000)
      await here.revoke(revocation(named, { name: 'session:1', until }))
      await here.revoke(revocation(over, { until: new Date(Date.now() - 1_000) }))
      const later = await start()
      expect(later.isRevoked(identityOf(owner))).toBe(true)
      expect(later.isRevoked(identityOf(named, 'session:1'))).toBe(true)
      expect(later.isRevoked(identityOf(named, 'session:2'))).toBe(false)
      expect(later.isRevoked(identityOf(over))).toBe(false)
      expect(
        await query(
          opened.database,
          engineScope,
          `select 1 from revocations where user_id = '${over.userId}'`,
        ),
      ).toEqual([])
    })

    test('[REVOKE-4] said again, the later moment and the longer memory count', async () => {
      const owner = createOwner()
      const source = createRevocationSource(opened.database)
      const [early, late] = [new Date('2026-01-01T00:00:00.123Z'), new Date('2026-02-01T00:00:00.456Z')]
      await source.add(revocation(owner, { at: late, until: null }))
      await source.add(revocation(owner, { at: early, until: new Date('2999-01-01') }))
      await source.add(revocation(owner, { name: 'token:1', at: late, until: new Date('2998-01-01') }))
      await source.add(revocation(owner, { name: 'token:1', at: early, until: new Date('2999-01-01') }))
      const known: Revocation[] = []
      const stop = await source.follow((revocations) => void known.push(...revocations))
      await stop()
      const own = known.filter(({ userId }) => userId === owner.userId)
      expect(own.find(({ name }) => name === null)).toEqual({ ...owner, name: null, at: late, until: null })
      expect(own.find(({ name }) => name !== null)).toMatchObject({ at: late, until: new Date('2999-01-01') })
    })

    test('[REVOKE-4] what a notification lost is found by looking', async () => {
      const there = await start(opened.database, 0.05)
      const owner = createOwner()
      const ended = new Promise<void>((resolve) => void there.watch(identityOf(owner), resolve))
      // As it is written, and nobody is told.
      await opened.database.once(userScope(owner), [
        command(`insert into revocations (tenant_id, user_id, name, revoked_at) values ($1, $2, '', now())`, [
          owner.tenantId,
          owner.userId,
        ]),
      ])
      await ended
      expect(there.isRevoked(identityOf(owner))).toBe(true)
    })

    test('[RLS-1] revocations are behind the walls like all that is somebody’s', async () => {
      const [owner, other] = [createOwner(), createOwner()]
      const source = createRevocationSource(opened.database)
      await source.add(revocation(owner))
      await source.add(revocation(other))
      const seen = async (who: { tenantId: string; userId: string }): Promise<number> =>
        (await query(opened.database, userScope(who), 'select 1 from revocations')).length
      expect([await seen(owner), await seen(other), await seen({ tenantId: '', userId: '' })]).toEqual([
        1, 1, 0,
      ])
      expect(await seen({ ...owner, userId: other.userId })).toBe(0)
    })

    test('[RLS-4] nobody takes back what is another’s, and nobody gives back what was taken', async () => {
      const [owner, other] = [createOwner(), createOwner()]
      await createRevocationSource(opened.database).add(revocation(other))
      const insert = command(
        `insert into revocations (tenant_id, user_id, name, revoked_at) values ($1, $2, 'x', now())`,
        [other.tenantId, other.userId],
      )
      await expect(opened.database.once(userScope(owner), [insert])).rejects.toThrow(
        /row-level security|42501/,
      )
      for (const scope of [userScope(other), engineScope]) {
        const remove = command(
          scope === engineScope
            ? `update revocations set revoked_at = '-infinity'`
            : 'delete from revocations',
        )
        await expect(opened.database.once(scope, [remove])).rejects.toThrow(/permission|42501/)
      }
    })
  })
})

describe.skipIf(missingReason('postgres') !== null)('processes', () => {
  test('[REVOKE-4] two pools on one Postgres hear of each other’s revocations', async () => {
    const opened = await createTestDatabase('postgres')
    const other = await openParts(opened.options)
    try {
      const here = createRevocations({ source: createRevocationSource(opened.database) })
      const there = createRevocations({ source: other.storage.revocations })
      await Promise.all([here.start(), there.start()])
      const owner = createOwner()
      const identity: Identity = { ...owner, kind: 'user', roles: [] }
      const ended = new Promise<void>((resolve) => void there.watch(identity, resolve))
      await here.revoke({ ...owner, name: null, at: new Date(), until: null })
      await ended
      expect(there.isRevoked(identity)).toBe(true)
      await Promise.all([here.close(), there.close()])
    } finally {
      await other.storage.close()
      await opened.close()
    }
  })
})
