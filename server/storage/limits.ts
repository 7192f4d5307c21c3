/**
 * Limits in the database, for all processes that share it. All who ask a process at the same moment are one message and one
 * transaction: take the locks of their keys, then look, decide and write in one statement for all of them, which sees everything
 * that was written under those locks before. Who asks for the same key as somebody before them is in the next wave:
 *
 *   a b · c d · a c ─▶ locks of a b c d ─▶ [a b · c d] ─▶ [a c]
 *
 * Keys are keyed hashes (limits/limiter.ts), so these tables hold nobody's data; only the engine's role reaches them, so
 * nothing that acts for a user can give itself more. How it is counted stands in limits/window.ts.
 */
import type { Demand, Lease, LimitStore, Reply } from '../limits/limits.ts'
import { command, engineScope, statement } from './database.ts'
import type { Database, Statement } from './database.ts'
import { createGroups } from './groups.ts'

export interface DatabaseLimitOptions {
  /** Milliseconds since 1970, for tests. Default: the database's clock, which all processes share. */
  now?: () => number
}

/** Two would only wait for each other's locks. */
const oneAtOnce = { groupsAtOnceMax: 1, restMillisecondsMax: 5 }

export function createDatabaseLimits(database: Database, { now }: DatabaseLimitOptions = {}): LimitStore {
  const moment = (): number | null => now?.() ?? null
  const admissions = createGroups<Demand, Reply>(async (demands) => {
    const waves = wavesOf(demands)
    const [, ...answered] = await database.once(engineScope, [
      lockKeys(demands),
      ...waves.map((wave) => admit(wave, moment())),
    ])
    const replies = new Map(answered.flatMap((wave) => [...wave]))
    return demands.map((demand) => {
      const value = replies.get(demand)
      if (value === undefined) return { status: 'rejected', reason: new Error('There was no answer.') }
      return { status: 'fulfilled', value }
    })
  }, oneAtOnce)
  return {
    admit: (demand) => admissions.add(demand),
    async renew(leases, leaseMilliseconds) {
      await database.once(engineScope, [renewLeases(leases, leaseMilliseconds, moment())])
    },
    async release(leases) {
      await database.once(engineScope, [deleteLeases(leases.map(({ leaseId }) => leaseId))])
    },
    async sweep() {
      await database.once(engineScope, [sweepWindows(moment()), sweepLeases(moment())])
    },
    // The database is somebody else's.
    async close() {},
  }
}

/** Any number will do that no other lock of two numbers has. */
const lockClass = 7_275_395

/** Until the transaction's end. In the order of their numbers, so that nobody waits in a circle. */
function lockKeys(demands: readonly Demand[]): Statement<void> {
  const keys = demands.flatMap(({ windows, places }) => [...windows, ...places])
  const locks = new Set(keys.map(({ key }) => Buffer.from(key, 'base64url').readInt32BE()))
  return command('select pg_advisory_xact_lock($1, asked.lock) from unnest($2::integer[]) as asked (lock)', [
    lockClass,
    [...locks].toSorted((one, other) => one - other),
  ])
}

/** In each wave every key is asked for once, and whoever asked for it before is in a wave before. */
function wavesOf(demands: readonly Demand[]): Demand[][] {
  const waves: Demand[][] = []
  const next = new Map<string, number>()
  for (const demand of demands) {
    const keys = [...demand.windows, ...demand.places].map(({ key }) => key)
    const number = Math.max(0, ...keys.map((key) => next.get(key) ?? 0))
    for (const key of keys) next.set(key, number + 1)
    const wave = (waves[number] ??= [])
    wave.push(demand)
  }
  return waves
}

interface AdmitRow {
  kind: 'window' | 'place'
  demand: number
  admitted: boolean
  used: number
  next: number
}

/** Milliseconds since 1970: what was handed in, or what this moment is, not the transaction's beginning before the locks. */
const moment = `moment as materialized (
  select coalesce($1::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
)`

/**
 * The next slice's end and a window later, as `freeAtOf` has it. `demand` is the place in the wave, `place` that in the arrays,
 * and a demand that any of its keys refuses writes nothing.
 */
