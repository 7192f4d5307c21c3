/**
 * People who sign in with us: Better Auth on our database.
 *
 *   its door ──▶ ask ──▶ Better Auth ──▶ account_… tables      its session cookie is the one session there is
 *                                │
 *                                └── a session ends ──▶ revocations ──▶ every process, within a second
 *
 *   every other door ──▶ authenticator: the cookie, remembered for a minute ─▶ identity account_…
 *
 * Better Auth takes a while to load, so it is loaded when somebody first shows or asks for something of it.
 */
import { hash } from 'node:crypto'
import { cookieValues } from '../auth/cookies.ts'
import { AuthenticationUnavailable, defaultTenantId } from '../auth/identity.ts'
import type { Authenticator, Identity } from '../auth/identity.ts'
import { createMemory } from '../auth/memory.ts'
import { rememberSecondsMax, rememberedMax } from '../auth/tokens.ts'
import { inExchange } from './exchange.ts'
import { accountIdentity, accountUserId, accountsPath, sessionCookieName } from './identity.ts'
import { passwordLengthMax, passwordLengthMin, sessionSecondsMax } from './options.ts'
import type { AccountProviders, AccountsOptions, SignUp } from './options.ts'
import type { AccountUsers, AuthServer } from './users.ts'

export interface Accounts {
  /** Knows who signed in, by the cookie. A session that ended is as good as none; throws `AuthenticationUnavailable`. */
  readonly authenticator: Authenticator
  readonly signUp: SignUp
  /** The names of those that are configured. */
  readonly providers: readonly string[]
  /** Asks Better Auth. Throws with the code `unavailable` when the database, or who takes sessions back, does not answer. */
  ask(question: Question): Promise<Answer>
  /** The set of keys that its tokens are signed with (RFC 7517). */
  publicKeys(): Promise<unknown>
  /** Of an administrator, past all limits. */
  readonly users: AccountUsers
  /** Forgets, from time to time, what has run out. */
  start(): void
  close(): void
}

export interface Question {
  method: 'GET' | 'POST'
  /** Behind `/api/auth`: `/sign-in/email`. One that is offered: whoever asks has chosen it. */
  path: string
  query?: Readonly<Record<string, string>>
  body?: unknown
  /** Whose cookies count. That no other site's page asks has been checked before. */
  request: Request
}

export interface Answer {
  response: Response
  /** Who has signed in by it. */
  signedIn: { tenantId: string; userId: string } | null
}

const sweepMilliseconds = 15 * 60_000
const unavailableRetrySeconds = 5
const userAgentLengthMax = 200

export function createAccounts(options: AccountsOptions): Accounts {
  const { database, url, onFailure, revocations, now = () => new Date() } = options
  const server = lazily(async () => (await import('./auth-server.ts')).createAuthServer(options))
  let sweeping: NodeJS.Timeout | undefined

  async function endAll(id: string): Promise<void> {
    const at = now()
    const owner = { tenantId: defaultTenantId, userId: accountUserId(id) }
    const until = new Date(at.getTime() + sessionSecondsMax * 1_000)
    await revocations.revoke({ ...owner, name: null, at, until })
  }

  async function changed(email: string, change: (id: string) => Promise<void>): Promise<void> {
    await inExchange(async () => {
      const { id } = await (await server()).findUser(email)
      await change(id)
      await (await server()).endSessions(id)
      await endAll(id)
    })
  }

  return {
    authenticator: createAccountCookies(options, server),
    signUp: options.signUp,
    providers: providerNames(options.providers),
    async ask(question) {
      const { handle, hashPassword } = await server()
      const password = passwordToHash(question, options.signUp)
      const hashed = password === null ? null : { password, hash: await hashPassword(password) }
      return inExchange(async (exchange) => {
        const response = await handle(requestFor(question, url))
        const { signedInUserId: id } = exchange
        const signedIn = id === null ? null : { tenantId: defaultTenantId, userId: accountUserId(id) }
        return { response: framed(response, options, question.request), signedIn }
      }, hashed)
    },
    publicKeys: () => inExchange(async () => (await server()).publicKeys()),
    users: {
      list: () => inExchange(async () => (await server()).listUsers()),
      create: (account) => inExchange(async () => (await server()).createUser(account)),
      setRoles: (email, roles) => changed(email, async (id) => (await server()).setRoles(id, roles)),
      setPassword: (email, password) =>
        changed(email, async (id) => (await server()).setPassword(id, password)),
      remove: (email) => changed(email, async (id) => (await server()).removeUser(id)),
    },
    start() {
      const sweep = (): void => {
        database.sweep().catch((error: unknown) => onFailure('accounts-sweep-failed', { error }))
      }
      sweep()
      sweeping ??= setInterval(sweep, sweepMilliseconds).unref()
    },
    close() {
      clearInterval(sweeping)
      sweeping = undefined
    },
  }
}

