import { describe, expect, it } from 'vitest'
import type { WidgetItem } from '../../server/contracts/chatkit/wire.ts'
import type { ChatOptions } from '../options.ts'
import { createStore } from '../store/create-store.ts'
import type { Snapshot } from '../store/state.ts'
import { widgetStateOf } from '../store/widgets.ts'
import { createTransport } from '../transport/create-transport.ts'
import { englishWords } from '../words/words.ts'
import { createWidgetActions } from './create-actions.ts'
import { createRuns } from './create-runs.ts'
import type { WidgetAction } from './deliver-action.ts'

const item: WidgetItem = {
  id: 'w',
  thread_id: 'thr_1',
  created_at: '2026-01-01T00:00:00Z',
  type: 'widget',
  widget: { type: 'Card', children: [] },
}
const asked: WidgetAction = {
  itemId: 'w',
  type: 'go',
  payload: { a: 1 },
  handler: 'run',
  acting: { path: '/b', shows: 'self' },
  card: null,
  dropped: [],
}

interface Sent {
  type: string
  params: unknown
  key: string | null
}

/** A chat whose server answers each request with what the test says. */
function setUp(replies: (() => Response | Promise<Response>)[], options: ChatOptions = {}) {
  const store = createStore()
  const sent: Sent[] = []
  const told: string[] = []
  let keys = 0
  const transport = createTransport({
    url: 'https://parley.example/chatkit',
    locale: () => 'en',
    fetch: async (_url, init) => {
      const { type, params } = JSON.parse(typeof init?.body === 'string' ? init.body : '') as {
        type: string
        params: unknown
      }
      sent.push({ type, params, key: new Headers(init?.headers).get('idempotency-key') })
      const reply = replies.shift()
      if (reply === undefined) throw new Error(`Nothing answers ${type}`)
      return reply()
    },
  })
  const parts = {
    store,
    transport,
    words: () => englishWords,
    options: () => options,
    clientTool: () => undefined,
    alone: <Value>(_name: string, work: () => Promise<Value>) => work(),
    tellTabs: (threadId: string) => void told.push(threadId),
    wake: new EventTarget(),
    random: () => 0,
    now: () => new Date(0),
    createKey: () => `key-${(keys += 1)}`,
  }
  const living = new AbortController()
  const runs = createRuns(parts, { reload: () => Promise.resolve(), ended: () => Promise.resolve() })
  const catchUps: string[] = []
  const actions = createWidgetActions(parts, runs, living.signal, async () => void catchUps.push('once'))
  const open = (over: Partial<Snapshot['thread']> = {}): void => {
    const thread = {
      id: 'thr_1',
      created_at: item.created_at,
      status: { type: 'active' as const },
      metadata: {},
      items: { data: [], has_more: false },
      ...over,
    }
    store.dispatch({ type: 'open', threadId: 'thr_1' })
    store.dispatch({ type: 'opened', snapshot: { thread, items: [item], cursor: undefined, run: null } })
  }
  open()
  return {
    store,
    sent,
    told,
    actions,
    runs,
    open,
    catchUps,
    acting: () => widgetStateOf(store.state().widgets, 'w').acting,
  }
}

function stream(events: object[]): () => Response {
  const body = events.map((event, place) => `id: ${place + 1}\ndata: ${JSON.stringify(event)}\n\n`).join('')
  const headers = { 'content-type': 'text/event-stream', 'parley-run': 'run_1', 'parley-thread': 'thr_1' }
  return () => new Response(body, { headers })
}
const refusal = (status: number, message: string) => () => Response.json({ error: { message } }, { status })
const ended = { type: 'parley.run_ended', status: 'completed' }
const changed: WidgetItem = { ...item, widget: { type: 'Card', children: [{ type: 'Text', value: 'Done' }] } }