const admitTogether = `with ${moment},
  asked as materialized (
    select demand, place, key, most, span, now, ceil(span / 60.0)::bigint as slice,
      (now / ceil(span / 60.0)::bigint + 1) * ceil(span / 60.0)::bigint + span as mine
    from moment, unnest($2::integer[], $3::text[], $4::integer[], $5::bigint[])
      with ordinality as asked (demand, key, most, span, place)
  ),
  uses as materialized (
    select asked.place, entry.free_at, entry.count,
      sum(entry.count) over (partition by asked.place) as used,
      sum(entry.count) over (partition by asked.place order by entry.free_at) as back
    from asked
      join limit_windows on limit_windows.key = asked.key
      cross join lateral unnest(limit_windows.free_at, limit_windows.counts) as entry (free_at, count)
    where entry.free_at > asked.now and entry.free_at <= asked.now + asked.span + asked.slice
  ),
  counted as materialized (
    select asked.place, coalesce(max(uses.used), 0) as used,
      min(uses.free_at) filter (where uses.used - uses.back < least(uses.used, asked.most)) as next
    from asked left join uses on uses.place = asked.place
    group by asked.place
  ),
  wanted as materialized (
    select demand, place, key, lease_id, most, lease, now
    from moment, unnest($6::integer[], $7::text[], $8::text[], $9::integer[], $10::bigint[])
      with ordinality as wanted (demand, key, lease_id, most, lease, place)
  ),
  held as materialized (
    select wanted.place, count(limit_leases.lease_id) as used
    from wanted left join limit_leases on limit_leases.key = wanted.key
      and limit_leases.expires_at > wanted.now and limit_leases.expires_at <= wanted.now + wanted.lease
    group by wanted.place
  ),
  refused as materialized (
    select demand from asked join counted using (place) where used >= most
    union
    select demand from wanted join held using (place) where used >= most
  ),
  written as (
    insert into limit_windows (key, free_at, counts, expires_at)
    select key, array_agg(free_at order by free_at), array_agg(count order by free_at), max(free_at)
    from (
      select asked.key, each.free_at, sum(each.count)::integer as count
      from asked join (
        select place, free_at, count from uses union all select place, mine, 1 from asked
      ) as each using (place)
      where asked.demand not in (select demand from refused)
      group by asked.key, each.free_at
    ) as merged
    group by key
    on conflict (key) do update
      set free_at = excluded.free_at, counts = excluded.counts, expires_at = excluded.expires_at
  ),
  taken as (
    insert into limit_leases (lease_id, key, expires_at)
    select lease_id, key, now + lease from wanted where demand not in (select demand from refused)
  ),
  answered as (
    select 'window' as kind, demand, place, used, next, now, span, mine from asked join counted using (place)
    union all
    select 'place', demand, place, used, now, now, 0, now from wanted join held using (place)
  )
  select kind, demand, admitted, used + admitted::integer as used,
    coalesce(case when admitted then least(next, mine) else next end - now, span) as next
  from (select answered.*, demand not in (select demand from refused) as admitted from answered) as judged
  order by place`

function admit(wave: readonly Demand[], now: number | null): Statement<ReadonlyMap<Demand, Reply>> {
  const windows = wave.flatMap((demand, index) => demand.windows.map((window) => ({ ...window, index })))
  const places = wave.flatMap((demand, index) => {
    const { leaseMilliseconds } = demand
    return demand.places.map((place) => ({ ...place, leaseMilliseconds, index }))
  })
  return statement<AdmitRow, ReadonlyMap<Demand, Reply>>(
    admitTogether,
    [
      now,
      windows.map(({ index }) => index),
      windows.map(({ key }) => key),
      windows.map(({ requestsMax }) => requestsMax),
      windows.map(({ windowMilliseconds }) => windowMilliseconds),
      places.map(({ index }) => index),
      places.map(({ key }) => key),
      places.map(({ leaseId }) => leaseId),
      places.map(({ concurrentMax }) => concurrentMax),
      places.map(({ leaseMilliseconds }) => leaseMilliseconds),
    ],
    (rows) => {
      const rowsOf = wave.map((): AdmitRow[] => [])
      for (const row of rows) rowsOf[row.demand]?.push(row)
      return new Map(wave.map((demand, index) => [demand, replyOf(rowsOf[index] ?? [])]))
    },
  )
}

function replyOf(rows: readonly AdmitRow[]): Reply {
  return {
    admitted: rows[0]?.admitted ?? true,
    windows: rows
      .filter(({ kind }) => kind === 'window')
      .map(({ used, next }) => ({ used: Number(used), nextMilliseconds: Number(next) })),
    places: rows.filter(({ kind }) => kind === 'place').map(({ used }) => ({ used: Number(used) })),
  }
}

/** What ran out, or was lost with the database's memory, is there again: somebody still works under it. */
function renewLeases(
  leases: readonly Lease[],
  leaseMilliseconds: number,
  now: number | null,
): Statement<void> {
  return command(
    `with ${moment}
     insert into limit_leases (lease_id, key, expires_at)
     select lease_id, key, now + $4 from moment, unnest($2::text[], $3::text[]) as held (lease_id, key)
     order by lease_id
     on conflict (lease_id) do update set expires_at = excluded.expires_at`,
    [now, leases.map(({ leaseId }) => leaseId), leases.map(({ key }) => key), leaseMilliseconds],
  )
}

function deleteLeases(leaseIds: readonly string[]): Statement<void> {
  return command(
    `delete from limit_leases where lease_id in (
       select lease_id from limit_leases where lease_id = any($1::text[]) order by lease_id for update
     )`,
    [leaseIds],
  )
}

const sweptMax = 10_000

/** What somebody is at, is not swept: it counts again. */
function sweepWindows(now: number | null): Statement<void> {
  return command(
    `with ${moment}, done as (
       select key from moment, limit_windows where expires_at <= now limit ${sweptMax} for update of limit_windows skip locked
     )
     delete from limit_windows using done where limit_windows.key = done.key`,
    [now],
  )
}

function sweepLeases(now: number | null): Statement<void> {
  return command(
    `with ${moment}, done as (
       select lease_id from moment, limit_leases where expires_at <= now limit ${sweptMax} for update of limit_leases skip locked
     )
     delete from limit_leases using done where limit_leases.lease_id = done.lease_id`,
    [now],
  )
}
