/** Where hosted ChatKit's front end asks: by the secrets of sessions that a server has made, as OpenAI's client makes them. */
import type OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createToken } from '../../auth/bearer-tokens.ts'
import { createSecret } from '../../auth/secrets.ts'
import { createId } from '../../conversation/ids.ts'
import { newThread } from '../../conversation/threads.ts'
import { createTestFiles } from '../../testing/file-keepers.ts'
import type { TestFiles } from '../../testing/file-keepers.ts'
import { describeOnDatabases } from '../../testing/grounds.ts'
import { createPacedAgent } from '../../testing/paced-agent.ts'
import type { PacedAgent } from '../../testing/paced-agent.ts'
import { startPlatformServer } from '../../testing/platform-server.ts'
import type { PlatformServer } from '../../testing/platform-server.ts'
import { createVisitor } from '../../testing/session-server.ts'
import type { Answer } from '../../testing/session-server.ts'

const secret = createSecret()
const shop = 'https://shop.example.org'
const path = '/v1/chatkit/conversation'
const listThreads = { type: 'threads.list', params: {} }
const create = {
  type: 'threads.create',
  params: {
    input: {
      content: [{ type: 'input_text', text: 'Why?' }],
      attachments: [],
      quoted_text: '',
      inference_options: {},
    },
  },
}
const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')
type Wish = OpenAI.Beta.ChatKit.SessionCreateParams
let named = 0
/** Nobody else has this name. */
const newUser = (): string => `visitor_${(named += 1)}`

