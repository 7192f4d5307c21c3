/**
 * Twelve months of conversations in a real Postgres, in our own schema, and what then becomes slow, large or hard to get rid of.
 * The figures of `decisions/0060-past-one-database.md` come from here:
 *
 *   node scripts/bench.mjs --help    # once, so that everything is compiled
 *   node bench/simulation/growth.mjs [--turns 120000] [--months 12]
 *
 * Months, not seconds: rows are written by statements of its own, in the order in which they would have come, with ids that carry
 * their month. What a turn writes is modelled on what the server writes for an answer of 1,500 characters.
 */
import { mkdtempSync, chmodSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { findPostgres, startPostgres } from '../dist/postgres-cluster.js'
import { openDatabase } from '../../server/dist/storage/open.js'

const { values } = parseArgs({
  options: { turns: { type: 'string', default: '120000' }, months: { type: 'string', default: '12' } },
})
const months = Number(values.months)
const turnsPerMonth = Math.floor(Number(values.turns) / months)
const turns = turnsPerMonth * months
const turnsPerThread = 4
const tenants = 200
const usersPerTenant = 50

async function simulate() {
  await client.query(`set synchronous_commit = off; set maintenance_work_mem = '256MB'; set jit = off`)
  await client.query(functions)
  await client.query(owners)
  say(
    `Postgres ${cluster.version}; ${turns} turns in ${months} months, ${tenants * usersPerTenant} users of ${tenants} tenants\n`,
  )

  say('## Growth: the same questions at more and more months\n')
  const seen = []
  const walBefore = await walBytes()
  for (let month = 0; month < months; month += 1) {
    await fillMonth(month)
    if ([1, 3, 6, 12].includes(month + 1)) {
      await client.query('vacuum analyze')
      seen.push({ months: month + 1, ...(await askAll('items')) })
    }
  }
  const wal = (await walBytes()) - walBefore
  table(seen)

  say('\n## Size: a turn costs\n')
  table(await sizes())
  say(`\nWAL: ${bytes(wal / turns)} a turn`)

  await measureLogs()
  await measureRetention()
  await measurePartitions()
  await measureTenants()
}

async function fillMonth(month) {
  await client.query(fill, [month, turnsPerMonth, turnsPerThread, tenants, usersPerTenant])
}

/** The middle of 200 askings each, in microseconds, with the plan's own clock: no network, no parsing of answers. */
async function askAll(items) {
  const { rows } = await client.query(
    `select id, tenant_id, user_id from threads tablesample system (20) order by random() limit 200`,
  )
  const page = await middle(rows, ({ id, tenant_id: tenant, user_id: user }) => [
    `select id, seq, body from ${items} where thread_id = $1 and tenant_id = $2 and user_id = $3 order by seq desc limit 20`,
    [id, tenant, user],
  ])
  const item = await middle(rows, ({ id, tenant_id: tenant, user_id: user }) => [
    `select body from ${items} where thread_id = $1 and tenant_id = $2 and user_id = $3 and id = 'i1'`,
    [id, tenant, user],
  ])
  const list = await middle(rows, ({ tenant_id: tenant, user_id: user }) => [
    `select id, title from threads where tenant_id = $1 and user_id = $2 order by seq desc limit 20`,
    [tenant, user],
  ])
  const running = await middle(rows, ({ id }) => [
    `select id from runs where thread_id = $1 and status = 'running'`,
    [id],
  ])
  return {
    'newest page µs': page,
    'one item µs': item,
    'threads of a user µs': list,
    'running run µs': running,
  }
}

async function middle(rows, questionOf) {
  // As our own sessions are set.
  await client.query(
    `set enable_seqscan = off; set enable_bitmapscan = off; set plan_cache_mode = force_generic_plan`,
  )
  const times = []
  for (const row of rows) {
    const [text, values] = questionOf(row)
    const { rows: plan } = await client.query(`explain (analyze, timing off, format json) ${text}`, values)
    const { 'Planning Time': planning, 'Execution Time': execution } = plan[0]['QUERY PLAN'][0]
    times.push(1_000 * (planning + execution))
  }
  await client.query('reset enable_seqscan; reset enable_bitmapscan; reset plan_cache_mode')
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)]?.toFixed(0)
}

