/** The log: a row per run and group of events, the events in it as lines of JSON. */
import { textDelta } from '../conversation/events.ts'
import type { SequencedEvent } from '../conversation/events.ts'
import type { Owner } from '../conversation/threads.ts'
import { command, statement } from './database.ts'
import type { Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import { textArray } from './wire-values.ts'

/** What one tick adds to one run's log. */
export interface EventGroup {
  /** The run's UUID. */
  runId: string
  firstSeq: number
  lastSeq: number
  lines: string
}

/** Null when there are no events. */
export function eventGroup(runId: string, events: readonly SequencedEvent[]): EventGroup | null {
  const first = events[0]
  const last = events.at(-1)
  if (first === undefined || last === undefined) return null
  return { runId, firstSeq: first.seq, lastSeq: last.seq, lines: events.map(encodeEvent).join('\n') }
}

/** As `encodeJson` would: for a piece of text by hand, since nearly all events are that. */
function encodeEvent(numbered: SequencedEvent): string {
  const delta = textDelta(numbered.event)
  if (delta === undefined) return encodeJson(numbered)
  return (
    `{"seq":${numbered.seq},"event":{"type":"item-updated","item_id":${encodeJson(delta.itemId)},"update":` +
    `{"type":"assistant_message.content_part.text_delta","content_index":${delta.index},"delta":${encodeJson(delta.text)}}}}`
  )
}

/** The hot statement. Writes what the process still holds, says which runs those are, and writes nothing twice. */
export function appendGroups(processId: string, runIds: string[], groups: EventGroup[]): Statement<string[]> {
  return statement<{ id: string }, string[]>(
    `with held as (
       select id, tenant_id, user_id from runs
       where id = any($2::uuid[]) and process_id = $1 and status = 'running'
       order by id
       for share
     ), written as (
       insert into run_events (run_id, first_seq, last_seq, tenant_id, user_id, events)
       select held.id, added.first_seq, added.last_seq, held.tenant_id, held.user_id, added.events
       from unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::text[])
         as added (run_id, first_seq, last_seq, events)
       join held on held.id = added.run_id
       on conflict (run_id, first_seq) do nothing
     )
     select id from held`,
    [
      processId,
      runIds,
      groups.map((group) => group.runId),
      groups.map((group) => group.firstSeq),
      groups.map((group) => group.lastSeq),
      textArray(groups.map((group) => group.lines)),
    ],
    (rows) => rows.map((row) => row.id),
  )
}

/** The first of a run that is being begun in the same transaction. */
export function insertGroup(owner: Owner, group: EventGroup): Statement<void> {
  return command(
    `insert into run_events (run_id, first_seq, last_seq, tenant_id, user_id, events)
     values ($1, $2, $3, $4, $5, $6)`,
    [group.runId, group.firstSeq, group.lastSeq, owner.tenantId, owner.userId, group.lines],
  )
}

/** How many groups are looked at for one answer: keeps the sum over their sizes short. */
const groupsMax = 2_000

/** Whole groups until they reach `bytesMax`; the first of them always. */
export function selectEvents(
  owner: Owner,
  runId: string,
  afterSeq: number,
  bytesMax: number,
): Statement<{ events: SequencedEvent[]; isAll: boolean }> {
  return statement<{ events: string; groups: number }, { events: SequencedEvent[]; isAll: boolean }>(
    `select events, groups::integer from (
       select first_seq, events, count(*) over () as groups,
         sum(octet_length(events)) over (order by first_seq) - octet_length(events) as bytes_before
       from (
         select first_seq, events from run_events
         where run_id = $1 and tenant_id = $2 and user_id = $3 and last_seq > $4
         order by first_seq
         limit ${groupsMax}
       ) as following
     ) as measured
     where bytes_before < $5
     order by first_seq`,
    [runId, owner.tenantId, owner.userId, afterSeq, bytesMax],
    (rows) => ({
      events: rows.flatMap((row) => eventsOf(row.events)).filter((numbered) => numbered.seq > afterSeq),
      isAll: rows.length < groupsMax && rows.length === (rows[0]?.groups ?? 0),
    }),
  )
}

export function selectLog(runId: string): Statement<SequencedEvent[]> {
  return statement<{ events: string }, SequencedEvent[]>(
    'select events from run_events where run_id = $1 order by first_seq',
    [runId],
    (rows) => rows.flatMap((row) => eventsOf(row.events)),
  )
}

/** Resolves with how many runs lost their logs: at most `limit`. */
export function deleteOldLogs(endedSecondsAgo: number, limit: number): Statement<number> {
  return statement<{ count: number }, number>(
    `with old as (
       select id from runs
       where ended_at < now() - make_interval(secs => $1) and not log_deleted
       order by ended_at
       limit $2
       for no key update skip locked
     ), deleted as (
       delete from run_events using old where run_events.run_id = old.id
     ), marked as (
       update runs set log_deleted = true from old where runs.id = old.id returning runs.id
     )
     select count(*) as count from marked`,
    [endedSecondsAgo, limit],
    ([row]) => row?.count ?? 0,
  )
}

/** Our own lines, so they are what `eventGroup` wrote. */
function eventsOf(lines: string): SequencedEvent[] {
  return lines.split('\n').map((line) => JSON.parse(line) as SequencedEvent)
}
