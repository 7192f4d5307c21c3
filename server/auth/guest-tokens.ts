/**
 * Guests of pages on other origins, where no cookie of ours comes along: a short token to show, and a long one to get the next.
 * Both are JWTs signed with HS256. The short one is one of our bearer tokens, whose `sub` is the guest; the long one is for
 * another audience, so that neither is good in the other's place.
 *
 *   begin ─▶ a random guest ─▶ access (5 minutes) + refresh (30 days) ─▶ refresh ─▶ the same guest, both anew
 */
import { randomBytes } from 'node:crypto'
import { SignJWT, errors, jwtVerify } from 'jose'
import { createToken, ownIssuer } from './bearer-tokens.ts'
import { defaultTenantId, guestPrefix, isId } from './identity.ts'
import type { Identity } from './identity.ts'
import type { Revocations } from './revocations.ts'
import { deriveKey } from './secrets.ts'
import { isCanonical, timesOf, tokenBytesMax, tokenCredential } from './tokens.ts'

/** How long a token is good that is made for a page, which can ask for the next. */
export const accessSeconds = 300
const refreshSeconds = 30 * 86_400
const audience = 'parley-guest-refresh'
const algorithm = 'HS256'

export interface GivenGuest {
  accessToken: string
  refreshToken: string
  refreshExpiresAt: Date
}

export interface GuestTokens {
  begin(): Promise<GivenGuest>
  /** Null for what is no refresh token of ours, or no longer. The old one stays good: an answer may be lost on its way. */
  refresh(token: string): Promise<GivenGuest | null>
  /** Whose it is, as `refresh` judges it. */
  guestOf(token: string): Promise<Identity | null>
}

export interface GuestTokenOptions {
  /** At least 32 bytes. */
  secret: string
  revocations: Pick<Revocations, 'isRevoked'>
  /** Default: the default tenant. */
  tenantId?: string
  now?: () => Date
}

export function createGuestTokens(options: GuestTokenOptions): GuestTokens {
  const { secret, revocations, tenantId = defaultTenantId, now = () => new Date() } = options
  const key = deriveKey(secret, 'bearer-token')

  async function give(owner: { tenantId: string; userId: string }): Promise<GivenGuest> {
    const issuedAt = Math.floor(now().getTime() / 1_000)
    const expires = issuedAt + refreshSeconds
    const refreshToken = await new SignJWT({ tenant: owner.tenantId })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setSubject(owner.userId)
      .setIssuer(ownIssuer)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expires)
      .sign(key)
    const accessToken = await createToken({ secret, now }, { ...owner, lifetimeSeconds: accessSeconds })
    return { accessToken, refreshToken, refreshExpiresAt: new Date(expires * 1_000) }
  }

  async function guestOf(token: string): Promise<Identity | null> {
    const guest = await verify(token, key, now())
    return guest === null || revocations.isRevoked(guest) ? null : guest
  }

  return {
    begin: () => give({ tenantId, userId: `${guestPrefix}${randomBytes(16).toString('base64url')}` }),
    async refresh(token) {
      const guest = await guestOf(token)
      return guest === null ? null : give(guest)
    },
    guestOf,
  }
}

async function verify(token: string, key: Uint8Array, currentDate: Date): Promise<Identity | null> {
  if (token.length > tokenBytesMax || !isCanonical(token)) return null
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer: ownIssuer,
      audience,
      currentDate,
      requiredClaims: ['sub', 'exp'],
    })
    const times = timesOf(payload, currentDate.getTime(), refreshSeconds)
    const { sub, tenant } = payload
    if (times === null || !isId(sub) || !isId(tenant) || !sub.startsWith(guestPrefix)) return null
    const credential = tokenCredential(token, payload, times)
    return { tenantId: tenant, userId: sub, kind: 'guest', roles: [], credential }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null
    throw error
  }
}