describeOnDatabases('hosted mode', (ground) => {
  const clock = { now: new Date() }
  let files: TestFiles
  let agent: PacedAgent
  let server: PlatformServer

  beforeAll(async () => {
    files = await createTestFiles()
  })
  afterAll(() => files?.close())
  beforeEach(async () => {
    clock.now = new Date()
    agent = createPacedAgent()
    server = await startPlatformServer({
      storage: ground.storage(),
      secret,
      agent,
      clock,
      workflowId: 'wf_of_old',
      allowedOrigins: [shop],
      fileKeeper: files.keeper(ground.storage()),
    })
  })
  afterEach(() => server.close())

  const wait = (seconds: number): void => {
    clock.now = new Date(clock.now.getTime() + seconds * 1_000)
  }
  /** The secret of a session that a server has made. */
  async function sessionOf(user: string, wish: Omit<Wish, 'user' | 'workflow'> & Partial<Wish> = {}) {
    const { sessions } = (await server.client()).beta.chatkit
    return sessions.create({ workflow: { id: 'tutor' }, ...wish, user })
  }
  const secretOf = async (...wish: Parameters<typeof sessionOf>): Promise<string> =>
    (await sessionOf(...wish)).client_secret
  const ask = (token: string, body: unknown, headers: Record<string, string> = {}, at = path) =>
    createVisitor({ url: server.url, token }).ask('POST', at, body, headers)

  async function send(token: string, bytes: Uint8Array, name: string): Promise<Answer> {
    const form = new FormData()
    form.append('file', new Blob([Uint8Array.from(bytes)]), name)
    const headers = { authorization: `Bearer ${token}`, 'openai-beta': 'chatkit_beta=v1' }
    const response = await fetch(`${server.url}/v1/chatkit/files`, { method: 'POST', headers, body: form })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }

  /** A whole answer of one word. */
  async function answered(token: string, body: unknown = create, at = path): Promise<Answer> {
    const before = agent.contexts.length
    const asked = ask(token, body, {}, at)
    await expect.poll(() => agent.contexts.length).toBe(before + 1)
    await agent.say('Because.')
    await agent.finish()
    return asked
  }

  /** Without what is different each time. */
  const plain = ({ body }: Answer): string =>
    String(body)
      .replaceAll(/(thr|msg)_[0-9a-z]+/g, '$1_')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then')

  test('[HOSTED-1] a secret of a session is answered as at /chatkit, to the byte, with its agent and its state variables', async () => {
    const state_variables = { plan: 'pro', seats: 3 }
    const made = await sessionOf(newUser(), { workflow: { id: 'wf_of_old', state_variables } })
    const hosted = await answered(made.client_secret)
    expect(hosted.status).toBe(200)
    expect(hosted.headers.get('content-type')).toContain('text/event-stream')
    expect(hosted.body).toContain('"delta":"Because."')
    expect(agent.contexts[0]?.metadata).toMatchObject({ agent: 'support', state_variables })
    expect(plain(hosted)).toBe(plain(await answered(made.client_secret, create, '/chatkit')))

    const { body } = await ask(made.client_secret, listThreads)
    expect(body.data).toHaveLength(2)
    const wrong = await ask(made.client_secret, { type: 'threads.get_by_id', params: { thread_id: 'x' } })
    expect([wrong.status, wrong.body.error.type]).toEqual([404, 'invalid_request_error'])
  })

  test('[HOSTED-1] whoever shows something else is told what is wanted, and becomes no guest', async () => {
    const own = createVisitor({ url: server.url })
    await own.ask('POST', '/chatkit', listThreads)
    const { token: key } = await server.keys.create({
      tenantId: 'default',
      name: newUser(),
      scopes: ['sessions:write'],
    })
    const user = await createToken({ secret }, { userId: newUser() })
    const answers = [
      await createVisitor({ url: server.url }).ask('POST', path, listThreads),
      // With the cookie of a guest.
      await own.ask('POST', path, listThreads),
      await ask(key, listThreads),
      await ask(user, listThreads),
      await send(key, pdf, 'a.pdf'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 403, 403, 403])
    for (const { body, headers } of answers) {
      expect(body.error.message).toContain('client secret of a session')
      expect(headers.get('set-cookie')).toBeNull()
    }
    expect((await ask('sk_chatkit_no', listThreads)).status).toBe(401)
    const unknown = await createVisitor({ url: server.url }).ask('POST', '/v1/chatkit/domain_keys/verify', {})
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'not_found'])
  })

  test('[HOSTED-1] pages of listed origins may ask and send, and read why they may not', async () => {
    const asking = (origin: string, at: string): Promise<Response> =>
      fetch(server.url + at, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      })
    for (const at of [path, '/v1/chatkit/files']) {
      const { headers } = await asking(shop, at)
      expect(headers.get('access-control-allow-origin')).toBe(shop)
      expect(headers.get('access-control-allow-headers')).toContain('Authorization')
      expect((await asking('https://evil.example', at)).headers.get('access-control-allow-origin')).toBeNull()
    }
    const token = await secretOf(newUser())
    const elsewhere = (origin: string) => ask(token, listThreads, { origin, 'sec-fetch-site': 'cross-site' })
    expect((await elsewhere(shop)).headers.get('access-control-allow-origin')).toBe(shop)
    expect((await elsewhere('https://evil.example')).status).toBe(401)
  })

  test('[HOSTED-2] a file is sent by the secret of a session that may, and is part of a message then', async () => {
    const chatkit_configuration = { file_upload: { enabled: true } }
    const token = await secretOf(newUser(), { chatkit_configuration })
    const sent = await send(token, pdf, 'paper.pdf')
    expect(sent.body).toEqual({
      type: 'file',
      id: expect.stringMatching(/^atc_/),
      name: 'paper.pdf',
      mime_type: 'application/pdf',
    })
    const input = { ...create.params.input, content: [], attachments: [sent.body.id] }
    const { body } = await answered(token, { type: 'threads.create', params: { input } })
    expect(body).toContain('"name":"paper.pdf"')
  })

  test('[HOSTED-2] what may not be sent is 400 with a code of hosted ChatKit’s', async () => {
    const refused = async (token: string, bytes: Uint8Array, name = 'a.pdf') => {
      const { status, body } = await send(token, bytes, name)
      expect(body.error).toMatchObject({ type: 'invalid_request_error', param: null })
      return [status, body.error.code]
    }
    const none = await secretOf(newUser())
    expect(await refused(none, pdf)).toEqual([400, 'chatkit.file_upload_disabled'])
    const one = { file_upload: { enabled: true, max_file_size: 1, max_files: 1 } }
    const token = await secretOf(newUser(), { chatkit_configuration: one })
    const html = Buffer.from('<!doctype html><script>1</script>')
    expect(await refused(token, html, 'a.html')).toEqual([400, 'chatkit.file_upload_type_rejected'])
    const large = Buffer.concat([pdf, Buffer.alloc(1_048_576)])
    expect(await refused(token, large)).toEqual([400, 'chatkit.file_upload_too_large'])
    // What was refused has used up nothing.
    expect((await send(token, pdf, 'a.pdf')).status).toBe(200)
    expect(await refused(token, pdf)).toEqual([400, 'chatkit.file_upload_limit_reached'])
  })

  test('[HOSTED-3] a session is held to its files where they are announced, too', async () => {
    const announce = (token: string, size: number, at = path) =>
      ask(
        token,
        { type: 'attachments.create', params: { name: 'a.pdf', size, mime_type: 'application/pdf' } },
        {},
        at,
      )
    const codeOf = async (asked: Promise<Answer>): Promise<unknown> => (await asked).body.error.code
    const none = await secretOf(newUser())
    for (const at of [path, '/chatkit'])
      expect(await codeOf(announce(none, 9, at))).toBe('chatkit.file_upload_disabled')
    const one = { file_upload: { enabled: true, max_file_size: 1, max_files: 1 } }
    const token = await secretOf(newUser(), { chatkit_configuration: one })
    expect(await codeOf(announce(token, 1_048_577))).toBe('chatkit.file_upload_too_large')
    expect((await announce(token, 1_048_576)).status).toBe(200)
    expect(await codeOf(announce(token, 9))).toBe('chatkit.file_upload_limit_reached')
    // Whom no server has held to anything, sends as many as anybody.
    const user = await createToken({ secret }, { userId: newUser() })
    for (const size of [1_048_577, 9]) expect((await announce(user, size, '/chatkit')).status).toBe(200)
  })

  test('[HOSTED-4] a list shows only the newest threads that a session is told of, and a thread that is known goes on', async () => {
    const userId = newUser()
    const made: string[] = []
    for (let count = 0; count < 5; count += 1) {
      const id = createId('thr')
      const thread = newThread(id, clock.now.toISOString())
      await ground.storage().store.createThread({ tenantId: 'default', userId }, thread, async () => {})
      made.unshift(id)
    }
    const told = async (history: object, params: object) => {
      const token = await secretOf(userId, { chatkit_configuration: { history } })
      const { body } = await ask(token, { type: 'threads.list', params })
      return body.error?.code ?? [body.data.map(({ id }: { id: string }) => id), body.has_more]
    }
    const [one, two, three, four] = made
    expect(await told({}, {})).toEqual([made, false])
    expect(await told({ recent_threads: 3 }, {})).toEqual([[one, two, three], false])
    expect(await told({ recent_threads: 3 }, { limit: 2 })).toEqual([[one, two], true])
    expect(await told({ recent_threads: 3 }, { limit: 2, after: two })).toEqual([[three], false])
    expect(await told({ recent_threads: 3 }, { order: 'asc', limit: 1 })).toEqual([[three], true])
    expect(await told({ recent_threads: 3 }, { after: four })).toBe('not_found')
    expect(await told({ recent_threads: 300 }, {})).toEqual([made, false])
    expect(await told({ enabled: false }, {})).toEqual([[], false])
    const token = await secretOf(userId, { chatkit_configuration: { history: { enabled: false } } })
    const known = await ask(token, { type: 'threads.get_by_id', params: { thread_id: four } })
    expect([known.status, known.body.id]).toEqual([200, four])
  })

  test('[HOSTED-4] without automatic titles agents know that a thread shall get none', async () => {
    const titling = { automatic_thread_titling: { enabled: false } }
    await answered(await secretOf(newUser(), { chatkit_configuration: titling }))
    await answered(await secretOf(newUser()))
    expect(agent.contexts.map(({ metadata }) => metadata['parley.untitled'])).toEqual([true, undefined])
  })

  test('[HOSTED-5] answers and files count to the session’s requests a minute, each for itself, and reading does not', async () => {
    const token = await secretOf(newUser(), {
      rate_limits: { max_requests_per_1_minute: 1 },
      chatkit_configuration: { file_upload: { enabled: true } },
    })
    for (let count = 0; count < 3; count += 1) expect((await ask(token, listThreads)).status).toBe(200)
    expect((await answered(token)).status).toBe(200)
    expect((await send(token, pdf, 'a.pdf')).status).toBe(200)
    for (const refused of [await ask(token, create), await send(token, pdf, 'b.pdf')]) {
      expect([refused.status, refused.body.error.type]).toEqual([429, 'rate_limit_error'])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    // What is refused has begun nothing, and reading goes on.
    expect((await ask(token, listThreads)).body.data).toHaveLength(1)
  })

  test('[HOSTED-6] when a session is over or taken back, its secret counts no more, and its streams end', async () => {
    const [one, other] = [await sessionOf(newUser()), await sessionOf(newUser())]
    const taken = ask(one.client_secret, create)
    await expect.poll(() => agent.contexts.length).toBe(1)
    await (await server.client()).beta.chatkit.sessions.cancel(one.id)
    await taken
    expect((await ask(one.client_secret, listThreads)).status).toBe(401)
    expect((await send(one.client_secret, pdf, 'a.pdf')).status).toBe(401)
    // So near its end that it comes by itself.
    wait(599)
    const ending = ask(other.client_secret, create)
    await expect.poll(() => agent.contexts.length).toBe(2)
    wait(2)
    await ending
    expect((await ask(other.client_secret, listThreads)).status).toBe(401)
  })

  test('[HOSTED-7] the secret of a session that a server has made opens no other door', async () => {
    const visitor = createVisitor({ url: server.url, token: await secretOf(newUser()) })
    for (const at of ['/files', '/api/chatkit/session', '/v1/chatkit/sessions']) {
      expect((await visitor.ask('POST', at, {})).status, at).toBe(403)
    }
  })

  test('[HOSTED-8] clients that ask for our additions are told what the session goes without', async () => {
    const configured = {
      history: { enabled: false },
      file_upload: { enabled: false },
    }
    const without = async (chatkit_configuration: object, headers: Record<string, string>) =>
      (await ask(await secretOf(newUser(), { chatkit_configuration }), listThreads, headers)).headers.get(
        'parley-session-without',
      )
    const additions = { 'parley-stream': '1' }
    expect(await without(configured, additions)).toBe('files, history')
    expect(await without({ file_upload: { enabled: true } }, additions)).toBeNull()
    expect(await without(configured, {})).toBeNull()
  })
})
