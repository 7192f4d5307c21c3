import { exportSPKI } from 'jose'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createIssuerKey, signWith, startTestIssuer } from '../testing/token-issuer.ts'
import type { IssuerKey, TestIssuer } from '../testing/token-issuer.ts'
import { createAuthentication } from './authentication.ts'
import { createBetterAuthIssuer } from './better-auth.ts'
import { createClerkIssuer } from './clerk.ts'
import type { ClerkOptions } from './clerk.ts'
import type { Verdict } from './identity.ts'
import { createPemKeys } from './issuer-keys.ts'
import { createIssuerTokens } from './issuer-tokens.ts'
import { claimedTenant, fixedTenant, usualAlgorithms } from './issuers.ts'
import type { Issuer } from './issuers.ts'
import { createOidcIssuer } from './oidc.ts'
import type { OidcOptions } from './oidc.ts'
import { createRevocations } from './revocations.ts'

const seconds = Math.floor(new Date('2026-11-21T12:00:00Z').getTime() / 1000)
const rejected = { identity: null, reason: 'rejected' }
let passed = 0
const now = (): Date => new Date((seconds + passed) * 1000)

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

type Claims = Record<string, unknown>

let rsa: IssuerKey
let elliptic: IssuerKey
let edwards: IssuerKey
let next: IssuerKey
beforeAll(async () => {
  ;[rsa, elliptic, edwards, next] = await Promise.all([
    createIssuerKey('RS256', 'rsa'),
    createIssuerKey('ES256', 'elliptic'),
    createIssuerKey('EdDSA', 'edwards'),
    createIssuerKey('ES256', 'next'),
  ])
})

let server: TestIssuer
let failures: unknown[]
const onFailure = (error: unknown): void => void failures.push(error)
beforeEach(async () => {
  passed = 0
  failures = []
  server = await startTestIssuer([rsa, elliptic, edwards])
  return () => server.close()
})

function reader(...issuers: Issuer[]): (token: string) => Promise<Verdict> {
  const authentication = createAuthentication([createIssuerTokens({ issuers, now })])
  return (token) =>
    authentication.identify(
      new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } }),
    )
}

function oidc(changes: Partial<OidcOptions> = {}): Issuer {
  const tenants = fixedTenant('acme')
  return createOidcIssuer({ issuer: server.url, audiences: ['parley'], tenants, now, onFailure, ...changes })
}

const oidcClaims = (changes: Claims = {}): Claims => ({
  iss: server.url,
  aud: 'parley',
  sub: 'ada',
  exp: seconds + passed + 600,
  ...changes,
})

