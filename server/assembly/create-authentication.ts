/**
 * Who is let in, by the settings. In this order: tokens of ChatKit sessions, API keys, our own tokens, other issuers' tokens, our session
 * cookie, a Nuxt app's, and guests where they are let in.
 */
import { createAuthentication as createChain } from '../auth/authentication.ts'
import { createBearerTokens } from '../auth/bearer-tokens.ts'
import { createBetterAuthIssuer } from '../auth/better-auth.ts'
import { createClerkIssuer } from '../auth/clerk.ts'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import type { GuestCookies } from '../auth/guest-cookies.ts'
import type { Authentication, Authenticator } from '../auth/identity.ts'
import { defaultTenantId } from '../auth/identity.ts'
import { createIssuerTokens } from '../auth/issuer-tokens.ts'
import { claimedTenant, fixedTenant } from '../auth/issuers.ts'
import type { Issuer, TenantRule } from '../auth/issuers.ts'
import { createNuxtSession } from '../auth/nuxt-session.ts'
import { createOidcIssuer } from '../auth/oidc.ts'
import type { Revocations } from '../auth/revocations.ts'
import { createSessionCookies } from '../auth/session-cookies.ts'
import type { SessionCookies } from '../auth/session-cookies.ts'
import type { Settings } from '../settings/configuration.ts'
import { organizationTenant } from '../settings/sign-in-settings.ts'
import type { SignInSettings, TenantSetting } from '../settings/sign-in-settings.ts'

export interface IssuerParts {
  /** Ourselves, where there are built-in accounts. */
  ownIssuer?: Issuer | null
  /** Told why an issuer's keys could not be loaded. */
  onKeysFailure?: (issuer: string, error: unknown) => void
  now?: () => Date
}

/**
 * The tokens of other issuers; null when there are none. Nothing is fetched before the first token comes.
 * Throws, with a sentence that says what to set, when two issuers could vouch for the same user.
 */
export function createForeignTokens(settings: SignInSettings, parts: IssuerParts = {}): Authenticator | null {
  const { ownIssuer = null } = parts
  const issuers = [...(ownIssuer === null ? [] : [ownIssuer]), ...issuersOf(settings, parts)]
  return issuers.length === 0
    ? null
    : createIssuerTokens({ issuers, ...(parts.now === undefined ? {} : { now: parts.now }) })
}

export interface AuthenticationParts {
  /** At least 32 bytes. */
  secret: string
  revocations: Revocations
  foreignTokens: Authenticator | null
  /** Who signed in with an account here. */
  accounts?: Authenticator | null
  /** The tokens of ChatKit sessions, where there are such. */
  sessionTokens?: Authenticator
  apiKeys?: Authenticator
  /** Whether our pages are shown inside of other sites' pages for a request. Default: never. */
  isFramed?: (request: Request) => boolean
  now?: () => Date
}

export interface SignIn {
  authentication: Authentication
  /** For doors that sign somebody in or out. */
  sessions: SessionCookies
  /** Null where guests are not let in. */
  guests: GuestCookies | null
}

export function createSignIn(
  settings: Pick<Settings, 'nuxtSessionPassword' | 'guests' | 'publicUrl'>,
  parts: AuthenticationParts,
): SignIn {
  const { secret, revocations, foreignTokens, accounts = null, sessionTokens, apiKeys, isFramed, now } = parts
  const common = {
    secret,
    isSecure: settings.publicUrl?.startsWith('https:') ?? false,
    ...(isFramed === undefined ? {} : { isFramed }),
  }
  const clock = now === undefined ? {} : { now }
  const sessions = createSessionCookies({ ...common, ...clock })
  const guests = settings.guests === 'on' ? createGuestCookies(common) : null
  const { nuxtSessionPassword: password } = settings
  const chain = [
    ...(sessionTokens === undefined ? [] : [sessionTokens]),
    ...(apiKeys === undefined ? [] : [apiKeys]),
    createBearerTokens({ secret, ...clock }),
    ...(foreignTokens === null ? [] : [foreignTokens]),
    sessions,
    ...(accounts === null ? [] : [accounts]),
    ...(password === null ? [] : [createNuxtSession({ password, ...clock })]),
    ...(guests === null ? [] : [guests]),
  ]
  return { authentication: createChain(chain, { revocations, ...clock }), sessions, guests }
}

function issuersOf(settings: SignInSettings, { onKeysFailure, now }: IssuerParts): Issuer[] {
  const issuers: Issuer[] = []
  const optionsOf = (issuer: string, userPrefix: string | null) => ({
    ...(userPrefix === null ? {} : { userPrefix }),
    ...(now === undefined ? {} : { now }),
    onFailure: (error: unknown) => onKeysFailure?.(issuer, error),
  })
  const { clerkIssuer, clerkJwtKey, betterAuthUrl, betterAuthIssuer, oidcIssuer } = settings
  if (clerkIssuer !== null) {
    issuers.push(
      createClerkIssuer({
        issuer: clerkIssuer,
        ...(clerkJwtKey === null ? {} : { jwtKey: clerkJwtKey }),
        authorizedParties: settings.clerkAuthorizedParties,
        audiences: settings.clerkAudience,
        tenant: clerkTenant(settings.clerkTenant),
        ...optionsOf(clerkIssuer, settings.clerkUserPrefix),
      }),
    )
  }
  if (betterAuthUrl !== null) {
    const { betterAuthAudience: audiences } = settings
    issuers.push(
      createBetterAuthIssuer({
        url: betterAuthUrl,
        ...(betterAuthIssuer === null ? {} : { issuer: betterAuthIssuer }),
        ...(audiences.length === 0 ? {} : { audiences }),
        tenants: tenantRule(settings.betterAuthTenant),
        ...optionsOf(betterAuthUrl, settings.betterAuthUserPrefix),
      }),
    )
  }
  if (oidcIssuer !== null) {
    issuers.push(
      createOidcIssuer({
        issuer: oidcIssuer,
        audiences: settings.oidcAudience,
        tenants: tenantRule(settings.oidcTenant),
        rolesClaim: settings.oidcRolesClaim,
        ...optionsOf(oidcIssuer, settings.oidcUserPrefix),
      }),
    )
  }
  return issuers
}

function clerkTenant(setting: string): { organization: true; otherwise: string } | { id: string } {
  return setting === organizationTenant ? { organization: true, otherwise: defaultTenantId } : { id: setting }
}

function tenantRule(setting: TenantSetting): TenantRule {
  return 'id' in setting ? fixedTenant(setting.id) : claimedTenant(setting)
}
