/** What contract D's two verbs do in a thread: a message that is answered, and an action of a widget that we have issued. */
import { createHash } from 'node:crypto'
import { agentKey } from '../../agents/agents.ts'
import { ParleyError } from '../../conversation/errors.ts'
import { createId } from '../../conversation/ids.ts'
import type { Json, WidgetItem } from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import { cleanJson } from '../../conversation/text.ts'
import { pageLimitMax, refuseUnlessActive } from '../../conversation/threads.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { Engine } from '../../engine/engine.ts'
import type { BegunRun } from '../../engine/options.ts'
import { chooseAction, offersOf } from './issued-actions.ts'
import type { ActionRequest, ClientAction, RespondRequest } from './wire.ts'

export interface TurnsOptions {
  engine: Engine
  store: ConversationStore
  /** Which agent answers threads that begin here. Default: `todo`. */
  agentName?: string
}

export interface Turns {
  /**
   * Stores the message and begins its answer. Throws `forbidden` for a thread that the owner does not have, existing or not, and
   * `wrong_state` while another answer is being written there.
   */
  respond(owner: Owner, asked: RespondRequest, idempotencyKey?: string): Promise<BegunRun>
  /** Throws the same, and `not_a_widget` for what no widget of ours in that thread offers. */
  act(owner: Owner, asked: ActionRequest, idempotencyKey?: string): Promise<Acted>
}

/**
 * `done`: at once, beside an answer that is being written, so its run's id names nothing. The item is null when nothing of it
 * has changed.
 */
export type Acted = ({ type: 'begun' } & BegunRun) | ({ type: 'done'; item: WidgetItem | null } & BegunRun)

export function createTurns(options: TurnsOptions): Turns {
  const { engine, agentName = 'todo' } = options
  return {
    async respond(owner, asked, idempotencyKey) {
      const { thread_id: threadId, input, metadata } = cleanJson(asked)
      const message = {
        content: [{ type: 'input_text' as const, text: input }],
        attachmentIds: [],
        inferenceOptions: {},
      }
      const intent =
        threadId === undefined || threadId === null
          ? ({ type: 'create-thread', message } as const)
          : ({ type: 'add-message', threadId, message } as const)
      return inOwnThread(() =>
        engine.begin(owner, intent, {
          metadata: { ...metadata, [agentKey]: agentName },
          ...keyed(idempotencyKey, 'respond', asked),
        }),
      )
    },
    act: (owner, asked, idempotencyKey) => act(options, owner, cleanJson(asked), idempotencyKey),
  }
}

async function act(
  { engine, store }: TurnsOptions,
  owner: Owner,
  asked: ActionRequest,
  idempotencyKey: string | undefined,
): Promise<Acted> {
  const threadId = asked.thread_id
  const key = keyed(idempotencyKey, 'action', asked)
  refuseUnlessActive(await inOwnThread(() => store.thread(owner, threadId)))
  for (let awaited = 0; ; awaited += 1) {
    // What was done once may not be on offer any more when the same request comes again.
    const known = await beginning(store, owner, key)
    if (known !== null) return { type: 'begun', ...known }
    const chosen = await choose(store, owner, asked)
    const intent = { type: 'act', threadId, itemId: chosen.item.id, action: chosen.action } as const
    try {
      return { type: 'begun', ...(await engine.begin(owner, intent, { metadata: {}, ...key })) }
    } catch (error) {
      if (!isBusy(error) || !chosen.isAnsweredAtOnce) throw error
    }
    // Of two clicks the second sees what the first has done. An answer takes longer, and need not be waited for.
    if (awaited < actionsAwaitedMax && (await otherActionEnds(engine, store, owner, threadId))) continue
    const item = await actAtOnce(engine, owner, threadId, chosen)
    return { type: 'done', runId: createId('run'), threadId, item }
  }
}

const isBusy = (error: unknown): boolean => error instanceof ParleyError && error.code === 'wrong_state'

/** How many others an action lets go first, and how long it waits for each. */
const actionsAwaitedMax = 20
const actionMillisecondsMax = 5_000

/** Whether what kept the thread busy was an action, and is over now. */
async function otherActionEnds(
  engine: Engine,
  store: ConversationStore,
  owner: Owner,
  threadId: string,
): Promise<boolean> {
  const run = await store.newestRun(owner, threadId)
  if (run?.status !== 'running') return true
  const [first] = await store.runEvents(owner, run.id, 0, 1)
  // Answers begin with a message.
  if (first?.event.type !== 'options') return false
  const place = { runId: run.id, threadId }
  const signal = AbortSignal.timeout(actionMillisecondsMax)
  for await (const events of engine.follow(owner, place, run.lastSeq, signal)) {
    if (events.at(-1)?.event.type === 'run-ended') return true
  }
  return false
}

