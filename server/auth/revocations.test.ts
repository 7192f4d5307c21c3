import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createAuthentication } from './authentication.ts'
import { createBearerTokens, createToken } from './bearer-tokens.ts'
import type { TokenClaims } from './bearer-tokens.ts'
import { createGuestCookies } from './guest-cookies.ts'
import type { Identity, Verdict } from './identity.ts'
import { createRevocations } from './revocations.ts'
import type { Revocation, RevocationSource } from './revocations.ts'
import { createSecret } from './secrets.ts'

const secret = createSecret()
const rejected = { identity: null, reason: 'rejected' }

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-21T12:00:00Z'), toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => void vi.useRealTimers())

const now = (): Date => new Date()
const pass = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1000)

function setup(source?: RevocationSource) {
  const revocations = createRevocations({ now, ...(source === undefined ? {} : { source }) })
  const authentication = createAuthentication(
    [createBearerTokens({ secret, now }), createGuestCookies({ secret })],
    { revocations, now },
  )
  const show = (token: string): Promise<Verdict> =>
    authentication.identify(
      new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } }),
    )
  const identityOf = async (token: string): Promise<Identity> => {
    const { identity } = await show(token)
    if (identity === null) throw new Error('The token was not accepted.')
    return identity
  }
  return { revocations, authentication, show, identityOf }
}

const mint = (claims: Partial<TokenClaims> = {}): Promise<string> =>
  createToken({ secret, now }, { userId: 'ada', tenantId: 'acme', ...claims })

const everything = (changes: Partial<Revocation> = {}): Revocation => ({
  tenantId: 'acme',
  userId: 'ada',
  name: null,
  at: now(),
  until: null,
  ...changes,
})

describe('revocation', () => {
  test('[REVOKE-1] J-20 a token that was taken back is rejected at once, although it is remembered, and no other is', async () => {
    const { revocations, show, identityOf } = setup()
    const [token, other] = [await mint(), await mint({ roles: ['agent'] })]
    const identity = await identityOf(token)
    const [name = null] = identity.credential?.names ?? []
    expect(name).toMatch(/^hash:/)
    await revocations.revoke({ ...identity, name, at: now(), until: null })
    expect(await show(token)).toEqual(rejected)
    expect(await show(other)).toMatchObject({ identity: { userId: 'ada' } })
  })

  test('[REVOKE-1] a name is its owner’s: what is taken back for one counts for nobody else', async () => {
    const { revocations, identityOf, show } = setup()
    const token = await mint()
    const [name = null] = (await identityOf(token)).credential?.names ?? []
    await revocations.revoke(everything({ name, userId: 'bob' }))
    await revocations.revoke(everything({ name, tenantId: 'globex' }))
    expect(await show(token)).toMatchObject({ identity: { userId: 'ada' } })
  })

  test('[REVOKE-2] CVE-2026-32717: all that a user was given until now can be taken back, and what is given later counts', async () => {
    const { revocations, show } = setup()
    const [before, bobs] = [await mint(), await mint({ userId: 'bob' })]
    expect(await show(before)).toMatchObject({ identity: { userId: 'ada' } })
    pass(10)
    await revocations.revoke(everything())
    expect(await show(before)).toEqual(rejected)
    expect(await show(bobs)).toMatchObject({ identity: { userId: 'bob' } })
    // Tokens say when they were made in whole seconds, so one of the very second counts as older.
    expect(await show(await mint())).toEqual(rejected)
    pass(1)
    expect(await show(await mint())).toMatchObject({ identity: { userId: 'ada' } })
    await revocations.revoke(everything({ at: new Date(now().getTime() - 60_000) }))
    expect(await show(before)).toEqual(rejected)
  })

  test('[REVOKE-2] a guest who is taken back is so for ever, and the browser becomes another', async () => {
    const { revocations, authentication } = setup()
    const first = await authentication.identify(new Request('http://localhost/'))
    const cookie = ('setCookie' in first ? (first.setCookie ?? '') : '').split(';')[0] ?? ''
    const { userId = '' } = first.identity ?? {}
    await revocations.revoke(everything({ tenantId: 'default', userId }))
    const again = await authentication.identify(new Request('http://localhost/', { headers: { cookie } }))
    expect(again).toMatchObject({ identity: { kind: 'guest' }, setCookie: expect.any(String) })
    expect(again.identity?.userId).not.toBe(userId)
  })

  test('[REVOKE-5] what takes back nothing any more is forgotten', async () => {
    const { revocations, identityOf } = setup()
    const identity = await identityOf(await mint({ lifetimeSeconds: 86_400 }))
    const [name = null] = identity.credential?.names ?? []
    const soon = new Date(now().getTime() + 60_000)
    await revocations.revoke(everything({ name, until: soon }))
    await revocations.revoke(everything({ userId: 'bob', until: soon }))
    await revocations.revoke(everything({ userId: 'eve' }))
    expect(revocations.isRevoked(identity)).toBe(true)
    expect(revocations.isRevoked({ ...identity, userId: 'bob' })).toBe(true)
    pass(601)
    await revocations.revoke(everything({ userId: 'somebody' }))
    expect(revocations.isRevoked(identity)).toBe(false)
    expect(revocations.isRevoked({ ...identity, userId: 'bob' })).toBe(false)
    expect(revocations.isRevoked({ ...identity, userId: 'eve' })).toBe(true)
    await revocations.revoke(everything({ name, until: new Date(now().getTime() - 1) }))
    expect(revocations.isRevoked(identity)).toBe(false)
  })
})

