import { describe, expect, it } from 'vitest'
import { announce } from './announce.ts'
import { createStore } from './store/create-store.ts'
import type { Snapshot } from './store/state.ts'

const failed: Snapshot = {
  thread: {
    id: 'thr_1',
    created_at: '2026-01-01T00:00:00Z',
    status: { type: 'active' },
    metadata: {},
    items: { data: [], has_more: false },
  },
  items: [],
  cursor: undefined,
  run: { id: 'run_1', status: 'failed', last_seq: 2, error: 'No.' },
}

/** A store in which a conversation is being opened, and what its page is told of failures. */
function setUp() {
  const store = createStore()
  const errors: unknown[] = []
  announce(store, (name, detail) => {
    if (name === 'chatkit.error') errors.push(detail?.['error'])
  })
  store.dispatch({ type: 'open', threadId: 'thr_1' })
  return { store, errors }
}

describe('announce', () => {
  it('[ELEMENT-7] tells the page once of a run that failed, and not of what a look finds of it', () => {
    const { store, errors } = setUp()
    store.dispatch({ type: 'opened', snapshot: { ...failed, run: null } })
    store.dispatch({ type: 'act' })
    store.dispatch({ type: 'accepted', threadId: 'thr_1', runId: 'run_1' })
    const error = { type: 'error', code: 'custom', message: 'No.', allow_retry: false } as const
    store.dispatch({ type: 'frames', frames: [{ seq: 1, event: error }] })
    const event = { type: 'parley.run_ended', status: 'failed' } as const
    store.dispatch({ type: 'frames', frames: [{ seq: 2, event }] })
    expect(errors).toEqual([new Error('No.')])
    store.dispatch({ type: 'opened', snapshot: failed })
    expect(errors).toHaveLength(1)
  })

  it('[ELEMENT-7] tells the page of a run whose end is only found in the thread', () => {
    const { store, errors } = setUp()
    const run = { id: 'run_1', status: 'running', last_seq: 1 } as const
    store.dispatch({ type: 'opened', snapshot: { ...failed, run } })
    store.dispatch({ type: 'cut' })
    store.dispatch({ type: 'opened', snapshot: failed })
    expect(errors).toEqual([new Error('No.')])
  })

  it('[ELEMENT-7] tells the page nothing of a run that had failed before its conversation was opened', () => {
    const { store, errors } = setUp()
    store.dispatch({ type: 'opened', snapshot: failed })
    expect(store.state().outcome).toMatchObject({ kind: 'failed' })
    expect(errors).toEqual([])
  })
})