async function actAtOnce(
  engine: Engine,
  owner: Owner,
  threadId: string,
  { action, item: { id: itemId } }: Chosen,
): Promise<WidgetItem | null> {
  try {
    return await engine.syncAction(owner, { threadId, itemId, action, metadata: {} })
  } catch (error) {
    // What the action is about is gone: the thread was there a moment ago.
    if (!(error instanceof ParleyError) || error.code !== 'not_found') throw error
    throw new ParleyError('not_a_widget', error.message, { param: 'action' })
  }
}

interface Keyed {
  idempotencyKey?: string
  requestHash?: string
}

/** The key is this door's own: no client's has a space in it. The same JSON has the same hash, whatever its spacing. */
function keyed(idempotencyKey: string | undefined, verb: string, asked: object): Keyed {
  if (idempotencyKey === undefined) return {}
  const said = `${verb} ${JSON.stringify(asked)}`
  return {
    idempotencyKey: `respond ${idempotencyKey}`,
    requestHash: createHash('sha256').update(said).digest('base64url'),
  }
}

/** The run that this very request has begun before. Throws `wrong_state` when the key was used for another. */
async function beginning(
  store: ConversationStore,
  owner: Owner,
  { idempotencyKey, requestHash = '' }: Keyed,
): Promise<BegunRun | null> {
  if (idempotencyKey === undefined) return null
  const found = await store.runByIdempotencyKey(owner, idempotencyKey)
  if (found === null) return null
  if (found.requestHash === requestHash) return { runId: found.run.id, threadId: found.run.threadId }
  throw new ParleyError('wrong_state', 'This Idempotency-Key was used for another request.')
}

/** One answer for what does not exist and for what is somebody else's. */
async function inOwnThread<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ParleyError) || error.code !== 'not_found') throw error
    throw new ParleyError('forbidden', 'You are not authorized for this thread.')
  }
}

interface Chosen {
  item: WidgetItem
  action: { type: string; payload: Json }
  isAnsweredAtOnce: boolean
}

/** How far back a widget is looked for that is not named by its item: in items. */
const widgetsWithin = 1_000

/** The newest widget that offers it. */
async function choose(
  store: ConversationStore,
  owner: Owner,
  { thread_id: threadId, action: sent }: ActionRequest,
): Promise<Chosen> {
  const named = sent.item_id ?? sent.widget_id
  const item = await widgetItem(store, owner, { threadId, itemId: named })
  if (item !== null) return fitting(item, sent) ?? refuse()
  if (typeof sent.item_id === 'string') return refuse()
  for await (const widget of newestWidgets(store, owner, threadId)) {
    const chosen = fitting(widget, sent)
    if (chosen !== null) return chosen
  }
  return refuse()
}

function refuse(): never {
  throw new ParleyError('not_a_widget', 'This thread has no widget that offers this action.', {
    param: 'action',
  })
}

function fitting(item: WidgetItem, sent: ClientAction): Chosen | null {
  const chosen = chooseAction(offersOf(item.widget), sent, sent.widget_id === item.id)
  if (chosen === 'several') {
    const message = 'Several actions fit: name the component that has it, or send its payload.'
    throw new ParleyError('not_a_widget', message, { param: 'action' })
  }
  return chosen === null ? null : { item, ...chosen }
}

async function widgetItem(
  store: ConversationStore,
  owner: Owner,
  { threadId, itemId }: { threadId: string; itemId: string },
): Promise<WidgetItem | null> {
  try {
    const item = await store.item(owner, threadId, itemId)
    return item.type === 'widget' ? item : null
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'not_found') return null
    throw error
  }
}

async function* newestWidgets(
  store: ConversationStore,
  owner: Owner,
  threadId: string,
): AsyncGenerator<WidgetItem> {
  let after: string | undefined
  for (let seen = 0; seen < widgetsWithin; seen += pageLimitMax) {
    const page = await store.items(owner, threadId, {
      limit: pageLimitMax,
      order: 'desc',
      ...(after === undefined ? {} : { after }),
    })
    for (const item of page.data) if (item.type === 'widget') yield item
    after = page.after
    if (after === undefined) return
  }
}
