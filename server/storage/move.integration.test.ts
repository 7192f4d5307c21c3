/** The embedded database of a house with something in every room, on its way to a real Postgres. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSecret } from '../auth/secrets.ts'
import { createEmptyDatabase, missingReason } from '../testing/databases.ts'
import type { EmptyDatabase } from '../testing/databases.ts'
import { says } from '../testing/chatkit-client.ts'
import { fillHouse, houseSettings, readHouse } from '../testing/full-house.ts'
import type { Keepsakes } from '../testing/full-house.ts'
import { runAs } from '../testing/postgres.ts'
import { startProduct } from '../testing/product.ts'
import { launchProgram } from '../testing/program.ts'
import { moveDatabase } from './move.ts'
import { readMark } from './moved-mark.ts'
import { openDatabase } from './open.ts'

type Ask = (text: string) => Promise<Record<string, unknown>[]>

/** Every table that outlives a crash, but the migrations' own, and all its rows as text. */
async function dump(ask: Ask): Promise<Map<unknown, unknown>> {
  const tables = await ask(
    `select quote_ident(relname) as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relpersistence = 'p' and not relispartition
       and relname <> 'parley_migrations' order by 1`,
  )
  const rows = new Map<unknown, unknown>()
  for (const { name } of tables) {
    const [row] = await ask(
      `select coalesce(json_agg(line order by line), '[]') as rows from (select x::text as line from ${String(name)} as x) as x`,
    )
    rows.set(name, row?.['rows'])
  }
  return rows
}

/** What the schema is made of beside its rows. */
const everythingElse = `select
  (select json_agg(json_build_array(conrelid::regclass::text, conname, convalidated) order by conrelid::regclass::text, conname)
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n')::text as constraints,
  (select json_agg(json_build_array(relname, relrowsecurity, relforcerowsecurity) order by relname)
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p'))::text as walls,
  (select json_agg(json_build_array(sequencename, last_value) order by sequencename)
    from pg_sequences where schemaname = 'public')::text as sequences,
  (select json_agg(json_build_array(name, checksum) order by number) from parley_migrations)::text as migrations`

const reason = missingReason('postgres')

