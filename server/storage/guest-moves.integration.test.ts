import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import type { Owner } from '../conversation/threads.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { TestDatabase } from '../testing/databases.ts'
import { storeFile } from './contract-files.ts'
import {
  beginRun,
  createAnswer,
  createFile,
  createMessage,
  createOwner,
  createThread,
  delta,
  ended,
  entryOf,
  failureOf,
  progress,
  query,
  textOf,
} from './contract-parts.ts'
import { command, engineScope, statement, userScope } from './database.ts'
import { insertOwners } from './tenants.ts'

describe.each(['pglite', 'postgres'] as const)('guests who sign in, on %s', (kind) => {
  const reason = missingReason(kind)
  describe.skipIf(reason !== null)(reason ?? 'all of it', () => {
    let opened: TestDatabase | undefined
    const ground = (): TestDatabase => {
      if (opened === undefined) throw new Error('The database is not open yet.')
      return opened
    }
    beforeAll(async () => {
      opened = await createTestDatabase(kind)
    })
    afterAll(() => opened?.close())
    movingRules(ground)
    wallRules(ground)
  })
})

let guests = 0
const createGuest = (tenantId: string): Owner => ({ tenantId, userId: `guest_${(guests += 1)}` })
const allPages = { limit: 100, order: 'asc' } as const

function movingRules(ground: () => TestDatabase): void {
  const move = (guest: Owner, user: Owner): Promise<number> =>
    ground().storage.guestMoves.move(guest.tenantId, guest.userId, user.userId)

  test('[GUEST-4] everything of the guest’s is the user’s: threads, items, runs, logs, files and tasks, and nobody else’s is', async () => {
    const { store, files, tasks, guestMoves } = ground().storage
    const user = createOwner()
    const guest = createGuest(user.tenantId)
    const other = createGuest(user.tenantId)
    for (const owner of [guest, other]) {
      await beginRun(store, { owner, events: [progress(1)] })
      await storeFile(files, owner)
      await tasks.add(owner, 'Water the plants')
    }
    const thread = createThread({ title: 'Mine' })
    const attached = createFile()
    await store.createAttachment(guest, attached)
    await store.createThread(guest, thread, async (transaction) => {
      await transaction.saveItem(createMessage(thread.id, 'Before'))
      await transaction.claimAttachments([attached.id])
    })
    await move(guest, user)
    await guestMoves.move(guest.tenantId, guest.userId, user.userId)
    expect(await store.thread(user, thread.id)).toMatchObject({ title: 'Mine' })
    expect((await store.items(user, thread.id, allPages)).data).toMatchObject([
      { content: [{ text: 'Before' }] },
    ])
    expect(await store.attachment(user, attached.id)).toMatchObject({ thread_id: thread.id })
    expect((await failureOf(store.thread(guest, thread.id))).code).toBe('not_found')
    const tables = ['threads', 'runs', 'run_events', 'attachments', 'blobs', 'tasks']
    for (const table of tables) {
      const count = async (owner: Owner): Promise<number> =>
        (await query(ground().database, userScope(owner), `select 1 from ${table}`)).length
      expect(await count(guest), table).toBe(0)
      expect(await count(other), table).toBe(1)
      expect(await count(user), table).toBe(
        await count(other).then((one) => one + (table === 'threads' || table === 'attachments' ? 1 : 0)),
      )
    }
    const again = await store.threads(user, { limit: 10, order: 'desc' })
    expect(again.data).toHaveLength(2)
  })

  test('[GUEST-5] a run that is going on goes on: what its process writes is the user’s from then on, its end too', async () => {
    const { store, journal } = ground().storage
    const user = createOwner()
    const guest = createGuest(user.tenantId)
    const run = await beginRun(store, { owner: guest, events: [delta(1, 'Half ')] })
    await move(guest, user)
    const answer = createAnswer(run.thread.id, 'Half and half')
    const titled = { ...run.thread, title: 'Halves' }
    const lost = await journal.append(run.processId, [entryOf(run, { events: [delta(2, 'and ')] })])
    const lostAtEnd = await journal.append(run.processId, [
      entryOf(run, {
        events: [delta(3, 'half'), ended(4)],
        changes: [
          { type: 'save-item', item: createAnswer(run.thread.id, 'Dropped') },
          { type: 'save-item', item: answer },
          { type: 'save-thread', thread: titled, changed: ['title'] },
        ],
        end: { status: 'completed' },
      }),
    ])
    expect([...lost, ...lostAtEnd]).toEqual([])
    expect(await store.run(user, run.runId)).toMatchObject({ status: 'completed', lastSeq: 4 })
    expect(textOf(await store.runEvents(user, run.runId, 0, 1000))).toBe('Half and half')
    expect(await store.thread(user, run.thread.id)).toMatchObject({ title: 'Halves' })
    const { data } = await store.items(user, run.thread.id, allPages)
    expect(data.map(({ id }) => id)).toContain(answer.id)
    const rows = await query(ground().database, userScope(guest), 'select 1 from items')
    expect(rows).toEqual([])
  })

  test('[GUEST-5] who writes at the same moment waits, and nothing is lost or anybody else’s', async () => {
    const { store, journal } = ground().storage
    const user = createOwner()
    const guest = createGuest(user.tenantId)
    const runs = await Promise.all(Array.from({ length: 6 }, () => beginRun(store, { owner: guest })))
    const answers = runs.map(({ thread }) => createAnswer(thread.id, 'Kept'))
    const writing = runs.map(async (run, index) => {
      const answer = answers[index]
      if (answer === undefined) throw new Error('There is one for each.')
      for (let seq = 1; seq <= 10; seq += 1) {
        const lost = await journal.append(run.processId, [entryOf(run, { events: [delta(seq, `${seq} `)] })])
        expect(lost.size).toBe(0)
      }
      await journal.append(run.processId, [
        entryOf(run, {
          events: [ended(11)],
          changes: [{ type: 'save-item', item: answer }],
          end: { status: 'completed' },
        }),
      ])
    })
    await Promise.all([...writing, move(guest, user)])
    await move(guest, user)
    for (const [index, run] of runs.entries()) {
      expect(textOf(await store.runEvents(user, run.runId, 0, 10_000))).toBe('1 2 3 4 5 6 7 8 9 10 ')
      const { data } = await store.items(user, run.thread.id, allPages)
      expect(data.map(({ id }) => id)).toEqual([answers[index]?.id])
    }
  })

  test('[GUEST-4] a key that both have used stays the user’s, and the guest’s conversation comes without it', async () => {
    const { store } = ground().storage
    const user = createOwner()
    const guest = createGuest(user.tenantId)
    const begin = async (owner: Owner): Promise<string> => {
      const thread = createThread()
      const run = {
        id: createId('run'),
        processId: 'p',
        leaseSeconds: 60,
        idempotencyKey: 'same',
        requestHash: 'x',
      }
      await store.createThread(owner, thread, (transaction) => transaction.beginRun(run, [progress(1)]))
      return run.id
    }
    const [ofUser, ofGuest] = [await begin(user), await begin(guest)]
    await move(guest, user)
    expect(await store.runByIdempotencyKey(user, 'same')).toMatchObject({ run: { id: ofUser } })
    expect(await store.run(user, ofGuest)).toMatchObject({ status: 'running' })
  })
}

