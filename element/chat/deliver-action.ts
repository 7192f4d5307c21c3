/**
 * How an action is done:
 *
 *   handler client ──▶ the page's `widgets.onAction`
 *   at once        ──▶ `threads.sync_custom_action` ──▶ the item as it is now; also while an answer is on its way
 *   a run          ──▶ `threads.custom_action` ──▶ followed like any other; only when none is on its way
 */
import type { JsonRequest, StreamingRequest, WireAction } from '../../server/contracts/chatkit/wire.ts'
import type { PageAction } from '../options.ts'
import type { Acting } from '../store/widgets.ts'
import type { EventStream } from '../transport/create-transport.ts'
import type { Runs } from './create-runs.ts'
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

export interface Delivery {
  /** Begins a run that does it. */
  begin(params: ActionParams): Promise<EventStream | 'refused' | 'left'>
  /** Does a widget's action. Resolves with whether it was done; throws what it failed with, if nobody has said so yet. */
  deliver(threadId: string, action: WidgetAction): Promise<boolean>
}

/** `catchUp` takes over what the server has, and follows the run that goes on there, if one does. */
export function createDelivery(
  parts: ChatParts,
  runs: Runs,
  living: AbortSignal,
  catchUp: () => Promise<void>,
): Delivery {
  const { store, transport } = parts
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

  function deliver(threadId: string, action: WidgetAction): Promise<boolean> {
    if (action.handler === 'client') return byPage(action)
    const params = actionParams(threadId, action, action.itemId)
    return action.handler === 'run' ? run(params) : atOnce(params)
  }

  return { begin, deliver }
}

export type ActionParams = Extract<StreamingRequest, { type: 'threads.custom_action' }>['params'] &
  Extract<JsonRequest, { type: 'threads.sync_custom_action' }>['params']

export function actionParams(
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
