/** The doors that are always there, ChatKit's and that of files, as the settings make them. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createToken } from '../auth/bearer-tokens.ts'
import { says } from '../testing/chatkit-client.ts'
import { createTestDatabase, missingReason } from '../testing/databases.ts'
import type { TestDatabase } from '../testing/databases.ts'
import { startProduct } from '../testing/product.ts'
import type { Product } from '../testing/product.ts'

interface Page {
  data: { id: string }[]
}

const json = { 'content-type': 'application/json' }

async function ask(
  { url }: Product,
  type: string,
  params: object,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(`${url}/chatkit`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({ type, params }),
  })
}

describe.each(['pglite', 'postgres'] as const)('the doors that are always there on %s', (kind) => {
  const reason = missingReason(kind)
  describe.skipIf(reason !== null)(reason ?? 'all of it', () => {
    let database: TestDatabase
    const products: Product[] = []
    beforeAll(async () => {
      database = await createTestDatabase(kind)
    })
    afterEach(async () => {
      await Promise.all(products.splice(0).map((product) => product.close()))
    })
    afterAll(() => database.close())

    async function start(environment: Record<string, string> = {}): Promise<Product> {
      const product = await startProduct(database.storage, environment)
      products.push(product)
      return product
    }

    async function bearer({ secret }: Product, userId: string): Promise<Record<string, string>> {
      return { authorization: `Bearer ${await createToken({ secret }, { userId })}` }
    }

    async function statuses(product: Product, times: number): Promise<number[]> {
      const headers = await bearer(product, 'ada')
      const all: number[] = []
      for (let time = 0; time < times; time += 1) {
        const response = await ask(product, 'threads.list', {}, headers)
        await response.body?.cancel()
        all.push(response.status)
      }
      return all
    }

    it('[LIMIT-16] what is asked at /chatkit is counted by each process for itself, as its settings say', async () => {
      const few = { PARLEY_CHATKIT_PER_MINUTE: '2' }
      const [one, other] = [await start(few), await start(few)]
      expect(await statuses(one, 3)).toEqual([200, 200, 429])
      expect(await statuses(other, 3)).toEqual([200, 200, 429])
      const ofAddress = await start({ PARLEY_CHATKIT_ADDRESS_PER_MINUTE: '1' })
      expect(await statuses(ofAddress, 2)).toEqual([200, 429])
    })

    it('[LIMIT-16] by default a person does not meet them, and 0 is none', async () => {
      const usual = await start()
      const asked = await ask(usual, 'threads.list', {}, await bearer(usual, 'ada'))
      expect(asked.headers.get('ratelimit-policy')).toBe(
        '"chatkit-user-minute";q=300;w=60, "chatkit-address-minute";q=1200;w=60',
      )
      const upload = await fetch(`${usual.url}/files`, { method: 'POST', body: 'no form' })
      expect(upload.headers.get('ratelimit-policy')).toBe(
        '"uploads-user-minute";q=60;w=60, "files-address-minute";q=3000;w=60',
      )
      const link = await fetch(`${usual.url}/files/atc_x?link=y`)
      expect(link.headers.get('ratelimit-policy')).toBe('"files-address-minute";q=3000;w=60')

      const none = await start({
        PARLEY_CHATKIT_PER_MINUTE: '0',
        PARLEY_CHATKIT_ADDRESS_PER_MINUTE: '0',
        PARLEY_UPLOADS_PER_MINUTE: '0',
        PARLEY_FILES_ADDRESS_PER_MINUTE: '0',
      })
      const answers = [
        await ask(none, 'threads.list', {}, await bearer(none, 'ada')),
        await fetch(`${none.url}/files`, { method: 'POST', body: 'no form' }),
        await fetch(`${none.url}/files/atc_x?link=y`),
      ]
      expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual([null, null, null])
    })

    it('[DOOR-7] one idempotency key at three doors begins three answers, and each of them once', async () => {
      const product = await start()
      const headers = { ...(await bearer(product, 'ida')), 'idempotency-key': 'the-same', ...json }
      const post = (path: string, body: object): Promise<Response> =>
        fetch(`${product.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      const session = await post('/api/chat/sessions', { tenantId: 'default' })
      const { id: sessionId } = (await session.json()) as { id: string }
      const asks: (() => Promise<string>)[] = [
        async () => {
          const params = { input: says('Hello') }
          const response = await post('/chatkit', { type: 'threads.create', params })
          return /"thr_[^"]*"/.exec(await response.text())?.[0] ?? `${response.status}`
        },
        async () => {
          const response = await post('/api/chatkit/respond', { input: 'Hello' })
          return /"response_id":"[^"]*"/.exec(await response.text())?.[0] ?? `${response.status}`
        },
        async () => {
          const response = await post('/api/chat/messages', { sessionId, content: 'Hello' })
          return /"id":"[^"]*"/.exec(await response.text())?.[0] ?? `${response.status}`
        },
      ]
      const once: string[] = []
      for (const say of asks) once.push(await say())
      expect(once.map((name) => name.length > 20)).toEqual([true, true, true])
      for (const [index, say] of asks.entries()) expect(await say()).toBe(once[index])
    })

    it('[GUEST-1] whoever signs in keeps at /chatkit what they said there as a guest, and is a guest no more', async () => {
      const product = await start()
      const begun = await ask(product, 'threads.create', { input: says('Hello') }, {})
      await begun.text()
      const [cookie = ''] = (begun.headers.get('set-cookie') ?? '').split(';')
      expect(cookie).toMatch(/^parley_guest=./)
      const said = (await (await ask(product, 'threads.list', {}, { cookie })).json()) as Page
      expect(said.data).toHaveLength(1)

      const user = await bearer(product, `grace-${kind}`)
      const both = { ...user, cookie }
      const elsewhere = await ask(product, 'threads.list', {}, { ...both, origin: 'https://evil.example' })
      expect(await elsewhere.json()).toMatchObject({ data: [] })
      const signedIn = await ask(product, 'threads.list', {}, both)
      expect(await signedIn.json()).toMatchObject({ data: [{ id: said.data[0]?.id }] })
      expect(signedIn.headers.get('set-cookie')).toMatch(/^parley_guest=; Path=\/; Max-Age=0;/)
      expect(await (await ask(product, 'threads.list', {}, user)).json()).toMatchObject(said)
      expect(await (await ask(product, 'threads.list', {}, { cookie })).json()).toMatchObject({ data: [] })
    })
  })
})