async function sizes() {
  const { rows } = await client.query(
    `select relname as name, pg_table_size(oid) as heap, pg_indexes_size(oid) as indexes from pg_class
     where relname in ('threads', 'items', 'runs', 'run_events') order by 1`,
  )
  const perTurn = rows.map(({ name, heap, indexes }) => ({
    name,
    heap: Number(heap) / turns,
    indexes: Number(indexes) / turns,
    // Logs of ended runs are kept for an hour.
    days: name === 'run_events' ? 1 / 24 : 365,
  }))
  const yearly = (perDay, those = perTurn) =>
    bytes(those.reduce((sum, { heap, indexes, days }) => sum + (heap + indexes) * days * perDay, 0))
  const perDays = [1_000, 100_000, 1_000_000]
  return [
    ...perTurn.map((each) => ({ title: each.name, those: [each] })),
    { title: 'all of it', those: perTurn },
  ].map(({ title, those }) => ({
    'a turn': title,
    rows: bytes(those.reduce((sum, { heap }) => sum + heap, 0)),
    indexes: bytes(those.reduce((sum, { indexes }) => sum + indexes, 0)),
    ...Object.fromEntries(
      perDays.map((perDay) => [
        `after a year of ${perDay.toLocaleString('en')} turns a day`,
        yearly(perDay, those),
      ]),
    ),
  }))
}

/** What the server does every so often by itself: an ended run needs no log. */
async function measureLogs() {
  say('\n## Logs: the server keeps those of ended runs for an hour; all the others thrown away at once\n')
  const before = await sizeOf('run_events')
  const deleted = await timed(
    `delete from run_events using runs where runs.id = run_events.run_id and runs.ended_at < $1`,
    [startOf(months)],
  )
  const vacuumed = await timed('vacuum run_events')
  const after = await sizeOf('run_events')
  await fillMonth(months)
  table([
    {
      'rows deleted': deleted.rows,
      delete: deleted.took,
      vacuum: vacuumed.took,
      WAL: bytes(deleted.wal + vacuumed.wal),
      'size before': bytes(before),
      'after vacuum': bytes(after),
      'after another month': bytes(await sizeOf('run_events')),
    },
  ])
}

/** Conversations of a month, by who has waited long enough. */
async function measureRetention() {
  say('\n## The oldest month taken away, row by row\n')
  const before = await sizeOf('items')
  const deleted = await timed(`delete from threads where created_at < $1`, [startOf(1)])
  const vacuumed = await timed('vacuum threads, items, runs')
  table([
    {
      'threads deleted': deleted.rows,
      delete: deleted.took,
      vacuum: vacuumed.took,
      WAL: bytes(deleted.wal + vacuumed.wal),
      'items before': bytes(before),
      'items after': bytes(await sizeOf('items')),
    },
  ])
}

/** A thread's id carries when it began, so a range of ids is a month, and every question about items names a thread. */
async function measurePartitions() {
  say('\n## items in partitions by ranges of thread ids\n')
  const seen = [{ partitions: 'none', ...(await askAll('items')) }]
  for (const parts of [months, months * 10]) {
    const name = `items_in_${parts}`
    const columns = '(like items including defaults)'
    await client.query(`create table ${name} ${columns} partition by range (thread_id)`)
    for (let part = 0; part < parts; part += 1) {
      const [from, to] = [part, part + 1].map((each) => bound((each * (months + 1)) / parts))
      await client.query(
        `create table ${name}_${part} partition of ${name} for values from ('${from}') to ('${to}')`,
      )
    }
    await client.query(`insert into ${name} select * from items`)
    await client.query(`alter table ${name} add primary key (thread_id, id), add unique (thread_id, seq)`)
    await client.query(`analyze ${name}`)
    seen.push({ partitions: parts, ...(await askAll(name)) })
  }
  table(seen)
  const { rows } = await client.query(`select count(*)::int as rows from items_in_${months}_1`)
  const dropped = await timed(`drop table items_in_${months}_1`)
  say(
    `\nA month dropped as a partition (${rows[0].rows} rows): ${dropped.took}, ${bytes(dropped.wal)} of WAL`,
  )
}

async function measureTenants() {
  say('\n## The newest threads of a tenant, by how many its neighbours are\n')
  const question = `select id from threads where tenant_id = $1 order by seq desc limit 20`
  const row = { tenant_id: 't1' }
  const own = await middle(Array(50).fill(row), ({ tenant_id: tenant }) => [question, [tenant]])
  await client.query(
    `insert into tenants select 'n' || n from generate_series(1, 20000) as n;
     insert into users select 'n' || n, 'u1' from generate_series(1, 20000) as n;
     insert into threads (id, tenant_id, user_id, created_at, status, metadata)
       select id_at(clock_timestamp()), 'n' || (n % 20000 + 1), 'u1', now(), 'active', '{}' from generate_series(1, 100000) as n;
     analyze threads`,
  )
  const many = await middle(Array(50).fill(row), ({ tenant_id: tenant }) => [question, [tenant]])
  table([
    { tenants, µs: own },
    { tenants: tenants + 20_000, µs: many },
  ])
}

async function timed(text, parameters = []) {
  const [wal, begun] = [await walBytes(), performance.now()]
  const { rowCount } = await client.query(text, parameters)
  const seconds = (performance.now() - begun) / 1_000
  return { rows: rowCount, took: `${seconds.toFixed(2)} s`, wal: (await walBytes()) - wal }
}

