/** What has become of a response: its run, and what that run's log and thread say it consists of. */
import { ParleyError } from '../../conversation/errors.ts'
import type { RunEvent } from '../../conversation/events.ts'
import type { Item } from '../../conversation/items.ts'
import { copyJson } from '../../conversation/json-value.ts'
import { applyUpdate } from '../../conversation/pending.ts'
import type { ConversationStore, Run } from '../../conversation/store.ts'
import type { Owner } from '../../conversation/threads.ts'

/** D's names for a run, by what began it: the same letters behind another prefix. */
export const responseIdOf = (runId: string): string => runId.replace(/^run_/, 'resp_')
export const actionIdOf = (runId: string): string => runId.replace(/^run_/, 'action_')

export const isActionId = (id: string): boolean => id.startsWith('action_')

/** Throws `not_found`, in the same words for what does not exist and for what is somebody else's. */
export async function readRun(store: ConversationStore, owner: Owner, id: string): Promise<Run> {
  const letters = /^(?:resp|action)_(?<letters>.*)$/.exec(id)?.groups?.['letters']
  if (letters === undefined) throw noSuchResponse()
  try {
    return await store.run(owner, `run_${letters}`)
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'not_found') throw noSuchResponse()
    throw error
  }
}

function noSuchResponse(): ParleyError {
  return new ParleyError('not_found', 'There is no such response.')
}

const logBytesMax = 1_048_576

/**
 * The items that the run has begun, finished or changed, as they are now: a widget of an earlier answer that was changed since is
 * the changed one. Null when the log is gone.
 */
export async function readOutput(store: ConversationStore, owner: Owner, run: Run): Promise<Item[] | null> {
  const { items, lastSeq } = await foldLog(store, owner, run.id)
  if (lastSeq === 0 && run.lastSeq > 0) return null
  const current: Item[] = []
  for (const { item, isStored } of items.values()) {
    const now = isStored ? await storedItem(store, owner, item) : item
    if (now !== null) current.push(now)
  }
  return current
}

interface Folded {
  items: Map<string, { item: Item; isStored: boolean }>
  lastSeq: number
}

async function foldLog(store: ConversationStore, owner: Owner, runId: string): Promise<Folded> {
  const folded: Folded = { items: new Map(), lastSeq: 0 }
  while (true) {
    const events = await store.runEvents(owner, runId, folded.lastSeq, logBytesMax)
    if (events.length === 0) return folded
    for (const { seq, event } of events) {
      fold(folded.items, event)
      folded.lastSeq = seq
    }
    if (events.at(-1)?.event.type === 'run-ended') return folded
  }
}

function fold(items: Folded['items'], event: RunEvent): void {
  if (event.type === 'item-added') items.set(event.item.id, { item: copyJson(event.item), isStored: false })
  else if (event.type === 'item-done' || event.type === 'item-replaced') {
    items.set(event.item.id, { item: event.item, isStored: true })
  } else if (event.type === 'item-removed') items.delete(event.item_id)
  else if (event.type === 'item-updated') {
    const known = items.get(event.item_id)
    if (known !== undefined && !known.isStored) applyUpdate(known.item, event.update)
  }
}

/** Null when it was deleted since. */
async function storedItem(store: ConversationStore, owner: Owner, item: Item): Promise<Item | null> {
  try {
    return await store.item(owner, item.thread_id, item.id)
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'not_found') return null
    throw error
  }
}
