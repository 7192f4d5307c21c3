import { generateKeyPairSync } from 'node:crypto'
import { connect } from 'node:net'
import { SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { listen } from '../http/listener.ts'
import { silentLog } from '../testing/silent-log.ts'
import { createAuthentication } from './authentication.ts'
import { createBearerTokens, createToken } from './bearer-tokens.ts'
import { createGuestCookies } from './guest-cookies.ts'
import { createSecret, deriveKey } from './secrets.ts'

const secret = createSecret()
const start = new Date('2026-11-21T12:00:00Z')
const seconds = Math.floor(start.getTime() / 1000)

function createClock() {
  let time = start.getTime()
  return { now: () => new Date(time), pass: (passed: number) => (time += passed * 1000) }
}

function setup() {
  const clock = createClock()
  const bearer = createBearerTokens({ secret, now: clock.now })
  const authentication = createAuthentication([bearer, createGuestCookies({ secret })])
  const identify = (headers: Record<string, string> = {}, url = 'http://localhost/') =>
    authentication.identify(new Request(url, { headers }))
  return { clock, identify, withToken: (token: string) => identify({ authorization: `Bearer ${token}` }) }
}

const rejected = { identity: null, reason: 'rejected' }
const claims = { iss: 'parley', aud: 'parley', sub: 'ada', exp: seconds + 600 }

function sign(
  payload: Record<string, unknown>,
  key = deriveKey(secret, 'bearer-token'),
  header = {},
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(key)
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('bearer tokens', () => {
  test('[AUTH-1] a token that was minted for a user identifies them, their tenant and their roles', async () => {
    const { clock, withToken } = setup()
    const options = { secret, now: clock.now }
    expect(
      await withToken(await createToken(options, { userId: 'ada', tenantId: 'acme', roles: ['staff'] })),
    ).toMatchObject({
      identity: { tenantId: 'acme', userId: 'ada', kind: 'user', roles: ['staff'] },
    })
    expect(await withToken(await createToken(options, { userId: 'bob' }))).toMatchObject({
      identity: { tenantId: 'default', userId: 'bob', kind: 'user', roles: [] },
    })
    await expect(createToken(options, { userId: 'a\nb' })).rejects.toThrow(/visible ASCII/)
  })

  test('[AUTH-2] any other signature, algorithm, issuer or audience is rejected', async () => {
    const { withToken } = setup()
    const valid = await sign(claims)
    const [header = '', payload = '', signature = ''] = valid.split('.')
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const bad = [
      ...['none', 'None', 'nOnE', '', null, [], 0].map((alg) => `${encode({ alg })}.${payload}.`),
      `${encode({ alg: 'none' })}.${payload}.${signature}`,
      `${encode({})}.${payload}.${signature}`,
      new UnsecuredJWT(claims).encode(),
      await sign(claims, deriveKey(createSecret(), 'bearer-token')),
      await sign(claims, deriveKey(secret, 'guest-cookie')),
      await sign(claims, Buffer.from(secret)),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey),
      await sign(claims, Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }))),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(Buffer.alloc(64, 1)),
      // With the right key, and still by an algorithm that the token itself has chosen.
      ...(await Promise.all(['HS384', 'HS512'].map((alg) => sign(claims, undefined, { alg })))),
      await sign({ ...claims, iss: 'parley.evil' }),
      await sign({ ...claims, iss: undefined }),
      await sign({ ...claims, aud: 'other' }),
      await sign({ ...claims, aud: undefined }),
      `${header}.${payload}`,
      `${header}.${payload}.${signature}=`,
      'garbage',
    ]
    for (const token of bad) expect(await withToken(token), token).toEqual(rejected)
    expect(await withToken(valid)).toMatchObject({ identity: { userId: 'ada' } })
  })

  test('[AUTH-2] CVE-2026-39411: a token with any one character changed is rejected, also when the right one is remembered', async () => {
    const { withToken } = setup()
    const valid = await sign(claims)
    expect(await withToken(valid)).toMatchObject({ identity: { userId: 'ada' } })
    for (let index = 0; index < valid.length; index += 1) {
      const changed = valid.slice(0, index) + (valid[index] === 'A' ? 'B' : 'A') + valid.slice(index + 1)
      expect(await withToken(changed), String(index)).toEqual(rejected)
    }
    const last = valid.slice(0, -1)
    const spellings = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')
    const answers = await Promise.all(spellings.map((character) => withToken(last + character)))
    expect(answers.filter(({ identity }) => identity !== null)).toHaveLength(1)
  })

  test('[AUTH-3] a token must expire, and is rejected a minute after it did, remembered or not', async () => {
    const { clock, withToken } = setup()
    const shortLived = await sign({ ...claims, exp: seconds + 30 })
    expect(await withToken(shortLived)).toMatchObject({ identity: { userId: 'ada' } })
    clock.pass(89)
    expect(await withToken(shortLived)).toMatchObject({ identity: { userId: 'ada' } })
    clock.pass(2)
    expect(await withToken(shortLived)).toEqual(rejected)
    const milliseconds = (seconds + 600) * 1000
    for (const exp of [undefined, '9999999999', seconds - 61, seconds + 0.5, -1, null, milliseconds]) {
      expect(await withToken(await sign({ ...claims, exp }))).toEqual(rejected)
    }
    for (const future of [{ nbf: seconds + 400 }, { iat: 'now' }]) {
      expect(await withToken(await sign({ ...claims, ...future }))).toEqual(rejected)
    }
    // Our own clock may have been set back since it was made.
    expect(await withToken(await sign({ ...claims, iat: seconds + 3_600 }))).toMatchObject({
      identity: { userId: 'ada' },
    })
  })

  test('[AUTH-4] claims of the wrong shape are rejected', async () => {
    const { withToken } = setup()
    const shapes = [
      { sub: undefined },
      { sub: '' },
      { sub: 'a'.repeat(201) },
      { sub: 'a\0b' },
      { sub: ['ada'] },
      { tenant: 7 },
      { tenant: '' },
      { roles: 'staff' },
      { roles: [1] },
      { roles: Array.from({ length: 33 }, () => 'staff') },
    ]
    for (const shape of shapes) {
      expect(await withToken(await sign({ ...claims, ...shape })), JSON.stringify(shape)).toEqual(rejected)
    }
    expect(await withToken(await sign({ ...claims, padding: 'x'.repeat(9_000) }))).toEqual(rejected)
    expect(
      await withToken(await sign(claims, undefined, { crit: ['b64'], b64: false }).catch(() => 'x.y.z')),
    ).toEqual(rejected)
  })

  test('[AUTH-5] whoever shows an Authorization that is not accepted is never taken for a guest', async () => {
    const { identify } = setup()
    const guest = await identify()
    const cookie = ('setCookie' in guest ? (guest.setCookie ?? '') : '').split(';')[0] ?? ''
    const token = await sign(claims)
    for (const authorization of [
      'Basic YTpi',
      'Bearer',
      `Bearer ${token}, Bearer ${token}`,
      token,
      `Token ${token}`,
    ]) {
      expect(await identify({ authorization, cookie }), authorization).toEqual(rejected)
    }
    expect(await identify({ authorization: `bearer ${token}`, cookie })).toMatchObject({
      identity: { userId: 'ada' },
    })
    expect(await identify({}, `http://localhost/?access_token=${token}`)).toMatchObject({
      identity: { kind: 'guest' },
    })
  })
})

