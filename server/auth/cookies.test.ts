import { defaults, seal } from 'iron-webcrypto'
import { describe, expect, test } from 'vitest'
import { createAuthentication } from './authentication.ts'
import { createGuestCookies } from './guest-cookies.ts'
import type { Identity, Verdict } from './identity.ts'
import { createNuxtSession } from './nuxt-session.ts'
import type { NuxtSessionOptions } from './nuxt-session.ts'
import { createRevocations } from './revocations.ts'
import { createSecret, deriveKey } from './secrets.ts'
import { createSessionCookies } from './session-cookies.ts'
import type { SessionCookieOptions } from './session-cookies.ts'

const secret = createSecret()
const start = new Date('2026-11-21T12:00:00Z').getTime()

const request = (cookie: string, url = 'http://localhost/', headers = {}): Request =>
  new Request(url, { headers: { cookie, ...headers } })
const pairOf = (setCookie: string): string => setCookie.split(';')[0] ?? ''
const attributesOf = (setCookie: string): string[] => setCookie.split('; ').slice(1)

/** Written by h3 1.15.11 and 2.0.8 themselves (`updateSession`), with this password. The short ones last a minute. */
const password = 'a password of at least thirty-two characters'
const shortEnd = 1795287757505
const recorded = {
  one: 'Fe26.2**7bdfc648413bfae12ba2b8556754e7ac5277d1cbf0aaa67537883001ef759936*RMslZaUUr4l1P83TX9hUaQ*_JsllmeAkN0zttHsbhNQ5xox6XaUe7kQJFVXVKY8MHHl_rGCzT5pBJneNtrQMMCpaStL0OsqEtuSNVZmEQk6OX8UARGmGD9xOg7oh3gO6iEvYi7-odMZcNJwIqvas9bWk9ffIJ7TU0l5neainmS-QYIJ2xfQRk6KVzsXgSrIFpc**bade124bcf1e7a6c2a1e38fa830e3e8f5c7ab8d745353cda38fa291cb2af81d0*h5ew9Fd_wiECE_1rnW4AEn_Pzp8h3qtnFL6zGv8g85k',
  guest:
    'Fe26.2**f91c54fde1163ab3c1609804b45d7b59fc3167a868d2a45370042b2c71ba5203*QMtCqthiOYt-kOvp21FUJA*gY-Fkjzry64iF1e-t-l5iAd-Wo_CEKeIauEZ1V1E9QoLiWdwHjKRFuBeV9rZx-rSFiSytz2DNPrCDI6UNMFzf7hUD7vBKGkgfdWfFcB_kd2zCIpSC-NjgYr0CSrfZWl_**3df7e7b6030ee769067725b4aabb56a3c9c8b1b6da37bc319a911f99ffca4d8b*tqOsyd-SFKK963FpNghVf89kch_cxIDxP-0OZ0G2E_s',
  two: 'Fe26.2**e657c89dc83e8eeb748a6e52ba9de8ebcbb47c9c6e6dc4f16f11af7a91ed7c73*cHdAAwiTq_OD2hDE4Y4ZBA*vOWOYndLJrvlKu9B7iy75DG9_y4lHgBMS_4pRXU4YFb2RAQqXB5GMM9MRj0BAXEwomfeYmOPV6fUuEPF-qwY1IJl6AzIZXG95V2zfu8G9AMC69BU1bxZmqYfRDBFEEOUjvM5gV6rK2TZJ3W58wD3EG_TQ07HN0TwfN-QNUcCEIo**f6f56259177308ca22674ddd0e0f57236f0f42edfb979ede9238248d354c0796*wp8wYrRbT7A5sEySVNoRI8fEJEk_Tdk4gPl2KRbEnR4',
  oneShort:
    'Fe26.2**6828a15cd476313ca4eaf65a47ed9de5e2223e112e9358d75fb2d86ff6ef12d2*prhViQpGQ_o6KBTLdDJXEA*8nEbPWP1wEZ5FdTErI0LU-Z5jq_t8JiN0dYjDw-7GTYFKjiPVzuPitxJBctZt3A_hmLs4t61GouAcoLgjJDgRzl9OfiJwMZOWmqd6XczBsyfrmGbmqjFQnyg0q9n8m5hHR_lVthnex0OJlpQxrIhz3-GcsTAS2sKU3o_UyDZHo0*1795287757505*220ad30d412ff8a8b4d73777302d4fbd5021a0052eff83d64f1f9e3f06d1b9f2*R9KTYml8ZNhsTAPFFkCgqb8syc0ywzi8Rv_hfzUCZpE',
  twoShort:
    'Fe26.2**e9480f560334bc83957d2371de61a2e273efca678e5d188db1cc2646baad482c*-z74kLJdteefaqIsNGSsRA*UljjLkcnAXijO6QWPk_WEYG5Q-zptTZRgVd6uPE-wGGhZvy7t6jDZXMhLos8ONOEC1I0BGgfE56CXC56wT6I49Dj-zjPCIJesP1KUS13x1AC5pDwKK16C7TtGywP2XPv-LdlOSpymHtJZwEQiVsv1MqMDNkmCjbeREcxb3T38Us*1795287757509*0ebdc73a848e44318ea8ca1b149797cf8323aa8dfab83cadc4c1c022e367f980*bf5t7wRqpS0PnHaDRW-t7PWjI1IVM9JhfTXOANhv3d8',
}

