/** The platform's door, asked by OpenAI's own client, unmodified. */
import OpenAI from 'openai'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createToken } from '../../auth/bearer-tokens.ts'
import { createSecret } from '../../auth/secrets.ts'
import { createId, createItemId } from '../../conversation/ids.ts'
import type { Item } from '../../conversation/items.ts'
import { newThread } from '../../conversation/threads.ts'
import { createLog } from '../../logging.ts'
import { createVisitor } from '../../testing/session-server.ts'
import { describeOnDatabases } from '../../testing/grounds.ts'
import { createPacedAgent } from '../../testing/paced-agent.ts'
import type { PacedAgent } from '../../testing/paced-agent.ts'
import { createPlatformClient, startPlatformServer } from '../../testing/platform-server.ts'
import type { PlatformServer, PlatformServerOptions } from '../../testing/platform-server.ts'

const secret = createSecret()
const message = {
  input: { content: [{ type: 'input_text', text: 'Why?' }], attachments: [], inference_options: {} },
}
const listThreads = { type: 'threads.list', params: {} }
let named = 0
/** Nobody else has this name. */
const newName = (kind: string): string => `${kind}_${(named += 1)}`

type Ask = () => PromiseLike<unknown>

async function refusalOf(ask: Ask): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await ask().then(
    () => null,
    (reason: unknown) => reason,
  )
  if (error instanceof OpenAI.APIError) return error
  throw new Error(`Nothing was refused: ${String(error)}`)
}