describe('actions that are runs', () => {
  it('[WIDGET-34] are begun under a key and followed, and what they change is there', async () => {
    const { store, sent, actions, acting } = setUp([
      stream([{ type: 'thread.item.replaced', item: changed }, ended]),
    ])
    const going = actions.act(asked)
    expect(store.state().phase).toBe('sending')
    expect(acting()).toEqual([asked.acting])
    await going
    expect(sent).toEqual([
      {
        type: 'threads.custom_action',
        params: { thread_id: 'thr_1', item_id: 'w', action: { type: 'go', payload: { a: 1 } } },
        key: 'key-1',
      },
    ])
    expect(store.state()).toMatchObject({ phase: 'ready', items: [changed], outcome: null })
    expect(acting()).toEqual([])
  })

  it('[WIDGET-34] are not begun while an answer is on its way', async () => {
    const { store, sent, actions } = setUp([])
    store.dispatch({ type: 'continue' })
    await actions.act(asked)
    expect(sent).toEqual([])
  })

  it('[WIDGET-36] say why they were refused; sent once more, they keep their key', async () => {
    const { store, sent, actions, acting, catchUps } = setUp([
      refusal(409, 'An answer is being given.'),
      stream([ended]),
      stream([ended]),
    ])
    await actions.act(asked)
    expect(store.state()).toMatchObject({ phase: 'ready', problem: 'An answer is being given.' })
    expect(acting()).toEqual([])
    expect(catchUps).toEqual(['once'])
    await actions.act(asked)
    await actions.act(asked)
    expect(sent.map(({ key }) => key)).toEqual(['key-1', 'key-1', 'key-2'])
  })

  it('[WIDGET-44] a card is done when its main action succeeded, not when it failed', async () => {
    const failed = [
      { type: 'error', code: 'custom', message: 'No.', allow_retry: true },
      { ...ended, status: 'failed' },
    ]
    const { store, actions } = setUp([stream(failed), stream([ended])])
    const done = () => widgetStateOf(store.state().widgets, 'w').done
    await actions.act({ ...asked, card: '' })
    expect(done()).toEqual([])
    // Answering the last message again would throw away the widget.
    expect(store.state().outcome).toEqual({ kind: 'failed', message: 'No.', allowRetry: false })
    await actions.act({ ...asked, card: '' })
    expect(done()).toEqual([''])
  })
})

describe('actions that are done at once', () => {
  const atOnce: WidgetAction = { ...asked, handler: 'at-once' }

  it('[WIDGET-33] are done while an answer is on its way, and the item that comes back is shown', async () => {
    const { store, sent, told, actions } = setUp([() => Response.json({ updated_item: changed })])
    store.dispatch({ type: 'continue' })
    await actions.act(atOnce)
    expect(sent.map(({ type }) => type)).toEqual(['threads.sync_custom_action'])
    expect(store.state()).toMatchObject({ phase: 'sending', items: [changed] })
    expect(told).toEqual(['thr_1'])
  })

  it('[WIDGET-33] are sent only once, and change nothing where the conversation was left', async () => {
    const { store, sent, actions } = setUp([
      () => Promise.reject(new TypeError('no network')),
      () => {
        store.dispatch({ type: 'open', threadId: 'thr_2' })
        return Response.json({ updated_item: changed })
      },
    ])
    await actions.act(atOnce)
    expect(store.state().problem).toBe(englishWords.unreachable)
    expect(sent).toHaveLength(1)
    await actions.act(atOnce)
    expect(store.state()).toMatchObject({ threadId: 'thr_2', items: [], problem: null, widgets: {} })
  })

  it('[WIDGET-35] are not done twice at the same time, and nothing is while the whole widget waits', async () => {
    let answer: (response: Response) => void = () => undefined
    const held = () => new Promise<Response>((resolve) => (answer = resolve))
    const { sent, actions } = setUp([held, () => Response.json({}), held])
    const first = actions.act(atOnce)
    await actions.act(atOnce)
    await actions.act({ ...atOnce, acting: { path: '/other', shows: 'self' } })
    expect(sent).toHaveLength(2)
    answer(Response.json({}))
    await first
    const waiting = actions.act({ ...atOnce, acting: { path: '/c', shows: 'container' } })
    await actions.act({ ...atOnce, acting: { path: '/other', shows: 'self' } })
    expect(sent).toHaveLength(3)
    answer(Response.json({}))
    await waiting
  })

  it('[WIDGET-36] say in the server’s words why they failed', async () => {
    const { store, actions, acting } = setUp([refusal(404, 'There is no such button.')])
    await actions.act(atOnce)
    expect(store.state().problem).toBe('There is no such button.')
    expect(acting()).toEqual([])
  })

  it('[WIDGET-37] are not done in a thread that is locked or closed', async () => {
    const { sent, actions, open } = setUp([])
    for (const type of ['locked', 'closed'] as const) {
      open({ status: { type } })
      await actions.act(atOnce)
      await actions.act(asked)
      await actions.act({ ...asked, handler: 'client' })
    }
    expect(sent).toEqual([])
  })
})

