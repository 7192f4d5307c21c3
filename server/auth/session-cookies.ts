/**
 * Sessions of users who signed in with us: a sealed cookie, so that there is nothing to be looked up and nothing to be read.
 * It is sealed (encrypted and signed, `Fe26.2`) with keys of our own, and holds
 * `{ id, tenant, user, roles, created, expires }`, times in milliseconds.
 */
import { hash, randomBytes } from 'node:crypto'
import { defaults, seal, unseal } from 'iron-webcrypto'
import { cookie, cookieValues } from './cookies.ts'
import { defaultTenantId, guestPrefix, isId } from './identity.ts'
import type { Authenticator, Identity } from './identity.ts'
import { createMemory } from './memory.ts'
import { deriveKey } from './secrets.ts'
import { readRoles, rememberSecondsMax, rememberedMax } from './tokens.ts'

export interface SessionCookieOptions {
  /** At least 32 bytes. */
  secret: string
  /** Whether browsers reach us by https even where our own sockets do not: behind a proxy that ends TLS. */
  isSecure?: boolean
  /** Whether our pages are shown inside of other sites' pages for this request. Default: never. */
  isFramed?: (request: Request) => boolean
  /** How long after signing in one has to sign in again. Default: a week. */
  lifetimeSeconds?: number
  now?: () => Date
}

export interface SignedInUser {
  userId: string
  /** Default: the default tenant. */
  tenantId?: string
  roles?: readonly string[]
}

export interface SessionCookies extends Authenticator {
  /**
   * A session that did not exist before: what a browser brought along is never gone on with, so nobody can prepare one for
   * somebody else. Throws when ids, roles or their size are not allowed.
   */
  signIn(request: Request, user: SignedInUser): Promise<{ identity: Identity; setCookie: string }>
  /** The `Set-Cookie` that takes it away. The session itself ends when its `session:…` name is revoked. */
  signOut(request: Request): string
}

const cookieName = 'parley_session'
/** Browsers take no larger cookies. */
const cookieBytesMax = 4_096
const weekSeconds = 7 * 86_400

/** A cookie that is tampered with, too old or somebody else's is as good as none. */
export function createSessionCookies(options: SessionCookieOptions): SessionCookies {
  const { secret, isSecure = false, isFramed = () => false, now = () => new Date() } = options
  const { lifetimeSeconds = weekSeconds } = options
  const keys = {
    encryption: deriveKey(secret, 'session-cookie-encryption'),
    integrity: deriveKey(secret, 'session-cookie-integrity'),
  }
  const remembered = createMemory<Identity>(rememberedMax)
  const secure = (request: Request): boolean => isSecure || request.url.startsWith('https:')

  async function open(sealed: string): Promise<Identity | null> {
    if (sealed.length > cookieBytesMax || !isCanonical(sealed)) return null
    const fingerprint = hash('sha256', sealed, 'base64')
    const time = now().getTime()
    const known = remembered.get(fingerprint, time)
    if (known !== undefined) return known
    const identity = readSession(await unsealed(sealed, keys))
    const expiresAt = identity?.credential?.expiresAt ?? 0
    if (identity === null || expiresAt <= time) return null
    remembered.set(fingerprint, identity, Math.min(expiresAt, time + rememberSecondsMax * 1000))
    return identity
  }

  function write(request: Request, value: string, maxAgeSeconds: number): string {
    const isHttps = secure(request)
    const attributes = { maxAgeSeconds, isSecure: isHttps, isFramed: isFramed(request) }
    return cookie(`${nameOf(isHttps)}=${value}`, attributes)
  }

  return {
    async authenticate(request) {
      if (request.headers.has('authorization')) return null
      for (const value of cookieValues(request, nameOf(secure(request)))) {
        const identity = await open(value)
        if (identity !== null) return identity
      }
      return null
    },
    async signIn(request, { userId, tenantId = defaultTenantId, roles = [] }) {
      const created = now().getTime()
      const id = randomBytes(16).toString('base64url')
      const expires = created + lifetimeSeconds * 1000
      const session = { id, tenant: tenantId, user: userId, roles: [...roles], created, expires }
      const identity = readSession(session)
      if (identity === null)
        throw new Error(
          `User and tenant ids and roles have 1 to 200 visible ASCII characters; no user is a ${guestPrefix}.`,
        )
      const sealed = await seal(session, keys, defaults)
      if (sealed.length > cookieBytesMax)
        throw new Error(`The session is larger than ${cookieBytesMax} (cookieBytesMax).`)
      return { identity, setCookie: write(request, sealed, lifetimeSeconds) }
    },
    signOut: (request) => write(request, '', 0),
  }
}

/** With the prefix, browsers take the cookie only from this very host: no subdomain can plant one. */
function nameOf(isHttps: boolean): string {
  return isHttps ? `__Host-${cookieName}` : cookieName
}

async function unsealed(
  sealed: string,
  keys: { encryption: Uint8Array; integrity: Uint8Array },
): Promise<unknown> {
  try {
    return await unseal(sealed, { default: keys }, defaults)
  } catch {
    // Not ours, or not any more what it was.
    return null
  }
}

/** In one spelling only: the salt of the signature, which we do not use, is not signed, nor are the unused bits at its end. */
function isCanonical(sealed: string): boolean {
  const [salt, signature = ''] = sealed.split('*').slice(6)
  return salt === '' && Buffer.from(signature, 'base64url').toString('base64url') === signature
}

/** What we have sealed ourselves, perhaps in another version. */
function readSession(session: unknown): Identity | null {
  if (typeof session !== 'object' || session === null) return null
  const { id, tenant, user, roles, created, expires }: Record<string, unknown> = { ...session }
  const read = readRoles(roles)
  if (!isId(id) || !isId(tenant) || !isId(user) || user.startsWith(guestPrefix) || read === null) return null
  if (typeof created !== 'number' || typeof expires !== 'number') return null
  return {
    tenantId: tenant,
    userId: user,
    kind: 'user',
    roles: read,
    credential: { carrier: 'cookie', names: [`session:${id}`], issuedAt: created, expiresAt: expires },
  }
}
