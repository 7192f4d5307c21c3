import { expect, it } from 'vitest'
import type { OwnLimits } from '../../app.ts'
import { createChatKitClient } from '../../testing/chatkit-client.ts'
import type { ChatKitClient } from '../../testing/chatkit-client.ts'
import { createUser, describeOnDatabases } from '../../testing/grounds.ts'
import { createScriptedAgent } from '../../testing/scripted-agent.ts'

const limits: OwnLimits = {
  chatkit: [
    { name: 'of-user', per: 'user', requestsMax: 2, windowSeconds: 60 },
    { name: 'of-address', per: 'address', requestsMax: 5, windowSeconds: 60 },
  ],
  uploads: [],
  links: [],
}
const asked = { type: 'threads.list', params: {} }
const ask = (client: ChatKitClient, address: string): Promise<Response> =>
  client.post(asked, { headers: { 'x-test-address': address } })

describeOnDatabases('limits of the ChatKit door', (ground) => {
  const serving = {
    agent: createScriptedAgent({ respond: [] }),
    limits,
    chatkitOrigins: ['https://shop.example.org'],
    clientAddress: (_socket: string | undefined, headers: Headers) => headers.get('x-test-address'),
  }

  it('[CHATKIT-14] a user and an address may ask so often a minute; one time more is 429 and says when', async () => {
    const server = await ground.serve(serving)
    const [ada, bob, eve] = [await createUser(server), await createUser(server), await createUser(server)]
    const first = await ask(ada, '203.0.113.7')
    expect(first.status).toBe(200)
    expect(first.headers.get('ratelimit-policy')).toBe('"of-user";q=2;w=60, "of-address";q=5;w=60')
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1')
    expect((await ask(ada, '203.0.113.7')).status).toBe(200)

    const refused = await client429(ada, '203.0.113.8')
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await refused.json()).toMatchObject({
      error: { type: 'rate_limit_error', code: 'rate_limited', param: null },
    })
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After')
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://shop.example.org')

    expect((await ask(bob, '203.0.113.7')).status).toBe(200)
    expect((await ask(bob, '203.0.113.7')).status).toBe(200)
    // Who is refused for what they show is counted by their address, too.
    const forged = await createChatKitClient({ url: server.url, secret: `${server.secret}x` })
    expect((await ask(forged, '203.0.113.7')).status).toBe(401)
    expect((await ask(forged, '203.0.113.7')).status).toBe(429)
    expect((await ask(eve, '203.0.113.7')).status).toBe(429)
    expect((await ask(eve, '203.0.113.9')).status).toBe(200)
  })

  function client429(client: ChatKitClient, address: string): Promise<Response> {
    return client.post(asked, {
      headers: { 'x-test-address': address, origin: 'https://shop.example.org' },
    })
  }

  it('[CHATKIT-14] without a limit none is counted and none is told', async () => {
    const { limits: _none, ...unlimited } = serving
    const client = await createUser(await ground.serve(unlimited))
    for (let count = 0; count < 10; count += 1) {
      const response = await ask(client, '203.0.113.7')
      expect([response.status, response.headers.get('ratelimit')]).toEqual([200, null])
    }
  })
})
