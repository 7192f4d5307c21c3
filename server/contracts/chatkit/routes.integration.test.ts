import { expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import type { Action, Agent, RunContext } from '../../conversation/agent.ts'
import type { AttachmentUploads } from '../../conversation/attachments.ts'
import type { RunEvent } from '../../conversation/events.ts'
import type { WidgetItem } from '../../conversation/items.ts'
import type { Page } from '../../conversation/threads.ts'
import {
  ask,
  askAgain,
  createChatKitClient,
  endOf,
  runIdOf,
  says,
  textOf,
  threadIdOf,
  watch,
} from '../../testing/chatkit-client.ts'
import type { ChatKitClient } from '../../testing/chatkit-client.ts'
import { shows } from '../../testing/clients.ts'
import { createUser, createUserOfTwo, describeOnDatabases } from '../../testing/grounds.ts'
import { createMessage, createPacedAgent } from '../../testing/paced-agent.ts'
import type { WireError, WireItem, WireThread } from './wire.ts'

const noThread = 'thr_00000000000000000000000000'
const noRun = 'run_00000000000000000000000000'
const noItem = 'msg_00000000000000000000000000'
const noAttachment = 'atc_00000000000000000000000000'

/** They promise an address and keep nothing. */
const uploads: AttachmentUploads = {
  async prepare() {
    return {
      uploadDescriptor: { url: 'https://files.example.com/upload', method: 'PUT', headers: {} },
      metadata: { path: 'the server’s own' },
    }
  },
  async remove() {},
}

/** Answers at once, with a widget. */
const prompt: Agent = {
  async *respond(context: RunContext): AsyncGenerator<RunEvent> {
    yield { type: 'item-done', item: createMessage(context, 'An answer.') }
    yield* context.streamWidget({ type: 'Button', label: 'Press' })
  },
  async *action(context: RunContext, action: Action): AsyncGenerator<RunEvent> {
    yield { type: 'item-done', item: createMessage(context, `You did ${action.type}.`) }
  },
  async syncAction(_context, _action, sender) {
    return sender
  },
  async feedback() {},
  async transcribe() {
    return 'What was said'
  },
}

/** These tests use nothing but what every machine has. */
function showsFetch(context: TestContext, ...what: string[]): void {
  shows(context, { client: 'fetch', version: 'any', door: '/chatkit', what, where: 'Node' })
}

interface Names {
  thread: string
  run: string
  item: string
  attachment: string
}

/** Every operation that names something, with these names. */
function naming({ thread, run, item, attachment }: Names): { type: string; params: object }[] {
  const inThread = { thread_id: thread }
  const action = { type: 'press' }
  return [
    { type: 'threads.create', params: { input: { ...says('Mine now'), attachments: [attachment] } } },
    { type: 'threads.add_user_message', params: { ...inThread, input: says('Hello') } },
    { type: 'threads.add_client_tool_output', params: { ...inThread, result: {} } },
    { type: 'threads.add_structured_input', params: { ...inThread, item_id: item, input: {} } },
    { type: 'threads.retry_after_item', params: { ...inThread, item_id: item } },
    { type: 'threads.custom_action', params: { ...inThread, item_id: item, action } },
    { type: 'threads.custom_action', params: { ...inThread, action } },
    { type: 'threads.sync_custom_action', params: { ...inThread, item_id: item, action } },
    { type: 'threads.sync_custom_action', params: { ...inThread, action } },
    { type: 'threads.get_by_id', params: inThread },
    { type: 'threads.list', params: { after: thread } },
    { type: 'threads.update', params: { ...inThread, title: 'Mine now' } },
    { type: 'threads.delete', params: inThread },
    { type: 'items.list', params: inThread },
    { type: 'items.list', params: { ...inThread, after: item } },
    { type: 'items.feedback', params: { ...inThread, item_ids: [item], kind: 'negative' } },
    { type: 'attachments.delete', params: { attachment_id: attachment } },
    { type: 'parley.resume', params: { ...inThread, run_id: run } },
    { type: 'parley.resume', params: { ...inThread, run_id: run, after: 1_000 } },
    { type: 'parley.cancel', params: { ...inThread, run_id: run } },
  ]
}

/** Those that name things in a thread, for a thread of one's own and things that are not in it. */
function namingWithin(thread: string, { run, item, attachment }: Names): { type: string; params: object }[] {
  const within = new Set([
    'threads.add_structured_input',
    'threads.retry_after_item',
    'threads.custom_action',
    'threads.sync_custom_action',
    'items.feedback',
    'parley.resume',
    'parley.cancel',
  ])
  const named = naming({ thread, run, item, attachment }).filter(
    ({ type, params }) =>
      within.has(type) && ('item_id' in params || 'item_ids' in params || 'run_id' in params),
  )
  const message = { ...says('Mine now'), attachments: [attachment] }
  return [
    ...named,
    { type: 'items.list', params: { thread_id: thread, after: item } },
    { type: 'threads.add_user_message', params: { thread_id: thread, input: message } },
  ]
}

interface Answered {
  status: number
  headers: Record<string, string>
  body: string
}

async function answered(client: ChatKitClient, body: object): Promise<Answered> {
  const response = await client.post(body)
  const { 'x-request-id': _id, date: _date, ...headers } = Object.fromEntries(response.headers)
  return { status: response.status, headers, body: await response.text() }
}

function withoutNames(text: string, ...all: Names[]): string {
  const names = all.flatMap((each): string[] => Object.values(each))
  return names.reduce((rest, name) => rest.replaceAll(name, '<name>'), text)
}

async function refusal(response: Response): Promise<WireError['error'] & { status: number }> {
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  const { error }: WireError = JSON.parse(await response.text())
  return { ...error, status: response.status }
}

describeOnDatabases('the ChatKit door', (ground) => {
  it('[CHATKIT-4] what is no proper request is refused before anything begins', async () => {
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent }))
    const create = { type: 'threads.create', params: { input: says('Hello') } }
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const wrong: [RequestInit['body'] & string, Record<string, string>, number, string][] = [
      ['{"type": "threads.create", ', {}, 400, 'invalid_request'],
      ['', {}, 400, 'invalid_request'],
      ['null', {}, 400, 'invalid_request'],
      ['[]', {}, 400, 'invalid_request'],
      ['{}', {}, 400, 'invalid_request'],
      [deep, {}, 400, 'invalid_request'],
      [`{"type":"threads.list","params":{},"metadata":{"deep":${deep}}}`, {}, 400, 'invalid_request'],
      [JSON.stringify({ ...create, type: 'threads.explode' }), {}, 400, 'invalid_request'],
      [JSON.stringify({ ...create, params: {} }), {}, 400, 'invalid_request'],
      [JSON.stringify(create), { 'idempotency-key': 'a b' }, 400, 'invalid_request'],
      [JSON.stringify(create), { 'idempotency-key': 'x'.repeat(201) }, 400, 'invalid_request'],
      [JSON.stringify(create), { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
      [JSON.stringify({ ...create, more: 'x'.repeat(1_048_576) }), {}, 413, 'too_large'],
    ]
    for (const [body, headers, status, code] of wrong) {
      const error = await refusal(await client.post(body, { headers }))
      expect([error.status, error.code]).toEqual([status, code])
      expect(error.message.length).toBeLessThan(300)
    }
    expect(await client.json('threads.list', {})).toMatchObject({ data: [] })
    expect(agent.contexts).toEqual([])
  })

  it('[CHATKIT-4] a wrong field is named by its path, on every operation with a stream, too', async () => {
    const client = await createUser(await ground.serve({ agent: prompt }))
    const wrong: [string, object, string][] = [
      [
        'threads.create',
        { input: { ...says('x'), content: [{ type: 'input_text' }] } },
        'params.input.content.0.text',
      ],
      ['threads.add_user_message', { thread_id: 7, input: says('x') }, 'params.thread_id'],
      ['threads.retry_after_item', { thread_id: noThread }, 'params.item_id'],
      ['threads.list', { limit: -1 }, 'params.limit'],
      ['parley.resume', { thread_id: noThread, run_id: noRun, after: 'x' }, 'params.after'],
    ]
    for (const [type, params, param] of wrong) {
      expect(await refusal(await client.post({ type, params }))).toMatchObject({ status: 400, param })
    }
  })

  it('[CHATKIT-4] another method is refused, and says which one to use', async () => {
    const { url } = await ground.serve({ agent: prompt })
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const response = await fetch(`${url}/chatkit`, { method })
      expect(response.headers.get('allow')).toBe('POST')
      expect(await refusal(response)).toMatchObject({ status: 405, code: 'method_not_allowed' })
    }
  })

  it('[CHATKIT-3] pages have 20 rows unless another number is asked for, and 100 at most', async () => {
    const agent: Agent = {
      async *respond(context) {
        for (let count = 0; count < 105; count += 1) {
          yield { type: 'item-done', item: createMessage(context, `${count}`) }
        }
      },
    }
    const client = await createUser(await ground.serve({ agent }))
    const stream = await ask(client)
    await stream.all()
    const list = (limit: unknown): Promise<Page<WireItem>> =>
      client.json('items.list', { thread_id: threadIdOf(stream), limit, order: null, after: null })
    for (const [limit, expected] of [
      [undefined, 20],
      [null, 20],
      [0, 20],
      [7, 7],
      [100, 100],
      [101, 100],
      [1_000_000, 100],
    ]) {
      const page = await list(limit)
      expect([page.data.length, page.has_more]).toEqual([expected, true])
    }
  })

  it('[CHATKIT-5] what is another’s is answered like what does not exist, on every operation', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent: { ...prompt, respond: agent.respond }, uploads })
    const owner = await createUser(server, { userId: 'owner', tenantId: 'one' })
    const attachment: { id: string } = await owner.json('attachments.create', {
      name: 'a.txt',
      size: 1,
      mime_type: 'text/plain',
    })
    const running = await ask(owner)
    const watched = watch(running)
    await agent.say('Still here')
    await watched.untilText('Still here')
    const items = await owner.allItems(threadIdOf(running))
    const theirs: Names = {
      thread: threadIdOf(running),
      run: runIdOf(running),
      item: items[0]?.id ?? '',
      attachment: attachment.id,
    }
    const nobodys: Names = { thread: noThread, run: noRun, item: noItem, attachment: noAttachment }

    const strangers = [
      await createUser(server, { userId: 'stranger', tenantId: 'one' }),
      await createUser(server, { userId: 'owner', tenantId: 'two' }),
    ]
    for (const stranger of strangers) {
      const own = await ask(stranger)
      await agent.finish(threadIdOf(own))
      await own.all()
      const pairs = [
        [naming(theirs), naming(nobodys)],
        [namingWithin(threadIdOf(own), theirs), namingWithin(threadIdOf(own), nobodys)],
        // Their run by the name of one's own thread, and the other way round.
        [
          naming({ ...theirs, thread: threadIdOf(own) }).slice(-3),
          naming({ ...nobodys, thread: threadIdOf(own) }).slice(-3),
        ],
        [naming({ ...nobodys, thread: theirs.thread }), naming(nobodys)],
      ]
      for (const [asksForTheirs = [], asksForNobodys = []] of pairs) {
        for (const [index, body] of asksForTheirs.entries()) {
          const one = await answered(stranger, body)
          const other = await answered(stranger, asksForNobodys[index] ?? {})
          expect({ ...one, body: withoutNames(one.body, theirs, nobodys) }, body.type).toEqual({
            ...other,
            body: withoutNames(other.body, theirs, nobodys),
          })
          expect([body.type, one.status]).toEqual([body.type, 404])
        }
      }
      const threads: Page<WireThread> = await stranger.json('threads.list', {})
      expect(threads.data.map(({ id }) => id)).toEqual([threadIdOf(own)])
    }

    await agent.finish(theirs.thread)
    expect(endOf(await watched.ended)).toBe('completed')
    expect((await owner.allItems(theirs.thread)).map(({ type }) => type)).toEqual([
      'user_message',
      'assistant_message',
    ])
    const thread: WireThread = await owner.json('threads.get_by_id', { thread_id: theirs.thread })
    expect(thread.title).toBeUndefined()
    const message = { ...says('With it'), attachments: [theirs.attachment] }
    const next = await owner.stream('threads.add_user_message', { thread_id: theirs.thread, input: message })
    await agent.finish(theirs.thread)
    await next.all()
  })

  it('[CHATKIT-6] who does not ask for our additions gets none', async (context) => {
    showsFetch(context, 'send', 'stream')
    const agent = createPacedAgent()
    const server = await ground.serve({ agent, heartbeatSeconds: 0.05 })
    const client = await createUser(server, { additions: false })
    const response = await client.post({ type: 'threads.create', params: { input: says('Hello') } })
    const streamed = response.text()
    await agent.say('A')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await agent.say('B')
    await agent.fail(new Error('in the middle'))
    const text = await streamed
    for (const frame of text.trimEnd().split('\n\n'))
      expect(frame).toMatch(/^data: \{"type":"[a-z_.]+"[^\n]*\}$/)
    expect(text).not.toMatch(/parley|incomplete|run_/)
    expect(JSON.stringify(Object.fromEntries(response.headers))).not.toMatch(/parley/)

    const threads: Page<WireThread> = await client.json('threads.list', {})
    const threadId = threads.data[0]?.id ?? ''
    const pages = [
      await client.json('threads.get_by_id', { thread_id: threadId }),
      await client.json('items.list', { thread_id: threadId }),
    ]
    expect(JSON.stringify(pages)).toContain('AB')
    expect(JSON.stringify(pages)).not.toMatch(/incomplete|"run"|run_/)
  })

  it('[CHATKIT-7] who asks for our additions gets numbers, heartbeats, the run and what broke off', async (context) => {
    showsFetch(context, 'numbered events')
    const agent = createPacedAgent()
    const server = await ground.serve({ agent, heartbeatSeconds: 0.05 })
    const client = await createUser(server)
    const response = await client.post({ type: 'threads.create', params: { input: says('Hello') } })
    let text = ''
    const streamed = (async () => {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
    })()
    const threadId = response.headers.get('parley-thread') ?? ''
    const runId = response.headers.get('parley-run')
    await agent.say('A')
    const running: WireThread = await client.json('threads.get_by_id', { thread_id: threadId })
    expect(running.run).toMatchObject({ id: runId, status: 'running' })
    await expect.poll(() => text).toContain(': heartbeat\n\n')
    await agent.fail(new Error('in the middle'))
    await streamed
    const numbers = Array.from(text.matchAll(/^id: (\d+)$/gm), ([, number]) => Number(number))
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index))
    expect(text.trimEnd().split('\n').at(-1)).toBe('data: {"type":"parley.run_ended","status":"failed"}')
    const ended: WireThread = await client.json('threads.get_by_id', { thread_id: threadId })
    expect(ended.run).toEqual({
      id: runId,
      status: 'failed',
      last_seq: numbers.at(-1),
      error: 'Something went wrong.',
    })
    expect(ended.items.data.at(-1)).toMatchObject({ incomplete: 'failed', content: [{ text: 'A' }] })
  })

  it('[CHATKIT-8] what is the server’s own leaves it in no answer', async () => {
    const agent: Agent = {
      ...prompt,
      async *respond(context) {
        const base = { thread_id: context.thread.id, created_at: context.now().toISOString() }
        context.thread.metadata = { note: 'the server’s own' }
        yield {
          type: 'item-done',
          item: { ...base, id: 'h1', type: 'hidden_context_item', content: 'the server’s own' },
        }
      },
    }
    const client = await createUser(await ground.serve({ agent, uploads }))
    const attachment: { id: string } = await client.json('attachments.create', {
      name: 'a.txt',
      size: 1,
      mime_type: 'text/plain',
    })
    const message = { ...says('With it'), attachments: [attachment.id] }
    const stream = await client.stream('threads.create', { input: message })
    const params = { thread_id: threadIdOf(stream), run_id: runIdOf(stream) }
    const seen = [
      attachment,
      await stream.all(),
      await (await client.stream('parley.resume', params)).all(),
      await client.json('threads.get_by_id', params),
      await client.json('threads.list', {}),
      await client.json('items.list', { ...params, limit: 1 }),
      await client.json('items.list', { ...params, limit: 1, order: 'asc' }),
      await client.json('threads.update', { ...params, title: 'Renamed' }),
    ]
    expect(JSON.stringify(seen)).toContain(attachment.id)
    expect(JSON.stringify(seen)).not.toMatch(/the server’s own|hidden_context/)
  })

  it.each(['locked', 'closed'] as const)(
    '[CHATKIT-9] a %s thread takes nothing more, and says why',
    async (type) => {
      const agent: Agent = {
        ...prompt,
        async *respond(context) {
          yield* prompt.respond(context, null)
          context.thread.status = { type, reason: 'We are closed for today.' }
        },
      }
      const client = await createUser(await ground.serve({ agent }))
      const stream = await ask(client)
      await stream.all()
      const before = await client.allItems(threadIdOf(stream))
      const inThread = { thread_id: threadIdOf(stream) }
      const item = { item_id: before[0]?.id }
      const widget = { item_id: before.find((each): each is WidgetItem => each.type === 'widget')?.id }
      const begins: [string, object][] = [
        ['threads.add_user_message', { input: says('One more') }],
        ['threads.add_client_tool_output', { result: 1 }],
        ['threads.add_structured_input', { ...item, input: {} }],
        ['threads.retry_after_item', item],
        ['threads.custom_action', { ...widget, action: { type: 'press' } }],
        ['threads.sync_custom_action', { ...widget, action: { type: 'press' } }],
      ]
      for (const [operation, params] of begins) {
        const response = await client.post({ type: operation, params: { ...inThread, ...params } })
        expect(await refusal(response)).toMatchObject({ status: 409, message: 'We are closed for today.' })
      }
      expect(await client.allItems(threadIdOf(stream))).toEqual(before)
      expect(await client.json('threads.get_by_id', inThread)).toMatchObject({ status: { type } })
    },
  )

  it('[CHATKIT-10] resuming takes a number that the run has reached, and nothing else', async (context) => {
    showsFetch(context, 'resume')
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const [client, elsewhere] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const stream = await ask(client)
    const watched = watch(stream)
    await agent.say('Words')
    await watched.untilText('Words')
    const inThread = { thread_id: threadIdOf(stream), run_id: runIdOf(stream) }
    async function refusals(): Promise<void> {
      for (const asking of [client, elsewhere]) {
        for (const after of [-1, 0.5, '3', [], 1_000_000, Number.MAX_SAFE_INTEGER, 1e300]) {
          const response = await asking.post({ type: 'parley.resume', params: { ...inThread, after } })
          expect(await refusal(response)).toMatchObject({ status: 400, param: 'params.after' })
        }
        for (const run_id of ['', 'x'.repeat(201)]) {
          const response = await asking.post({ type: 'parley.resume', params: { ...inThread, run_id } })
          expect(await refusal(response)).toMatchObject({ status: 400, param: 'params.run_id' })
        }
        for (const run_id of ['garbage', noRun, threadIdOf(stream), `${runIdOf(stream)}x`, '../run', '\0']) {
          for (const type of ['parley.resume', 'parley.cancel']) {
            const response = await asking.post({ type, params: { ...inThread, run_id } })
            expect(await refusal(response)).toMatchObject({ status: 404 })
          }
        }
      }
    }
    await refusals()
    await agent.finish()
    const last = (await watched.ended).at(-1)
    await refusals()
    for (const after of [null, 0, last?.seq]) {
      const rest = await client.stream('parley.resume', { ...inThread, after })
      expect((await rest.all()).at(-1)).toEqual(last)
    }
    expect(await client.json('parley.cancel', inThread)).toEqual({})
  })

  it('[CHATKIT-11] a guest is known by the cookie, and sees nobody else’s threads', async (context) => {
    showsFetch(context, 'guests')
    const { url } = await ground.serve({ agent: prompt })
    const asGuest = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${url}/chatkit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'parley-stream': '1', ...headers },
        body: JSON.stringify(body),
      })
    const first = await asGuest({ type: 'threads.create', params: { input: says('Hello') } })
    await first.text()
    const threadId = first.headers.get('parley-thread')
    const [cookie = ''] = (first.headers.get('set-cookie') ?? '').split(';')
    const open = { type: 'threads.get_by_id', params: { thread_id: threadId } }

    const again = await asGuest(open, { cookie })
    expect([again.status, again.headers.get('set-cookie')]).toEqual([200, null])
    expect(await again.json()).toMatchObject({ id: threadId })
    const own = await asGuest(open, { cookie, origin: url })
    expect(own.status).toBe(200)

    const other = await asGuest({ type: 'threads.list', params: {} })
    expect(await other.json()).toEqual({ data: [], has_more: false })
    const [otherCookie = ''] = (other.headers.get('set-cookie') ?? '').split(';')
    expect(otherCookie).not.toBe(cookie)
    for (const shown of [otherCookie, cookie.replace(/=.{4}/, '=AAAA'), '']) {
      expect(await refusal(await asGuest(open, { cookie: shown }))).toMatchObject({ status: 404 })
    }
    for (const origin of ['https://evil.example', 'null', url.replace('http:', 'http://x.')]) {
      const response = await asGuest(open, { cookie, origin })
      expect(await refusal(response)).toMatchObject({ status: 403, code: 'forbidden' })
    }
  })

  it('[CHATKIT-11] a token that is not valid is refused, and never becomes a guest', async () => {
    const server = await ground.serve({ agent: prompt })
    const { url, secret } = server
    const guest = await fetch(`${url}/chatkit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"type":"threads.list","params":{}}',
    })
    const [cookie = ''] = (guest.headers.get('set-cookie') ?? '').split(';')
    const forged = await createChatKitClient({ url, secret: `${secret}x` })
    const client = await createUser(server)
    const asked = { type: 'threads.list', params: {} }
    const refused = [
      await forged.post(asked, { headers: { cookie } }),
      ...(await Promise.all(
        ['Bearer ', 'Bearer garbage', 'Bearer a.b.c', 'Basic YTpi', 'nonsense'].map((authorization) =>
          client.post(asked, { headers: { cookie, authorization } }),
        ),
      )),
    ]
    for (const response of refused) {
      expect(response.headers.get('set-cookie')).toBeNull()
      expect(await refusal(response)).toMatchObject({ status: 401, code: 'unauthenticated' })
    }
  })

  it('[CHATKIT-13] without a socket, as a function of a Request, the door streams just the same', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const client = await createUser(server, { userId: 'anna', fetch: server.parley.fetch })
    const stream = await ask(client)
    const watched = watch(stream)
    await agent.say('One, ')
    await watched.untilText('One, ')
    await agent.say('two.')
    await watched.untilText('two.')
    expect(endOf(watched.received)).toBeUndefined()
    const items = await client.allItems(threadIdOf(stream))
    expect(items.map(({ type }) => type)).toEqual(['user_message'])
    await agent.finish()
    expect(endOf(await watched.ended)).toBe('completed')
    await expect(askAgain(client, noThread)).rejects.toThrow('404')
  })

  it('[CHATKIT-13] without a socket, who stops reading leaves, and the run goes on', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const client = await createUser(server, { fetch: server.parley.fetch })
    const response = await client.post({ type: 'threads.create', params: { input: says('Hello') } })
    await response.body?.cancel()
    await agent.say('All of it.')
    await agent.finish()
    const params = {
      thread_id: response.headers.get('parley-thread'),
      run_id: response.headers.get('parley-run'),
    }
    expect(textOf(await (await client.stream('parley.resume', params)).all())).toBe('All of it.')
  })
})
