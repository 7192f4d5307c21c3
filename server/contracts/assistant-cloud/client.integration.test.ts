/** assistant-ui's cloud client, unmodified from npm, against the product on both engines. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKeys } from '../../auth/api-keys.ts'
import { createToken } from '../../auth/bearer-tokens.ts'
import { keyScopes } from '../../auth/permissions.ts'
import type { KeyScope } from '../../auth/permissions.ts'
import { createRevocations } from '../../auth/revocations.ts'
import { createItemId } from '../../conversation/ids.ts'
import type { Item } from '../../conversation/items.ts'
import { statement, userScope } from '../../storage/database.ts'
import { loadAssistantCloud } from '../../testing/assistant-cloud-client.ts'
import type { CloudClient, CloudMessage, CloudPackage } from '../../testing/assistant-cloud-client.ts'
import { clientVersion, shows } from '../../testing/clients.ts'
import { createTestDatabase, missingReason } from '../../testing/databases.ts'
import type { TestDatabase } from '../../testing/databases.ts'
import { startProduct } from '../../testing/product.ts'
import type { Product } from '../../testing/product.ts'

const cloudPackage = await loadAssistantCloud()

interface Ground {
  cloud: CloudPackage
  database: TestDatabase
  product: Product
  baseUrl: string
  /** As a user with a token. */
  user(userId?: string): CloudClient
  /** As a server. */
  server(workspaceId?: string, scopes?: readonly KeyScope[]): Promise<CloudClient>
}

let users = 0
const nextUser = (): string => `user_${(users += 1)}`

describe.each(['pglite', 'postgres'] as const)('assistant-ui’s cloud client on %s', (kind) => {
  const reason = cloudPackage === null ? 'the clients are not installed' : missingReason(kind)
  describe.skipIf(reason !== null)(reason ?? 'unmodified', () => {
    let opened: Ground | undefined
    const ground = (): Ground => {
      if (opened === undefined) throw new Error('Nothing is open yet.')
      return opened
    }
    beforeAll(async () => {
      const database = await createTestDatabase(kind)
      const product = await startProduct(database.storage)
      opened = createGround(database, product)
    })
    afterAll(async () => {
      await opened?.product.close()
      await opened?.database.close()
    })
    threadRules(ground)
    messageRules(ground)
    sharedRules(ground)
    identityRules(ground)
    guestRules(ground)
    otherRules(ground)
  })
})

function createGround(database: TestDatabase, product: Product): Ground {
  if (cloudPackage === null) throw new Error('The clients are not installed.')
  const { AssistantCloud } = cloudPackage
  const baseUrl = `${product.url}/assistant-cloud`
  return {
    cloud: cloudPackage,
    database,
    product,
    baseUrl,
    user(userId = nextUser()) {
      return new AssistantCloud({
        baseUrl,
        authToken: () => createToken({ secret: product.secret }, { userId }),
      })
    },
    async server(workspaceId = nextUser(), scopes = keyScopes) {
      const keys = createApiKeys({ records: database.storage.apiKeys, revocations: createRevocations() })
      const { token: apiKey } = await keys.create({ tenantId: 'default', name: 'server', scopes })
      return new AssistantCloud({ baseUrl, apiKey, userId: 'somebody', workspaceId })
    },
  }
}

interface Failure {
  status?: number
  code?: string
  message: string
}

const failed = async (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => expect.unreachable('It should have failed.'),
    (error: unknown) => error as Failure,
  )

const said = (role: 'user' | 'assistant', text: string) => ({ role, content: [{ type: 'text', text }] })
const newThread = async (client: CloudClient): Promise<string> =>
  (await client.threads.create({ last_message_at: new Date() })).thread_id
const keep = async (
  client: CloudClient,
  threadId: string,
  parent_id: string | null,
  content: object,
): Promise<string> =>
  (await client.threads.messages.create(threadId, { parent_id, format: 'aui/v0', content })).message_id

/** Oldest first, as every door has them. */
async function itemsOf({ database }: Ground, userId: string, threadId: string): Promise<Item[]> {
  const owner = { tenantId: 'default', userId }
  return (await database.storage.store.items(owner, threadId, { limit: 100, order: 'asc' })).data
}

