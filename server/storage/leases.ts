/** Who drives which run, and until when: by the database's clock, which all processes share. */
import { encodeId } from '../conversation/ids.ts'
import type { AbandonedRun, HeldRun } from '../conversation/store.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'

/** By their ids: a run that its process has forgotten must run out, or it would go on for ever. */
export function renewLeases(processId: string, leaseSeconds: number, runIds: string[]): Statement<HeldRun[]> {
  return statement<{ id: string; cancel_requested: boolean }, HeldRun[]>(
    `with mine as (
       select id from runs
       where id = any($3::uuid[]) and process_id = $1 and status = 'running'
       order by id
       for no key update
     )
     update runs set lease_expires_at = now() + make_interval(secs => $2)
     from mine where runs.id = mine.id
     returning runs.id, cancel_requested_at is not null as cancel_requested`,
    [processId, leaseSeconds, runIds],
    (rows) => rows.map((row) => ({ runId: encodeId('run', row.id), cancelRequested: row.cancel_requested })),
  )
}

interface AbandonedRow {
  id: string
  thread_id: string
  tenant_id: string
  user_id: string
}

/** Never those that were taken over under the same name: they are being settled. */
export function takeOver(processId: string, leaseSeconds: number, limit: number): Statement<AbandonedRun[]> {
  return statement<AbandonedRow, AbandonedRun[]>(
    `with abandoned as (
       select id from runs
       where ended_at is null and lease_expires_at <= now() and process_id is distinct from $1
       order by lease_expires_at
       limit $3
       for no key update skip locked
     )
     update runs set process_id = $1, lease_expires_at = now() + make_interval(secs => $2)
     from abandoned where runs.id = abandoned.id
     returning runs.id, thread_id, tenant_id, user_id`,
    [processId, leaseSeconds, limit],
    (rows) =>
      rows.map((row) => ({
        runId: encodeId('run', row.id),
        threadId: encodeId('thr', row.thread_id),
        owner: { tenantId: row.tenant_id, userId: row.user_id },
      })),
  )
}

export function releaseLeases(processId: string): Statement<void> {
  return command(
    `with mine as (
       select id from runs where process_id = $1 and ended_at is null order by id for no key update
     )
     update runs set process_id = null, lease_expires_at = now() from mine where runs.id = mine.id`,
    [processId],
  )
}

export function releaseLease(processId: string, runId: string): Statement<void> {
  return command(
    `update runs set process_id = null, lease_expires_at = now()
     where id = $2 and process_id = $1 and status = 'running'`,
    [processId, runId],
  )
}

/** For an engine that is the only process: whoever held a lease before it started is dead. */
export function releaseAllLeases(): Statement<void> {
  return command('update runs set process_id = null, lease_expires_at = now() where ended_at is null')
}

/** Which of the runs this process has ended itself. */
export function selectEndedBy(processId: string, runIds: string[]): Statement<string[]> {
  return statement<{ id: string }, string[]>(
    `select id from runs where id = any($2::uuid[]) and process_id = $1 and status <> 'running'`,
    [processId, runIds],
    (rows) => rows.map((row) => row.id),
  )
}
