/** Access tokens (RFC 9068, or JWTs like them) of any OpenID Connect issuer, found by its discovery document. */
import { isId } from './identity.ts'
import { createRemoteKeys } from './issuer-keys.ts'
import type { RemoteKeysTimings } from './issuer-keys.ts'
import { claimAt, usualAlgorithms } from './issuers.ts'
import type { IssuedClaims, Issuer, SigningAlgorithm, TenantRule } from './issuers.ts'
import { fetchJson, requireSafeUrl } from './remote-json.ts'
import type { Fetch } from './remote-json.ts'
import { readRoles } from './tokens.ts'

export interface OidcOptions {
  /** To the letter as it is in the tokens. */
  issuer: string
  /** Who we are to the issuer: one of them must be in `aud`. */
  audiences: readonly string[]
  tenants: TenantRule
  userPrefix?: string
  /** A claim's name, or its path with dots (`realm_access.roles`). Default `roles`. */
  rolesClaim?: string
  algorithms?: readonly SigningAlgorithm[]
  fetch?: Fetch
  now?: () => Date
  onFailure?: (error: unknown) => void
  timings?: Partial<RemoteKeysTimings>
}

export function createOidcIssuer(options: OidcOptions): Issuer {
  const { audiences, tenants, userPrefix, rolesClaim = 'roles' } = options
  const { fetch = globalThis.fetch, now, onFailure, timings } = options
  const issuer = requireSafeUrl(options.issuer, 'The issuer')
  if (audiences.length === 0) throw new Error('An issuer needs at least one audience.')
  return {
    issuer,
    keys: createRemoteKeys({
      load: async () => fetchJson(fetch, await discoverKeys(fetch, issuer)),
      ...(now === undefined ? {} : { now }),
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(timings === undefined ? {} : { timings }),
    }),
    algorithms: options.algorithms ?? usualAlgorithms,
    audiences,
    tenants,
    ...(userPrefix === undefined ? {} : { userPrefix }),
    read(payload): IssuedClaims | null {
      const roles = readRoles(claimAt(payload, rolesClaim))
      return isId(payload.sub) && roles !== null ? { userId: payload.sub, roles } : null
    },
  }
}

/** Where its keys are (OpenID Connect Discovery 1.0). Throws when the document is another issuer's. */
async function discoverKeys(fetch: Fetch, issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const document = await fetchJson(fetch, url)
  if (typeof document !== 'object' || document === null) throw new Error(`${url} is no discovery document.`)
  const fields: { issuer?: unknown; jwks_uri?: unknown } = document
  if (fields.issuer !== issuer || typeof fields.jwks_uri !== 'string') {
    throw new Error(`${url} is not the discovery document of ${issuer}.`)
  }
  return requireSafeUrl(fields.jwks_uri, 'jwks_uri')
}
