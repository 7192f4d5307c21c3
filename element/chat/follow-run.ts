import { backoffMilliseconds, pause } from '../transport/backoff.ts'
import type { EventStream } from '../transport/create-transport.ts'
import { isPassing } from '../transport/errors.ts'
import { failureWords } from './failure-words.ts'
import type { ChatParts } from './parts.ts'

export interface FollowParts extends ChatParts {
  /** Aborted when the person leaves the conversation. */
  signal: AbortSignal
  /** Brings the thread up to what the server has; throws when that fails. */
  reload: () => Promise<void>
}

/** So many connections in a row that bring nothing, or are refused, and the thread itself is asked what became of the run. */
const emptyMax = 3
/** So many times is the thread asked, and then the person is told that we do not know. */
const reloadsMax = 2

/**
 * Follows a run to its end, over as many connections as that takes:
 *
 *   read ──run ended──▶ done
 *    ▲ └──cut──▶ pause (growing) ──▶ resume behind the last event ──┐
 *    └──────────────────────────────────────────────────────────────┘
 *   asked too often in vain, or nothing to ask by ──▶ lost
 */
export async function followRun(parts: FollowParts, first: EventStream | null): Promise<void> {
  const { store, signal } = parts
  let stream = first
  let empty = 0
  let reloads = 0
  let attempt = 0
  while (!signal.aborted) {
    const before = store.state().run?.lastSeq ?? 0
    try {
      stream ??= await resume(parts)
      if (stream === null) return lose(parts)
      await read(parts, stream)
    } catch (error) {
      if (signal.aborted) return
      if (!isPassing(error)) empty = emptyMax
    }
    const { run } = store.state()
    if (run === null || signal.aborted) return
    if (run.lastSeq > before) attempt = empty = reloads = 0
    else if (stream !== null) empty += 1
    stream = null
    store.dispatch({ type: 'cut' })
    if (empty >= emptyMax) {
      reloads += 1
      empty = 0
      if (reloads > reloadsMax) return lose(parts)
      if (!(await reloaded(parts))) return
    }
    await pause(backoffMilliseconds(attempt, parts.random), signal, parts.wake)
    attempt += 1
  }
}

async function resume({ store, transport, signal }: FollowParts): Promise<EventStream | null> {
  const { run, threadId } = store.state()
  if (!run || run.id === null || threadId === null) return null
  const params = { thread_id: threadId, run_id: run.id, after: run.lastSeq }
  const stream = await transport.stream({ type: 'parley.resume', params }, { signal })
  store.dispatch({ type: 'reconnected' })
  return stream
}

/** Reads one connection to its end. A plain ChatKit server ends its answer by ending the stream. */
async function read({ store, signal, words }: FollowParts, stream: EventStream): Promise<void> {
  const plain = stream.runId === null && store.state().run?.id === null
  try {
    for await (const frames of stream.frames) {
      if (signal.aborted) return
      store.dispatch({ type: 'frames', frames })
      if (store.state().run === null) return
    }
  } catch (error) {
    if (!plain || signal.aborted) throw error
    const message = failureWords(error, words())
    store.dispatch({
      type: 'frames',
      frames: [{ seq: null, event: { type: 'error', code: 'custom', message, allow_retry: true } }],
    })
  }
  if (plain && !signal.aborted) {
    store.dispatch({
      type: 'frames',
      frames: [{ seq: null, event: { type: 'parley.run_ended', status: 'completed' } }],
    })
  }
}

/** Changes nothing when there is no run any more. */
function lose({ store, words }: FollowParts): void {
  store.dispatch({ type: 'lost', message: words().unreachable })
}

/** Whether there is still a run to follow after asking the thread. */
async function reloaded({ store, reload, words, signal }: FollowParts): Promise<boolean> {
  try {
    await reload()
  } catch (error) {
    if (!isPassing(error) && !signal.aborted) {
      store.dispatch({ type: 'lost', message: failureWords(error, words()) })
    }
  }
  return store.state().run !== null
}
