import type { PageAction } from '../options.ts'
import { allowedActions } from '../store/state.ts'
import { widgetStateOf } from '../store/widgets.ts'
import type { Acting } from '../store/widgets.ts'
import type { Runs } from './create-runs.ts'
import { actionParams, createDelivery } from './deliver-action.ts'
import type { WidgetAction } from './deliver-action.ts'
import { failureWords } from './failure-words.ts'
import type { ChatParts } from './parts.ts'

/** What a widget, or the page, asks to be done. */
export interface WidgetActions {
  /** Does a widget's action. One that cannot be done now, or is being done already, is not done. */
  act(action: WidgetAction): Promise<void>
  /** Sends an action of the page's. Resolves when the server has it; rejects with why it has not. */
  sendAction(action: PageAction, itemId?: string): Promise<void>
}

/** `catchUp` takes over what the server has, and follows the run that goes on there, if one does. */
export function createWidgetActions(
  parts: ChatParts,
  runs: Runs,
  living: AbortSignal,
  catchUp: () => Promise<void>,
): WidgetActions {
  const { store, words } = parts
  const { begin, deliver } = createDelivery(parts, runs, living, catchUp)

  /** For the page, not for the person. */
  function report(message: string): void {
    store.dispatch({ type: 'outgoing', outgoing: { type: 'error', message } })
  }

  function failed(threadId: string, action: WidgetAction, error: unknown): void {
    if (living.aborted || store.state().threadId !== threadId) return
    const isOwn = action.handler === 'client'
    if (isOwn) report(error instanceof Error ? error.message : String(error))
    store.dispatch({
      type: 'problem',
      message: isOwn ? words().actionFailed : failureWords(error, words()),
    })
  }

  return {
    async act(action) {
      const { itemId, acting } = action
      const state = store.state()
      const allowed = allowedActions(state)
      const isPossible = allowed === 'all' || (allowed === 'at-once' && action.handler !== 'run')
      if (state.threadId === null || !isPossible) return
      if (isActing(widgetStateOf(state.widgets, itemId).acting, acting.path)) return
      for (const name of action.dropped) {
        report(`The payload of “${action.type}” has no room for the field “${name}”.`)
      }
      store.dispatch({ type: 'widget-acting', itemId, acting })
      let isDone = false
      try {
        isDone = await deliver(state.threadId, action)
      } catch (error) {
        failed(state.threadId, action, error)
      }
      const doneCard = isDone ? action.card : null
      store.dispatch({ type: 'widget-acted', itemId, path: acting.path, doneCard })
    },
    async sendAction(action, itemId) {
      const state = store.state()
      if (state.threadId === null) throw new Error('There is no open thread.')
      const allowed = allowedActions(state)
      if (allowed === 'none') throw new Error('This thread takes no actions now.')
      if (allowed !== 'all') throw new Error('An answer is on its way.')
      const stream = await begin(actionParams(state.threadId, action, itemId))
      if (typeof stream !== 'string') return void runs.follow(stream)
      const { problem } = store.state()
      if (stream === 'refused') await catchUp()
      throw new Error(stream === 'refused' && problem !== null ? problem : 'The conversation was left.')
    },
  }
}

/** Not again while it is being done, and nothing else while the whole widget waits. */
function isActing(acting: readonly Acting[], path: string): boolean {
  return acting.some((other) => other.path === path || other.shows === 'container')
}