describeOnDatabases('the platform', (ground) => {
  const clock = { now: new Date() }
  const running: PlatformServer[] = []
  let agent: PacedAgent
  let server: PlatformServer

  async function serve(options: Partial<PlatformServerOptions> = {}): Promise<PlatformServer> {
    const parts = { storage: ground.storage(), secret, agent, clock }
    const started = await startPlatformServer({ ...parts, ...options })
    running.push(started)
    return started
  }
  const wait = (seconds: number): void => {
    clock.now = new Date(clock.now.getTime() + seconds * 1_000)
  }
  const chat = (token: string, body: unknown, from = server) =>
    createVisitor({ url: from.url, token }).ask('POST', '/chatkit', body)

  beforeEach(async () => {
    clock.now = new Date()
    agent = createPacedAgent()
    server = await serve()
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.close()))
  })

  test('[PLATFORM-1] a session is made with all defaults said, and nulls are as good as nothing', async () => {
    const { sessions } = (await server.client()).beta.chatkit
    const user = newName('user')
    const made = await sessions.create({ user, workflow: { id: 'tutor' } })
    expect(made).toEqual({
      id: expect.stringMatching(/^cksess_[0-9a-z]{26}$/),
      object: 'chatkit.session',
      client_secret: expect.any(String),
      expires_at: Math.floor(clock.now.getTime() / 1_000) + 600,
      status: 'active',
      user,
      workflow: { id: 'tutor', version: null, state_variables: null, tracing: { enabled: true } },
      rate_limits: { max_requests_per_1_minute: 10 },
      max_requests_per_1_minute: 10,
      chatkit_configuration: {
        automatic_thread_titling: { enabled: true },
        file_upload: { enabled: false, max_file_size: 512, max_files: 10 },
        history: { enabled: true, recent_threads: null },
      },
    })
    const nulls = {
      user,
      workflow: { id: 'tutor', version: null, state_variables: null, tracing: null },
      expires_after: null,
      rate_limits: { max_requests_per_1_minute: null },
      chatkit_configuration: {
        automatic_thread_titling: null,
        file_upload: { max_files: null },
        history: null,
      },
    }
    const [key] = [
      (await server.keys.create({ tenantId: 'default', name: 'nulls', scopes: ['sessions:write'] })).token,
    ]
    const again = await createVisitor({ url: server.url, token: key }).ask(
      'POST',
      '/v1/chatkit/sessions',
      nulls,
    )
    expect(again.status).toBe(200)
    expect(again.body).toEqual({ ...made, id: again.body.id, client_secret: again.body.client_secret })
    expect(again.body.id).not.toBe(made.id)
    const said = await sessions.create({
      user,
      workflow: {
        id: 'todo',
        version: '3',
        state_variables: { a: 'x', b: true, c: 1.5 },
        tracing: { enabled: false },
      },
      expires_after: { anchor: 'created_at', seconds: 1 },
      rate_limits: { max_requests_per_1_minute: 7 },
      chatkit_configuration: {
        automatic_thread_titling: { enabled: false },
        file_upload: { enabled: true, max_file_size: 1, max_files: 2 },
        history: { enabled: false, recent_threads: 3 },
      },
    })
    expect(said).toMatchObject({
      expires_at: Math.floor(clock.now.getTime() / 1_000) + 1,
      workflow: {
        id: 'todo',
        version: '3',
        state_variables: { a: 'x', b: true, c: 1.5 },
        tracing: { enabled: false },
      },
      rate_limits: { max_requests_per_1_minute: 7 },
      chatkit_configuration: {
        automatic_thread_titling: { enabled: false },
        file_upload: { enabled: true, max_file_size: 1, max_files: 2 },
        history: { enabled: false, recent_threads: 3 },
      },
    })
  })

  test('[PLATFORM-2] what is out of bounds is a BadRequestError that names its field', async () => {
    const { sessions, threads } = (await server.client()).beta.chatkit
    const create =
      (change: object): Ask =>
      () =>
        sessions.create({ user: 'ada', workflow: { id: 'tutor' }, ...change })
    const inWorkflow = (change: object): Ask => create({ workflow: { id: 'tutor', ...change } })
    const configured = (chatkit_configuration: object): Ask => create({ chatkit_configuration })
    const variables = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`v${index}`, index]))
    const cases: [string, Ask][] = [
      ['user', create({ user: '' })],
      ['user', create({ user: null })],
      ['workflow', create({ workflow: null })],
      ['workflow.id', create({ workflow: {} })],
      ['workflow.state_variables', inWorkflow({ state_variables: variables })],
      [
        `workflow.state_variables.${'x'.repeat(65)}`,
        inWorkflow({ state_variables: { ['x'.repeat(65)]: 1 } }),
      ],
      ['workflow.state_variables.a', inWorkflow({ state_variables: { a: 'x'.repeat(10_485_761) } })],
      ['workflow.state_variables.a', inWorkflow({ state_variables: { a: [] } })],
      ['expires_after.seconds', create({ expires_after: { anchor: 'created_at', seconds: 601 } })],
      ['expires_after.seconds', create({ expires_after: { anchor: 'created_at', seconds: 0 } })],
      ['expires_after.anchor', create({ expires_after: { seconds: 10 } })],
      ['rate_limits.max_requests_per_1_minute', create({ rate_limits: { max_requests_per_1_minute: 0 } })],
      [
        'chatkit_configuration.file_upload.max_file_size',
        configured({ file_upload: { max_file_size: 513 } }),
      ],
      ['chatkit_configuration.file_upload.max_files', configured({ file_upload: { max_files: 0 } })],
      ['chatkit_configuration.history.recent_threads', configured({ history: { recent_threads: 0 } })],
      ['limit', () => threads.list({ limit: 101 })],
      ['limit', () => threads.list({ limit: -1 })],
      ['user', () => threads.list({ user: 'x'.repeat(513) })],
    ]
    for (const [param, ask] of cases) {
      const error = await refusalOf(ask)
      expect([error.param, error.constructor], param).toEqual([param, OpenAI.BadRequestError])
      expect(error.error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_request' })
    }
    expect(await inWorkflow({ state_variables: { a: 'x'.repeat(10_485_760) } })()).toBeDefined()
  }, 120_000)

  test('[PLATFORM-3] who shows no key is 401, whose scopes do not allow it 403, and a key opens no other door', async () => {
    const anybody = createVisitor({ url: server.url })
    const nobody = await anybody.ask('GET', '/v1/chatkit/threads')
    expect(nobody.status).toBe(401)
    expect(nobody.body.error).toMatchObject({ type: 'authentication_error', param: null })
    expect(nobody.headers.get('set-cookie')).toBeNull()
    const admin = await createToken({ secret }, { userId: 'root', roles: ['user', 'agent', 'admin'] })
    const wrong = `sk-parley-${'a'.repeat(43)}`
    const list =
      (key: string): Ask =>
      () =>
        createPlatformClient(server.url, key).beta.chatkit.threads.list()
    expect(await refusalOf(list(admin))).toBeInstanceOf(OpenAI.PermissionDeniedError)
    expect(await refusalOf(list(wrong))).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(await refusalOf(list('sk-parley-short'))).toBeInstanceOf(OpenAI.AuthenticationError)

    const { chatkit } = (await server.client({ scopes: ['threads:read'] })).beta
    expect((await chatkit.threads.list()).data).toEqual(expect.any(Array))
    const making = () => chatkit.sessions.create({ user: 'ada', workflow: { id: 'tutor' } })
    expect(await refusalOf(making)).toBeInstanceOf(OpenAI.PermissionDeniedError)
    expect(await refusalOf(() => chatkit.threads.delete(createId('thr')))).toBeInstanceOf(
      OpenAI.PermissionDeniedError,
    )

    const { token } = await server.keys.create({
      tenantId: 'default',
      name: 'all',
      scopes: ['sessions:write', 'threads:read', 'threads:write'],
    })
    expect((await chat(token, listThreads)).status).toBe(403)
    const sessions = createVisitor({ url: server.url, token })
    expect((await sessions.ask('POST', '/api/chatkit/session', {})).status).toBe(403)
  })

  test('[PLATFORM-4] a workflow is an agent by its name, or the workflow the server is set to; another is a clear 404', async () => {
    const other = await serve({ workflowId: 'wf_of_old' })
    const { sessions } = (await other.client()).beta.chatkit
    const error = await refusalOf(() => sessions.create({ user: 'ada', workflow: { id: 'wf_nobody' } }))
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ param: 'workflow.id', type: 'invalid_request_error', code: 'not_found' })
    expect(error.message).toContain('There is no workflow "wf_nobody"')
    const made = await sessions.create({ user: newName('user'), workflow: { id: 'wf_of_old' } })
    await begin(made.client_secret, other)
    expect(agent.contexts[0]?.metadata).toMatchObject({ agent: 'support', state_variables: {} })
  })

  /** Begins an answer, and resolves with what it says once it is over. */
  async function begin(token: string, from = server): Promise<{ ended: Promise<string>; threadId: string }> {
    const before = agent.contexts.length
    const asked = chat(token, { type: 'threads.create', params: message }, from)
    await expect.poll(() => agent.contexts.length).toBe(before + 1)
    const ended = asked.then(({ body }) => String(body))
    return { ended, threadId: agent.contexts[before]?.thread.id ?? '' }
  }

  test('[PLATFORM-5] the client secret is its user at the ChatKit endpoint, and runs know agent and state variables', async () => {
    const { sessions, threads } = (await server.client()).beta.chatkit
    const user = newName('user')
    const state_variables = { plan: 'pro', seats: 3, beta: false }
    const made = await sessions.create({ user, workflow: { id: 'todo', state_variables } })
    const { ended, threadId } = await begin(made.client_secret)
    expect(agent.contexts[0]?.metadata).toMatchObject({ agent: 'todo', state_variables })
    await agent.say('Because.')
    await agent.finish()
    expect(await ended).toContain('Because.')
    expect((await threads.retrieve(threadId)).user).toBe(user)
    const own = await chat(made.client_secret, listThreads)
    expect(own.body.data.map(({ id }: { id: string }) => id)).toEqual([threadId])
    // Nobody but the server that made it may say how long it lives.
    const { url } = await serve({ workflowId: 'tutor' })
    const token = await createToken({ secret }, { userId: user })
    const browser = createVisitor({ url, token })
    const path = `/api/chatkit/session/${made.id.replace('cksess_', 'sess_')}`
    expect((await browser.ask('POST', `${path}/refresh`, {})).status).toBe(409)
    expect(JSON.stringify((await browser.ask('GET', path)).body)).not.toContain('plan')
  })

  test('[PLATFORM-6] a session allows so many answers a minute, and ends with its time, its streams too', async () => {
    const { sessions } = (await server.client()).beta.chatkit
    const user = newName('user')
    const workflow = { id: 'tutor' }
    const made = await sessions.create({ user, workflow, rate_limits: { max_requests_per_1_minute: 1 } })
    const { ended: first } = await begin(made.client_secret)
    const refused = await chat(made.client_secret, { type: 'threads.create', params: message })
    expect([refused.status, refused.body.error.type]).toEqual([429, 'rate_limit_error'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    await agent.finish()
    await first
    // Another session of the same user has its own.
    const second = await sessions.create({ user, workflow })
    expect((await chat(second.client_secret, listThreads)).status).toBe(200)

    wait(599)
    const { ended } = await begin(second.client_secret)
    wait(2)
    await ended
    expect((await chat(second.client_secret, listThreads)).status).toBe(401)
  })

  test('[PLATFORM-7] a session that was cancelled counts no more, its streams end, and another tenant cannot do it', async () => {
    const { sessions } = (await server.client()).beta.chatkit
    const made = await sessions.create({ user: newName('user'), workflow: { id: 'tutor' } })
    const stranger = (await server.client({ tenantId: newName('tenant') })).beta.chatkit.sessions
    for (const id of [made.id, 'cksess_1', createId('sess')]) {
      const error = await refusalOf(() => stranger.cancel(id))
      expect(error).toBeInstanceOf(OpenAI.NotFoundError)
      expect(error.message).toContain('There is no such session.')
    }
    const { ended } = await begin(made.client_secret)
    expect(await sessions.cancel(made.id)).toEqual({ ...made, status: 'cancelled' })
    await ended
    expect((await chat(made.client_secret, listThreads)).status).toBe(401)
    expect((await sessions.cancel(made.id)).status).toBe('cancelled')
    // What a browser has asked for itself is no session of the platform's.
    const token = await createToken({ secret }, { userId: newName('user') })
    const browser = createVisitor({ url: (await serve({ workflowId: 'tutor' })).url, token })
    const { body } = await browser.ask('POST', '/api/chatkit/session', {})
    const own = String(body.session_id).replace('sess_', 'cksess_')
    expect(await refusalOf(() => sessions.cancel(own))).toBeInstanceOf(OpenAI.NotFoundError)
  })

  async function createThread(
    tenantId: string,
    userId: string,
    items: readonly Item[] = [],
  ): Promise<string> {
    const id = createId('thr')
    await ground
      .storage()
      .store.createThread({ tenantId, userId }, newThread(id, clock.now.toISOString()), async (it) => {
        for (const item of items) await it.saveItem({ ...item, thread_id: id })
      })
    return id
  }

  test('[PLATFORM-8] threads of a tenant are listed by user, in both orders and directions, page by page', async () => {
    const tenantId = newName('tenant')
    const { threads } = (await server.client({ tenantId })).beta.chatkit
    const made: string[] = []
    for (const user of ['ada', 'bob', 'ada', 'bob', 'ada']) made.push(await createThread(tenantId, user))
    await createThread(newName('tenant'), 'ada')
    const newest = made.toReversed()
    const all: string[] = []
    for await (const thread of threads.list({ limit: 2 })) all.push(thread.id)
    expect(all).toEqual(newest)
    const ofAda: string[] = []
    for await (const thread of threads.list({ limit: 1, user: 'ada', order: 'asc' })) ofAda.push(thread.id)
    expect(ofAda).toEqual([made[0], made[2], made[4]])
    const idsOf = async (query: Parameters<typeof threads.list>[0]) => {
      const page = await threads.list(query)
      return [page.data.map(({ id }) => id), page.has_more]
    }
    const [one, two, three, four, five] = newest.map(String)
    expect(await idsOf({})).toEqual([newest, false])
    expect(await idsOf({ limit: 0 })).toEqual([[], true])
    expect(await idsOf({ before: four ?? '', limit: 2 })).toEqual([[two, three], true])
    expect(await idsOf({ before: three ?? '', limit: 2 })).toEqual([[one, two], false])
    expect(await idsOf({ after: one ?? '', before: five ?? '', limit: 2 })).toEqual([[two, three], true])
    expect(await idsOf({ before: two ?? '', order: 'asc', limit: 2 })).toEqual([[four, three], true])
    expect(await idsOf({ user: 'nobody' })).toEqual([[], false])
    const empty: unknown = await (await threads.list({ user: 'nobody' }).asResponse()).json()
    expect(empty).toEqual({ object: 'list', data: [], first_id: null, last_id: null, has_more: false })
    expect(await refusalOf(() => threads.list({ after: createId('thr') }))).toBeInstanceOf(
      OpenAI.NotFoundError,
    )
    expect(await refusalOf(() => threads.list({ after: one ?? '', user: 'bob' }))).toBeInstanceOf(
      OpenAI.NotFoundError,
    )
  })

  test('[PLATFORM-9] a thread is read and deleted by a key of its tenant, and is not there for another', async () => {
    const tenantId = newName('tenant')
    const { threads } = (await server.client({ tenantId })).beta.chatkit
    const id = await createThread(tenantId, 'ada')
    const created_at = Math.floor(clock.now.getTime() / 1_000)
    const thread = {
      id,
      object: 'chatkit.thread',
      created_at,
      title: null,
      status: { type: 'active' },
      user: 'ada',
    }
    expect(await threads.retrieve(id)).toEqual(thread)
    await ground
      .storage()
      .store.changeThread({ tenantId, userId: 'ada' }, id, (it) =>
        it.saveThread({ ...it.thread, title: 'Tea', status: { type: 'locked' } }),
      )
    const locked = { type: 'locked', reason: null }
    expect(await threads.retrieve(id)).toEqual({ ...thread, title: 'Tea', status: locked })
    const stranger = (await server.client()).beta.chatkit.threads
    const asking: Ask[] = [
      () => stranger.retrieve(id),
      () => stranger.delete(id),
      () => stranger.listItems(id),
      () => threads.retrieve('cthr_1'),
    ]
    for (const ask of asking) expect(await refusalOf(ask)).toBeInstanceOf(OpenAI.NotFoundError)
    expect(await threads.delete(id)).toEqual({ id, object: 'chatkit.thread.deleted', deleted: true })
    expect(await refusalOf(() => threads.retrieve(id))).toBeInstanceOf(OpenAI.NotFoundError)
  })

  test('[PLATFORM-10] items come in the platform’s shapes, and pages go on past what it has no word for', async () => {
    const tenantId = newName('tenant')
    const { threads } = (await server.client({ tenantId })).beta.chatkit
    const items = manyItems(clock.now.toISOString())
    const id = await createThread(tenantId, 'ada', items)
    const listed: unknown[] = []
    for await (const item of threads.listItems(id, { limit: 1, order: 'asc' })) listed.push(item)
    const base = {
      object: 'chatkit.thread_item',
      thread_id: id,
      created_at: Math.floor(clock.now.getTime() / 1_000),
    }
    expect(listed).toEqual(
      shownAs.map((shown) => ({
        ...base,
        id: items.find(({ type }) => type === shown.from)?.id,
        ...shown.as,
      })),
    )
    const page = await threads.listItems(id)
    expect(page.data.map((item) => item.id)).toEqual(
      listed.map((item) => (item as { id: string }).id).toReversed(),
    )
    const hidden = items.find(({ type }) => type === 'hidden_context_item')?.id ?? ''
    const afterHidden = await threads.listItems(id, { after: hidden, order: 'asc', limit: 1 })
    expect(afterHidden.data.map((item) => item.id)).toEqual([
      items.find(({ type }) => type === 'assistant_message')?.id,
    ])
    expect(await refusalOf(() => threads.listItems(id, { after: 'msg_no' }))).toBeInstanceOf(
      OpenAI.NotFoundError,
    )
  })

  test('[PLATFORM-11] a key is kept as a hash, never logged, and counts nowhere within a second of being revoked', async () => {
    let logged = ''
    const log = createLog({ level: 'debug', format: 'json', write: (line) => (logged += line) })
    const one = await serve({ log })
    const other = await serve({ storage: await ground.otherStorage(), log })
    const tenantId = newName('tenant')
    const { key, token } = await one.keys.create({ tenantId, name: 'Shop', scopes: ['threads:read'] })
    const list = async (url: string): Promise<number> =>
      (await createVisitor({ url, token }).ask('GET', '/v1/chatkit/threads')).status
    expect(await list(one.url)).toBe(200)
    expect(await list(other.url)).toBe(200)
    expect(await one.keys.list(tenantId)).toEqual([{ ...key, lastUsedAt: clock.now }])
    expect(await one.keys.revoke(newName('tenant'), key.id)).toBeNull()
    expect(await one.keys.revoke(tenantId, key.id)).toMatchObject({ revokedAt: clock.now })
    expect(await list(one.url)).toBe(401)
    await expect.poll(() => list(other.url)).toBe(401)
    expect(logged).toContain('"status":401')
    expect(logged).not.toContain(token.slice(10))
  })
})

