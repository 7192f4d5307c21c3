/**
 * What the page is told: DOM events, made of how the store changes. Names and details are ChatKit's (`@openai/chatkit` 1.9.0,
 * `ChatKitEvents`). No event but `chatkit.effect` and `chatkit.deeplink` carries anything that a person or an agent wrote.
 */
import type { Store } from './store/create-store.ts'
import type { Outgoing } from './store/outgoing.ts'
import { isBusy } from './store/state.ts'
import type { ChatState } from './store/state.ts'

/** A DOM event to be dispatched on the element. */
export type Tell = (name: string, detail?: Record<string, unknown>) => void

/** Tells the page of every change until the returned function is called. */
export function announce(store: Store, tell: Tell): () => void {
  let before = store.state()
  return store.subscribe(() => {
    const after = store.state()
    const was = before
    // Who hears an event may change the store at once: that change is compared with this state, not with the one before.
    before = after
    announceChange(was, after, tell)
  })
}

function announceChange(was: ChatState, is: ChatState, tell: Tell): void {
  if (was.phase === 'opening' && (is.phase !== 'opening' || was.threadId !== is.threadId)) {
    tell('chatkit.thread.load.end', { threadId: was.threadId })
  }
  if (was.threadId !== is.threadId) tell('chatkit.thread.change', { threadId: is.threadId })
  if (is.phase === 'opening' && (was.phase !== 'opening' || was.threadId !== is.threadId)) {
    tell('chatkit.thread.load.start', { threadId: is.threadId })
  }
  if (isBusy(is) && !isBusy(was)) tell('chatkit.response.start')
  if (isBusy(was) && !isBusy(is)) tell('chatkit.response.end')
  if (was.composer.toolId !== is.composer.toolId) tell('chatkit.tool.change', { toolId: is.composer.toolId })
  if (was.outgoing !== is.outgoing) {
    for (const each of is.outgoing) tell(`chatkit.${each.type}`, outgoingDetail(each))
  }
  announceHistory(was, is, tell)
  announceError(was, is, tell)
  if (was.phase !== is.phase) tell('chatkit.log', { name: 'phase', data: { from: was.phase, to: is.phase } })
}

function announceHistory(was: ChatState, is: ChatState, tell: Tell): void {
  const wasOpen = was.history.phase !== 'closed'
  const isOpen = is.history.phase !== 'closed'
  if (isOpen && !wasOpen) tell('chatkit.history.open')
  if (wasOpen && !isOpen) tell('chatkit.history.close')
}

function announceError(was: ChatState, is: ChatState, tell: Tell): void {
  // An outcome that is only loaded is no news: it is told of the run that was followed, once it has ended.
  const failed = was.run !== null && is.run === null && is.outcome !== null && is.outcome.kind !== 'cancelled'
  const message =
    (is.openFailure !== was.openFailure ? is.openFailure : null) ??
    (is.problem !== was.problem ? is.problem : null) ??
    (failed ? (is.outcome?.message ?? `The answer was ${is.outcome?.kind}.`) : null)
  if (message !== null) tell('chatkit.error', { error: new Error(message) })
}

function outgoingDetail(outgoing: Outgoing): Record<string, unknown> {
  if (outgoing.type === 'error') return { error: new Error(outgoing.message) }
  const { name, data } = outgoing
  return { name, data }
}
