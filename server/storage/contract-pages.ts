import { describe, expect, test } from 'vitest'
import type { PageRequest } from '../conversation/threads.ts'
import { genericPlan } from '../testing/statement-plans.ts'
import { allPages, createMessage, createOwner, createThread, failureOf, query } from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'
import { userScope } from './database.ts'
import { selectItemsPage } from './items.ts'
import { uuidOf } from './store.ts'

export function pageRules(ground: Ground): void {
  describe('pages', () => {
    paging(ground)
    longThreads(ground)
  })
}

function paging({ store }: Ground): void {
  test('[STORE-3] pages of items cover each once and in order, whatever their times say', async () => {
    const owner = createOwner()
    const thread = createThread()
    const now = Date.now()
    const items = Array.from({ length: 7 }, (_, index) => ({
      ...createMessage(thread.id, `${index}`),
      created_at: new Date(now - (index % 3) * 1_000).toISOString(),
    }))
    await store().createThread(owner, thread, async (transaction) => {
      for (const item of items) await transaction.saveItem(item)
    })
    for (const limit of [1, 3, 7, 100]) {
      const page = store().items.bind(store(), owner, thread.id)
      const forwards = await allPages(page, limit, 'asc')
      expect(forwards.flat()).toEqual(items)
      expect(forwards).toHaveLength(Math.ceil(items.length / limit))
      expect((await allPages(page, limit, 'desc')).flat()).toEqual(items.toReversed())
    }
  })

  test('[STORE-3] pages of threads cover each once, newest or oldest first, whatever their times say', async () => {
    const owner = createOwner()
    const neighbour = createOwner(owner.tenantId)
    const created_at = new Date().toISOString()
    const threads = Array.from({ length: 5 }, () => createThread({ created_at }))
    for (const thread of threads) {
      await store().createThread(owner, thread, async () => {})
      await store().createThread(neighbour, createThread({ created_at }), async () => {})
    }
    for (const limit of [1, 2, 5]) {
      const page = (request: PageRequest) => store().threads(owner, request)
      expect((await allPages(page, limit, 'asc')).flat()).toEqual(threads)
      expect((await allPages(page, limit, 'desc')).flat()).toEqual(threads.toReversed())
    }
    expect(await store().threads(createOwner(), { limit: 5, order: 'desc' })).toEqual({
      data: [],
      has_more: false,
    })
  })

  test('[STORE-4] a page tells where the next begins only when there is one, and refuses an unknown place', async () => {
    const owner = createOwner()
    const thread = createThread()
    const items = ['1', '2'].map((text) => createMessage(thread.id, text))
    await store().createThread(owner, thread, async (transaction) => {
      for (const item of items) await transaction.saveItem(item)
    })
    const first = await store().items(owner, thread.id, { limit: 1, order: 'desc' })
    expect(first).toEqual({ data: [items[1]], has_more: true, after: items[1]?.id })
    const second = await store().items(owner, thread.id, {
      limit: 1,
      order: 'desc',
      after: items[1]?.id ?? '',
    })
    expect(second).toEqual({ data: [items[0]], has_more: false })
    const last = await store().items(owner, thread.id, { limit: 1, order: 'desc', after: items[0]?.id ?? '' })
    expect(last).toEqual({ data: [], has_more: false })
    for (const after of ['', 'msg_unknown']) {
      const failure = await failureOf(store().items(owner, thread.id, { limit: 1, order: 'desc', after }))
      expect(failure.code).toBe('not_found')
    }
    for (const limit of [0, -1, 101, 1.5, Number.NaN]) {
      const failures = [
        await failureOf(store().items(owner, thread.id, { limit, order: 'desc' })),
        await failureOf(store().threads(owner, { limit, order: 'desc' })),
      ]
      expect(failures.map(({ code }) => code)).toEqual(['invalid_request', 'invalid_request'])
      expect(failures[0]?.message).toContain('100')
    }
  })
}

function longThreads({ store, database }: Ground): void {
  test('[STORE-8] the newest page of a thread with 100,000 items is one index scan without a sort', async () => {
    const owner = createOwner()
    const thread = createThread()
    await store().createThread(owner, thread, async () => {})
    const threadId = uuidOf('Thread', thread.id)
    await query(
      database(),
      userScope(owner),
      `insert into items (thread_id, tenant_id, user_id, id, seq, type, created_at, body)
       select $1, $2, $3, 'msg_' || number, number, 'end_of_turn', now(), '{}'
       from generate_series(1, 100000) as number`,
      [threadId, owner.tenantId, owner.userId],
    )
    for (const order of ['desc', 'asc'] as const) {
      for (const after of [undefined, 'msg_50000']) {
        const page = selectItemsPage(
          { owner, threadId },
          { limit: 20, order, ...(after === undefined ? {} : { after }) },
        )
        const plan = JSON.stringify(await genericPlan(database(), userScope(owner), page.text))
        expect(plan).toContain('items_thread_id_seq_key')
        expect(plan).not.toMatch(/Sort|Seq Scan|Bitmap/)
      }
    }
    const newest = await store().items(owner, thread.id, { limit: 3, order: 'desc' })
    expect(newest.data.map(({ id }) => id)).toEqual(['msg_100000', 'msg_99999', 'msg_99998'])
  })
}
