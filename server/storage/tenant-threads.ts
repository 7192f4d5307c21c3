import { notFound } from '../conversation/errors.ts'
import type { Item, ItemType } from '../conversation/items.ts'
import type { OwnedThread, TenantThreads, TwoWayPage, TwoWayRequest } from '../conversation/tenant-threads.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { command, statement, userScope } from './database.ts'
import type { Database, Statement } from './database.ts'
import { itemColumns, itemExists, itemOf } from './items.ts'
import type { ItemRow, Place } from './items.ts'
import { directions } from './pages.ts'
import { uuidOf } from './store.ts'
import { threadColumns, threadOf } from './threads.ts'
import type { ThreadRow } from './threads.ts'

export function createTenantThreads(database: Database): TenantThreads {
  return {
    async page(tenantId, request) {
      const filter = { tenantId, userId: request.userId ?? null }
      const [after, before] = [request.after, request.before].map((id) =>
        id === undefined ? null : uuidOf('Thread', id),
      )
      const [, hasAfter, hasBefore, rows] = await database.once(scopeOf(tenantId), [
        openThreads(),
        isListed(filter, after ?? null),
        isListed(filter, before ?? null),
        selectPage(filter, request, [after ?? null, before ?? null]),
      ])
      if (!hasAfter) throw notFound('Thread', request.after ?? '')
      if (!hasBefore) throw notFound('Thread', request.before ?? '')
      return pageOf(rows, request)
    },
    async find(tenantId, threadId) {
      const [, found] = await database.once(scopeOf(tenantId), [
        openThreads(),
        selectThread(tenantId, uuidOf('Thread', threadId)),
      ])
      if (found === null) throw notFound('Thread', threadId)
      return found
    },
    async items(owner, threadId, request) {
      const place = { owner, threadId: uuidOf('Thread', threadId) }
      const [hasAfter, hasBefore, rows] = await database.once(userScope(owner), [
        itemExists(place, request.after ?? ''),
        itemExists(place, request.before ?? ''),
        selectItems(place, request, request.types),
      ])
      if (request.after !== undefined && !hasAfter) throw notFound('Item', request.after)
      if (request.before !== undefined && !hasBefore) throw notFound('Item', request.before)
      return pageOf(rows, request)
    },
  }
}

interface Filter {
  tenantId: string
  /** Null: of all. */
  userId: string | null
}

function scopeOf(tenantId: string): ReturnType<typeof userScope> {
  return userScope({ tenantId, userId: '' })
}

/** For this transaction the tenant's threads are visible, whoever's they are; what is in them is not. */
export function openThreads(): Statement<void> {
  return command("select set_config('parley.platform', 'open', true)")
}

interface OwnedRow extends ThreadRow {
  user_id: string
}

function selectThread(tenantId: string, uuid: string): Statement<OwnedThread | null> {
  return statement<OwnedRow, OwnedThread | null>(
    `select ${threadColumns}, user_id from threads where id = $2::uuid and tenant_id = $1`,
    [tenantId, uuid],
    ([row]) => (row === undefined ? null : ownedOf(tenantId, row)),
  )
}

/** Who asks for no place is always right. */
function isListed({ tenantId, userId }: Filter, uuid: string | null): Statement<boolean> {
  return statement(
    `select 1 where $2::uuid is null or exists (
       select from threads where id = $2::uuid and tenant_id = $1 and ($3::text is null or user_id = $3::text))`,
    [tenantId, uuid, userId],
    (rows) => rows.length > 0,
  )
}

function selectPage(
  { tenantId, userId }: Filter,
  request: TwoWayRequest,
  cursors: readonly (string | null)[],
): Statement<OwnedThread[]> {
  const ofUser = userId === null ? '$5::text is null' : 'user_id = $5::text'
  return statement<OwnedRow, OwnedThread[]>(
    `select ${threadColumns}, user_id from threads
     where tenant_id = $1 and ${ofUser} and seq > 0
       and seq > coalesce((select seq from threads where id = $2::uuid and tenant_id = $1), ${directions.asc.edge})
       and seq < coalesce((select seq from threads where id = $3::uuid and tenant_id = $1), ${directions.desc.edge})
     order by seq ${scanOf(request)}
     limit $4::integer`,
    [tenantId, ...bounds(request, cursors), request.limit + 1, userId],
    (rows) => rows.map((row) => ownedOf(tenantId, row)),
  )
}

function selectItems(
  { owner, threadId }: Place,
  request: TwoWayRequest,
  types: readonly ItemType[],
): Statement<Item[]> {
  const cursors = [request.after, request.before].map((id) => (id === undefined ? null : cleanText(id)))
  return statement<ItemRow, Item[]>(
    `select ${itemColumns} from items
     where thread_id = $1 and tenant_id = $2 and user_id = $3 and type = any($7::text[])
       and seq > coalesce((select seq from items where thread_id = $1 and id = $4), ${directions.asc.edge})
       and seq < coalesce((select seq from items where thread_id = $1 and id = $5), ${directions.desc.edge})
     order by seq ${scanOf(request)}
     limit $6::integer`,
    [threadId, owner.tenantId, owner.userId, ...bounds(request, cursors), request.limit + 1, types],
    (rows) => rows.map(itemOf),
  )
}

/** What the numbers must be above and below, whichever way the list goes. */
function bounds(
  { order }: TwoWayRequest,
  [after = null, before = null]: readonly (string | null)[],
): [string | null, string | null] {
  return order === 'asc' ? [after, before] : [before, after]
}

/** Whoever says only where the page ends has it read from there backwards. */
function isBackwards({ after, before }: TwoWayRequest): boolean {
  return before !== undefined && after === undefined
}

function scanOf(request: TwoWayRequest): 'asc' | 'desc' {
  return (request.order === 'asc') === isBackwards(request) ? 'desc' : 'asc'
}

function pageOf<Row>(rows: readonly Row[], request: TwoWayRequest): TwoWayPage<Row> {
  const data = rows.slice(0, request.limit)
  return { data: isBackwards(request) ? data.toReversed() : data, hasMore: rows.length > request.limit }
}

function ownedOf(tenantId: string, row: OwnedRow): OwnedThread {
  const owner: Owner = { tenantId, userId: row.user_id }
  return { thread: threadOf(row), owner }
}
