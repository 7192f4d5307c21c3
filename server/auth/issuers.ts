/**
 * What a foreign issuer of tokens is, to us: whose keys, for whom, and for which of our tenants it may speak.
 * The presets (`clerk.ts`, `better-auth.ts`, `oidc.ts`) make one of what their settings say.
 */
import type { JWTPayload } from 'jose'
import { ownIssuer } from './bearer-tokens.ts'
import { isId } from './identity.ts'
import type { IssuerKeys } from './issuer-keys.ts'

export type SigningAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

/** One for each type of key: RSA, the three curves, Ed25519 by its old and its new name. Never a shared secret. */
export const usualAlgorithms: readonly SigningAlgorithm[] = [
  'RS256',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

export interface Issuer {
  /** `iss`, to the letter. */
  issuer: string
  keys: IssuerKeys
  algorithms: readonly SigningAlgorithm[]
  /** One of them must be in `aud`. Empty: a token that names anybody is not for us. */
  audiences: readonly string[]
  tenants: TenantRule
  /** Put before the issuer's own user ids, where another issuer speaks for the same tenant. Default: nothing. */
  userPrefix?: string
  /** Default: 30 days. */
  lifetimeSecondsMax?: number
  /** Null: not a token that is made to be shown to us. */
  read(payload: JWTPayload): IssuedClaims | null
}

export interface IssuedClaims {
  /** The issuer's own id of the user. */
  userId: string
  roles: readonly string[]
}

export interface TenantRule {
  /** The tenants it always may speak for. */
  fixed: readonly string[]
  /** It may speak for any tenant whose id begins so. Null: for none but the fixed ones. */
  prefix: string | null
  /** Null: for nobody of ours. */
  tenantOf(payload: JWTPayload): string | null
}

/** All of an issuer's users belong to one tenant. */
export function fixedTenant(tenantId: string): TenantRule {
  requireId(tenantId, 'A tenant id')
  return { fixed: [tenantId], prefix: null, tenantOf: () => tenantId }
}

export interface ClaimedTenantOptions {
  /** The claim's name, or its path with dots. */
  claim: string
  /** Put before the claim's value, so that no other issuer's tenants can be meant. Default: nothing. */
  prefix?: string
  /** For tokens without the claim. Default: they are rejected. */
  otherwise?: string
}

/** A claim says which tenant. */
export function claimedTenant({ claim, prefix = '', otherwise }: ClaimedTenantOptions): TenantRule {
  if (otherwise !== undefined) requireId(otherwise, 'A tenant id')
  return {
    fixed: otherwise === undefined ? [] : [otherwise],
    prefix,
    tenantOf(payload) {
      const value = claimAt(payload, claim)
      if (value === undefined || value === null) return otherwise ?? null
      return isId(value) && isId(prefix + value) ? prefix + value : null
    },
  }
}

/** The claim of exactly this name, which may be a URL; else the one that the path with dots leads to. */
export function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path]
  let value: unknown = payload
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

/**
 * Throws when two issuers could vouch for the same user: when one may speak for another's tenants because a claim says so,
 * or when both were given the same tenant and their users cannot be told apart.
 */
export function refuseOverlaps(issuers: readonly Issuer[]): void {
  for (const [index, one] of issuers.entries()) {
    if (one.issuer === ownIssuer) throw new Error(`The issuer ${ownIssuer} is ourselves.`)
    for (const other of issuers.slice(index + 1)) refuseOverlap(one, other)
  }
}

function refuseOverlap(one: Issuer, other: Issuer): void {
  const both = `${one.issuer} and ${other.issuer}`
  if (one.issuer === other.issuer) throw new Error(`The issuer ${one.issuer} is there twice.`)
  if (claims(one.tenants, other.tenants) || claims(other.tenants, one.tenants)) {
    throw new Error(
      `Of ${both}, one could speak for the other's tenants: give it a tenant prefix of its own.`,
    )
  }
  const shared = one.tenants.fixed.find((tenantId) => other.tenants.fixed.includes(tenantId))
  if (shared !== undefined && begin(one.userPrefix ?? '', other.userPrefix ?? '')) {
    throw new Error(`${both} both speak for the tenant ${shared}: give each a user prefix of its own.`)
  }
}

function claims({ prefix }: TenantRule, other: TenantRule): boolean {
  if (prefix === null) return false
  if (other.fixed.some((tenantId) => tenantId.startsWith(prefix))) return true
  return other.prefix !== null && begin(prefix, other.prefix)
}

/** Whether one begins with the other. */
function begin(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one)
}

function requireId(value: string, what: string): void {
  if (!isId(value)) throw new Error(`${what} has 1 to 200 visible ASCII characters.`)
}
