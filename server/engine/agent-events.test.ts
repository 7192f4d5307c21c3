import { describe, expect, it } from 'vitest'
import { createTextDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { Item } from '../conversation/items.ts'
import type { ConversationChange } from '../conversation/store.ts'
import type { Thread } from '../conversation/threads.ts'
import {
  RunStopped,
  tidied,
  untilStopped,
  watchThread,
  withThreadChanges,
  withoutHidden,
} from './agent-events.ts'

async function collect<Value>(source: AsyncIterable<Value>): Promise<Value[]> {
  const values: Value[] = []
  for await (const value of source) values.push(value)
  return values
}

async function* from<Value>(...values: Value[]): AsyncGenerator<Value> {
  yield* values
}

const base = { thread_id: 'elsewhere', created_at: '2026-01-01T00:00:00Z' }
const progress = (text: string): RunEvent => ({ type: 'progress', text })

describe('untilStopped', () => {
  it('[RUN-12] throws at once when the source hangs, and ends the source', async () => {
    const stop = new AbortController()
    let ended = false
    let release = (): void => {}
    async function* hanging(): AsyncGenerator<number> {
      try {
        yield 1
        await new Promise<void>((resolve) => (release = resolve))
      } finally {
        ended = true
      }
    }
    const stream = untilStopped(hanging(), stop.signal)
    expect((await stream.next()).value).toBe(1)
    const next = stream.next()
    stop.abort('cancelled')
    await expect(next).rejects.toBeInstanceOf(RunStopped)
    release()
    await expect.poll(() => ended).toBe(true)
  })

  it('[RUN-12] ends the source when the reader leaves', async () => {
    let ended = false
    async function* source(): AsyncGenerator<number> {
      try {
        yield 1
        yield 2
      } finally {
        ended = true
      }
    }
    for await (const _value of untilStopped(source(), new AbortController().signal)) break
    expect(ended).toBe(true)
  })
})

describe('tidied', () => {
  it('[ITEM-5] completes items, keeps nulls in free dictionaries, and puts them in the run’s thread', async () => {
    const call = {
      ...base,
      id: 'c',
      type: 'client_tool_call',
      call_id: 'x',
      name: 'n',
      arguments: { z: null },
    }
    const workflow = {
      ...base,
      id: 'w',
      type: 'workflow',
      workflow: { type: 'custom', tasks: [{ type: 'thought', content: 'x' }] },
    }
    const given = [call, workflow].map((item) => ({ type: 'item-done', item }) as unknown as RunEvent)
    expect(await collect(tidied(from(...given), 'thr'))).toEqual([
      { type: 'item-done', item: { ...call, thread_id: 'thr', status: 'pending' } },
      {
        type: 'item-done',
        item: {
          ...workflow,
          thread_id: 'thr',
          workflow: {
            type: 'custom',
            tasks: [{ type: 'thought', content: 'x', status_indicator: 'none' }],
            expanded: false,
          },
        },
      },
    ])
  })

  it('[TEXT-1] cleans what an agent says', async () => {
    expect(await collect(tidied(from(createTextDelta('a', 'x\0'), progress('\ud800')), 'thr'))).toEqual([
      createTextDelta('a', 'x\ufffd'),
      progress('\ufffd'),
    ])
  })
})

describe('withThreadChanges', () => {
  it('[RUN-14] says a change once, behind the event during which it happened', async () => {
    const thread: Thread = {
      id: 'thr',
      created_at: base.created_at,
      status: { type: 'active' },
      metadata: {},
    }
    async function* agent(): AsyncGenerator<RunEvent> {
      yield progress('one')
      thread.title = 'Title'
      yield progress('two')
      yield progress('three')
      thread.metadata['deep'] = { changed: true }
    }
    const changes = watchThread(thread)
    expect((await collect(withThreadChanges(agent(), changes))).map((event) => event.type)).toEqual([
      'progress',
      'progress',
      'thread-updated',
      'progress',
    ])
    expect(changes.take()).toMatchObject({
      type: 'thread-updated',
      thread: { metadata: { deep: { changed: true } } },
    })
    expect(changes.take()).toBeNull()
  })
})

describe('withoutHidden', () => {
  it('[RUN-13] hands hidden items on to be stored and shows no event of theirs', async () => {
    const hidden: Item = { ...base, id: 'h', type: 'hidden_context_item', content: 'secret' }
    const stored: ConversationChange[] = []
    const events = from<RunEvent>(
      { type: 'item-added', item: hidden },
      { type: 'item-done', item: hidden },
      { type: 'item-replaced', item: hidden },
      { type: 'item-removed', item_id: 'h' },
      progress('seen'),
    )
    expect(await collect(withoutHidden(events, (change) => stored.push(change)))).toEqual([progress('seen')])
    expect(stored).toEqual([
      { type: 'save-item', item: hidden },
      { type: 'save-item', item: hidden },
      { type: 'delete-item', itemId: 'h' },
    ])
  })
})
