/** How Better Auth is set up here. Source: https://better-auth.com/docs/reference/options, version 1.6.34. */
import { createHash, randomBytes } from 'node:crypto'
import type { BetterAuthOptions } from 'better-auth'
import { APIError, isAPIError } from 'better-auth/api'
import { hashPassword, verifyPassword } from 'better-auth/crypto'
import { genericOAuth } from 'better-auth/plugins/generic-oauth'
import { jwt } from 'better-auth/plugins/jwt'
import type { Jwk, JwtOptions } from 'better-auth/plugins/jwt'
import { defaultTenantId } from '../auth/identity.ts'
import { deriveKey } from '../auth/secrets.ts'
import { createDialect } from './dialect.ts'
import { currentExchange, noted, notingDatabase } from './exchange.ts'
import { accountUserId, accountsPath, cookiePrefix } from './identity.ts'
import { passwordLengthMax, passwordLengthMin, sessionSecondsMax } from './options.ts'
import type { AccountProviders, AccountsOptions, SignUp } from './options.ts'
import { accountTables, keyTable } from './tables.ts'

const sessionUpdateSeconds = 86_400
const keySeconds = 90 * 86_400
/** A key signs no more when it is as old as that, and its tokens live for minutes. */
const keyGraceSeconds = 86_400
const tokenLifetime = '15m'

export function authOptions(options: AccountsOptions): BetterAuthOptions {
  const { database, url, signUp, providers = {} } = options
  const isSecure = url.startsWith('https:')
  const key = deriveKey(options.secret, 'accounts')
  const keyPrefix = `${createHash('sha256').update(key).digest('hex').slice(0, 12)}-`
  return {
    appName: 'Parley',
    baseURL: url,
    basePath: accountsPath,
    // Named as a list, so that no variable of the environment stands in for it.
    secrets: [{ version: 1, value: Buffer.from(key).toString('base64url') }],
    database: { dialect: createDialect(notingDatabase(database)), type: 'postgres', transaction: true },
    user: accountTables.user,
    session: {
      ...accountTables.session,
      expiresIn: sessionSecondsMax,
      updateAge: sessionUpdateSeconds,
      // To look at one's sessions, having signed in is enough.
      freshAge: 0,
    },
    // An account is only linked to another identity with the same address when both have shown that it is theirs.
    account: { ...accountTables.account, accountLinking: { requireLocalEmailVerified: true } },
    verification: accountTables.verification,
    emailAndPassword: {
      enabled: true,
      disableSignUp: signUp !== 'open',
      minPasswordLength: passwordLengthMin,
      maxPasswordLength: passwordLengthMax,
      password: { hash: hashOnce, verify: verifyPassword },
    },
    socialProviders: socialProviders(providers, signUp),
    plugins: [
      jwt(tokenOptions(url, keyPrefix)),
      ...(providers.oidc === undefined ? [] : [oidc(providers.oidc, signUp)]),
    ],
    databaseHooks: hooks(options),
    advanced: {
      // With a prefix of our own, which is stricter than the `__Secure-` that this would put before it.
      useSecureCookies: false,
      cookiePrefix: cookiePrefix(url),
      defaultCookieAttributes: { secure: isSecure, httpOnly: true, sameSite: 'lax', path: '/' },
      // Said, because tests would go without them otherwise.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      ipAddress: { disableIpTracking: true },
      database: {
        generateId: ({ model }) =>
          `${model === 'jwks' ? keyPrefix : ''}${randomBytes(18).toString('base64url')}`,
      },
    },
    // Ours stand before it.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: 'error', log: (_level, message, ...details) => report(options, message, details) },
    onAPIError: { errorURL: `${url}/sign-in`, onError: throwOurFaults },
  }
}

async function hashOnce(password: string): Promise<string> {
  const hashed = currentExchange()?.hashed
  return hashed?.password === password ? hashed.hash : hashPassword(password)
}