describe('sessions', () => {
  let passed = 0
  const now = (): Date => new Date(start + passed * 1000)

  function setup(options: Partial<SessionCookieOptions> = {}) {
    passed = 0
    const sessions = createSessionCookies({ secret, now, ...options })
    const revocations = createRevocations({ now })
    const authentication = createAuthentication([sessions, createGuestCookies({ secret })], {
      revocations,
      now,
    })
    const identify = (cookie: string, url?: string): Promise<Verdict> =>
      authentication.identify(request(cookie, url))
    return { sessions, revocations, identify }
  }
  const ada = { userId: 'ada', tenantId: 'acme', roles: ['agent'] }
  const isGuest = { identity: { kind: 'guest' }, setCookie: expect.any(String) }

  test('[SESSION-1] whoever signed in is known by a sealed cookie, until its time is over, remembered or not', async () => {
    const { sessions, identify } = setup({ lifetimeSeconds: 3_600 })
    const { identity, setCookie } = await sessions.signIn(request(''), ada)
    expect(identity).toMatchObject({ tenantId: 'acme', userId: 'ada', kind: 'user', roles: ['agent'] })
    expect(setCookie).not.toMatch(/ada|acme|agent/)
    const pair = pairOf(setCookie)
    expect(await identify(`a=b; ${pair}; c=d`)).toEqual({ identity })
    passed = 3_599
    expect(await identify(pair)).toEqual({ identity })
    passed = 3_600
    expect(await identify(pair)).toMatchObject(isGuest)
  })

  test('[SESSION-1] what cannot be a user is not signed in', async () => {
    const { sessions } = setup()
    const refused = [
      { userId: 'guest_x' },
      { userId: '' },
      { userId: 'a b' },
      { userId: 'a', tenantId: '' },
      { userId: 'a', roles: [''] },
    ]
    for (const user of refused)
      await expect(sessions.signIn(request(''), user)).rejects.toThrow(/visible ASCII/)
    const many = Array.from({ length: 30 }, (_, index) => `role-${index}-${'x'.repeat(150)}`)
    await expect(sessions.signIn(request(''), { userId: 'a', roles: many })).rejects.toThrow(/cookieBytesMax/)
  })

  test('[SESSION-2] A-21 a cookie that was changed, cut, made longer or sealed by others is as good as none', async () => {
    const { sessions, identify } = setup()
    const pair = pairOf((await sessions.signIn(request(''), ada)).setCookie)
    const value = pair.slice('parley_session='.length)
    const parts = value.split('*')
    const others = createSessionCookies({ secret: createSecret(), now })
    const session = { id: 'x', tenant: 'acme', user: 'ada', roles: [], created: start, expires: start + 1e9 }
    const guestKey = deriveKey(secret, 'guest-cookie')
    const changed = Array.from({ length: value.length }, (_, index) => {
      const other = value[index] === 'A' ? 'B' : 'A'
      return value.slice(0, index) + other + value.slice(index + 1)
    })
    const bad = [
      ...changed,
      ...parts.map((_, index) => parts.filter((_part, other) => other !== index).join('*')),
      value.slice(0, -1),
      `${value}A`,
      `${value}*`,
      `"${value}"`,
      'x'.repeat(5_000),
      '',
      '__proto__',
      'Fe26.2********',
      parts.with(6, 'salt').join('*'),
      pairOf((await others.signIn(request(''), ada)).setCookie).slice('parley_session='.length),
      await seal(session, { encryption: guestKey, integrity: guestKey }, defaults),
      await seal(session, secret, defaults),
    ]
    for (const each of bad) expect(await identify(`parley_session=${each}`), each).toMatchObject(isGuest)
    expect(await identify(pair)).toMatchObject({ identity: { userId: 'ada' } })
  })

  test('[SESSION-2] A-23 floods of cookies and strange names change nothing', async () => {
    const { sessions, identify } = setup()
    const pair = pairOf((await sessions.signIn(request(''), ada)).setCookie)
    const flood = Array.from({ length: 100 }, (_, index) => `parley_session=garbage-${index}`).join('; ')
    expect(await identify(flood)).toMatchObject(isGuest)
    expect(await identify(`parley_session=garbage; ${pair}`)).toMatchObject({ identity: { userId: 'ada' } })
    for (const cookie of [
      `x${pair}`,
      pair.replace('=', ' ='),
      pair.toUpperCase(),
      `__proto__=1; ${pair.slice(1)}`,
    ]) {
      expect(await identify(cookie), cookie).toMatchObject(isGuest)
    }
  })

  test('[SESSION-3] A-20 signing in never goes on with what the browser brought, and every session is a new one', async () => {
    const { sessions } = setup()
    const first = await sessions.signIn(request(''), ada)
    const again = await sessions.signIn(request(pairOf(first.setCookie)), ada)
    expect(again.identity.credential?.names).not.toEqual(first.identity.credential?.names)
    expect(first.identity.credential?.names).toEqual([expect.stringMatching(/^session:[A-Za-z0-9_-]{22}$/)])
  })

  test('[SESSION-4] CVE-2026-47675 CVE-2026-55423: A-26 out of reach of scripts, for this very host, and for other sites’ frames only where we are framed', async () => {
    const { sessions, identify } = setup()
    const framed = createSessionCookies({ secret, now, isFramed: () => true })
    const https = request('', 'https://localhost/')
    const week = 'Max-Age=604800'
    const plain = (await sessions.signIn(request(''), ada)).setCookie
    const secure = (await sessions.signIn(https, ada)).setCookie
    const inFrame = (await framed.signIn(https, ada)).setCookie
    expect(attributesOf(plain)).toEqual(['Path=/', week, 'HttpOnly', 'SameSite=Lax'])
    expect(attributesOf(secure)).toEqual(['Path=/', week, 'HttpOnly', 'SameSite=Lax', 'Secure'])
    expect(attributesOf(inFrame)).toEqual([
      'Path=/',
      week,
      'HttpOnly',
      'SameSite=None',
      'Partitioned',
      'Secure',
    ])
    expect(secure).toMatch(/^__Host-parley_session=/)
    expect(inFrame).toMatch(/^__Host-parley_session=/)
    // Over plain http no browser takes a cookie for frames.
    expect((await framed.signIn(request(''), ada)).setCookie).toMatch(/; SameSite=Lax$/)
    expect(await identify(pairOf(plain), 'https://localhost/')).toMatchObject(isGuest)
    const gone = ['Path=/', 'Max-Age=0', 'HttpOnly', 'SameSite=None', 'Partitioned', 'Secure']
    expect(framed.signOut(https)).toMatch(/^__Host-parley_session=;/)
    expect(attributesOf(framed.signOut(https))).toEqual(gone)
    const guest = createGuestCookies({ secret, isFramed: () => true }).admit?.(https)
    expect(guest?.setCookie).toMatch(/; HttpOnly; SameSite=None; Partitioned; Secure$/)
  })

  test('[REVOKE-1] A-22 a session that was ended elsewhere is as good as none, also while it is remembered', async () => {
    const { sessions, revocations, identify } = setup()
    const { identity, setCookie } = await sessions.signIn(request(''), ada)
    const other = await sessions.signIn(request(''), ada)
    expect(await identify(pairOf(setCookie))).toEqual({ identity })
    const [name = null] = identity.credential?.names ?? []
    await revocations.revoke({ ...identity, name, at: now(), until: null })
    expect(await identify(pairOf(setCookie))).toMatchObject(isGuest)
    expect(await identify(pairOf(other.setCookie))).toMatchObject({ identity: { userId: 'ada' } })
  })

  test('[AUTH-5] a request with an Authorization is not known by its cookies', async () => {
    const { sessions } = setup()
    const pair = pairOf((await sessions.signIn(request(''), ada)).setCookie)
    const nuxt = createNuxtSession({ password })
    const both = request(`${pair}; nuxt-session=${recorded.one}`, undefined, { authorization: 'Bearer x' })
    expect(await sessions.authenticate(both)).toBeNull()
    expect(await nuxt.authenticate(both)).toBeNull()
  })
})

