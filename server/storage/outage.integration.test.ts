import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunSignal } from '../conversation/store.ts'
import { missingReason } from '../testing/databases.ts'
import { runAs, startPostgres } from '../testing/postgres.ts'
import type { PostgresServer } from '../testing/postgres.ts'
import { beginRun, createOwner, createThread, entryOf, progress, query } from './contract-parts.ts'
import { userScope } from './database.ts'
import { openParts } from './open.ts'

/** A Postgres that is stopped and killed, so one of its own. */
describe.skipIf(missingReason('postgres') !== null || process.env['PARLEY_TEST_DATABASE_URL'] !== undefined)(
  'a Postgres that goes away',
  () => {
    let server: PostgresServer
    let parts: Awaited<ReturnType<typeof openParts>>

    beforeAll(async () => {
      server = await startPostgres({ durable: true, settings: { deadlock_timeout: '50ms' } })
      await runAs(server.url('postgres'), 'create database outage')
      parts = await openParts({
        kind: 'postgres',
        url: server.url('outage'),
        poolSizeMax: 3,
        lockMillisecondsMax: 300,
      })
    })
    afterAll(async () => {
      await parts.storage.close()
      await server.remove()
    })

    test('[STORE-17] while it is away every call is unavailable, and the first call after that works', async () => {
      const { store, journal } = parts.storage
      const owner = createOwner()
      const thread = createThread()
      await store.createThread(owner, thread, async () => {})
      for (const how of ['fast', 'immediate', 'kill'] as const) {
        const run = await beginRun(store)
        await server.stop(how)
        const calls = [
          parts.storage.ping(),
          store.thread(owner, thread.id),
          store.createThread(owner, createThread(), async () => {}),
          journal.append(run.processId, [entryOf(run, { events: [progress(1)] })]),
        ]
        for (const outcome of await Promise.allSettled(calls)) {
          expect(outcome).toMatchObject({ reason: { code: 'unavailable', retryable: true } })
        }
        await server.start()
        expect(await store.thread(owner, thread.id)).toEqual(thread)
        expect(await journal.append(run.processId, [entryOf(run, { events: [progress(1)] })])).toEqual(
          new Set(),
        )
        expect(await journal.log(run.runId)).toEqual([progress(1)])
      }
    })

    test('[STORE-17] connections that are cut in the middle fail their own calls only', async () => {
      const { store } = parts.storage
      const owner = createOwner()
      const thread = createThread()
      await store.createThread(owner, thread, async () => {})
      const cut = store.changeThread(owner, thread.id, async (transaction) => {
        await transaction.newestItems(1)
        await runAs(
          server.superuserUrl('outage'),
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parley'`,
        )
        await transaction.saveThread({ ...thread, title: 'never' })
      })
      await expect(cut).rejects.toMatchObject({ code: 'unavailable' })
      expect(await store.thread(owner, thread.id)).toEqual(thread)
    })

    test('[STORE-17] who waits too long for a lock is told so, and no connection is lost', async () => {
      const { store } = parts.storage
      const owner = createOwner()
      const thread = createThread()
      await store.createThread(owner, thread, async () => {})
      for (let round = 0; round < 4; round += 1) {
        await store.changeThread(owner, thread.id, async (transaction) => {
          await expect(store.changeThread(owner, thread.id, async () => {})).rejects.toMatchObject({
            code: 'unavailable',
          })
          await transaction.saveThread(thread)
        })
      }
    })

    test('[STORE-18] transactions that wait for each other both succeed', async () => {
      const { store } = parts.storage
      const owner = createOwner()
      const threads = [createThread(), createThread()]
      for (const thread of threads) await store.createThread(owner, thread, async () => {})
      const titles = ['one', 'two']
      let arrived = 0
      let letBothGo = (): void => {}
      const bothArrived = new Promise<void>((resolve) => (letBothGo = resolve))
      // The deadlock is to be found before anybody has waited too long for a lock.
      const patient = await openParts({
        kind: 'postgres',
        url: server.url('outage'),
        lockMillisecondsMax: 30_000,
      })
      await Promise.all(
        titles.map((title, index) =>
          patient.database.transaction(userScope(owner), async (run) => {
            const rename = (position: number) =>
              run({
                text: 'update threads set title = $1 where seq = (select seq from threads order by seq limit 1 offset $2)',
                values: [title, position],
                read: () => undefined,
              })
            await rename(index)
            arrived += 1
            if (arrived === 2) letBothGo()
            await bothArrived
            await rename(1 - index)
          }),
        ),
      )
      await patient.storage.close()
      expect(arrived).toBeGreaterThan(2)
      const rows = await query<{ title: string }>(
        parts.database,
        userScope(owner),
        'select title from threads',
      )
      expect(new Set(rows.map(({ title }) => title)).size).toBe(1)
    })

    test('[JOURNAL-7] a listener whose connection was cut hears that it may have missed something, and hears on', async () => {
      const { store, journal } = parts.storage
      const signals: RunSignal[] = []
      const stop = await journal.listen((signal) => signals.push(signal))
      await server.stop('immediate')
      await server.start()
      await expect.poll(() => signals).toContainEqual({ type: 'resync' })
      const run = await beginRun(store)
      await journal.append(run.processId, [entryOf(run, { events: [progress(1)] })])
      await expect.poll(() => signals).toContainEqual({ type: 'appended', runIds: [run.runId] })
      await stop()
    })
  },
)

test('[STORE-17] a database that cannot be reached is a refusal to start that names no password', async () => {
  const opening = openParts({ kind: 'postgres', url: 'postgres://someone:secret-word@127.0.0.1:1/nothing' })
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 'unavailable' })
  expect(String(error)).toContain('cannot be reached')
  expect(String(error)).not.toContain('secret-word')
})
