import { describe, expect, test } from 'vitest'
import type { Owner } from '../conversation/threads.ts'
import { storeFile } from './contract-files.ts'
import { beginRun, createFile, createMessage, createOwner, progress, query } from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'
import { engineScope, userScope } from './database.ts'
import type { Database } from './database.ts'
import { DatabaseError } from './database-error.ts'

const tables = ['tenants', 'users', 'threads', 'items', 'runs', 'run_events', 'attachments', 'blobs'] as const
/** Where the engine has no business. */
const closedToEngine = ['tenants', 'users'] as const

export function wallRules(ground: Ground): void {
  describe('walls', () => {
    reading(ground)
    writing(ground)
    limitsOfTheEngine(ground)
  })
}

/** Something in every table. */
async function fill({ store, files }: Ground): Promise<Owner> {
  const run = await beginRun(store(), { events: [progress(1)] })
  await store().changeThread(run.owner, run.thread.id, (transaction) =>
    transaction.saveItem(createMessage(run.thread.id, 'private')),
  )
  await storeFile(files(), run.owner)
  return run.owner
}

async function countAll(database: Database, table: string, owner: Owner): Promise<number> {
  const rows = await query(database, userScope(owner), `select 1 from ${table}`)
  return rows.length
}

function reading(ground: Ground): void {
  test('[RLS-1] a query that forgets its where finds only what is one’s own, in every table', async () => {
    const [owner, other] = [await fill(ground), await fill(ground)]
    const database = ground.database()
    for (const table of tables) {
      expect(await countAll(database, table, owner), table).toBe(1)
      expect(await countAll(database, table, { ...owner, tenantId: other.tenantId }), table).toBe(
        table === 'tenants' ? 1 : 0,
      )
      const foreign = table === 'tenants' ? createOwner() : { ...owner, userId: other.userId }
      expect(await countAll(database, table, foreign), table).toBe(0)
    }
  })

  test('[RLS-2] without a scope, or with an empty one, nothing is visible', async () => {
    await fill(ground)
    for (const table of tables) {
      expect(await countAll(ground.database(), table, { tenantId: '', userId: '' }), table).toBe(0)
      const [rows] = await ground.database().once(userScope(createOwner()), [
        {
          text: `select 1 from (select set_config('parley.tenant', null, true), set_config('parley.user', null, true)) as forgotten, ${table}`,
          values: [],
          read: (all) => all,
        },
      ])
      expect(rows, table).toEqual([])
    }
  })

  test('[RLS-3] CVE-2023-28858 CVE-2024-10976 CVE-2024-10978: nothing of a scope is left for a connection’s next borrower, whatever happened to the first', async () => {
    const owner = await fill(ground)
    const database = ground.database()
    const settings = `select coalesce(current_setting('parley.tenant', true), '') as tenant,
      coalesce(current_setting('parley.user', true), '') as user_id, current_user::text as role`
    const abuse = async (index: number): Promise<unknown> => {
      if (index % 3 === 0) return database.once(userScope(owner), [failing(index)])
      if (index % 3 === 1)
        return database.transaction(userScope(owner), () => Promise.reject(new Error('aborted')))
      return countAll(database, 'threads', owner)
    }
    await Promise.allSettled(Array.from({ length: 60 }, (_, index) => abuse(index)))
    const seen = await Promise.all(
      Array.from({ length: 20 }, () =>
        database.once(engineScope, [
          { text: 'commit', values: [], read: () => undefined },
          { text: settings, values: [], read: ([row]) => row },
          { text: 'select 1 from threads', values: [], read: (rows) => rows.length },
        ]),
      ),
    )
    for (const [, row, count] of seen) {
      expect(row).toEqual({ tenant: '', user_id: '', role: 'parley_app' })
      expect(count).toBe(0)
    }
  })

  function failing(index: number) {
    const wrong = ['select 1 / 0', 'select no_such_column', "select 'x'::integer"][index % 3] ?? ''
    return { text: wrong, values: [], read: () => undefined }
  }
}

function writing(ground: Ground): void {
  test('[RLS-4] nobody changes, deletes or adds what is another’s', async () => {
    const [owner, other] = [await fill(ground), await fill(ground)]
    const database = ground.database()
    for (const table of ['threads', 'items', 'runs', 'attachments', 'blobs']) {
      const touched = await query(
        database,
        userScope(owner),
        `update ${table} set tenant_id = tenant_id where tenant_id = $1 returning 1`,
        [other.tenantId],
      )
      expect(touched, table).toEqual([])
      const given = query(database, userScope(owner), `update ${table} set tenant_id = $1`, [other.tenantId])
      await expect(given, table).rejects.toThrow(/row-level security|permission denied/)
    }
    for (const table of ['threads', 'items', 'attachments']) {
      await database.transaction(userScope(owner), async (run) => {
        await run({ text: `delete from ${table}`, values: [], read: () => undefined })
      })
      expect(await countAll(database, table, other), table).toBe(1)
    }
    const insertions = [
      `insert into tenants (tenant_id) values ('x' || $1)`,
      `insert into users (tenant_id, user_id) values ($1, 'x')`,
      `insert into threads (id, tenant_id, user_id, created_at, status, metadata)
       values ('00000000-0000-7000-8000-000000000001', $1, 'x', now(), 'active', '{}')`,
      `insert into attachments (id, tenant_id, user_id, type, name, mime_type, body)
       values ('00000000-0000-7000-8000-000000000001', $1, 'x', 'file', 'x', 'x', '{}')`,
      `insert into blobs (key, tenant_id, user_id) values ('x', $1, 'x')`,
    ]
    for (const insertion of insertions) {
      const added = query(database, userScope(owner), insertion, [other.tenantId])
      await expect(added, insertion).rejects.toThrow('row-level security')
    }
  })

  test('[RLS-4] what belongs to a thread cannot have another owner than the thread', async () => {
    const owner = createOwner()
    const run = await beginRun(ground.store())
    await ground.store().createAttachment(owner, createFile())
    const [thread] = await query<{ id: string }>(
      ground.database(),
      userScope(run.owner),
      'select id from threads',
    )
    const smuggled = query(
      ground.database(),
      userScope(owner),
      `insert into items (thread_id, tenant_id, user_id, id, seq, type, created_at, body)
       values ($1, $2, $3, 'msg_smuggled', 99, 'end_of_turn', now(), '{}')`,
      [thread?.id ?? '', owner.tenantId, owner.userId],
    )
    await expect(smuggled).rejects.toThrow('foreign key')
  })
}

function limitsOfTheEngine(ground: Ground): void {
  test('[RLS-5] the engine’s role reaches only what its journal needs, and neither role can become the other', async () => {
    await fill(ground)
    const database = ground.database()
    for (const table of closedToEngine) {
      await expect(query(database, engineScope, `select 1 from ${table}`), table).rejects.toThrow(
        'permission denied',
      )
    }
    for (const sql of [
      'delete from threads',
      'delete from runs',
      'insert into threads default values',
      'update run_events set last_seq = 0',
      'create table mine (x integer)',
      'alter table threads disable row level security',
    ]) {
      await expect(query(database, engineScope, sql), sql).rejects.toThrow(DatabaseError)
    }
    const [row] = await query<{ app: boolean; engine: boolean }>(
      database,
      engineScope,
      `select pg_has_role('parley_app', 'parley_engine', 'member') as app,
         pg_has_role('parley_engine', 'parley_app', 'member') as engine`,
    )
    expect(row).toEqual({ app: false, engine: false })
  })
}
