/** Accounts as somebody meets them: over HTTP, on both databases, with another process beside. */
import { afterEach, expect, test } from 'vitest'
import { createAccounts } from '../../accounts/accounts.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { createAccountsIssuer } from '../../accounts/issuer.ts'
import type { AccountsOptions } from '../../accounts/options.ts'
import { createAuthentication } from '../../auth/authentication.ts'
import { createGuestCookies } from '../../auth/guest-cookies.ts'
import type { Identity } from '../../auth/identity.ts'
import { createIssuerTokens } from '../../auth/issuer-tokens.ts'
import { createRevocations } from '../../auth/revocations.ts'
import { createSecret } from '../../auth/secrets.ts'
import { createAdmission } from '../../admission/admission.ts'
import { createLimiter } from '../../limits/limiter.ts'
import type { LimitStore } from '../../limits/limits.ts'
import { createMemoryLimits } from '../../limits/memory.ts'
import type { Storage } from '../../storage/open.ts'
import { createBrowser } from '../../testing/browser.ts'
import type { Browser } from '../../testing/browser.ts'
import { describeOnDatabases } from '../../testing/grounds.ts'
import type { Ground } from '../../testing/grounds.ts'
import { startOidcProvider } from '../../testing/oidc-provider.ts'
import { createPacedAgent } from '../../testing/paced-agent.ts'
import { startTestServer } from '../../testing/test-server.ts'
import { createAccountsDoor } from './routes.ts'

const secret = createSecret()
const password = 'correct horse battery'
const publicUrl = 'http://localhost:9'
const question = {
  type: 'threads.create',
  params: {
    input: { content: [{ type: 'input_text', text: 'Hello' }], attachments: [], inference_options: {} },
  },
}
const threads = { type: 'threads.list', params: {} }

interface House {
  url: string
  accounts: Accounts
  agent: ReturnType<typeof createPacedAgent>
  failures: string[]
  seen: { request: Request; identity: Identity }[]
  browser(): Browser
}

