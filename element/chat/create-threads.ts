import type { Snapshot } from '../store/state.ts'
import { failureWords } from './failure-words.ts'
import type { ChatParts } from './parts.ts'
import { withRetries } from './parts.ts'

/** Enough for the end of a conversation, which is to be there at once. */
const itemsPerPage = 20
/** Who reads on backwards wants more than a glance. */
const earlierItemsPerPage = 50

/** Loading: the newest page of a thread, and the pages before it. */
export interface Threads {
  /** Loads the thread that the store is opening. Resolves when it is shown, or that it failed is. */
  load(signal: AbortSignal): Promise<void>
  /** Brings the open thread up to what the server has. Throws when that fails. */
  reload(signal: AbortSignal): Promise<void>
  loadEarlier(signal: AbortSignal): Promise<void>
}

export function createThreads(parts: ChatParts): Threads {
  const { store, transport, words } = parts

  /** The run is asked for before the items: an answer that ends in between is then in the items. */
  async function snapshot(threadId: string, signal: AbortSignal): Promise<Snapshot> {
    const params = { thread_id: threadId }
    const thread = await transport.ask({ type: 'threads.get_by_id', params }, { signal })
    const page = await transport.ask(
      { type: 'items.list', params: { ...params, limit: itemsPerPage, order: 'desc' } },
      { signal },
    )
    return {
      thread,
      items: page.data.toReversed(),
      cursor: page.has_more ? page.after : undefined,
      run: thread.run ?? null,
    }
  }

  return {
    async load(signal) {
      const { threadId } = store.state()
      if (threadId === null) return
      try {
        const loaded = await withRetries(parts, signal, () => snapshot(threadId, signal))
        if (!signal.aborted) store.dispatch({ type: 'opened', snapshot: loaded })
      } catch (error) {
        if (signal.aborted) return
        store.dispatch({ type: 'open-failed', threadId, message: failureWords(error, words()) })
      }
    },
    async reload(signal) {
      const { threadId } = store.state()
      if (threadId === null) return
      const loaded = await snapshot(threadId, signal)
      if (!signal.aborted) store.dispatch({ type: 'opened', snapshot: loaded })
    },
    async loadEarlier(signal) {
      const { threadId, earlier } = store.state()
      if (threadId === null || earlier.cursor === undefined || earlier.loading) return
      store.dispatch({ type: 'earlier-asked' })
      const params = {
        thread_id: threadId,
        limit: earlierItemsPerPage,
        order: 'desc',
        after: earlier.cursor,
      } as const
      try {
        const page = await withRetries(parts, signal, () =>
          transport.ask({ type: 'items.list', params }, { signal }),
        )
        if (!signal.aborted) store.dispatch({ type: 'earlier-arrived', threadId, page })
      } catch (error) {
        if (!signal.aborted) store.dispatch({ type: 'earlier-failed', message: failureWords(error, words()) })
      }
    },
  }
}
