import { describe, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import type { Turn } from '../conversation/store.ts'
import type { Thread } from '../conversation/threads.ts'
import {
  createAnswer,
  createMessage,
  createOwner,
  createThread,
  ended,
  entryOf,
  progress,
} from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'

const all = { limit: 100, order: 'asc' } as const

/** In a thread of its own unless there is one. */
function createTurn(thread?: Thread, changes: { text?: string; key?: string } = {}): Turn {
  const threadId = thread?.id ?? createId('thr')
  const { text = 'Hello', key } = changes
  return {
    threadId,
    ...(thread === undefined ? { threadCreatedAt: new Date().toISOString() } : {}),
    message: createMessage(threadId, text),
    run: {
      id: createId('run'),
      processId: 'prc_x',
      leaseSeconds: 60,
      ...(key === undefined ? {} : { idempotencyKey: key, requestHash: 'hash' }),
    },
    events: [progress(1), progress(2)],
  }
}

function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'begun',
    (error: unknown) => Reflect.get(Object(error), 'code'),
  )
}

export function turnRules(ground: Ground): void {
  describe('turns', () => {
    together(ground)
    guarded(ground)
  })
}

function together({ store }: Ground): void {
  test('[STORE-20] turns of many owners, in new threads and in old ones, begin together', async () => {
    const turns = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const owner = createOwner()
        if (index % 2 === 0) return { owner, turn: createTurn(undefined, { text: `new ${index}` }) }
        const thread = createThread({ title: `Old ${index}`, metadata: { index } })
        await store().createThread(owner, thread, (transaction) =>
          transaction.saveItem(createAnswer(thread.id, 'Before')),
        )
        return { owner, turn: createTurn(thread, { text: 'NUL \0, "quotes", \\ and {braces}' }), thread }
      }),
    )
    const threads = await Promise.all(turns.map(({ owner, turn }) => store().beginTurn(owner, turn)))
    for (const [index, { owner, turn, thread }] of turns.entries()) {
      expect(threads[index]).toEqual(
        thread ?? {
          id: turn.threadId,
          created_at: turn.threadCreatedAt,
          status: { type: 'active' },
          metadata: {},
        },
      )
      expect(await store().thread(owner, turn.threadId)).toEqual(threads[index])
      const { data } = await store().items(owner, turn.threadId, all)
      expect(data).toHaveLength(thread === undefined ? 1 : 2)
      const text = turn.message.content.map((part) => part.text.replace('\0', '\ufffd')).join('')
      expect(data.at(-1)).toEqual({ ...turn.message, content: [{ type: 'input_text', text }] })
      expect(await store().run(owner, turn.run.id)).toMatchObject({ status: 'running', lastSeq: 2 })
      expect(await store().runEvents(owner, turn.run.id, 0, 1_000)).toEqual([progress(1), progress(2)])
    }
  })

  test('[STORE-20] what is refused changes nothing, and what waits with it begins', async () => {
    const [owner, other] = [createOwner(), createOwner()]
    const [thread, locked] = [createThread(), createThread({ status: { type: 'locked', reason: 'Enough.' } })]
    for (const each of [thread, locked]) await store().createThread(owner, each, async () => {})
    const good = createTurn()
    const outcomes = await Promise.all([
      outcomeOf(store().beginTurn(owner, createTurn(thread))),
      outcomeOf(store().beginTurn(owner, createTurn(thread))),
      outcomeOf(store().beginTurn(owner, createTurn(locked))),
      outcomeOf(store().beginTurn(other, createTurn(thread))),
      outcomeOf(store().beginTurn(owner, createTurn(createThread()))),
      outcomeOf(store().beginTurn(owner, createTurn({ ...thread, id: 'no id of ours' }))),
      outcomeOf(store().beginTurn(other, good)),
    ])
    // Which of two that come at the same moment is first, nobody has promised.
    expect(new Set(outcomes.slice(0, 2))).toEqual(new Set(['begun', 'wrong_state']))
    expect(outcomes.slice(2)).toEqual(['wrong_state', 'not_found', 'not_found', 'not_found', 'begun'])
    expect((await store().items(owner, thread.id, all)).data).toHaveLength(1)
    expect((await store().items(owner, locked.id, all)).data).toEqual([])
    expect((await store().threads(owner, all)).data).toEqual([thread, locked])
    expect((await store().threads(other, all)).data.map(({ id }) => id)).toEqual([good.threadId])
  })

  test('[STORE-20] a turn that the database does not take fails alone', async () => {
    const owner = createOwner()
    const [bad, good] = [createTurn(), createTurn()]
    bad.message.created_at = 'not a time'
    const outcomes = await Promise.allSettled([store().beginTurn(owner, bad), store().beginTurn(owner, good)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect((await store().threads(owner, all)).data.map(({ id }) => id)).toEqual([good.threadId])
  })
}

function guarded({ store, journal }: Ground): void {
  test('[STORE-10] of turns with one key, one begins and leaves a thread', async () => {
    const owner = createOwner()
    const key = createId('run')
    const turns = Array.from({ length: 6 }, () => createTurn(undefined, { key }))
    const outcomes = await Promise.all(turns.map((turn) => outcomeOf(store().beginTurn(owner, turn))))
    expect(outcomes.filter((outcome) => outcome === 'wrong_state')).toHaveLength(5)
    const begun = turns[outcomes.indexOf('begun')]
    expect(await store().runByIdempotencyKey(owner, key)).toMatchObject({ run: { id: begun?.run.id } })
    expect((await store().threads(owner, all)).data.map(({ id }) => id)).toEqual([begun?.threadId])
    expect(await outcomeOf(store().beginTurn(createOwner(), createTurn(undefined, { key })))).toBe('begun')
  })

  test('[STORE-9] the next turn of a thread begins when the one before it has ended', async () => {
    const owner = createOwner()
    const first = createTurn()
    const thread = await store().beginTurn(owner, first)
    expect(await outcomeOf(store().beginTurn(owner, createTurn(thread)))).toBe('wrong_state')
    const run = { owner, thread, runId: first.run.id, processId: 'prc_x' }
    await journal().append('prc_x', [entryOf(run, { events: [ended(3)], end: { status: 'completed' } })])
    expect(await outcomeOf(store().beginTurn(owner, createTurn(thread)))).toBe('begun')
    expect((await store().items(owner, thread.id, all)).data).toHaveLength(2)
  })
}
