/**
 * Clerk's session tokens, versions 1 and 2 of their claims (https://clerk.com/docs/guides/sessions/session-tokens).
 * With the PEM of the instance's key nothing is ever fetched.
 */
import type { JWTPayload } from 'jose'
import { isId } from './identity.ts'
import { createPemKeys, createRemoteKeys } from './issuer-keys.ts'
import type { RemoteKeysTimings } from './issuer-keys.ts'
import { claimAt, fixedTenant } from './issuers.ts'
import type { IssuedClaims, Issuer, TenantRule } from './issuers.ts'
import { fetchJson, requireSafeUrl } from './remote-json.ts'
import type { Fetch } from './remote-json.ts'
import { readRoles } from './tokens.ts'

export interface ClerkOptions {
  /** The instance's Frontend API URL, such as `https://clerk.example.org`. */
  issuer: string
  /** The instance's public key. Without it, its keys are fetched from `/.well-known/jwks.json`. */
  jwtKey?: string
  /**
   * The origins whose pages may have asked for the token (`azp`). There must be some: a cookie that a neighbouring subdomain
   * got hold of makes tokens, too.
   */
  authorizedParties: readonly string[]
  /** For tokens of a template, which say whom they are for (`aud`). Default: only session tokens, which do not. */
  audiences?: readonly string[]
  /** `organization`: the active organisation is the tenant, and whoever has none belongs to `otherwise`. */
  tenant: { organization: true; otherwise?: string } | { id: string }
  userPrefix?: string
  /** Where else roles are, as a claim's path. Default `metadata.role`, then `metadata.roles`. */
  rolesClaims?: readonly string[]
  fetch?: Fetch
  now?: () => Date
  onFailure?: (error: unknown) => void
  timings?: Partial<RemoteKeysTimings>
}

/** Clerk's own words for roles that we have words for. */
const ownWords = new Map([
  ['member', 'user'],
  ['basic_member', 'user'],
])
const organizationPrefix = 'org_'

export function createClerkIssuer(options: ClerkOptions): Issuer {
  const { jwtKey, authorizedParties, audiences = [], tenant, userPrefix } = options
  const { rolesClaims = ['metadata.role', 'metadata.roles'] } = options
  const issuer = requireSafeUrl(options.issuer, "Clerk's issuer")
  if (authorizedParties.length === 0) throw new Error('Clerk needs at least one authorized party.')
  const parties = new Set(authorizedParties)
  const isOrganizationTenant = !('id' in tenant)
  return {
    issuer,
    keys: jwtKey === undefined ? remoteKeys(options) : createPemKeys(jwtKey),
    algorithms: ['RS256'],
    audiences,
    tenants: 'id' in tenant ? fixedTenant(tenant.id) : organizationTenant(tenant.otherwise),
    ...(userPrefix === undefined ? {} : { userPrefix }),
    read(payload): IssuedClaims | null {
      const { azp, sub, sid, sts } = payload
      if (typeof azp !== 'string' || !parties.has(azp) || !isId(sub)) return null
      // A session has an id; what else the instance signs has not, unless it says whom it is for.
      if (audiences.length === 0 && !isId(sid)) return null
      // Signed in, but something is still to be done: Clerk itself counts that as signed out.
      if (sts === 'pending') return null
      const found = rolesClaims.map((claim) => readRoles(claimAt(payload, claim)))
      // Anybody may found an organisation: who is its admin is nobody's admin in a tenant that is something else.
      if (isOrganizationTenant) found.push(readRoles(organizationOf(payload)?.role))
      return found.includes(null)
        ? null
        : { userId: sub, roles: found.flatMap((roles) => roles ?? []).map(ownWord) }
    },
  }
}

function remoteKeys({ issuer, fetch = globalThis.fetch, now, onFailure, timings }: ClerkOptions) {
  return createRemoteKeys({
    load: () => fetchJson(fetch, `${issuer}/.well-known/jwks.json`),
    ...(now === undefined ? {} : { now }),
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(timings === undefined ? {} : { timings }),
  })
}

function organizationTenant(otherwise?: string): TenantRule {
  return {
    fixed: otherwise === undefined ? [] : fixedTenant(otherwise).fixed,
    prefix: organizationPrefix,
    tenantOf(payload) {
      const organization = organizationOf(payload)
      if (organization === null) return otherwise ?? null
      const { id } = organization
      return isId(id) && id.startsWith(organizationPrefix) ? id : null
    },
  }
}

/** Version 2 has it in `o`, version 1 in claims of their own. */
function organizationOf(payload: JWTPayload): { id: unknown; role: unknown } | null {
  const { o, org_id, org_role } = payload
  if (typeof o === 'object' && o !== null)
    return { id: claimAt(payload, 'o.id'), role: claimAt(payload, 'o.rol') }
  return org_id === undefined || org_id === null ? null : { id: org_id, role: org_role }
}

function ownWord(role: string): string {
  const word = role.replace(/^org:/, '')
  return ownWords.get(word) ?? word
}
