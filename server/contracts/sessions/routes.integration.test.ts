import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAgents, createSwitchboard } from '../../agents/agents.ts'
import type { Agents } from '../../agents/agents.ts'
import { createToken } from '../../auth/bearer-tokens.ts'
import { createHostedSessions } from '../../auth/hosted-sessions.ts'
import { createSecret } from '../../auth/secrets.ts'
import { createLog } from '../../logging.ts'
import type { Log } from '../../logging.ts'
import { createAnswerer } from '../../models/answerer.ts'
import { createChatKitClient } from '../../testing/chatkit-client.ts'
import { startFakeChatKitApi } from '../../testing/fake-chatkit-api.ts'
import { describeOnDatabases } from '../../testing/grounds.ts'
import { createPacedAgent } from '../../testing/paced-agent.ts'
import type { PacedAgent } from '../../testing/paced-agent.ts'
import {
  createAddress,
  createSignedIn,
  createVisitor,
  startSessionServer,
} from '../../testing/session-server.ts'
import type { SessionServer, SessionServerOptions, Visitor } from '../../testing/session-server.ts'

const secret = createSecret()
const site = 'https://book.example.org'
const session = '/api/chatkit/session'
const uuid = /^[0-9a-f-]{36}$/
const page = {
  page_path: '/docs/chapter-04/lesson-01-intro',
  page_title: 'Introduction to Python',
  current_chapter: '04-python',
  current_lesson: '01-intro',
  highlighted_text: 'async def main():',
  student_name: 'Jane Doe',
  learning_level: 'intermediate',
}
const message = {
  input: { content: [{ type: 'input_text', text: 'Why?' }], attachments: [], inference_options: {} },
}

