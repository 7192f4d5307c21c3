import { describe, expect, it } from 'vitest'
import { createTextDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { Item } from '../conversation/items.ts'
import type { ConversationChange } from '../conversation/store.ts'
import type { Thread } from '../conversation/threads.ts'
import { RunStopped, createHiddenItems, tidied, untilStopped, watchThread } from './agent-events.ts'

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
  it('[ITEM-5] completes items, keeps nulls in free dictionaries, and puts them in the run’s thread', () => {
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
    expect(given.map((event) => tidied(event, 'thr'))).toEqual([
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

  it('[TEXT-1] cleans what an agent says', () => {
    expect(tidied(createTextDelta('a', 'x\0'), 'thr')).toEqual(createTextDelta('a', 'x\ufffd'))
    expect(tidied(progress('\ud800'), 'thr')).toEqual(progress('\ufffd'))
  })
})

describe('watchThread', () => {
  it('[RUN-14] says each change once, however deep, and nothing when there was none', () => {
    const thread: Thread = {
      id: 'thr',
      created_at: base.created_at,
      status: { type: 'active' },
      metadata: {},
    }
    const changes = watchThread(thread)
    expect(changes.take()).toBeNull()
    thread.title = 'Title'
    expect(changes.take()).toMatchObject({ thread: { title: 'Title' }, changed: ['title'] })
    expect(changes.take()).toBeNull()
    thread.metadata['deep'] = { changed: true }
    expect(changes.take()).toMatchObject({
      type: 'thread-updated',
      thread: { metadata: { deep: { changed: true } } },
      changed: ['metadata'],
    })
    delete thread.title
    expect(changes.take()).toMatchObject({ changed: ['title'] })
    expect(changes.take()).toBeNull()
  })
})

describe('hidden items', () => {
  it('[RUN-13] are handed on to be stored, and no event of theirs is shown', () => {
    const hidden: Item = { ...base, id: 'h', type: 'hidden_context_item', content: 'secret' }
    const stored: ConversationChange[] = []
    const items = createHiddenItems((change) => stored.push(change))
    const events: RunEvent[] = [
      { type: 'item-added', item: hidden },
      { type: 'item-done', item: hidden },
      { type: 'item-replaced', item: hidden },
      { type: 'item-removed', item_id: 'h' },
      progress('seen'),
      { type: 'item-removed', item_id: 'another' },
    ]
    expect(events.map(items.hides)).toEqual([true, true, true, true, false, false])
    expect(stored).toEqual([
      { type: 'save-item', item: hidden },
      { type: 'save-item', item: hidden },
      { type: 'delete-item', itemId: 'h' },
    ])
  })
})
