import { describe, expect, it } from 'vitest'
import type { ClientToolCallItem, Json, WireItem } from '../../server/contracts/chatkit/wire.ts'
import type { ClientTool } from '../options.ts'
import { createStore } from '../store/create-store.ts'
import { canSend } from '../store/state.ts'
import { createTransport } from '../transport/create-transport.ts'
import { englishWords } from '../words/words.ts'
import { createRuns } from './create-runs.ts'
import { createTurns } from './create-turns.ts'
import { pageMessage, sendPageMessage } from './page-messages.ts'

const base = { thread_id: 'thr_1', created_at: '2026-01-01T00:00:00Z' }
const call: ClientToolCallItem = {
  ...base,
  id: 'ctc_1',
  type: 'client_tool_call',
  status: 'pending',
  call_id: 'call_1',
  name: 'look',
  arguments: {},
}

/** A chat whose server answers each request with what the test says. */
function setUp(replies: (() => Response | Promise<Response>)[], tool?: ClientTool) {
  const store = createStore()
  const sent: { result?: Json }[] = []
  const transport = createTransport({
    url: 'https://parley.example/chatkit',
    locale: () => 'en',
    fetch: async (_url, init) => {
      if (typeof init?.body !== 'string') throw new Error('Nothing is asked')
      const { params } = JSON.parse(init.body) as { params: { result?: Json } }
      sent.push(params)
      const reply = replies.shift()
      if (reply === undefined) throw new Error('Nothing answers')
      return reply()
    },
  })
  const parts = {
    store,
    transport,
    words: () => englishWords,
    options: () => ({}),
    clientTool: () => tool,
    alone: <Value>(_name: string, work: () => Promise<Value>) => work(),
    tellTabs: () => {},
    wake: new EventTarget(),
    random: () => 0,
    now: () => new Date(0),
    createKey: () => 'key',
  }
  const runs = createRuns(parts, { reload: () => Promise.resolve(), ended: () => Promise.resolve() })
  const turns = createTurns(parts, runs, () => Promise.resolve())
  const open = (id: string, items: WireItem[] = []): void => {
    runs.leave()
    const status = { type: 'active' as const }
    const thread = {
      id,
      created_at: base.created_at,
      status,
      metadata: {},
      items: { data: [], has_more: false },
    }
    store.dispatch({ type: 'open', threadId: id })
    store.dispatch({ type: 'opened', snapshot: { thread, items, cursor: undefined, run: null } })
  }
  return { store, sent, turns, open, takesMessages: () => canSend(store.state()) }
}

/** A tool that has done when the test says so. */
function slowTool() {
  let begin = (): void => undefined
  const begun = new Promise<void>((resolve) => (begin = resolve))
  let finish = (): void => undefined
  const result = new Promise<object>((resolve) => (finish = () => resolve({ seen: true })))
  let times = 0
  const tool: ClientTool = () => {
    times += 1
    begin()
    return result
  }
  return { tool, begun, finish, times: () => times }
}

function accepted(): Response {
  const headers = { 'content-type': 'text/event-stream', 'parley-run': 'run_1', 'parley-thread': 'thr_1' }
  return new Response('id: 1\ndata: {"type":"parley.run_ended","status":"completed"}\n\n', { headers })
}
const refused = (): Response => Response.json({ error: { message: 'Not now.' } }, { status: 400 })

describe('client tool calls', () => {
  it('[ELEMENT-11] are done once, however often one looks meanwhile, and nothing is sent until then', async () => {
    const slow = slowTool()
    const { turns, sent, open, takesMessages } = setUp([accepted], slow.tool)
    open('thr_1', [call])
    expect(takesMessages()).toBe(true)
    const looks = [turns.answerToolCall(), turns.answerToolCall()]
    await slow.begun
    expect(takesMessages()).toBe(false)
    slow.finish()
    await Promise.all(looks)
    expect(slow.times()).toBe(1)
    expect(sent.map(({ result }) => result)).toEqual([{ seen: true }])
    expect(takesMessages()).toBe(true)
  })

  it('[ELEMENT-11] whose conversation was left are answered when one is back', async () => {
    const slow = slowTool()
    const { turns, sent, open, takesMessages } = setUp([accepted], slow.tool)
    open('thr_1', [call])
    const first = turns.answerToolCall()
    await slow.begun
    open('thr_2')
    expect(takesMessages()).toBe(true)
    slow.finish()
    await first
    expect(sent).toEqual([])
    open('thr_1', [call])
    await turns.answerToolCall()
    expect(slow.times()).toBe(1)
    expect(sent.map(({ result }) => result)).toEqual([{ seen: true }])
  })

  it('[ELEMENT-11] are answered by who began them when one is back before they are done', async () => {
    const slow = slowTool()
    const { turns, sent, open, takesMessages } = setUp([accepted], slow.tool)
    open('thr_1', [call])
    const first = turns.answerToolCall()
    await slow.begun
    open('thr_2')
    open('thr_1', [call])
    expect(takesMessages()).toBe(false)
    slow.finish()
    await first
    expect(sent).toHaveLength(1)
  })

  it('[ELEMENT-11] whose result was refused wait with it, and lock nobody out', async () => {
    const slow = slowTool()
    slow.finish()
    const { turns, store, sent, open, takesMessages } = setUp([refused, accepted], slow.tool)
    open('thr_1', [call])
    await turns.answerToolCall()
    expect(store.state()).toMatchObject({ problem: 'Not now.', items: [call] })
    expect(takesMessages()).toBe(true)
    await turns.answerToolCall()
    expect(slow.times()).toBe(1)
    expect(sent.map(({ result }) => result)).toEqual([{ seen: true }, { seen: true }])
    expect(store.state().items).toMatchObject([{ status: 'completed' }])
  })

  it('[ELEMENT-11] are answered with an error where there is nobody to do them', async () => {
    const { turns, sent, open } = setUp([accepted])
    open('thr_1', [call])
    await turns.answerToolCall()
    expect(sent).toMatchObject([{ result: { error: expect.stringContaining('look') } }])
  })
})

describe('messages of the page', () => {
  function sender(reply: () => Response | Promise<Response>) {
    const parts = setUp([reply])
    parts.open('thr_1')
    const { turns, store } = parts
    const chat = { newChat: () => store.dispatch({ type: 'new-chat' }), ask: turns.ask }
    return { ...parts, send: () => sendPageMessage(chat, store, { text: 'Hello' }) }
  }

  it('[ELEMENT-8] are sent when the server has them, and not when it refuses them', async () => {
    await expect(sender(accepted).send()).resolves.toBe(undefined)
    await expect(sender(refused).send()).rejects.toThrow('Not now.')
  })

  it('[ELEMENT-8] are not sent when their conversation was left, where they wait', async () => {
    const { send, open, store } = sender(() => new Promise(() => {}))
    const sending = send()
    open('thr_2')
    await expect(sending).rejects.toThrow('left')
    expect(store.state().composer.draft.content).toEqual([])
    open('thr_1')
    expect(store.state().composer.draft.content).toEqual(pageMessage({ text: 'Hello' }).content)
  })
})