describeOnDatabases('sessions', (ground) => {
  const clock = { now: new Date() }
  const running: SessionServer[] = []
  let agent: PacedAgent
  let server: SessionServer

  async function serve(options: Partial<SessionServerOptions> = {}): Promise<SessionServer> {
    const started = await startSessionServer({ storage: ground.storage(), secret, agent, clock, ...options })
    running.push(started)
    return started
  }
  const wait = (seconds: number): void => {
    clock.now = new Date(clock.now.getTime() + seconds * 1_000)
  }
  const signedIn = (claims: Parameters<typeof createSignedIn>[2] = {}) =>
    createSignedIn(server.url, secret, claims)
  const guest = () => createVisitor({ url: server.url })
  const bearer = (token: string, headers: Record<string, string> = {}): Visitor =>
    createVisitor({ url: server.url, token, headers })
  const chat = (token: string, from = server) =>
    createVisitor({ url: from.url, token }).ask('POST', '/chatkit', { type: 'threads.list', params: {} })

  /** Waits until so many runs have begun, and ends the last. */
  async function finishRun(count: number): Promise<void> {
    await expect.poll(() => agent.contexts.length).toBe(count)
    await agent.finish(agent.contexts[count - 1]?.thread.id)
  }

  beforeEach(async () => {
    clock.now = new Date()
    agent = createPacedAgent()
    server = await serve()
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.close()))
  })

  describe('one session', () => {
    test('[SESS-1] is created, then given again with the same token, in the shapes of both contracts', async () => {
      const ada = await signedIn()
      const created = await ada.ask('POST', session, { deviceId: 'laptop-1', metadata: { plan: 'pro' } })
      expect(created.status).toBe(201)
      expect(created.body).toEqual({
        client_secret: expect.stringMatching(/^sk_chatkit_/),
        session_id: expect.stringMatching(/^sess_/),
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        session: {
          id: created.body.session_id,
          chatKitSessionId: created.body.client_secret,
          deviceId: 'laptop-1',
          userId: ada.userId,
          workflowId: 'tutor',
          status: 'active',
          createdAt: expect.stringMatching(/Z$/),
          expiresAt: created.body.expires_at,
          metadata: { plan: 'pro' },
        },
      })
      const lifetime = Date.parse(created.body.expires_at) - Date.parse(created.body.session.createdAt)
      expect(lifetime).toBe(86_400_000)
      wait(22 * 3_600)
      const again = await ada.ask('POST', session, { deviceId: 'laptop-1' })
      expect(again).toMatchObject({ status: 200, body: created.body })
      const phone = await ada.ask('POST', session, { deviceId: 'phone-1' })
      expect(phone.status).toBe(201)
      expect(phone.body.session_id).not.toBe(created.body.session_id)
    })

    test('[SESS-1] is one however many tabs ask at once, on two processes', async () => {
      const other = await serve({ storage: await ground.otherStorage() })
      const { token } = await signedIn()
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          createVisitor({ url: (index % 2 === 0 ? server : other).url, token }).ask('POST', session),
        ),
      )
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(7)
      expect(new Set(answers.map(({ body }) => body.client_secret)).size).toBe(1)
    })

    test('[SESS-2] gets a new token in its last hour, and the old one stays good for a minute', async () => {
      const ada = await signedIn()
      const { body: first } = await ada.ask('POST', session)
      wait(23.5 * 3_600)
      const { status, body: second } = await ada.ask('POST', session)
      expect(status).toBe(200)
      expect(second.session_id).toBe(first.session_id)
      expect(second.client_secret).not.toBe(first.client_secret)
      expect(Date.parse(second.expires_at) - clock.now.getTime()).toBeGreaterThan(86_399_000 - 1)
      wait(59)
      expect([(await chat(first.client_secret)).status, (await chat(second.client_secret)).status]).toEqual([
        200, 200,
      ])
      wait(61)
      expect([(await chat(first.client_secret)).status, (await chat(second.client_secret)).status]).toEqual([
        401, 200,
      ])
    })

    test('[SESS-2] gets a new token when that is asked for, the same for all that ask within a minute', async () => {
      const ada = await signedIn()
      const { body: first } = await ada.ask('POST', session)
      const refresh = () => ada.ask('POST', `${session}/${first.session_id}/refresh`)
      const [second, third] = await Promise.all([refresh(), refresh()])
      expect(second).toMatchObject({ status: 200, body: { session_id: first.session_id } })
      expect(second.body.client_secret).not.toBe(first.client_secret)
      expect(third.body.client_secret).toBe(second.body.client_secret)
      expect((await ada.ask('POST', session)).body.client_secret).toBe(second.body.client_secret)
      wait(61)
      expect((await refresh()).body.client_secret).not.toBe(second.body.client_secret)
      expect((await chat(first.client_secret)).status).toBe(401)
      expect((await chat(second.body.client_secret)).status).toBe(200)
    })

    test('[SESS-3] runs out after a day; its user may refresh it, or get another', async () => {
      const ada = await signedIn()
      const { body: first } = await ada.ask('POST', session)
      wait(86_401)
      expect((await chat(first.client_secret)).status).toBe(401)
      const shown = await ada.ask('GET', `${session}/${first.session_id}`)
      expect(shown.body.session).toMatchObject({ id: first.session_id, status: 'expired' })
      const refreshed = await ada.ask('POST', `${session}/${first.session_id}/refresh`)
      expect(refreshed).toMatchObject({ status: 200, body: { session: { status: 'active' } } })
      expect((await chat(refreshed.body.client_secret)).status).toBe(200)
      wait(86_401)
      const another = await ada.ask('POST', session)
      expect(another.status).toBe(201)
      expect(another.body.session_id).not.toBe(first.session_id)
      const late = await ada.ask('POST', `${session}/${first.session_id}/refresh`)
      expect(late).toMatchObject({ status: 409, body: { error: 'Conflict' } })
      wait(30 * 86_400)
      const over = await ada.ask('POST', `${session}/${another.body.session_id}/refresh`)
      expect(over.status).toBe(409)
    })

    test('[SESS-4] leaves its token nowhere in the database', async () => {
      const ada = await signedIn()
      const { body } = await ada.ask('POST', session, { ...page, student_email: 'jane@example.com' })
      const found = await ground
        .storage()
        .sessions.find({ tenantId: 'default', userId: ada.userId }, body.session_id)
      const stored = JSON.stringify(found)
      const [, , mac = 'nothing'] = body.client_secret.split('.')
      expect(stored).not.toContain(mac)
      expect(stored).not.toContain('jane@example.com')
      expect(found.tokenHash).toMatch(/^[0-9a-f]{64}$/)
    })
  })

  describe('the token', () => {
    test('[SESS-5] is good at the ChatKit endpoint, as its user, whose conversations it sees', async () => {
      const ada = await signedIn()
      const { body } = await ada.ask('POST', session)
      const own = await createChatKitClient({ url: server.url, secret, userId: ada.userId })
      const stream = await own.stream('threads.create', message)
      await agent.finish()
      await stream.all()
      const listed = await chat(body.client_secret)
      expect(listed.body.data).toHaveLength(1)
      const stranger = await guest().ask('POST', session)
      expect((await chat(stranger.body.client_secret)).body.data).toHaveLength(0)
    })

    test('[SESS-5] makes the workflow’s agent answer and brings the page along, whatever the request says', async () => {
      const ada = await signedIn()
      const { body } = await ada.ask('POST', session, page)
      const ask = (from: Visitor) =>
        from.ask('POST', '/chatkit', {
          type: 'threads.create',
          params: message,
          metadata: { agent: 'todo', page_context: { page_path: '/forged' }, other: 1 },
        })
      await Promise.all([ask(bearer(body.client_secret)), finishRun(1)])
      expect(agent.contexts[0]?.metadata).toEqual({ agent: 'tutor', page_context: page, other: 1 })
      // The page is turned: the token stays, what goes along is new.
      const turned = await ada.ask('POST', session, { page_path: '/docs/next' })
      expect(turned.body.client_secret).toBe(body.client_secret)
      await Promise.all([ask(bearer(body.client_secret)), finishRun(2)])
      expect(agent.contexts[1]?.metadata).toMatchObject({ page_context: { page_path: '/docs/next' } })
      // Who comes by other means says it all by themselves.
      await Promise.all([ask(ada), finishRun(3)])
      expect(agent.contexts[2]?.metadata).toMatchObject({
        agent: 'todo',
        page_context: { page_path: '/forged' },
      })
    })

    test('[SESS-5] leads to the tutor, who is told of the page beside the question', async () => {
      const storage = ground.storage()
      const model = createAnswerer({ find: () => [], topics: [] })
      const agents: Agents = createAgents({
        model,
        isBuiltIn: true,
        books: storage.books,
        learners: storage.learners,
        tasks: storage.tasks,
      })
      server = await serve({ agent: createSwitchboard(agents, 'assistant') })
      const ada = await signedIn()
      const { body } = await ada.ask('POST', session, page)
      const answered = await fetch(`${server.url}/chatkit`, {
        method: 'POST',
        headers: { authorization: `Bearer ${body.client_secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'threads.create', params: message }),
      })
      const [, threadId = ''] = /"id":"(thr_\w+)"/.exec(await answered.text()) ?? []
      const owner = { tenantId: 'default', userId: ada.userId }
      expect((await storage.store.thread(owner, threadId)).metadata).toMatchObject({ agent: 'tutor' })
      const { data } = await storage.store.items(owner, threadId, { limit: 20, order: 'asc' })
      const told = data.find(({ type }) => type === 'hidden_context_item')
      expect(JSON.stringify(told)).toContain('async def main():')
    })

    test('[SESS-20] of a secret it is told how long it will still be good, to whoever asks for our additions', async () => {
      const { body } = await guest().ask('POST', session, page)
      const ask = async (headers: Record<string, string>): Promise<string | null> => {
        const reply = await fetch(`${server.url}/chatkit`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${body.client_secret}`,
            'content-type': 'application/json',
            ...headers,
          },
          body: JSON.stringify({ type: 'threads.list', params: {} }),
        })
        expect(reply.status).toBe(200)
        return reply.headers.get('parley-session-expires-in')
      }
      const first = Number(await ask({ 'parley-stream': '1' }))
      expect(first).toBeGreaterThan(60)
      wait(50)
      expect(Number(await ask({ 'parley-stream': '1' }))).toBe(first - 50)
      expect(await ask({})).toBe(null)
    })

    test('[SESS-5] speaks for a user even where an admin got it', async () => {
      const admin = await signedIn({ roles: ['admin'] })
      const { body } = await admin.ask('POST', session)
      const revoking = { userId: 'learner_1', all: true }
      const answer = await bearer(body.client_secret).ask('POST', '/api/chatkit/revoke', revoking)
      expect(answer.status).toBe(403)
    })

    test('[SESS-8] reaches its own session and no other', async () => {
      const ada = await signedIn()
      const { body: mine } = await ada.ask('POST', session, { deviceId: 'one' })
      const { body: other } = await ada.ask('POST', session, { deviceId: 'two' })
      const widget = bearer(mine.client_secret)
      const same = await widget.ask('POST', session, { deviceId: 'three', page_path: '/next' })
      expect(same).toMatchObject({
        status: 200,
        body: { session_id: mine.session_id, client_secret: mine.client_secret },
      })
      expect((await widget.ask('GET', `${session}/${mine.session_id}`)).status).toBe(200)
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/refresh'],
      ] as const) {
        expect((await widget.ask(method, `${session}/${other.session_id}${path}`)).status, method).toBe(404)
      }
      expect((await widget.ask('GET', '/api/chatkit/sessions')).status).toBe(403)
      expect((await widget.ask('POST', '/api/chatkit/revoke', { all: true })).status).toBe(403)
      const elsewhere = await widget.ask('POST', '/api/chatkit/revoke', { sessionId: other.session_id })
      expect(elsewhere.status).toBe(404)
      wait(23.5 * 3_600)
      const renewed = await widget.ask('POST', session)
      expect(renewed.body).toMatchObject({ session_id: mine.session_id })
      expect(renewed.body.client_secret).not.toBe(mine.client_secret)
      expect(
        (await bearer(renewed.body.client_secret).ask('DELETE', `${session}/${mine.session_id}`)).status,
      ).toBe(200)
      expect((await chat(renewed.body.client_secret)).status).toBe(401)
      expect((await chat(other.client_secret)).status).toBe(200)
    })
  })

  describe('what is taken back', () => {
    test('[SESS-6] counts no more at once, and its open streams end, here and in another process', async () => {
      const other = await serve({ storage: await ground.otherStorage() })
      const ada = await signedIn()
      const { body } = await ada.ask('POST', session)
      const open = async (from: SessionServer) => {
        const response = await fetch(`${from.url}/chatkit`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${body.client_secret}`,
            'content-type': 'application/json',
            'parley-stream': '1',
          },
          body: JSON.stringify({ type: 'threads.create', params: message }),
        })
        expect(response.status).toBe(200)
        return response.text()
      }
      const streams = [open(server), open(other)]
      await expect.poll(() => agent.contexts.length).toBe(2)
      const revoked = await ada.ask('DELETE', `${session}/${body.session_id}`)
      expect(revoked).toMatchObject({ status: 200, body: { session: { status: 'revoked' } } })
      expect((await chat(body.client_secret)).status).toBe(401)
      // Nobody has let the answers go on: what ends the streams is the revocation.
      for (const text of await Promise.all(streams)) expect(text).not.toContain('parley.run_ended')
      await expect.poll(async () => (await chat(body.client_secret, other)).status).toBe(401)
      expect((await ada.ask('DELETE', `${session}/${body.session_id}`)).status).toBe(200)
      expect((await ada.ask('POST', `${session}/${body.session_id}/refresh`)).status).toBe(409)
      const fresh = await ada.ask('POST', session)
      expect(fresh.status).toBe(201)
      expect((await chat(fresh.body.client_secret)).status).toBe(200)
      for (const context of agent.contexts) await agent.finish(context.thread.id)
    })

    test('[SESS-7] is one session, or all of the user’s and nobody else’s', async () => {
      const [ada, bob] = [await signedIn(), await signedIn()]
      const tokens: Record<string, string> = {}
      for (const deviceId of ['one', 'two', 'three']) {
        tokens[deviceId] = (await ada.ask('POST', session, { deviceId })).body.client_secret
      }
      const { body: theirs } = await bob.ask('POST', session)
      const statuses = async () =>
        Promise.all(Object.values(tokens).map(async (each) => (await chat(each)).status))
      const { body: list } = await ada.ask('GET', '/api/chatkit/sessions')
      const one = list.sessions.find(({ deviceId }: { deviceId: string }) => deviceId === 'one').id
      const single = await ada.ask('POST', '/api/chatkit/revoke', { sessionId: one })
      expect(single).toMatchObject({ status: 200, body: { success: true, revoked: [one] } })
      expect(await statuses()).toEqual([401, 200, 200])
      const all = await ada.ask('POST', '/api/chatkit/revoke', { all: true })
      expect(all.body.revoked).toHaveLength(3)
      expect(await statuses()).toEqual([401, 401, 401])
      expect((await chat(theirs.client_secret)).status).toBe(200)
      // Their own sign-in is something else.
      expect((await ada.ask('GET', '/api/chatkit/sessions')).status).toBe(200)
    })

    test('[SESS-7] belongs to whoever may: an admin of the tenant, and nobody of another', async () => {
      const ada = await signedIn()
      const { body } = await ada.ask('POST', session)
      const revoking = { userId: ada.userId, all: true }
      for (const claims of [{}, { roles: ['agent'] }, { roles: ['admin'], tenantId: 'elsewhere' }]) {
        const other = await signedIn(claims)
        const answer = await other.ask('POST', '/api/chatkit/revoke', revoking)
        expect(answer.body.revoked ?? answer.status).toEqual(claims.tenantId === undefined ? 403 : [])
      }
      expect((await chat(body.client_secret)).status).toBe(200)
      const admin = await signedIn({ roles: ['admin'] })
      const answer = await admin.ask('POST', '/api/chatkit/revoke', revoking)
      expect(answer.body).toEqual({ success: true, revoked: [body.session_id] })
      expect((await chat(body.client_secret)).status).toBe(401)
    })

    test('[SESS-6] is followed by a new session when all that a user had was taken back at once', async () => {
      const ada = await signedIn()
      const { body: first } = await ada.ask('POST', session)
      const owner = { tenantId: 'default', userId: ada.userId }
      await server.revocations.revoke({ ...owner, name: null, at: clock.now, until: null })
      expect((await chat(first.client_secret)).status).toBe(401)
      wait(5)
      const later = new Date(Date.now() + 2_000)
      const again = await createToken(
        { secret, now: () => later },
        { userId: ada.userId, lifetimeSeconds: 3_600 },
      )
      const answer = await bearer(again).ask('POST', session)
      expect(answer.status).toBe(201)
      expect((await chat(answer.body.client_secret)).status).toBe(200)
    })

    test('[SESS-7] and what is somebody else’s looks like what does not exist', async () => {
      const [ada, bob] = [await signedIn(), await signedIn()]
      const colleague = await signedIn({ userId: ada.userId, tenantId: 'elsewhere' })
      const { body } = await ada.ask('POST', session)
      const missing = `sess_${'0'.repeat(26)}`
      for (const [method, tail] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/refresh'],
      ] as const) {
        const answers = await Promise.all([
          bob.ask(method, `${session}/${body.session_id}${tail}`),
          colleague.ask(method, `${session}/${body.session_id}${tail}`),
          bob.ask(method, `${session}/${missing}${tail}`),
          bob.ask(method, `${session}/not-an-id${tail}`),
        ])
        for (const answer of answers) {
          expect(answer).toMatchObject({
            status: 404,
            body: {
              error: 'Not found',
              message: 'There is no such session.',
              details: [{ code: 'NOT_FOUND' }],
            },
          })
        }
      }
      const revoked = await bob.ask('POST', '/api/chatkit/revoke', { sessionId: body.session_id })
      expect(revoked.status).toBe(404)
      expect((await chat(body.client_secret)).status).toBe(200)
    })
  })

  describe('the list', () => {
    test('[SESS-16] shows sessions in pages, the newest first, without their tokens', async () => {
      const ada = await signedIn()
      for (const deviceId of ['a', 'b', 'c']) await ada.ask('POST', session, { deviceId })
      const first = await ada.ask('GET', '/api/chatkit/sessions?limit=2')
      expect(first.body.sessions.map(({ deviceId }: { deviceId: string }) => deviceId)).toEqual(['c', 'b'])
      expect(first.body).toMatchObject({ hasMore: true, nextCursor: first.body.sessions[1].id })
      expect(JSON.stringify(first.body)).not.toContain('sk_chatkit_')
      const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(first.headers.get('link') ?? '') ?? []
      const second = await ada.ask('GET', next)
      expect(second.body).toMatchObject({ hasMore: false, nextCursor: null, sessions: [{ deviceId: 'a' }] })
      expect(second.headers.get('link')).toBeNull()
      const { id } = second.body.sessions[0]
      await ada.ask('DELETE', `${session}/${id}`)
      const revoked = await ada.ask('GET', '/api/chatkit/sessions?status=revoked')
      expect(revoked.body.sessions).toMatchObject([{ id, status: 'revoked' }])
      const strangers = await (await signedIn()).ask('GET', `/api/chatkit/sessions?cursor=${id}`)
      expect(strangers.status).toBe(404)
      for (const wrong of ['limit=0', 'limit=101', 'limit=x', 'status=paused']) {
        expect((await ada.ask('GET', `/api/chatkit/sessions?${wrong}`)).status, wrong).toBe(400)
      }
    })
  })

  describe('a request', () => {
    test('[SESS-9] may leave out any field, or send null; what is not known is dropped', async () => {
      const nulls = Object.fromEntries(
        [...Object.keys(page), 'student_email', 'deviceId', 'metadata'].map((name) => [name, null]),
      )
      for (const body of [
        undefined,
        {},
        nulls,
        { ...page, role: 'admin', userId: 'x', tenant_id: 'y', status: 'revoked' },
      ]) {
        const answer = await guest().ask('POST', session, body)
        expect(answer.status).toBe(201)
        expect(answer.body.session.metadata).toEqual({})
        expect(answer.body.session.userId).toMatch(/^guest_/)
      }
    })

    test('[SESS-9] that is wrong is told all that is, each with its code and field', async () => {
      const visitor = createVisitor({ url: server.url })
      const answer = await visitor.ask(
        'POST',
        session,
        {
          student_email: 'not an e-mail',
          learning_level: 'expert',
          page_path: 'docs',
          highlighted_text: 'x'.repeat(1_001),
        },
        { 'x-request-id': 'req_abc123' },
      )
      expect(answer.status).toBe(400)
      expect(answer.headers.get('x-request-id')).toBe('req_abc123')
      expect(answer.body).toEqual({
        error: 'Invalid request',
        message: expect.stringContaining('page_path'),
        details: expect.any(Array),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        request_id: 'req_abc123',
      })
      expect(answer.body.details).toHaveLength(4)
      expect(answer.body.details).toEqual(
        expect.arrayContaining([
          { code: 'INVALID_EMAIL', message: 'Invalid email format', field: 'student_email' },
          {
            code: 'INVALID_LEARNING_LEVEL',
            message: expect.stringContaining('beginner'),
            field: 'learning_level',
          },
          { code: 'INVALID_PAGE_PATH', message: 'Must start with /', field: 'page_path' },
          {
            code: 'INVALID_HIGHLIGHTED_TEXT',
            message: expect.stringContaining('1000'),
            field: 'highlighted_text',
          },
        ]),
      )
      const strange = await visitor.ask('POST', session, {}, { 'x-request-id': 'a b' })
      expect(strange.headers.get('x-request-id')).toMatch(uuid)
    })

    test('[SESS-9] has limits for every field, and its body one', async () => {
      const ada = await signedIn()
      const tooLong: Record<string, unknown> = {
        page_path: `/${'x'.repeat(2_000)}`,
        page_title: 'x'.repeat(1_001),
        current_chapter: 'x'.repeat(201),
        current_lesson: 'x'.repeat(201),
        student_name: 'x'.repeat(201),
        student_email: `${'x'.repeat(250)}@example.com`,
        deviceId: 'x'.repeat(201),
        metadata: { text: 'x'.repeat(4_096) },
      }
      const all = await ada.ask('POST', session, tooLong)
      const fields = all.body.details.map(({ field }: { field: string }) => field)
      expect(new Set(fields)).toEqual(new Set(Object.keys(tooLong)))
      expect((await ada.ask('POST', session, { highlighted_text: 'x'.repeat(1_000) })).status).toBe(201)
      const huge = await ada.ask('POST', session, { unknown: 'x'.repeat(70_000) })
      expect(huge).toMatchObject({ status: 413, body: { error: 'Payload too large' } })
      expect((await ada.ask('POST', session, '{"page_path":')).body).toMatchObject({
        error: 'Invalid request',
      })
      expect((await ada.ask('POST', session, '[]')).status).toBe(400)
      const text = await ada.ask('POST', session, '{}', { 'content-type': 'text/plain' })
      expect(text).toMatchObject({ status: 415, body: { error: 'Unsupported media type' } })
      const verb = await ada.ask('PATCH', session, {})
      expect(verb).toMatchObject({ status: 405, body: { error: 'Method not allowed' } })
      expect(verb.headers.get('allow')).toBe('POST')
    })

    test('[SESS-9] to revoke names one session or all, and nothing in between', async () => {
      const ada = await signedIn()
      for (const body of [{}, { all: false }, { all: true, sessionId: 'sess_1' }, { sessionId: 5 }]) {
        expect((await ada.ask('POST', '/api/chatkit/revoke', body)).status, JSON.stringify(body)).toBe(400)
      }
    })

    test('[SESS-10] for a session is answered ten times a minute for an address, whoever asks', async () => {
      const address = createAddress()
      const statuses: number[] = []
      for (let index = 0; index < 10; index += 1) {
        statuses.push((await createVisitor({ url: server.url, address }).ask('POST', session)).status)
      }
      expect(statuses).toEqual(Array(10).fill(201))
      const { token } = await signedIn()
      const refused = await createVisitor({ url: server.url, address, token }).ask('POST', session)
      expect(refused.status).toBe(429)
      const seconds = Number(refused.headers.get('retry-after'))
      expect(refused.body).toEqual({
        error: 'Rate limit exceeded',
        message: `Too many session creation attempts. Try again in ${seconds} seconds.`,
        details: [
          {
            code: 'RATE_LIMIT_EXCEEDED',
            message: `Too many session creation attempts. Try again in ${seconds} seconds.`,
          },
        ],
        retry_after: seconds,
        timestamp: expect.any(String),
        request_id: expect.any(String),
      })
      expect(refused.headers.get('x-ratelimit-limit')).toBe('10')
      expect((await guest().ask('POST', session)).status).toBe(201)
      // What does not create is counted by itself.
      const list = await createVisitor({ url: server.url, address, token }).ask(
        'GET',
        '/api/chatkit/sessions',
      )
      expect(list.status).toBe(200)
    })

    test('[SESS-10] counts a whole IPv6 network as one address', async () => {
      const statuses: number[] = []
      for (let index = 0; index < 11; index += 1) {
        const address = `2001:db8:7:${ground.kind === 'pglite' ? 1 : 2}::${(index + 1).toString(16)}`
        statuses.push((await createVisitor({ url: server.url, address }).ask('POST', session)).status)
      }
      expect(statuses).toEqual([...Array(10).fill(201), 429])
    })

    test('[SESS-11] of nobody, or with a role that is unknown, is refused in the contract’s words', async () => {
      const closed = await serve({ guests: false })
      const nobody = await createVisitor({ url: closed.url }).ask('POST', session)
      expect(nobody).toMatchObject({
        status: 401,
        body: { error: 'Unauthorized', message: 'Please sign in.' },
      })
      const forged = await bearer('sk_chatkit_forged').ask('POST', session)
      expect(forged).toMatchObject({ status: 401, body: { error: 'Unauthorized' } })
      const janitor = await signedIn({ roles: ['janitor'] })
      for (const [method, path, body] of [
        ['POST', session, {}],
        ['GET', '/api/chatkit/sessions', undefined],
        ['POST', '/api/chatkit/revoke', { all: true }],
        ['GET', `${session}/sess_1`, undefined],
        ['DELETE', `${session}/sess_1`, undefined],
        ['POST', `${session}/sess_1/refresh`, {}],
      ] as const) {
        expect(await janitor.ask(method, path, body)).toMatchObject({
          status: 403,
          body: { error: 'Forbidden', message: 'User role not found' },
        })
      }
    })

    test('[SESS-11] finds no session where no workflow is configured', async () => {
      const bare = await serve({ workflowId: null })
      const answer = await createVisitor({ url: bare.url }).ask('POST', session)
      expect(answer).toMatchObject({
        status: 500,
        body: { error: 'Configuration Error', message: 'ChatKit workflow ID not configured' },
      })
    })
  })

  describe('other sites', () => {
    const from = (origin: string) => ({ origin, 'sec-fetch-site': 'cross-site' })

    test('[SESS-12] that are listed may ask, and read what comes; any other may do neither', async () => {
      server = await serve({ allowedOrigins: [site] })
      const listed = await createVisitor({ url: server.url, headers: from(site) }).ask('POST', session, page)
      expect(listed.status).toBe(201)
      expect(Object.fromEntries(listed.headers)).toMatchObject({
        'access-control-allow-origin': site,
        'access-control-allow-credentials': 'true',
        vary: 'Origin',
      })
      const { token } = await signedIn()
      for (const origin of [
        'https://evil.example',
        `${site}.evil.example`,
        'http://book.example.org',
        'null',
      ]) {
        for (const given of [{}, { token }]) {
          const visitor = createVisitor({ url: server.url, headers: from(origin), ...given })
          const answer = await visitor.ask('POST', session)
          expect(answer, origin).toMatchObject({ status: 403, body: { error: 'Forbidden' } })
          expect(answer.headers.get('access-control-allow-origin')).toBeNull()
        }
        const shown = createVisitor({
          url: server.url,
          headers: from(origin),
          token: listed.body.client_secret,
        })
        const used = await shown.ask('POST', '/chatkit', { type: 'threads.list', params: {} })
        expect(used.status, origin).toBe(401)
      }
    })

    test('[SESS-12] are told beforehand by their browsers, here and at the ChatKit endpoint', async () => {
      server = await serve({ allowedOrigins: [site] })
      const preflight = (origin: string, path: string) =>
        createVisitor({ url: server.url }).ask('OPTIONS', path, undefined, {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, content-type',
        })
      for (const path of [session, '/chatkit']) {
        const allowed = await preflight(site, path)
        expect(allowed.status).toBe(204)
        expect(Object.fromEntries(allowed.headers)).toMatchObject({
          'access-control-allow-origin': site,
          'access-control-allow-headers': expect.stringMatching(/authorization.*content-type/i),
        })
        const refused = await preflight('https://evil.example', path)
        expect(refused.headers.get('access-control-allow-origin')).toBeNull()
        expect(refused.headers.get('access-control-allow-methods')).toBeNull()
      }
      const { body } = await createVisitor({ url: server.url, headers: from(site) }).ask('POST', session)
      const widget = createVisitor({ url: server.url, headers: from(site), token: body.client_secret })
      const answer = await widget.ask('POST', '/chatkit', { type: 'threads.list', params: {} })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('access-control-allow-origin')).toBe(site)
    })
  })

  describe('a student’s e-mail', () => {
    test('[SESS-13] tells the students of one browser apart, and opens nobody’s session or profile', async () => {
      const [browser, other] = [guest(), guest()]
      const jane = { student_email: 'jane@example.com', page_path: '/a' }
      const first = await browser.ask('POST', session, jane)
      const again = await browser.ask('POST', session, { ...jane, student_email: 'Jane@Example.com' })
      expect(again).toMatchObject({ status: 200, body: { session_id: first.body.session_id } })
      const john = await browser.ask('POST', session, { student_email: 'john@example.com' })
      expect(john.status).toBe(201)
      expect(john.body.session_id).not.toBe(first.body.session_id)
      const elsewhere = await other.ask('POST', session, jane)
      expect(elsewhere.status).toBe(201)
      expect(elsewhere.body.session_id).not.toBe(first.body.session_id)
      expect(elsewhere.body.session.userId).not.toBe(first.body.session.userId)
      const { tenantId, userId } = { tenantId: 'default', userId: first.body.session.userId }
      expect(await ground.storage().learners.profile({ tenantId, userId })).toBeNull()
    })

    test('[SESS-13] says nothing of a user who signed in, of whom a profile is kept by their credential alone', async () => {
      const ada = await signedIn()
      await ada.ask('POST', session, { student_email: 'somebody@example.com', student_name: 'Somebody' })
      const profile = await ground.storage().learners.profile({ tenantId: 'default', userId: ada.userId })
      expect(profile).toMatchObject({ threads: 0, lessons: [] })
      expect(JSON.stringify(profile)).not.toContain('omebody')
    })
  })

  describe('a hosted workflow', () => {
    test('[SESS-14] has its sessions created where it is hosted, in the same shape', async () => {
      const api = await startFakeChatKitApi()
      const hosted = await createHostedSessions({ apiKey: 'sk-canary', baseUrl: api.baseUrl, retriesMax: 0 })
      server = await serve({ hosted, workflowId: 'wf_123' })
      const ada = await signedIn()
      const first = await ada.ask('POST', session, {
        ...page,
        deviceId: 'd',
        student_email: 'jane@example.com',
      })
      const second = await ada.ask('POST', session, { deviceId: 'd' })
      expect([first.status, second.status]).toEqual([201, 200])
      expect(first.body).toMatchObject({
        client_secret: 'ek_hosted_1',
        session: { chatKitSessionId: 'ek_hosted_1', workflowId: 'wf_123', userId: ada.userId },
      })
      expect(second.body).toMatchObject({ client_secret: 'ek_hosted_2', session_id: first.body.session_id })
      expect(api.requests[0]?.body).toMatchObject({
        user: ada.userId,
        workflow: { id: 'wf_123', state_variables: page },
      })
      expect(JSON.stringify(api.requests)).not.toContain('jane@example.com')
      const refreshed = await ada.ask('POST', `${session}/${first.body.session_id}/refresh`)
      expect(refreshed.body.client_secret).toBe('ek_hosted_3')
      await ada.ask('DELETE', `${session}/${first.body.session_id}`)
      const cancelled = api.requests.flatMap(({ path }) => /(cksess_\d)\/cancel$/.exec(path)?.[1] ?? [])
      expect(cancelled.toSorted()).toEqual(['cksess_1', 'cksess_2', 'cksess_3'])
      await api.close()
    })

    test('[SESS-15] that cannot be reached is one 500, and says nothing of why, to nobody', async () => {
      const lines: string[] = []
      const log: Log = createLog({ level: 'debug', format: 'json', write: (line) => lines.push(line) })
      const api = await startFakeChatKitApi()
      const limits = { attemptSecondsMax: 0.2, secondsMax: 1, retriesMax: 0 }
      const hosted = await createHostedSessions({ apiKey: 'sk-canary', baseUrl: api.baseUrl, ...limits })
      server = await serve({ hosted, workflowId: 'wf_123', log })
      const ada = await signedIn()
      for (const answer of [
        { status: 401, body: { error: { message: 'Incorrect API key: sk-canary' } } },
        { status: 429, body: { error: { message: 'canary quota' } } },
        { status: 500, body: {} },
        'silence',
        'cut',
      ] as const) {
        api.answer(answer)
        const failed = await ada.ask('POST', session, page)
        expect(failed.status).toBe(500)
        expect(failed.body).toEqual({
          error: 'Failed to create session',
          message: 'Could not create ChatKit session. Please try again.',
          details: [
            {
              code: 'SESSION_CREATION_FAILED',
              message: 'Could not create ChatKit session. Please try again.',
            },
          ],
          timestamp: expect.any(String),
          request_id: expect.any(String),
        })
      }
      expect(lines.join('\n')).toContain('HostedSessionError')
      expect(lines.join('\n')).not.toContain('canary')
      expect(lines.join('\n')).not.toContain('async def')
      expect((await ada.ask('GET', '/api/chatkit/sessions')).body.sessions).toEqual([])
      await api.close()
    })
  })
})
