import { describe, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import type { Item } from '../conversation/items.ts'
import type { Thread } from '../conversation/threads.ts'
import {
  createAnswer,
  createFile,
  createMessage,
  createOwner,
  createThread,
  failureOf,
  query,
} from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'
import { engineScope, userScope } from './database.ts'

export function conversationRules(ground: Ground): void {
  describe('threads and items', () => {
    keeping(ground)
    hidingRules(ground)
    changing(ground)
    replacing(ground)
    deleting(ground)
  })
  describe('attachments', () => attachments(ground))
}

const fullThread: Partial<Thread> = {
  title: 'Ünïcode 🙂 \u2028',
  status: { type: 'locked', reason: 'Waiting' },
  allowed_image_domains: ['example.com', 'a "quoted", {braced} \\ one'],
  metadata: { nothing: null, deep: [{ a: 1.5, b: [true, null] }], 'with "quotes"': '\\' },
}

function keeping({ store }: Ground): void {
  test('[STORE-1] what was stored comes back as it was', async () => {
    const owner = createOwner()
    for (const thread of [
      createThread(),
      createThread(fullThread),
      createThread({ status: { type: 'closed' } }),
    ]) {
      const items: Item[] = [
        createMessage(thread.id, 'Hello 🙂'),
        {
          ...createMessage(thread.id, ''),
          id: 'an id of the agent’s own',
          type: 'client_tool_call',
          status: 'pending',
          call_id: 'call_1',
          name: 'look',
          arguments: { nothing: null, list: [1, 2.5, 1e21, -0.001] },
        },
      ]
      await store().createThread(owner, thread, async (transaction) => {
        expect(transaction.thread).toEqual(thread)
        for (const item of items) await transaction.saveItem(item)
      })
      expect(await store().thread(owner, thread.id)).toStrictEqual(thread)
      for (const item of items) expect(await store().item(owner, thread.id, item.id)).toStrictEqual(item)
      const page = await store().items(owner, thread.id, { limit: 10, order: 'asc' })
      expect(page).toStrictEqual({ data: items, has_more: false })
    }
  })

  test('[STORE-12] NUL and lone surrogates become U+FFFD wherever they are stored', async () => {
    const owner = createOwner()
    const bad = 'a\0b\ud800c\\u0000'
    const good = 'a\ufffdb\ufffdc\\u0000'
    const thread = createThread({ title: bad, metadata: { [bad]: bad } })
    const message = { ...createMessage(thread.id, bad), id: bad }
    await store().createThread(owner, thread, (transaction) => transaction.saveItem(message))
    expect(await store().thread(owner, thread.id)).toEqual({
      ...thread,
      title: good,
      metadata: { [good]: good },
    })
    const stored = { ...message, id: good, content: [{ type: 'input_text', text: good }] }
    expect(await store().item(owner, thread.id, bad)).toEqual(stored)
    expect((await store().items(owner, thread.id, { limit: 1, order: 'asc' })).data).toEqual([stored])
    const file = createFile({ name: bad, metadata: { bad } })
    await store().createAttachment(owner, file)
    expect(await store().attachment(owner, file.id)).toEqual({ ...file, name: good, metadata: { bad: good } })
  })
}

/** What must hold also where the walls of the database are open. */
export function hidingRules({ store }: Ground): void {
  test('[STORE-2] what another has cannot be told from what does not exist', async () => {
    const owner = createOwner()
    const thread = createThread()
    const message = createMessage(thread.id, 'mine')
    const file = createFile()
    await store().createThread(owner, thread, (transaction) => transaction.saveItem(message))
    await store().createAttachment(owner, file)
    const sameTenant = createOwner(owner.tenantId)
    const sameUserElsewhere = { ...createOwner(), userId: owner.userId }
    for (const other of [sameTenant, sameUserElsewhere]) {
      const ownThread = createThread()
      await store().createThread(other, ownThread, async () => {})
      const attempts = (threadId: string, itemId: string, fileId: string): Promise<unknown>[] => [
        store().thread(other, threadId),
        store().items(other, threadId, { limit: 5, order: 'asc' }),
        store().items(other, ownThread.id, { limit: 5, order: 'asc', after: itemId }),
        store().threads(other, { limit: 5, order: 'asc', after: threadId }),
        store().item(other, threadId, itemId),
        store().item(other, ownThread.id, itemId),
        store().deleteThread(other, threadId),
        store().changeThread(other, threadId, async () => 'done'),
        store().saveFeedback(other, threadId, [itemId], 'positive'),
        store().saveFeedback(other, ownThread.id, [itemId], 'positive'),
        store().newestRun(other, threadId),
        store().attachment(other, fileId),
        store().deleteAttachment(other, fileId),
        store().createAttachment(other, createFile({ thread_id: threadId })),
        store().changeThread(other, ownThread.id, (transaction) => transaction.claimAttachments([fileId])),
      ]
      const foreign = await Promise.all(attempts(thread.id, message.id, file.id).map(failureOf))
      const absent = { thread: createId('thr'), item: createId('msg'), file: createId('atc') }
      const missing = await Promise.all(attempts(absent.thread, absent.item, absent.file).map(failureOf))
      const renamed = missing.map(({ code, message: words }) => ({
        code,
        message: words
          .replace(absent.thread, thread.id)
          .replace(absent.item, message.id)
          .replace(absent.file, file.id),
      }))
      expect(foreign).toEqual(renamed)
      expect(foreign.map(({ code }) => code)).toEqual(foreign.map(() => 'not_found'))
    }
    expect((await store().threads(sameTenant, { limit: 5, order: 'asc' })).data).toHaveLength(1)
    expect(await store().attachment(owner, file.id)).toEqual(file)
  })

  test('[STORE-2] an id that is none of ours names nothing', async () => {
    const owner = createOwner()
    for (const id of [
      '',
      'x',
      'thr_',
      `thr_${'0'.repeat(26)}`,
      `thr_${'z'.repeat(26)}`,
      'thr_\0',
      'ü'.repeat(500),
    ]) {
      expect((await failureOf(store().thread(owner, id))).code).toBe('not_found')
      expect((await failureOf(store().run(owner, id))).code).toBe('not_found')
      expect((await failureOf(store().attachment(owner, id))).code).toBe('not_found')
    }
  })
}

function changing({ store, database, openAnother }: Ground): void {
  test('[STORE-5] when the work throws, nothing happened', async () => {
    const owner = createOwner()
    const kept = createThread()
    const message = createMessage(kept.id, 'kept')
    await store().createThread(owner, kept, (transaction) => transaction.saveItem(message))
    const never = createThread()
    const creation = store().createThread(owner, never, async (transaction) => {
      await transaction.saveItem(createMessage(never.id, 'never'))
      throw new Error('on second thought')
    })
    await expect(creation).rejects.toThrow('on second thought')
    const change = store().changeThread(owner, kept.id, async (transaction) => {
      await transaction.saveThread({ ...kept, title: 'changed' })
      await transaction.saveItem({ ...message, content: [] })
      await transaction.saveItem(createAnswer(kept.id, 'never'))
      await transaction.beginRun({ id: createId('run'), processId: 'prc_x', leaseSeconds: 10 }, [])
      throw new Error('on second thought')
    })
    await expect(change).rejects.toThrow('on second thought')
    expect((await store().threads(owner, { limit: 10, order: 'asc' })).data).toEqual([kept])
    expect((await store().items(owner, kept.id, { limit: 10, order: 'asc' })).data).toEqual([message])
    expect(await store().newestRun(owner, kept.id)).toBeNull()
  })

  test('[STORE-5] work that throws leaves nothing open: what is written next is there for all, and nobody waits', async () => {
    const owner = createOwner()
    const [thread, next] = [createThread(), createThread()]
    for (const each of [thread, next]) await store().createThread(owner, each, async () => {})
    const { store: elsewhere } = await openAnother()
    const change = store().changeThread(owner, thread.id, () => Promise.reject(new Error('no')))
    await expect(change).rejects.toThrow('no')
    await store().deleteThread(owner, next.id)
    expect((await elsewhere.threads(owner, { limit: 10, order: 'asc' })).data).toEqual([thread])
    expect(await elsewhere.changeThread(owner, thread.id, async () => 'changed')).toBe('changed')
  })

  test('[STORE-6] changes of one thread happen one after the other: each sees what the one before it left', async () => {
    const owner = createOwner()
    const thread = createThread({ metadata: { count: 0 } })
    await store().createThread(owner, thread, async () => {})
    await Promise.all(
      Array.from({ length: 20 }, () =>
        store().changeThread(owner, thread.id, async (transaction) => {
          const count = Number(transaction.thread.metadata['count']) + 1
          await transaction.newestItems(1)
          await transaction.saveThread({ ...transaction.thread, metadata: { count } })
        }),
      ),
    )
    expect((await store().thread(owner, thread.id)).metadata).toEqual({ count: 20 })
  })

  test('[STORE-6] items that are added at the same time get numbers without gaps or doubles', async () => {
    const owner = createOwner()
    const thread = createThread()
    await store().createThread(owner, thread, async () => {})
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        store().changeThread(owner, thread.id, async (transaction) => {
          await transaction.saveItem(createMessage(thread.id, `${index} a`))
          await transaction.saveItem(createMessage(thread.id, `${index} b`))
        }),
      ),
    )
    const rows = await query<{ seq: number; body: { content: { text: string }[] } }>(
      database(),
      userScope(owner),
      'select seq, body from items order by seq',
    )
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    const texts = rows.map(({ body }) => body.content[0]?.text ?? '')
    texts.forEach((text, index) => {
      if (text.endsWith('a')) expect(texts[index + 1]).toBe(text.replace('a', 'b'))
    })
  })
}

