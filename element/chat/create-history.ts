import { matchingThreads } from '../store/matching-threads.ts'
import { failureWords } from './failure-words.ts'
import type { ChatParts } from './parts.ts'
import { withRetries } from './parts.ts'

const threadsPerPage = 20
/** So many more pages are looked through for a few words. What lies behind them comes with “load more”. */
const searchedPagesMax = 10

/** The list of conversations. */
export interface History {
  open(): Promise<void>
  loadMore(): Promise<void>
  /** Shows the threads whose titles have these words, and looks for them in the pages that are not here yet. */
  search(query: string): Promise<void>
  rename(threadId: string, title: string): Promise<void>
  /** Resolves with whether the thread is gone. */
  remove(threadId: string): Promise<boolean>
}

export function createHistory(parts: ChatParts, signal: AbortSignal): History {
  const { store, transport, words } = parts

  async function attempt<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await withRetries(parts, signal, work)
    } catch (error) {
      if (!signal.aborted) store.dispatch({ type: 'history-failed', message: failureWords(error, words()) })
      return undefined
    }
  }

  async function loadMore(): Promise<void> {
    const { cursor, loadingMore } = store.state().history
    if (cursor === undefined || loadingMore) return
    store.dispatch({ type: 'history-more-asked' })
    const params = { limit: threadsPerPage, order: 'desc', after: cursor } as const
    const page = await attempt(() => transport.ask({ type: 'threads.list', params }, { signal }))
    if (page) store.dispatch({ type: 'history-arrived', page, more: true })
  }

  return {
    async open() {
      store.dispatch({ type: 'history-opened' })
      const params = { limit: threadsPerPage, order: 'desc' } as const
      const page = await attempt(() => transport.ask({ type: 'threads.list', params }, { signal }))
      if (page) store.dispatch({ type: 'history-arrived', page, more: false })
    },
    loadMore,
    async search(query) {
      store.dispatch({ type: 'history-searched', query })
      for (let pages = 0; pages < searchedPagesMax; pages += 1) {
        const { history } = store.state()
        const isStale = history.query !== query || history.phase === 'closed' || query.trim() === ''
        const isEnough = matchingThreads(history, '').length >= threadsPerPage
        if (isStale || isEnough || history.cursor === undefined || history.problem !== null) return
        await loadMore()
      }
    },
    async rename(threadId, title) {
      const params = { thread_id: threadId, title }
      const thread = await attempt(() => transport.ask({ type: 'threads.update', params }, { signal }))
      if (!thread) return
      store.dispatch({ type: 'thread-changed', thread })
      store.dispatch({ type: 'history-renaming-ended' })
      parts.tellTabs(threadId)
    },
    async remove(threadId) {
      const params = { thread_id: threadId }
      const gone = await attempt(() => transport.ask({ type: 'threads.delete', params }, { signal }))
      store.dispatch({ type: 'history-deleting-ended' })
      if (!gone) return false
      store.dispatch({ type: 'thread-deleted', threadId })
      parts.tellTabs(threadId)
      return true
    },
  }
}
