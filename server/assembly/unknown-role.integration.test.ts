/** Whoever has no role that we know is refused at the doors that ask for no permission, too. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createToken } from '../auth/bearer-tokens.ts'
import { createTestDatabase } from '../testing/databases.ts'
import type { TestDatabase } from '../testing/databases.ts'
import { startProduct } from '../testing/product.ts'
import type { Product } from '../testing/product.ts'

let database: TestDatabase
let product: Product
beforeAll(async () => {
  database = await createTestDatabase('pglite')
  product = await startProduct(database.storage)
}, 60_000)
afterAll(async () => {
  await product.close()
  await database.close()
})

function form(): FormData {
  const fields = new FormData()
  fields.set('file', new File(['a note'], 'note.txt', { type: 'text/plain' }))
  return fields
}
const list = JSON.stringify({ type: 'threads.list', params: {} })
const json = { 'content-type': 'application/json' }

it.each([
  ['/chatkit', () => ({ headers: json, body: list })],
  ['/files', () => ({ headers: {}, body: form() })],
])('[PERMIT-2] %s refuses who has only roles that are not known', async (path, request) => {
  const ask = async (roles: string[]): Promise<Response> => {
    const token = await createToken({ secret: product.secret }, { userId: 'jan', roles })
    const { headers, body } = request()
    return fetch(`${product.url}${path}`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}` },
      body,
    })
  }
  const refused = await ask(['janitor'])
  expect(refused.status).toBe(403)
  expect(await refused.json()).toMatchObject({ error: { code: 'forbidden', message: 'User role not found' } })
  expect((await ask(['janitor', 'user'])).status).toBe(200)
})