describe.skipIf(reason !== null)(`an embedded database moves to Postgres${reason ?? ''}`, () => {
  const secret = createSecret()
  let folder: string
  let directory: string
  let target: EmptyDatabase
  let keepsakes: Keepsakes
  let before: Record<string, string>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-move-'))
    directory = join(folder, 'data')
    target = await createEmptyDatabase({ migrated: true })
    const storage = await openDatabase({ kind: 'pglite', directory })
    const product = await startProduct(storage, settings())
    keepsakes = await fillHouse(product, storage)
    before = await readHouse(product, keepsakes)
    await product.close()
    await storage.close()
  })
  afterAll(async () => {
    await target.drop()
    await rm(folder, { recursive: true })
  })

  function settings(): Record<string, string> {
    return { ...houseSettings, PARLEY_DATA: directory, PARLEY_SECRET: secret }
  }

  async function type(...parameters: string[]): Promise<{ code: number | null; output: string }> {
    const typed = launchProgram({ data: directory, secret, parameters })
    const { code } = await typed.ended
    return { code, output: typed.output() }
  }

  /** All has arrived, and nobody has looked at it yet. */
  async function dieBeforeComparing(): Promise<void> {
    const dying = moveDatabase({
      directory,
      url: target.url,
      rowsMax: 3,
      onProgress({ step }) {
        if (step === 'checking') throw new Error('killed again')
      },
    })
    await expect(dying).rejects.toThrow('killed again')
  }

  /** For a test that is run without those before it. */
  async function moveUnlessMoved(): Promise<void> {
    const mark = await readMark(directory)
    if (mark === null || mark.finishedAt === null) await moveDatabase({ directory, url: target.url })
  }

  test('[MOVE-1] a dry run says what would be moved, and changes neither side', async () => {
    const lines: string[] = []
    const { tables, to } = await moveDatabase({ directory, url: target.url, isDryRun: true })
    for (const { name, rows } of tables) lines.push(`${name} ${rows}`)
    expect(lines).toContain('account_users 1')
    expect(lines).toContain('books 1')
    expect(to).toBe(new URL(target.url).host + new URL(target.url).pathname)
    expect(await runAs(target.superuserUrl, 'select from threads')).toEqual([])
    await expect(readFile(join(directory, 'moved'))).rejects.toThrow('ENOENT')
  })

  test('[MOVE-2] a target with data of its own is refused, as is one that cannot be reached and one that a server works in', async () => {
    const other = await createEmptyDatabase({ migrated: true })
    const client = new pg.Client({ connectionString: other.url, application_name: 'parley' })
    try {
      await runAs(other.superuserUrl, `insert into tenants values ('acme')`)
      const move = (url: string, from = directory) => moveDatabase({ directory: from, url })
      await expect(move(other.url)).rejects.toThrow('data already (in tenants)')
      await client.connect()
      await expect(move(other.url)).rejects.toThrow('A Parley server is at work')
      await expect(move(`${other.url}_none`)).rejects.toThrow('cannot be reached')
      await expect(move(other.url, folder)).rejects.toThrow('no embedded database')
    } finally {
      await client.end()
      await other.drop()
    }
  })

  test('[MOVE-3] [F-04] a move that is killed leaves two databases that no server takes, and goes on from there', async () => {
    // The move waits at this table, in its middle, for as long as we hold the lock.
    await runAs(
      target.superuserUrl,
      `create function wait_for_test() returns trigger language plpgsql as
         $$ begin perform pg_advisory_xact_lock(1); return new; end $$;
       create trigger wait_for_test before insert on revocations for each row execute function wait_for_test()`,
    )
    const holder = new pg.Client({ connectionString: target.superuserUrl })
    holder.on('error', () => {})
    await holder.connect()
    await holder.query('select pg_advisory_lock(1)')
    const killed = launchProgram({
      data: directory,
      parameters: ['db', 'move', target.url, '--batch-rows', '2'],
    })
    const moved = `select count(*)::int as tables from parley_move where finished`
    const isWaiting = `select from pg_stat_activity where application_name = 'parley db move' and wait_event_type = 'Lock'
      and datname = current_database()`
    await expect.poll(async () => (await runAs(target.superuserUrl, isWaiting)).length).toBe(1)
    expect((await runAs(target.superuserUrl, moved))[0]?.['tables']).toBeGreaterThan(10)
    await killed.stop('SIGKILL')
    expect(killed.output()).toMatch(/Moving the rows\n.*%.*of/)
    await holder.end()
    await runAs(target.superuserUrl, 'drop function wait_for_test cascade')

    await expect(openDatabase({ kind: 'postgres', url: target.url })).rejects.toThrow('being filled by')
    await expect(openDatabase({ kind: 'pglite', directory })).rejects.toThrow('has begun and not ended')
    const other = await createEmptyDatabase({ migrated: true })
    await runAs(other.url, 'create table parley_move as select * from (values (1)) as x (move_id)')
    await expect(moveDatabase({ directory, url: other.url })).rejects.toThrow('by another move')
    await other.drop()

    await dieBeforeComparing()
    await expect(openDatabase({ kind: 'postgres', url: target.url })).rejects.toThrow('being filled by')
  })

  test('[MOVE-4] what differs on both sides is found, and nothing is called done', async () => {
    await dieBeforeComparing()
    const change = (text: string) => runAs(target.superuserUrl, text)
    await change(
      `update items set body = jsonb_set(body, '{changed}', 'true') where seq = 1 and type = 'user_message'`,
    )
    await expect(moveDatabase({ directory, url: target.url })).rejects.toThrow('The table items has')
    await change(`update items set body = body - 'changed'`)
    await change(`select setval('threads_seq_seq', 1000)`)
    // The numbers are set anew.
    const { code, output } = await type('db', 'move', target.url)
    expect([code, output]).toEqual([0, expect.stringContaining('counted and compared')])
    expect(output).toMatch(/Comparing both sides\n(?:.*\n)*100 %/)
    expect(output).not.toMatch(/\r/)
  })

  test('[MOVE-4] every table of the schema has arrived with all its rows, its walls, references and numbers', async () => {
    await moveUnlessMoved()
    const source = await PGlite.create({ dataDir: join(directory, 'database') })
    try {
      await source.exec(`set timezone = 'UTC'`)
      const here = await dump(async (text) => (await source.query<Record<string, unknown>>(text)).rows)
      const inUtc = `${target.superuserUrl}?options=-c%20TimeZone%3DUTC`
      const there = await dump((text) => runAs(inUtc, text))
      const empty = [...here].filter(([, rows]) => JSON.stringify(rows) === '[]').map(([name]) => name)
      expect(empty, 'put something into these, in testing/full-house.ts').toEqual([])
      expect(here.size).toBeGreaterThan(25)
      expect(there).toEqual(here)
      const rest = (await source.query(everythingElse)).rows
      expect(await runAs(target.superuserUrl, everythingElse)).toEqual(rest)
    } finally {
      await source.close()
    }
  })

  test('[MOVE-5] on Postgres everybody finds everything at the doors, and goes on', async () => {
    await moveUnlessMoved()
    const storage = await openDatabase({ kind: 'postgres', url: target.url })
    const product = await startProduct(storage, settings())
    try {
      expect(await readHouse(product, keepsakes)).toEqual(before)
      const owner = { tenantId: 'default', userId: 'ada' }
      expect(await storage.books.find(owner, 'cranes', { book: 'book' }, 1)).toHaveLength(1)
      expect(await storage.tasks.add(owner, 'Go on')).toMatchObject({ title: 'Go on' })
      const ask = (body: object) =>
        fetch(`${product.url}/chatkit`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...keepsakes.ada },
          body: JSON.stringify(body),
        }).then((response) => response.text())
      const begun = await ask({ type: 'threads.create', params: { input: says('Once more') } })
      const [, threadId] = /"(thr_[^"]+)"/.exec(begun) ?? []
      // Newer than all that came with the move.
      const listed = JSON.parse(await ask({ type: 'threads.list', params: { limit: 1 } }))
      expect(listed).toMatchObject({ data: [{ id: threadId }], has_more: true })
    } finally {
      await product.close()
      await storage.close()
    }
  })

  test('[MOVE-5] the source is served no more until its mark is taken away, and is not moved twice', async () => {
    await moveUnlessMoved()
    await expect(openDatabase({ kind: 'pglite', directory })).rejects.toThrow(
      /were moved to .* Set DATABASE_URL/,
    )
    await expect(moveDatabase({ directory, url: target.url })).rejects.toThrow(/were moved to .* already/)
    const mark = await readFile(join(directory, 'moved'), 'utf8')
    expect(mark).not.toContain('parley_test')
    await writeFile(join(directory, 'moved'), '{')
    await expect(openDatabase({ kind: 'pglite', directory })).rejects.toThrow('cannot be read')
    await rm(join(directory, 'moved'))
    const storage = await openDatabase({ kind: 'pglite', directory })
    await storage.close()
  })
})
