import type { Store } from '../store/create-store.ts'
import { canSend, canStop } from '../store/state.ts'
import { TransportError } from '../transport/errors.ts'
import { createComposing } from './create-composing.ts'
import type { Composing } from './create-composing.ts'
import { createRuns } from './create-runs.ts'
import { createSeldom } from './create-seldom.ts'
import type { Seldom } from './create-seldom.ts'
import { createThreads } from './create-threads.ts'
import { createTurns } from './create-turns.ts'
import { isEmptyMessage } from './outgoing.ts'
import type { OutgoingMessage } from './outgoing.ts'
import type { ChatParts } from './parts.ts'

/** Everything that a person can do. Each resolves when it is done; how it went is in the store. */
export interface Chat extends Composing, Seldom {
  /** Sends a message; what stands in the composer stays there. One that is refused goes into the composer. */
  ask(message: OutgoingMessage): Promise<void>
  /** Has a message answered again, and drops what came after it. Without an id: the last one. */
  retry(itemId?: string): Promise<void>
  stop(): Promise<void>
  newChat(): void
  open(threadId: string): Promise<void>
  /** Looks whether another tab or device has gone on with the open conversation. */
  refresh(): Promise<void>
  loadEarlier(): Promise<void>
  /** Deletes a thread; the open one is left. */
  remove(threadId: string): Promise<void>
  /** Lets go of everything; a run goes on in the server. */
  dispose(): void
}

/** Drives the pure store: asks the server, and tells the store what happened. */
export function createChat(parts: ChatParts): Chat {
  const { store } = parts
  const living = new AbortController()
  const threads = createThreads(parts)
  const reload = (): Promise<void> => threads.reload(runs.signal())
  const runs = createRuns(parts, { reload, ended: () => turns.answerToolCall() })
  const catchUp = (): Promise<void> => reload().then(goOn, () => undefined)
  const turns = createTurns(parts, runs, catchUp)
  const seldom = createSeldom(parts, runs, living.signal, catchUp)
  let refreshing = false

  /** After a thread was loaded: the run that goes on in it, or what it waits for. */
  async function goOn(): Promise<void> {
    if (store.state().phase === 'streaming') await runs.follow(null)
    else await turns.answerToolCall()
  }

  const chat: Chat = {
    ...createComposing(parts, turns, living.signal),
    ...seldom,
    async ask(message) {
      if (canSend(store.state()) && !isEmptyMessage(message)) await turns.ask(message)
    },
    async retry(itemId) {
      const { phase, status } = store.state()
      if (phase === 'ready' && status.type === 'active') await turns.retry(itemId)
    },
    async stop() {
      if (canStop(store.state())) await turns.stop()
    },
    newChat() {
      runs.leave()
      store.dispatch({ type: 'new-chat' })
    },
    async open(threadId) {
      runs.leave()
      store.dispatch({ type: 'open', threadId })
      await threads.load(runs.signal())
      await goOn()
    },
    async refresh() {
      const { phase, threadId } = store.state()
      if (phase === 'unopened' && threadId !== null) return chat.open(threadId)
      if (phase !== 'ready' || refreshing) return
      refreshing = true
      // What is asked meanwhile makes the answer stale: it is then thrown away by the phase it meets, or by this signal.
      const signal = untilBusy(store, runs.signal())
      try {
        await threads.reload(signal.signal)
      } catch (error) {
        // Anything else may be over by the next look.
        if (!signal.signal.aborted && isGone(error) && threadId !== null) await chat.open(threadId)
        return
      } finally {
        refreshing = false
        signal.release()
      }
      if (!signal.signal.aborted) await goOn()
    },
    loadEarlier: () => threads.loadEarlier(runs.signal()),
    async remove(threadId) {
      if ((await seldom.removeThread(threadId)) && store.state().threadId === threadId) chat.newChat()
    },
    dispose() {
      living.abort()
      runs.leave()
    },
  }

  return chat
}

/** Whether the server says that this person has no such conversation. */
function isGone(error: unknown): boolean {
  return error instanceof TransportError && [403, 404, 410].includes(error.status ?? 0)
}

/** Aborted as soon as the person asks something or goes elsewhere. */
function untilBusy(store: Store, left: AbortSignal): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  left.addEventListener('abort', abort)
  const unsubscribe = store.subscribe(() => {
    if (store.state().phase === 'sending') abort()
  })
  return {
    signal: controller.signal,
    release() {
      left.removeEventListener('abort', abort)
      unsubscribe()
    },
  }
}
