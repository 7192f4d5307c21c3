/**
 * What a widget, or the page, asks for:
 *
 *   handler client ──▶ the page's `widgets.onAction`
 *   at once        ──▶ `threads.sync_custom_action` ──▶ the item as it is now; also while an answer is on its way
 *   a run          ──▶ `threads.custom_action` ──▶ followed like any other; only when none is on its way
 */
import type { JsonRequest, StreamingRequest, WireAction } from '../../server/contracts/chatkit/wire.ts'
import type { PageAction } from '../options.ts'
import { allowedActions } from '../store/state.ts'
import { widgetStateOf } from '../store/widgets.ts'
import type { Acting } from '../store/widgets.ts'
import type { EventStream } from '../transport/create-transport.ts'
import type { Runs } from './create-runs.ts'
import { failureWords } from './failure-words.ts'
import type { ChatParts } from './parts.ts'

export interface WidgetAction {
  itemId: string
  type: string
  payload: WireAction['payload']
  handler: 'client' | 'run' | 'at-once'
  acting: Acting
  /** The card whose main action it is. */
  card: string | null
  /** The fields whose values found no room in the payload. */
  dropped: readonly string[]
}

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
  const { store, transport, words } = parts
  /** An action that may have arrived keeps its key, so that sending it once more cannot do it twice. */
  let unsent: { place: string; key: string } | null = null

  async function begin(params: ActionParams): Promise<EventStream | 'refused' | 'left'> {
    const place = JSON.stringify(params)
    const key = unsent?.place === place ? unsent.key : parts.createKey()
    unsent = { place, key }
    store.dispatch({ type: 'act' })
    const stream = await runs.begin({ type: 'threads.custom_action', params }, key)
    if (typeof stream !== 'string') unsent = null
    return stream
  }

  /** Resolves with whether it was done. */
  async function run(params: ActionParams): Promise<boolean> {
    const stream = await begin(params)
    if (typeof stream !== 'string') {
      await runs.follow(stream)
      return store.state().outcome === null
    }
    // Perhaps an answer is being given that another device has asked for.
    if (stream === 'refused') await catchUp()
    return false
  }

  /** Sent only once: the server would do it twice. */
  async function atOnce(params: ActionParams): Promise<boolean> {
    const reply = await transport.ask({ type: 'threads.sync_custom_action', params }, { signal: living })
    const item = reply.updated_item
    if (item) store.dispatch({ type: 'item-replaced', threadId: params.thread_id, item })
    parts.tellTabs(params.thread_id)
    return true
  }

  async function byPage({ itemId, type, payload }: WidgetAction): Promise<boolean> {
    const item = store.state().items.find(({ id }) => id === itemId)
    const handle = parts.options().widgets?.onAction
    if (item?.type !== 'widget' || handle === undefined)
      throw new Error(`Nothing in this page does “${type}”.`)
    await handle({ type, ...payloadFor(payload) }, { id: item.id, widget: item.widget })
    return true
  }

  function perform(threadId: string, action: WidgetAction): Promise<boolean> {
    if (action.handler === 'client') return byPage(action)
    const params = actionParams(threadId, action, action.itemId)
    return action.handler === 'run' ? run(params) : atOnce(params)
  }

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
        isDone = await perform(state.threadId, action)
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

type ActionParams = Extract<StreamingRequest, { type: 'threads.custom_action' }>['params'] &
  Extract<JsonRequest, { type: 'threads.sync_custom_action' }>['params']

function actionParams(
  threadId: string,
  { type, payload }: PageAction | WidgetAction,
  itemId: string | undefined,
): ActionParams {
  // Only what survives JSON can be sent.
  const plain: WireAction['payload'] = JSON.parse(JSON.stringify(payload ?? null))
  return {
    thread_id: threadId,
    ...(itemId === undefined ? {} : { item_id: itemId }),
    action: { type, payload: plain },
  }
}

/** A page sees objects; anything else that a widget carries is put under `value`. */
function payloadFor(payload: WireAction['payload']): Pick<PageAction, 'payload'> {
  if (payload === null || payload === undefined) return {}
  const isObject = typeof payload === 'object' && !Array.isArray(payload)
  return { payload: isObject ? payload : { value: payload } }
}

/** Not again while it is being done, and nothing else while the whole widget waits. */
function isActing(acting: readonly Acting[], path: string): boolean {
  return acting.some((other) => other.path === path || other.shows === 'container')
}
