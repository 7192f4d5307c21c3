import { describe, expect, it } from 'vitest'
import { actingFor } from './acting-keys.ts'
import { createAuthentication } from './authentication.ts'
import { createBearerTokens, createToken } from './bearer-tokens.ts'
import { createGuestTokens } from './guest-tokens.ts'
import type { EndOfCredential, Identity } from './identity.ts'
import { createRevocations } from './revocations.ts'
import { createSecret } from './secrets.ts'

const secret = createSecret()

function bearer(token: string): Request {
  return new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } })
}

describe('guests of other origins', () => {
  const clock = { now: new Date('2026-01-31T12:00:00.000Z') }
  const now = (): Date => clock.now
  const revocations = createRevocations({ now })
  const guests = createGuestTokens({ secret, revocations, now })
  const tokens = createBearerTokens({ secret, now })

  it('[CLOUD-10] an access token is a guest for five minutes, a refresh token gives the same guest the next for thirty days', async () => {
    const begun = await guests.begin()
    const guest = await tokens.authenticate(bearer(begun.accessToken))
    expect(guest).toMatchObject({ kind: 'guest', tenantId: 'default', roles: [] })
    expect(begun.refreshExpiresAt.toISOString()).toBe('2026-03-02T12:00:00.000Z')
    clock.now = new Date('2026-02-28T12:00:00.000Z')
    expect(await tokens.authenticate(bearer(begun.accessToken))).toBe('rejected')
    const next = await guests.refresh(begun.refreshToken)
    expect(await tokens.authenticate(bearer(next?.accessToken ?? ''))).toMatchObject({
      userId: (guest as Identity).userId,
    })
    clock.now = new Date('2026-03-02T12:00:01.000Z')
    expect(await guests.refresh(begun.refreshToken)).toBeNull()
    expect(await guests.refresh(next?.refreshToken ?? '')).not.toBeNull()
  })

  it('[CLOUD-10] neither token is good in the other’s place, and nobody else’s is', async () => {
    const { accessToken, refreshToken } = await guests.begin()
    expect(await guests.refresh(accessToken)).toBeNull()
    expect(await tokens.authenticate(bearer(refreshToken))).toBe('rejected')
    const [head = '', body = '', mac = ''] = refreshToken.split('.')
    const others = createGuestTokens({ secret: createSecret(), revocations, now })
    for (const wrong of [
      '',
      'refresh',
      `${head}.${body}.`,
      `${head}.${body}.${mac.slice(0, -1)}${mac.endsWith('A') ? 'B' : 'A'}`,
      (await others.begin()).refreshToken,
      'x'.repeat(10_000),
    ]) {
      expect(await guests.refresh(wrong)).toBeNull()
    }
  })

  it('[CLOUD-10] a guest whose tokens were taken back gets no others', async () => {
    const { refreshToken } = await guests.begin()
    const guest = await guests.guestOf(refreshToken)
    const { tenantId = '', userId = '' } = guest ?? {}
    await revocations.revoke({ tenantId, userId, name: null, at: now(), until: null })
    expect(await guests.refresh(refreshToken)).toBeNull()
  })
})

describe('keys that act for a user', () => {
  const key: Identity = {
    tenantId: 'acme',
    userId: 'key_1',
    kind: 'key',
    roles: ['sessions:write'],
    credential: { carrier: 'token', names: ['key:key_1'], issuedAt: 0, expiresAt: null },
  }
  const named = (request: Request): string | null => request.headers.get('user')
  const asking = (user: string): Request => new Request('http://localhost/', { headers: { user } })
  const revocations = createRevocations()
  const chain = (identity: Identity) =>
    actingFor(createAuthentication([{ authenticate: async () => identity }], { revocations }), named)

  it('[CLOUD-9] a key with the scope for sessions is whom the request names, in its tenant, until it is taken back', async () => {
    const acting = chain(key)
    const { identity } = await acting.identify(asking('ada'))
    expect(identity).toMatchObject({ tenantId: 'acme', userId: 'ada', kind: 'user', roles: [] })
    if (identity === null) throw new Error('It is somebody.')
    const ends: EndOfCredential[] = []
    acting.watch(identity, (reason) => ends.push(reason))
    await revocations.revoke({
      tenantId: 'acme',
      userId: 'key_1',
      name: 'key:key_1',
      at: new Date(),
      until: null,
    })
    expect(ends).toEqual(['revoked'])
    expect(await acting.identify(asking('ada'))).toEqual({ identity: null, reason: 'rejected' })
  })

  it('[CLOUD-9] another key is only itself, and a user is nobody else', async () => {
    const reader = { ...key, userId: 'key_2', roles: ['threads:read'] }
    expect(await chain(reader).identify(asking('ada'))).toMatchObject({ identity: { kind: 'key' } })
    const writer = { ...key, userId: 'key_3' }
    expect(await chain(writer).identify(new Request('http://localhost/'))).toMatchObject({
      identity: { userId: 'key_3' },
    })
    expect(await chain(writer).identify(asking('two words'))).toMatchObject({ identity: { userId: 'key_3' } })
    const eve: Identity = { tenantId: 'acme', userId: 'eve', kind: 'user', roles: ['admin'] }
    expect(await chain(eve).identify(asking('ada'))).toMatchObject({ identity: { userId: 'eve' } })
  })

  it('[AUTH-1] a token of ours whose user is a guest is a guest’s', async () => {
    const token = await createToken({ secret }, { userId: 'guest_1', roles: ['admin'] })
    const tokens = createBearerTokens({ secret })
    expect(await tokens.authenticate(bearer(token))).toMatchObject({ kind: 'guest' })
  })
})