function wallRules(ground: () => TestDatabase): void {
  test('[GUEST-6] only a guest’s things are taken, only by the user who signs in, and only within their tenant', async () => {
    const { storage, database } = ground()
    const { store, guestMoves } = storage
    const [victim, thief] = [createOwner(), createOwner()]
    const guest = createGuest(victim.tenantId)
    const thread = createThread()
    await store.createThread(victim, thread, async () => {})
    const ofGuest = createThread()
    await store.createThread(guest, ofGuest, async () => {})
    await expect(guestMoves.move(victim.tenantId, victim.userId, thief.userId)).rejects.toThrow(/guests/)
    await expect(guestMoves.move(victim.tenantId, guest.userId, 'guest_x')).rejects.toThrow(/guests/)
    await guestMoves.move(thief.tenantId, guest.userId, thief.userId)

    // What the statements forgot, the policies would still hold: nobody takes a user's, gives away, or reaches another tenant.
    // Without a `where`, nothing is asked of what may be read.
    const attempt = (owner: Owner, named: Owner, target: string): Promise<unknown> =>
      database.transaction(userScope(owner), (run) =>
        run(
          command("select set_config('parley.guest', $1, true)", [named.userId]),
          ...insertOwners([owner]),
          command('update threads set user_id = $1', [target]),
        ),
      )
    const sibling = { tenantId: victim.tenantId, userId: 'sibling' }
    await attempt(sibling, victim, sibling.userId)
    await attempt(thief, guest, thief.userId)
    await expect(attempt(sibling, guest, victim.userId)).rejects.toThrow(/row-level security/)
    expect(await store.thread(victim, thread.id)).toBeDefined()
    expect(await store.thread(guest, ofGuest.id)).toBeDefined()
    // Nothing of the name is left for the connection's next borrower.
    const [visible] = await database.once(userScope(sibling), [
      statement('select 1 from threads', [], (rows) => rows.length),
    ])
    expect(visible).toBe(0)
  })

  test('[GUEST-7] whatever refers to a thread, run or attachment with its owner follows when the owner changes', async () => {
    const references = await query<{ name: string }>(
      ground().database,
      engineScope,
      `select conrelid::regclass || ': ' || conname as name from pg_constraint
       where contype = 'f' and confupdtype <> 'c' and array_length(conkey, 1) > 2
         and confrelid in ('threads'::regclass, 'runs'::regclass, 'attachments'::regclass)`,
    )
    expect(references).toEqual([])
  })
}
