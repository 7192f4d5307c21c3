/** Contract D against a started server: a real socket, a real issuer of tokens, both databases, and the ChatKit door beside it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAgents, createSwitchboard } from '../../agents/agents.ts'
import { createAuthentication } from '../../auth/authentication.ts'
import { createBearerTokens } from '../../auth/bearer-tokens.ts'
import { createBetterAuthIssuer } from '../../auth/better-auth.ts'
import { createGuestCookies } from '../../auth/guest-cookies.ts'
import { createIssuerTokens } from '../../auth/issuer-tokens.ts'
import { fixedTenant } from '../../auth/issuers.ts'
import { createRevocations } from '../../auth/revocations.ts'
import type { Revocations } from '../../auth/revocations.ts'
import { createSecret } from '../../auth/secrets.ts'
import type { Action, Agent } from '../../conversation/agent.ts'
import type { WidgetItem, WidgetNode } from '../../conversation/items.ts'
import { createAnswerer } from '../../models/answerer.ts'
import { createChatKitClient, says } from '../../testing/chatkit-client.ts'
import type { ChatKitClient } from '../../testing/chatkit-client.ts'
import { describeOnDatabases } from '../../testing/grounds.ts'
import { createMessage, createPacedAgent } from '../../testing/paced-agent.ts'
import type { PacedAgent } from '../../testing/paced-agent.ts'
import { createTestAdmission } from '../../testing/test-admission.ts'
import { startTestServer } from '../../testing/test-server.ts'
import type { TestServer } from '../../testing/test-server.ts'
import { createIssuerKey, signWith, startTestIssuer } from '../../testing/token-issuer.ts'
import type { IssuerKey, TestIssuer } from '../../testing/token-issuer.ts'
import { createChatKitServer } from './chatkit-server.ts'
import { createRespondDoor, developmentOrigin } from './routes.ts'
import type { RespondDoorOptions } from './routes.ts'
import type { RespondWidget } from './wire.ts'

const tenantId = 'acme'
const production = 'https://todo.example.org'

let issuer: TestIssuer
let key: IssuerKey
beforeAll(async () => {
  key = await createIssuerKey('EdDSA', 'one')
  issuer = await startTestIssuer([key])
})
afterAll(() => issuer.close())

const hour = 3_600
function signToken(claims: Record<string, unknown>): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  return signWith(key, { iss: issuer.url, aud: issuer.url, iat: now, exp: now + hour, ...claims })
}

let userNumber = 0

interface Answer {
  status: number
  headers: Headers
  body: unknown
}
interface AskOptions {
  method?: string
  body?: unknown
  headers?: Record<string, string>
  token?: string | null
}
interface Frame {
  id?: number
  event: string
  data: Record<string, unknown>
}

interface User {
  userId: string
  owner: { tenantId: string; userId: string }
  token: string
  ask(path: string, options?: AskOptions): Promise<Answer>
  /** All events of a stream, which must begin. */
  stream(path: string, options?: AskOptions): Promise<Frame[]>
  open(path: string, options?: AskOptions & { signal?: AbortSignal }): Promise<Response>
  chatKit(): Promise<ChatKitClient>
}

function parseFrames(text: string): Frame[] {
  return text
    .split('\n\n')
    .filter((part) => part !== '' && !part.startsWith(':'))
    .map((part) => {
      const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1]
      const id = field('id')
      return {
        ...(id === undefined ? {} : { id: Number(id) }),
        event: field('event') ?? '',
        data: JSON.parse(field('data') ?? '{}') as Record<string, unknown>,
      }
    })
}