const textOf = (item: Item): string =>
  'content' in item && Array.isArray(item.content)
    ? item.content.map((part) => String(Reflect.get(Object(part), 'text'))).join('|')
    : ''
const spoken = (items: readonly Item[]): string[] =>
  items.flatMap((item) =>
    item.type === 'user_message' || item.type === 'assistant_message'
      ? [`${item.type === 'user_message' ? 'user' : 'assistant'}: ${textOf(item)}`]
      : [],
  )
/** Oldest first, as the client makes them. */
const told = (messages: readonly CloudMessage[]): string[] =>
  messages.toReversed().map(({ content }) => {
    const { role, content: parts } = content as { role: string; content: { text: string }[] }
    return `${role}: ${parts.map(({ text }) => text).join('|')}`
  })

async function sayInThread(
  { database }: Ground,
  userId: string,
  threadId: string,
  texts: readonly { role: 'user' | 'assistant'; text: string }[],
): Promise<void> {
  const owner = { tenantId: 'default', userId }
  await database.storage.store.changeThread(owner, threadId, async (transaction) => {
    for (const { role, text } of texts) await transaction.saveItem(itemSaying(threadId, role, text))
  })
}

function itemSaying(threadId: string, role: 'user' | 'assistant', text: string): Item {
  const common = { thread_id: threadId, created_at: new Date().toISOString() }
  if (role === 'assistant') {
    const content = [{ type: 'output_text' as const, text, annotations: [] }]
    return { ...common, id: createItemId('assistant_message'), type: 'assistant_message', content }
  }
  return {
    ...common,
    id: createItemId('user_message'),
    type: 'user_message',
    content: [{ type: 'input_text', text }],
    attachments: [],
    inference_options: {},
  }
}

function threadRules(ground: () => Ground): void {
  it('[CLOUD-1] threads are begun, read, changed and deleted by the client’s own methods', async (context) => {
    shows(context, {
      client: 'assistant-cloud',
      version: clientVersion('assistant-ui', 'assistant-cloud'),
      door: '/assistant-cloud',
      what: ['threads', 'messages', 'branches', 'titles', 'feedback', 'files', 'guests', 'API keys', 'claim'],
      where: 'Node',
    })
    const userId = nextUser()
    const client = ground().user(userId)
    const at = new Date('2026-01-31T12:00:00.000Z')
    const metadata = { zebra: '1', ant: '2' }
    const created = await client.threads.create({
      last_message_at: at,
      title: 'Plants',
      metadata,
      external_id: 'x',
    })
    const thread = await client.threads.get(created.thread_id)
    expect(thread).toMatchObject({
      title: 'Plants',
      last_message_at: at,
      external_id: 'x',
      project_id: 'default',
      workspace_id: userId,
      is_archived: false,
    })
    expect(JSON.stringify(thread.metadata)).toBe(JSON.stringify(metadata))
    await client.threads.update(thread.id, { title: 'Trees' })
    await client.threads.update(thread.id, { metadata: null })
    await client.threads.update(thread.id, { is_archived: true })
    expect(await client.threads.get(thread.id)).toMatchObject({
      title: 'Trees',
      metadata: null,
      is_archived: true,
      last_message_at: at,
    })
    await client.threads.delete(thread.id)
    expect(await failed(client.threads.get(thread.id))).toMatchObject({ status: 404, code: 'not_found' })
  })

  it('[CLOUD-2] one list has the threads in use, the other those put away, each with what was said last first', async () => {
    const userId = nextUser()
    const client = ground().user(userId)
    const [first, second, third, away] = [
      await newThread(client),
      await newThread(client),
      await newThread(client),
      await newThread(client),
    ]
    await client.threads.update(away, { is_archived: true })
    const listed = async (query: object): Promise<string[]> =>
      (await client.threads.list(query)).threads.map(({ id }) => id)
    expect(await listed({})).toEqual([third, second, first])
    expect(await listed({ is_archived: true })).toEqual([away])
    await keep(client, first, null, said('user', 'Still there?'))
    expect(await listed({})).toEqual([first, third, second])
    await client.threads.update(second, { last_message_at: new Date(Date.now() + 60_000) })
    expect(await listed({ limit: 2 })).toEqual([second, first])
    expect(await listed({ limit: 2, after: first })).toEqual([third])
    // What is said at another door counts as well.
    await client.threads.update(second, { last_message_at: new Date('2026-01-01T00:00:00.000Z') })
    expect(await listed({})).toEqual([first, third, second])
    await sayInThread(ground(), userId, third, [{ role: 'user', text: 'Elsewhere' }])
    expect(await listed({})).toEqual([third, first, second])
  })
}