describe('actions that the page does', () => {
  const byPage: WidgetAction = { ...asked, handler: 'client' }

  it('[WIDGET-32] are given to the page with the widget, and nothing is sent', async () => {
    const seen: unknown[] = []
    const { sent, store, actions } = setUp([], { widgets: { onAction: (...given) => void seen.push(given) } })
    store.dispatch({ type: 'continue' })
    await actions.act(byPage)
    await actions.act({ ...byPage, payload: null })
    await actions.act({ ...byPage, payload: 'text' })
    const widget = { id: 'w', widget: item.widget }
    expect(seen).toEqual([
      [{ type: 'go', payload: { a: 1 } }, widget],
      [{ type: 'go' }, widget],
      [{ type: 'go', payload: { value: 'text' } }, widget],
    ])
    expect(sent).toEqual([])
  })

  it('[WIDGET-32] are said to have failed when they do, or when nobody does them', async () => {
    const onAction = (): Promise<void> => Promise.reject(new Error('out of stock'))
    for (const options of [{}, { widgets: { onAction } }]) {
      const { store, actions, acting } = setUp([], options)
      await actions.act(byPage)
      expect(store.state().problem).toBe(englishWords.actionFailed)
      const [outgoing] = store.state().outgoing
      expect(outgoing).toMatchObject({
        type: 'error',
        message: expect.stringMatching(/out of stock|does “go”/),
      })
      expect(acting()).toEqual([])
    }
  })

  it('[WIDGET-31] who made the page hears of values that found no room', async () => {
    const { store, actions } = setUp([], { widgets: { onAction: () => undefined } })
    await actions.act({ ...byPage, dropped: ['title'] })
    expect(store.state()).toMatchObject({ problem: null, outgoing: [{ type: 'error' }] })
  })
})

describe('actions that the page sends', () => {
  it('[WIDGET-45] are runs, with or without an item', async () => {
    const { sent, store, actions } = setUp([stream([ended]), stream([ended])])
    await actions.sendAction({ type: 'go', payload: { when: new Date(0) } }, 'w')
    await expect.poll(() => store.state().phase).toBe('ready')
    await actions.sendAction({ type: 'go' })
    expect(sent.map(({ params }) => params)).toEqual([
      {
        thread_id: 'thr_1',
        item_id: 'w',
        action: { type: 'go', payload: { when: '1970-01-01T00:00:00.000Z' } },
      },
      { thread_id: 'thr_1', action: { type: 'go', payload: null } },
    ])
  })

  it('[WIDGET-45] reject without a thread, in a locked one, while an answer is on its way, and when they are refused', async () => {
    const { store, actions, open, sent } = setUp([refusal(422, 'There is no such action.')])
    await expect(actions.sendAction({ type: 'go' })).rejects.toThrow('There is no such action.')
    store.dispatch({ type: 'continue' })
    await expect(actions.sendAction({ type: 'go' })).rejects.toThrow('on its way')
    open({ status: { type: 'locked' } })
    await expect(actions.sendAction({ type: 'go' })).rejects.toThrow('no actions')
    store.dispatch({ type: 'new-chat' })
    await expect(actions.sendAction({ type: 'go' })).rejects.toThrow('no open thread')
    expect(sent).toHaveLength(1)
  })
})
