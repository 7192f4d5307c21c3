/**
 * Bearer tokens of other issuers: JWTs (RFC 7519) that are signed with a key of theirs which everybody may know.
 *
 *   token ─▶ remembered? ─▶ what it says it is from ─▶ that issuer's keys ─▶ times, audience, kind ─▶ its tenant, its user
 *
 * What a token says of its issuer is not trusted: it only chooses whose keys decide. What its header says is even less so:
 * keys that it brings or points to are not looked at.
 */
import { errors, jwtVerify } from 'jose'
import type { JWTHeaderParameters, JWTPayload } from 'jose'
import { guestPrefix, isId } from './identity.ts'
import type { Authenticator, Identity } from './identity.ts'
import { refuseOverlaps } from './issuers.ts'
import type { Issuer } from './issuers.ts'
import { createRememberedTokens } from './remembered-tokens.ts'
import type { CheckedToken } from './remembered-tokens.ts'
import {
  claimedIssuer,
  isCanonical,
  leewaySecondsMax,
  timesOf,
  tokenCredential,
  isFromTheFuture,
} from './tokens.ts'

const lifetimeSecondsDefault = 30 * 86_400

export interface IssuerTokensOptions {
  issuers: readonly Issuer[]
  now?: () => Date
}

/**
 * Reads `Authorization: Bearer`. A token of an issuer that is none of these is left to the next authenticator.
 * Throws when two of the issuers could vouch for the same user.
 */
export function createIssuerTokens(options: IssuerTokensOptions): Authenticator {
  const { issuers, now = () => new Date() } = options
  refuseOverlaps(issuers)
  const byName = new Map(issuers.map((issuer) => [issuer.issuer, issuer]))
  return createRememberedTokens(async (token, currentDate) => {
    const name = claimedIssuer(token)
    const issuer = typeof name === 'string' ? byName.get(name) : undefined
    if (issuer === undefined) return null
    const verified = await verify(token, issuer, currentDate)
    if (verified === null) return 'rejected'
    // No longer than its keys are fresh: one that the issuer has withdrawn must not live on here.
    return { ...verified, expiresAt: Math.min(verified.expiresAt, issuer.keys.freshUntil()) }
  }, now)
}

async function verify(token: string, issuer: Issuer, currentDate: Date): Promise<CheckedToken | null> {
  if (!isCanonical(token)) return null
  try {
    const { payload, protectedHeader } = await jwtVerify(token, (header) => findKey(issuer, header), {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      ...(issuer.audiences.length === 0 ? {} : { audience: [...issuer.audiences] }),
      currentDate,
      clockTolerance: leewaySecondsMax,
      requiredClaims: ['exp'],
    })
    if (!isAccessToken(protectedHeader, payload)) return null
    if (issuer.audiences.length === 0 && payload.aud !== undefined) return null
    const { lifetimeSecondsMax = lifetimeSecondsDefault } = issuer
    const times = timesOf(payload, currentDate.getTime(), lifetimeSecondsMax)
    const owner = ownerOf(issuer, payload)
    if (times === null || owner === null || isFromTheFuture(payload, currentDate.getTime())) return null
    const identity = { ...owner, credential: tokenCredential(token, payload, times) }
    return { identity, expiresAt: times.expiresAt }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null
    throw error
  }
}

async function findKey(issuer: Issuer, header: JWTHeaderParameters) {
  const key = await issuer.keys.find(header)
  if (key === null) throw new errors.JWKSNoMatchingKey()
  return key
}

const accessTypes = new Set(['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'])

/**
 * What OpenID Connect puts into a token that tells a client about a sign-in, or a sign-out, and is not for an API; and
 * `cnf`, which binds a token to a key of its bearer's, of which nobody here asks for a proof.
 */
const otherKindsClaims = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'cnf']

/** Not an ID token, a logout token, a refresh token or one in an envelope, although the same key has signed it. */
function isAccessToken({ typ, cty }: JWTHeaderParameters, payload: JWTPayload): boolean {
  if (cty !== undefined) return false
  if (typ !== undefined && (typeof typ !== 'string' || !accessTypes.has(typ.toLowerCase()))) return false
  if (otherKindsClaims.some((name) => payload[name] !== undefined)) return false
  // Keycloak and Cognito say it here.
  const { typ: kind = 'Bearer', token_use: use = 'access' } = payload
  return kind === 'Bearer' && use === 'access'
}

function ownerOf(issuer: Issuer, payload: JWTPayload): Identity | null {
  const claims = issuer.read(payload)
  const tenantId = issuer.tenants.tenantOf(payload)
  if (claims === null || tenantId === null) return null
  const userId = `${issuer.userPrefix ?? ''}${claims.userId}`
  // A guest's threads are the guest's, whoever else has such an id.
  if (!isId(claims.userId) || !isId(userId) || userId.startsWith(guestPrefix)) return null
  return { tenantId, userId, kind: 'user', roles: claims.roles }
}
