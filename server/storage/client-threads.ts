/** What clients say of threads, beside what the threads say themselves: whether one is put away, and when it was last used. */
import type { ClientThread, ClientThreadChange, NewClientThread } from '../conversation/client-messages.ts'
import type { JsonObject } from '../conversation/items.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import type { Place } from './items.ts'
import { threadColumns, threadOf } from './threads.ts'
import type { ThreadRow } from './threads.ts'

interface ClientThreadRow extends ThreadRow {
  tenant_id: string
  user_id: string
  external_id: string | null
  is_archived: boolean
  client_metadata: string | null
  last_message_at: Date
  updated_at: Date
}

/**
 * When something was last said: as the client has told, unless the thread has grown since. Which of a tenant's threads have grown
 * can be seen by their counts, but not what it was.
 */
function described(newestItem: 'newest.created_at' | 'null::timestamptz'): string {
  return `${threadColumns
    .split(', ')
    .map((column) => `threads.${column}`)
    .join(', ')}, threads.seq, threads.tenant_id, threads.user_id,
    told.external_id, coalesce(told.is_archived, false) as is_archived, told.metadata as client_metadata,
    coalesce(case when told.item_seq >= threads.last_item_seq then told.last_message_at end, ${newestItem},
      told.last_message_at, threads.created_at) as last_message_at,
    coalesce(greatest(told.updated_at, ${newestItem}), threads.created_at) as updated_at`
}

const told = `left join client_threads as told on told.thread_id = threads.id
     and told.tenant_id = threads.tenant_id and told.user_id = threads.user_id`

const ownThreads = `select ${described('newest.created_at')}
   from threads ${told}
   left join lateral (
     select created_at from items
     where items.thread_id = threads.id and items.tenant_id = $1 and items.user_id = $2
     order by seq desc limit 1) as newest on true
   where threads.tenant_id = $1 and threads.user_id = $2`

/** The one in which something was said last comes first; of two, the one that was begun last. */
export function selectClientThreads(
  { tenantId, userId }: Owner,
  request: { isArchived: boolean; externalId: string | null; after: string | null; limit: number },
): Statement<ClientThread[]> {
  return statement<ClientThreadRow, ClientThread[]>(
    `with own as (${ownThreads} and threads.seq > 0),
       place as (select last_message_at, seq from own where id = $5::uuid)
     select * from own
     where is_archived = $3::boolean and ($4::text is null or external_id = $4::text)
       and (not exists (select from place) or (last_message_at, seq) < (select last_message_at, seq from place))
     order by last_message_at desc, seq desc
     limit $6::integer`,
    [tenantId, userId, request.isArchived, request.externalId, request.after, request.limit],
    (rows) => rows.map(clientThreadOf),
  )
}

/** In a transaction to which the tenant's threads are open. */
export function selectTenantClientThreads(
  tenantId: string,
  request: { isArchived: boolean; externalId: string | null; after: string | null; limit: number },
): Statement<ClientThread[]> {
  return statement<ClientThreadRow, ClientThread[]>(
    `select ${described('null::timestamptz')}
     from threads ${told}
     where threads.tenant_id = $1 and threads.seq > 0 and coalesce(told.is_archived, false) = $2::boolean
       and ($3::text is null or told.external_id = $3::text)
       and threads.seq < coalesce((select seq from threads where id = $4::uuid and tenant_id = $1), 9223372036854775807)
     order by threads.seq desc
     limit $5::integer`,
    [tenantId, request.isArchived, request.externalId, request.after, request.limit],
    (rows) => rows.map(clientThreadOf),
  )
}

export function selectClientThread({ owner, threadId }: Place): Statement<ClientThread | undefined> {
  return statement<ClientThreadRow, ClientThread | undefined>(
    `${ownThreads} and threads.id = $3::uuid`,
    [owner.tenantId, owner.userId, threadId],
    ([row]) => (row === undefined ? undefined : clientThreadOf(row)),
  )
}

export function insertClientThread(
  { owner, threadId }: Place,
  { externalId, metadata, lastMessageAt }: NewClientThread,
  at: string,
): Statement<void> {
  return command(
    `insert into client_threads (thread_id, tenant_id, user_id, external_id, metadata, last_message_at, item_seq, updated_at)
     values ($1, $2, $3, $4, $5, $6::timestamptz, 0, $7::timestamptz)`,
    [
      threadId,
      owner.tenantId,
      owner.userId,
      externalId === null ? null : cleanText(externalId),
      metadata === null ? null : encodeJson(metadata),
      lastMessageAt,
      at,
    ],
  )
}

/** What is left out stays. Of a thread that no client has told anything of, this is the first. */
export function changeClientThread(
  { owner, threadId }: Place,
  { isArchived, metadata, lastMessageAt }: ClientThreadChange,
  at: string,
): Statement<void> {
  return command(
    `insert into client_threads as told
       (thread_id, tenant_id, user_id, is_archived, metadata, last_message_at, item_seq, updated_at)
     select id, tenant_id, user_id, coalesce($4::boolean, false), $6::text, coalesce($7::timestamptz, created_at),
       case when $7::timestamptz is null then -1 else last_item_seq end, $8::timestamptz
     from threads where id = $1 and tenant_id = $2 and user_id = $3
     on conflict (thread_id) do update
     set is_archived = coalesce($4::boolean, told.is_archived),
         metadata = case when $5::boolean then $6::text else told.metadata end,
         last_message_at = coalesce($7::timestamptz, told.last_message_at),
         item_seq = case when $7::timestamptz is null then told.item_seq else excluded.item_seq end,
         updated_at = excluded.updated_at`,
    [
      threadId,
      owner.tenantId,
      owner.userId,
      isArchived ?? null,
      metadata !== undefined,
      metadata === undefined || metadata === null ? null : encodeJson(metadata),
      lastMessageAt ?? null,
      at,
    ],
  )
}

/**
 * A message has come, or has been changed: it was said at this moment, or only changed (`isSaid`). Resolves with how long all
 * messages of the thread are together.
 */
export function growClientThread(
  { owner, threadId }: Place,
  { length, isSaid, at }: { length: number; isSaid: boolean; at: string },
): Statement<number> {
  return statement<{ content_length: string | number }, number>(
    `insert into client_threads as told
       (thread_id, tenant_id, user_id, last_message_at, item_seq, content_length, updated_at)
     select id, tenant_id, user_id, $6::timestamptz, last_item_seq, $4::bigint, $6::timestamptz
     from threads where id = $1 and tenant_id = $2 and user_id = $3
     on conflict (thread_id) do update
     set last_message_at = case when $5::boolean then excluded.last_message_at else told.last_message_at end,
         item_seq = case when $5::boolean then excluded.item_seq else told.item_seq end,
         content_length = told.content_length + $4::bigint,
         updated_at = excluded.updated_at
     returning content_length`,
    [threadId, owner.tenantId, owner.userId, length, isSaid, at],
    ([row]) => Number(row?.content_length ?? 0),
  )
}

function clientThreadOf(row: ClientThreadRow): ClientThread {
  return {
    thread: threadOf(row),
    owner: { tenantId: row.tenant_id, userId: row.user_id },
    externalId: row.external_id,
    isArchived: row.is_archived,
    // What was stored was JSON.
    metadata: row.client_metadata === null ? null : (JSON.parse(row.client_metadata) as JsonObject),
    lastMessageAt: row.last_message_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}
