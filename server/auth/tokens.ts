/** What all bearer tokens have in common that are JWTs (RFC 7519), ours and those of others. */
import { hash } from 'node:crypto'
import { decodeJwt } from 'jose'
import type { JWTPayload } from 'jose'
import type { Credential } from './identity.ts'
import { isId } from './identity.ts'

/** Clocks differ. */
export const leewaySecondsMax = 60
export const tokenBytesMax = 8_192
const rolesMax = 32

/** How long a token that was checked is taken on trust. Checking costs about 70 µs, more than all of HTTP. */
export const rememberSecondsMax = 60
export const rememberedMax = 10_000

/** The token of `Authorization: Bearer`; null when there is none, or something else. */
export function bearerToken(request: Request): string | null {
  const match = /^bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.get('authorization') ?? '')
  return match?.[1] ?? null
}

/** Who a token says it is from: not to be trusted, only good for choosing who checks it. */
export function claimedIssuer(token: string): unknown {
  try {
    return decodeJwt(token).iss
  } catch {
    return null
  }
}

/** Base64 leaves bits unused at the end of the signature: without this, four spellings of a token are valid. */
export function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

/**
 * When a token was made and ends, in milliseconds; null when it says something that no sound issuer says. That it has not
 * ended yet has been checked before.
 */
export function timesOf(
  payload: JWTPayload,
  time: number,
  lifetimeSecondsMax: number,
): { issuedAt: number; expiresAt: number } | null {
  const { iat, nbf, exp } = payload
  if (!isWholeSecond(exp) || !isWholeSecond(iat ?? 0) || !isWholeSecond(nbf ?? 0)) return null
  // Milliseconds in place of seconds would make a token that is good for 50,000 years.
  if (exp * 1000 > time + lifetimeSecondsMax * 1000) return null
  return { issuedAt: (iat ?? 0) * 1000, expiresAt: (exp + leewaySecondsMax) * 1000 }
}

/**
 * Whether it says that it was made later than now. Another issuer's clock is not to be trusted so far; our own may be set back,
 * and nobody is to be locked out by that.
 */
export function isFromTheFuture({ iat = 0 }: JWTPayload, time: number): boolean {
  return iat * 1000 > time + leewaySecondsMax * 1000
}

function isWholeSecond(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/**
 * What a token can be taken back by. The hash is that of what is signed: an ECDSA signature has a second spelling, and a
 * token that was taken back must not come again in it.
 */
export function tokenCredential(
  token: string,
  payload: JWTPayload,
  times: { issuedAt: number; expiresAt: number },
): Credential {
  const signed = token.slice(0, token.lastIndexOf('.'))
  const names = [`hash:${hash('sha256', signed, 'base64url')}`]
  if (isId(payload.jti)) names.push(`token:${payload.jti}`)
  if (isId(payload['sid'])) names.push(`session:${payload['sid']}`)
  return { carrier: 'token', names, ...times }
}

/** Roles as an array, or as one text with commas or spaces between them. Null: neither, or too many, or not to be read. */
export function readRoles(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return []
  const roles: unknown =
    typeof value === 'string' ? value.split(/[ ,]+/).filter((role) => role !== '') : value
  if (!Array.isArray(roles) || roles.length > rolesMax || !roles.every(isId)) return null
  return roles
}
