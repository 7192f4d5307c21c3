/** Whom accounts vouch for, in our words. */
import type { Identity } from '../auth/identity.ts'
import { defaultTenantId, isId } from '../auth/identity.ts'
import { readRoles } from '../auth/tokens.ts'

/** Where all of it is asked for. */
export const accountsPath = '/api/auth'

/** Put before the ids of accounts, so that no other issuer's users are meant. */
export const accountPrefix = 'account_'

export function accountUserId(id: string): string {
  return `${accountPrefix}${id}`
}

/** With `__Host-`, browsers take the cookie only from this very host: no subdomain can plant one. */
export function cookiePrefix(url: string): string {
  return url.startsWith('https:') ? '__Host-parley' : 'parley'
}

export function sessionCookieName(url: string): string {
  return `${cookiePrefix(url)}.session_token`
}

export interface AccountSession {
  id: string
  userId: string
  createdAt: Date
  expiresAt: Date
  /** As it is stored. */
  role: unknown
}

/** Null: not to be read. */
export function accountIdentity({ id, userId, createdAt, expiresAt, role }: AccountSession): Identity | null {
  const roles = readRoles(role)
  if (roles === null || !isId(id) || !isId(accountUserId(userId))) return null
  return {
    tenantId: defaultTenantId,
    userId: accountUserId(userId),
    kind: 'user',
    roles,
    credential: {
      carrier: 'cookie',
      names: [`session:${id}`],
      issuedAt: createdAt.getTime(),
      expiresAt: expiresAt.getTime(),
    },
  }
}