function replacing({ store, database }: Ground): void {
  test('[STORE-7] an item that is saved again keeps its place, and the newest are read newest first', async () => {
    const owner = createOwner()
    const thread = createThread()
    const [first, second, third] = [1, 2, 3].map((number) => createAnswer(thread.id, `${number}`))
    if (first === undefined || second === undefined || third === undefined) throw new Error('unreachable')
    await store().createThread(owner, thread, async (transaction) => {
      for (const item of [first, second, third]) await transaction.saveItem(item)
    })
    const replaced = { ...createAnswer(thread.id, 'replaced'), id: second.id }
    await store().changeThread(owner, thread.id, async (transaction) => {
      await transaction.saveItem(replaced)
      expect(await transaction.item(second.id)).toEqual(replaced)
      expect(await transaction.item('nothing')).toBeNull()
      expect(await transaction.newestItems(2)).toEqual([third, replaced])
      await transaction.saveThread({ ...thread, title: 'renamed', status: { type: 'closed' } })
    })
    expect((await store().items(owner, thread.id, { limit: 9, order: 'asc' })).data).toEqual([
      first,
      replaced,
      third,
    ])
    expect(await store().thread(owner, thread.id)).toEqual({
      ...thread,
      title: 'renamed',
      status: { type: 'closed' },
    })
  })

  test('[STORE-16] feedback is kept for items that are all there, or for none', async () => {
    const owner = createOwner()
    const thread = createThread()
    const items = ['1', '2'].map((text) => createAnswer(thread.id, text))
    const ids = items.map(({ id }) => id)
    await store().createThread(owner, thread, async (transaction) => {
      for (const item of items) await transaction.saveItem(item)
    })
    const feedback = () =>
      query<{ feedback: string | null }>(
        database(),
        userScope(owner),
        'select feedback from items order by seq',
      )
    const partly = await failureOf(
      store().saveFeedback(owner, thread.id, [...ids, 'msg_unknown'], 'positive'),
    )
    expect(partly.code).toBe('not_found')
    expect(await feedback()).toEqual([{ feedback: null }, { feedback: null }])
    await store().saveFeedback(owner, thread.id, [...ids, ...ids], 'positive')
    await store().saveFeedback(owner, thread.id, ids.slice(1), 'negative')
    expect(await feedback()).toEqual([{ feedback: 'positive' }, { feedback: 'negative' }])
    expect((await store().items(owner, thread.id, { limit: 9, order: 'asc' })).data).toEqual(items)
  })
}