function messageRules(ground: () => Ground): void {
  it('[CLOUD-3] what a client has written comes back byte for byte, in whatever format, in pages of any size', async () => {
    const client = ground().user()
    const threadId = await newThread(client)
    const contents = [
      said('user', 'Zwölf Bäume 🌳'),
      { b: [1, 2.5, null, { z: true, a: '' }], a: { role: 'assistant' }, 1: 'one' },
      { role: 'assistant', parts: [{ type: 'tool-call', args: { q: '<&>' } }], metadata: { custom: {} } },
    ]
    const formats = ['aui/v0', 'ours/v1', 'ai-sdk/v6']
    let parent: string | null = null
    for (const [index, content] of contents.entries()) {
      const body: { parent_id: string | null; format: string; content: object } = {
        parent_id: parent,
        format: formats[index] ?? '',
        content,
      }
      parent = (await client.threads.messages.create(threadId, body)).message_id
    }
    for (const format of [undefined, 'aui/v0']) {
      const { messages } = await client.threads.messages.list(
        threadId,
        format === undefined ? {} : { format },
      )
      expect(messages.map(({ content }) => JSON.stringify(content))).toEqual(
        contents.toReversed().map((content) => JSON.stringify(content)),
      )
      expect(messages.map((message) => message.format)).toEqual(formats.toReversed())
      expect(messages.map(({ height }) => height)).toEqual([2, 1, 0])
    }
    const [newest] = (await client.threads.messages.list(threadId, { limit: 1 })).messages
    const rest = await client.threads.messages.list(threadId, { limit: 2, after: newest?.id ?? '' })
    expect(rest.messages.map(({ height }) => height)).toEqual([1, 0])
  })

  it('[CLOUD-3] the client’s own keeping of a runtime’s messages reads more than a page', async () => {
    const userId = nextUser()
    const client = ground().user(userId)
    const threadId = await newThread(client)
    const texts = Array.from({ length: 203 }, (_, index) => `Message ${index}`)
    await sayInThread(
      ground(),
      userId,
      threadId,
      texts.map((text) => ({ role: 'user', text })),
    )
    const reading = new (ground().cloud.CloudMessagePersistence)(client)
    const loaded = await reading.load(threadId, 'aui/v0')
    expect(told(loaded)).toEqual(texts.map((text) => `user: ${text}`))
    await reading.append(threadId, 'local', loaded[0]?.id ?? '', 'aui/v0', said('assistant', 'So many'))
    const { messages } = await client.threads.messages.list(threadId, { limit: 1 })
    expect(messages).toMatchObject([{ parent_id: loaded[0]?.id, height: 203 }])
  })

  it('[CLOUD-4] messages are a tree; a parent that is not there is refused', async () => {
    const client = ground().user()
    const threadId = await newThread(client)
    const question = await keep(client, threadId, null, said('user', 'Tea or coffee?'))
    const answers = [
      await keep(client, threadId, question, said('assistant', 'Tea')),
      await keep(client, threadId, question, said('assistant', 'Coffee')),
    ]
    const { messages } = await client.threads.messages.list(threadId)
    expect(messages.map(({ id, parent_id: parent, height }) => [id, parent, height])).toEqual([
      [answers[1], question, 1],
      [answers[0], question, 1],
      [question, null, 0],
    ])
    const lost = await failed(keep(client, threadId, 'msg_elsewhere', said('user', 'Hm')))
    expect(lost).toMatchObject({ status: 400, message: 'Parent message not found in thread' })
    // Other servers' ids are none.
    const root = await keep(client, threadId, 'chatcmpl-1', said('user', 'Anew'))
    const found = (await client.threads.messages.list(threadId)).messages.find(({ id }) => id === root)
    expect(found).toMatchObject({ parent_id: null, height: 0 })
  })

  it('[CLOUD-4] a message can be written anew and judged, and keeps its place', async () => {
    const userId = nextUser()
    const client = ground().user(userId)
    const threadId = await newThread(client)
    const question = await keep(client, threadId, null, said('user', 'When?'))
    const answer = await keep(client, threadId, question, { role: 'assistant', content: [] })
    expect(spoken(await itemsOf(ground(), userId, threadId))).toEqual(['user: When?'])
    await client.threads.messages.update(threadId, answer, { content: said('assistant', 'At noon') })
    await client.threads.messages.update(threadId, question, { content: said('user', 'When is it?') })
    expect(told((await client.threads.messages.list(threadId)).messages)).toEqual([
      'user: When is it?',
      'assistant: At noon',
    ])
    expect(spoken(await itemsOf(ground(), userId, threadId))).toEqual([
      'user: When is it?',
      'assistant: At noon',
    ])
    const { feedback } = client.threads.messages
    const judged = feedback.bind(client.threads.messages, threadId, answer)
    expect(await judged({ type: 'positive', comment: ' Thanks ' })).toMatchObject({ comment: 'Thanks' })
    expect(await judged({ type: 'positive' })).toMatchObject({ type: 'positive', comment: 'Thanks' })
    expect(await judged({ type: 'negative' })).toMatchObject({ type: 'negative', comment: null })
    expect(
      await failed(feedback.call(client.threads.messages, threadId, 'msg_x', { type: 'positive' })),
    ).toMatchObject({ status: 404 })
  })
}