interface HouseOptions extends Partial<Omit<AccountsOptions, 'database' | 'revocations' | 'onFailure'>> {
  storage?: Storage
  limitStore?: LimitStore
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

let people = 0
function newPerson() {
  people += 1
  return { name: `Ada ${people}`, email: `ada${people}@example.org`, password }
}

async function openHouse(ground: Ground, options: HouseOptions = {}): Promise<House> {
  const { storage = ground.storage(), limitStore = createMemoryLimits(), ...more } = options
  const revocations = createRevocations({ source: storage.revocations })
  const failures: string[] = []
  const seen: House['seen'] = []
  const limiter = createLimiter({ store: limitStore, key: new Uint8Array(32) })
  const settings = { url: publicUrl, secret, signUp: 'open', ...more } as const
  const accounts = createAccounts({
    ...settings,
    database: storage.accounts,
    revocations,
    onFailure: (event, { reason }) => failures.push(`${event} ${String(reason)}`),
  })
  const issuer = createAccountsIssuer({ url: settings.url, publicKeys: () => accounts.publicKeys() })
  const agent = createPacedAgent()
  const publicOrigins = [settings.url]
  const now = () => new Date()
  const clientAddress = (_socketAddress: string | undefined, headers: Headers) =>
    headers.get('x-test-address') ?? '203.0.113.1'
  const authentication = createAuthentication(
    [createIssuerTokens({ issuers: [issuer] }), accounts.authenticator, createGuestCookies({ secret })],
    { revocations },
  )
  const door = createAccountsDoor({
    accounts,
    admission: createAdmission({ authentication, limiter, clientAddress, publicOrigins, now }),
    limiter,
    clientAddress,
    publicOrigins,
    onSignIn: async (request, identity) => {
      seen.push({ request, identity })
      return { 'x-greeted': identity.userId }
    },
    now,
  })
  const server = await startTestServer({
    storage,
    agent,
    authentication,
    publicOrigins,
    doors: () => [door],
  })
  await revocations.start()
  accounts.start()
  closing.push(async () => {
    accounts.close()
    await server.close()
    await revocations.close()
    await limiter.close()
  })
  return { url: server.url, accounts, agent, failures, seen, browser: () => createBrowser(server.url) }
}

/** Whose threads the ChatKit door shows this browser: by what it writes there. */
async function userAt(house: House, browser: Browser, headers: Record<string, string> = {}): Promise<string> {
  const before = house.agent.contexts.length
  const response = await browser.post('/chatkit', question, headers)
  if (response.status !== 200) return `status ${response.status}`
  await expect.poll(() => house.agent.contexts.length).toBe(before + 1)
  await house.agent.finish()
  await response.text()
  return house.agent.contexts.at(-1)?.owner.userId ?? ''
}

async function signedUp(house: House, person = newPerson()) {
  const browser = house.browser()
  const response = await browser.post('/api/auth/sign-up/email', person)
  expect(response.status, await response.clone().text()).toBe(200)
  const { user } = (await response.json()) as { user: { id: string; role: string } }
  return { browser, person, userId: `account_${user.id}`, user }
}

describeOnDatabases('accounts', (ground) => {
  test('[ACCOUNT-1] who signs up, or in, is the same user at every door, and comes back as that user', async () => {
    const house = await openHouse(ground)
    const { browser, person, userId, user } = await signedUp(house)
    expect(user).toMatchObject({ email: person.email, name: person.name, role: 'user' })
    expect(await userAt(house, browser)).toBe(userId)
    const again = house.browser()
    expect(
      (await again.post('/api/auth/sign-in/email', { ...person, email: person.email.toUpperCase() })).status,
    ).toBe(200)
    expect(await userAt(house, again)).toBe(userId)
    const session = await (await again.get('/api/auth/get-session')).json()
    expect(session).toMatchObject({ user: { email: person.email }, session: { ipAddress: '' } })
    expect(await userAt(house, house.browser())).toMatch(/^guest_/)
    expect(house.failures).toEqual([])
  })

  test('[ACCOUNT-2] a wrong password, an unknown address and an account without a password are answered alike', async () => {
    const house = await openHouse(ground)
    const { person } = await signedUp(house)
    const { email: bare } = newPerson()
    await house.accounts.users.create({ email: bare, name: 'Bare', roles: ['user'], password: null })
    const tries = [
      { email: person.email, password: `${password}!` },
      { email: 'nobody@example.org', password },
      { email: bare, password },
    ]
    const answers = await Promise.all(
      tries.map(async (body) => {
        const response = await house.browser().post('/api/auth/sign-in/email', body)
        return [response.status, response.headers.getSetCookie(), await response.json()]
      }),
    )
    const alike = [401, [], { code: 'INVALID_EMAIL_OR_PASSWORD', message: 'Invalid email or password' }]
    expect(answers).toEqual([alike, alike, alike])
  })

  test('[ACCOUNT-3] passwords are tried so often from an address for an account, and so often for an account by all', async () => {
    const house = await openHouse(ground)
    const { email } = newPerson()
    const attempt = async (address: string, as = email) => {
      const body = { email: as, password: 'a wrong password' }
      return (await house.browser().post('/api/auth/sign-in/email', body, { 'x-test-address': address }))
        .status
    }
    const from = async (address: string, count: number, as?: string) => {
      const statuses: number[] = []
      for (let index = 0; index < count; index += 1) statuses.push(await attempt(address, as))
      return statuses
    }
    expect((await from('198.51.100.1', 11)).slice(8)).toEqual([401, 401, 429])
    expect(await attempt('198.51.100.1', ` ${email.toUpperCase()}`)).toBe(429)
    expect(await attempt('198.51.100.1', 'other@example.org')).toBe(401)
    expect(await attempt('198.51.100.2')).toBe(401)
    const refused = await house
      .browser()
      .post('/api/auth/sign-in/email', { email, password }, { 'x-test-address': '198.51.100.1' })
    expect([refused.status, refused.headers.has('retry-after')]).toEqual([429, true])
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED' })
  })

  test('[ACCOUNT-3] while nothing can be counted nobody signs in, and who is signed in stays so', async () => {
    const limitStore = createMemoryLimits()
    let isAway = false
    const house = await openHouse(ground, {
      limitStore: {
        ...limitStore,
        admit: (demand) => (isAway ? Promise.reject(new Error('away')) : limitStore.admit(demand)),
      },
    })
    const { browser, person, userId } = await signedUp(house)
    isAway = true
    const response = await house.browser().post('/api/auth/sign-in/email', person)
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'UNAVAILABLE' }])
    expect(await userAt(house, browser)).toBe(userId)
  })

  test('[ACCOUNT-4] nobody makes an account for themselves where that is closed, and nobody says which role they have', async () => {
    const open = await openHouse(ground)
    const bold = { ...newPerson(), role: 'admin', emailVerified: true, userId: 'x', id: 'x' }
    const { user } = await signedUp(open, bold)
    expect(user).toMatchObject({ role: 'user', emailVerified: false })
    expect(user.id).not.toBe('x')
    const again = { ...newPerson(), email: bold.email.toUpperCase() }
    expect((await open.browser().post('/api/auth/sign-up/email', again)).status).toBe(422)
    const short = await open
      .browser()
      .post('/api/auth/sign-up/email', { ...newPerson(), password: 'too short' })
    expect([short.status, await short.json()]).toMatchObject([400, { code: 'PASSWORD_TOO_SHORT' }])
    for (const signUp of ['closed', 'providers'] as const) {
      const house = await openHouse(ground, { signUp })
      const person = newPerson()
      const response = await house.browser().post('/api/auth/sign-up/email', person)
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { code: 'EMAIL_PASSWORD_SIGN_UP_DISABLED' },
      ])
      expect((await house.accounts.users.list()).map(({ email }) => email)).not.toContain(person.email)
    }
  })

  test('[ACCOUNT-4] two who take the same address at the same moment: one has it', async () => {
    const house = await openHouse(ground)
    const person = newPerson()
    const statuses = await Promise.all(
      Array.from(
        { length: 4 },
        async () => (await house.browser().post('/api/auth/sign-up/email', person)).status,
      ),
    )
    expect(statuses.toSorted((one, other) => one - other)).toEqual([200, 422, 422, 422])
    expect((await house.accounts.users.list()).filter(({ email }) => email === person.email)).toHaveLength(1)
    expect((await house.browser().post('/api/auth/sign-in/email', person)).status).toBe(200)
  })

  test('[ACCOUNT-5] signing out ends the session, its token and what is open, in every process', async () => {
    const house = await openHouse(ground)
    const other = await openHouse(ground, { storage: await ground.otherStorage() })
    const { browser, userId } = await signedUp(house)
    const { token } = (await (await browser.get('/api/auth/token')).json()) as { token: string }
    const bearer = { authorization: `Bearer ${token}` }
    const thief = createBrowser(other.url, browser.cookies())
    expect(await userAt(other, thief)).toBe(userId)
    expect(await userAt(other, other.browser(), bearer)).toBe(userId)
    const stillMine = await signedUp(house)
    const open = await thief.post('/chatkit', question)
    expect(open.status).toBe(200)

    expect(await (await browser.post('/api/auth/sign-out', {})).json()).toEqual({ success: true })
    expect(browser.cookies()).not.toContain('session_token')
    // Nobody goes on with the answer, so only being cut off ends it.
    await open.text().catch(() => '')
    expect((await house.browser().post('/chatkit', threads, bearer)).status).toBe(401)
    await expect.poll(async () => (await other.browser().post('/chatkit', threads, bearer)).status).toBe(401)
    await expect.poll(() => userAt(other, thief)).toMatch(/^guest_/)
    expect(await userAt(other, createBrowser(other.url, stillMine.browser.cookies()))).toBe(stillMine.userId)
  })

  test('[ACCOUNT-5] CVE-2026-53928: a new password, and ending others, end all other sessions', async () => {
    const house = await openHouse(ground)
    const { browser, person, userId } = await signedUp(house)
    const elsewhere = house.browser()
    await elsewhere.post('/api/auth/sign-in/email', person)
    expect(await userAt(house, elsewhere)).toBe(userId)
    const sessions = (await (await browser.get('/api/auth/list-sessions')).json()) as unknown[]
    expect(sessions).toHaveLength(2)
    const next = { currentPassword: password, newPassword: 'another good one' }
    const wrong = await browser.post('/api/auth/change-password', {
      ...next,
      currentPassword: 'not this one',
    })
    expect(wrong.status).toBe(400)
    expect((await browser.post('/api/auth/change-password', next)).status).toBe(200)
    expect(await userAt(house, elsewhere)).toMatch(/^guest_/)
    expect(await userAt(house, browser)).toBe(userId)
    const third = house.browser()
    await third.post('/api/auth/sign-in/email', { ...person, password: 'another good one' })
    expect(await (await third.post('/api/auth/revoke-other-sessions', {})).json()).toEqual({ status: true })
    expect(await userAt(house, browser)).toMatch(/^guest_/)
    expect(await userAt(house, third)).toBe(userId)
  })

  test('[ACCOUNT-6] its tokens are signed with Ed25519 by keys that everybody may see, and count as any Better Auth’s', async () => {
    const house = await openHouse(ground)
    const { browser, userId, user } = await signedUp(house)
    expect((await house.browser().get('/api/auth/token')).status).toBe(401)
    const { token } = (await (await browser.get('/api/auth/token')).json()) as { token: string }
    const [header, payload] = token.split('.').map((part): unknown => {
      try {
        return JSON.parse(Buffer.from(part, 'base64url').toString())
      } catch {
        return null
      }
    }) as Record<string, unknown>[]
    expect(header).toMatchObject({ alg: 'EdDSA' })
    expect(payload).toMatchObject({
      iss: publicUrl,
      aud: publicUrl,
      sub: user.id,
      user_id: user.id,
      role: 'user',
    })
    expect(Number(payload?.['exp']) - Number(payload?.['iat'])).toBe(900)
    expect(JSON.stringify(payload)).not.toContain('example.org')
    const { keys } = (await (await house.browser().get('/api/auth/jwks')).json()) as {
      keys: Record<string, unknown>[]
    }
    expect(keys).toContainEqual(expect.objectContaining({ kid: header?.['kid'], kty: 'OKP', crv: 'Ed25519' }))
    expect(JSON.stringify(keys)).not.toContain('"d"')
    expect(await userAt(house, house.browser(), { authorization: `Bearer ${token}` })).toBe(userId)
    expect(
      (await house.browser().post('/chatkit', threads, { authorization: `Bearer ${token}x` })).status,
    ).toBe(401)
  })

  test('[ACCOUNT-6] under another secret there is another key, and no old cookie counts', async () => {
    const house = await openHouse(ground)
    const { browser, person, userId } = await signedUp(house)
    const renewed = await openHouse(ground, { secret: createSecret() })
    const old = createBrowser(renewed.url, browser.cookies())
    expect(await (await old.get('/api/auth/get-session')).json()).toBeNull()
    const again = renewed.browser()
    await again.post('/api/auth/sign-in/email', person)
    const { token } = (await (await again.get('/api/auth/token')).json()) as { token: string }
    expect(await userAt(renewed, renewed.browser(), { authorization: `Bearer ${token}` })).toBe(userId)
  })

  test('[ACCOUNT-7] GHSA-x732-6j76-qmhm: what is not offered is not there, in whatever spelling', async () => {
    const house = await openHouse(ground)
    const { browser, person } = await signedUp(house)
    const absent = [
      '/delete-user',
      '/request-password-reset',
      '/reset-password',
      '/verify-email',
      '/send-verification-email',
      '/change-email',
      '/set-password',
      '/link-social',
      '/unlink-account',
      '/get-access-token',
      '/refresh-token',
      '/oauth2/link',
      '/update-session',
      '/admin/list-users',
      '/error',
      '/ok',
      '//sign-in/email',
      '/sign-in/email/',
      '/./sign-in//email',
      '/Sign-In/email',
      '/sign-in%2Femail',
    ]
    for (const path of absent) {
      const response = await browser.post(`/api/auth${path}`, {
        ...person,
        userId: 'x',
        newPassword: password,
      })
      expect([path, response.status]).toEqual([path, 404])
    }
    expect((await browser.get('/api/auth/sign-in/email')).status).toBe(405)
    expect((await browser.post('/api/auth/sign-in/email', { email: person.email })).status).toBe(400)
    expect((await browser.post('/api/auth/update-user', { name: 'New', role: 'admin' })).status).toBe(200)
    const { user } = (await (await browser.get('/api/auth/get-session')).json()) as { user: object }
    expect(user).toMatchObject({ name: 'New', role: 'user' })
  })

  test('[ACCOUNT-8] another site’s page neither signs in nor out, and cookies are out of reach of scripts', async () => {
    const house = await openHouse(ground)
    const { browser, person, userId } = await signedUp(house)
    const attacks: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: publicUrl },
      { origin: 'https://evil.example', authorization: 'Bearer x' },
    ]
    for (const headers of attacks) {
      for (const path of ['/api/auth/sign-in/email', '/api/auth/sign-out']) {
        const response = await browser.post(path, path.endsWith('out') ? {} : person, headers)
        expect([headers, path, response.status]).toEqual([headers, path, 403])
      }
    }
    expect(await userAt(house, browser)).toBe(userId)
    const away = await browser.post('/api/auth/sign-in/email', {
      ...person,
      callbackURL: 'https://evil.example/',
    })
    expect(away.status).toBe(403)
    const nowhere = await browser.post('/api/auth/sign-in/social', { provider: 'github' })
    expect(nowhere.status).toBe(404)
    const noProvider = await browser.post('/api/auth/sign-in/oauth2', { providerId: 'oidc' })
    expect([noProvider.status, await noProvider.json()]).toMatchObject([404, { code: 'NOT_FOUND' }])
    const strayed = await browser.get('/api/auth/callback/github?code=a&state=made-up')
    expect(strayed.status).toBe(302)
    // Whose mistakes these are is told to them, and not to the log.
    expect(house.failures).toEqual([])
    const [cookie = ''] = (
      await house.browser().post('/api/auth/sign-in/email', person)
    ).headers.getSetCookie()
    expect(cookie).toMatch(/^parley\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/)

    const secure = await openHouse(ground, {
      url: 'https://chat.example.org',
      isFramed: (request) => request.headers.has('x-framed'),
    })
    const [own = ''] = (await secure.browser().post('/api/auth/sign-in/email', person)).headers.getSetCookie()
    expect(own).toMatch(
      /^__Host-parley\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const framed = await secure.browser().post('/api/auth/sign-in/email', person, { 'x-framed': '1' })
    expect(framed.headers.getSetCookie()[0]).toMatch(/; Secure; SameSite=None; Partitioned$/)
  })

  test('[ACCOUNT-9] CVE-2026-44707: who comes from a provider is one user, who was there or is new; its tokens are not kept', async () => {
    const provider = await startOidcProvider()
    closing.push(() => provider.close())
    const oidc = { issuer: provider.url, clientId: provider.clientId, clientSecret: provider.clientSecret }
    const journey = async (
      house: House,
      person: Parameters<typeof provider.authorize>[1],
      path = '/oauth2/callback',
    ) => {
      const browser = house.browser()
      const begun = await browser.post('/api/auth/sign-in/oauth2', {
        providerId: 'oidc',
        callbackURL: '/chat',
      })
      expect(begun.status, await begun.clone().text()).toBe(200)
      const { url } = (await begun.json()) as { url: string }
      const back = new URL(provider.authorize(url, person))
      expect(`${back.origin}${back.pathname}`).toBe(`${publicUrl}/api/auth/oauth2/callback/oidc`)
      const target = `/api/auth${path}/oidc${back.search}`
      const stranger = await house.browser().get(target)
      expect(stranger.headers.get('location') ?? String(stranger.status)).toMatch(/error=|^400$/)
      const returned = await browser.get(target)
      return { browser, location: returned.headers.get('location'), status: returned.status }
    }
    const stranger = { sub: 's1', email: `s1-${ground.kind}@example.org`, email_verified: true, name: 'S' }
    const closed = await openHouse(ground, { signUp: 'closed', providers: { oidc } })
    expect((await journey(closed, stranger)).location).toBe(`${publicUrl}/sign-in?error=signup_disabled`)
    expect((await journey(closed, stranger, '/callback')).status).toBe(400)

    const house = await openHouse(ground, { signUp: 'providers', providers: { oidc } })
    expect(await (await house.browser().get('/api/auth/ways-in')).json()).toEqual({
      signUp: 'providers',
      providers: ['oidc'],
    })
    const first = await journey(house, stranger)
    expect(first.location).toBe('/chat')
    const userId = await userAt(house, first.browser)
    expect(userId).toMatch(/^account_/)
    const second = await journey(closed, stranger)
    expect(await userAt(closed, second.browser)).toBe(userId)

    // Made by hand: whoever shows the address by a provider has it. Made by oneself: nobody knows whose the address is.
    const known = newPerson()
    const made = await closed.accounts.users.create({ ...known, roles: ['agent'] })
    const linked = await journey(closed, { sub: 's2', email: known.email, email_verified: true })
    expect(await userAt(closed, linked.browser)).toBe(`account_${made.id}`)
    const open = await openHouse(ground, { signUp: 'open', providers: { oidc } })
    const { person: squatter } = await signedUp(open)
    const refused = await journey(open, { sub: 's3', email: squatter.email, email_verified: true, name: 'S' })
    expect(refused.location).toBe(`${publicUrl}/sign-in?error=account_not_linked`)
    expect(provider.accessTokens.length).toBeGreaterThan(0)
    const connection = await ground.storage().accounts.acquire()
    const { rows } = await connection.run('select * from account_logins', [])
    connection.release()
    for (const token of provider.accessTokens) expect(JSON.stringify(rows)).not.toContain(token)
  })

  test('[ACCOUNT-9] Google and GitHub are asked with our address and only for who somebody is, and not too often', async () => {
    const client = { clientId: 'our-client', clientSecret: 'canary-secret' }
    const house = await openHouse(ground, { providers: { google: client, github: client } })
    for (const [provider, host] of [
      ['google', 'accounts.google.com'],
      ['github', 'github.com'],
    ]) {
      const response = await house
        .browser()
        .post('/api/auth/sign-in/social', { provider, scopes: ['everything'] })
      const { url } = (await response.json()) as { url: string }
      const asked = new URL(url)
      expect(asked.host).toBe(host)
      expect(asked.searchParams.get('client_id')).toBe('our-client')
      expect(asked.searchParams.get('redirect_uri')).toBe(`${publicUrl}/api/auth/callback/${provider}`)
      expect(asked.searchParams.get('state')).toBeTruthy()
      expect(url).not.toMatch(/canary|everything/)
    }
    const unknown = await house.browser().post('/api/auth/sign-in/social', { provider: 'oidc' })
    expect(unknown.status).toBe(400)
    const begin = async () =>
      (await house.browser().post('/api/auth/sign-in/social', { provider: 'github' })).status
    const more = await Promise.all(Array.from({ length: 30 }, begin))
    expect(more.filter((status) => status === 429)).toHaveLength(2)
  })

  test('[ACCOUNT-12] while the database is away nobody is taken for signed out', async () => {
    let isAway = false
    const storage = ground.storage()
    const away = Object.assign(new Error('away'), { code: 'unavailable' })
    const house = await openHouse(ground, {
      storage: {
        ...storage,
        accounts: {
          ...storage.accounts,
          acquire: () => (isAway ? Promise.reject(away) : storage.accounts.acquire()),
        },
      },
    })
    const { browser, person, userId } = await signedUp(house)
    isAway = true
    const paths = ['/get-session', '/token', '/list-sessions']
    for (const path of paths)
      expect([path, (await browser.get(`/api/auth${path}`)).status]).toEqual([path, 503])
    for (const path of ['/sign-out', '/revoke-sessions', '/revoke-other-sessions']) {
      const response = await browser.post(`/api/auth${path}`, {})
      expect([path, response.status, response.headers.getSetCookie()]).toEqual([path, 503, []])
    }
    expect((await house.browser().post('/api/auth/sign-in/email', person)).status).toBe(503)
    expect((await browser.post('/chatkit', threads)).status).toBe(503)
    isAway = false
    expect(await userAt(house, browser)).toBe(userId)
  })

  test('[ACCOUNT-12] when a session cannot be taken back, it is not said to be over', async () => {
    const storage = ground.storage()
    let fails = false
    const house = await openHouse(ground, {
      storage: {
        ...storage,
        revocations: {
          ...storage.revocations,
          add: (revocation) =>
            fails
              ? Promise.reject(Object.assign(new Error('away'), { code: 'unavailable' }))
              : storage.revocations.add(revocation),
        },
      },
    })
    const { browser, userId } = await signedUp(house)
    fails = true
    const response = await browser.post('/api/auth/sign-out', {})
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []])
    fails = false
    expect(await userAt(house, browser)).toBe(userId)
  })

  test('[ACCOUNT-13] an administrator makes accounts, gives roles and passwords, and takes accounts away', async () => {
    const house = await openHouse(ground, { signUp: 'closed' })
    const person = newPerson()
    const { users } = house.accounts
    expect(
      await users.create({ ...person, email: person.email.toUpperCase(), roles: ['user'] }),
    ).toMatchObject({ email: person.email, roles: 'user' })
    await expect(users.create({ ...person, roles: ['user'] })).rejects.toThrow('already')
    await expect(users.create({ ...newPerson(), password: 'short', roles: ['user'] })).rejects.toThrow(
      'passwordLengthMin',
    )
    await expect(users.setRoles('nobody@example.org', ['admin'])).rejects.toThrow('no account')
    await expect(users.setRoles(person.email, ['user', 'Admin'])).rejects.toThrow('user, agent and admin')
    const browser = house.browser()
    const signIn = (as = password) => browser.post('/api/auth/sign-in/email', { ...person, password: as })
    expect((await signIn()).status).toBe(200)
    const userId = await userAt(house, browser)
    const rolesNow = async () => {
      const request = new Request('http://localhost/', { headers: { cookie: browser.cookies() } })
      const identity = await house.accounts.authenticator.authenticate(request)
      return identity === null || identity === 'rejected' ? null : identity.roles
    }
    expect(await rolesNow()).toEqual(['user'])
    await users.setRoles(person.email, ['agent', 'admin'])
    expect(await userAt(house, browser)).toMatch(/^guest_/)
    await signIn()
    expect([await userAt(house, browser), await rolesNow()]).toEqual([userId, ['agent', 'admin']])
    await users.setPassword(person.email, 'a new password')
    expect(await userAt(house, browser)).toMatch(/^guest_/)
    expect((await signIn()).status).toBe(401)
    expect((await signIn('a new password')).status).toBe(200)
    await users.remove(person.email)
    expect(await userAt(house, browser)).toMatch(/^guest_/)
    expect((await signIn('a new password')).status).toBe(401)
    expect((await users.list()).map(({ email }) => email)).not.toContain(person.email)
  })

  test('[ACCOUNT-14] what has run out is swept', async () => {
    const house = await openHouse(ground)
    const { person } = await signedUp(house)
    const { accounts } = ground.storage()
    const run = async (text: string) => {
      const connection = await accounts.acquire()
      const { rows } = await connection.run(text, [person.email])
      connection.release()
      return rows
    }
    await run(
      `insert into account_sessions (id, expires_at, token, updated_at, user_id)
       select 'old' || id, now() - interval '1 second', 'old' || id, now(), id from account_users where email = $1`,
    )
    await accounts.sweep()
    const rows = await run(
      'select id from account_sessions where user_id = (select id from account_users where email = $1)',
    )
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain('old')
  })

  test('[ACCOUNT-15] whoever looks after guests is told who has just signed in, and nobody else', async () => {
    const house = await openHouse(ground)
    const { browser, person, userId } = await signedUp(house)
    const guest = house.browser()
    expect(await userAt(house, guest)).toMatch(/^guest_/)
    const response = await guest.post('/api/auth/sign-in/email', person)
    expect(response.headers.get('x-greeted')).toBe(userId)
    await guest.post('/api/auth/sign-in/email', { ...person, password: 'a wrong password' })
    await browser.get('/api/auth/get-session')
    expect(house.seen.map(({ identity }) => identity.userId)).toEqual([userId, userId])
    expect(house.seen[1]?.request.headers.get('cookie')).toContain('parley_guest=')
  })
})
