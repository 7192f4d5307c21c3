/**
 * Guests: a browser gets a random id in a signed cookie and is the same guest whenever it comes back.
 * The value is `<id>.<mac>`: 128 random bits and their HMAC-SHA-256, both in base64url.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { defaultTenantId } from './identity.ts'
import type { Authenticator, Identity } from './identity.ts'
import { deriveKey } from './secrets.ts'

export interface GuestCookieOptions {
  /** At least 32 bytes. */
  secret: string
  /** Whether browsers reach us by https even where our own sockets do not: behind a proxy that ends TLS. */
  isSecure?: boolean
  /** Default: the default tenant. */
  tenantId?: string
}

const cookieName = 'parley_guest'
/** Browsers keep no cookie for longer. */
const maxAgeSeconds = 400 * 24 * 60 * 60
const valuePattern = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/** A tampered cookie is as good as none: its bearer becomes a new guest. */
export function createGuestCookies(options: GuestCookieOptions): Authenticator {
  const { secret, isSecure = false, tenantId = defaultTenantId } = options
  const key = deriveKey(secret, 'guest-cookie')
  const guest = (id: string): Identity => ({ tenantId, userId: `guest_${id}`, kind: 'guest', roles: [] })
  const secure = (request: Request): boolean => isSecure || request.url.startsWith('https:')
  return {
    async authenticate(request) {
      if (request.headers.has('authorization')) return null
      const name = nameOf(secure(request))
      for (const value of cookieValues(request.headers.get('cookie') ?? '', name)) {
        const id = verify(value, key)
        if (id !== null) return guest(id)
      }
      return null
    },
    admit(request) {
      const id = randomBytes(16).toString('base64url')
      const isHttps = secure(request)
      const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${isHttps ? '; Secure' : ''}`
      return {
        identity: guest(id),
        setCookie: `${nameOf(isHttps)}=${id}.${sign(id, key)}; ${attributes}`,
      }
    },
  }
}

/** With the prefix, browsers take the cookie only from this very host: no subdomain can plant one. */
function nameOf(isHttps: boolean): string {
  return isHttps ? `__Host-${cookieName}` : cookieName
}

function cookieValues(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
}

function verify(value: string, key: Uint8Array): string | null {
  const [, id, mac] = valuePattern.exec(value) ?? []
  if (id === undefined || mac === undefined) return null
  return timingSafeEqual(Buffer.from(sign(id, key)), Buffer.from(mac)) ? id : null
}

function sign(id: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(id).digest('base64url')
}
