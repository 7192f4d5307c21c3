/**
 * Our own bearer tokens: JWTs (RFC 7519) signed with HS256 and nothing else, issued by `parley` for `parley`.
 * Claims: `sub` the user, `tenant` (absent: the default one), `roles`, `exp`.
 */
import { SignJWT, errors, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { defaultTenantId, guestPrefix, isId } from './identity.ts'
import type { Authenticator, Identity } from './identity.ts'
import { createRememberedTokens } from './remembered-tokens.ts'
import type { CheckedToken } from './remembered-tokens.ts'
import { deriveKey } from './secrets.ts'
import {
  claimedIssuer,
  isCanonical,
  leewaySecondsMax,
  readRoles,
  timesOf,
  tokenCredential,
} from './tokens.ts'

export const ownIssuer = 'parley'
const issuer = ownIssuer
const audience = 'parley'
const algorithm = 'HS256'
/** More than a century: whoever has the secret may mint what they like, but not by mistaking milliseconds for seconds. */
const lifetimeSecondsMax = 120 * 366 * 86_400

export interface BearerTokenOptions {
  /** At least 32 bytes. */
  secret: string
  now?: () => Date
}

export interface TokenClaims {
  userId: string
  /** Default: the default tenant. */
  tenantId?: string
  roles?: readonly string[]
  /** Default: one hour. */
  lifetimeSeconds?: number
}

/** Mints a token for a user. Throws when an id or a role is not 1 to 200 visible ASCII characters, or the lifetime is too long. */
export async function createToken(options: BearerTokenOptions, claims: TokenClaims): Promise<string> {
  const { secret, now = () => new Date() } = options
  const { userId, tenantId = defaultTenantId, roles = [], lifetimeSeconds = 3600 } = claims
  if (!isId(userId) || !isId(tenantId) || !roles.every(isId)) {
    throw new Error('User and tenant ids and roles have 1 to 200 visible ASCII characters.')
  }
  if (lifetimeSeconds > lifetimeSecondsMax) {
    throw new Error(`A token lives ${lifetimeSecondsMax} seconds at most (lifetimeSecondsMax).`)
  }
  const issuedAt = Math.floor(now().getTime() / 1000)
  return new SignJWT({ tenant: tenantId, roles: [...roles] })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setSubject(userId)
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(deriveKey(secret, 'bearer-token'))
}

/** Reads `Authorization: Bearer`. Another issuer's token is left to the next authenticator. */
export function createBearerTokens(options: BearerTokenOptions): Authenticator {
  const { secret, now = () => new Date() } = options
  const key = deriveKey(secret, 'bearer-token')
  return createRememberedTokens(async (token, currentDate) => {
    if (claimedIssuer(token) !== issuer) return null
    return (await verify(token, key, currentDate)) ?? 'rejected'
  }, now)
}

async function verify(token: string, key: Uint8Array, currentDate: Date): Promise<CheckedToken | null> {
  if (!isCanonical(token)) return null
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer,
      audience,
      currentDate,
      clockTolerance: leewaySecondsMax,
      requiredClaims: ['sub', 'exp'],
    })
    const times = timesOf(payload, currentDate.getTime(), lifetimeSecondsMax)
    const owner = ownerOf(payload)
    if (times === null || owner === null) return null
    const identity = { ...owner, credential: tokenCredential(token, payload, times) }
    return { identity, expiresAt: times.expiresAt }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null
    throw error
  }
}

function ownerOf(payload: JWTPayload): Identity | null {
  const { sub, tenant = defaultTenantId, roles = [] } = payload
  if (!isId(sub) || !isId(tenant) || !Array.isArray(roles)) return null
  const read = readRoles(roles)
  const kind = sub.startsWith(guestPrefix) ? 'guest' : 'user'
  return read === null ? null : { tenantId: tenant, userId: sub, kind, roles: read }
}
