/** ChatKit sessions in the database, on both engines. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChatKitSession, SessionOwner, SessionRecords } from '../auth/chatkit-sessions.ts'
import { createEmptyDatabase, createTestDatabase, missingReason } from '../testing/databases.ts'
import type { DatabaseKind, EmptyDatabase, TestDatabase } from '../testing/databases.ts'
import { createOwner, query } from './contract-parts.ts'
import { engineScope, userScope } from './database.ts'
import { openDatabase } from './open.ts'
import type { Storage } from './open.ts'

const kinds: DatabaseKind[] = ['pglite', 'postgres']
const start = new Date('2026-01-01T00:00:00.000Z')
const later = (hours: number): Date => new Date(start.getTime() + hours * 3_600_000)

let hashes = 0

function draft(
  records: SessionRecords,
  owner: SessionOwner,
  changes: Partial<ChatKitSession> = {},
): ChatKitSession {
  hashes += 1
  return {
    ...owner,
    id: records.createId(),
    deviceId: 'laptop',
    workflowId: 'tutor',
    status: 'active',
    generation: 1,
    tokenHash: `hash ${hashes}`,
    metadata: {},
    pageContext: {},
    hostedIds: [],
    createdAt: start,
    rotatedAt: start,
    expiresAt: later(24),
    ...changes,
  }
}

const asItIs = (session: ChatKitSession): ChatKitSession => session

describe.each(kinds)('sessions on %s', (kind) => {
  describe.skipIf(missingReason(kind) !== null)(missingReason(kind) ?? 'all of it', () => {
    let opened: TestDatabase
    let records: SessionRecords
    beforeAll(async () => {
      opened = await createTestDatabase(kind)
      records = opened.storage.sessions
    })
    afterAll(() => opened.close())

    const open = (owner: SessionOwner, changes: Partial<ChatKitSession> = {}) =>
      records.open(draft(records, owner, changes), asItIs)

    test('[SESS-1] what is kept of a session comes back, with NUL and lone surrogates replaced', async () => {
      const owner = createOwner()
      const given = { metadata: { plan: 'pro', deep: { a: [1, null] } }, hostedIds: ['a', 'b'] }
      const { session, before } = await open(owner, { ...given, pageContext: { page_path: '/a\0b' } })
      expect(before).toBeNull()
      expect(session).toMatchObject({ ...owner, ...given, pageContext: { page_path: '/a\uFFFDb' } })
      expect(await records.find(owner, session.id)).toEqual(session)
      expect(await records.lookUp(session.id)).toEqual({
        ...owner,
        id: session.id,
        workflowId: 'tutor',
        status: 'active',
        generation: 1,
        createdAt: start,
        rotatedAt: start,
        expiresAt: later(24),
      })
    })

    test('[SESS-1] many that ask at once, in two processes, get one session for user, device and workflow', async () => {
      const owner = createOwner()
      const other = (await opened.openAnother()).sessions
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          const from = index % 2 === 0 ? records : other
          return from.open(draft(from, owner), asItIs)
        }),
      )
      expect(new Set(answers.map(({ session }) => session.id)).size).toBe(1)
      expect(answers.filter(({ before }) => before === null)).toHaveLength(1)
      const [phone, book, another] = [
        await open(owner, { deviceId: 'phone' }),
        await open(owner, { workflowId: 'todo' }),
        await open(createOwner()),
      ]
      expect(new Set([answers[0], phone, book, another].map((each) => each?.session.id)).size).toBe(4)
    })

    test('[SESS-21] sessions that are asked for at the same moment are stored, each with what is its own', async () => {
      const owners = Array.from({ length: 30 }, createOwner)
      const drafts = owners.map((owner, index) =>
        draft(records, owner, {
          deviceId: `device "${index}" \\ {x}`,
          metadata: { index, text: 'NUL \0, "quotes" and {braces}' },
          pageContext: { page_title: `Page ${index}` },
          hostedIds: index % 2 === 0 ? [] : [`hosted "${index}"`],
          expiresAt: later(index + 1),
          ...(index % 3 === 0 ? { requestsPerMinute: index + 1, terms: { index } } : {}),
        }),
      )
      const answers = await Promise.all(drafts.map((each) => records.open(each, asItIs)))
      for (const [index, { session, before }] of answers.entries()) {
        const owner = owners[index] ?? createOwner()
        const metadata = { index, text: 'NUL \uFFFD, "quotes" and {braces}' }
        expect(before).toBeNull()
        expect(session).toEqual({ ...drafts[index], metadata })
        expect(await records.find(owner, session.id)).toEqual(session)
      }
    })

    test('[SESS-21] one that the database does not take fails alone', async () => {
      const { session: known } = await open(createOwner())
      const drafts = [
        draft(records, createOwner()),
        draft(records, createOwner(), { tokenHash: known.tokenHash }),
        draft(records, createOwner(), { createdAt: new Date(Number.NaN) }),
        draft(records, createOwner(), { deviceId: 'NUL \0' }),
        draft(records, createOwner()),
      ]
      const answers = await Promise.allSettled(drafts.map((each) => records.open(each, asItIs)))
      expect(answers.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
        'fulfilled',
      ])
    })

    test('[SESS-2] changes that are asked for at once come one after the other', async () => {
      const owner = createOwner()
      const { session } = await open(owner)
      await Promise.all(
        Array.from({ length: 8 }, () =>
          records.change(owner, session.id, (found) => ({
            ...found,
            generation: found.generation + 1,
            tokenHash: `${found.id} ${found.generation}`,
          })),
        ),
      )
      expect(await records.find(owner, session.id)).toMatchObject({
        generation: 9,
        tokenHash: `${session.id} 8`,
      })
    })

    test('[SESS-3] one that has run out makes room for another, and is not renewed beside it', async () => {
      const owner = createOwner()
      const { session: old } = await open(owner)
      const { session: fresh } = await open(owner, {
        createdAt: later(25),
        rotatedAt: later(25),
        expiresAt: later(49),
      })
      expect(fresh.id).not.toBe(old.id)
      expect(await records.find(owner, old.id)).toMatchObject({ status: 'expired' })
      const renewed = records.change(owner, old.id, (found) => ({ ...found, status: 'active' }))
      await expect(renewed).rejects.toMatchObject({ code: 'wrong_state' })
      await records.revoke(owner, fresh.id, later(26))
      const again = await records.change(owner, old.id, (found) => ({
        ...found,
        status: 'active',
        expiresAt: later(60),
      }))
      expect(again.session.status).toBe('active')
      expect(
        await query(
          opened.database,
          userScope(owner),
          `select ended_at from chatkit_sessions where status = 'active'`,
        ),
      ).toEqual([{ ended_at: null }])
    })

    test('[SESS-6] revoking says which counted until then, again too, and leaves others alone', async () => {
      const [owner, neighbour] = [createOwner(), createOwner()]
      const { session: first } = await open(owner)
      const { session: second } = await open(owner, { deviceId: 'phone' })
      const { session: over } = await open(owner, { deviceId: 'old', expiresAt: later(1) })
      const { session: theirs } = await open(neighbour)
      const ids = (sessions: ChatKitSession[]) => sessions.map(({ id }) => id).toSorted()
      expect(ids(await records.revoke(owner, first.id, later(2)))).toEqual([first.id])
      expect(ids(await records.revoke(owner, null, later(2)))).toEqual(ids([first, second]))
      expect(ids(await records.revoke(owner, null, later(2)))).toEqual(ids([first, second]))
      expect(await records.find(owner, over.id)).toMatchObject({ status: 'revoked' })
      expect(await records.lookUp(theirs.id)).toMatchObject({ status: 'active' })
      expect(await records.lookUp(first.id)).toMatchObject({ status: 'revoked' })
    })

    test('[SESS-7] a session of somebody else, and an id that is none, cannot be told apart', async () => {
      const [owner, neighbour] = [createOwner(), createOwner()]
      const { session } = await open(owner)
      const colleague = { ...owner, userId: neighbour.userId }
      const nobody = records.createId()
      for (const [who, id] of [
        [neighbour, session.id],
        [colleague, session.id],
        [owner, nobody],
        [owner, 'sess_x'],
        [owner, session.id.toUpperCase()],
        [owner, session.id.replace('sess_', 'thr_')],
      ] as const) {
        const refused = { code: 'not_found', message: 'There is no such session.' }
        await expect(records.find(who, id)).rejects.toMatchObject(refused)
        await expect(records.change(who, id, asItIs)).rejects.toMatchObject(refused)
        await expect(records.revoke(who, id, start)).rejects.toMatchObject(refused)
        const page = records.page(who, { limit: 5, after: id, now: start })
        await expect(page).rejects.toMatchObject(refused)
      }
      expect(await records.lookUp(nobody)).toBeNull()
      expect(await records.lookUp('sess_x')).toBeNull()
    })

    test('[SESS-16] pages hold the newest first, each once, of one status where one is asked for', async () => {
      const owner = createOwner()
      const created: string[] = []
      for (let index = 0; index < 5; index += 1) {
        const expiresAt = index === 1 ? later(1) : later(24)
        created.unshift((await open(owner, { deviceId: `device ${index}`, expiresAt })).session.id)
      }
      await records.revoke(owner, created[0] ?? '', start)
      const page = (changes: object) => records.page(owner, { limit: 2, now: later(2), ...changes })
      const first = await page({})
      const second = await page({ after: first.sessions[1]?.id })
      const third = await page({ after: second.sessions[1]?.id })
      expect([first, second, third].flatMap(({ sessions }) => sessions.map(({ id }) => id))).toEqual(created)
      expect([first, second, third].map(({ hasMore }) => hasMore)).toEqual([true, true, false])
      const idsOf = async (status: string) => (await page({ status, limit: 9 })).sessions.map(({ id }) => id)
      expect(await idsOf('revoked')).toEqual([created[0]])
      expect(await idsOf('expired')).toEqual([created[3]])
      expect(await idsOf('active')).toEqual([created[1], created[2], created[4]])
      await expect(page({ limit: 0 })).rejects.toMatchObject({ code: 'invalid_request' })
    })

    test('[SESS-16] a user has at most 100 at a time, and as many that are over are remembered', async () => {
      const owner = createOwner()
      for (let index = 0; index < 100; index += 1) await open(owner, { deviceId: `device ${index}` })
      await expect(open(owner, { deviceId: 'one more' })).rejects.toMatchObject({ code: 'wrong_state' })
      expect((await open(owner, { deviceId: 'device 7' })).before).not.toBeNull()
      await records.revoke(owner, null, start)
      const all = async () => query(opened.database, userScope(owner), 'select 1 from chatkit_sessions')
      for (let index = 0; index < 3; index += 1) {
        const { session } = await open(owner, { deviceId: `next ${index}` })
        await records.revoke(owner, session.id, start)
      }
      await open(owner)
      expect(await all()).toHaveLength(101)
    })

    test('[SESS-4] the table holds a hash of the token and the user under contract A’s name', async () => {
      const owner = createOwner()
      const { session } = await open(owner, { tokenHash: 'a hash' })
      const rows = await query(
        opened.database,
        userScope(owner),
        'select clerk_user_id, device_id, workflow_id, session_token, status, metadata from chatkit_sessions',
      )
      expect(rows).toEqual([
        {
          clerk_user_id: owner.userId,
          device_id: 'laptop',
          workflow_id: 'tutor',
          session_token: 'a hash',
          status: 'active',
          metadata: {},
        },
      ])
      await expect(open(createOwner(), { tokenHash: session.tokenHash })).rejects.toThrow('unique')
      const wrong = query(opened.database, userScope(owner), `update chatkit_sessions set status = 'paused'`)
      await expect(wrong).rejects.toThrow('enum')
    })

    test('[SESS-17] a query that forgets its where finds one’s own, and without a name nothing', async () => {
      const [owner, other] = [createOwner(), createOwner()]
      const { session } = await open(owner)
      await open(other)
      const count = async (who: SessionOwner) =>
        (await query(opened.database, userScope(who), 'select 1 from chatkit_sessions')).length
      expect(await count(owner)).toBe(1)
      expect(await count({ ...owner, userId: other.userId })).toBe(0)
      expect(await count({ ...owner, tenantId: other.tenantId })).toBe(0)
      expect(await count({ tenantId: '', userId: '' })).toBe(0)
      expect(await count({ ...owner, tenantId: '' })).toBe(0)
      const own = userScope(owner)
      const given = query(opened.database, own, 'update chatkit_sessions set user_id = $1', [other.userId])
      await expect(given).rejects.toThrow('row-level security')
      await query(opened.database, userScope(other), `update chatkit_sessions set status = 'revoked'`)
      expect(await records.find(owner, session.id)).toMatchObject({ status: 'active' })
    })

    test('[SESS-17] the engine reads where a token leads and nothing else of a session, and makes only new ones', async () => {
      const engine = (sql: string) => query(opened.database, engineScope, sql)
      await expect(engine('select user_id, expires_at from chatkit_sessions')).resolves.toBeDefined()
      for (const sql of [
        'select session_token from chatkit_sessions',
        'select page_context from chatkit_sessions',
        `update chatkit_sessions set status = 'revoked'`,
        'delete from chatkit_sessions',
        `insert into chatkit_sessions (id, tenant_id, user_id, status) values (gen_random_uuid(), 'a', 'b', 'revoked')`,
        `insert into chatkit_sessions (id, tenant_id, user_id, generation) values (gen_random_uuid(), 'a', 'b', 2)`,
      ]) {
        await expect(engine(sql), sql).rejects.toThrow('permission denied')
      }
    })
  })
})

const reason = missingReason('postgres')

describe.skipIf(reason !== null)(reason ?? 'sessions on Supabase', () => {
  /** Stands for Supabase's `authenticated`: what reaches the database through its API acts as this role. */
  const role = `visitor_${randomBytes(6).toString('hex')}`
  let empty: EmptyDatabase
  let storage: Storage
  let client: pg.Client

  beforeAll(async () => {
    empty = await createEmptyDatabase()
    storage = await openDatabase({ kind: 'postgres', url: empty.url })
    client = new pg.Client({ connectionString: empty.superuserUrl })
    await client.connect()
    // What Supabase brings along, and what it grants on every new table.
    await client.query(`
      create role ${role} nologin;
      grant usage on schema public to ${role};
      grant all on all tables in schema public to ${role};`)
  })
  afterAll(async () => {
    await client.query(`drop owned by ${role}; drop role ${role}`)
    await client.end()
    await storage.close()
    await empty.drop()
  })

  interface Visit {
    as?: string
    claims?: object
    tenant?: string
    user?: string
  }

  /** Runs one statement as somebody, and takes back what it did. */
  async function visit(
    { as = role, claims, tenant = '', user = '' }: Visit,
    sql: string,
  ): Promise<pg.QueryResult> {
    await client.query('begin')
    try {
      await client.query(
        `select set_config('request.jwt.claims', $1, true), set_config('parley.tenant', $2, true),
           set_config('parley.user', $3, true)`,
        [claims === undefined ? '' : JSON.stringify(claims), tenant, user],
      )
      await client.query(`set local role ${as}`)
      return await client.query(sql)
    } finally {
      await client.query('rollback')
    }
  }

  const ownersSeen = async (who: Visit): Promise<string[]> => {
    const { rows } = await visit(who, 'select tenant_id, user_id from chatkit_sessions order by 1, 2')
    return rows.map(({ tenant_id, user_id }: Record<string, string>) => `${tenant_id} ${user_id}`)
  }

  test('[SESS-17] where nothing says who comes, nobody sees anything; with a JWT one sees and changes nothing of others', async () => {
    const open = (tenantId: string, userId: string) =>
      storage.sessions.open(draft(storage.sessions, { tenantId, userId }), asItIs)
    await open('default', 'ada')
    await open('org_1', 'ada')
    await open('default', 'bob')
    const ada = { sub: 'ada', role: 'authenticated' }
    // Plain Postgres: there is no schema auth, and claims mean nothing.
    expect(await ownersSeen({ claims: ada })).toEqual([])
    expect(await ownersSeen({ as: 'parley_app', claims: ada })).toEqual([])

    await client.query(`
      create schema auth;
      create function auth.jwt() returns jsonb language sql stable as
        $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;`)
    // Who may not ask sees nothing, and is told of no error.
    expect(await ownersSeen({ claims: ada })).toEqual([])
    await client.query(`grant usage on schema auth to ${role}, parley_app`)

    expect(await ownersSeen({ claims: ada })).toEqual(['default ada'])
    expect(await ownersSeen({ claims: { ...ada, o: { id: 'org_1' } } })).toEqual(['org_1 ada'])
    expect(await ownersSeen({ claims: { ...ada, org_id: 'org_1' } })).toEqual(['org_1 ada'])
    for (const claims of [
      undefined,
      {},
      { sub: '' },
      { sub: null },
      { role: 'anon' },
      { ...ada, org_id: '' },
    ]) {
      expect(await ownersSeen(claims === undefined ? {} : { claims }), JSON.stringify(claims)).toEqual([])
    }
    // Our own setting counts before any claim, and half of it is no setting.
    const bob = { tenant: 'default', user: 'bob' }
    expect(await ownersSeen({ as: 'parley_app', claims: ada, ...bob })).toEqual(['default bob'])
    expect(await ownersSeen({ as: 'parley_app', claims: ada, tenant: 'default' })).toEqual([])
    expect(await ownersSeen({ as: 'parley_app', claims: ada, user: 'ada' })).toEqual([])
    expect(await ownersSeen({ as: 'parley_app', claims: ada })).toEqual(['default ada'])

    const changed = async (sql: string) => (await visit({ claims: ada }, sql)).rowCount
    expect(await changed(`update chatkit_sessions set expires_at = now() + interval '1 year'`)).toBe(0)
    expect(await changed('delete from chatkit_sessions')).toBe(0)
    const insertion = `insert into chatkit_sessions (id, tenant_id, user_id, device_id, workflow_id, session_token, created_at,
      rotated_at, expires_at) values (gen_random_uuid(), 'default', 'ada', 'd', 'w', 'x', now(), now(), now())`
    await expect(changed(insertion)).rejects.toThrow('row-level security')
  })
})
