import { describe, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import {
  beginRun,
  createOwner,
  createThread,
  delta,
  ended,
  entryOf,
  failureOf,
  progress,
  textOf,
} from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'

export function runRules(ground: Ground): void {
  describe('runs', () => {
    beginning(ground)
    runHidingRules(ground)
    reading(ground)
  })
}

function beginning({ store, journal }: Ground): void {
  test('[STORE-9] of many runs that begin in a thread at the same moment, one does', async () => {
    const owner = createOwner()
    const thread = createThread()
    await store().createThread(owner, thread, async () => {})
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const run = { id: createId('run'), processId: 'prc_x', leaseSeconds: 60 }
        const began = store().changeThread(owner, thread.id, (transaction) => transaction.beginRun(run, []))
        return began.then(() => 'begun').catch((error: unknown) => Reflect.get(Object(error), 'code'))
      }),
    )
    expect(outcomes.filter((outcome) => outcome === 'begun')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'wrong_state')).toHaveLength(9)
  })

  test('[STORE-9] when a run has ended, the next may begin, and is the newest', async () => {
    const run = await beginRun(store())
    const { owner, thread } = run
    const next = { id: createId('run'), processId: run.processId, leaseSeconds: 60 }
    const begin = () =>
      store().changeThread(owner, thread.id, (transaction) => transaction.beginRun(next, []))
    expect((await failureOf(begin())).code).toBe('wrong_state')
    await journal().append(run.processId, [
      entryOf(run, { events: [ended(1)], end: { status: 'completed' } }),
    ])
    expect(await store().newestRun(owner, thread.id)).toMatchObject({ id: run.runId, status: 'completed' })
    await begin()
    expect(await store().newestRun(owner, thread.id)).toMatchObject({
      id: next.id,
      status: 'running',
      lastSeq: 0,
    })
  })

  test('[STORE-10] an idempotency key begins one run per owner, and says which and what for', async () => {
    const owner = createOwner()
    const key = `key ${createId('run')}`
    const begin = async (who = owner): Promise<string> => {
      const thread = createThread()
      const id = createId('run')
      await store().createThread(who, thread, (transaction) =>
        transaction.beginRun(
          { id, processId: 'prc_x', leaseSeconds: 60, idempotencyKey: key, requestHash: 'hash' },
          [],
        ),
      )
      return id
    }
    expect(await store().runByIdempotencyKey(owner, key)).toBeNull()
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => begin()))
    const begun = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    expect(begun).toHaveLength(1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'wrong_state' })
    }
    expect(await store().runByIdempotencyKey(owner, key)).toMatchObject({
      run: { id: begun[0] },
      requestHash: 'hash',
    })
    expect((await store().threads(owner, { limit: 10, order: 'asc' })).data).toHaveLength(1)
    const neighbour = createOwner(owner.tenantId)
    expect(await store().runByIdempotencyKey(neighbour, key)).toBeNull()
    const other = await begin(neighbour)
    expect(await store().runByIdempotencyKey(neighbour, key)).toMatchObject({ run: { id: other } })
  })
}

/** What must hold also where the walls of the database are open. */
export function runHidingRules({ store, journal }: Ground): void {
  test('[STORE-2] another’s run can neither be read, followed nor stopped', async () => {
    const run = await beginRun(store(), { events: [progress(1)] })
    for (const other of [createOwner(run.owner.tenantId), { ...createOwner(), userId: run.owner.userId }]) {
      const attempts = (id: string): Promise<unknown>[] => [
        store().run(other, id),
        store().runEvents(other, id, 0, 1_000),
        store().requestCancel(other, id),
      ]
      const absent = createId('run')
      const foreign = await Promise.all(attempts(run.runId).map(failureOf))
      const missing = await Promise.all(attempts(absent).map(failureOf))
      expect(foreign).toEqual(
        missing.map(({ code, message }) => ({ code, message: message.replace(absent, run.runId) })),
      )
      expect(foreign.map(({ code }) => code)).toEqual(['not_found', 'not_found', 'not_found'])
    }
    expect(await journal().renewLeases(run.processId, 60, [run.runId])).toEqual([
      { runId: run.runId, cancelRequested: false },
    ])
  })
}

function reading({ store, journal }: Ground): void {
  test('[STORE-14] a log can be read from every number on, without a gap or a repeat', async () => {
    const run = await beginRun(store(), { events: [progress(1), progress(2)] })
    await journal().append(run.processId, [
      entryOf(run, { events: [delta(3, 'Hel'), delta(4, 'lo'), progress(5)] }),
    ])
    await journal().append(run.processId, [entryOf(run, { events: [delta(6, ' wor'), delta(7, 'ld')] })])
    await journal().append(run.processId, [entryOf(run, { events: [delta(8, '!')] })])
    const seqsFrom = async (after: number) =>
      (await store().runEvents(run.owner, run.runId, after, 1e6)).map(({ seq }) => seq)
    expect(await seqsFrom(0)).toEqual([1, 2, 4, 5, 8])
    expect(await seqsFrom(1)).toEqual([2, 4, 5, 8])
    expect(await seqsFrom(3)).toEqual([4, 5, 8])
    expect(await seqsFrom(6)).toEqual([8])
    expect(await seqsFrom(8)).toEqual([])
    expect(await seqsFrom(99)).toEqual([])
    expect(textOf(await store().runEvents(run.owner, run.runId, 3, 1e6))).toBe('lo world!')
    expect(await store().run(run.owner, run.runId)).toMatchObject({ lastSeq: 8, status: 'running' })
  })

  test('[STORE-14] it comes in portions of about the size asked for, at least a group each', async () => {
    const run = await beginRun(store())
    for (let seq = 1; seq <= 20; seq += 1) {
      await journal().append(run.processId, [entryOf(run, { events: [progress(seq, 'x'.repeat(1_000))] })])
    }
    const portions: number[] = []
    let after = 0
    for (let isLast = false; !isLast;) {
      const { events, isAll } = await store().runSince(run.owner, run.runId, after, 5_000)
      isLast = isAll
      expect(events[0]?.seq).toBe(after + 1)
      portions.push(events.length)
      after = events.at(-1)?.seq ?? after
    }
    expect(after).toBe(20)
    expect(Math.max(...portions)).toBeLessThanOrEqual(5)
    expect(await store().runEvents(run.owner, run.runId, 0, 1)).toHaveLength(1)
  })

  test('[STORE-15] what follows one after the other in one text comes as one event', async () => {
    const run = await beginRun(store())
    for (let seq = 1; seq <= 50; seq += 1) {
      await journal().append(run.processId, [entryOf(run, { events: [delta(seq, `${seq} `)] })])
    }
    const events = await store().runEvents(run.owner, run.runId, 10, 1e6)
    expect(events).toHaveLength(1)
    expect(events[0]?.seq).toBe(50)
    expect(textOf(events)).toBe(Array.from({ length: 40 }, (_, index) => `${index + 11} `).join(''))
    expect(await journal().log(run.runId)).toHaveLength(1)
  })
}