describe('nuxt-session', () => {
  const read = async (
    value: string,
    options: Partial<NuxtSessionOptions> = {},
  ): Promise<Identity | 'rejected' | null> =>
    createNuxtSession({ password, ...options }).authenticate(request(`nuxt-session=${value}`))

  test('[SESSION-5] what h3 1 and h3 2 have sealed is read with the app’s password', async () => {
    const user = { tenantId: 'default', userId: 'nuxt_41', kind: 'user', roles: [] }
    expect(await read(recorded.one)).toMatchObject(user)
    expect(await read(recorded.two)).toMatchObject(user)
    expect(await read(recorded.guest)).toMatchObject({
      userId: expect.stringMatching(/^guest_nuxt_[0-9a-f-]{36}$/),
      kind: 'guest',
    })
    expect(await read(recorded.one, { password: `${password}!` })).toBeNull()
    expect(await read(recorded.one, { tenantId: 'acme', userPrefix: 'app_' })).toMatchObject({
      tenantId: 'acme',
      userId: 'app_41',
    })
    expect(() => createNuxtSession({ password: 'short' })).toThrow(/passwordLengthMin/)
  })

  test('[SESSION-5] both kinds are read by turns, and each again from memory', async () => {
    const nuxt = createNuxtSession({ password })
    const turns = [recorded.two, recorded.one, recorded.two, recorded.guest, recorded.two, recorded.one]
    const kinds: unknown[] = []
    for (const value of turns) {
      const identity = await nuxt.authenticate(request(`nuxt-session=${value}`))
      kinds.push(identity === null || identity === 'rejected' ? identity : identity.kind)
    }
    expect(kinds).toEqual(['user', 'user', 'user', 'guest', 'user', 'user'])
    const atOnce = Array.from({ length: 100 }, () =>
      nuxt.authenticate(request(`nuxt-session=${recorded.oneShort}`)),
    )
    expect(new Set(await Promise.all(atOnce)).size).toBe(1)
  })

  test('[SESSION-5] it counts for as long as it was sealed for, with h3’s minute of grace, also while it is remembered', async () => {
    for (const value of [recorded.oneShort, recorded.twoShort]) {
      let time = shortEnd - 1
      const nuxt = createNuxtSession({ password, now: () => new Date(time) })
      const authenticate = () => nuxt.authenticate(request(`nuxt-session=${value}`))
      expect(await authenticate()).toMatchObject({ userId: 'nuxt_41' })
      time = shortEnd + 59_000
      expect(await authenticate()).toMatchObject({ userId: 'nuxt_41' })
      time = shortEnd + 61_000
      expect(await authenticate()).toBeNull()
    }
    const later = (): Date => new Date(shortEnd + 86_400_000)
    expect(await read(recorded.one, { now: later })).toMatchObject({ userId: 'nuxt_41' })
    expect(await read(recorded.one, { now: later, maxAgeSeconds: 3_600 })).toBeNull()
  })

  test('[SESSION-5] sessions of another shape are nobody’s', async () => {
    const shapes = [
      null,
      'text',
      [],
      {},
      { id: 'a' },
      { id: '', createdAt: 1 },
      { id: 'a b', createdAt: 1 },
      { id: 'a', createdAt: '1' },
      ...[
        {},
        { id: '' },
        { id: null },
        { id: 1.5 },
        { id: {} },
        { id: 'a b' },
        { id: 'x'.repeat(200) },
        'ada',
        7,
      ].map((user) => ({ id: 'a', createdAt: 1, data: { user } })),
    ]
    for (const shape of shapes) {
      expect(await read(await seal(shape, password, defaults)), JSON.stringify(shape)).toBeNull()
    }
    const guestLike = { id: 'a', createdAt: 1, data: { user: { id: 'guest_x' } } }
    expect(await read(await seal(guestLike, password, defaults), { userPrefix: '' })).toBeNull()
  })

  test('[SESSION-5] A-21 a cookie that was changed or cut is as good as none', async () => {
    const nuxt = createNuxtSession({ password })
    const value = recorded.one
    for (let index = 0; index < value.length - 1; index += 7) {
      const changed = value.slice(0, index) + (value[index] === 'A' ? 'B' : 'A') + value.slice(index + 1)
      expect(await nuxt.authenticate(request(`nuxt-session=${changed}`)), String(index)).toBeNull()
    }
    const withoutEnd = recorded.oneShort.split('*').with(5, '').join('*')
    for (const bad of [value.slice(0, -2), 'Fe26.2*', '', 'x'.repeat(5_000), withoutEnd]) {
      expect(await nuxt.authenticate(request(`nuxt-session=${bad}`))).toBeNull()
    }
  })

  test('[SESSION-6] made-up sessions are opened in no more than 32 places at once', async () => {
    const nuxt = createNuxtSession({ password })
    const madeUp = Array.from({ length: 200 }, (_, index) => `Fe26.2**${index}*AAAA*AAAA**aa*AAAA`)
    const answers = await Promise.allSettled(
      madeUp.map((value) => nuxt.authenticate(request(`nuxt-session=${value}`))),
    )
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(200 - 32)
    expect(refused[0]).toMatchObject({ reason: { code: 'unavailable', retryAfterSeconds: 1 } })
    expect(await nuxt.authenticate(request(`nuxt-session=${recorded.one}`))).toMatchObject({
      userId: 'nuxt_41',
    })
  })
})
