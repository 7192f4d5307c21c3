import { encodeId } from '../conversation/ids.ts'
import type { Usage } from '../conversation/model.ts'
import type { JournalEntry, NewRun, Run } from '../conversation/store.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import type { Place } from './items.ts'

interface RunRow {
  id: string
  thread_id: string
  status: Run['status']
  last_seq: number
  created_at: Date
  error: string | null
  usage: Usage | null
}

/** While it runs, the log knows its newest number; afterwards the row does, since logs are thrown away. */
const columns = `id, thread_id, status, created_at, error, usage,
  greatest(last_seq, coalesce(
    (select logged.last_seq from run_events as logged where logged.run_id = runs.id
     order by logged.first_seq desc limit 1), 0)) as last_seq`

export function selectRun(owner: Owner, runId: string): Statement<Run | undefined> {
  return statement<RunRow, Run | undefined>(
    `select ${columns} from runs where id = $1 and tenant_id = $2 and user_id = $3`,
    [runId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? undefined : runOf(row)),
  )
}

export function selectRunByIdempotencyKey(
  owner: Owner,
  key: string,
): Statement<{ run: Run; requestHash: string } | null> {
  return statement<RunRow & { request_hash: string | null }, { run: Run; requestHash: string } | null>(
    `select ${columns}, request_hash from runs
     where tenant_id = $1 and user_id = $2 and idempotency_key = $3`,
    [owner.tenantId, owner.userId, cleanText(key)],
    ([row]) => (row === undefined ? null : { run: runOf(row), requestHash: row.request_hash ?? '' }),
  )
}

export function selectNewestRun({ owner, threadId }: Place): Statement<Run | null> {
  return statement<RunRow, Run | null>(
    `select ${columns} from runs
     where thread_id = $1 and tenant_id = $2 and user_id = $3
     order by seq desc
     limit 1`,
    [threadId, owner.tenantId, owner.userId],
    ([row]) => (row === undefined ? null : runOf(row)),
  )
}

export function runExists(owner: Owner, runId: string): Statement<boolean> {
  return statement(
    'select 1 from runs where id = $1 and tenant_id = $2 and user_id = $3',
    [runId, owner.tenantId, owner.userId],
    (rows) => rows.length > 0,
  )
}

/** Two unique indexes stand guard: one run at a time in a thread, one run ever for an idempotency key. */
export function insertRun({ owner, threadId }: Place, runId: string, run: NewRun): Statement<void> {
  return command(
    `insert into runs (id, tenant_id, user_id, thread_id, process_id, lease_expires_at, idempotency_key, request_hash)
     values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6), $7, $8)`,
    [
      runId,
      owner.tenantId,
      owner.userId,
      threadId,
      run.processId,
      run.leaseSeconds,
      run.idempotencyKey === undefined ? null : cleanText(run.idempotencyKey),
      run.requestHash ?? null,
    ],
  )
}

/** Resolves with whether it was running. */
export function noteCancel(owner: Owner, runId: string): Statement<boolean> {
  return statement(
    `update runs set cancel_requested_at = coalesce(cancel_requested_at, now())
     where id = $1 and tenant_id = $2 and user_id = $3 and status = 'running'
     returning id`,
    [runId, owner.tenantId, owner.userId],
    (rows) => rows.length > 0,
  )
}

/** How a run ends, and the number of the last event that says so. */
export interface RunEnding {
  runId: string
  lastSeq: number
  end: NonNullable<JournalEntry['end']>
}

/** Keeps the process's name, so that the same end written twice is recognised. */
export function endRuns(processId: string, endings: readonly RunEnding[]): Statement<void> {
  return command(
    `update runs set status = ending.status, error = ending.error, usage = ending.usage, ended_at = now(),
       last_seq = greatest(ending.last_seq, coalesce(
         (select logged.last_seq from run_events as logged where logged.run_id = runs.id
          order by logged.first_seq desc limit 1), 0))
     from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::jsonb[])
       as ending (run_id, last_seq, status, error, usage)
     where runs.id = ending.run_id and runs.process_id = $1 and runs.status = 'running'`,
    [
      processId,
      endings.map(({ runId }) => runId),
      endings.map(({ lastSeq }) => lastSeq),
      endings.map(({ end }) => end.status),
      endings.map(({ end }) => (end.error === undefined ? null : cleanText(end.error))),
      endings.map(({ end }) => (end.usage === undefined ? null : encodeJson(end.usage))),
    ],
  )
}

function runOf(row: RunRow): Run {
  return {
    id: encodeId('run', row.id),
    threadId: encodeId('thr', row.thread_id),
    status: row.status,
    lastSeq: row.last_seq,
    createdAt: row.created_at.toISOString(),
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.usage === null ? {} : { usage: row.usage }),
  }
}
