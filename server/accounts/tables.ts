/** What Better Auth's tables and their columns are called. A migration makes them; a test finds both to be the same. */
import type { BetterAuthOptions } from 'better-auth'
import type { JwtOptions } from 'better-auth/plugins/jwt'

const times = { createdAt: 'created_at', updatedAt: 'updated_at' }

export const accountTables: Required<
  Pick<BetterAuthOptions, 'user' | 'session' | 'account' | 'verification'>
> = {
  user: {
    modelName: 'account_users',
    fields: { ...times, emailVerified: 'email_verified' },
    // `input: false`: nobody says which role they have.
    additionalFields: { role: { type: 'string', required: true, defaultValue: 'user', input: false } },
  },
  session: {
    modelName: 'account_sessions',
    fields: {
      ...times,
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
      userId: 'user_id',
    },
  },
  account: {
    modelName: 'account_logins',
    fields: {
      ...times,
      accountId: 'account_id',
      providerId: 'provider_id',
      userId: 'user_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
    },
  },
  verification: { modelName: 'account_verifications', fields: { ...times, expiresAt: 'expires_at' } },
}

export const keyTable: NonNullable<JwtOptions['schema']> = {
  jwks: {
    modelName: 'account_keys',
    fields: {
      publicKey: 'public_key',
      privateKey: 'private_key',
      createdAt: 'created_at',
      expiresAt: 'expires_at',
    },
  },
}
