import { encodeId } from '../conversation/ids.ts'
import type { Item } from '../conversation/items.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner, PageRequest } from '../conversation/threads.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import { behindFence, fencedOwner, joinFencing, noFence } from './fence.ts'
import type { Fence } from './fence.ts'
import { directions } from './pages.ts'
import { textArray } from './wire-values.ts'

export interface ItemRow {
  thread_id: string
  id: string
  type: Item['type']
  created_at: Date
  body: object
}

export const itemColumns = 'thread_id, id, type, created_at, body'

/** Every statement names the thread, by its UUID, and its owner. */
export interface Place {
  owner: Owner
  threadId: string
}

function placeValues({ owner, threadId }: Place): [string, string, string] {
  return [threadId, owner.tenantId, owner.userId]
}

export function selectItem(place: Place, itemId: string): Statement<Item | null> {
  return statement<ItemRow, Item | null>(
    `select ${itemColumns} from items where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = $4`,
    [...placeValues(place), cleanText(itemId)],
    ([row]) => (row === undefined ? null : itemOf(row)),
  )
}

export function itemExists(place: Place, itemId: string): Statement<boolean> {
  return statement(
    'select 1 from items where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = $4',
    [...placeValues(place), cleanText(itemId)],
    (rows) => rows.length > 0,
  )
}

/** One index scan, however long the thread: measured in the plan by STORE-8. */
export function selectItemsPage(place: Place, page: PageRequest): Statement<Item[]> {
  const { comparison, order, edge } = directions[page.order]
  return statement<ItemRow, Item[]>(
    `select ${itemColumns} from items
     where thread_id = $1 and tenant_id = $2 and user_id = $3
       and seq ${comparison} (select coalesce((select seq from items where thread_id = $1 and id = $4), ${edge}))
     order by seq ${order}
     limit $5`,
    [...placeValues(place), page.after === undefined ? null : cleanText(page.after), page.limit + 1],
    (rows) => rows.map(itemOf),
  )
}

export function selectNewestItems(place: Place, limit: number): Statement<Item[]> {
  return statement<ItemRow, Item[]>(
    `select ${itemColumns} from items
     where thread_id = $1 and tenant_id = $2 and user_id = $3
     order by seq desc
     limit $4`,
    [...placeValues(place), limit],
    (rows) => rows.map(itemOf),
  )
}

export function upsertItem(place: Place, item: Item): Statement<void> {
  return upsertItems([{ place, item }])
}

/**
 * An item that is there keeps its number; a new one takes the thread's next, counted in the thread's own row.
 * With a fence, only for runs that are still behind it.
 */
export function upsertItems(
  changes: readonly { place: Place; item: Item }[],
  fence: Fence = noFence,
): Statement<void> {
  const { tenantId, userId } = fencedOwner('given')
  return command(
    `with saved as (
       select given.thread_id, ${tenantId} as tenant_id, ${userId} as user_id, given.id, given.type,
         given.created_at, given.body, given.position
       from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[],
           $2::uuid[]) with ordinality
         as given (thread_id, tenant_id, user_id, id, type, created_at, body, run_id, position)
       ${joinFencing('given')}
       where ${behindFence}
     ), replaced as (
       update items set type = saved.type, created_at = saved.created_at, body = saved.body::jsonb
       from saved
       where items.thread_id = saved.thread_id and items.id = saved.id
         and items.tenant_id = saved.tenant_id and items.user_id = saved.user_id
       returning items.thread_id, items.id
     ), added as (
       select saved.*, row_number() over (partition by thread_id order by position) as number from saved
       where not exists (select from replaced where replaced.thread_id = saved.thread_id and replaced.id = saved.id)
     ), counted as (
       update threads set last_item_seq = last_item_seq + more.count
       from (select thread_id, tenant_id, user_id, count(*) as count from added group by 1, 2, 3) as more
       where threads.id = more.thread_id and threads.tenant_id = more.tenant_id and threads.user_id = more.user_id
       returning threads.id, threads.last_item_seq - more.count as before
     )
     insert into items (thread_id, tenant_id, user_id, id, type, created_at, body, seq)
     select thread_id, tenant_id, user_id, added.id, type, created_at, body::jsonb, before + number
     from added join counted on counted.id = added.thread_id`,
    [
      fence.processId,
      fence.runIds,
      ...placeColumns(changes),
      changes.map(({ item }) => cleanText(item.id)),
      changes.map(({ item }) => item.type),
      changes.map(({ item }) => item.created_at),
      textArray(changes.map(({ item }) => encodeBody(item))),
    ],
  )
}

/** What `itemOf` puts together again. */
export function encodeBody({
  id: _id,
  thread_id: _thread,
  created_at: _at,
  type: _type,
  ...body
}: Item): string {
  return encodeJson(body)
}

export function deleteItem(place: Place, itemId: string): Statement<void> {
  return deleteItems([{ place, itemId }])
}

export function deleteItems(
  changes: readonly { place: Place; itemId: string }[],
  fence: Fence = noFence,
): Statement<void> {
  const { tenantId, userId } = fencedOwner('gone')
  return command(
    `delete from items
     using unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $2::uuid[])
       as gone (thread_id, tenant_id, user_id, id, run_id)
       ${joinFencing('gone')}
     where items.thread_id = gone.thread_id and items.id = gone.id
       and items.tenant_id = ${tenantId} and items.user_id = ${userId}
       and ${behindFence}`,
    [fence.processId, fence.runIds, ...placeColumns(changes), changes.map(({ itemId }) => cleanText(itemId))],
  )
}

function placeColumns(changes: readonly { place: Place }[]): [string[], string[], string[]] {
  return [
    changes.map(({ place }) => place.threadId),
    changes.map(({ place }) => place.owner.tenantId),
    changes.map(({ place }) => place.owner.userId),
  ]
}

export function deleteItemsAfter(place: Place, itemId: string): Statement<void> {
  return command(
    `delete from items
     where thread_id = $1 and tenant_id = $2 and user_id = $3
       and seq > (select seq from items where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = $4)`,
    [...placeValues(place), cleanText(itemId)],
  )
}

/** Resolves with how many of the items were there. */
export function updateFeedback(
  place: Place,
  itemIds: string[],
  kind: 'positive' | 'negative',
): Statement<number> {
  return statement(
    `update items set feedback = $5
     where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = any($4::text[])
     returning id`,
    [...placeValues(place), itemIds.map(cleanText), kind],
    (rows) => rows.length,
  )
}

export function itemOf(row: ItemRow): Item {
  return {
    ...row.body,
    id: row.id,
    thread_id: encodeId('thr', row.thread_id),
    created_at: row.created_at.toISOString(),
    type: row.type,
  } as Item
}
