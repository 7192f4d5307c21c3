import { encodeId } from '../conversation/ids.ts'
import type { JsonObject } from '../conversation/items.ts'
import type { Owner, PageRequest, Thread, ThreadStatus, ThreadField } from '../conversation/threads.ts'
import { cleanText } from '../conversation/text.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import { behindFence, fencedOwner, joinFencing, noFence } from './fence.ts'
import type { Fence } from './fence.ts'
import type { Place } from './items.ts'
import { directions } from './pages.ts'
import { arrayText, textArray } from './wire-values.ts'

export interface ThreadRow {
  id: string
  created_at: Date
  title: string | null
  status: ThreadStatus['type']
  status_reason: string | null
  allowed_image_domains: string[] | null
  metadata: JsonObject
}

const columns = ['id', 'created_at', 'title', 'status', 'status_reason', 'allowed_image_domains', 'metadata']
export const threadColumns: string = columns.join(', ')

export function selectThread(owner: Owner, threadId: string): Statement<Thread | undefined> {
  return statement<ThreadRow, Thread | undefined>(
    `select ${columns.join(', ')} from threads where id = $1 and tenant_id = $2 and user_id = $3`,
    [threadId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? undefined : threadOf(row)),
  )
}

/** Nobody else changes the thread or adds to it until the transaction is over. Others may read it. */
export function lockThread(owner: Owner, threadId: string): Statement<Thread | undefined> {
  return statement<ThreadRow, Thread | undefined>(
    `select ${columns.join(', ')} from threads where id = $1 and tenant_id = $2 and user_id = $3 for no key update`,
    [threadId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? undefined : threadOf(row)),
  )
}

/** The same for many owners: each place's thread, if it is the owner's. */
export function lockOwnThreads(places: readonly Place[]): Statement<(Thread | undefined)[]> {
  return statement<ThreadRow & { position: number }, (Thread | undefined)[]>(
    `select ${columns.map((column) => `threads.${column}`).join(', ')}, position
     from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality as asked (id, tenant_id, user_id, position)
     join threads on threads.id = asked.id and threads.tenant_id = asked.tenant_id and threads.user_id = asked.user_id
     order by threads.id
     for no key update of threads`,
    [
      places.map(({ threadId }) => threadId),
      places.map(({ owner }) => owner.tenantId),
      places.map(({ owner }) => owner.userId),
    ],
    (rows) => {
      const threads = new Map(rows.map((row) => [row.position, threadOf(row)]))
      return places.map((_, index) => threads.get(index + 1))
    },
  )
}

/** Several owners' threads, always in the same order, so that two groups cannot wait for each other. */
export function lockThreads(threadIds: string[]): Statement<void> {
  return command('select id from threads where id = any($1::uuid[]) order by id for no key update', [
    threadIds,
  ])
}

export function threadExists(owner: Owner, threadId: string): Statement<boolean> {
  return statement(
    'select 1 from threads where id = $1 and tenant_id = $2 and user_id = $3',
    [threadId, owner.tenantId, owner.userId],
    (rows) => rows.length > 0,
  )
}

export function selectThreadsPage(
  owner: Owner,
  page: PageRequest,
  afterId: string | null,
): Statement<Thread[]> {
  const { comparison, order, edge } = directions[page.order]
  return statement<ThreadRow, Thread[]>(
    `select ${columns.join(', ')} from threads
     where tenant_id = $1 and user_id = $2 and seq > 0
       and seq ${comparison} (select coalesce(
         (select seq from threads where id = $3::uuid and tenant_id = $1 and user_id = $2), ${edge}))
     order by seq ${order}
     limit $4`,
    [owner.tenantId, owner.userId, afterId, page.limit + 1],
    (rows) => rows.map(threadOf),
  )
}

