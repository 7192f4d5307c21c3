import { encodeId } from '../conversation/ids.ts'
import type { JsonObject } from '../conversation/items.ts'
import { threadFields } from '../conversation/threads.ts'
import type { Owner, PageRequest, Thread, ThreadStatus, ThreadField } from '../conversation/threads.ts'
import { cleanText } from '../conversation/text.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import { directions } from './pages.ts'

interface ThreadRow {
  id: string
  created_at: Date
  title: string | null
  status: ThreadStatus['type']
  status_reason: string | null
  allowed_image_domains: string[] | null
  metadata: JsonObject
}

const columns = 'id, created_at, title, status, status_reason, allowed_image_domains, metadata'

export function selectThread(owner: Owner, threadId: string): Statement<Thread | undefined> {
  return statement<ThreadRow, Thread | undefined>(
    `select ${columns} from threads where id = $1 and tenant_id = $2 and user_id = $3`,
    [threadId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? undefined : threadOf(row)),
  )
}

/** Nobody else changes the thread or adds to it until the transaction is over. Others may read it. */
export function lockThread(owner: Owner, threadId: string): Statement<Thread | undefined> {
  return statement<ThreadRow, Thread | undefined>(
    `select ${columns} from threads where id = $1 and tenant_id = $2 and user_id = $3 for no key update`,
    [threadId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? undefined : threadOf(row)),
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
    `select ${columns} from threads
     where tenant_id = $1 and user_id = $2
       and seq ${comparison} (select coalesce(
         (select seq from threads where id = $3::uuid and tenant_id = $1 and user_id = $2), ${edge}))
     order by seq ${order}
     limit $4`,
    [owner.tenantId, owner.userId, afterId, page.limit + 1],
    (rows) => rows.map(threadOf),
  )
}

export function insertThread(owner: Owner, threadId: string, thread: Thread): Statement<void> {
  return command(
    `insert into threads (id, tenant_id, user_id, created_at,
       title, status, status_reason, allowed_image_domains, metadata)
     values ($1, $2, $3, $4, $5, $6, $7, $8::text[], $9::jsonb)`,
    [threadId, owner.tenantId, owner.userId, thread.created_at, ...changeableValues(thread)],
  )
}

/** Only the fields that have changed: others may have been changed by somebody else. */
export function updateThread(
  owner: Owner,
  threadId: string,
  thread: Thread,
  changed: readonly ThreadField[] = threadFields,
): Statement<void> {
  return command(
    `update threads
     set title = case when 'title' = any($9::text[]) then $4 else title end,
         status = case when 'status' = any($9::text[]) then $5 else status end,
         status_reason = case when 'status' = any($9::text[]) then $6 else status_reason end,
         allowed_image_domains = case when 'allowed_image_domains' = any($9::text[]) then $7::text[]
           else allowed_image_domains end,
         metadata = case when 'metadata' = any($9::text[]) then $8::jsonb else metadata end
     where id = $1 and tenant_id = $2 and user_id = $3`,
    [threadId, owner.tenantId, owner.userId, ...changeableValues(thread), [...changed]],
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

function changeableValues(thread: Thread): (string | string[] | null)[] {
  const reason = thread.status.type === 'active' ? undefined : thread.status.reason
  return [
    cleanOrNull(thread.title),
    thread.status.type,
    cleanOrNull(reason),
    thread.allowed_image_domains?.map(cleanText) ?? null,
    encodeJson(thread.metadata),
  ]
}

function cleanOrNull(text: string | undefined): string | null {
  return text === undefined ? null : cleanText(text)
}

function threadOf(row: ThreadRow): Thread {
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
