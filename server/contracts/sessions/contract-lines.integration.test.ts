/** What the documents of contracts A and B show, run as it stands there: only the host, and the token of A's example, are ours. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createToken } from '../../auth/bearer-tokens.ts'
import { createSecret } from '../../auth/secrets.ts'
import { describeOnDatabases } from '../../testing/grounds.ts'
import { createPacedAgent } from '../../testing/paced-agent.ts'
import { createVisitor, startSessionServer } from '../../testing/session-server.ts'
import type { SessionServer } from '../../testing/session-server.ts'
import type { SessionReply } from './wire.ts'

const secret = createSecret()
const run = promisify(execFile)

const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

const allFields = {
  page_path: '/docs/chapter-04/lesson-01-intro',
  page_title: 'Introduction to Python',
  current_chapter: '04-python',
  current_lesson: '01-intro',
  highlighted_text: 'async def main():',
  student_email: 'jane@example.com',
  student_name: 'Jane Doe',
  learning_level: 'intermediate',
}

const curlOfB = `curl -X POST http://localhost:8000/api/chatkit/session \\
  -H "Content-Type: application/json" \\
  -d '{
    "page_path": "/docs/chapter-04/lesson-01-intro",
    "current_chapter": "04-python",
    "current_lesson": "01-intro",
    "student_email": "jane@example.com",
    "learning_level": "intermediate"
  }'`

describeOnDatabases('contracts A and B', (ground) => {
  let server: SessionServer
  beforeEach(async () => {
    const clock = { now: new Date() }
    server = await startSessionServer({ storage: ground.storage(), secret, agent: createPacedAgent(), clock })
  })
  afterEach(() => server.close())

  const post = (body: unknown) => createVisitor({ url: server.url }).ask('POST', '/api/chatkit/session', body)
  const reply = {
    client_secret: expect.stringMatching(/^sk_chatkit_/),
    session_id: expect.stringMatching(/^sess_/),
    expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  }

  describe('B’s test cases', () => {
    test('[SESS-19] 1: success case, a valid request with all fields', async () => {
      expect(await post(allFields)).toMatchObject({ status: 201, body: reply })
    })

    test('[SESS-19] 2: minimal request, only required fields (none)', async () => {
      expect(await post({})).toMatchObject({ status: 201, body: reply })
    })

    test('[SESS-19] 3: invalid email, should return 400', async () => {
      const { status, body } = await post({ ...allFields, student_email: 'jane@' })
      expect(status).toBe(400)
      expect(body).toMatchObject({
        error: 'Invalid request',
        details: [{ code: 'INVALID_EMAIL', message: 'Invalid email format', field: 'student_email' }],
      })
    })

    test('[SESS-19] 4: invalid learning level, should return 400', async () => {
      const { status, body } = await post({ ...allFields, learning_level: 'wizard' })
      expect(status).toBe(400)
      expect(body.details).toMatchObject([{ code: 'INVALID_LEARNING_LEVEL', field: 'learning_level' }])
    })

    test('[SESS-19] 5: rate limit, exceed 10 requests a minute', async () => {
      const visitor = createVisitor({ url: server.url })
      const statuses: number[] = []
      for (let index = 0; index < 11; index += 1) {
        statuses.push((await visitor.ask('POST', '/api/chatkit/session', allFields)).status)
      }
      expect(statuses).toEqual([201, ...Array(9).fill(200), 429])
    })

    test('[SESS-19] 6: long highlighted text, exceed 1000 characters', async () => {
      expect((await post({ highlighted_text: 'x'.repeat(1_000) })).status).toBe(201)
      const { status, body } = await post({ highlighted_text: 'x'.repeat(1_001) })
      expect(status).toBe(400)
      expect(body.details).toMatchObject([{ field: 'highlighted_text' }])
    })

    test('[SESS-19] 7 and 8: an existing student, and a new one, are let in alike', async () => {
      const fresh = await post({ student_email: 'first-time@example.com' })
      expect(fresh).toMatchObject({ status: 201, body: reply })
      const existing = await post({ student_email: 'first-time@example.com' })
      expect(existing).toMatchObject({ status: 201, body: reply })
      expect(Object.keys(existing.body)).toEqual(Object.keys(fresh.body))
    })
  })

  test.skipIf(!hasCurl)('[SESS-19] B’s curl line answers as the document says', async () => {
    const line = curlOfB.replace('http://localhost:8000', server.url)
    const { stdout } = await run('bash', ['-c', line])
    expect(JSON.parse(stdout)).toMatchObject(reply)
  })

  test('[SESS-19] A’s example gets a session whose chatKitSessionId a widget can use', async () => {
    const clerkToken = await createToken({ secret }, { userId: `user_${ground.kind}` })
    const response = await fetch(`${server.url}/api/chatkit/session`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${clerkToken}`,
      },
    })
    const { session } = (await response.json()) as SessionReply
    const used = await createVisitor({ url: server.url, token: session.chatKitSessionId }).ask(
      'POST',
      '/chatkit',
      {
        type: 'threads.list',
        params: {},
      },
    )
    expect(used.status).toBe(200)
  })

  test('[SESS-19] B’s page may send null for whatever its browser does not have', async () => {
    const answer = await post({
      ...allFields,
      student_email: null,
      highlighted_text: null,
      current_lesson: null,
    })
    expect(answer).toMatchObject({ status: 201, body: reply })
  })
})
