/** Attacks on tokens of other issuers, against every preset: real keys, real tokens, a real key set over HTTP. */
import { createPublicKey } from 'node:crypto'
import { CompactEncrypt, CompactSign, SignJWT, UnsecuredJWT, exportSPKI, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createIssuerKey, signWith, startTestIssuer } from '../testing/token-issuer.ts'
import type { IssuerKey, TestIssuer } from '../testing/token-issuer.ts'
import { createAuthentication } from './authentication.ts'
import { createBearerTokens } from './bearer-tokens.ts'
import { createBetterAuthIssuer } from './better-auth.ts'
import { createClerkIssuer } from './clerk.ts'
import { createGuestCookies } from './guest-cookies.ts'
import type { Verdict } from './identity.ts'
import { createIssuerTokens } from './issuer-tokens.ts'
import { claimedTenant, fixedTenant } from './issuers.ts'
import type { Issuer } from './issuers.ts'
import { createOidcIssuer } from './oidc.ts'
import { createSecret } from './secrets.ts'

const seconds = Math.floor(new Date('2026-11-21T12:00:00Z').getTime() / 1000)
const secret = createSecret()
const rejected = { identity: null, reason: 'rejected' }
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

type Claims = Record<string, unknown>

interface Preset {
  name: string
  alg: string
  issuer(server: TestIssuer, key: IssuerKey): Promise<Issuer>
  claims(url: string): Claims
}

const clerkClaims = (iss: string): Claims => ({
  iss,
  azp: 'https://app.example.org',
  sub: 'user_ada',
  sid: 'sess_1',
  iat: seconds,
  nbf: seconds,
  exp: seconds + 60,
})
const clerkOptions = { authorizedParties: ['https://app.example.org'], now: () => now() }
const presets: Preset[] = [
  {
    name: 'Clerk with a key set',
    alg: 'RS256',
    claims: clerkClaims,
    issuer: async ({ url }) => createClerkIssuer({ issuer: url, tenant: { id: 'acme' }, ...clerkOptions }),
  },
  {
    name: 'Clerk with a PEM',
    alg: 'RS256',
    claims: clerkClaims,
    issuer: async ({ url }, { publicKey }) =>
      createClerkIssuer({
        issuer: url,
        jwtKey: await exportSPKI(publicKey),
        tenant: { id: 'acme' },
        ...clerkOptions,
      }),
  },
  {
    name: 'Better Auth',
    alg: 'EdDSA',
    claims: (iss) => ({ iss, aud: iss, sub: 'ada', user_id: 'ada', iat: seconds, exp: seconds + 60 }),
    issuer: async ({ url }) =>
      createBetterAuthIssuer({ url, tenants: fixedTenant('acme'), now: () => now() }),
  },
  {
    name: 'OIDC',
    alg: 'ES256',
    claims: (iss) => ({ iss, aud: ['parley-api', 'other'], sub: 'ada', iat: seconds, exp: seconds + 60 }),
    issuer: async ({ url }) =>
      createOidcIssuer({
        issuer: url,
        audiences: ['parley-api'],
        tenants: claimedTenant({ claim: 'org', otherwise: 'acme' }),
        now: () => now(),
      }),
  },
]

let passed = 0
const now = (): Date => new Date((seconds + passed) * 1000)