describe('keys', () => {
  test('[AUTH-15] the keys are fetched once for all who wait, and not again while they are fresh', async () => {
    const show = reader(oidc())
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, index) => signWith(elliptic, oidcClaims({ jti: String(index) }))),
    )
    const answers = await Promise.all(tokens.map(show))
    expect(answers.filter(({ identity }) => identity?.userId === 'ada')).toHaveLength(50)
    expect(server.requests).toEqual(['/.well-known/openid-configuration', '/keys'])
    passed = 299
    await show(await signWith(elliptic, oidcClaims()))
    expect(server.requests).toHaveLength(2)
  })

  test('[AUTH-15] J-19 a thousand made-up key ids make us look for new keys once, and again only after a while', async () => {
    const show = reader(oidc())
    const token = await signWith(elliptic, oidcClaims())
    await show(token)
    const flood = async (): Promise<void> => {
      const headers = Array.from({ length: 1_000 }, (_, index) => ({ alg: 'ES256', kid: `made-up-${index}` }))
      const tokens = headers.map((header) => token.replace(/^[^.]*/, encode(header)))
      const answers = await Promise.all(tokens.map(show))
      expect(answers.every(({ identity }) => identity === null)).toBe(true)
    }
    await flood()
    expect(server.requests).toHaveLength(2)
    passed = 31
    await flood()
    expect(server.requests).toHaveLength(4)
    passed = 60
    await flood()
    expect(server.requests).toHaveLength(4)
    expect(await show(await signWith(elliptic, oidcClaims()))).toMatchObject({ identity: { userId: 'ada' } })
  })

  test('[AUTH-16] J-17 a new key counts after one fetch, both count for a while, and a withdrawn one no longer than keys are kept', async () => {
    const show = reader(oidc())
    const old = await signWith(elliptic, oidcClaims({ exp: seconds + 10_000 }))
    expect(await show(old)).toMatchObject({ identity: { userId: 'ada' } })
    server.published = [elliptic.jwk, next.jwk]
    passed = 40
    expect(await show(await signWith(next, oidcClaims()))).toMatchObject({ identity: { userId: 'ada' } })
    expect(server.requests).toHaveLength(4)
    expect(await show(old)).toMatchObject({ identity: { userId: 'ada' } })
    server.published = [next.jwk]
    passed = 639
    // Remembered a moment before its key is too old to be trusted.
    await show(old)
    passed = 641
    expect(await show(old)).toEqual(rejected)
    expect(await show(await signWith(next, oidcClaims()))).toMatchObject({ identity: { userId: 'ada' } })
  })

  const troubles: [string, () => void][] = [
    ['500', () => (server.trouble = (response) => void response.writeHead(500).end('{"keys": []}'))],
    ['garbage', () => (server.trouble = (response) => void response.end('<html>'))],
    ['an empty set', () => (server.published = [])],
    ['another document', () => (server.trouble = (response) => void response.end('{"keys": {}}'))],
    ['too much', () => (server.trouble = (response) => void response.end(`[${'1,'.repeat(200_000)}1]`))],
    ['too many', () => (server.published = Array.from({ length: 101 }, () => elliptic.jwk))],
    ['half an answer', () => (server.trouble = (response) => response.socket?.destroy())],
    [
      'a redirect',
      () =>
        (server.trouble = (response) =>
          void response.writeHead(301, { location: `${server.url}/keys` }).end()),
    ],
    ['shared keys only', () => (server.published = [{ kty: 'oct', k: 'AAAA', kid: 'elliptic' }])],
    ['private keys only', () => (server.published = [{ ...elliptic.jwk, d: 'AAAA' }])],
  ]

  test.each(troubles)(
    '[AUTH-15] J-18 an issuer that answers with %s: known keys go on for a day, unknown ones are refused',
    async (_name, begin) => {
      const show = reader(oidc())
      const issued = (): Promise<string> => signWith(elliptic, oidcClaims())
      expect(await show(await issued())).toMatchObject({ identity: { userId: 'ada' } })
      begin()
      const stranger = await createIssuerKey('ES256', 'stranger')
      passed = 700
      expect(await show(await signWith(stranger, oidcClaims()))).toEqual(rejected)
      expect(await show(await issued())).toMatchObject({ identity: { userId: 'ada' } })
      expect(failures).toHaveLength(1)
      passed = 86_399
      expect(await show(await issued())).toMatchObject({ identity: { userId: 'ada' } })
      passed = 86_401
      await expect(issued().then(show)).rejects.toMatchObject({ code: 'unavailable' })
      server.trouble = null
      server.published = [elliptic.jwk]
      passed = 86_500
      expect(await show(await issued())).toMatchObject({ identity: { userId: 'ada' } })
    },
  )

  test('[AUTH-15] J-18 an issuer that is away at the start: nobody is let in, nor sent away as a stranger', async () => {
    const show = reader(oidc())
    const token = await signWith(elliptic, oidcClaims())
    server.trouble = (response) => void response.writeHead(503).end()
    await expect(show(token)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 })
    await expect(show(token)).rejects.toMatchObject({ code: 'unavailable' })
    expect(server.requests).toHaveLength(1)
    server.trouble = null
    passed = 6
    expect(await show(token)).toMatchObject({ identity: { userId: 'ada' } })
  })

  test('[AUTH-15] J-18 an issuer that says nothing is left at its time', async () => {
    const signals: AbortSignal[] = []
    const show = reader(
      oidc({
        fetch: async (url, init) => {
          signals.push(init.signal)
          expect(init.redirect).toBe('error')
          return fetch(url, init)
        },
      }),
    )
    expect(await show(await signWith(elliptic, oidcClaims()))).toMatchObject({ identity: { userId: 'ada' } })
    expect(signals).toHaveLength(2)
    const aborted = reader(
      oidc({ fetch: async (url, init) => fetch(url, { ...init, signal: AbortSignal.abort() }) }),
    )
    await expect(signWith(elliptic, oidcClaims()).then(aborted)).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(server.requests).toHaveLength(2)
  })

  test('[AUTH-12] J-05 two keys of one id are none; a single key of its type needs no id', async () => {
    const show = reader(oidc())
    server.published = [rsa.jwk, elliptic.jwk, { ...next.jwk, kid: 'elliptic' }]
    expect(await show(await signWith(elliptic, oidcClaims()))).toEqual(rejected)
    expect(await show(await signWith(rsa, oidcClaims(), { kid: undefined }))).toMatchObject({
      identity: { userId: 'ada' },
    })
  })

  test('[AUTH-12] keys that are known beforehand are never fetched, and never private or shared', async () => {
    const { pem, privatePem } = {
      pem: await exportSPKI(rsa.publicKey),
      privatePem: '-----BEGIN PRIVATE KEY-----',
    }
    expect(() => createPemKeys(privatePem)).toThrow(/public key in PEM/)
    expect(() => createPemKeys('secret')).toThrow(/public key in PEM/)
    const issuer = { ...oidc(), issuer: 'https://issuer.example', audiences: ['parley'] }
    const claims = oidcClaims({ iss: 'https://issuer.example' })
    const withPem = reader({ ...issuer, keys: createPemKeys(pem.replaceAll('\n', '\\n')) })
    expect(await withPem(await signWith(rsa, claims))).toMatchObject({ identity: { userId: 'ada' } })
    expect(await withPem(await signWith(elliptic, claims))).toEqual(rejected)
    const withOther = reader({ ...issuer, keys: createPemKeys(await exportSPKI(elliptic.publicKey)) })
    expect(await withOther(await signWith(elliptic, claims))).toMatchObject({ identity: { userId: 'ada' } })
    expect(await withOther(await signWith(rsa, claims))).toEqual(rejected)
    expect(server.requests).toEqual([])
  })

  test('[AUTH-12] CVE-2026-22817 CVE-2026-22818: J-03 a key has one algorithm, unless its issuer’s settings say more', async () => {
    const keys = createPemKeys(await exportSPKI(rsa.publicKey))
    const strong = { ...rsa, alg: 'RS512' }
    const token = await signWith(strong, oidcClaims()).catch(() => '')
    expect(usualAlgorithms.filter((name) => /^(?:HS|none)/.test(name))).toEqual([])
    // The key pair was made for RS256, so only a key that says nothing of it could be used for more.
    expect(await reader({ ...oidc(), keys })(await signWith(rsa, oidcClaims()))).toMatchObject({
      identity: { userId: 'ada' },
    })
    expect(token === '' ? rejected : await reader({ ...oidc(), keys })(token)).toEqual(rejected)
  })
})

