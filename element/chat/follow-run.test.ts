import { describe, expect, it } from 'vitest'
import { createStore } from '../store/create-store.ts'
import { createTransport } from '../transport/create-transport.ts'
import { englishWords } from '../words/words.ts'
import { followRun } from './follow-run.ts'

/** A run that is followed, whose server answers each attempt to resume it as the test says. */
function setUp(runId: string | null, resume: () => Response) {
  const store = createStore()
  const thread = {
    id: 'thr_1',
    created_at: '2026-01-01T00:00:00Z',
    status: { type: 'active' as const },
    metadata: {},
    items: { data: [], has_more: false },
  }
  const run = { id: 'run_1', status: 'running' as const, last_seq: 0 }
  let reloads = 0
  store.dispatch({ type: 'open', threadId: 'thr_1' })
  store.dispatch({ type: 'opened', snapshot: { thread, items: [], cursor: undefined, run: null } })
  store.dispatch({ type: 'continue' })
  store.dispatch({ type: 'accepted', threadId: 'thr_1', runId })
  const parts = {
    store,
    transport: createTransport({
      url: 'https://parley.example/chatkit',
      locale: () => 'en',
      fetch: () => Promise.resolve(resume()),
    }),
    words: () => englishWords,
    options: () => ({}),
    clientTool: () => undefined,
    alone: <Value>(_name: string, work: () => Promise<Value>) => work(),
    tellTabs: () => undefined,
    wake: new EventTarget(),
    // Makes of every pause none.
    random: () => -1,
    now: () => new Date(0),
    createKey: () => 'key',
    signal: new AbortController().signal,
    reload() {
      reloads += 1
      store.dispatch({ type: 'opened', snapshot: { thread, items: [], cursor: undefined, run } })
      return Promise.resolve()
    },
  }
  return { store, follow: () => followRun(parts, null), reloads: () => reloads }
}

const lost = {
  phase: 'ready',
  run: null,
  outcome: { kind: 'lost', message: englishWords.unreachable, allowRetry: false },
}

describe('followRun', () => {
  it.each([
    ['refused', () => Response.json({}, { status: 404 })],
    ['empty', () => new Response('', { headers: { 'content-type': 'text/event-stream' } })],
  ])(
    '[ELEMENT-3] says that a run is lost whose stream is %s for ever, although the thread says that it goes on',
    async (_name, resume) => {
      const { store, follow, reloads } = setUp('run_1', resume)
      await follow()
      expect(store.state()).toMatchObject(lost)
      expect(reloads()).toBe(2)
    },
  )

  it('[ELEMENT-3] says that a run is lost that has no name by which to resume it', async () => {
    const { store, follow } = setUp(null, () => new Response())
    await follow()
    expect(store.state()).toMatchObject(lost)
  })
})
