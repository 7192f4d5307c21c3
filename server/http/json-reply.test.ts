import { expect, test } from 'vitest'
import { addReplyHeaders, createFront } from './front.ts'
import { jsonReply } from './json-reply.ts'
import { listen } from './listener.ts'

test('[HTTP-17] a JSON reply is the same on a socket and without one, with all that goes with every reply', async () => {
  const log = { debug() {}, warn() {}, error() {} }
  const front = createFront(
    (request, env) => {
      addReplyHeaders(env, { 'set-cookie': 'guest=1; Path=/' })
      const reply = { status: 201, headers: { 'x-more': 'yes' } }
      return jsonReply({ env }, { method: request.method, text: 'größer 👋' }, reply)
    },
    { log },
  )
  const listener = await listen({ fetch: front, log, port: 0 })
  try {
    const headers = { 'x-request-id': 'one' }
    const [sent, plain, head] = [
      await fetch(listener.url, { headers }),
      await front(new Request(listener.url, { headers })),
      await fetch(listener.url, { headers, method: 'HEAD' }),
    ]
    for (const response of [sent, plain, head]) {
      expect(response.status).toBe(201)
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'application/json',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'set-cookie': 'guest=1; Path=/',
        'x-more': 'yes',
        'x-request-id': 'one',
      })
    }
    expect(await sent.json()).toEqual({ method: 'GET', text: 'größer 👋' })
    expect(await plain.json()).toEqual({ method: 'GET', text: 'größer 👋' })
    expect(await head.text()).toBe('')
  } finally {
    await listener.drain(0)
  }
})