describe('several issuers', () => {
  let other: TestIssuer
  beforeEach(async () => {
    other = await startTestIssuer([{ ...next, kid: 'elliptic', jwk: { ...next.jwk, kid: 'elliptic' } }])
    return () => other.close()
  })

  test('[AUTH-11] each is checked with its own keys alone and speaks for its own tenant alone', async () => {
    const show = reader(oidc(), oidc({ issuer: other.url, tenants: fixedTenant('globex') }))
    const theirs = { ...next, kid: 'elliptic' }
    expect(await show(await signWith(elliptic, oidcClaims()))).toMatchObject({
      identity: { tenantId: 'acme', userId: 'ada' },
    })
    expect(await show(await signWith(theirs, oidcClaims({ iss: other.url })))).toMatchObject({
      identity: { tenantId: 'globex', userId: 'ada' },
    })
    expect(await show(await signWith(theirs, oidcClaims()))).toEqual(rejected)
    expect(await show(await signWith(elliptic, oidcClaims({ iss: other.url })))).toEqual(rejected)
    const named = { tenant: 'globex', tenantId: 'globex', org_id: 'globex' }
    expect(await show(await signWith(elliptic, oidcClaims(named)))).toMatchObject({
      identity: { tenantId: 'acme' },
    })
  })

  test('[AUTH-11] J-21 a tenant or a user that is named anywhere else changes nothing', async () => {
    const authentication = createAuthentication([createIssuerTokens({ issuers: [oidc()], now })])
    const authorization = `Bearer ${await signWith(elliptic, oidcClaims())}`
    const names = ['x-tenant-id', 'tenant', 'tenantid', 'x-user-id', 'x-forwarded-user', 'cookie']
    const headers = { ...Object.fromEntries(names.map((name) => [name, 'tenant=globex'])), authorization }
    const url = 'http://globex.localhost/globex?tenant=globex&tenantId=globex&user_id=eve'
    expect(await authentication.identify(new Request(url, { headers }))).toMatchObject({
      identity: { tenantId: 'acme', userId: 'ada' },
    })
  })

  test('[AUTH-11] a tenant can be a claim, behind a prefix, and nothing that is no id', async () => {
    const show = reader(oidc({ tenants: claimedTenant({ claim: 'org.id', prefix: 'north_' }) }))
    const withOrg = async (id: unknown): Promise<Verdict> =>
      show(await signWith(elliptic, oidcClaims({ org: { id } })))
    expect(await withOrg('acme')).toMatchObject({ identity: { tenantId: 'north_acme' } })
    for (const bad of ['', ' ', 'a b', 7, null, ['acme'], { a: 1 }, 'x'.repeat(200)]) {
      expect(await withOrg(bad), JSON.stringify(bad)).toEqual(rejected)
    }
    expect(await show(await signWith(elliptic, oidcClaims({ 'org.id': 'dotted' })))).toMatchObject({
      identity: { tenantId: 'north_dotted' },
    })
    expect(await show(await signWith(elliptic, oidcClaims({ org: 'acme' })))).toEqual(rejected)
  })

  test('[AUTH-11] issuers that could vouch for each other’s users are refused at the start', () => {
    const make = (...pairs: [string, Partial<OidcOptions>][]) =>
      createIssuerTokens({
        issuers: pairs.map(([issuer, changes]) => oidc({ issuer: `https://${issuer}.example`, ...changes })),
      })
    const claimed = (prefix: string) => ({ tenants: claimedTenant({ claim: 'org', prefix }) })
    expect(() => make(['a', {}], ['a', {}])).toThrow(/twice/)
    expect(() => make(['a', {}], ['b', {}])).toThrow(/both speak for the tenant acme/)
    expect(() => make(['a', { userPrefix: 'a_' }], ['b', { userPrefix: 'a_b_' }])).toThrow(/both speak/)
    expect(() => make(['a', { userPrefix: 'a_' }], ['b', { userPrefix: 'b_' }])).not.toThrow()
    expect(() => make(['a', {}], ['b', claimed('')])).toThrow(/could speak for the other's tenants/)
    expect(() => make(['a', claimed('n_')], ['b', claimed('n_s_')])).toThrow(/could speak/)
    expect(() => make(['a', claimed('n_')], ['b', claimed('s_')], ['c', {}])).not.toThrow()
    expect(() => createIssuerTokens({ issuers: [{ ...oidc(), issuer: 'parley' }] })).toThrow(/ourselves/)
    expect(() => oidc({ issuer: 'http://issuer.example' })).toThrow(/must be an https URL/)
    expect(() => oidc({ audiences: [] })).toThrow(/audience/)
  })
})

describe('Clerk', () => {
  const claims = (changes: Claims = {}): Claims => ({
    iss: server.url,
    azp: 'https://app.example.org',
    sub: 'user_ada',
    sid: 'sess_1',
    jti: 'token-1',
    nbf: seconds,
    exp: seconds + 60,
    ...changes,
  })
  const clerk = (changes: Partial<ClerkOptions> = {}): ((token: string) => Promise<Verdict>) =>
    reader(
      createClerkIssuer({
        issuer: server.url,
        authorizedParties: ['https://app.example.org', 'http://localhost:3000'],
        tenant: { organization: true, otherwise: 'default' },
        now,
        ...changes,
      }),
    )
  const sign = (changes?: Claims): Promise<string> =>
    signWith(rsa, claims(changes), { cat: 'cl_x', typ: 'JWT' })

  test('[AUTH-17] a session token names user, session and organisation, in both versions of the claims', async () => {
    const show = clerk()
    expect(await show(await sign())).toMatchObject({
      identity: {
        tenantId: 'default',
        userId: 'user_ada',
        kind: 'user',
        roles: [],
        credential: {
          carrier: 'token',
          names: [expect.stringMatching(/^hash:/), 'token:token-1', 'session:sess_1'],
        },
      },
    })
    expect(server.requests).toEqual(['/.well-known/jwks.json'])
    const version2 = await sign({ v: 2, o: { id: 'org_1', rol: 'admin', slg: 'acme' } })
    const version1 = await sign({ org_id: 'org_1', org_role: 'org:admin', org_slug: 'acme' })
    for (const token of [version1, version2]) {
      expect(await show(token)).toMatchObject({ identity: { tenantId: 'org_1', roles: ['admin'] } })
    }
    expect(
      await show(await sign({ org_id: 'org_1', org_role: 'org:member', metadata: { role: 'agent' } })),
    ).toMatchObject({
      identity: { roles: ['agent', 'user'] },
    })
    for (const bad of [{ o: { id: 'default' } }, { o: {} }, { org_id: 7 }, { metadata: { roles: [7] } }]) {
      expect(await show(await sign(bad)), JSON.stringify(bad)).toEqual(rejected)
    }
  })

  test('[AUTH-17] J-09 it was asked for by a page of ours', async () => {
    const show = clerk()
    const parties = [
      undefined,
      null,
      '',
      'https://evil.example',
      'https://app.example.org/',
      'HTTPS://app.example.org',
    ]
    for (const azp of [...parties, ['https://app.example.org'], 'https://app.example.org.evil']) {
      expect(await show(await sign({ azp })), String(azp)).toEqual(rejected)
    }
    expect(await show(await sign({ azp: 'http://localhost:3000' }))).toMatchObject({
      identity: { kind: 'user' },
    })
    expect(() => clerk({ authorizedParties: [] })).toThrow(/authorized party/)
  })

  test('[AUTH-17] J-11 it is a session’s, finished, or a template’s for an audience that was configured', async () => {
    for (const other of [{ sid: undefined }, { aud: 'hasura' }, { sts: 'pending' }]) {
      expect(await clerk()(await sign(other)), JSON.stringify(other)).toEqual(rejected)
    }
    const templates = clerk({ audiences: ['parley'] })
    expect(await templates(await sign({ sid: undefined, aud: 'parley' }))).toMatchObject({
      identity: { kind: 'user' },
    })
    expect(await templates(await sign({ aud: 'hasura' }))).toEqual(rejected)
    expect(await templates(await sign())).toEqual(rejected)
  })

  test('[AUTH-17] whoever founds an organisation is no admin where the tenant is something else', async () => {
    const show = clerk({ tenant: { id: 'acme' } })
    expect(await show(await sign({ o: { id: 'org_1', rol: 'admin' } }))).toMatchObject({
      identity: { tenantId: 'acme', roles: [] },
    })
    expect(await show(await sign({ metadata: { role: 'admin' } }))).toMatchObject({
      identity: { roles: ['admin'] },
    })
    expect(await show(await sign({ unsafe_metadata: { role: 'admin' } }))).toMatchObject({
      identity: { roles: [] },
    })
    const strict = clerk({ tenant: { organization: true } })
    expect(await strict(await sign())).toEqual(rejected)
  })

  test('[AUTH-17] with the PEM of its key, nothing is fetched', async () => {
    const show = clerk({ jwtKey: await exportSPKI(rsa.publicKey) })
    expect(await show(await sign())).toMatchObject({ identity: { userId: 'user_ada' } })
    expect(server.requests).toEqual([])
  })
})

describe('Better Auth', () => {
  const claims = (changes: Claims = {}): Claims => ({
    iss: server.url,
    aud: server.url,
    sub: 'ada',
    id: 'ada',
    email: 'ada@example.org',
    iat: seconds,
    exp: seconds + 900,
    ...changes,
  })
  const show = async (changes?: Claims, key = edwards): Promise<Verdict> => {
    const issuer = createBetterAuthIssuer({ url: `${server.url}/`, tenants: fixedTenant('acme'), now })
    return reader(issuer)(await signWith(key, claims(changes)))
  }

  test('[AUTH-18] its tokens name the user, by Ed25519 and nothing else', async () => {
    expect(await show()).toMatchObject({
      identity: { tenantId: 'acme', userId: 'ada', kind: 'user', roles: [] },
    })
    expect(server.requests).toEqual(['/api/auth/jwks'])
    expect(await show({ banned: false })).toMatchObject({ identity: { userId: 'ada' } })
    expect(await show({ banned: true })).toEqual(rejected)
    expect(await show({ role: 'admin,agent' })).toMatchObject({ identity: { roles: ['admin', 'agent'] } })
    expect(await show({ role: ['user'] })).toMatchObject({ identity: { roles: ['user'] } })
    for (const role of [7, { a: 1 }, [1], 'x,'.repeat(40)]) expect(await show({ role })).toEqual(rejected)
    expect(await show({}, elliptic)).toEqual(rejected)
    expect(await show({}, rsa)).toEqual(rejected)
  })

  test('[AUTH-18] J-12 user_id and sub agree where both are there', async () => {
    expect(await show({ user_id: 'ada' })).toMatchObject({ identity: { userId: 'ada' } })
    expect(await show({ sub: undefined, user_id: 'ada' })).toMatchObject({ identity: { userId: 'ada' } })
    for (const user_id of ['bob', '', 'ADA', 'ada ', 'аda', ['ada'], { id: 'ada' }, null, 7]) {
      expect(await show({ user_id }), JSON.stringify(user_id)).toEqual(rejected)
      expect(await show({ sub: user_id, user_id: 'ada' }), JSON.stringify(user_id)).toEqual(rejected)
    }
  })
})

describe('OIDC', () => {
  test('[AUTH-19] any issuer is found by its discovery document, and roles are where its settings say', async () => {
    const show = reader(oidc({ rolesClaim: 'realm_access.roles' }))
    const token = await signWith(
      rsa,
      oidcClaims({ realm_access: { roles: ['agent'] }, typ: 'Bearer', azp: 'spa' }),
    )
    expect(await show(token)).toMatchObject({
      identity: { tenantId: 'acme', userId: 'ada', roles: ['agent'] },
    })
    const url = 'https://app.example.org/roles'
    const named = reader(oidc({ rolesClaim: url }))
    expect(await named(await signWith(elliptic, oidcClaims({ [url]: ['admin'] })))).toMatchObject({
      identity: { roles: ['admin'] },
    })
    expect(await named(await signWith(elliptic, oidcClaims({ [url]: ['a b'] })))).toEqual(rejected)
  })

  test.each([
    ['another issuer', { issuer: 'https://evil.example' }],
    ['one with a slash more', { issuer: 'SLASH' }],
    ['keys without https', { jwks_uri: 'http://keys.example/keys' }],
    ['keys in a file', { jwks_uri: 'file:///etc/passwd' }],
    ['no keys', { jwks_uri: undefined }],
  ])('[AUTH-19] a discovery document of %s is not followed', async (_name, discovery) => {
    server.discovery =
      'issuer' in discovery && discovery.issuer === 'SLASH' ? { issuer: `${server.url}/` } : discovery
    await expect(signWith(elliptic, oidcClaims()).then(reader(oidc()))).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(server.requests).toEqual(['/.well-known/openid-configuration'])
    expect(failures).toHaveLength(1)
  })
})

describe('what is shown again', () => {
  /** The order of the curve P-256: with `s`, `order - s` is a signature of the same text. */
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

  function otherSpelling(token: string): string {
    const signature = Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
    const s = order - BigInt(`0x${signature.subarray(32).toString('hex')}`)
    const changed = Buffer.concat([
      signature.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
    ])
    return `${token.slice(0, token.lastIndexOf('.'))}.${changed.toString('base64url')}`
  }

  test('[REVOKE-1] J-13 the second spelling of an ECDSA signature is the same token, and taken back with it', async () => {
    const revocations = createRevocations({ now })
    const authentication = createAuthentication([createIssuerTokens({ issuers: [oidc()], now })], {
      revocations,
    })
    const show = (token: string): Promise<Verdict> =>
      authentication.identify(
        new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } }),
      )
    const token = await signWith(elliptic, oidcClaims())
    const { identity } = await show(token)
    expect(await show(otherSpelling(token))).toEqual({ identity })
    const [name = null] = identity?.credential?.names ?? []
    await revocations.revoke({ tenantId: 'acme', userId: 'ada', name, at: now(), until: null })
    expect(await show(token)).toEqual(rejected)
    expect(await show(otherSpelling(token))).toEqual(rejected)
  })

  test('[AUTH-16] J-22 of two tokens each speaks for itself: a role that was taken away is not remembered', async () => {
    const show = reader(oidc())
    const before = await signWith(elliptic, oidcClaims({ roles: ['admin'] }))
    const after = await signWith(elliptic, oidcClaims({ roles: [] }))
    expect(await show(before)).toMatchObject({ identity: { roles: ['admin'] } })
    expect(await show(after)).toMatchObject({ identity: { roles: [] } })
  })
})
