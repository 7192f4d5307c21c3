/** Tokens of a Better Auth server with its `jwt` plugin (https://better-auth.com/docs/plugins/jwt). */
import type { JWTPayload } from 'jose'
import { isId } from './identity.ts'
import { createRemoteKeys } from './issuer-keys.ts'
import type { RemoteKeysTimings } from './issuer-keys.ts'
import { claimAt } from './issuers.ts'
import type { IssuedClaims, Issuer, SigningAlgorithm, TenantRule } from './issuers.ts'
import { fetchJson, requireSafeUrl } from './remote-json.ts'
import type { Fetch } from './remote-json.ts'
import { readRoles } from './tokens.ts'

export interface BetterAuthOptions {
  /** Its `baseURL`, such as `https://app.example.org`. */
  url: string
  /** `iss`. Default: the URL, as Better Auth's is. */
  issuer?: string
  /** `aud`. Default: the URL, as Better Auth's is. */
  audiences?: readonly string[]
  /** Default `/api/auth/jwks`. */
  keysPath?: string
  tenants: TenantRule
  userPrefix?: string
  /** Default `role`, which its admin plugin writes. */
  rolesClaim?: string
  /** Default: Ed25519, which is Better Auth's, by both of its names. */
  algorithms?: readonly SigningAlgorithm[]
  fetch?: Fetch
  now?: () => Date
  onFailure?: (error: unknown) => void
  timings?: Partial<RemoteKeysTimings>
}

export function createBetterAuthIssuer(options: BetterAuthOptions): Issuer {
  const { tenants, userPrefix, rolesClaim = 'role', keysPath = '/api/auth/jwks' } = options
  const { fetch = globalThis.fetch, now, onFailure, timings } = options
  const url = requireSafeUrl(options.url, "Better Auth's URL").replace(/\/$/, '')
  return {
    issuer: options.issuer ?? url,
    keys: createRemoteKeys({
      load: () => fetchJson(fetch, `${url}${keysPath}`),
      ...(now === undefined ? {} : { now }),
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(timings === undefined ? {} : { timings }),
    }),
    algorithms: options.algorithms ?? ['EdDSA', 'Ed25519'],
    audiences: options.audiences ?? [url],
    tenants,
    ...(userPrefix === undefined ? {} : { userPrefix }),
    read(payload): IssuedClaims | null {
      // Its admin plugin says so of users who may not come in any more.
      if (payload['banned'] === true) return null
      const userId = agreedUserId(payload)
      const roles = readRoles(claimAt(payload, rolesClaim))
      return userId === null || roles === null ? null : { userId, roles }
    },
  }
}

/** `sub` and `user_id` name the same user where both are there; a token in which they differ is nobody's. */
function agreedUserId({ sub, user_id: userId }: JWTPayload): string | null {
  const named = [sub, userId].filter((value) => value !== undefined)
  const [first] = named
  return isId(first) && named.every((value) => value === first) ? first : null
}