function sharedRules(ground: () => Ground): void {
  it('[CLOUD-5] at other doors a thread is the path to its newest message; here every branch stays', async () => {
    const userId = nextUser()
    const client = ground().user(userId)
    const threadId = await newThread(client)
    const items = async (): Promise<string[]> => spoken(await itemsOf(ground(), userId, threadId))
    const first = await keep(client, threadId, null, said('user', 'One'))
    const second = await keep(client, threadId, first, said('assistant', 'Two'))
    await keep(client, threadId, second, said('user', 'Three'))
    expect(await items()).toEqual(['user: One', 'assistant: Two', 'user: Three'])
    const other = await keep(client, threadId, first, said('assistant', 'Zwei'))
    expect(await items()).toEqual(['user: One', 'assistant: Zwei'])
    await keep(client, threadId, second, said('user', 'Drei'))
    expect(await items()).toEqual(['user: One', 'assistant: Two', 'user: Drei'])
    const { messages } = await client.threads.messages.list(threadId)
    expect(messages).toHaveLength(5)
    expect(messages.map(({ id }) => id)).toContain(other)
  })

  it('[CLOUD-6] what was said at other doors is a message, an answer one however many items it has, in the format asked for', async () => {
    const userId = nextUser()
    const client = ground().user(userId)
    const threadId = await newThread(client)
    await sayInThread(ground(), userId, threadId, [
      { role: 'user', text: 'Look it up' },
      { role: 'assistant', text: 'One moment.' },
      { role: 'assistant', text: 'Here it is.' },
    ])
    const { messages } = await client.threads.messages.list(threadId, { format: 'aui/v0' })
    expect(told(messages)).toEqual(['user: Look it up', 'assistant: One moment.|Here it is.'])
    expect(messages.map(({ format }) => format)).toEqual(['aui/v0', 'aui/v0'])
    const sdk = await client.threads.messages.list(threadId, { format: 'ai-sdk/v6' })
    expect(sdk.messages[1]).toMatchObject({
      format: 'ai-sdk/v6',
      content: { role: 'user', parts: [{ type: 'text', text: 'Look it up' }] },
    })
    // And goes on from there.
    await keep(client, threadId, messages[0]?.id ?? null, said('user', 'Thanks'))
    await sayInThread(ground(), userId, threadId, [{ role: 'assistant', text: 'Welcome' }])
    expect(told((await client.threads.messages.list(threadId)).messages)).toEqual([
      'user: Look it up',
      'assistant: One moment.|Here it is.',
      'user: Thanks',
      'assistant: Welcome',
    ])
  })

  it('[CLOUD-7] who keeps what they ask in a thread, and ask in it as well, have said it once, whichever comes first', async () => {
    const userId = nextUser()
    const client = ground().user(userId)
    for (const keepsFirst of [true, false]) {
      const threadId = await newThread(client)
      const ask = (): Promise<void> =>
        sayInThread(ground(), userId, threadId, [{ role: 'user', text: 'How late\nis it?' }])
      if (!keepsFirst) await ask()
      const question = await keep(client, threadId, null, said('user', 'How late is it?'))
      if (keepsFirst) await ask()
      await sayInThread(ground(), userId, threadId, [
        { role: 'assistant', text: 'I look.' },
        { role: 'assistant', text: 'Noon.' },
      ])
      const answer = await keep(client, threadId, question, said('assistant', 'I look.\n\nNoon.'))
      const { messages } = await client.threads.messages.list(threadId)
      expect(messages.map(({ id }) => id)).toEqual([answer, question])
      expect(told(messages)).toEqual(['user: How late is it?', 'assistant: I look.\n\nNoon.'])
      expect(spoken(await itemsOf(ground(), userId, threadId))).toEqual([
        'user: How late\nis it?',
        'assistant: I look.',
        'assistant: Noon.',
      ])
    }
  })
}