/** One of each type, in an order in which nothing that is shown stands beside each other without something that is not. */
function manyItems(created_at: string): Item[] {
  const base = (type: Item['type']) => ({ id: createItemId(type), thread_id: '', created_at })
  return [
    { ...base('end_of_turn'), type: 'end_of_turn' },
    {
      ...base('user_message'),
      type: 'user_message',
      content: [
        { type: 'input_text', text: 'What of ' },
        { type: 'input_tag', id: 't1', text: 'Tea', data: {}, interactive: false },
      ],
      attachments: [{ type: 'file', id: createId('atc'), name: 'a.txt', mime_type: 'text/plain' }],
      quoted_text: 'so it was',
      inference_options: { model: 'fast' },
    },
    { ...base('hidden_context_item'), type: 'hidden_context_item', content: 'secret' },
    { ...base('sdk_hidden_context'), type: 'sdk_hidden_context', content: 'secret' },
    {
      ...base('assistant_message'),
      type: 'assistant_message',
      content: [
        {
          type: 'output_text',
          text: 'Good.',
          annotations: [
            { type: 'annotation', source: { type: 'url', title: 'A', url: 'https://a.example/' } },
            { type: 'annotation', source: { type: 'file', title: 'B', filename: 'b.txt' } },
            {
              type: 'annotation',
              source: { type: 'entity', title: 'C', id: 'c', interactive: false, data: {} },
            },
          ],
        },
      ],
    },
    { ...base('generated_image'), type: 'generated_image' },
    { ...base('widget'), type: 'widget', widget: { type: 'Card', children: [] } },
    { ...base('structured_input'), type: 'structured_input', status: 'pending', inputs: [] },
    {
      ...base('client_tool_call'),
      type: 'client_tool_call',
      status: 'pending',
      call_id: 'call_1',
      name: 'look',
      arguments: { at: 'it' },
    },
    {
      ...base('task'),
      type: 'task',
      task: { type: 'thought', content: 'Hm.', status_indicator: 'none' },
    },
    {
      ...base('workflow'),
      type: 'workflow',
      workflow: {
        type: 'custom',
        expanded: false,
        tasks: [
          { type: 'custom', title: 'One', content: 'Two', status_indicator: 'none' },
          { type: 'web_search', title_query: 'tea', queries: [], sources: [], status_indicator: 'none' },
          { type: 'file', title: 'Files', sources: [], status_indicator: 'none' },
        ],
      },
    },
  ]
}

