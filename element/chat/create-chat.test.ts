import { describe, expect, it } from 'vitest'
import { createStore } from '../store/create-store.ts'
import { createTransport } from '../transport/create-transport.ts'
import { englishWords } from '../words/words.ts'
import { createChat } from './create-chat.ts'

const thread = {
  id: 'thr_1',
  created_at: '2026-01-01T00:00:00Z',
  status: { type: 'active' as const },
  metadata: {},
  items: { data: [], has_more: false },
}

/** A chat in which a conversation is open, whose server answers everything after that as the test says. */
function setUp(reply: () => Response) {
  const store = createStore()
  store.dispatch({ type: 'open', threadId: 'thr_1' })
  store.dispatch({ type: 'opened', snapshot: { thread, items: [], cursor: undefined, run: null } })
  const chat = createChat({
    store,
    transport: createTransport({
      url: 'https://parley.example/chatkit',
      locale: () => 'en',
      fetch: () => Promise.resolve(reply()),
    }),
    words: () => englishWords,
    options: () => ({}),
    clientTool: () => undefined,
    alone: (_name, work) => work(),
    tellTabs: () => undefined,
    wake: new EventTarget(),
    random: () => 0,
    now: () => new Date(0),
    createKey: () => 'key',
  })
  return { store, chat }
}

describe('looking again', () => {
  it.each([
    ['401', () => Response.json({}, { status: 401 })],
    ['429', () => Response.json({}, { status: 429 })],
    ['500', () => Response.json({}, { status: 500 })],
    ['503', () => Response.json({}, { status: 503 })],
    ['what is no JSON', () => new Response('<html>')],
  ])('[ELEMENT-8] a look that is answered with %s leaves everything as it was', async (_name, reply) => {
    const { store, chat } = setUp(reply)
    const before = store.state()
    await chat.refresh()
    expect(store.state()).toBe(before)
  })

  it.each([403, 404, 410])(
    '[ELEMENT-8] a look that is answered with %i says that it is gone',
    async (status) => {
      const { store, chat } = setUp(() => Response.json({ error: { message: 'Gone.' } }, { status }))
      await chat.refresh()
      expect(store.state()).toMatchObject({ phase: 'unopened', openFailure: 'Gone.' })
    },
  )
})
