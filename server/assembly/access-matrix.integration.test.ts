/**
 * Every route of every door × everybody who may come by: who gets what. A route that is in the API's document and not in this
 * table fails the test, so nobody adds one without saying who may use it.
 */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createToken } from '../auth/bearer-tokens.ts'
import { createApiKeys } from '../auth/api-keys.ts'
import { keyScopes } from '../auth/permissions.ts'
import { createRevocations } from '../auth/revocations.ts'
import { createSecret } from '../auth/secrets.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { TestDatabase } from '../testing/databases.ts'
import { startProduct } from '../testing/product.ts'
import type { Product } from '../testing/product.ts'

const principals = [
  'nobody',
  'forged',
  'expired',
  'revoked',
  'guest',
  'other user',
  'other tenant',
  'agent',
  'admin',
  'key',
  'key of other tenant',
  'session',
  'owner',
] as const
type Principal = (typeof principals)[number]

const noteText = 'a note'
const dot = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#a33' } })
  .png()
  .toBuffer()

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}

/** What one asks with: path, body, and what is sent along. */
interface Request {
  path: string
  body?: unknown
  form?: FormData
}

interface Row {
  /** Makes what is asked about, as the owner. */
  prepare?: (world: World) => Promise<Request>
  request?: Request
  /** What the owner gets, who asks last: nobody before has changed anything. */
  owner: number
  /** What others get who are known, where it is not `owner`. Default: 404 with `prepare`, else the same as the owner. */
  others?: number
  /** Who is known and gets something else. */
  but?: Partial<Record<Principal, number>>
  /** What those get who show nothing. Default: 401. */
  nobody?: number
  /** What those get who show something that is not valid. Default: 401. */
  invalid?: number
  /** What those get who show an API key. Default: 403. */
  keys?: number
  /** What those get who show the secret of a session that a server has made for the owner. Default: the same as keys. */
  sessions?: number
  /** Who asks. Default: everybody. */
  asked?: readonly Principal[]
}

class World {
  readonly #product: Product
  readonly #storage: TestDatabase['storage']
  readonly #headers = new Map<Principal, Record<string, string>>()

  constructor(product: Product, { storage }: TestDatabase) {
    this.#product = product
    this.#storage = storage
  }