const shownAs: { from: Item['type']; as: object }[] = [
  {
    from: 'user_message',
    as: {
      type: 'chatkit.user_message',
      content: [
        { type: 'input_text', text: 'What of ' },
        { type: 'input_text', text: 'Tea' },
        { type: 'quoted_text', text: 'so it was' },
      ],
      attachments: [
        { type: 'file', id: expect.any(String), name: 'a.txt', mime_type: 'text/plain', preview_url: null },
      ],
      inference_options: { tool_choice: null, model: 'fast' },
    },
  },
  {
    from: 'assistant_message',
    as: {
      type: 'chatkit.assistant_message',
      content: [
        {
          type: 'output_text',
          text: 'Good.',
          annotations: [
            { type: 'url', source: { type: 'url', url: 'https://a.example/' } },
            { type: 'file', source: { type: 'file', filename: 'b.txt' } },
          ],
        },
      ],
    },
  },
  { from: 'widget', as: { type: 'chatkit.widget', widget: '{"type":"Card","children":[]}' } },
  {
    from: 'client_tool_call',
    as: {
      type: 'chatkit.client_tool_call',
      status: 'in_progress',
      call_id: 'call_1',
      name: 'look',
      arguments: '{"at":"it"}',
      output: null,
    },
  },
  { from: 'task', as: { type: 'chatkit.task', task_type: 'thought', heading: null, summary: 'Hm.' } },
  {
    from: 'workflow',
    as: {
      type: 'chatkit.task_group',
      tasks: [
        { type: 'custom', heading: 'One', summary: 'Two' },
        { type: 'custom', heading: 'tea', summary: null },
        { type: 'custom', heading: 'Files', summary: null },
      ],
    },
  },
]
