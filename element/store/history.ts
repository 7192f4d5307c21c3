import type { WireThread } from '../../server/contracts/chatkit/wire.ts'
import type { HistoryEvent } from './events.ts'
import { closedHistory } from './state.ts'
import type { HistoryState } from './state.ts'

/** The list of conversations: what it shows after an event. */
export function reduceHistory(history: HistoryState, event: HistoryEvent): HistoryState {
  switch (event.type) {
    case 'history-opened':
      return { ...closedHistory, phase: 'loading', wasOpened: true, threads: history.threads }
    case 'history-closed':
      return { ...history, phase: 'closed', renaming: null, deleting: null, problem: null }
    case 'history-arrived':
      return arrived(history, event)
    case 'history-searched':
      return { ...history, query: event.query }
    case 'history-more-asked':
      return { ...history, loadingMore: true, problem: null }
    case 'history-failed':
      return failed(history, event.message)
    case 'history-renaming':
      return { ...history, renaming: { threadId: event.threadId, title: event.title }, problem: null }
    case 'history-renaming-ended':
      return { ...history, renaming: null }
    case 'history-deleting':
      return { ...history, deleting: event.threadId, problem: null }
    case 'history-deleting-ended':
      return { ...history, deleting: null }
    case 'thread-changed':
      return upsertThread(history, event.thread)
    case 'thread-deleted':
      return { ...history, threads: history.threads.filter((thread) => thread.id !== event.threadId) }
  }
}

function arrived(
  history: HistoryState,
  { page, more }: Extract<HistoryEvent, { type: 'history-arrived' }>,
): HistoryState {
  if (history.phase === 'closed') return history
  const before = more ? history.threads : []
  const known = new Set(before.map((thread) => thread.id))
  return {
    ...history,
    phase: 'shown',
    threads: [...before, ...page.data.filter((thread) => !known.has(thread.id))],
    cursor: page.has_more ? page.after : undefined,
    loadingMore: false,
  }
}

function failed(history: HistoryState, message: string): HistoryState {
  if (history.phase === 'closed') return history
  const phase = history.phase === 'loading' && history.threads.length === 0 ? 'failed' : 'shown'
  return { ...history, phase, loadingMore: false, problem: message }
}

/** A thread that is new comes first; one that is known keeps its place. */
export function upsertThread(history: HistoryState, thread: WireThread): HistoryState {
  const known = history.threads.findIndex((other) => other.id === thread.id)
  const threads = known === -1 ? [thread, ...history.threads] : history.threads.with(known, thread)
  return { ...history, threads }
}