function deleting({ store, database }: Ground): void {
  test('[STORE-11] with a thread everything that belongs to it is deleted, and nothing else', async () => {
    const owner = createOwner()
    const [thread, other] = [createThread(), createThread()]
    const file = createFile()
    await store().createAttachment(owner, file)
    for (const each of [thread, other]) {
      await store().createThread(owner, each, async (transaction) => {
        await transaction.saveItem(createMessage(each.id, 'hello'))
        await transaction.beginRun({ id: createId('run'), processId: 'prc_x', leaseSeconds: 60 }, [
          { seq: 1, event: { type: 'progress', text: 'one' } },
        ])
        if (each === thread) await transaction.claimAttachments([file.id])
      })
    }
    await store().deleteThread(owner, thread.id)
    expect((await failureOf(store().thread(owner, thread.id))).code).toBe('not_found')
    expect((await failureOf(store().deleteThread(owner, thread.id))).code).toBe('not_found')
    expect((await failureOf(store().attachment(owner, file.id))).code).toBe('not_found')
    for (const table of ['threads', 'items', 'runs', 'run_events']) {
      const rows = await query(database(), engineScope, `select 1 from ${table} where user_id = $1`, [
        owner.userId,
      ])
      expect(rows, table).toHaveLength(1)
    }
  })

  test('[STORE-11] items are deleted one by one, or all behind one', async () => {
    const owner = createOwner()
    const thread = createThread()
    const items = ['1', '2', '3', '4'].map((text) => createMessage(thread.id, text))
    await store().createThread(owner, thread, async (transaction) => {
      for (const item of items) await transaction.saveItem(item)
      await transaction.deleteItem(items[0]?.id ?? '')
      await transaction.deleteItemsAfter(items[1]?.id ?? '')
      await transaction.deleteItemsAfter('msg_unknown')
      await transaction.deleteItem('msg_unknown')
    })
    expect((await store().items(owner, thread.id, { limit: 9, order: 'asc' })).data).toEqual([items[1]])
  })
}