/** Once for all who wait; again when it failed. */
function lazily<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loading: Promise<Value> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}

function createAccountCookies(
  { url, now = () => new Date() }: AccountsOptions,
  server: () => Promise<AuthServer>,
): Authenticator {
  const remembered = createMemory<Identity>(rememberedMax)
  const name = sessionCookieName(url)

  async function read(value: string): Promise<Identity | null> {
    const fingerprint = hash('sha256', value, 'base64')
    const time = now().getTime()
    const known = remembered.get(fingerprint, time)
    if (known !== undefined) return known
    const session = await inExchange(async () => (await server()).readSession(`${name}=${value}`))
    const identity = session === null ? null : accountIdentity(session)
    if (session === null || identity === null) return null
    const until = Math.min(session.expiresAt.getTime(), time + rememberSecondsMax * 1_000)
    remembered.set(fingerprint, identity, until)
    return identity
  }

  return {
    async authenticate(request) {
      if (request.headers.has('authorization')) return null
      try {
        for (const value of cookieValues(request, name)) {
          const identity = await read(value)
          if (identity !== null) return identity
        }
        return null
      } catch (error) {
        if (!isUnavailable(error)) throw error
        throw new AuthenticationUnavailable(
          'Sessions cannot be checked at the moment.',
          unavailableRetrySeconds,
        )
      }
    },
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unavailable'
}

function providerNames(providers: AccountProviders = {}): string[] {
  return Object.entries(providers).flatMap(([name, provider]) => (provider === undefined ? [] : [name]))
}

/** To hash a password takes longer than all that the database does, which holds a connection for it meanwhile. */
function passwordToHash({ path, body }: Question, signUp: SignUp): string | null {
  if (path !== '/sign-up/email' || signUp !== 'open') return null
  if (typeof body !== 'object' || body === null || !('password' in body)) return null
  const { password } = body
  if (typeof password !== 'string') return null
  return password.length >= passwordLengthMin && password.length <= passwordLengthMax ? password : null
}

/**
 * Only what is needed of the browser's request, and under our own name: whether it comes from a page of ours is decided once,
 * for all doors alike, and a server that is reached by several names is one issuer.
 */
function requestFor({ method, path, query = {}, body, request }: Question, url: string): Request {
  const target = new URL(`${accountsPath}${path}`, url)
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value)
  const headers = new Headers({ accept: 'application/json', origin: url })
  const cookies = request.headers.get('cookie')
  if (cookies !== null) headers.set('cookie', cookies)
  const userAgent = request.headers.get('user-agent')
  if (userAgent !== null) headers.set('user-agent', userAgent.slice(0, userAgentLengthMax))
  if (method === 'GET') return new Request(target, { method, headers })
  headers.set('content-type', 'application/json')
  return new Request(target, { method, headers, body: JSON.stringify(body ?? {}) })
}

/** Inside of another site's page, as all our cookies: sent there, and kept apart for each site. */
function framed(
  response: Response,
  { url, isFramed = () => false }: AccountsOptions,
  request: Request,
): Response {
  const cookies = response.headers.getSetCookie()
  if (cookies.length === 0 || !url.startsWith('https:') || !isFramed(request)) return response
  const changed = new Response(response.body, response)
  changed.headers.delete('set-cookie')
  for (const cookie of cookies) {
    changed.headers.append('set-cookie', cookie.replace(/; SameSite=Lax/i, '; SameSite=None; Partitioned'))
  }
  return changed
}