describe('what goes on', () => {
  test('[REVOKE-3] A-29 ends when its credential is taken back: once, and nobody else’s', async () => {
    const { revocations, authentication, identityOf } = setup()
    const [mine, again, bobs] = [
      await mint(),
      await mint({ roles: ['agent'] }),
      await mint({ userId: 'bob' }),
    ]
    const ended: string[] = []
    const watch = async (token: string, label: string): Promise<() => void> =>
      authentication.watch(await identityOf(token), (reason) => void ended.push(`${label} ${reason}`))
    await watch(mine, 'mine')
    await watch(mine, 'mine, in another tab')
    await watch(again, 'again')
    await watch(bobs, 'bob')
    const stop = await watch(mine, 'left')
    stop()
    const [name = null] = (await identityOf(mine)).credential?.names ?? []
    await revocations.revoke(everything({ name }))
    await revocations.revoke(everything({ name }))
    expect(ended).toEqual(['mine revoked', 'mine, in another tab revoked'])
    await revocations.revoke(everything())
    expect(ended.slice(2)).toEqual(['again revoked'])
  })

  test('[REVOKE-3] ends when its credential has run out, with the same grace as a request', async () => {
    const { authentication, identityOf, show } = setup()
    const token = await mint({ lifetimeSeconds: 90 })
    const far = await mint({ lifetimeSeconds: 60 * 86_400 })
    const ended: string[] = []
    authentication.watch(await identityOf(token), (reason) => void ended.push(reason))
    authentication.watch(await identityOf(far), (reason) => void ended.push(`far ${reason}`))
    pass(149)
    expect(ended).toEqual([])
    pass(2)
    expect(ended).toEqual(['expired'])
    expect(await show(token)).toEqual(rejected)
    pass(60 * 86_400 - 152)
    expect(ended).toEqual(['expired'])
    pass(62)
    expect(ended).toEqual(['expired', 'far expired'])
  })

  test('[REVOKE-3] ends at once when it was taken back between the question and the watch', async () => {
    const { revocations, authentication, identityOf } = setup()
    const identity = await identityOf(await mint())
    await revocations.revoke(everything())
    const ended: string[] = []
    authentication.watch(identity, (reason) => void ended.push(reason))
    expect(ended).toEqual(['revoked'])
  })
})

describe('a source', () => {
  test('[REVOKE-4] what it knew before counts from the start, and what is not written down does not count', async () => {
    let isAway = false
    let tell: ((revocations: readonly Revocation[]) => void) | undefined
    const source: RevocationSource = {
      async add() {
        if (isAway) throw new Error('away')
      },
      async follow(handler) {
        tell = handler
        handler([everything({ userId: 'before' })])
        return async () => void (tell = undefined)
      },
    }
    const { revocations, identityOf, show } = setup(source)
    const identity = await identityOf(await mint())
    await revocations.start()
    expect(revocations.isRevoked({ ...identity, userId: 'before' })).toBe(true)
    isAway = true
    await expect(revocations.revoke(everything())).rejects.toThrow('away')
    expect(revocations.isRevoked(identity)).toBe(false)
    tell?.([everything(), everything({ userId: 'bob' })])
    expect(await show(await mint())).toEqual(rejected)
    await revocations.close()
    expect(tell).toBeUndefined()
  })
})