function identityRules(ground: () => Ground): void {
  it('[CLOUD-8] another user sees nothing, and with a thread its messages are deleted', async () => {
    const owner = ground().user()
    const threadId = await newThread(owner)
    const messageId = await keep(owner, threadId, null, said('user', 'Mine'))
    for (const other of [ground().user(), await ground().server(nextUser())]) {
      expect((await other.threads.list()).threads).toEqual([])
      for (const attempt of [
        () => other.threads.get(threadId),
        () => other.threads.update(threadId, { title: 'Theirs' }),
        () => other.threads.delete(threadId),
        () => other.threads.messages.list(threadId),
        () => keep(other, threadId, null, said('user', 'Theirs')),
        () => other.threads.messages.update(threadId, messageId, { content: said('user', 'Theirs') }),
        () => other.threads.messages.feedback(threadId, messageId, { type: 'positive' }),
        () => other.runs.report({ thread_id: threadId, status: 'completed' }),
        () => ground().cloud.generateThreadTitle(other, { threadId, messages: [said('user', 'Theirs')] }),
      ]) {
        expect(await failed(attempt())).toMatchObject({ status: 404 })
      }
    }
    expect(told((await owner.threads.messages.list(threadId)).messages)).toEqual(['user: Mine'])
    const { database } = ground().database
    for (const table of ['client_threads', 'client_messages']) {
      const [count] = await database.once(userScope({ tenantId: 'default', userId: nextUser() }), [
        statement<object, number>(`select from ${table}`, [], (rows) => rows.length),
      ])
      expect(count).toBe(0)
    }
    await owner.threads.delete(threadId)
    expect(await failed(owner.threads.messages.list(threadId))).toMatchObject({ status: 404 })
  })

  it('[CLOUD-9] a server with a key asks as the user it names, makes tokens for them, and reads all of the tenant’s', async () => {
    const workspaceId = nextUser()
    const server = await ground().server(workspaceId)
    const threadId = await newThread(server)
    await keep(server, threadId, null, said('user', 'From a server'))
    const { token } = await server.auth.tokens.create()
    const { AssistantCloud } = ground().cloud
    const page = new AssistantCloud({ baseUrl: ground().baseUrl, authToken: async () => token })
    expect((await page.threads.list()).threads).toMatchObject([
      { id: threadId, workspace_id: workspaceId, title: 'From a server' },
    ])
    const all = await server.projects.threads.list({ limit: 1 })
    expect(all.threads).toMatchObject([{ id: threadId, workspace_id: workspaceId }])
    expect(told((await server.projects.threads.messages.list(threadId)).messages)).toEqual([
      'user: From a server',
    ])
    for (const refused of [() => page.projects.threads.list(), () => page.auth.tokens.create()]) {
      expect(await failed(refused())).toMatchObject({ status: 403, code: 'forbidden' })
    }
    const reader = await ground().server(workspaceId, ['threads:read'])
    expect((await reader.projects.threads.list({ limit: 1 })).threads).toHaveLength(1)
    for (const refused of [
      () => reader.threads.list(),
      () => reader.auth.tokens.create(),
      () => newThread(reader),
    ]) {
      expect(await failed(refused())).toMatchObject({ status: 403 })
    }
    const nobody = new AssistantCloud({
      baseUrl: ground().baseUrl,
      apiKey: 'sk-parley-wrong',
      userId: 'a',
      workspaceId: 'a',
    })
    expect(await failed(nobody.threads.list())).toMatchObject({ status: 401, code: 'unauthenticated' })
  })
}

