/** The settings of how people sign in: whose tokens and cookies count besides our own, and for which tenants. */
import { hidden, isUrl, list } from './setting.ts'
import type { Setting } from './setting.ts'

/** Null or empty means: not set. */
export interface SignInSettings {
  clerkIssuer: string | null
  clerkJwtKey: string | null
  clerkAuthorizedParties: readonly string[]
  clerkAudience: readonly string[]
  clerkTenant: string
  clerkUserPrefix: string | null
  betterAuthUrl: string | null
  betterAuthIssuer: string | null
  betterAuthAudience: readonly string[]
  betterAuthTenant: TenantSetting
  betterAuthUserPrefix: string | null
  oidcIssuer: string | null
  oidcAudience: readonly string[]
  oidcTenant: TenantSetting
  oidcUserPrefix: string | null
  oidcRolesClaim: string
  nuxtSessionPassword: string | null
}

/** All users' one tenant, or a claim that says which, behind a prefix. */
export type TenantSetting = { id: string } | { prefix: string; claim: string }

/** Clerk's active organisation is the tenant; without one, it is the default tenant. */
export const organizationTenant = 'organization'

const nuxtPasswordLengthMin = 32
const idPattern = /^[\x21-\x7e]{1,200}$/

export const signInTable: { [Name in keyof SignInSettings]: Setting<SignInSettings[Name]> } = {
  clerkIssuer: { ...safeUrl(), variables: ['PARLEY_CLERK_ISSUER'] },
  clerkJwtKey: {
    ...hidden,
    variables: ['PARLEY_CLERK_JWT_KEY', 'CLERK_JWT_KEY'],
    default: null,
    allowed: 'a public key in PEM, with line breaks or \\n between its lines',
    parse: (value) => (value.startsWith('-----BEGIN PUBLIC KEY-----') ? value : undefined),
  },
  clerkAuthorizedParties: {
    ...list('origins, with commas between them'),
    variables: ['PARLEY_CLERK_AUTHORIZED_PARTIES'],
  },
  clerkAudience: { ...audience(), variables: ['PARLEY_CLERK_AUDIENCE'] },
  clerkTenant: {
    ...id(`${organizationTenant} or a tenant's id`),
    variables: ['PARLEY_CLERK_TENANT'],
    default: organizationTenant,
  },
  clerkUserPrefix: { ...prefix(), variables: ['PARLEY_CLERK_USER_PREFIX'] },
  betterAuthUrl: { ...safeUrl(), variables: ['PARLEY_BETTER_AUTH_URL'] },
  betterAuthIssuer: {
    ...id('an issuer, to the letter'),
    variables: ['PARLEY_BETTER_AUTH_ISSUER'],
    default: null,
  },
  betterAuthAudience: { ...audience(), variables: ['PARLEY_BETTER_AUTH_AUDIENCE'] },
  betterAuthTenant: { ...tenant(), variables: ['PARLEY_BETTER_AUTH_TENANT'] },
  betterAuthUserPrefix: { ...prefix(), variables: ['PARLEY_BETTER_AUTH_USER_PREFIX'] },
  oidcIssuer: { ...safeUrl(), variables: ['PARLEY_OIDC_ISSUER'] },
  oidcAudience: { ...audience(), variables: ['PARLEY_OIDC_AUDIENCE'] },
  oidcTenant: { ...tenant(), variables: ['PARLEY_OIDC_TENANT'] },
  oidcUserPrefix: { ...prefix(), variables: ['PARLEY_OIDC_USER_PREFIX'] },
  oidcRolesClaim: {
    ...id('the name of a claim, or its path with dots'),
    variables: ['PARLEY_OIDC_ROLES_CLAIM'],
    default: 'roles',
  },
  nuxtSessionPassword: {
    ...hidden,
    variables: ['PARLEY_NUXT_SESSION_PASSWORD'],
    default: null,
    allowed: `at least ${nuxtPasswordLengthMin} characters long`,
    parse: (value) => (value.length >= nuxtPasswordLengthMin ? value : undefined),
  },
}

type Name = keyof SignInSettings

/** What makes no sense alone: the first needs the second. */
const needs: readonly [Name, Name][] = [
  ['clerkIssuer', 'clerkAuthorizedParties'],
  ['clerkAuthorizedParties', 'clerkIssuer'],
  ['clerkAudience', 'clerkIssuer'],
  ['clerkUserPrefix', 'clerkIssuer'],
  ['betterAuthIssuer', 'betterAuthUrl'],
  ['betterAuthAudience', 'betterAuthUrl'],
  ['betterAuthUserPrefix', 'betterAuthUrl'],
  ['oidcIssuer', 'oidcAudience'],
  ['oidcAudience', 'oidcIssuer'],
  ['oidcUserPrefix', 'oidcIssuer'],
]

/** A sentence for each setting that needs another which is not set. */
export function signInProblems(settings: SignInSettings): string[] {
  const isSet = (name: Name): boolean => {
    const value = settings[name]
    return value !== null && !(Array.isArray(value) && value.length === 0)
  }
  return needs
    .filter(([name, needed]) => isSet(name) && !isSet(needed))
    .map(([name, needed]) => `${variableOf(name)} is set, so ${variableOf(needed)} must be set, too.`)
}

function variableOf(name: Name): string {
  return signInTable[name].variables[0]
}

/** Keys come over https, or from this very machine. */
function safeUrl() {
  return {
    default: null,
    allowed: 'an https URL',
    parse(value: string): string | undefined {
      if (isUrl(value, ['https:'])) return value
      const isLocal = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/.test(value)
      return isLocal && isUrl(value, ['http:']) ? value : undefined
    },
  }
}

function id(allowed: string) {
  return {
    allowed,
    parse: (value: string): string | undefined => (idPattern.test(value) ? value : undefined),
  }
}

function audience() {
  return list('audiences, with commas between them')
}

function prefix() {
  return { ...id('up to 200 visible ASCII characters'), default: null }
}

function tenant() {
  return {
    default: { id: 'default' },
    allowed: "a tenant's id, or a claim in braces, perhaps behind a prefix: north_{org_id}",
    parse: parseTenant,
    show: (value: TenantSetting): string => ('id' in value ? value.id : `${value.prefix}{${value.claim}}`),
  }
}

function parseTenant(value: string): TenantSetting | undefined {
  if (!idPattern.test(value)) return undefined
  const [, before = '', claim] = /^([^{}]*)\{([^{}]+)\}$/.exec(value) ?? []
  if (claim !== undefined) return { prefix: before, claim }
  return /[{}]/.test(value) ? undefined : { id: value }
}
