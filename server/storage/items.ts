import { encodeId } from '../conversation/ids.ts'
import type { Item } from '../conversation/items.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner, PageRequest } from '../conversation/threads.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import { directions } from './pages.ts'

interface ItemRow {
  thread_id: string
  id: string
  type: Item['type']
  created_at: Date
  body: object
}

const columns = 'thread_id, id, type, created_at, body'

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
    `select ${columns} from items where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = $4`,
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
    `select ${columns} from items
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
    `select ${columns} from items
     where thread_id = $1 and tenant_id = $2 and user_id = $3
     order by seq desc
     limit $4`,
    [...placeValues(place), limit],
    (rows) => rows.map(itemOf),
  )
}

/** An item that is there keeps its number; a new one takes the thread's next, counted in the thread's own row. */
export function upsertItem(place: Place, item: Item): Statement<void> {
  const { id, thread_id: _thread, created_at, type, ...body } = item
  return command(
    `with replaced as (
       update items set type = $5, created_at = $6::timestamptz, body = $7::jsonb
       where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = $4
       returning id
     ), counted as (
       update threads set last_item_seq = last_item_seq + 1
       where id = $1 and tenant_id = $2 and user_id = $3 and not exists (select from replaced)
       returning last_item_seq
     )
     insert into items (thread_id, tenant_id, user_id, id, type, created_at, body, seq)
     select $1, $2, $3, $4, $5, $6::timestamptz, $7::jsonb, last_item_seq from counted`,
    [...placeValues(place), cleanText(id), type, created_at, encodeJson(body)],
  )
}

export function deleteItem(place: Place, itemId: string): Statement<void> {
  return command('delete from items where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = $4', [
    ...placeValues(place),
    cleanText(itemId),
  ])
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

/** The columns and the body are what `upsertItem` took apart. */
function itemOf(row: ItemRow): Item {
  return {
    ...row.body,
    id: row.id,
    thread_id: encodeId('thr', row.thread_id),
    created_at: row.created_at.toISOString(),
    type: row.type,
  } as Item
}
