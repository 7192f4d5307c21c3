/**
 * Beginning turns, in groups: whoever asks at the same moment is stored in the same transaction.
 *
 *   turns ─▶ owners noted · threads locked · runs, then what those bring that began ─▶ committed
 *               │ refused
 *               └▶ each by itself
 *
 * Many owners' turns are one statement, so the engine's role writes them; the foreign keys see to it that what belongs to
 * a thread has the thread's owner, and every comparison here names the owner, too.
 */
import { ParleyError, notFound } from '../conversation/errors.ts'
import { decodeId } from '../conversation/ids.ts'
import type { Turn } from '../conversation/store.ts'
import { cleanText } from '../conversation/text.ts'
import { newThread, refuseUnlessActive } from '../conversation/threads.ts'
import type { Owner, Thread } from '../conversation/threads.ts'
import { engineScope, statement } from './database.ts'
import type { Database, Statement } from './database.ts'
import { createGroups } from './groups.ts'
import type { Groups } from './groups.ts'
import { encodeBody } from './items.ts'
import { eventGroup } from './run-events.ts'
import { insertOwners } from './tenants.ts'
import { answerIsBeingWritten } from './thread-transaction.ts'
import { lockOwnThreads } from './threads.ts'
import { textArray } from './wire-values.ts'

export interface OwnedTurn {
  owner: Owner
  turn: Turn
}

/** With UUIDs. */
interface TurnRow extends OwnedTurn {
  runId: string
  threadId: string
}

export function createTurns(database: Database): Groups<OwnedTurn, Thread> {
  return createGroups(async (entries) => {
    const rows = entries.map(rowOf)
    if (rows.length === 1) return [await settled(beginTogether(database, rows))]
    try {
      return await beginTogether(database, rows)
    } catch (error) {
      if (error instanceof ParleyError) throw error
      return Promise.all(rows.map((row) => settled(beginTogether(database, [row]))))
    }
  })
}

function rowOf({ owner, turn }: OwnedTurn): TurnRow {
  const runId = decodeId('run', turn.run.id)
  if (runId === null) throw new Error(`${turn.run.id} is no id of a run`)
  return { owner, turn, runId, threadId: decodeId('thr', turn.threadId) ?? nowhere }
}

/** What an id that is none of ours names. */
const nowhere = '00000000-0000-0000-0000-000000000000'

async function settled(work: Promise<PromiseSettledResult<Thread>[]>): Promise<PromiseSettledResult<Thread>> {
  try {
    const [result] = await work
    return result ?? { status: 'rejected', reason: new Error('There was no answer.') }
  } catch (reason) {
    return { status: 'rejected', reason }
  }
}

async function beginTogether(database: Database, rows: TurnRow[]): Promise<PromiseSettledResult<Thread>[]> {
  const creating = rows.filter(({ turn }) => turn.threadCreatedAt !== undefined)
  const joining = rows.filter(({ turn }) => turn.threadCreatedAt === undefined)
  const [known, , , begun] = await database.once(engineScope, [
    lockOwnThreads(joining),
    ...insertOwners(creating.map(({ owner }) => owner)),
    insertTurns(rows),
  ])
  const threads = new Map(joining.map((row, index) => [row, known[index]]))
  return rows.map((row) => outcome(row, threads.get(row), begun.has(row.runId)))
}

function outcome(
  { turn }: TurnRow,
  known: Thread | undefined,
  hasBegun: boolean,
): PromiseSettledResult<Thread> {
  try {
    const { threadId, threadCreatedAt } = turn
    const thread = threadCreatedAt === undefined ? known : newThread(threadId, threadCreatedAt)
    if (thread === undefined) throw notFound('Thread', threadId)
    refuseUnlessActive(thread)
    if (!hasBegun) throw answerIsBeingWritten()
    return { status: 'fulfilled', value: thread }
  } catch (reason) {
    return { status: 'rejected', reason }
  }
}

/**
 * One statement for all: a run that one of the two guards refuses (one running in a thread, one ever for a key) is not
 * inserted, and nothing else of its turn is either.
 */
function insertTurns(rows: readonly TurnRow[]): Statement<ReadonlySet<string>> {
  const groups = rows.map(({ runId, turn }) => eventGroup(runId, turn.events))
  return statement<{ id: string }, ReadonlySet<string>>(
    `with asked as (
       select asked.*, threads.status from unnest(
         $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::float8[], $8::text[], $9::text[],
         $10::text[], $11::timestamptz[], $12::text[], $13::bigint[], $14::bigint[], $15::text[]
       ) as asked (run_id, thread_id, tenant_id, user_id, thread_created_at, process_id, lease_seconds, idempotency_key,
           request_hash, item_id, item_created_at, item_body, first_seq, last_seq, events)
       left join threads on thread_created_at is null and threads.id = asked.thread_id
         and threads.tenant_id = asked.tenant_id and threads.user_id = asked.user_id
     ), begun as (
       insert into runs (id, tenant_id, user_id, thread_id, process_id, lease_expires_at, idempotency_key, request_hash)
       select run_id, tenant_id, user_id, thread_id, process_id, now() + make_interval(secs => lease_seconds),
         idempotency_key, request_hash
       from asked
       where thread_created_at is not null or status = 'active'
       on conflict do nothing
       returning id
     ), beginning as (
       select asked.* from asked join begun on begun.id = asked.run_id
     ), created as (
       insert into threads (id, tenant_id, user_id, created_at, status, metadata, last_item_seq)
       select thread_id, tenant_id, user_id, thread_created_at, 'active', '{}', 1
       from beginning where thread_created_at is not null
     ), counted as (
       update threads set last_item_seq = last_item_seq + 1
       from beginning where threads.id = beginning.thread_id and beginning.thread_created_at is null
       returning threads.id, threads.last_item_seq
     ), asking as (
       insert into items (thread_id, tenant_id, user_id, id, type, created_at, body, seq)
       select thread_id, tenant_id, user_id, item_id, 'user_message', item_created_at, item_body::jsonb,
         coalesce(counted.last_item_seq, 1)
       from beginning left join counted on counted.id = beginning.thread_id
     ), logged as (
       insert into run_events (run_id, first_seq, last_seq, tenant_id, user_id, events)
       select run_id, first_seq, last_seq, tenant_id, user_id, events from beginning where events is not null
     )
     select id from begun`,
    [
      rows.map(({ runId }) => runId),
      rows.map(({ threadId }) => threadId),
      rows.map(({ owner }) => owner.tenantId),
      rows.map(({ owner }) => owner.userId),
      rows.map(({ turn }) => turn.threadCreatedAt ?? null),
      rows.map(({ turn }) => turn.run.processId),
      rows.map(({ turn }) => turn.run.leaseSeconds),
      rows.map(({ turn }) =>
        turn.run.idempotencyKey === undefined ? null : cleanText(turn.run.idempotencyKey),
      ),
      rows.map(({ turn }) => turn.run.requestHash ?? null),
      rows.map(({ turn }) => cleanText(turn.message.id)),
      rows.map(({ turn }) => turn.message.created_at),
      textArray(rows.map(({ turn }) => encodeBody(turn.message))),
      groups.map((group) => group?.firstSeq ?? null),
      groups.map((group) => group?.lastSeq ?? null),
      textArray(groups.map((group) => group?.lines ?? null)),
    ],
    (begun) => new Set(begun.map(({ id }) => id)),
  )
}
