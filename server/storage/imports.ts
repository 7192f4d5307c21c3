/**
 * Conversations that were held elsewhere.
 *
 *   a part of a thread ─▶ claim its name ─┬─ was free ─▶ thread, items ─┐
 *                                         └─ is ours  ─▶ what is missing ┴─▶ how far it has come, and all of it is committed
 */
import { createUuid, decodeId } from '../conversation/ids.ts'
import type { Added, ImportedPart, ImportStanding, ThreadImports } from '../conversation/imports.ts'
import type { ClientToolCallItem, Item } from '../conversation/items.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { command, statement, userScope } from './database.ts'
import type { Database, Run, Scope, Statement } from './database.ts'
import { upsertItems } from './items.ts'
import type { Place } from './items.ts'
import { insertOwners } from './tenants.ts'
import { insertThread, lockThread } from './threads.ts'

export function createThreadImports(database: Database): ThreadImports {
  return {
    async standing(owner, sourceId) {
      const [standing] = await database.once(userScope(owner), [selectStanding(owner, sourceId)])
      return standing
    },
    add: (owner, part) =>
      database.transaction(userScope(owner), async (run) => {
        const uuid = decodeId('thr', part.thread.id) ?? createUuid()
        const [, , isNew] = await run(...insertOwners([owner]), claimThread(owner, part.sourceId, uuid))
        if (!isNew) return addToCopy(run, owner, part)
        const place = { owner, threadId: uuid }
        await run(
          insertThread(owner, uuid, part.thread),
          upsertItems(part.items.map((item) => ({ place, item }))),
          noteLastItem(owner, part),
        )
        return { outcome: 'added', isNewThread: true, itemIds: part.items.map(({ id }) => id) }
      }),
    async place(tenantId, name) {
      const [place] = await database.once(operatorScope(tenantId), [selectPlace(tenantId, name)])
      return place
    },
    async savePlace(tenantId, name, place) {
      await database.once(operatorScope(tenantId), [
        command('insert into tenants (tenant_id) values ($1) on conflict do nothing', [tenantId]),
        upsertPlace(tenantId, name, place),
      ])
    },
  }
}

/** The tenant without a user: nobody's request ever has that. */
function operatorScope(tenantId: string): Scope {
  return userScope({ tenantId, userId: '' })
}

async function addToCopy(run: Run, owner: Owner, part: ImportedPart): Promise<Added> {
  const [copy] = await run(lockCopy(owner, part.sourceId))
  if (copy === undefined) return { outcome: 'taken' }
  if (copy.threadId === null) return { outcome: 'gone' }
  const place = { owner, threadId: copy.threadId }
  const [thread, known] = await run(
    lockThread(owner, place.threadId),
    selectKnown(
      place,
      part.items.map(({ id }) => id),
    ),
  )
  if (thread === undefined) return { outcome: 'gone' }
  const items = part.items.filter((item) => isNews(item, known))
  await run(upsertItems(items.map((item) => ({ place, item }))), noteLastItem(owner, part))
  const added = items.filter(({ id }) => !known.has(cleanText(id)))
  return { outcome: 'added', isNewThread: false, itemIds: added.map(({ id }) => id) }
}

/** What is here stays; only a tool call that had no output when it was copied is given the one that it has by now. */
function isNews(item: Item, known: ReadonlyMap<string, Known>): boolean {
  const here = known.get(cleanText(item.id))
  if (here === undefined) return true
  return here.is_open_call && isCall(item) && item.output !== undefined
}

function isCall(item: Item): item is ClientToolCallItem {
  return item.type === 'client_tool_call'
}

/** Whoever else is copying the same thread at this moment is waited for. */
function claimThread({ tenantId, userId }: Owner, sourceId: string, uuid: string): Statement<boolean> {
  return statement(
    `insert into imported_threads (tenant_id, source_id, user_id, thread_id) values ($1, $2, $3, $4::uuid)
     on conflict (tenant_id, source_id) do nothing
     returning thread_id`,
    [tenantId, sourceId, userId, uuid],
    (rows) => rows.length > 0,
  )
}

function lockCopy(
  { tenantId, userId }: Owner,
  sourceId: string,
): Statement<{ threadId: string | null } | undefined> {
  return statement<{ thread_id: string | null }, { threadId: string | null } | undefined>(
    `select thread_id from imported_threads
     where tenant_id = $1 and source_id = $2 and user_id = $3
     for update`,
    [tenantId, sourceId, userId],
    ([row]) => (row === undefined ? undefined : { threadId: row.thread_id }),
  )
}

interface Known {
  id: string
  is_open_call: boolean
}

function selectKnown({ owner, threadId }: Place, ids: string[]): Statement<Map<string, Known>> {
  return statement<Known, Map<string, Known>>(
    `select id, type = 'client_tool_call' and not body ? 'output' as is_open_call from items
     where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = any($4::text[])`,
    [threadId, owner.tenantId, owner.userId, ids.map(cleanText)],
    (rows) => new Map(rows.map((row) => [row.id, row])),
  )
}

function noteLastItem({ tenantId, userId }: Owner, { sourceId, lastItemId }: ImportedPart): Statement<void> {
  return command(
    `update imported_threads set last_item_id = coalesce($4, last_item_id)
     where tenant_id = $1 and source_id = $2 and user_id = $3`,
    [tenantId, sourceId, userId, lastItemId],
  )
}

function selectStanding({ tenantId, userId }: Owner, sourceId: string): Statement<ImportStanding | null> {
  return statement<{ last_item_id: string | null; is_gone: boolean }, ImportStanding | null>(
    `select last_item_id, thread_id is null as is_gone from imported_threads
     where tenant_id = $1 and source_id = $2 and user_id = $3`,
    [tenantId, sourceId, userId],
    ([row]) => (row === undefined ? null : { lastItemId: row.last_item_id, isGone: row.is_gone }),
  )
}

function selectPlace(tenantId: string, name: string): Statement<string | null> {
  return statement<{ place: string | null }, string | null>(
    'select place from imports where tenant_id = $1 and name = $2',
    [tenantId, name],
    ([row]) => row?.place ?? null,
  )
}

function upsertPlace(tenantId: string, name: string, place: string | null): Statement<void> {
  return command(
    `insert into imports (tenant_id, name, place) values ($1, $2, $3)
     on conflict (tenant_id, name) do update set place = excluded.place`,
    [tenantId, name, place],
  )
}
