/** OpenAI's own packages, unmodified, in the versions that people use: every method of `beta.chatkit`, with its pages and its errors. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSecret } from '../../auth/secrets.ts'
import { keyScopes } from '../../auth/permissions.ts'
import { clientVersion, findClient, shows } from '../../testing/clients.ts'
import { createTestDatabase } from '../../testing/databases.ts'
import type { TestDatabase } from '../../testing/databases.ts'
import { createMessage } from '../../testing/paced-agent.ts'
import { startPlatformServer } from '../../testing/platform-server.ts'
import type { PlatformServer } from '../../testing/platform-server.ts'
import { createVisitor } from '../../testing/session-server.ts'

let database: TestDatabase | undefined
let server: PlatformServer

beforeAll(async () => {
  database = await createTestDatabase('pglite')
  server = await startPlatformServer({
    storage: database.storage,
    secret: createSecret(),
    clock: { now: new Date() },
    agent: {
      async *respond(context) {
        yield { type: 'item-done', item: createMessage(context, 'Because.') }
      },
    },
  })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const begin = {
  type: 'threads.create',
  params: {
    input: { content: [{ type: 'input_text', text: 'Why?' }], attachments: [], inference_options: {} },
  },
}

/** What a browser does with the secret that its server has got. */
async function talk(secret: string): Promise<void> {
  const { status } = await createVisitor({ url: server.url, token: secret }).ask('POST', '/chatkit', begin)
  expect(status).toBe(200)
}

/** Of a tenant of its own. */
async function createKey(tenantId: string): Promise<string> {
  const { token } = await server.keys.create({ tenantId, name: 'test', scopes: keyScopes })
  return token
}

const folders = (['openai-6', 'openai-7'] as const).map((folder) => ({ folder, path: findClient(folder) }))
const isRequired = process.env['PARLEY_TEST_REQUIRE'] === 'all'

describe.each(folders)('$folder', ({ folder, path }) => {
  test.skipIf(path === null && !isRequired)(
    '[CLIENTS-2] every method of `client.beta.chatkit` is answered as the package expects it',
    async (context) => {
      const installed = createRequire(`${path}/package.json`)
      // Its types are those of the version that the server is written with: what is asked here is the same in all.
      const { OpenAI: Client } = installed('openai') as { OpenAI: typeof OpenAI }
      const client = new Client({
        apiKey: await createKey(folder),
        baseURL: `${server.url}/v1`,
        maxRetries: 0,
      })
      const { sessions, threads } = client.beta.chatkit
      const workflow = { id: 'assistant', state_variables: { plan: 'pro' } }
      const session = await sessions.create({ user: 'ada', workflow })
      expect(session).toMatchObject({ object: 'chatkit.session', status: 'active', user: 'ada' })
      for (let count = 0; count < 3; count += 1) await talk(session.client_secret)

      const listed: string[] = []
      for await (const thread of threads.list({ user: 'ada', limit: 1, order: 'asc' })) listed.push(thread.id)
      expect(new Set(listed).size).toBe(3)
      const pages: string[][] = []
      for await (const page of (await threads.list({ limit: 2, order: 'asc' })).iterPages()) {
        pages.push(page.data.map(({ id }) => id))
      }
      expect(pages).toEqual([listed.slice(0, 2), listed.slice(2)])
      expect((await threads.list({ before: listed[2] ?? '', order: 'asc', limit: 1 })).data[0]?.id).toBe(
        listed[1],
      )

      const [id = ''] = listed
      const { data: thread, response } = await threads.retrieve(id).withResponse()
      expect(thread).toMatchObject({ id, object: 'chatkit.thread', user: 'ada', status: { type: 'active' } })
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      const types: string[] = []
      for await (const item of threads.listItems(id, { limit: 1, order: 'asc' })) types.push(item.type)
      expect(types).toEqual(['chatkit.user_message', 'chatkit.assistant_message'])
      expect(await threads.delete(id)).toEqual({ id, object: 'chatkit.thread.deleted', deleted: true })

      expect(await sessions.cancel(session.id)).toMatchObject({ id: session.id, status: 'cancelled' })
      await expect(threads.retrieve(id)).rejects.toBeInstanceOf(Client.NotFoundError)
      await expect(threads.list({ limit: 101 })).rejects.toMatchObject({ status: 400, param: 'limit' })
      const stranger = new Client({ apiKey: 'sk-none', baseURL: `${server.url}/v1`, maxRetries: 0 })
      await expect(stranger.beta.chatkit.threads.list()).rejects.toBeInstanceOf(Client.AuthenticationError)
      shows(context, {
        client: 'openai',
        version: clientVersion(folder, 'openai'),
        door: '/v1/chatkit',
        what: ['every method of `beta.chatkit`', 'auto-paging', 'errors'],
        where: 'Node',
      })
    },
  )
})

/** A Python that has the package. It is no part of what every machine tests: `CONTRIBUTING.md` says how to have one. */
const python = process.env['PARLEY_TEST_PYTHON']
const run = promisify(execFile)

if (python !== undefined) {
  test('[CLIENTS-2] its Python twin asks every method, too', async () => {
    const app = createVisitor({ url: server.url, token: await createKey('python') })
    const session = await app.ask('POST', '/v1/chatkit/sessions', {
      user: 'ada',
      workflow: { id: 'assistant' },
    })
    for (let count = 0; count < 3; count += 1) await talk(session.body.client_secret)
    const script = fileURLToPath(new URL('../../../clients/openai-python/every_method.py', import.meta.url))
    const environment = { OPENAI_API_KEY: await createKey('python'), OPENAI_BASE_URL: `${server.url}/v1` }
    const { stdout } = await run(python, [script], { env: environment })
    expect(stdout).toContain('every method answered')
  })
}
