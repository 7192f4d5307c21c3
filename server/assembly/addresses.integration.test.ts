/** What the product answers at addresses that are nobody's. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase } from '../testing/databases.ts'
import type { TestDatabase } from '../testing/databases.ts'
import { startProduct } from '../testing/product.ts'
import type { Product } from '../testing/product.ts'

const shop = 'https://shop.example.org'
const book = 'https://book.example.org'

let database: TestDatabase
let product: Product
beforeAll(async () => {
  database = await createTestDatabase('pglite')
  product = await startProduct(database.storage, {
    PARLEY_ALLOWED_ORIGINS: shop,
    PARLEY_CHATKIT_ORIGINS: book,
  })
}, 60_000)
afterAll(async () => {
  await product.close()
  await database.close()
})

it.each([
  ['/api/chatkit/nothing', book, { error: 'Not found', details: [{ code: 'NOT_FOUND' }] }],
  ['/api/chatkit/session/one/nothing', book, { error: 'Not found', request_id: 'mine' }],
  ['/api/chatkit/responses/one/nothing', shop, { error: { type: 'VALIDATION_ERROR', code: 404 } }],
  ['/api/chat/nothing', shop, { error: { code: 'not_found' } }],
  ['/api/chats/one/nothing', shop, { statusCode: 404, statusMessage: 'Chat not found' }],
  ['/api/auth/nothing', null, { code: 'NOT_FOUND' }],
  ['/api/nothing', null, { error: { code: 'not_found', type: 'invalid_request_error' } }],
])('[DOOR-2] %s is nothing, and its neighbours’ door says so', async (path, origin, body) => {
  const headers = { 'x-request-id': 'mine', ...(origin === null ? {} : { origin }) }
  for (const method of ['GET', 'POST', 'DELETE']) {
    const response = await fetch(`${product.url}${path}`, { method, headers })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject(body)
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)
  }
})
