/** Conversations that were held elsewhere, in the database, on both engines. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import type { ImportedPart } from '../conversation/imports.ts'
import type { Item } from '../conversation/items.ts'
import { newThread } from '../conversation/threads.ts'
import type { Owner } from '../conversation/threads.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { DatabaseKind, TestDatabase } from '../testing/databases.ts'
import { createOwner, query } from './contract-parts.ts'
import { userScope } from './database.ts'

const kinds: DatabaseKind[] = ['pglite', 'postgres']
const at = '2026-01-01T00:00:00.000Z'

function part(sourceId: string, texts: string[], more: Item[] = []): ImportedPart {
  const items = texts.map((text): Item => ({
    id: `cti_${text}`,
    thread_id: '',
    created_at: at,
    type: 'assistant_message',
    content: [{ type: 'output_text', text, annotations: [] }],
  }))
  const all = [...items, ...more]
  return { sourceId, thread: newThread(createId('thr'), at), items: all, lastItemId: all.at(-1)?.id ?? null }
}

describe.each(kinds)('imports on %s', (kind) => {
  describe.skipIf(missingReason(kind) !== null)(missingReason(kind) ?? 'all of it', () => {
    let opened: TestDatabase
    beforeAll(async () => {
      opened = await createTestDatabase(kind)
    })
    afterAll(() => opened.close())

    async function threadsOf(owner: Owner): Promise<{ id: string; itemIds: string[] }[]> {
      const { data } = await opened.storage.store.threads(owner, { limit: 100, order: 'asc' })
      return Promise.all(
        data.map(async ({ id }) => {
          const items = await opened.storage.store.items(owner, id, { limit: 100, order: 'asc' })
          return { id, itemIds: items.data.map((item) => item.id) }
        }),
      )
    }

    test('[IMPORT-11] a thread and its items are copied once, by however many at once, and what is new comes behind', async () => {
      const { imports } = opened.storage
      const other = (await opened.openAnother()).imports
      const owner = createOwner()
      const both = await Promise.all([
        imports.add(owner, part('cthr_1', ['a', 'b'])),
        other.add(owner, part('cthr_1', ['a', 'b'])),
      ])
      expect(both.filter((added) => added.outcome === 'added' && added.isNewThread)).toHaveLength(1)
      expect(both.flatMap((added) => (added.outcome === 'added' ? added.itemIds : []))).toHaveLength(2)
      expect(await imports.standing(owner, 'cthr_1')).toEqual({ lastItemId: 'cti_b', isGone: false })
      expect(await imports.add(owner, part('cthr_1', ['b', 'c']))).toEqual({
        outcome: 'added',
        isNewThread: false,
        itemIds: ['cti_c'],
      })
      await imports.add(owner, part('cthr_2', []))
      expect(await threadsOf(owner)).toMatchObject([
        { itemIds: ['cti_a', 'cti_b', 'cti_c'] },
        { itemIds: [] },
      ])
    })

    test('[IMPORT-11] what is here stays as it is, and a call that was open is given the output it has by now', async () => {
      const { imports, store } = opened.storage
      const owner = createOwner()
      const call = {
        id: 'cti_call',
        thread_id: '',
        created_at: at,
        type: 'client_tool_call' as const,
        status: 'completed' as const,
      }
      const open = { ...call, call_id: '1', name: 'x', arguments: {} }
      await imports.add(owner, part('cthr_1', ['a'], [open]))
      const [thread] = await threadsOf(owner)
      const id = thread?.id ?? ''
      await store.saveFeedback(owner, id, ['cti_a'], 'positive')
      const changed = part('cthr_1', [], [{ ...open, output: { ok: true } }])
      const rewritten = { ...part('cthr_1', ['a']).items[0], content: [] } as unknown as Item
      expect(await imports.add(owner, { ...changed, items: [rewritten, ...changed.items] })).toMatchObject({
        itemIds: [],
      })
      expect(await store.item(owner, id, 'cti_call')).toMatchObject({ output: { ok: true } })
      expect(await store.item(owner, id, 'cti_a')).toMatchObject({ content: [{ text: 'a' }] })
    })

    test('[IMPORT-12] a copy that was deleted here does not come back, and nobody gets a thread that is another’s', async () => {
      const { imports, store } = opened.storage
      const owner = createOwner()
      const other = { ...owner, userId: createOwner().userId }
      await imports.add(owner, part('cthr_1', ['a']))
      expect(await imports.add(other, part('cthr_1', ['a']))).toEqual({ outcome: 'taken' })
      expect(await imports.standing(other, 'cthr_1')).toBeNull()
      const elsewhere = createOwner()
      expect(await imports.add(elsewhere, part('cthr_1', ['a']))).toMatchObject({ isNewThread: true })
      const [thread] = await threadsOf(owner)
      await store.deleteThread(owner, thread?.id ?? '')
      expect(await imports.standing(owner, 'cthr_1')).toEqual({ lastItemId: 'cti_a', isGone: true })
      expect(await imports.add(owner, part('cthr_1', ['a', 'b']))).toEqual({ outcome: 'gone' })
      expect(await threadsOf(owner)).toEqual([])
      expect(await threadsOf(elsewhere)).toHaveLength(1)
    })

    test('[IMPORT-12] row level security keeps what was copied from others, and where copying stands from users', async () => {
      const { imports } = opened.storage
      const owner = createOwner()
      await imports.add(owner, part('cthr_1', ['a']))
      await imports.savePlace(owner.tenantId, 'there', 'cthr_1')
      await imports.savePlace(owner.tenantId, 'there', 'cthr_2')
      expect(await imports.place(owner.tenantId, 'there')).toBe('cthr_2')
      expect(await imports.place(owner.tenantId, 'elsewhere')).toBeNull()
      expect(await imports.place(createOwner().tenantId, 'there')).toBeNull()
      const rows = (who: Owner, table: string) =>
        query(opened.database, userScope(who), `select 1 from ${table}`)
      const others = [
        { ...owner, userId: 'eve' },
        { ...owner, tenantId: 'evil' },
      ]
      for (const who of others) expect(await rows(who, 'imported_threads')).toEqual([])
      expect(await rows(owner, 'imported_threads')).toHaveLength(1)
      expect(await rows(owner, 'imports')).toEqual([])
    })

    test('[IMPORT-12] a copy follows its owner: a guest who signs in keeps it', async () => {
      const { imports, guestMoves } = opened.storage
      const guest = { ...createOwner(), userId: createId('usr').replace('usr', 'guest') }
      const user = { ...guest, userId: createOwner().userId }
      await imports.add(guest, part('cthr_1', ['a']))
      await guestMoves.move(guest.tenantId, guest.userId, user.userId)
      expect(await threadsOf(user)).toMatchObject([{ itemIds: ['cti_a'] }])
      expect(await imports.add(guest, part('cthr_1', ['a', 'b']))).toEqual({ outcome: 'taken' })
      expect(await imports.add(user, part('cthr_1', ['a', 'b']))).toMatchObject({ itemIds: ['cti_b'] })
    })
  })
})
