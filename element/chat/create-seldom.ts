import type { WidgetActions } from './create-actions.ts'
import type { Replies } from './create-replies.ts'
import type { Runs } from './create-runs.ts'
import { onDemand } from './on-demand.ts'
import type { ChatParts } from './parts.ts'

/** What not everybody does. It is loaded when somebody does. */
export interface Seldom extends Replies, WidgetActions {
  openHistory(): Promise<void>
  closeHistory(): void
  loadMoreHistory(): Promise<void>
  searchHistory(query: string): Promise<void>
  rename(threadId: string, title: string): Promise<void>
  /** Resolves with whether the thread is gone. */
  removeThread(threadId: string): Promise<boolean>
}

export function createSeldom(
  parts: ChatParts,
  runs: Runs,
  living: AbortSignal,
  catchUp: () => Promise<void>,
): Seldom {
  const history = onDemand(parts, async () => {
    const { createHistory } = await import('./create-history.ts')
    return createHistory(parts, living)
  })
  const replies = onDemand(parts, async () => {
    const { createReplies } = await import('./create-replies.ts')
    return createReplies(parts, runs, catchUp)
  })
  const actions = onDemand(parts, async () => {
    const { createWidgetActions } = await import('./create-actions.ts')
    return createWidgetActions(parts, runs, living, catchUp)
  })

  return {
    answerQuestions: async (input) => (await replies())?.answerQuestions(input),
    rate: async (itemIds, rating) => (await replies())?.rate(itemIds, rating),
    act: async (action) => (await actions())?.act(action),
    async sendAction(action, itemId) {
      const part = await actions()
      if (part === undefined) throw new Error('A part of the chat could not be loaded.')
      await part.sendAction(action, itemId)
    },
    openHistory: async () => (await history())?.open(),
    closeHistory: () => parts.store.dispatch({ type: 'history-closed' }),
    loadMoreHistory: async () => (await history())?.loadMore(),
    searchHistory: async (query) => (await history())?.search(query),
    rename: async (threadId, title) => (await history())?.rename(threadId, title),
    removeThread: async (threadId) => (await (await history())?.remove(threadId)) === true,
  }
}