/** Everything that a server answers to these bytes. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

test('[AUTH-5] J-16 of two Authorization headers in one request, none counts', async () => {
  const clock = createClock()
  const authentication = createAuthentication([createBearerTokens({ secret, now: clock.now })])
  const listener = await listen({
    fetch: async (request) => Response.json(await authentication.identify(request)),
    log: silentLog,
    port: 0,
  })
  const send = (...headers: string[]): Promise<string> =>
    exchange(
      listener.port,
      ['GET / HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n'),
    )
  const valid = `Authorization: Bearer ${await sign(claims)}`
  expect(await send(valid)).toContain('"userId":"ada"')
  for (const other of ['Authorization: Bearer x', valid, 'authorization: Basic YTpi', 'Authorization:']) {
    expect(await send(valid, other), other).toMatch(/"reason":"rejected"|^HTTP\/1\.1 4/)
    expect(await send(other, valid), other).toMatch(/"reason":"rejected"|^HTTP\/1\.1 4/)
  }
  await listener.drain(0)
})

describe('guests', () => {
  test('[AUTH-6] a browser that shows nothing becomes a guest, and the same guest whenever it comes back', async () => {
    const { identify } = setup()
    const first = await identify()
    const second = await identify()
    expect(first.identity).toMatchObject({ tenantId: 'default', kind: 'guest', roles: [] })
    expect(first.identity?.userId).not.toBe(second.identity?.userId)
    const setCookie = 'setCookie' in first ? (first.setCookie ?? '') : ''
    expect(setCookie).toMatch(/^parley_guest=\S+; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax$/)
    const cookie = `other=1; ${setCookie.split(';')[0]}; more=2`
    expect(await identify({ cookie })).toEqual({ identity: first.identity })
  })

  test('[AUTH-7] a tampered cookie makes a new guest, not an error', async () => {
    const { identify } = setup()
    const first = await identify()
    const value = /=([^;]+)/.exec('setCookie' in first ? (first.setCookie ?? '') : '')?.[1] ?? ''
    const other = createGuestCookies({ secret: createSecret() }).admit?.(new Request('http://localhost/'))
    const otherValue = /=([^;]+)/.exec(other?.setCookie ?? '')?.[1] ?? ''
    const [id = '', mac = ''] = value.split('.')
    const changed = Array.from(
      value,
      (character, index) => value.slice(0, index) + (character === 'A' ? 'B' : 'A') + value.slice(index + 1),
    )
    for (const bad of [
      ...changed,
      id,
      `${id}.`,
      `${value}A`,
      `"${value}"`,
      `${otherValue.split('.')[0]}.${mac}`,
      otherValue,
      '',
      '__proto__',
    ]) {
      const answer = await identify({ cookie: `parley_guest=${bad}` })
      expect(answer, bad).toHaveProperty('setCookie')
      expect(answer.identity?.userId).not.toBe(first.identity?.userId)
    }
    const both = await identify({ cookie: `parley_guest=garbage; parley_guest=${value}` })
    expect(both).toEqual({ identity: first.identity })
  })

  test('[AUTH-8] on https the cookie is Secure and bound to this very host', async () => {
    const { identify } = setup()
    const overTls = await identify({}, 'https://localhost/')
    expect(overTls).toMatchObject({ setCookie: expect.stringMatching(/^__Host-parley_guest=.*; Secure$/) })
    const behindProxy = createGuestCookies({ secret, isSecure: true }).admit?.(
      new Request('http://localhost/'),
    )
    expect(behindProxy?.setCookie).toMatch(/^__Host-parley_guest=.*; Secure$/)
    const plain = await identify()
    const cookie = ('setCookie' in plain ? (plain.setCookie ?? '') : '').split(';')[0] ?? ''
    expect(await identify({ cookie }, 'https://localhost/')).toHaveProperty('setCookie')
  })

  test('[AUTH-9] where guests are not let in, a request that shows nothing has nobody behind it', async () => {
    const closed = createAuthentication([createBearerTokens({ secret })])
    expect(await closed.identify(new Request('http://localhost/'))).toEqual({
      identity: null,
      reason: 'missing',
    })
  })
})

test('[AUTH-10] every purpose has a key of its own, derived from a secret of at least 32 bytes', () => {
  expect(deriveKey(secret, 'bearer-token')).not.toEqual(deriveKey(secret, 'guest-cookie'))
  expect(deriveKey(secret, 'bearer-token')).toEqual(deriveKey(secret, 'bearer-token'))
  expect(() => deriveKey('a'.repeat(31), 'bearer-token')).toThrow(/secretBytesMin/)
  expect(createSecret()).toHaveLength(43)
})
