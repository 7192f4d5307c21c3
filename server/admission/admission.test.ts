import { describe, expect, test } from 'vitest'
import type { Authentication, Identity } from '../auth/identity.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createMemoryLimits } from '../limits/memory.ts'
import { createAdmission } from './admission.ts'
import type { DoorRules } from './admission.ts'
import type { Access, Caller } from './caller.ts'

const identity = (userId: string, roles: readonly string[] = []): Identity => ({
  tenantId: 'acme',
  userId,
  kind: 'user',
  roles,
})

function setup(rules: DoorRules) {
  const endings: (() => void)[] = []
  const authentication: Authentication = {
    async identify(request) {
      const name = request.headers.get('authorization')
      if (name === null) return { identity: null, reason: 'missing' }
      if (name === 'forged') return { identity: null, reason: 'rejected' }
      return { identity: identity(name, name === 'stranger' ? ['janitor'] : []), setCookie: `seen=${name}` }
    },
    watch(_identity, onEnd) {
      endings.push(() => onEnd('revoked'))
      return () => endings.pop()
    },
  }
  const limiter = createLimiter({ store: createMemoryLimits(), key: new Uint8Array(32) })
  const admit = createAdmission({
    authentication,
    limiter,
    clientAddress: (_socket, headers) => headers.get('x-test-address'),
    now: () => new Date(0),
  })(rules)
  const ask = async (access: Access, headers: Record<string, string> = {}, method = 'POST') => {
    const told: Record<string, string> = {}
    const request = new Request('http://localhost/', { method, headers })
    const context = { env: {}, tell: (more: Record<string, string>) => Object.assign(told, more) }
    try {
      return { told, ...(await admit(request, access, context)) }
    } catch (error) {
      return { told, error }
    }
  }
  return { ask, endings }
}

const asCaller = (caller: unknown): Caller => caller as Caller
const perMinute = { name: 'minute', per: 'user', requestsMax: 2, windowSeconds: 60 } as const
const perAddress = { name: 'address', per: 'address', requestsMax: 3, windowSeconds: 60 } as const

describe('admission', () => {
  test('[ADMIT-1] who shows nothing, something forged, or the wrong role does not come in', async () => {
    const { ask } = setup({ limits: [] })
    expect(await ask('identified')).toMatchObject({ error: { code: 'unauthenticated', status: 401 } })
    expect(await ask('identified', { authorization: 'forged' })).toMatchObject({
      error: { code: 'unauthenticated' },
    })
    expect(await ask({ resource: 'inbox', action: 'read' }, { authorization: 'ada' })).toMatchObject({
      error: { code: 'forbidden', status: 403 },
    })
    expect(await ask('identified', { authorization: 'stranger' })).toMatchObject({
      error: { code: 'forbidden', message: 'User role not found' },
    })
    const { caller, headers } = (await ask(
      { resource: 'thread', action: 'create' },
      { authorization: 'ada' },
    )) as { caller: unknown; headers: unknown }
    expect(asCaller(caller).owner).toEqual({ tenantId: 'acme', userId: 'ada' })
    expect(headers).toEqual({ 'set-cookie': 'seen=ada' })
  })

  test('[ADMIT-2] a page of another site does not ask in the name of a cookie, unless the door trusts its origin', async () => {
    const { ask } = setup({ limits: [], trustedOrigins: ['https://shop.example.org'] })
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect(await ask('identified', foreign)).toMatchObject({ error: { code: 'forbidden' } })
    expect(await ask('identified', { origin: 'https://shop.example.org' })).toMatchObject({
      error: { code: 'unauthenticated' },
    })
  })

  test('[ADMIT-3] a door’s limits admit all or none, and tell how they stand with every answer', async () => {
    const { ask } = setup({ limits: [perMinute, perAddress] })
    const ada = { authorization: 'ada', 'x-test-address': '203.0.113.7' }
    const bob = { ...ada, authorization: 'bob' }
    expect((await ask('identified', ada)).told).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
    })
    await ask('identified', ada)
    const refused = await ask('identified', ada)
    expect(refused).toMatchObject({
      error: { code: 'rate_limited', status: 429 },
      told: { 'x-ratelimit-remaining': '0' },
    })
    expect(refused.told['retry-after']).toMatch(/^\d+$/)
    // What was refused has used nothing of the address.
    expect(await ask('identified', bob)).toHaveProperty('caller')
    expect(await ask('identified', bob)).toMatchObject({ error: { code: 'rate_limited' } })
    expect(await ask('identified', { ...bob, 'x-test-address': '203.0.113.8' })).toHaveProperty('caller')
  })

  test('[ADMIT-3] who is refused for what they show is counted by their address, so that nobody guesses for long', async () => {
    const { ask } = setup({ limits: [perMinute, perAddress] })
    for (let time = 0; time < 3; time += 1) {
      expect(await ask('identified', { authorization: 'forged' })).toMatchObject({
        error: { code: 'unauthenticated' },
      })
    }
    expect(await ask('identified', { authorization: 'forged' })).toMatchObject({
      error: { code: 'rate_limited' },
    })
    expect(await ask('public')).toMatchObject({ error: { code: 'rate_limited' } })
  })

  test('[ADMIT-4] places are given back at the end, and a credential that is taken back tells whoever is still being answered', async () => {
    const { ask, endings } = setup({ limits: [{ name: 'at-once', per: 'user', concurrentMax: 1 }] })
    const first = (await ask('identified', { authorization: 'ada' })) as {
      caller: unknown
      release: () => void
    }
    expect(await ask('identified', { authorization: 'ada' })).toMatchObject({
      error: { code: 'rate_limited' },
    })
    endings[0]?.()
    expect(asCaller(first.caller).revoked).toMatchObject({ aborted: true, reason: 'revoked' })
    first.release()
    first.release()
    expect(endings).toHaveLength(0)
    expect(await ask('identified', { authorization: 'ada' })).toHaveProperty('caller')
  })
})
