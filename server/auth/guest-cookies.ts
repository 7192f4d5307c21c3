/**
 * Guests: a browser gets a random id in a signed cookie and is the same guest whenever it comes back.
 * The value is `<id>.<mac>`: 128 random bits and their HMAC-SHA-256, both in base64url.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { cookie, cookieValues } from './cookies.ts'
import { defaultTenantId, guestPrefix } from './identity.ts'
import type { Authenticator, Credential, Identity } from './identity.ts'
import { createRandomId, deriveKey } from './secrets.ts'

export interface GuestCookieOptions {
  /** At least 32 bytes. */
  secret: string
  /** Whether browsers reach us by https even where our own sockets do not: behind a proxy that ends TLS. */
  isSecure?: boolean
  /** Default: the default tenant. */
  tenantId?: string
  /** Whether our pages are shown inside of other sites' pages for this request. Default: never. */
  isFramed?: (request: Request) => boolean
}

export interface GuestCookies extends Authenticator {
  /** The guest that this browser is, whoever else it shows that it is. Null when it is none. */
  guestOf(request: Request): Identity | null
  /** The `Set-Cookie` that takes the guest away. */
  forget(request: Request): string
}

const cookieName = 'parley_guest'
/** Browsers keep no cookie for longer. */
const maxAgeSeconds = 400 * 24 * 60 * 60
const valuePattern = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/
/** It does not say when it was issued, so a guest who is revoked is so for ever, and the browser becomes another. */
const credential: Credential = { carrier: 'cookie', names: [], issuedAt: 0, expiresAt: null }

/** A tampered cookie is as good as none: its bearer becomes a new guest. */
export function createGuestCookies(options: GuestCookieOptions): GuestCookies {
  const { secret, isSecure = false, tenantId = defaultTenantId, isFramed = () => false } = options
  const key = createSecretKey(deriveKey(secret, 'guest-cookie'))
  const guest = (id: string): Identity => ({
    tenantId,
    userId: `${guestPrefix}${id}`,
    kind: 'guest',
    roles: [],
    credential,
  })
  const secure = (request: Request): boolean => isSecure || request.url.startsWith('https:')

  function guestOf(request: Request): Identity | null {
    for (const value of cookieValues(request, nameOf(secure(request)))) {
      const id = verify(value, key)
      if (id !== null) return guest(id)
    }
    return null
  }

  function write(request: Request, value: string, seconds: number): string {
    const isHttps = secure(request)
    const attributes = { maxAgeSeconds: seconds, isSecure: isHttps, isFramed: isFramed(request) }
    return cookie(`${nameOf(isHttps)}=${value}`, attributes)
  }

  return {
    async authenticate(request) {
      return request.headers.has('authorization') ? null : guestOf(request)
    },
    admit(request) {
      const id = createRandomId()
      return { identity: guest(id), setCookie: write(request, `${id}.${sign(id, key)}`, maxAgeSeconds) }
    },
    guestOf,
    forget: (request) => write(request, '', 0),
  }
}

/** With the prefix, browsers take the cookie only from this very host: no subdomain can plant one. */
function nameOf(isHttps: boolean): string {
  return isHttps ? `__Host-${cookieName}` : cookieName
}

function verify(value: string, key: KeyObject): string | null {
  const [, id, mac] = valuePattern.exec(value) ?? []
  if (id === undefined || mac === undefined) return null
  return timingSafeEqual(Buffer.from(sign(id, key)), Buffer.from(mac)) ? id : null
}

function sign(id: string, key: KeyObject): string {
  return createHmac('sha256', key).update(id).digest('base64url')
}
