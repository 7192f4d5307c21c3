/** `parley import` as somebody types it: killed, typed again, and read at every door. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiKeys } from '../auth/api-keys.ts'
import { createToken } from '../auth/bearer-tokens.ts'
import { keyScopes } from '../auth/permissions.ts'
import { createRevocations } from '../auth/revocations.ts'
import { openDatabase } from '../storage/open.ts'
import { startProduct } from '../testing/product.ts'
import {
  heldThread,
  heldThreadOfAllTypes,
  startFakeThreadsApi,
  threadsApiKey,
} from '../testing/fake-threads-api.ts'
import type { FakeThreadsApi } from '../testing/fake-threads-api.ts'
import { launchProgram } from '../testing/program.ts'
import type { Program } from '../testing/program.ts'

const all = heldThreadOfAllTypes('cthr_all', 'ada')
const held = [all, ...Array.from({ length: 11 }, (_, number) => heldThread(number, number === 4 ? 130 : 3))]
let data: string
let api: FakeThreadsApi
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'parley-importing-'))
  api = await startFakeThreadsApi(held)
})
afterAll(async () => {
  await api.close()
  rmSync(data, { recursive: true, force: true })
})

function launch(...parameters: string[]): Program {
  const environment = { OPENAI_API_KEY: threadsApiKey, OPENAI_BASE_URL: api.baseUrl }
  return launchProgram({ data, environment, parameters })
}
/** Asks as whoever the credential says. */
async function ask(url: string, credential: string, body?: unknown) {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(200)
  return JSON.parse(await response.text())
}

const withoutThread = ({ thread_id: _thread, ...item }: Record<string, unknown>) => item

test(
  '[IMPORT-13] killed in the middle and typed again it has everything once, and every door shows it',
  { timeout: 180_000 },
  async () => {
    const killed = launch('import', 'openai')
    await new Promise<void>((resolve, reject) => {
      void killed.ended.then(() => reject(new Error(killed.output())))
      api.instead = (path) => {
        if (!path.includes('after=cti_cthr_4_99')) return undefined
        resolve()
        return new Promise(() => {})
      }
    })
    await killed.stop('SIGKILL')
    api.instead = () => undefined
    const typed = launch('import', 'openai')
    expect((await typed.ended).code).toBe(0)
    expect(typed.output()).toMatch(
      /Imported into the tenant default: \d threads?, \d+ items\nThere already: /,
    )

    const storage = await openDatabase({ kind: 'pglite', directory: data })
    const server = await startProduct(storage)
    try {
      const keys = createApiKeys({ records: storage.apiKeys, revocations: createRevocations() })
      const made = { tenantId: 'default', name: 'test', scopes: [...keyScopes] }
      const { token: key } = await keys.create(made)
      const claims = { userId: 'ada', roles: ['user'], lifetimeSeconds: 600 }
      const token = await createToken({ secret: server.secret }, claims)
      const url = `${server.url}/v1/chatkit/threads`
      const { data: threads } = await ask(`${url}?order=asc&limit=100`, key)
      const told = threads.map(({ id: _id, ...thread }: Record<string, unknown>) => thread)
      expect(told).toEqual(held.map(({ thread: { id: _id, ...thread } }) => thread))
      for (const [index, { items }] of held.entries()) {
        const page = await ask(`${url}/${threads[index].id}/items?order=asc&limit=100`, key)
        expect(page.data.map(withoutThread)).toEqual(items.slice(0, 100).map(withoutThread))
      }
      const chatkit = (type: string, params: object) => ask(`${server.url}/chatkit`, token, { type, params })
      const own = await chatkit('threads.list', {})
      expect(own.data).toMatchObject([{ title: 'All of it', status: { type: 'locked', reason: 'Done' } }])
      const shown = await chatkit('items.list', { thread_id: own.data[0].id, order: 'asc' })
      expect(shown.data.map(({ id }: { id: string }) => id)).toEqual(all.items.map(({ id }) => id))
      const [chat] = await ask(`${server.url}/api/chats`, token)
      expect(chat).toMatchObject({ title: 'All of it' })
      expect(JSON.stringify(await ask(`${server.url}/api/chats/${chat.id}`, token))).toContain(
        'As **follows**.',
      )
    } finally {
      await server.close()
      await storage.close()
    }
  },
)