function attachments({ store }: Ground): void {
  test('[STORE-13] an attachment is kept, claimed by the thread that uses it, and deleted', async () => {
    const owner = createOwner()
    const file = createFile({ metadata: { size: 3 } })
    const image = createFile({
      type: 'image',
      name: 'a.png',
      mime_type: 'image/png',
      preview_url: 'https://example.com/a.png',
      upload_descriptor: { url: 'https://example.com/up', method: 'PUT', headers: { a: 'b' } },
    })
    for (const each of [file, image]) {
      await store().createAttachment(owner, each)
      expect(await store().attachment(owner, each.id)).toStrictEqual(each)
    }
    const thread = createThread()
    const claimed = await store().createThread(owner, thread, (transaction) =>
      transaction.claimAttachments([image.id, file.id]),
    )
    expect(claimed).toEqual([image, file].map((each) => ({ ...each, thread_id: thread.id })))
    const unknown = createId('atc')
    for (const ids of [[file.id, unknown], ['nonsense']]) {
      const claim = store().changeThread(owner, thread.id, (transaction) => transaction.claimAttachments(ids))
      expect((await failureOf(claim)).code).toBe('not_found')
    }
    await store().deleteAttachment(owner, file.id)
    expect((await failureOf(store().attachment(owner, file.id))).code).toBe('not_found')
    expect(await store().attachment(owner, image.id)).toEqual({ ...image, thread_id: thread.id })
  })
}