describeOnDatabases('contract D', (ground) => {
  const secret = createSecret()
  let server: TestServer
  let paced: PacedAgent
  let revocations: Revocations
  let failures: unknown[]
  /** Actions of the form that only these tests show. */
  let taken: Action[]

  /** Says `Wait` and the test paces the answer; everything else is the todo agent's and its neighbours'. */
  function createAgent(): Agent {
    const { books, learners, tasks } = ground.storage()
    const model = createAnswerer({ find: () => [], topics: ['Nothing'], wordSeconds: 0 })
    const board = createSwitchboard(
      createAgents({ model, isBuiltIn: true, books, learners, tasks }),
      'assistant',
    )
    return {
      ...board,
      respond(context, message) {
        const text = message?.content.map((part) => part.text).join('')
        if (text === 'Wait') return paced.respond(context, message)
        return text === 'Form' ? showForm(context) : board.respond(context, message)
      },
      async *action(context, action, sender) {
        if (action.type === 'task_add') taken.push(action)
        else if (board.action !== undefined) yield* board.action(context, action, sender)
      },
    }
  }

  async function start(options: Partial<RespondDoorOptions> = {}): Promise<TestServer> {
    const storage = ground.storage()
    const betterAuth = createBetterAuthIssuer({ url: issuer.url, tenants: fixedTenant(tenantId) })
    const authentication = createAuthentication(
      [
        createIssuerTokens({ issuers: [betterAuth] }),
        createBearerTokens({ secret }),
        createGuestCookies({ secret }),
      ],
      { revocations },
    )
    return startTestServer({
      storage,
      agent: createAgent(),
      authentication,
      doors: (engine) => [
        createRespondDoor({
          engine,
          store: storage.store,
          admission: createTestAdmission({ authentication }),
          allowedOrigins: [production, developmentOrigin],
          onFailure: (_event, fields) => void failures.push(fields),
          ...options,
        }),
      ],
    })
  }

  beforeEach(async () => {
    paced = createPacedAgent()
    failures = []
    taken = []
    revocations = createRevocations()
    server = await start()
  })
  afterEach(async () => {
    await server.close()
    expect(failures).toEqual([])
  })

  async function createUser(name = `d_user_${++userNumber}`): Promise<User> {
    const token = await signToken({ sub: name, user_id: name })
    async function open(path: string, { signal, ...options }: AskOptions & { signal?: AbortSignal } = {}) {
      const { body, method = body === undefined ? 'GET' : 'POST', headers = {} } = options
      const shown = options.token === undefined ? token : options.token
      return fetch(`${server.url}/api/chatkit${path}`, {
        method,
        headers: {
          ...(shown === null ? {} : { authorization: `Bearer ${shown}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      })
    }
    return {
      userId: name,
      owner: { tenantId, userId: name },
      token,
      open,
      async ask(path, options) {
        const response = await open(path, options)
        const text = await response.text()
        return {
          status: response.status,
          headers: response.headers,
          body: text === '' ? null : JSON.parse(text),
        }
      },
      async stream(path, options = {}) {
        const headers = { accept: 'text/event-stream', ...options.headers }
        const response = await open(path, { ...options, headers })
        expect(response.headers.get('content-type')).toContain('text/event-stream')
        return parseFrames(await response.text())
      },
      chatKit: () => createChatKitClient({ url: server.url, secret, userId: name, tenantId }),
    }
  }

  interface Shown {
    threadId: string
    responseId: string
    widget: RespondWidget
    itemId: string
  }

  /** Asks as the document does, and waits for the card. */
  async function showTasks(user: User, threadId?: string): Promise<Shown> {
    const body = {
      ...(threadId === undefined ? {} : { thread_id: threadId }),
      input: 'Show me my tasks',
      metadata: { user_agent: 'web', session_id: 'session_xyz789' },
    }
    const said = await user.ask('/respond', { body })
    expect(said).toMatchObject({ status: 200, body: { status: 'success' } })
    const { thread_id, response_id } = said.body as { thread_id: string; response_id: string }
    await user.stream(`/responses/${response_id}/events`)
    const [item] = await widgetsOf(user, response_id)
    return {
      threadId: thread_id,
      responseId: response_id,
      widget: item?.widget ?? never(),
      itemId: item?.id ?? never(),
    }
  }

  async function widgetsOf(user: User, id: string): Promise<{ id: string; widget: RespondWidget }[]> {
    const { body } = await user.ask(`/responses/${id}`)
    const { output } = body as { output: { type: string; id: string; widget: RespondWidget }[] }
    return output.filter(({ type }) => type === 'widget')
  }

  const tasks = () => ground.storage().tasks

  test('[RESPOND-1] saying something stores it, begins the answer, and is answered at once, in a new thread or in one of ours', async () => {
    const user = await createUser()
    const first = await user.ask('/respond', { body: { input: 'Wait' } })
    expect(first.status).toBe(200)
    expect(first.body).toEqual({
      status: 'success',
      thread_id: expect.stringMatching(/^thr_[0-9a-z]{26}$/),
      response_id: expect.stringMatching(/^resp_[0-9a-z]{26}$/),
    })
    const { thread_id, response_id } = first.body as { thread_id: string; response_id: string }
    const items = await (await user.chatKit()).allItems(thread_id)
    expect(items).toMatchObject([{ type: 'user_message', content: [{ type: 'input_text', text: 'Wait' }] }])
    const running = await user.ask(`/responses/${response_id}`)
    expect(running.body).toMatchObject({ response_id, thread_id, status: 'in_progress' })
    expect((running.body as { created_at: number }).created_at.toString()).toMatch(/^\d{10}$/)
    await paced.say('Half a ')
    await expect
      .poll(async () => JSON.stringify((await user.ask(`/responses/${response_id}`)).body))
      .toContain('Half a ')
    // One at a time in a thread.
    expect(await user.ask('/respond', { body: { thread_id, input: 'And?' } })).toMatchObject({
      status: 409,
      body: { error: { type: 'PROCESSING_ERROR', code: 409 } },
    })
    await paced.say('word.')
    await paced.finish()
    await user.stream(`/responses/${response_id}/events`)
    expect((await user.ask(`/responses/${response_id}`)).body).toEqual({
      response_id,
      thread_id,
      status: 'completed',
      created_at: expect.any(Number),
      output: [
        {
          id: expect.any(String),
          created_at: expect.any(Number),
          type: 'message',
          role: 'user',
          text: 'Wait',
        },
        {
          id: expect.any(String),
          created_at: expect.any(Number),
          type: 'message',
          role: 'assistant',
          text: 'Half a word.',
        },
      ],
    })
    const again = await user.ask('/respond', {
      body: { thread_id, input: 'Hello\u0000', metadata: null, unknown: 1 },
    })
    expect(again).toMatchObject({ status: 200, body: { thread_id } })
    await user.stream(`/responses/${(again.body as { response_id: string }).response_id}/events`)
    const [, , said] = await (await user.chatKit()).allItems(thread_id)
    expect(said).toMatchObject({ type: 'user_message', content: [{ text: 'Hello\uFFFD' }] })
  })

  test('[RESPOND-1] the agent reads what the client says of itself, and not which agent it would like', async () => {
    const user = await createUser()
    const metadata = { user_agent: 'web', session_id: 'session_xyz789', agent: 'tutor' }
    await user.ask('/respond', { body: { input: 'Wait', metadata } })
    await paced.finish()
    expect(paced.contexts.at(-1)?.metadata).toEqual({ ...metadata, agent: 'todo' })
  })

  test('[RESPOND-2] an answer is streamed when it is asked for so, and can be read on from any event', async () => {
    const user = await createUser()
    const reading = user.stream('/respond', { body: { input: 'Wait' } })
    for (const text of ['One ', 'two ', 'three.']) await paced.say(text)
    await paced.finish()
    const frames = await reading
    const [first, ...events] = frames
    expect(first).toEqual({
      event: 'response',
      data: {
        type: 'response',
        status: 'success',
        thread_id: expect.stringMatching(/^thr_/),
        response_id: expect.stringMatching(/^resp_/),
      },
    })
    expect(events.every(({ event, data }) => data['type'] === event)).toBe(true)
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { status: 'completed' } })
    const textIn = (some: Frame[]) =>
      some.flatMap(({ data }) => (data['type'] === 'text.delta' ? data['delta'] : [])).join('')
    expect(textIn(events)).toBe('One two three.')
    const path = `/responses/${String(first?.data['response_id'])}/events`
    const all = await user.stream(path)
    expect(textIn(all)).toBe('One two three.')
    const numbers = all.map(({ id }) => id ?? 0)
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
    for (const [index, id] of numbers.entries()) {
      const rest = all.slice(index + 1)
      const byHeader = await user.stream(path, { headers: { 'last-event-id': String(id) } })
      const byQuery = await user.stream(`${path}?after=${id}`)
      // The end is told once more to whoever has it already.
      expect(byHeader).toEqual(rest.length === 0 ? all.slice(-1) : rest)
      expect(byQuery).toEqual(byHeader)
    }
    const last = numbers.at(-1) ?? 0
    for (const wrong of [String(last + 1), 'x', '-1', '1.5', '9'.repeat(16)]) {
      expect(await user.ask(path, { headers: { 'last-event-id': wrong } }), wrong).toMatchObject({
        status: 422,
        body: { error: { type: 'VALIDATION_ERROR', code: 422 } },
      })
    }
    const head = await user.open(path, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('[RESPOND-2] whoever leaves a stream leaves the answer to go on', async () => {
    const user = await createUser()
    const leaving = new AbortController()
    const response = await user.open('/respond', {
      body: { input: 'Wait' },
      headers: { accept: 'text/event-stream' },
      signal: leaving.signal,
    })
    const read = await response.body?.getReader().read()
    const [first] = parseFrames(new TextDecoder().decode(read?.value))
    leaving.abort()
    await paced.say('All of it.')
    await paced.finish()
    const rest = await user.stream(`/responses/${String(first?.data['response_id'])}/events`)
    expect(rest.at(-1)).toMatchObject({ event: 'done', data: { status: 'completed' } })
  })

  test('[RESPOND-2] a failed answer says so, in the document’s words, and shows nothing of the inside', async () => {
    const user = await createUser()
    const said = await user.ask('/respond', { body: { input: 'Wait' } })
    const { response_id } = said.body as { response_id: string }
    await paced.say('Well')
    await paced.fail(new Error('the cupboard is locked'))
    const frames = await user.stream(`/responses/${response_id}/events`)
    expect(frames.map(({ event }) => event)).toContain('error')
    const error = { type: 'PROCESSING_ERROR', message: expect.any(String), code: 500 }
    expect(frames.find(({ event }) => event === 'error')?.data).toMatchObject({ error })
    const { body } = await user.ask(`/responses/${response_id}`)
    expect(body).toMatchObject({ status: 'failed', error })
    expect(JSON.stringify([frames, body])).not.toContain('cupboard')
  })

  test('[RESPOND-4] “Show me my tasks” answers with the document’s card, and a click on it changes it in place, at both doors', async () => {
    const user = await createUser()
    const [groceries, ann] = [
      await tasks().add(user.owner, 'Buy groceries'),
      await tasks().add(user.owner, 'Call Ann'),
    ]
    const row = ({ id, title }: { id: string; title: string }): RespondWidget => ({
      id: `task_item_${id}`,
      type: 'row',
      children: [
        { id: `task_title_${id}`, type: 'text', props: { text: title } },
        {
          id: `complete_task_btn_${id}`,
          type: 'button',
          props: { text: 'Complete', action: { type: 'task_complete', payload: { task_id: id } } },
          metadata: { action: { streaming: false } },
        },
      ],
    })
    const { threadId, responseId, widget, itemId } = await showTasks(user)
    expect(widget).toEqual({
      id: 'task_list_card',
      type: 'card',
      children: [
        { id: 'task_list_headline', type: 'headline', props: { text: 'Your Tasks' } },
        { id: 'task_list', type: 'listview', children: [row(groceries), row(ann)] },
      ],
    })

    const acted = await user.ask('/action', {
      body: {
        thread_id: threadId,
        action: {
          type: 'button_click',
          widget_id: `complete_task_btn_${groceries.id}`,
          payload: { task_id: groceries.id, action: 'complete' },
        },
      },
    })
    expect(acted.status).toBe(200)
    expect(acted.body).toEqual({
      status: 'success',
      thread_id: threadId,
      action_id: expect.stringMatching(/^action_[0-9a-z]{26}$/),
    })
    const { action_id } = acted.body as { action_id: string }
    const frames = await user.stream(`/responses/${action_id}/events`)
    expect(frames.map(({ event }) => event)).toEqual(['item.replaced', 'done'])
    expect(frames[0]).toMatchObject({ data: { item: { id: itemId, type: 'widget' } } })

    // Where it was shown first, and after a reload at the other door, it is the changed one.
    for (const id of [responseId, action_id]) {
      const [card] = await widgetsOf(user, id)
      expect(card?.id).toBe(itemId)
      expect(JSON.stringify(card)).toContain(`task_done_${groceries.id}`)
      expect(JSON.stringify(card)).not.toContain(`complete_task_btn_${groceries.id}`)
      expect(JSON.stringify(card)).toContain(`complete_task_btn_${ann.id}`)
    }
    const client = await user.chatKit()
    const items = await client.allItems(threadId)
    const shown = items.filter((item): item is WidgetItem => item.type === 'widget')
    expect(shown.map(({ id }) => id)).toEqual([itemId])
    expect(shown[0]?.widget).toMatchObject({
      type: 'Card',
      children: [{ type: 'Title', value: 'Your Tasks' }, {}],
    })
    expect(JSON.stringify(shown[0])).toContain('"value":"Buy groceries","lineThrough":true')

    await client.json('threads.sync_custom_action', {
      thread_id: threadId,
      item_id: itemId,
      action: { type: 'task_complete', payload: { task_id: ann.id } },
    })
    const [card] = await widgetsOf(user, responseId)
    expect(JSON.stringify(card)).not.toContain('complete_task_btn')
    expect((await tasks().list(user.owner)).map(({ done }) => done)).toEqual([true, true])
  })

  test('[RESPOND-4] an action is streamed when it is asked for so, and one in a thread of the ChatKit door works as well', async () => {
    const user = await createUser()
    const task = await tasks().add(user.owner, 'Mow the lawn')
    const client = await user.chatKit()
    const created = await client.post({
      type: 'threads.create',
      params: { input: says('Show me my tasks') },
      metadata: { agent: 'todo' },
    })
    const threadId = created.headers.get('parley-thread') ?? ''
    await created.text()
    const widget = (await client.allItems(threadId)).find((item) => item.type === 'widget')
    const frames = await user.stream('/action', {
      body: {
        thread_id: threadId,
        action: { type: 'task_complete', widget_id: widget?.id, payload: { task_id: task.id } },
      },
    })
    expect(frames.map(({ event }) => event)).toEqual(['response', 'item.replaced', 'done'])
    expect(frames[0]?.data).toMatchObject({ status: 'success', thread_id: threadId })
    expect(await tasks().list(user.owner)).toMatchObject([{ done: true }])
  })

  test('[RESPOND-3] an action is taken only where the server has issued it, in that very thread, to that very user', async () => {
    const user = await createUser()
    const stranger = await createUser()
    const task = await tasks().add(user.owner, 'Mine')
    const other = await tasks().add(user.owner, 'Also mine')
    const theirs = await tasks().add(stranger.owner, 'Theirs')
    const { threadId, itemId } = await showTasks(user)
    const { threadId: strangersThread } = await showTasks(stranger)
    const empty = await user.ask('/respond', { body: { input: 'Hello' } })
    const emptyThread = (empty.body as { thread_id: string }).thread_id
    const widget_id = `complete_task_btn_${task.id}`
    const good = { type: 'button_click', widget_id, payload: { task_id: task.id, action: 'complete' } }
    const send = (action: unknown, thread_id = threadId, by = user) =>
      by.ask('/action', { body: { thread_id, action } })

    const unissued = [
      { ...good, type: 'task_delete' },
      { ...good, widget_id: 'task_complete_btn_123' },
      { ...good, widget_id: `complete_task_btn_${theirs.id}`, payload: { task_id: theirs.id } },
      { ...good, payload: { task_id: other.id } },
      { ...good, payload: { task_id: theirs.id } },
      { ...good, payload: { task_id: task.id, action: 'delete' } },
      { ...good, payload: { task_id: task.id, user_id: stranger.userId } },
      { ...good, widget_id: itemId },
      { ...good, item_id: 'msg_00000000000000000000000000' },
      { type: 'task_complete', widget_id: 'task_list_card' },
    ]
    for (const action of unissued) {
      expect(await send(action), JSON.stringify(action)).toMatchObject({
        status: 422,
        body: { error: { type: 'WIDGET_ERROR', code: 422, message: expect.any(String) } },
      })
    }
    expect(await send(good, emptyThread)).toMatchObject({
      status: 422,
      body: { error: { type: 'WIDGET_ERROR' } },
    })
    const foreign = await send(good, threadId, stranger)
    expect(foreign).toMatchObject({ status: 403, body: { error: { type: 'AUTH_ERROR', code: 403 } } })
    expect(await send(good, strangersThread)).toMatchObject({ status: 403, body: foreign.body })
    expect((await tasks().list(user.owner)).map(({ done }) => done)).toEqual([false, false])
    expect((await tasks().list(stranger.owner)).map(({ done }) => done)).toEqual([false])

    const malformed = [
      undefined,
      {},
      { ...good, type: '' },
      { ...good, widget_id: 1 },
      { ...good, widget_id: 'x'.repeat(201) },
      { ...good, payload: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`f${index}`, 1])) },
      'button_click',
    ]
    for (const action of malformed) {
      expect(await send(action), JSON.stringify(action)).toMatchObject({
        status: 422,
        body: { error: { type: 'VALIDATION_ERROR', code: 422 } },
      })
    }

    const acted = await send(good)
    expect(acted.status).toBe(200)
    await user.stream(`/responses/${(acted.body as { action_id: string }).action_id}/events`)
    // Once it is done, the card has no such button any more.
    expect(await send(good)).toMatchObject({ status: 422, body: { error: { type: 'WIDGET_ERROR' } } })
    expect((await tasks().list(user.owner)).map(({ title, done }) => [title, done])).toEqual([
      ['Also mine', false],
      ['Mine', true],
    ])
  })

  test('[RESPOND-3] of several cards the newest that offers it is meant, or the one that is named', async () => {
    const user = await createUser()
    const task = await tasks().add(user.owner, 'Twice on the table')
    const old = await showTasks(user)
    const young = await showTasks(user, old.threadId)
    const action = { type: 'button_click', widget_id: `complete_task_btn_${task.id}` }
    const send = async (more: object) => {
      const { body } = await user.ask('/action', {
        body: { thread_id: old.threadId, action: { ...action, ...more } },
      })
      return user.stream(`/responses/${(body as { action_id: string }).action_id}/events`)
    }
    expect(await send({ item_id: old.itemId })).toMatchObject([{ data: { item: { id: old.itemId } } }, {}])
    expect(await send({})).toMatchObject([{ data: { item: { id: young.itemId } } }, {}])
  })

  test('[RESPOND-3] what an action is about may be gone: then its run says so', async () => {
    const user = await createUser()
    const task = await tasks().add(user.owner, 'Gone')
    const { threadId } = await showTasks(user)
    await tasks().remove(user.owner, task.id)
    const action = { type: 'button_click', widget_id: `complete_task_btn_${task.id}` }
    const { body } = await user.ask('/action', { body: { thread_id: threadId, action } })
    const { action_id } = body as { action_id: string }
    await user.stream(`/responses/${action_id}/events`)
    expect((await user.ask(`/responses/${action_id}`)).body).toMatchObject({
      status: 'failed',
      error: { type: 'WIDGET_ERROR', message: expect.stringContaining('no task'), code: 500 },
    })
  })

  test('[RESPOND-3] the values of a form reach the agent, beside what the server has issued', async () => {
    const user = await createUser()
    const frames = await user.stream('/respond', { body: { input: 'Form' } })
    const threadId = String(frames[0]?.data['thread_id'])
    const send = (payload: object) =>
      user.ask('/action', {
        body: { thread_id: threadId, action: { type: 'form_submit', widget_id: 'form', payload } },
      })
    expect(await send({ title: 'Milk', list: 'theirs' })).toMatchObject({ status: 422 })
    expect(await send({ title: 'Milk', secret: 1 })).toMatchObject({ status: 422 })
    const sent = await send({ title: 'Milk' })
    await user.stream(`/responses/${(sent.body as { action_id: string }).action_id}/events`)
    expect(taken).toEqual([{ type: 'task_add', payload: { list: 'mine', title: 'Milk' } }])
  })

  test('[RESPOND-5] an action that need not wait is done while an answer is being written', async () => {
    const user = await createUser()
    const task = await tasks().add(user.owner, 'Quick')
    await tasks().add(user.owner, 'Slow')
    const { threadId, itemId } = await showTasks(user)
    await user.ask('/respond', { body: { thread_id: threadId, input: 'Wait' } })
    const action = { type: 'button_click', widget_id: `complete_task_btn_${task.id}` }
    const acted = await user.ask('/action', { body: { thread_id: threadId, action } })
    expect(acted).toMatchObject({
      status: 200,
      body: { status: 'success', thread_id: threadId, item: { id: itemId, type: 'widget' } },
    })
    expect(JSON.stringify(acted.body)).toContain(`task_done_${task.id}`)
    expect((await tasks().list(user.owner)).map(({ title, done }) => [title, done])).toEqual([
      ['Slow', false],
      ['Quick', true],
    ])
    const [left] = await tasks().list(user.owner)
    const streamed = await user.stream('/action', {
      body: { thread_id: threadId, action: { ...action, widget_id: `complete_task_btn_${left?.id}` } },
    })
    expect(streamed.map(({ event }) => event)).toEqual(['response', 'item.replaced', 'done'])
    await paced.finish(threadId)
  })

  test('[RESPOND-5] of many clicks at the same moment each sees what those before it have done', async () => {
    const user = await createUser()
    const titles = ['a', 'b', 'c', 'd', 'e']
    for (const title of titles) await tasks().add(user.owner, title)
    const { threadId, responseId } = await showTasks(user)
    const clicks = (await tasks().list(user.owner)).map(({ id }) => ({
      thread_id: threadId,
      action: { type: 'button_click', widget_id: `complete_task_btn_${id}` },
    }))
    const done = await Promise.all(
      clicks.map(async (body) => {
        const { status, body: reply } = await user.ask('/action', { body })
        expect(status).toBe(200)
        const events = await user.stream(`/responses/${(reply as { action_id: string }).action_id}/events`)
        return events.map(({ event }) => event)
      }),
    )
    expect(done).toEqual(titles.map(() => ['item.replaced', 'done']))
    expect((await tasks().list(user.owner)).map((task) => task.done)).toEqual(titles.map(() => true))
    const [card] = await widgetsOf(user, responseId)
    expect(JSON.stringify(card)).not.toContain('complete_task_btn')
    // The same click twice is one click, and one that finds nothing.
    const task = await tasks().add(user.owner, 'Once')
    const shown = await showTasks(user, threadId)
    const action = { type: 'button_click', widget_id: `complete_task_btn_${task.id}`, item_id: shown.itemId }
    const twice = await Promise.all(
      [1, 2].map(() => user.ask('/action', { body: { thread_id: threadId, action } })),
    )
    expect(twice.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 422])
  })

  test('[RESPOND-7] what is somebody else’s is answered like what does not exist: 403 for threads, 404 for responses', async () => {
    const user = await createUser()
    const stranger = await createUser()
    const { threadId, responseId } = await showTasks(user)
    const absent = { thread: 'thr_01k0000000000000000000000z', response: 'resp_01k0000000000000000000000z' }
    const say = (thread_id: string) => stranger.ask('/respond', { body: { thread_id, input: 'Hi' } })
    const refusal = await say(threadId)
    expect(refusal.body).toEqual({
      error: { type: 'AUTH_ERROR', message: 'You are not authorized for this thread.', code: 403 },
    })
    for (const thread of [
      absent.thread,
      'thread_abc123',
      'thr_',
      '../x',
      `${threadId}0`,
      threadId.toUpperCase(),
    ]) {
      expect(await say(thread), thread).toMatchObject({ status: 403, body: refusal.body })
    }
    for (const suffix of ['', '/events']) {
      const unknown = await stranger.ask(`/responses/${responseId}${suffix}`)
      expect(unknown).toMatchObject({ status: 404, body: { error: { type: 'VALIDATION_ERROR', code: 404 } } })
      for (const id of [
        absent.response,
        'resp_def456',
        responseId.replace('resp', 'run'),
        threadId,
        'resp_',
      ]) {
        expect(await stranger.ask(`/responses/${id}${suffix}`), id).toMatchObject({
          status: 404,
          body: unknown.body,
        })
      }
    }
    expect(await (await user.chatKit()).allItems(threadId)).toHaveLength(3)
    // Another tenant's user of the same name is somebody else.
    const token = await createChatKitClient({
      url: server.url,
      secret,
      userId: user.userId,
      tenantId: 'other',
    })
    await expect(token.json('threads.get_by_id', { thread_id: threadId })).rejects.toThrow('404')
  })

  test('[RESPOND-8] every problem has the document’s shape, whoever finds it', async () => {
    const user = await createUser()
    const body = { input: 'Hi' }
    const cases: [string, AskOptions, number, string][] = [
      ['/respond', { body, token: null }, 401, 'AUTH_ERROR'],
      ['/respond', { body, token: 'x.y.z' }, 401, 'AUTH_ERROR'],
      ['/respond', { body: {} }, 422, 'VALIDATION_ERROR'],
      ['/respond', { body: '{' }, 422, 'VALIDATION_ERROR'],
      ['/respond', { body: '[]' }, 422, 'VALIDATION_ERROR'],
      ['/respond', { body: { input: '  ' } }, 422, 'VALIDATION_ERROR'],
      ['/respond', { body: { input: 7 } }, 422, 'VALIDATION_ERROR'],
      ['/respond', { body: { ...body, thread_id: '' } }, 422, 'VALIDATION_ERROR'],
      ['/respond', { body, headers: { 'content-type': 'text/plain' } }, 415, 'VALIDATION_ERROR'],
      ['/respond', { body, headers: { 'idempotency-key': 'a b' } }, 422, 'VALIDATION_ERROR'],
      ['/respond', { body: { input: 'x'.repeat(1_048_577) } }, 413, 'VALIDATION_ERROR'],
      ['/respond', { method: 'PUT', body }, 405, 'VALIDATION_ERROR'],
      ['/respond', {}, 405, 'VALIDATION_ERROR'],
      ['/respond/more', { body }, 404, 'VALIDATION_ERROR'],
      ['/responses', {}, 404, 'VALIDATION_ERROR'],
      ['/responses/resp_x/more/of/it', {}, 404, 'VALIDATION_ERROR'],
    ]
    for (const [path, options, status, type] of cases) {
      const answer = await user.ask(path, options)
      expect([answer.status, answer.body], `${path} ${JSON.stringify(options).slice(0, 80)}`).toEqual([
        status,
        { error: { type, message: expect.stringMatching(/./), code: status } },
      ])
      expect(answer.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
      expect(answer.headers.get('content-type')).toContain('application/json')
    }
  })

  test('[RESPOND-8] a fault of ours says that something went wrong, and no more', async () => {
    const { engine } = server.parley
    await server.close()
    const begin = async (): Promise<never> => {
      throw new Error('the cupboard is locked')
    }
    server = await start({ engine: { ...engine, begin } })
    const user = await createUser()
    const failed = await user.ask('/respond', { body: { input: 'Hi' } })
    expect([failed.status, failed.body]).toEqual([
      500,
      { error: { type: 'PROCESSING_ERROR', message: expect.any(String), code: 500 } },
    ])
    expect(failed.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/)
    expect(JSON.stringify(failed.body)).not.toContain('cupboard')
  })

  test('[RESPOND-9] who has no token of the issuer’s is nobody here, and `user_id` and `sub` name one user', async () => {
    const user = await createUser()
    const body = { input: 'Hello' }
    const ask = (token: string | null, headers = {}) => user.ask('/respond', { body, token, headers })
    const good = await Promise.all([
      signToken({ sub: 'nia', user_id: 'nia' }),
      signToken({ sub: 'nia' }),
      signToken({ user_id: 'nia' }),
    ])
    const threads = []
    for (const token of good) {
      const said = await ask(token)
      expect(said.status).toBe(200)
      threads.push((said.body as { thread_id: string }).thread_id)
    }
    const nia = await createChatKitClient({ url: server.url, secret, userId: 'nia', tenantId })
    const { data } = await nia.json<{ data: { id: string }[] }>('threads.list', {})
    expect(data.map(({ id }) => id).toSorted()).toEqual(threads.toSorted())
    const now = Math.floor(Date.now() / 1_000)
    const bad = await Promise.all([
      signToken({ sub: 'nia', user_id: 'eve' }),
      signToken({ sub: 'nia', user_id: null }),
      signToken({ sub: 'nia', user_id: ['nia'] }),
      signToken({}),
      signToken({ sub: '', user_id: '' }),
      signToken({ sub: 'nia', aud: 'https://other.example' }),
      signToken({ sub: 'nia', iss: 'https://other.example' }),
      signToken({ sub: 'nia', iat: now - 2 * hour, exp: now - hour }),
      signToken({ sub: 'nia', exp: undefined }),
      signToken({ sub: 'guest_1' }),
      signWith(await createIssuerKey('EdDSA', 'one'), {
        iss: issuer.url,
        aud: issuer.url,
        sub: 'nia',
        exp: now + hour,
      }),
    ])
    const unauthorized = { status: 401, body: { error: { type: 'AUTH_ERROR', code: 401 } } }
    for (const token of bad) expect(await ask(token)).toMatchObject(unauthorized)
    const nobody = await ask(null)
    expect(nobody).toMatchObject(unauthorized)
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer')
    expect(nobody.headers.get('set-cookie')).toBeNull()
    // A page of another site that forgets its token is told so, too.
    expect(await ask(null, { origin: production })).toMatchObject(unauthorized)
    // A guest of the other doors is a guest there.
    const greeted = await fetch(`${server.url}/chatkit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'threads.list', params: {} }),
    })
    const [cookie = ''] = (greeted.headers.get('set-cookie') ?? '').split(';')
    expect(cookie).not.toBe('')
    expect(await ask(null, { cookie })).toMatchObject(unauthorized)
    expect(await user.ask(`/respond?access_token=${user.token}`, { body, token: null })).toMatchObject(
      unauthorized,
    )
  })

  test('[RESPOND-10] 100 requests a minute for each user, told with every answer in Unix seconds', async () => {
    const user = await createUser()
    const before = Math.floor(Date.now() / 1_000)
    const first = await user.ask('/responses/resp_x')
    expect(first.headers.get('x-ratelimit-limit')).toBe('100')
    expect(first.headers.get('x-ratelimit-remaining')).toBe('99')
    const reset = Number(first.headers.get('x-ratelimit-reset'))
    expect(reset).toBeGreaterThanOrEqual(before)
    expect(reset).toBeLessThanOrEqual(before + 180)
    for (let count = 1; count < 100; count += 1) await user.ask('/responses/resp_x')
    const refused = await user.ask('/respond', { body: { input: 'Hi' } })
    expect(refused).toMatchObject({
      status: 429,
      body: {
        error: { type: 'PROCESSING_ERROR', code: 429, message: expect.stringContaining('Too many requests') },
      },
    })
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    const other = await createUser()
    for (const options of [
      {},
      { body: { input: 'Hello' } },
      { body: {} },
      { body: { input: 'Hi' }, token: null },
    ]) {
      const answer = await other.ask('/respond', options)
      if (answer.status === 405) continue
      for (const name of ['limit', 'remaining', 'reset']) {
        expect(answer.headers.get(`x-ratelimit-${name}`), `${answer.status} ${name}`).toMatch(/^\d+$/)
      }
    }
  })

  test('[RESPOND-10] ten at once for each user, streams included, and a place is free when one ends', async () => {
    const user = await createUser()
    const said = await user.ask('/respond', { body: { input: 'Wait' } })
    const path = `/responses/${(said.body as { response_id: string }).response_id}/events`
    const leaving = Array.from({ length: 10 }, () => new AbortController())
    const open: Response[] = []
    for (const { signal } of leaving) open.push(await whenFree(() => user.open(path, { signal })))
    expect(open[0]?.headers.get('x-ratelimit-limit')).toBe('100')
    expect(await user.ask(path)).toMatchObject({ status: 429, body: { error: { type: 'PROCESSING_ERROR' } } })
    leaving[0]?.abort()
    await expect.poll(async () => (await user.ask('/responses/resp_x')).status).toBe(404)
    await paced.finish()
    await Promise.all(open.slice(1).map((response) => response.text()))
    await expect.poll(async () => (await user.ask('/responses/resp_x')).status).toBe(404)
  })

  test('[RESPOND-11] pages of the listed origins may ask, with the document’s methods and headers; no other page may', async () => {
    const user = await createUser()
    const preflight = { method: 'OPTIONS', token: null, headers: { 'access-control-request-method': 'POST' } }
    for (const origin of [production, developmentOrigin]) {
      const asked = await user.ask('/respond', { ...preflight, headers: { ...preflight.headers, origin } })
      expect(asked.status).toBe(204)
      expect(asked.headers.get('access-control-allow-origin')).toBe(origin)
      expect(asked.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, DELETE, OPTIONS')
      expect(asked.headers.get('access-control-allow-headers')).toBe(
        'Content-Type, Authorization, X-Requested-With',
      )
      for (const options of [
        { body: { input: 'Hello' } },
        { body: {} },
        { token: null, body: {} },
        { method: 'PUT' },
      ]) {
        const answer = await user.ask('/respond', { ...options, headers: { origin } })
        expect(answer.headers.get('access-control-allow-origin'), String(answer.status)).toBe(origin)
        expect(answer.headers.get('access-control-expose-headers')).toContain('X-RateLimit-Remaining')
      }
    }
    const others = [
      'https://evil.example',
      `${production}.evil.example`,
      `${production}:444`,
      'http://todo.example.org',
      'http://localhost:3001',
      'null',
    ]
    for (const origin of others) {
      const asked = await user.ask('/respond', { ...preflight, headers: { ...preflight.headers, origin } })
      const answered = await user.ask('/respond', { body: { input: 'Hello' }, headers: { origin } })
      for (const { headers } of [asked, answered]) {
        expect(headers.get('access-control-allow-origin'), origin).toBeNull()
        expect(headers.get('vary')).toContain('Origin')
      }
    }
  })

  test('[RESPOND-12] a key says and does a thing once, however often it is sent', async () => {
    const user = await createUser()
    const task = await tasks().add(user.owner, 'Once')
    const headers = { 'idempotency-key': `say-${user.userId}` }
    const body = { input: 'Show me my tasks' }
    const [one, two] = await Promise.all([
      user.ask('/respond', { body, headers }),
      user.ask('/respond', { body, headers }),
    ])
    expect(one.status).toBe(200)
    expect(two.body).toEqual(one.body)
    const { thread_id, response_id } = one.body as { thread_id: string; response_id: string }
    await user.stream(`/responses/${response_id}/events`)
    expect(await user.ask('/respond', { body: { input: 'Other' }, headers })).toMatchObject({ status: 409 })
    const action = { type: 'button_click', widget_id: `complete_task_btn_${task.id}` }
    const doing = { body: { thread_id, action }, headers: { 'idempotency-key': `do-${user.userId}` } }
    const acted = await user.ask('/action', doing)
    expect(acted.status).toBe(200)
    await user.stream(`/responses/${(acted.body as { action_id: string }).action_id}/events`)
    expect((await user.ask('/action', doing)).body).toEqual(acted.body)
    expect(await user.ask('/action', { ...doing, headers })).toMatchObject({ status: 409 })
    await ground
      .storage()
      .store.changeThread(user.owner, thread_id, (transaction) =>
        transaction.saveThread({ ...transaction.thread, status: { type: 'locked', reason: 'Being moved.' } }),
      )
    for (const [path, body] of [
      ['/respond', { thread_id, input: 'Hi' }],
      ['/action', { thread_id, action }],
    ] as const) {
      expect(await user.ask(path, { body })).toMatchObject({
        status: 409,
        body: { error: { type: 'PROCESSING_ERROR', message: 'Being moved.', code: 409 } },
      })
    }
    const items = await (await user.chatKit()).allItems(thread_id)
    expect(items.filter(({ type }) => type === 'user_message')).toHaveLength(1)
  })

  test('[RESPOND-13] `ChatKitServer` does the same for a program that has Parley inside', async () => {
    const user = await createUser()
    const task = await tasks().add(user.owner, 'From inside')
    const inside = createChatKitServer({
      engine: server.parley.engine,
      store: ground.storage().store,
      tenantId,
    })
    const said = await inside.respond(null, 'Show me my tasks', user.userId)
    expect(said).toEqual({
      status: 'success',
      thread_id: expect.stringMatching(/^thr_/),
      response_id: expect.stringMatching(/^resp_/),
    })
    await user.stream(`/responses/${said.response_id}/events`)
    const action = {
      type: 'button_click',
      widget_id: `complete_task_btn_${task.id}`,
      payload: { task_id: task.id, action: 'complete' },
    }
    await expect(inside.action(said.thread_id, action, 'eve')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(inside.respond(said.thread_id, 'Hi', 'eve')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(inside.respond(null, ' ', user.userId)).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'input',
    })
    await expect(inside.action(said.thread_id, { ...action, type: 'x' }, user.userId)).rejects.toMatchObject({
      code: 'not_a_widget',
    })
    const acted = await inside.action(said.thread_id, action, user.userId)
    expect(acted).toEqual({
      status: 'success',
      thread_id: said.thread_id,
      action_id: expect.stringMatching(/^action_/),
    })
    await user.stream(`/responses/${acted.action_id}/events`)
    expect(await tasks().list(user.owner)).toMatchObject([{ done: true }])
    const more = await inside.respond(said.thread_id, 'Thanks', user.userId)
    expect(more.thread_id).toBe(said.thread_id)
  })

  test('[RESPOND-14] every field has a limit, and the problem names it', async () => {
    const user = await createUser()
    const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`key${index}`, 'x']))
    const cases: [object, string][] = [
      [{ input: 'x'.repeat(200_001) }, 'input'],
      [{ input: 'Hi', thread_id: 'x'.repeat(201) }, 'thread_id'],
      [{ input: 'Hi', metadata: many }, 'metadataEntriesMax'],
      [{ input: 'Hi', metadata: { a: 'x'.repeat(513) } }, 'metadata.a'],
      [{ input: 'Hi', metadata: { ['x'.repeat(65)]: 1 } }, 'metadata'],
      [{ input: 'Hi', metadata: { a: { b: 1 } } }, 'metadata.a'],
      [{ input: 'Hi', metadata: [] }, 'metadata'],
    ]
    for (const [body, named] of cases) {
      const answer = await user.ask('/respond', { body })
      expect(answer).toMatchObject({ status: 422 })
      expect((answer.body as { error: { message: string } }).error.message).toContain(named)
    }
  })

  test('[RESPOND-15] who is not let in any more is told no more of an answer', async () => {
    const user = await createUser()
    const said = await user.ask('/respond', { body: { input: 'Wait' } })
    const path = `/responses/${(said.body as { response_id: string }).response_id}/events`
    await paced.say('Before.')
    // It has begun when this resolves.
    const response = await user.open(path)
    const everything = new Date(Date.now() + 1_000)
    await revocations.revoke({ ...user.owner, name: null, at: everything, until: null })
    const frames = parseFrames(await response.text())
    expect(frames.map(({ event }) => event)).not.toContain('done')
    expect(await user.ask(path)).toMatchObject({ status: 401 })
    await paced.finish()
  })
})

/** A place is given back when its answer is over, which its reader may know a moment earlier. */
async function whenFree(ask: () => Promise<Response>): Promise<Response> {
  while (true) {
    const response = await ask()
    if (response.status !== 429) return response
    await response.text()
  }
}

function never(): never {
  throw new Error('There is no widget.')
}

/** A form whose action is the server's, with one field that is the person's. */
async function* showForm(context: Parameters<Agent['respond']>[0]): ReturnType<typeof context.streamWidget> {
  const widget: WidgetNode = {
    type: 'Card',
    children: [
      {
        type: 'Form',
        id: 'form',
        onSubmitAction: { type: 'task_add', payload: { list: 'mine' } },
        children: [{ type: 'Input', name: 'title' }],
      },
    ],
  }
  yield { type: 'item-done', item: createMessage(context, 'Please fill in.') }
  yield* context.streamWidget(widget)
}
