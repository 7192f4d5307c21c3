/** Tickets and waiting files, on both engines. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createItemId } from '../conversation/ids.ts'
import type { SdkHiddenContextItem } from '../conversation/items.ts'
import type { Owner } from '../conversation/threads.ts'
import type { TicketSummary } from '../tickets/tickets.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { DatabaseKind, TestDatabase } from '../testing/databases.ts'
import { createFile, createMessage, createOwner, createThread, query } from './contract-parts.ts'
import { command, engineScope, userScope } from './database.ts'
import type { Storage } from './open.ts'

const kinds: DatabaseKind[] = ['pglite', 'postgres']

describe.each(kinds)('%s', (kind) => {
  describe.skipIf(missingReason(kind) !== null)(missingReason(kind) ?? 'is there', () => {
    let opened: TestDatabase
    beforeAll(async () => {
      opened = await createTestDatabase(kind)
    })
    afterAll(() => opened.close())
    ticketRules(() => opened)
    waitingFileRules(() => opened)
  })
})

const summary: TicketSummary = { title: 'It’s broken', category: 'Bug Report', priority: 'high' }

function noteFor(threadId: string): SdkHiddenContextItem {
  return {
    id: createItemId('sdk_hidden_context'),
    thread_id: threadId,
    created_at: new Date().toISOString(),
    type: 'sdk_hidden_context',
    content: 'A ticket is open.',
  }
}

async function createConversation({ store }: Storage, owner: Owner): Promise<string> {
  const thread = createThread()
  await store.createThread(owner, thread, (transaction) =>
    transaction.saveItem(createMessage(thread.id, 'Help')),
  )
  return thread.id
}

function ticketRules(ground: () => TestDatabase): void {
  async function open(owner: Owner) {
    const { storage } = ground()
    const threadId = await createConversation(storage, owner)
    const { ticket } = await storage.tickets.open(owner, threadId, summary, noteFor(threadId))
    return { threadId, ticket }
  }

  test('[TICKET-3] a conversation has one ticket, however many open it at the same moment on however many processes', async () => {
    const { storage, openAnother } = ground()
    const other = await openAnother()
    const owner = createOwner()
    const threadId = await createConversation(storage, owner)
    const opened = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? storage : other).tickets.open(owner, threadId, summary, noteFor(threadId)),
      ),
    )
    expect(new Set(opened.map(({ ticket }) => ticket.id)).size).toBe(1)
    expect(opened.filter(({ isNew }) => isNew)).toHaveLength(1)
    const [first] = opened
    expect(first?.ticket).toMatchObject({
      ...summary,
      status: 'open',
      owner,
      id: expect.stringMatching(/^tkt_/),
      conversation: { threadId, linkId: expect.stringMatching(/^ctk_/) },
    })
    const { data } = await storage.store.items(owner, threadId, { limit: 100, order: 'asc' })
    expect(data.map(({ type }) => type)).toEqual(['user_message', 'sdk_hidden_context'])
    expect(await storage.tickets.ofThread(owner, threadId)).toEqual(first?.ticket)
    expect((await storage.tickets.inbox(owner, { limit: 100, order: 'asc' })).data).toHaveLength(1)
    await expect(
      ground().database.once(userScope(owner), [
        command(
          `insert into ticket_threads select gen_random_uuid(), tenant_id, user_id, ticket_id, thread_id from ticket_threads`,
        ),
      ]),
    ).rejects.toThrow(/unique/)
  })

  test('[TICKET-4] a ticket is its owner’s, and the inbox is the tenant’s: page by page, newest first', async () => {
    const { storage, database } = ground()
    const [ada, stranger] = [createOwner(), createOwner()]
    const [bob, reader] = [createOwner(ada.tenantId), createOwner(ada.tenantId)]
    const made = [await open(ada), await open(bob), await open(ada)]
    await open(stranger)
    const names = made.map(({ ticket }) => ticket.id).toReversed()
    const [first = '', , third = ''] = made.map(({ threadId }) => threadId)

    const page = await storage.tickets.inbox(reader, { limit: 2, order: 'desc' })
    expect(page.data.map(({ id }) => id)).toEqual(names.slice(0, 2))
    const rest = { limit: 2, order: 'desc', after: page.after ?? '' } as const
    const last = await storage.tickets.inbox(reader, rest)
    expect([last.data.map(({ id }) => id), last.has_more]).toEqual([names.slice(2), false])
    await expect(storage.tickets.inbox(stranger, rest)).rejects.toMatchObject({ code: 'not_found' })
    await expect(storage.tickets.inbox(reader, { ...rest, after: 'tkt_1' })).rejects.toMatchObject({
      code: 'not_found',
    })

    expect(await storage.tickets.inboxOfThread(reader, first)).toMatchObject({ owner: ada })
    expect(await storage.tickets.inboxOfThread(stranger, first)).toBeNull()
    expect(await storage.tickets.ofThread(bob, third)).toBeNull()
    await expect(storage.tickets.open(bob, third, summary, noteFor(third))).rejects.toMatchObject({
      code: 'not_found',
    })

    for (const table of ['tickets', 'ticket_threads']) {
      const seen = async (owner: Owner) =>
        (await query(database, userScope(owner), `select 1 from ${table}`)).length
      expect([await seen(ada), await seen(bob), await seen(reader)], table).toEqual([2, 1, 0])
      expect(await seen({ tenantId: '', userId: '' }), table).toBe(0)
      await expect(query(database, engineScope, `select 1 from ${table}`)).rejects.toThrow(/denied/)
      await expect(query(database, userScope(ada), `delete from ${table}`)).rejects.toThrow(/denied/)
    }
    await expect(
      query(
        database,
        userScope(ada),
        `insert into tickets (id, tenant_id, user_id, title, category, priority)
         values (gen_random_uuid(), $1, $2, 'x', 'Billing', 'low')`,
        [bob.tenantId, bob.userId],
      ),
    ).rejects.toThrow(/row-level security/)
  })

  test('[TICKET-4] what opens the inbox is gone with its transaction', async () => {
    const { storage, database } = ground()
    const ada = createOwner()
    const reader = createOwner(ada.tenantId)
    await open(ada)
    await Promise.all(
      Array.from({ length: 20 }, () => storage.tickets.inbox(reader, { limit: 1, order: 'asc' })),
    )
    const seen = await Promise.all(
      Array.from({ length: 20 }, () => query(database, userScope(reader), 'select 1 from tickets')),
    )
    expect(seen.flat()).toEqual([])
  })

  test('[TICKET-5] with its conversation a ticket loses its tie, and stays', async () => {
    const { storage } = ground()
    const owner = createOwner()
    const { threadId, ticket } = await open(owner)
    await storage.store.deleteThread(owner, threadId)
    const { data } = await storage.tickets.inbox(owner, { limit: 10, order: 'desc' })
    expect(data).toEqual([{ ...ticket, conversation: null }])
    expect(await storage.tickets.inboxOfThread(owner, threadId)).toBeNull()
  })
}

function waitingFileRules(ground: () => TestDatabase): void {
  async function prepare() {
    const { storage } = ground()
    const owner = createOwner()
    const threadId = await createConversation(storage, owner)
    const send = async () => {
      const file = createFile()
      await storage.store.createAttachment(owner, file)
      return file.id
    }
    return { ...storage, owner, threadId, send }
  }

  test('[TICKET-6] a file waits in its thread until a message takes it, and goes with either of them', async () => {
    const { store, waitingFiles, owner, threadId, send } = await prepare()
    const other = createOwner(owner.tenantId)
    const [one, two, three] = [await send(), await send(), await send()]
    await waitingFiles.add(owner, threadId, one, 10)
    await waitingFiles.add(owner, threadId, two, 10)
    expect(await waitingFiles.list(owner, threadId)).toEqual([one, two])
    expect(await waitingFiles.list(other, threadId)).toEqual([])
    const refused = [
      [() => waitingFiles.add(owner, threadId, three, 2), 'wrong_state'],
      [() => waitingFiles.add(other, threadId, three, 10), 'not_found'],
      [() => waitingFiles.add(owner, threadId, 'atc_none', 10), 'not_found'],
      [() => waitingFiles.remove(other, one), 'not_found'],
    ] as const
    for (const [work, code] of refused) await expect(work()).rejects.toMatchObject({ code })

    await store.changeThread(owner, threadId, async (transaction) => {
      const attachments = await transaction.claimAttachments([one, two])
      await transaction.saveItem({ ...createMessage(threadId, 'Here'), id: 'msg_with', attachments })
    })
    expect(await waitingFiles.list(owner, threadId)).toEqual([])
    await expect(waitingFiles.add(owner, threadId, one, 10)).rejects.toMatchObject({ code: 'wrong_state' })
    const left = async () => {
      const item = await store.item(owner, threadId, 'msg_with')
      return item.type === 'user_message' ? item.attachments.map(({ id }) => id) : null
    }
    expect(await left()).toEqual([one, two])
    await waitingFiles.remove(owner, one)
    expect(await left()).toEqual([two])
    await waitingFiles.remove(owner, two)
    expect(await left()).toEqual([])
    await expect(store.attachment(owner, two)).rejects.toMatchObject({ code: 'not_found' })

    await waitingFiles.add(owner, threadId, three, 10)
    await store.deleteThread(owner, threadId)
    expect(await waitingFiles.list(owner, threadId)).toEqual([])
  })

  test('[TICKET-6] a thread that is not active takes no file, and nobody sees another’s', async () => {
    const { store, waitingFiles, owner, threadId, send } = await prepare()
    const file = await send()
    await waitingFiles.add(owner, threadId, file, 10)
    await store.changeThread(owner, threadId, (transaction) =>
      transaction.saveThread({ ...transaction.thread, status: { type: 'closed' } }),
    )
    await expect(waitingFiles.add(owner, threadId, await send(), 10)).rejects.toMatchObject({
      code: 'wrong_state',
    })
    const { database } = ground()
    const seen = (scope: Owner) => query(database, userScope(scope), 'select 1 from waiting_files')
    expect(await seen(owner)).toHaveLength(1)
    expect(await seen(createOwner(owner.tenantId))).toEqual([])
    expect(await seen({ ...owner, tenantId: 'elsewhere' })).toEqual([])
  })
}