  async open(): Promise<void> {
    const { secret } = this.#product
    const bearer = async (key: string, claims: Parameters<typeof createToken>[1]) => ({
      authorization: `Bearer ${await createToken({ secret: key }, claims)}`,
    })
    const all: [Principal, Record<string, string>][] = [
      ['nobody', {}],
      ['forged', await bearer(createSecret(), { userId: 'olga' })],
      ['expired', await bearer(secret, { userId: 'olga', lifetimeSeconds: -120 })],
      ['revoked', await bearer(secret, { userId: 'rita' })],
      ['other user', await bearer(secret, { userId: 'otto' })],
      ['other tenant', await bearer(secret, { userId: 'olga', tenantId: 'elsewhere' })],
      ['agent', await bearer(secret, { userId: 'agnes', roles: ['agent'] })],
      ['admin', await bearer(secret, { userId: 'adam', roles: ['admin'] })],
      ['owner', await bearer(secret, { userId: 'olga' })],
    ]
    for (const [principal, headers] of all) this.#headers.set(principal, headers)
    const keys = createApiKeys({ records: this.#storage.apiKeys, revocations: createRevocations() })
    for (const [principal, tenantId] of [
      ['key', 'default'],
      ['key of other tenant', 'elsewhere'],
    ] as const) {
      const { token } = await keys.create({ tenantId, name: principal, scopes: keyScopes })
      this.#headers.set(principal, { authorization: `Bearer ${token}` })
    }
    const { client_secret: clientSecret } = await this.madeSession()
    this.#headers.set('session', { authorization: `Bearer ${clientSecret}` })
    const guest = await this.ask('nobody', 'POST', { path: '/api/chats', body: { prompt: 'I am new' } })
    this.#headers.set('guest', { cookie: guest.headers.get('set-cookie')?.split(';')[0] ?? '' })
    const at = new Date(Date.now() + 1_000)
    await this.#storage.revocations.add({ tenantId: 'default', userId: 'rita', name: null, at, until: null })
    const asked = { path: '/api/chats' }
    await vi.waitFor(async () => expect((await this.ask('revoked', 'GET', asked)).status).toBe(401), 10_000)
  }

  ask(principal: Principal, method: string, { path, body, form }: Request): Promise<Response> {
    const headers: Record<string, string> = { ...this.#headers.get(principal) }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const payload = form ?? (body === undefined ? undefined : JSON.stringify(body))
    return fetch(`${this.#product.url}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(payload === undefined ? {} : { body: payload }),
    })
  }

  /** As the owner, who succeeds. */
  async make(path: string, request: Omit<Request, 'path'>): Promise<Record<string, string>> {
    const response = await this.ask('owner', 'POST', { path, ...request })
    expect(response.ok, `${path}: ${response.status}`).toBe(true)
    return (await response.json()) as Record<string, string>
  }

  async chat(): Promise<string> {
    return (await this.make('/api/chats', { body: { prompt: 'Hello' } }))['id'] ?? ''
  }

  /** The same, as the ChatKit door calls it. */
  async thread(): Promise<string> {
    await this.chat()
    const { data } = (await this.chatkit('threads.list', { limit: 1 })) as { data: { id: string }[] }
    return data[0]?.id ?? ''
  }

  chatkit(type: string, params: object): Promise<unknown> {
    return this.make('/chatkit', { body: { type, params } })
  }

  /** Where the bytes of a file go that is announced. */
  async announced(): Promise<string> {
    const announcement = { name: 'note.txt', size: noteText.length, mime_type: 'text/plain' }
    const { upload_descriptor: descriptor } = (await this.chatkit('attachments.create', announcement)) as {
      upload_descriptor: { url: string }
    }
    return pathOf(descriptor.url)
  }

  /** Where a picture can be read. */
  async picture(): Promise<string> {
    const form = new FormData()
    form.set('file', new File([Uint8Array.from(dot)], 'dot.png', { type: 'image/png' }))
    return pathOf((await this.make('/files', { form }))['preview_url'] ?? '')
  }

  async support(): Promise<string> {
    return (await this.make('/api/chat/sessions', { body: { tenantId: 'default' } }))['id'] ?? ''
  }

  /** As the tenant's server makes it. */
  async madeSession(): Promise<{ id: string; client_secret: string }> {
    const chatkit_configuration = { file_upload: { enabled: true } }
    const body = { user: 'olga', workflow: { id: 'tutor' }, chatkit_configuration }
    const made = await this.ask('key', 'POST', { path: '/v1/chatkit/sessions', body })
    return (await made.json()) as { id: string; client_secret: string }
  }

  async session(): Promise<string> {
    return (await this.make('/api/chatkit/session', { body: { deviceId: 'matrix' } }))['session_id'] ?? ''
  }

  async response(): Promise<string> {
    return (await this.make('/api/chatkit/respond', { body: { input: 'Hello' } }))['response_id'] ?? ''
  }

  /** A click on a button that the server has shown. */
  async click(): Promise<Request> {
    const owner = { tenantId: 'default', userId: 'olga' }
    await this.#storage.tasks.add(owner, 'Water the flowers')
    const asked = await this.make('/api/chatkit/respond', { body: { input: 'Show me my tasks' } })
    const path = `/api/chatkit/responses/${asked['response_id']}`
    let text = ''
    await expect
      .poll(async () => (text = await (await this.ask('owner', 'GET', { path })).text()))
      .toContain('complete_task_btn')
    const widgetId = /"(complete_task_btn[^"]*)"/.exec(text)?.[1] ?? ''
    const taskId = /"task_id":"([^"]+)"/.exec(text)?.[1] ?? ''
    const action = { type: 'button_click', widget_id: widgetId, payload: { task_id: taskId } }
    return { path: '/api/chatkit/action', body: { thread_id: asked['thread_id'], action } }
  }
}

function file(sessionId?: string): FormData {
  const form = new FormData()
  if (sessionId !== undefined) form.set('sessionId', sessionId)
  form.set('file', new File([noteText], 'note.txt', { type: 'text/plain' }))
  return form
}

const inChat =
  (suffix: string, body?: unknown) =>
  async (world: World): Promise<Request> => ({
    path: `/api/chats/${await world.chat()}${suffix}`,
    ...(body === undefined ? {} : { body }),
  })
const inSupport =
  (suffix: string, body?: unknown) =>
  async (world: World): Promise<Request> => ({
    path: `/api/chat/sessions/${await world.support()}${suffix}`,
    ...(body === undefined ? {} : { body }),
  })
const inSession =
  (suffix: string, body?: unknown) =>
  async (world: World): Promise<Request> => ({
    path: `/api/chatkit/session/${await world.session()}${suffix}`,
    ...(body === undefined ? {} : { body }),
  })
const inResponse =
  (suffix: string) =>
  async (world: World): Promise<Request> => ({
    path: `/api/chatkit/responses/${await world.response()}${suffix}`,
  })
const say = { messages: [{ id: 'm1', role: 'user', content: 'And now?' }] }

const readThread = (path: string) => async (world: World) => ({
  path,
  body: { type: 'threads.get_by_id', params: { thread_id: await world.thread() } },
})

const table: Record<string, Row> = {
  // Whoever shows nothing is a guest there, with every operation.
  'POST /chatkit': { prepare: readThread('/chatkit'), owner: 200, nobody: 404, sessions: 200 },
  // For the secrets of sessions alone.
  'POST /v1/chatkit/conversation': {
    prepare: readThread('/v1/chatkit/conversation'),
    owner: 403,
    others: 403,
    but: { guest: 401 },
    sessions: 200,
  },
  'POST /v1/chatkit/files': {
    request: { path: '/v1/chatkit/files', form: file() },
    owner: 403,
    but: { guest: 401 },
    sessions: 200,
  },
  'POST /files': {
    request: { path: '/files', form: file() },
    owner: 200,
    nobody: 200,
  },
  // By signed links, which are all that counts.
  'PUT /files/{id}': byLink(async (world) => ({ path: await world.announced(), form: file() })),
  'POST /files/{id}': byLink(async (world) => ({ path: await world.announced(), form: file() })),
  'GET /files/{id}': byLink(async (world) => ({ path: await world.picture() })),
  'POST /api/chats': { request: { path: '/api/chats', body: { prompt: 'Hello' } }, owner: 201, nobody: 201 },
  'GET /api/chats': { request: { path: '/api/chats' }, owner: 200 },
  'GET /api/chats/{id}': { prepare: inChat(''), owner: 200 },
  'PUT /api/chats/{id}': { prepare: inChat('', { title: 'Another' }), owner: 200 },
  'DELETE /api/chats/{id}': { prepare: inChat(''), owner: 200 },
  'POST /api/chats/{id}': { prepare: inChat('', say), owner: 200 },
  'POST /api/chats/{id}/messages': {
    prepare: inChat('/messages', { id: 'm2', role: 'user', content: 'Hm' }),
    owner: 200,
  },
  'GET /api/chats/{id}/stream': { prepare: inChat('/stream'), owner: 204 },
  'DELETE /api/chats/{id}/stream': { prepare: inChat('/stream'), owner: 204 },
  'POST /api/chats/{id}/stop': { prepare: inChat('/stop', {}), owner: 200 },
  'GET /api/chats/{id}/{sameId}/stream': {
    prepare: async (world) => {
      const id = await world.chat()
      return { path: `/api/chats/${id}/${id}/stream` }
    },
    owner: 204,
  },
  'POST /api/chat/sessions': {
    request: { path: '/api/chat/sessions', body: { tenantId: 'default' } },
    owner: 201,
    but: { 'other tenant': 403, guest: 401 },
  },
  'PATCH /api/chat/sessions/{sessionId}': {
    prepare: inSupport('', { status: 'resolved' }),
    owner: 200,
    but: { guest: 401 },
  },
  'DELETE /api/chat/sessions/{sessionId}': { prepare: inSupport(''), owner: 200, but: { guest: 401 } },
  'POST /api/chat/messages': {
    prepare: async (world) => ({
      path: '/api/chat/messages',
      body: { sessionId: await world.support(), content: 'Help' },
    }),
    owner: 200,
    but: { guest: 401 },
  },
  'GET /api/chat/sessions/{sessionId}/messages': {
    prepare: inSupport('/messages'),
    owner: 200,
    but: { guest: 401 },
  },
  'POST /api/chat/files': {
    prepare: async (world) => ({ path: '/api/chat/files', form: file(await world.support()) }),
    owner: 201,
    but: { guest: 401 },
  },
  'DELETE /api/chat/files/{fileId}': {
    async prepare(world) {
      const { id = '' } = await world.make('/api/chat/files', { form: file(await world.support()) })
      return { path: `/api/chat/files/${id}` }
    },
    owner: 200,
    but: { guest: 401 },
  },
  'POST /api/chat/sessions/{sessionId}/ticket': {
    async prepare(world) {
      const sessionId = await world.support()
      await world.make('/api/chat/messages', { body: { sessionId, content: 'The page is broken' } })
      return { path: `/api/chat/sessions/${sessionId}/ticket`, body: {} }
    },
    owner: 201,
    but: { guest: 401 },
  },
  // All of the tenant's, for those who work on them.
  'GET /api/chat/tickets': {
    request: { path: '/api/chat/tickets' },
    owner: 403,
    but: { guest: 401, agent: 200, admin: 200 },
  },
  'POST /api/chatkit/respond': {
    request: { path: '/api/chatkit/respond', body: { input: 'Hello' } },
    owner: 200,
    but: { guest: 401 },
  },
  'POST /api/chatkit/action': {
    prepare: (world) => world.click(),
    owner: 200,
    others: 403,
    but: { guest: 401 },
  },
  'GET /api/chatkit/responses/{response_id}': { prepare: inResponse(''), owner: 200, but: { guest: 401 } },
  'GET /api/chatkit/responses/{response_id}/events': {
    prepare: inResponse('/events'),
    owner: 200,
    but: { guest: 401 },
  },
  'POST /api/chatkit/session': {
    request: { path: '/api/chatkit/session', body: { deviceId: 'everybody' } },
    owner: 201,
    nobody: 201,
  },
  'GET /api/chatkit/sessions': { request: { path: '/api/chatkit/sessions' }, owner: 200 },
  'GET /api/chatkit/session/{id}': { prepare: inSession(''), owner: 200 },
  'DELETE /api/chatkit/session/{id}': { prepare: inSession(''), owner: 200 },
  'POST /api/chatkit/session/{id}/refresh': { prepare: inSession('/refresh', {}), owner: 200 },
  'POST /api/chatkit/revoke': {
    prepare: async (world) => ({ path: '/api/chatkit/revoke', body: { sessionId: await world.session() } }),
    owner: 200,
  },
  ...platform(),
  ...assistantCloud(),
  ...accounts(),
  'GET /api/ping': { request: { path: '/api/ping' }, owner: 200, nobody: 200, invalid: 200, keys: 200 },
  'GET /api/health': { request: { path: '/api/health' }, owner: 200, nobody: 200, invalid: 200, keys: 200 },
}

function byLink(prepare: Row['prepare'] & {}): Row {
  return { prepare, owner: 200, others: 200, nobody: 200, invalid: 200, keys: 200 }
}

/** For servers with a key, and nobody else: an owner's or an admin's credentials open none of it. */
function platform(): Record<string, Row> {
  const people = { guest: 403, 'other user': 403, 'other tenant': 403, agent: 403, admin: 403 }
  const byKeys = { ...people, key: 200, 'key of other tenant': 404 }
  const thread = (suffix: string) => async (world: World) => ({
    path: `/v1/chatkit/threads/${await world.thread()}${suffix}`,
  })
  return {
    'POST /v1/chatkit/sessions': {
      request: { path: '/v1/chatkit/sessions', body: { user: 'olga', workflow: { id: 'tutor' } } },
      owner: 403,
      but: { ...byKeys, 'key of other tenant': 200 },
    },
    'POST /v1/chatkit/sessions/{id}/cancel': {
      prepare: async (world) => ({ path: `/v1/chatkit/sessions/${(await world.madeSession()).id}/cancel` }),
      owner: 403,
      but: byKeys,
    },
    'GET /v1/chatkit/threads': {
      request: { path: '/v1/chatkit/threads' },
      owner: 403,
      but: { ...byKeys, 'key of other tenant': 200 },
    },
    'GET /v1/chatkit/threads/{id}': { prepare: thread(''), owner: 403, but: byKeys },
    'DELETE /v1/chatkit/threads/{id}': { prepare: thread(''), owner: 403, but: byKeys },
    'GET /v1/chatkit/threads/{id}/items': { prepare: thread('/items'), owner: 403, but: byKeys },
  }
}

/** Users and guests, by tokens; servers with a key read all of the tenant's, and are users only where they name one. */
function assistantCloud(): Record<string, Row> {
  const base = '/assistant-cloud/v1'
  const begun = (world: World, path: string, body?: object) => world.make(`${base}${path}`, { body })
  const thread = async (world: World): Promise<string> =>
    (await begun(world, '/threads', { last_message_at: new Date().toISOString() }))['thread_id'] ?? ''
  const inThread = (suffix: string, body?: object) => async (world: World) => ({
    path: `${base}/threads/${await thread(world)}${suffix}`,
    body,
  })
  const content = { role: 'user', content: [{ type: 'text', text: 'Hello' }] }
  const message = { parent_id: null, format: 'aui/v0', content }
  const onMessage = (suffix: string, body: object) => async (world: World) => {
    const path = `/threads/${await thread(world)}/messages`
    const { message_id: id = '' } = await begun(world, path, message)
    return { path: `${base}${path}/${id}${suffix}`, body }
  }
  const aboutThread = (path: string, body: object) => async (world: World) => ({
    path: `${base}${path}`,
    body: { thread_id: await thread(world), ...body },
  })
  const refreshing = (path: string) => async (world: World) => {
    const given: Record<string, unknown> = await begun(world, '/auth/tokens/anonymous')
    const { token: refresh_token } = Object(given['refresh_token']) as { token: string }
    return { path: `${base}${path}`, body: { refresh_token } }
  }
  const people = { guest: 403, 'other user': 403, 'other tenant': 403, agent: 403, admin: 403 }
  const title = { assistant_id: 'system/thread_title', messages: [] }
  return {
    // A key names the user in a header, which is missing here.
    'POST /assistant-cloud/v1/auth/tokens': {
      request: { path: `${base}/auth/tokens` },
      owner: 403,
      but: { ...people, key: 400, 'key of other tenant': 400 },
    },
    'POST /assistant-cloud/v1/auth/tokens/anonymous': byLink(async () => ({
      path: `${base}/auth/tokens/anonymous`,
    })),
    'POST /assistant-cloud/v1/auth/tokens/refresh': byLink(refreshing('/auth/tokens/refresh')),
    'GET /assistant-cloud/v1/threads': { request: { path: `${base}/threads` }, owner: 200 },
    'POST /assistant-cloud/v1/threads': {
      request: { path: `${base}/threads`, body: { last_message_at: new Date().toISOString() } },
      owner: 201,
    },
    'POST /assistant-cloud/v1/threads/claim': {
      prepare: refreshing('/threads/claim'),
      owner: 200,
      others: 200,
      but: { guest: 403, 'other tenant': 403 },
    },
    'GET /assistant-cloud/v1/threads/{threadId}': { prepare: inThread(''), owner: 200 },
    'PUT /assistant-cloud/v1/threads/{threadId}': { prepare: inThread('', { title: 'Plants' }), owner: 200 },
    'DELETE /assistant-cloud/v1/threads/{threadId}': { prepare: inThread(''), owner: 200 },
    'GET /assistant-cloud/v1/threads/{threadId}/messages': { prepare: inThread('/messages'), owner: 200 },
    'POST /assistant-cloud/v1/threads/{threadId}/messages': {
      prepare: inThread('/messages', message),
      owner: 201,
    },
    'PUT /assistant-cloud/v1/threads/{threadId}/messages/{messageId}': {
      prepare: onMessage('', { content }),
      owner: 200,
    },
    'POST /assistant-cloud/v1/threads/{threadId}/messages/{messageId}/feedback': {
      prepare: onMessage('/feedback', { type: 'positive' }),
      owner: 200,
    },
    'POST /assistant-cloud/v1/files/attachments/generate-presigned-upload-url': {
      request: {
        path: `${base}/files/attachments/generate-presigned-upload-url`,
        body: { filename: 'a.txt' },
      },
      owner: 201,
    },
    'POST /assistant-cloud/v1/files/attachments/generate-presigned-download-url': {
      async prepare(world) {
        const files = '/files/attachments/generate-presigned'
        const { key } = await begun(world, `${files}-upload-url`, { filename: 'a.txt' })
        return { path: `${base}${files}-download-url`, body: { key } }
      },
      owner: 200,
    },
    'POST /assistant-cloud/v1/runs/stream': { prepare: aboutThread('/runs/stream', title), owner: 200 },
    'POST /assistant-cloud/v1/runs': { prepare: aboutThread('/runs', { status: 'completed' }), owner: 201 },
    'POST /assistant-cloud/v1/events': {
      request: { path: `${base}/events`, body: { events: [{ kind: 'message_sent' }] } },
      owner: 202,
    },
    'GET /assistant-cloud/v1/projects/threads': {
      request: { path: `${base}/projects/threads` },
      owner: 403,
      but: { ...people, key: 200, 'key of other tenant': 200 },
    },
    'GET /assistant-cloud/v1/projects/threads/{threadId}/messages': {
      prepare: async (world) => ({ path: `${base}/projects/threads/${await thread(world)}/messages` }),
      owner: 403,
      but: { ...people, key: 200, 'key of other tenant': 404 },
    },
  }
}

/** Better Auth's own, which know accounts by their cookies and nobody here: its tests say who may what. */
function accounts(): Record<string, Row> {
  const refused = (status: number, request: Request): Row => ({
    request,
    owner: status,
    nobody: status,
    invalid: status,
    keys: status,
  })
  const email = 'olga@example.org'
  return {
    'POST /api/auth/sign-up/email': {
      asked: ['nobody'],
      ...refused(400, {
        path: '/api/auth/sign-up/email',
        body: { email, password: 'long enough 1', name: 'Olga' },
      }),
    },
    'POST /api/auth/sign-in/email': {
      // Passwords are tried a few times a minute.
      asked: ['nobody'],
      ...refused(401, {
        path: '/api/auth/sign-in/email',
        body: { email, password: 'long enough 1' },
      }),
    },
    'POST /api/auth/sign-in/social': refused(404, {
      path: '/api/auth/sign-in/social',
      body: { provider: 'github' },
    }),
    'POST /api/auth/sign-in/oauth2': refused(404, {
      path: '/api/auth/sign-in/oauth2',
      body: { providerId: 'oidc' },
    }),
    'GET /api/auth/callback/{provider}': refused(302, { path: '/api/auth/callback/github?code=a&state=b' }),
    'GET /api/auth/oauth2/callback/{provider}': refused(404, {
      path: '/api/auth/oauth2/callback/oidc?code=a&state=b',
    }),
    'POST /api/auth/sign-out': refused(200, { path: '/api/auth/sign-out', body: {} }),
    'GET /api/auth/get-session': refused(200, { path: '/api/auth/get-session' }),
    'GET /api/auth/list-sessions': refused(401, { path: '/api/auth/list-sessions' }),
    'POST /api/auth/revoke-session': refused(401, { path: '/api/auth/revoke-session', body: { token: 'a' } }),
    'POST /api/auth/revoke-sessions': refused(401, { path: '/api/auth/revoke-sessions', body: {} }),
    'POST /api/auth/revoke-other-sessions': refused(401, {
      path: '/api/auth/revoke-other-sessions',
      body: {},
    }),
    'POST /api/auth/change-password': refused(401, {
      path: '/api/auth/change-password',
      body: { currentPassword: 'long enough 1', newPassword: 'long enough 2' },
    }),
    'POST /api/auth/update-user': refused(401, { path: '/api/auth/update-user', body: { name: 'Olga' } }),
    'GET /api/auth/token': refused(401, { path: '/api/auth/token' }),
    'GET /api/auth/jwks': refused(200, { path: '/api/auth/jwks' }),
    'GET /api/auth/ways-in': refused(200, { path: '/api/auth/ways-in' }),
  }
}

describe.each(['pglite', 'postgres'] as const)('who may use which route on %s', (kind) => {
  const reason = missingReason(kind)
  describe.skipIf(reason !== null)(reason ?? 'all of them', () => {
    let database: TestDatabase
    let product: Product
    let world: World

    beforeAll(async () => {
      database = await createTestDatabase(kind)
      product = await startProduct(database.storage, {
        CHATKIT_WORKFLOW_ID: 'tutor',
        PARLEY_CHATKIT_SESSIONS_PER_MINUTE: '1000',
      })
      world = new World(product, database)
      await world.open()
    }, 60_000)
    afterAll(async () => {
      await product.close()
      await database.close()
    })

    it('[ACCESS-1] every route of the document stands in the table, and nothing else', async () => {
      const { paths } = (await (await fetch(`${product.url}/openapi.json`)).json()) as {
        paths: Record<string, object>
      }
      const routes = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      )
      expect(Object.keys(table).toSorted()).toEqual(routes.toSorted())
    })

    it.each(Object.entries(table))(
      '[ACCESS-2] %s gives everybody what is theirs',
      async (name, row) => {
        const [method = ''] = name.split(' ')
        const got: Record<string, number> = {}
        const request = row.request ?? (await row.prepare?.(world)) ?? { path: '' }
        for (const principal of row.asked ?? principals) {
          const response = await world.ask(principal, method, request)
          got[principal] = response.status
          const isTurnedAway = response.status === 401 && !request.path.startsWith('/api/auth/')
          if (isTurnedAway) expect(response.headers.get('set-cookie')).toBeNull()
          await response.body?.cancel()
        }
        expect(got).toEqual(
          Object.fromEntries(
            (row.asked ?? principals).map((principal) => [principal, expected(row, principal)]),
          ),
        )
      },
      60_000,
    )
  })
})

const isKey = (principal: Principal): boolean => principal === 'key' || principal === 'key of other tenant'

function expected(row: Row, principal: Principal): number {
  const special = row.but?.[principal]
  if (special !== undefined) return special
  // A key opens its own door only; what knows nobody apart, or by links alone, takes it as it takes anybody.
  if (isKey(principal)) return row.keys ?? 403
  if (principal === 'session') return row.sessions ?? row.keys ?? 403
  if (principal === 'owner') return row.owner
  if (principal === 'nobody') return row.nobody ?? 401
  if (principal === 'forged' || principal === 'expired' || principal === 'revoked') return row.invalid ?? 401
  return row.others ?? (row.prepare === undefined ? row.owner : 404)
}
