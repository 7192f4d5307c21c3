/**
 * What is asked of accounts, in Better Auth's words (https://better-auth.com/docs/basic-usage), so that its clients work as they
 * are. What is not named here does not reach it: neither a field nor an address that it has beside these.
 */
import { z } from 'zod'

export interface Credentials {
  email: string
  password: string
  /** With false, until the browser is closed. */
  rememberMe?: boolean | undefined
  callbackURL?: string | undefined
}

const email = z.string().min(3).max(320)
/** How long one must be when it is made is for Better Auth to say. */
const password = z.string().min(1).max(1_000)
const returnTo = z.string().max(2_000)
const credentials = {
  email,
  password,
  rememberMe: z.boolean().optional(),
  callbackURL: returnTo.optional(),
}
const journey = {
  callbackURL: returnTo.optional(),
  errorCallbackURL: returnTo.optional(),
  newUserCallbackURL: returnTo.optional(),
  disableRedirect: z.boolean().optional(),
}
const name = z.string().trim().min(1).max(200)

export const signUpRequest: z.ZodType<Credentials & { name: string }> = z
  .object({ name, ...credentials })
  .meta({ id: 'SignUpRequest' })
export const signInRequest: z.ZodType<Credentials> = z.object(credentials).meta({ id: 'SignInRequest' })
export const socialRequest: z.ZodType<object> = z
  .object({ provider: z.enum(['google', 'github']), ...journey })
  .meta({ id: 'SocialSignInRequest' })
export const oidcRequest: z.ZodType<object> = z
  .object({ providerId: z.literal('oidc'), ...journey })
  .meta({ id: 'OidcSignInRequest' })
export const changePasswordRequest: z.ZodType<object> = z
  .object({
    currentPassword: password,
    newPassword: password,
    revokeOtherSessions: z.boolean().default(true),
  })
  .meta({ id: 'ChangePasswordRequest' })
export const updateUserRequest: z.ZodType<object> = z.object({ name }).meta({ id: 'UpdateUserRequest' })
export const revokeSessionRequest: z.ZodType<object> = z
  .object({ token: z.string().min(1).max(200) })
  .meta({ id: 'RevokeSessionRequest' })
export const noFields: z.ZodType<object> = z.object({}).meta({ id: 'NoFields' })

export const socialCallback: z.ZodType<object> = z.object({ provider: z.enum(['google', 'github']) })
export const oidcCallback: z.ZodType<object> = z.object({ provider: z.literal('oidc') })
/** What a provider sends people back with. */
export const callbackQuery: z.ZodType<object> = z.object({
  code: z.string().max(4_000).optional(),
  state: z.string().max(1_000).optional(),
  error: z.string().max(200).optional(),
  error_description: z.string().max(1_000).optional(),
  iss: z.string().max(1_000).optional(),
})

const user = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    image: z.string().nullish(),
    role: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'AccountUser' })
const session = z
  .object({
    id: z.string(),
    userId: z.string(),
    token: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    expiresAt: z.string(),
    ipAddress: z.string().nullish(),
    userAgent: z.string().nullish(),
  })
  .meta({ id: 'AccountSession' })

export const signedIn: z.ZodType = z
  // Signing in tells as well whether to go on to somewhere.
  .object({ token: z.string().nullable(), user, redirect: z.boolean().optional(), url: z.string().nullish() })
  .meta({ id: 'AccountSignedIn' })
export const currentSession: z.ZodType = z
  .object({ session, user })
  .nullable()
  .meta({ id: 'AccountCurrentSession' })
export const sessions: z.ZodType = z.array(session)
export const journeyReply: z.ZodType = z
  .object({ url: z.string(), redirect: z.boolean() })
  .meta({ id: 'AccountJourney' })
export const signedOut: z.ZodType = z.object({ success: z.literal(true) }).meta({ id: 'AccountSignedOut' })
export const done: z.ZodType = z.object({ status: z.boolean() }).meta({ id: 'AccountDone' })
export const token: z.ZodType = z.object({ token: z.string() }).meta({ id: 'AccountToken' })
export const keys: z.ZodType = z
  .object({
    // With what a key of its kind has beside: `crv` and `x`.
    keys: z.array(z.looseObject({ kid: z.string(), kty: z.string(), alg: z.string() })),
  })
  .meta({ id: 'AccountKeys' })
/** Our own: what a page that offers to sign in must know. */
export const waysIn: z.ZodType = z
  .object({ signUp: z.enum(['closed', 'providers', 'open']), providers: z.array(z.string()) })
  .meta({ id: 'AccountWaysIn' })
export const problem: z.ZodType = z
  .object({ code: z.string(), message: z.string() })
  .meta({ id: 'AccountProblem' })