export function insertThread(owner: Owner, threadId: string, thread: Thread): Statement<void> {
  const fields = changeableFields(thread)
  return command(
    `insert into threads (id, tenant_id, user_id, created_at,
       title, status, status_reason, allowed_image_domains, metadata)
     values ($1, $2, $3, $4, $5, $6, $7, $8::text[], $9::jsonb)`,
    [
      threadId,
      owner.tenantId,
      owner.userId,
      thread.created_at,
      fields.title,
      fields.status,
      fields.status_reason,
      fields.allowed_image_domains,
      encodeJson(fields.metadata),
    ],
  )
}

/** What is saved of a thread. */
export interface ThreadChange extends Place {
  thread: Thread
  /** Only these fields: others may have been changed by somebody else. */
  changed: readonly ThreadField[]
}

/** Each thread once. With a fence, only for runs that are still behind it. */
export function updateThreads(changes: readonly ThreadChange[], fence: Fence = noFence): Statement<void> {
  const { tenantId, userId } = fencedOwner('saved')
  const fields = changes.map(({ thread }) => changeableFields(thread))
  return command(
    `update threads
     set title = case when 'title' = any(saved.changed::text[]) then saved.title else threads.title end,
         status = case when 'status' = any(saved.changed::text[]) then saved.status else threads.status end,
         status_reason = case when 'status' = any(saved.changed::text[]) then saved.status_reason
           else threads.status_reason end,
         allowed_image_domains = case when 'allowed_image_domains' = any(saved.changed::text[])
           then saved.allowed_image_domains::text[] else threads.allowed_image_domains end,
         metadata = case when 'metadata' = any(saved.changed::text[]) then saved.metadata::jsonb else threads.metadata end
     from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
         $10::text[], $11::text[])
       as saved (run_id, id, tenant_id, user_id, changed, title, status, status_reason, allowed_image_domains, metadata)
       ${joinFencing('saved')}
     where threads.id = saved.id and threads.tenant_id = ${tenantId} and threads.user_id = ${userId}
       and ${behindFence}`,
    [
      fence.processId,
      fence.runIds,
      changes.map(({ threadId }) => threadId),
      changes.map(({ owner }) => owner.tenantId),
      changes.map(({ owner }) => owner.userId),
      changes.map(({ changed }) => arrayText(changed)),
      fields.map(({ title }) => title),
      fields.map(({ status }) => status),
      fields.map(({ status_reason }) => status_reason),
      fields.map(({ allowed_image_domains: domains }) => (domains === null ? null : arrayText(domains))),
      textArray(fields.map(({ metadata }) => encodeJson(metadata))),
    ],
  )
}

/** Its items, runs, their logs and its attachments go with it. */
export function deleteThread(owner: Owner, threadId: string): Statement<boolean> {
  return statement(
    'delete from threads where id = $1 and tenant_id = $2 and user_id = $3 returning id',
    [threadId, owner.tenantId, owner.userId],
    (rows) => rows.length > 0,
  )
}

interface ChangeableFields {
  title: string | null
  status: ThreadStatus['type']
  status_reason: string | null
  allowed_image_domains: string[] | null
  metadata: JsonObject
}

function changeableFields({ title, status, allowed_image_domains, metadata }: Thread): ChangeableFields {
  const reason = status.type === 'active' ? undefined : status.reason
  return {
    title: title === undefined ? null : cleanText(title),
    status: status.type,
    status_reason: reason === undefined ? null : cleanText(reason),
    allowed_image_domains: allowed_image_domains?.map(cleanText) ?? null,
    metadata,
  }
}

export function threadOf(row: ThreadRow): Thread {
  return {
    id: encodeId('thr', row.id),
    created_at: row.created_at.toISOString(),
    ...(row.title === null ? {} : { title: row.title }),
    status: statusOf(row),
    ...(row.allowed_image_domains === null ? {} : { allowed_image_domains: row.allowed_image_domains }),
    metadata: row.metadata,
  }
}

function statusOf({ status, status_reason }: ThreadRow): ThreadStatus {
  if (status === 'active') return { type: status }
  return { type: status, ...(status_reason === null ? {} : { reason: status_reason }) }
}