function guestRules(ground: () => Ground): void {
  it('[CLOUD-10] a guest comes by a token, on any origin, and what they said is taken over when they sign in', async () => {
    const { cloud, baseUrl } = ground()
    const ask = (path: string, body?: object): Promise<Response> =>
      fetch(`${baseUrl}/v1/${path}`, {
        method: 'POST',
        headers: { origin: 'https://shop.example', ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
    const begun = await ask('auth/tokens/anonymous')
    expect(begun.headers.get('access-control-allow-origin')).toBe('*')
    expect(begun.headers.get('set-cookie')).toBeNull()
    const given = (await begun.json()) as { access_token: string; refresh_token: { token: string } }
    const refresh_token = given.refresh_token.token
    const guest = new cloud.AssistantCloud({ baseUrl, authToken: async () => given.access_token })
    const threadId = await newThread(guest)
    await keep(guest, threadId, null, said('user', 'I am new'))

    const again = (await (await ask('auth/tokens/refresh', { refresh_token })).json()) as typeof given
    const same = new cloud.AssistantCloud({ baseUrl, authToken: async () => again.access_token })
    expect((await same.threads.list()).threads.map(({ id }) => id)).toEqual([threadId])
    expect((await ask('auth/tokens/refresh', { refresh_token: given.access_token })).status).toBe(403)
    const mistaken = new cloud.AssistantCloud({ baseUrl, authToken: async () => refresh_token })
    expect(await failed(mistaken.threads.list())).toMatchObject({ status: 401 })

    expect(await failed(guest.threads.claim({ refresh_token }))).toMatchObject({ status: 403 })
    const user = ground().user()
    expect(await failed(user.threads.claim({ refresh_token: given.access_token }))).toMatchObject({
      status: 403,
    })
    expect(await user.threads.claim({ refresh_token })).toEqual({ moved: 1 })
    expect(await user.threads.claim({ refresh_token })).toEqual({ moved: 0 })
    expect(told((await user.threads.messages.list(threadId)).messages)).toEqual(['user: I am new'])
    expect((await guest.threads.list()).threads).toEqual([])
    // As the client does it by itself, without a browser's memory.
    const anonymous = new cloud.AssistantCloud({ baseUrl, anonymous: true })
    expect((await anonymous.threads.list()).threads).toEqual([])
  })
}

function otherRules(ground: () => Ground): void {
  it('[CLOUD-11] a thread’s title is made of its first words; one that is there stays', async () => {
    const { generateThreadTitle } = ground().cloud
    const client = ground().user()
    const threadId = await newThread(client)
    expect((await client.threads.get(threadId)).title).toBe('')
    const messages = [said('user', '## Which trees grow\nin the shade?')]
    expect(await generateThreadTitle(client, { threadId, messages })).toBe('Which trees grow')
    const others = [said('user', 'Something else')]
    expect(await generateThreadTitle(client, { threadId, messages: others })).toBe('Which trees grow')
    const silent = await newThread(client)
    expect(
      await generateThreadTitle(client, { threadId: silent, messages: [said('assistant', 'Hello')] }),
    ).toBeNull()
    await keep(client, silent, null, said('user', 'Now I say something'))
    expect((await client.threads.get(silent)).title).toBe('Now I say something')
  })

  it('[CLOUD-12] a file goes to a signed address, is shown by one that is made anew, and belongs to the thread', async () => {
    const userId = nextUser()
    const client = ground().user(userId)
    const threadId = await newThread(client)
    const {
      signedUrl,
      publicUrl,
      key = '',
    } = await client.files.generatePresignedUploadUrl({ filename: 'note.txt' })
    const sent = await fetch(signedUrl, {
      method: 'PUT',
      body: 'a note',
      headers: { 'content-type': 'text/plain' },
    })
    expect(sent.status).toBe(200)
    expect(await (await fetch(publicUrl)).text()).toBe('a note')
    const stale = publicUrl.replace(/link=.*$/, 'link=stale')
    const file = { type: 'file', data: stale, mimeType: 'text/plain' }
    const content = { role: 'user', content: [{ type: 'text', text: 'Read this' }, file] }
    await keep(client, threadId, null, content)
    const [message] = (await client.threads.messages.list(threadId)).messages
    const fresh = JSON.stringify(message?.content).match(/http[^"]+\?link=[^"]+/)?.[0] ?? ''
    expect(await (await fetch(fresh)).text()).toBe('a note')
    const [item] = await itemsOf(ground(), userId, threadId)
    expect(item).toMatchObject({ attachments: [{ id: key, thread_id: threadId }] })
    for (const place of [{ key }, { url: publicUrl }]) {
      const { signedUrl: url } = await client.files.generatePresignedDownloadUrl(place)
      expect(await (await fetch(url)).text()).toBe('a note')
      expect(await failed(ground().user().files.generatePresignedDownloadUrl(place))).toMatchObject({
        status: 404,
      })
    }
  })

  it('[CLOUD-13] reports are taken and not kept, and what is not here is 404 in words that the client shows', async () => {
    const client = ground().user()
    const threadId = await newThread(client)
    const report = { thread_id: threadId, status: 'completed', output_text: 'secret words' }
    expect(await client.runs.report(report)).toMatchObject({
      run_id: expect.stringMatching(/^run_/) as unknown,
    })
    const response = await fetch(`${ground().baseUrl}/v1/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await createToken({ secret: ground().product.secret }, { userId: 'ada' })}`,
      },
      body: JSON.stringify({ events: [{ kind: 'message_sent', thread_id: threadId }] }),
    })
    expect([response.status, await response.json()]).toEqual([202, { accepted: 0 }])
    for (const absent of [
      () => client.scores.create({ name: 'a', data_type: 'boolean', value: true }),
      () => client.files.pdfToImages({ file_url: 'https://example.org/a.pdf' }),
    ]) {
      expect(await failed(absent())).toMatchObject({
        status: 404,
        code: 'not_found',
        message: 'There is nothing at this address.',
      })
    }
  })

  it('[CLOUD-14] what is too long or not understood is refused with its place and its limit', async () => {
    const client = ground().user()
    const threadId = await newThread(client)
    const long = 'x'.repeat(1_048_577)
    for (const [attempt, words] of [
      [() => keep(client, threadId, null, said('user', long)), 'contentLengthMax'],
      [
        () => client.threads.update(threadId, { metadata: { long: 'x'.repeat(20_000) } }),
        'metadataLengthMax',
      ],
      [() => client.threads.update(threadId, { title: 'x'.repeat(501) }), 'titleLengthMax'],
      [() => client.threads.list({ limit: 101 }), 'threadsLimitMax'],
      [() => client.threads.messages.list(threadId, { limit: 201 }), 'messagesLimitMax'],
      [
        () => client.threads.create(Object.assign({ last_message_at: new Date() }, { upsert: true })),
        'upsert',
      ],
    ] as const) {
      const failure = await failed(attempt())
      expect(failure).toMatchObject({ status: 400, code: 'invalid_request' })
      expect(failure.message).toContain(words)
    }
  })
}
