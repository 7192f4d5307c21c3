/**
 * Guests: a browser gets a random id in a signed cookie and is the same guest whenever it comes back.
 * The value is `<id>.<mac>`: 128 random bits and their HMAC-SHA-256, both in base64url.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { cookie, cookieValues } from './cookies.ts'
import { defaultTenantId, guestPrefix } from './identity.ts'
import type { Authenticator, Credential, Identity } from './identity.ts'
import { deriveKey } from './secrets.ts'

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

const cookieName = 'parley_guest'
/** Browsers keep no cookie for longer. */
const maxAgeSeconds = 400 * 24 * 60 * 60
const valuePattern = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/
/** It does not say when it was issued, so a guest who is revoked is so for ever, and the browser becomes another. */
const credential: Credential = { carrier: 'cookie', names: [], issuedAt: 0, expiresAt: null }

/** A tampered cookie is as good as none: its bearer becomes a new guest. */
export function createGuestCookies(options: GuestCookieOptions): Authenticator {
  const { secret, isSecure = false, tenantId = defaultTenantId, isFramed = () => false } = options
  const key = deriveKey(secret, 'guest-cookie')
  const guest = (id: string): Identity => ({
    tenantId,
    userId: `${guestPrefix}${id}`,
    kind: 'guest',
    roles: [],
    credential,
  })
  const secure = (request: Request): boolean => isSecure || request.url.startsWith('https:')
  return {
    async authenticate(request) {
      if (request.headers.has('authorization')) return null
      const name = nameOf(secure(request))
      for (const value of cookieValues(request, name)) {
        const id = verify(value, key)
        if (id !== null) return guest(id)
      }
      return null
    },
    admit(request) {
      const id = randomBytes(16).toString('base64url')
      const isHttps = secure(request)
      return {
        identity: guest(id),
        setCookie: cookie(`${nameOf(isHttps)}=${id}.${sign(id, key)}`, {
          maxAgeSeconds,
          isSecure: isHttps,
          isFramed: isFramed(request),
        }),
      }
    },
  }
}

/** With the prefix, browsers take the cookie only from this very host: no subdomain can plant one. */
function nameOf(isHttps: boolean): string {
  return isHttps ? `__Host-${cookieName}` : cookieName
}

function verify(value: string, key: Uint8Array): string | null {
  const [, id, mac] = valuePattern.exec(value) ?? []
  if (id === undefined || mac === undefined) return null
  return timingSafeEqual(Buffer.from(sign(id, key)), Buffer.from(mac)) ? id : null
}

function sign(id: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(id).digest('base64url')
}