function socialProviders(
  { google, github }: AccountProviders,
  signUp: SignUp,
): NonNullable<BetterAuthOptions['socialProviders']> {
  const common = { disableSignUp: signUp === 'closed', disableIdTokenSignIn: true }
  return {
    ...(google === undefined ? {} : { google: { ...google, ...common, prompt: 'select_account' } }),
    ...(github === undefined ? {} : { github: { ...github, ...common } }),
  }
}

function oidc({ issuer, ...client }: NonNullable<AccountProviders['oidc']>, signUp: SignUp) {
  return genericOAuth({
    config: [
      {
        providerId: 'oidc',
        ...client,
        discoveryUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
        issuer,
        scopes: ['openid', 'email', 'profile'],
        pkce: true,
        disableSignUp: signUp === 'closed',
        mapProfileToUser: ({ name, preferred_username: username, email }) => ({
          name: [name, username, email].find((value) => typeof value === 'string' && value !== ''),
        }),
      },
    ],
  })
}

/**
 * Tokens as contract D has them, of our own issuer, Ed25519. Each names its session, so that it ends with it. A key that was
 * made under another secret cannot be opened any more: its id tells, and a new one is made.
 */
function tokenOptions(url: string, keyPrefix: string): JwtOptions {
  return {
    jwks: { rotationInterval: keySeconds, gracePeriod: keyGraceSeconds },
    jwt: {
      issuer: url,
      audience: url,
      expirationTime: tokenLifetime,
      definePayload: ({ user, session }) => ({ user_id: user.id, role: user['role'], sid: session.id }),
    },
    adapter: {
      getJwks: (context) =>
        context.context.adapter.findMany<Jwk>({
          model: 'jwks',
          where: [{ field: 'id', operator: 'starts_with', value: keyPrefix }],
        }),
    },
    // Whoever wants a token asks for one.
    disableSettingJwtHeader: true,
    schema: keyTable,
  }
}

const noProviderTokens = {
  accessToken: null,
  refreshToken: null,
  idToken: null,
  accessTokenExpiresAt: null,
  refreshTokenExpiresAt: null,
}

function hooks({ signUp, revocations, now = () => new Date() }: AccountsOptions) {
  return {
    user: {
      create: {
        // Each way in has a switch of its own; this is the wall behind them.
        before: async (_user, context) => {
          const isFromProvider = /^\/(?:oauth2\/)?callback\//.test(context?.path ?? '')
          if (signUp === 'open' || (signUp === 'providers' && isFromProvider)) return
          throw new APIError('FORBIDDEN', { code: 'SIGN_UP_CLOSED', message: 'signup disabled' })
        },
      },
    },
    account: {
      create: { before: async () => ({ data: noProviderTokens }) },
      update: { before: async () => ({ data: noProviderTokens }) },
    },
    session: {
      create: {
        after: async ({ userId }) => {
          const exchange = currentExchange()
          if (exchange !== undefined) exchange.signedInUserId = userId
        },
      },
      delete: {
        // Before, so that a session never lives on somewhere although its row is gone.
        before: async ({ id, userId, expiresAt }) => {
          const at = now()
          if (expiresAt <= at) return
          const owner = { tenantId: defaultTenantId, userId: accountUserId(userId) }
          await noted(revocations.revoke({ ...owner, name: `session:${id}`, at, until: expiresAt }))
        },
      },
    },
  } satisfies BetterAuthOptions['databaseHooks']
}

/** Errors of its API are answers; everything else is thrown up to whoever writes down our faults. */
function throwOurFaults(error: unknown): void {
  if (!isAPIError(error)) throw error
}

/**
 * Better Auth calls them errors, but whoever asked has been told: where to go on to is not ours, there is no such provider, or
 * nobody was sent there with that state.
 */
const clientsMistakes = /^(?:Invalid \w+URL$|Provider not found|Failed to parse state)/

/** What stands behind a colon may be somebody's. */
function report({ onFailure }: AccountsOptions, message: unknown, details: readonly unknown[]): void {
  const [text = ''] = typeof message === 'string' ? message.split(':') : ['']
  if (clientsMistakes.test(text)) return
  const error = [message, ...details].find((detail) => detail instanceof Error)
  onFailure('accounts-failed', { reason: text, ...(error === undefined ? {} : { error }) })
}
