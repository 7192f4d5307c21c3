import { describe, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import type { RunSignal } from '../conversation/store.ts'
import {
  beginRun,
  createAnswer,
  createOwner,
  delta,
  ended,
  entryOf,
  failureOf,
  progress,
  query,
} from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'
import { engineScope } from './database.ts'

export function journalRules(ground: Ground): void {
  describe('journal', () => {
    appending(ground)
    repeating(ground)
    refusing(ground)
    leasing(ground)
    signalling(ground)
    forgetting(ground)
  })
}

function appending({ store, journal }: Ground): void {
  test('[JOURNAL-1] events, items, threads and ends of many runs are written together', async () => {
    const processId = createId('prc')
    const runs = await Promise.all(
      [1, 2, 3].map(() => beginRun(store(), { processId, events: [progress(1)] })),
    )
    const [first, second, third] = runs
    if (first === undefined || second === undefined || third === undefined) throw new Error('unreachable')
    const usage = { inputTokens: 3, outputTokens: 5, reasoningTokens: 0, cachedInputTokens: 1 }
    const answer = createAnswer(second.thread.id, 'done')
    const draft = createAnswer(second.thread.id, 'draft')
    const lost = await journal().append(processId, [
      entryOf(first, { events: [delta(2, 'a'), delta(3, 'b')] }),
      entryOf(second, {
        events: [progress(2), ended(3)],
        changes: [
          { type: 'save-item', item: draft },
          { type: 'save-item', item: answer },
          { type: 'delete-item', itemId: draft.id },
          { type: 'save-thread', thread: { ...second.thread, title: 'Titled' }, changed: ['title'] },
        ],
        end: { status: 'completed', usage },
      }),
      entryOf(third, { events: [ended(2)], end: { status: 'failed', error: 'It broke \0.' } }),
    ])
    expect(lost).toEqual(new Set())
    expect(await store().run(first.owner, first.runId)).toMatchObject({ status: 'running', lastSeq: 3 })
    expect(await store().run(second.owner, second.runId)).toMatchObject({
      status: 'completed',
      lastSeq: 3,
      usage,
    })
    expect(await store().run(third.owner, third.runId)).toMatchObject({
      status: 'failed',
      error: 'It broke \ufffd.',
    })
    expect((await store().items(second.owner, second.thread.id, { limit: 9, order: 'asc' })).data).toEqual([
      answer,
    ])
    expect(await store().thread(second.owner, second.thread.id)).toEqual({
      ...second.thread,
      title: 'Titled',
    })
    expect(await journal().log(second.runId)).toEqual([progress(1), progress(2), ended(3)])
    expect(await journal().append(processId, [])).toEqual(new Set())
  })

  test('[JOURNAL-1] an item that is saved again keeps its place among items that others add meanwhile', async () => {
    const run = await beginRun(store())
    const answer = createAnswer(run.thread.id, 'first')
    const changed = { ...createAnswer(run.thread.id, 'second'), id: answer.id }
    await journal().append(run.processId, [entryOf(run, { changes: [{ type: 'save-item', item: answer }] })])
    const later = createAnswer(run.thread.id, 'later')
    await store().changeThread(run.owner, run.thread.id, (transaction) => transaction.saveItem(later))
    await journal().append(run.processId, [entryOf(run, { changes: [{ type: 'save-item', item: changed }] })])
    expect((await store().items(run.owner, run.thread.id, { limit: 9, order: 'asc' })).data).toEqual([
      changed,
      later,
    ])
  })
}

function repeating({ store, journal, database }: Ground): void {
  test('[JOURNAL-3] a group that is written twice is there once, its end too', async () => {
    const run = await beginRun(store())
    const answer = createAnswer(run.thread.id, 'answer')
    const groups = [
      [entryOf(run, { events: [progress(1), progress(2)] })],
      [
        entryOf(run, {
          events: [ended(3)],
          changes: [{ type: 'save-item', item: answer }],
          end: { status: 'completed' },
        }),
      ],
    ]
    for (const group of groups) {
      expect(await journal().append(run.processId, group)).toEqual(new Set())
      expect(await journal().append(run.processId, group)).toEqual(new Set())
    }
    expect(await journal().log(run.runId)).toEqual([progress(1), progress(2), ended(3)])
    expect((await store().items(run.owner, run.thread.id, { limit: 9, order: 'asc' })).data).toEqual([answer])
    const rows = await query<{ last_item_seq: number }>(
      database(),
      engineScope,
      'select last_item_seq from threads where user_id = $1',
      [run.owner.userId],
    )
    expect(rows).toEqual([{ last_item_seq: 1 }])
  })
}

function refusing({ store, journal, refused }: Ground): void {
  test('[JOURNAL-2] a process that lost a run’s lease writes nothing more of it, and the others are written', async () => {
    const processId = createId('prc')
    const other = createId('prc')
    const gone = await beginRun(store(), { processId, leaseSeconds: 0 })
    const kept = await beginRun(store(), { processId })
    const taken = await takeAll(other)
    expect(taken).toContain(gone.runId)
    const answer = createAnswer(gone.thread.id, 'too late')
    const lost = await journal().append(processId, [
      entryOf(gone, { events: [progress(1)] }),
      entryOf(kept, { events: [progress(1)] }),
    ])
    expect(lost).toEqual(new Set([gone.runId]))
    const lostAtEnd = await journal().append(processId, [
      entryOf(gone, {
        events: [ended(2)],
        changes: [{ type: 'save-item', item: answer }],
        end: { status: 'completed' },
      }),
      entryOf(kept, { events: [ended(2)], end: { status: 'completed' } }),
    ])
    expect(lostAtEnd).toEqual(new Set([gone.runId]))
    expect(await journal().log(gone.runId)).toEqual([])
    expect((await store().items(gone.owner, gone.thread.id, { limit: 9, order: 'asc' })).data).toEqual([])
    expect(await store().run(gone.owner, gone.runId)).toMatchObject({ status: 'running' })
    expect(await store().run(kept.owner, kept.runId)).toMatchObject({ status: 'completed', lastSeq: 2 })
    await journal().append(other, [entryOf(gone, { events: [ended(1)], end: { status: 'interrupted' } })])
    expect(await store().run(gone.owner, gone.runId)).toMatchObject({ status: 'interrupted' })
  })

  async function takeAll(processId: string): Promise<string[]> {
    return (await journal().takeOver(processId, 60, 100)).map(({ runId }) => runId)
  }

  test('[JOURNAL-2] a run whose thread was deleted is lost', async () => {
    const run = await beginRun(store())
    await store().deleteThread(run.owner, run.thread.id)
    const entry = entryOf(run, {
      events: [ended(1)],
      changes: [{ type: 'save-item', item: createAnswer(run.thread.id, 'x') }],
      end: { status: 'completed' },
    })
    expect(await journal().append(run.processId, [entry])).toEqual(new Set([run.runId]))
  })

  test('[JOURNAL-4] an entry that the database refuses fails no other; its run is let go', async () => {
    const processId = createId('prc')
    const runs = await Promise.all([1, 2, 3].map(() => beginRun(store(), { processId })))
    const [before, bad, after] = runs
    if (before === undefined || bad === undefined || after === undefined) throw new Error('unreachable')
    const impossible = { ...createAnswer(bad.thread.id, 'x'), created_at: 'no time at all' }
    const lost = await journal().append(processId, [
      entryOf(before, { events: [progress(1)] }),
      entryOf(bad, { events: [progress(1)], changes: [{ type: 'save-item', item: impossible }] }),
      entryOf(after, { events: [ended(1)], end: { status: 'completed' } }),
    ])
    expect(lost).toEqual(new Set([bad.runId]))
    expect([...refused.keys()]).toContain(bad.runId)
    expect(await journal().log(before.runId)).toEqual([progress(1)])
    expect(await journal().log(bad.runId)).toEqual([])
    expect(await store().run(after.owner, after.runId)).toMatchObject({ status: 'completed' })
    expect(
      (await journal().renewLeases(processId, 60, [before.runId, bad.runId])).map(({ runId }) => runId),
    ).toEqual([before.runId])
    expect(await takeAll(processId)).toContain(bad.runId)
  })
}

function leasing({ store, journal, openAnother }: Ground): void {
  test('[JOURNAL-5] a run whose lease ran out is taken over by one process, and not twice under one name', async () => {
    const processId = createId('prc')
    const runs = await Promise.all(
      Array.from({ length: 6 }, () => beginRun(store(), { processId, leaseSeconds: 0 })),
    )
    const held = await beginRun(store(), { processId, leaseSeconds: 60 })
    expect((await journal().takeOver(processId, 60, 100)).map(({ runId }) => runId)).not.toContain(
      runs[0]?.runId,
    )
    const another = (await openAnother()).journal
    const takers = [journal(), another, journal(), another]
    const taken = (await Promise.all(takers.map((each) => each.takeOver(createId('prc'), 60, 2)))).flat()
    const rest = await journal().takeOver(createId('prc'), 60, 100)
    const ids = [...taken, ...rest].map(({ runId }) => runId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const run of runs) {
      expect([...taken, ...rest]).toContainEqual({
        runId: run.runId,
        threadId: run.thread.id,
        owner: run.owner,
      })
    }
    expect(ids).not.toContain(held.runId)
  })

  test('[JOURNAL-5] who renews in time keeps its runs; who lets go of them loses them at once', async () => {
    const processId = createId('prc')
    const run = await beginRun(store(), { processId, leaseSeconds: 0 })
    expect(await journal().renewLeases(processId, 60, [run.runId])).toEqual([
      { runId: run.runId, cancelRequested: false },
    ])
    const other = createId('prc')
    expect((await journal().takeOver(other, 60, 100)).map(({ runId }) => runId)).not.toContain(run.runId)
    await journal().releaseLeases(processId)
    expect(await journal().append(processId, [entryOf(run, { events: [progress(1)] })])).toEqual(
      new Set([run.runId]),
    )
    expect(await journal().renewLeases(processId, 60, [run.runId])).toEqual([])
    expect((await journal().takeOver(other, 60, 100)).map(({ runId }) => runId)).toContain(run.runId)
  })

  test('[JOURNAL-5] only the runs that a process names are renewed: one that it has forgotten runs out', async () => {
    const processId = createId('prc')
    const named = await beginRun(store(), { processId, leaseSeconds: 0 })
    const forgotten = await beginRun(store(), { processId, leaseSeconds: 0 })
    await journal().renewLeases(processId, 60, [named.runId])
    const taken = (await journal().takeOver(createId('prc'), 60, 100)).map(({ runId }) => runId)
    expect(taken).toContain(forgotten.runId)
    expect(taken).not.toContain(named.runId)
    const entry = entryOf(forgotten, { events: [progress(1)] })
    expect(await journal().append(processId, [entry])).toEqual(new Set([forgotten.runId]))
  })

  test('[JOURNAL-6] a wish to stop is kept for the process that runs it, and does nothing to an ended run', async () => {
    const run = await beginRun(store())
    await store().requestCancel(run.owner, run.runId)
    await store().requestCancel(run.owner, run.runId)
    expect(await journal().renewLeases(run.processId, 60, [run.runId])).toEqual([
      { runId: run.runId, cancelRequested: true },
    ])
    await journal().append(run.processId, [
      entryOf(run, { events: [ended(1)], end: { status: 'cancelled' } }),
    ])
    await store().requestCancel(run.owner, run.runId)
    expect(await store().run(run.owner, run.runId)).toMatchObject({ status: 'cancelled' })
  })
}

function signalling({ store, journal, openAnother }: Ground): void {
  test('[JOURNAL-7] every process hears which followed logs grew and which run shall stop', async () => {
    const another = await openAnother()
    const heard: RunSignal[][] = [[], []]
    const stops = [
      await journal().listen((signal) => heard[0]?.push(signal)),
      await another.journal.listen((signal) => heard[1]?.push(signal)),
    ]
    const run = await beginRun(store())
    await journal().append(run.processId, [entryOf(run, { events: [progress(1)] })])
    await another.store.requestCancel(run.owner, run.runId)
    for (const signals of heard) {
      await expect.poll(() => signals).toContainEqual({ type: 'appended', runIds: [run.runId] })
      await expect.poll(() => signals).toContainEqual({ type: 'cancel-requested', runId: run.runId })
    }
    await Promise.all(stops.map((stop) => stop()))
    const count = heard.flat().length
    await journal().append(run.processId, [entryOf(run, { events: [progress(2)] })])
    await journal().log(run.runId)
    expect(heard.flat()).toHaveLength(count)
  })

  test('[JOURNAL-7] a group of more runs than one notification can name is told in several', async () => {
    const owner = createOwner()
    const processId = createId('prc')
    const runs = []
    for (let index = 0; index < 300; index += 1) runs.push(await beginRun(store(), { owner, processId }))
    const heard = new Set<string>()
    const stop = await journal().listen((signal) => {
      if (signal.type === 'appended') for (const runId of signal.runIds) heard.add(runId)
    })
    await journal().append(
      processId,
      runs.map((run) => entryOf(run, { events: [progress(1)] })),
    )
    await expect.poll(() => heard.size).toBe(runs.length)
    await stop()
  })
}

function forgetting({ store, journal }: Ground): void {
  test('[JOURNAL-8] logs are thrown away only of runs that ended long enough ago, and the runs stay', async () => {
    const [old, running] = [
      await beginRun(store(), { events: [progress(1)] }),
      await beginRun(store(), { events: [progress(1)] }),
    ]
    await journal().append(old.processId, [
      entryOf(old, { events: [ended(2)], end: { status: 'completed' } }),
    ])
    expect(await journal().deleteLogs(3_600)).toBe(0)
    expect(await journal().log(old.runId)).toHaveLength(2)
    expect(await journal().deleteLogs(0)).toBeGreaterThan(0)
    expect(await journal().deleteLogs(0)).toBe(0)
    expect(await store().runEvents(old.owner, old.runId, 0, 1e6)).toEqual([])
    expect(await store().run(old.owner, old.runId)).toMatchObject({ status: 'completed', lastSeq: 2 })
    expect(await journal().log(running.runId)).toEqual([progress(1)])
    expect((await failureOf(store().runEvents(createOwner(), old.runId, 0, 1))).code).toBe('not_found')
  })
}
