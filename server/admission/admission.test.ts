import { describe, expect, test } from 'vitest'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import type { Authentication, Identity } from '../auth/identity.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createMemoryLimits } from '../limits/memory.ts'
import { createAdmission } from './admission.ts'
import type { DoorRules } from './admission.ts'
import type { Access, Caller } from './caller.ts'
import { createGuestChats } from './guest-chats.ts'
import type { KeepGuestChats } from './guest-chats.ts'

const identity = (userId: string, roles: readonly string[] = []): Identity => ({
  tenantId: userId.startsWith('mallory') ? 'another' : 'default',
  userId,
  kind: 'user',
  roles,
})

interface SetupOptions {
  admitsGuests?: boolean
  keepGuestChats?: KeepGuestChats
}

function setup(rules: DoorRules, { admitsGuests = false, keepGuestChats }: SetupOptions = {}) {
  const endings: (() => void)[] = []
  const authentication: Authentication = {
    async identify(request) {
      const name = request.headers.get('authorization')
      if (name === null) {
        return admitsGuests
          ? { identity: { ...identity('guest_1'), kind: 'guest' }, setCookie: 'guest=new' }
          : { identity: null, reason: 'missing' }
      }
      if (name === 'forged') return { identity: null, reason: 'rejected' }
      return { identity: identity(name, name === 'stranger' ? ['janitor'] : []) }
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
    ...(keepGuestChats === undefined ? {} : { keepGuestChats }),
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
    const { caller } = (await ask({ resource: 'thread', action: 'create' }, { authorization: 'ada' })) as {
      caller: unknown
    }
    expect(asCaller(caller).owner).toEqual({ tenantId: 'default', userId: 'ada' })
  })

  test('[ADMIT-2] a page of another site does not ask in the name of a cookie, unless the door trusts its origin', async () => {
    const { ask } = setup({ limits: [], trustedOrigins: ['https://shop.example.org'] })
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect(await ask('identified', foreign)).toMatchObject({ error: { code: 'forbidden' } })
    const trusted = { origin: 'https://shop.example.org', 'sec-fetch-site': 'cross-site' }
    expect(await ask('identified', trusted)).toMatchObject({ error: { code: 'forbidden' } })
    expect(await ask('identified', { ...trusted, 'parley-page': '1' })).toMatchObject({
      error: { code: 'unauthenticated' },
    })
    // What only reads is answered as if nobody had asked.
    expect(await ask('identified', foreign, 'GET')).toMatchObject({ error: { code: 'unauthenticated' } })
  })

  test('[ADMIT-5] where a door says with what guests begin, whoever shows nothing becomes one by that alone', async () => {
    const begin = { resource: 'thread', action: 'create' } as const
    const { ask } = setup({ limits: [], guestsBeginWith: begin }, { admitsGuests: true })
    for (const access of ['identified', { resource: 'thread', action: 'read' }] as const) {
      const refused = await ask(access)
      expect(refused).toMatchObject({ error: { code: 'unauthenticated' } })
      expect(refused.told).not.toHaveProperty('set-cookie')
    }
    expect(await ask(begin)).toMatchObject({ headers: { 'set-cookie': 'guest=new' } })
    const { ask: askAnywhere } = setup({ limits: [] }, { admitsGuests: true })
    expect(await askAnywhere('identified')).toMatchObject({ headers: { 'set-cookie': 'guest=new' } })
  })

  test('[GUEST-1] whoever shows a guest and a user to our own page’s address keeps what the guest has, and is a guest no more', async () => {
    const moved: string[] = []
    const guests = createGuestCookies({ secret: 'a secret of at least thirty-two bytes' })
    const { setCookie, identity: guest } = guests.admit?.(new Request('http://localhost/')) ?? {}
    const cookie = setCookie?.split(';')[0] ?? ''
    const keepGuestChats = createGuestChats({
      guests,
      moves: { move: async (...names) => moved.push(names.join(' ')) },
      now: () => new Date(0),
    })
    const { ask } = setup({ limits: [], trustedOrigins: ['https://shop.example.org'] }, { keepGuestChats })
    const both = { authorization: 'ada', cookie }
    const others: Record<string, string>[] = [
      { ...both, 'sec-fetch-site': 'cross-site' },
      { ...both, origin: 'https://evil.example' },
      { ...both, 'sec-fetch-site': 'cross-site', origin: 'https://shop.example.org', 'parley-page': '1' },
      { authorization: 'ada' },
      { authorization: 'ada', cookie: `${cookie}x` },
      { authorization: 'mallory of another tenant', cookie },
    ]
    for (const headers of others) expect(await ask('identified', headers)).toMatchObject({ headers: {} })
    expect(moved).toEqual([])
    expect(await ask('identified', { ...both, 'sec-fetch-site': 'same-origin' })).toMatchObject({
      headers: { 'set-cookie': expect.stringMatching(/^parley_guest=; Path=\/; Max-Age=0;/) as unknown },
    })
    expect(moved).toEqual([`default ${guest?.userId} ada`])
  })

  test('[GUEST-2] a session that was a guest’s before its user signed in proves both by itself', async () => {
    const moved: string[] = []
    let time = 0
    const keep = createGuestChats({
      guests: null,
      moves: { move: async (...names) => moved.push(names.join(' ')) },
      now: () => new Date(time),
    })
    const request = new Request('http://localhost/')
    const ada = { ...identity('ada'), formerGuestId: 'guest_nuxt_1' }
    expect(await keep(request, ada)).toEqual({})
    await keep(request, ada)
    expect(moved).toEqual(['default guest_nuxt_1 ada'])
    // It may have gone on as a guest elsewhere.
    time = 60_000
    await keep(request, ada)
    await keep(request, { ...identity('guest_nuxt_2'), kind: 'guest' })
    expect(moved).toHaveLength(2)
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