async function walBytes() {
  const { rows } = await client.query(`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes`)
  return Number(rows[0].bytes)
}

async function sizeOf(name) {
  const { rows } = await client.query('select pg_total_relation_size($1::regclass) as bytes', [name])
  return Number(rows[0].bytes)
}

function startOf(month) {
  return new Date(Date.UTC(2025, month, 1))
}

/** The least id of a moment `month` months after the first. */
function bound(month) {
  const whole = Math.floor(month)
  const [from, to] = [startOf(whole).getTime(), startOf(whole + 1).getTime()]
  const hex = Math.floor(from + (month - whole) * (to - from))
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  let number = count
  for (; number >= 1_024 && unit < units.length - 1; unit += 1) number /= 1_024
  return `${number.toFixed(number < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`
}

function table(rows) {
  const names = Object.keys(rows[0])
  const lines = [names, names.map(() => '---'), ...rows.map((row) => names.map((name) => row[name]))]
  for (const line of lines) say(`| ${line.join(' | ')} |`)
}

function say(text) {
  process.stdout.write(`${text}\n`)
}

/** Ids like ours (UUIDv7) of any moment, and text that compresses as words do. */
const functions = `
  create function id_at(at timestamptz) returns uuid language sql volatile as $$
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 19))::uuid
  $$;
  create function words(length integer) returns text language sql volatile as $$
    select string_agg(substr(md5(random()::text), 1, 2 + (random() * 6)::integer), ' ') from generate_series(1, length / 6)
  $$`

const owners = `
  insert into tenants select 't' || n from generate_series(1, ${tenants}) as n;
  insert into users select 't' || t, 'u' || u from generate_series(1, ${tenants}) as t, generate_series(1, ${usersPerTenant}) as u`

/** $1 the month, $2 its turns, $3 turns of a thread, $4 tenants, $5 users of each. Few of them say most of it. */
const fill = `
  with begun as (
    select n, '2025-01-01'::timestamptz + make_interval(months => $1::integer)
        + make_interval(secs => n * (2.4e6 / ($2::integer / $3::integer))) as at,
      't' || (1 + floor($4::integer * power(random(), 3))) as tenant_id,
      'u' || (1 + floor($5::integer * power(random(), 2))) as user_id
    from generate_series(0, $2::integer / $3::integer - 1) as n
  ), new_threads as (
    insert into threads (id, tenant_id, user_id, last_item_seq, created_at, title, status, metadata)
    select id_at(at), tenant_id, user_id, 2 * $3::integer, at, words(40), 'active', '{}' from begun order by n
    returning id, tenant_id, user_id, created_at
  ), new_turns as (
    select new_threads.*, turn, id_at(created_at + make_interval(secs => turn * 60)) as run_id,
      created_at + make_interval(secs => turn * 60) as at
    from new_threads, generate_series(0, $3::integer - 1) as turn
  ), new_items as (
    insert into items (thread_id, id, tenant_id, user_id, seq, type, created_at, body)
    select id, case when part = 1 and turn = 0 then 'i1' else 'msg_' || replace(id_at(at)::text, '-', '') end, tenant_id, user_id,
      2 * turn + part,
      case part when 1 then 'user_message' else 'assistant_message' end, at,
      json_build_object('content', json_build_array(json_build_object(
        'type', case part when 1 then 'input_text' else 'output_text' end,
        'text', words(case part when 1 then 200 else 1500 end), 'annotations', '[]'::json)))::jsonb
    from new_turns, generate_series(1, 2) as part order by at, part
  ), new_runs as (
    insert into runs (id, tenant_id, user_id, thread_id, status, lease_expires_at, last_seq, created_at, ended_at)
    select run_id, tenant_id, user_id, id, 'completed', at, 40, at, at + interval '10 seconds' from new_turns order by at
    returning id, tenant_id, user_id
  )
  insert into run_events (run_id, first_seq, last_seq, tenant_id, user_id, events)
  select id, part * 5, part * 5 + 4, tenant_id, user_id, words(450) from new_runs, generate_series(1, 8) as part`

// oxlint-disable-next-line node/no-process-env -- a program of its own
const binaries = findPostgres(process.env.PATH ?? '')
if (binaries === null) throw new Error('no Postgres: apt-get install postgresql')
const folder = mkdtempSync(join(tmpdir(), 'parley-growth-'))
chmodSync(folder, 0o755)
const cluster = await startPostgres(binaries, join(folder, 'postgres'))
const url = await cluster.createDatabase()
const client = new pg.Client({ connectionString: url })
try {
  await (await openDatabase({ kind: 'postgres', url })).close()
  await client.connect()
  await simulate()
} finally {
  await client.end()
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
}