describe.each(presets)('$name', ({ alg, claims: claimsOf, issuer: createIssuer }) => {
  let key: IssuerKey
  let server: TestIssuer
  let claims: Claims
  let show: (authorization: string) => Promise<Verdict>

  beforeAll(async () => {
    key = await createIssuerKey(alg, 'key-1')
    server = await startTestIssuer([key])
    claims = claimsOf(server.url)
    const authentication = createAuthentication([
      createBearerTokens({ secret, now }),
      createIssuerTokens({ issuers: [await createIssuer(server, key)], now }),
      createGuestCookies({ secret }),
    ])
    show = (authorization) =>
      authentication.identify(new Request('http://localhost/', { headers: { authorization } }))
    expect(await showToken(await sign())).toMatchObject({ identity: { tenantId: 'acme', kind: 'user' } })
  })
  afterAll(() => server.close())

  const sign = (changes: Claims = {}, header: Claims = {}): Promise<string> =>
    signWith(key, { ...claims, ...changes }, header)
  const showToken = (token: string): Promise<Verdict> => show(`Bearer ${token}`)

  async function expectRejected(tokens: readonly string[]): Promise<void> {
    const before = server.requests.length
    for (const token of tokens) expect(await showToken(token), token.slice(0, 400)).toEqual(rejected)
    // They may make us look for a key once, not more.
    expect(server.requests.length - before).toBeLessThanOrEqual(2)
  }

  test('[AUTH-12] CVE-2022-23540: J-01 no signature, however it is spelled', async () => {
    const [, payload = '', signature = ''] = (await sign()).split('.')
    const spellings = ['none', 'None', 'nOnE', 'NONE', '', null, [], ['none'], 0, undefined]
    await expectRejected([
      ...spellings.flatMap((spelling) =>
        ['', signature, 'AAAA'].map((end) => `${encode({ alg: spelling, kid: 'key-1' })}.${payload}.${end}`),
      ),
      new UnsecuredJWT(claims).encode(),
    ])
  })

  test('[AUTH-12] CVE-2026-34950 CVE-2022-23541: J-02 the public key is no shared secret, in whatever form', async () => {
    const pem = await exportSPKI(key.publicKey)
    const { kid: _kid, alg: _alg, use: _use, ...jwk } = key.jwk
    const forms = [
      pem,
      pem.trimEnd(),
      `${pem}\n`,
      ` ${pem}`,
      createPublicKey(pem).export({ type: 'spki', format: 'der' }),
      JSON.stringify(key.jwk),
      JSON.stringify(jwk),
      Buffer.from(String(key.jwk.n ?? key.jwk.x), 'base64url'),
      String(key.jwk.n ?? key.jwk.x),
    ]
    const signed = forms.flatMap((form) =>
      ['HS256', 'HS384', 'HS512'].map((hmac) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: hmac, kid: 'key-1' })
          .sign(Buffer.concat([Buffer.from(form), Buffer.alloc(64)]).subarray(0, Math.max(64, form.length))),
      ),
    )
    await expectRejected(await Promise.all(signed))
  })

  test('[AUTH-12] J-03 another algorithm, with the same key id or none', async () => {
    const others = ['RS256', 'RS384', 'PS256', 'ES256', 'ES384', 'EdDSA'].filter((other) => other !== alg)
    const keys = await Promise.all(others.map((other) => createIssuerKey(other, 'key-1')))
    await expectRejected([
      ...(await Promise.all(keys.map((other) => signWith(other, claims)))),
      ...(await Promise.all(keys.map((other) => signWith(other, claims, { kid: undefined })))),
      // The right key, and a header that says something else about it.
      ...(await sign())
        .split('.')
        .flatMap((_, index, [, payload, signature]) =>
          index === 0
            ? others.map((other) => `${encode({ alg: other, kid: 'key-1' })}.${payload}.${signature}`)
            : [],
        ),
    ])
  })

  test('[AUTH-12] J-04 keys that a token brings or points to are not looked at, and not fetched', async () => {
    const stranger = await createIssuerKey(alg, 'key-1')
    const evil = await startTestIssuer([stranger])
    const urls = { jku: `${evil.url}/keys`, x5u: `${evil.url}/chain` }
    for (const header of [
      { jwk: stranger.jwk },
      { jku: urls.jku },
      { x5u: urls.x5u },
      { x5c: ['AAAA'] },
      urls,
    ]) {
      await expectRejected([
        await signWith(stranger, claims, header),
        await signWith(stranger, claims, { ...header, kid: 'key-2' }),
      ])
    }
    expect(evil.requests).toEqual([])
    await evil.close()
  })

  test('[AUTH-15] J-05 a key id is only ever compared, and asks for keys once in a while', async () => {
    const stranger = await createIssuerKey(alg, 'key-1')
    const ids = [
      '../../etc/passwd',
      "' or 1=1 --",
      'x'.repeat(4_000),
      'a\0b',
      '__proto__',
      '',
      'key-1 ',
      'KEY-1',
    ]
    await expectRejected(await Promise.all(ids.map((kid) => signWith(stranger, claims, { kid }))))
    for (const kid of [['key-1'], { a: 1 }, 1, null, true]) {
      const [, payload, signature] = (await signWith(stranger, claims)).split('.')
      await expectRejected([`${encode({ alg, kid })}.${payload}.${signature}`])
    }
  })

  test('[AUTH-14] J-06 it must expire, in whole seconds, and has a minute of grace', async () => {
    const tenYears = 10 * 366 * 86_400
    expect(await showToken(await sign({ exp: seconds - 1 }))).toMatchObject({ identity: { kind: 'user' } })
    await expectRejected([
      await sign({ exp: seconds - 61 }),
      await sign({ exp: seconds - tenYears }),
      await sign({ exp: seconds + tenYears }),
      await sign({ exp: undefined }),
      await sign({ exp: String(seconds + 60) }),
      await sign({ exp: seconds + 60.5 }),
      await sign({ exp: -1 }),
      await sign({ exp: (seconds + 60) * 1000 }),
      await sign({ exp: null }),
      await sign({ exp: [seconds + 60] }),
      await signText(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e400')),
    ])
  })

  /** Signs any text, also what no serializer would write. */
  const signText = (payload: string): Promise<string> =>
    new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg, kid: 'key-1' }).sign(key.privateKey)

  test('[AUTH-14] J-07 it must not come from the future', async () => {
    await expectRejected([
      await sign({ nbf: seconds + 61 }),
      await sign({ iat: seconds + 61 }),
      await sign({ nbf: 'now' }),
      await sign({ iat: seconds + 0.5 }),
      await sign({ iat: -5 }),
    ])
    expect(await showToken(await sign({ nbf: seconds + 30, iat: seconds + 30 }))).toMatchObject({
      identity: { kind: 'user' },
    })
  })

  test('[AUTH-11] J-08 the issuer is compared to the letter', async () => {
    const { url } = server
    const others = [
      `${url}/`,
      `${url}.evil`,
      url.toUpperCase(),
      `${url} `,
      url.replace('http', 'https'),
      '',
      'parley',
    ]
    await expectRejected(await Promise.all(others.map((iss) => sign({ iss }))))
    await expectRejected([
      await sign({ iss: undefined }),
      await sign({ iss: [url] }),
      await sign({ iss: null }),
    ])
  })

  test('[AUTH-13] CVE-2025-62610: J-10 it must be for us', async () => {
    const ours = claims['aud'] ?? null
    const [first] = Array.isArray(ours) ? ours : [ours]
    const wrong = [
      'other',
      ['other'],
      [],
      '',
      `${first}.evil`,
      `${first}/`,
      String(first).slice(0, -1),
      7,
      null,
    ]
    // Where a session token names nobody, one that names anybody is somebody else's.
    const absent = ours === null ? [] : [undefined]
    await expectRejected(await Promise.all([...wrong, ...absent].map((aud) => sign({ aud }))))
  })

  test('[AUTH-13] J-11 another kind of token is not taken, although the same key has signed it', async () => {
    const kinds = ['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'refresh', 'id', 'JWE', '', 'JWT ', 7]
    await expectRejected(await Promise.all(kinds.map((typ) => sign({}, { typ }))))
    const marks = [
      { nonce: 'n' },
      { at_hash: 'h' },
      { c_hash: 'h' },
      { events: {} },
      { cnf: { jkt: 'k' } },
      { typ: 'ID' },
      { typ: 'Refresh' },
      { token_use: 'id' },
    ]
    await expectRejected(await Promise.all(marks.map((mark) => sign(mark))))
    for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+jwt']) {
      expect(await showToken(await sign({}, { typ })), typ).toMatchObject({ identity: { kind: 'user' } })
    }
  })

  test('[AUTH-13] J-12 it names one user, in visible characters, who is no guest', async () => {
    const users = [
      '',
      7,
      { id: 'ada' },
      ['ada'],
      null,
      true,
      'a b',
      'a\0b',
      'аda',
      'x'.repeat(201),
      'guest_x',
    ]
    await expectRejected(await Promise.all(users.map((sub) => sign({ sub, user_id: sub }))))
    await expectRejected([await sign({ sub: undefined, user_id: undefined })])
  })

  test('[AUTH-2] J-13 a signature that is empty, zero, cut, longer or spelled in another way', async () => {
    const [header = '', payload = '', signature = ''] = (await sign()).split('.')
    const zeros = [32, 64, 96, 132, 256].map((length) => Buffer.alloc(length).toString('base64url'))
    const spelled = [
      `${signature}=`,
      `${signature}==`,
      `${signature}.`,
      signature.slice(0, -2),
      `${signature}AA`,
    ]
    const classic = Buffer.from(signature, 'base64url').toString('base64')
    await expectRejected([
      ...['', ...zeros, ...spelled].map((each) => `${header}.${payload}.${each}`),
      ...(classic === signature ? [] : [`${header}.${payload}.${classic}`]),
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}=.${signature}`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}.`,
      `.${payload}.${signature}`,
      '..',
    ])
  })

  test('[AUTH-2] J-14 a token with any one bit changed, also when the right one is remembered', async () => {
    const token = await sign()
    expect(await showToken(token)).toMatchObject({ identity: { kind: 'user' } })
    let tried = 0
    for (let index = 0; index < token.length; index += 1) {
      for (let bit = 0; bit < 7; bit += 1) {
        const changed = String.fromCodePoint((token.codePointAt(index) ?? 0) ^ (1 << bit))
        if (!/[A-Za-z0-9._~+/=-]/.test(changed)) continue
        tried += 1
        const bad = token.slice(0, index) + changed + token.slice(index + 1)
        expect(await showToken(bad), `${index}/${bit}`).toEqual(rejected)
      }
    }
    expect(tried).toBeGreaterThan(1_000)
  }, 60_000)

  test('[AUTH-12] CVE-2026-35042 CVE-2024-28176: J-15 what is encrypted, nested, or needs an extension', async () => {
    const { publicKey } = await generateKeyPair('RSA-OAEP-256')
    const sealed = await new CompactEncrypt(Buffer.from(await sign()))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
      .encrypt(publicKey)
    const [, payload = '', signature = ''] = (await sign()).split('.')
    await expectRejected([
      sealed,
      await sign({}, { cty: 'JWT' }),
      ...[{ crit: ['b64'], b64: false }, { crit: ['exp'] }, { crit: [] }, { crit: ['x'], x: 1 }].map(
        (extra) => `${encode({ alg, kid: 'key-1', ...extra })}.${payload}.${signature}`,
      ),
    ])
  })

  test('[AUTH-5] CVE-2026-47673 CVE-2026-45339: J-16 too large, twice, not as a bearer, or in the address', async () => {
    const token = await sign()
    for (const size of [8_192, 65_536, 1_000_000]) {
      expect(await showToken(await sign({ padding: 'x'.repeat(size) }))).toEqual(rejected)
      expect(await showToken('x'.repeat(size))).toEqual(rejected)
    }
    const ways = [
      `Basic ${token}`,
      token,
      `Bearer\t${token}`,
      `Bearer ${token}, Bearer ${token}`,
      `Bearer ${token} x`,
    ]
    for (const authorization of ways) expect(await show(authorization), authorization).toEqual(rejected)
    expect(await show(`bearer ${token}`)).toMatchObject({ identity: { kind: 'user' } })
  })

  test('[AUTH-3] CVE-2026-35030 CVE-2026-35039: J-20 a remembered token is one to the last character, and ends in time', async () => {
    passed = 0
    const [short, twin] = [
      await sign({ exp: seconds + 10, jti: 'a' }),
      await sign({ exp: seconds + 900, jti: 'b' }),
    ]
    expect(await showToken(short)).toMatchObject({ identity: { kind: 'user' } })
    expect(await showToken(twin)).toMatchObject({
      identity: { credential: { names: expect.arrayContaining(['token:b']) } },
    })
    passed = 69
    expect(await showToken(short)).toMatchObject({ identity: { kind: 'user' } })
    passed = 71
    expect(await showToken(short)).toEqual(rejected)
    expect(await showToken(twin)).toMatchObject({ identity: { kind: 'user' } })
    passed = 0
  })
})
