/** Our own Better Auth as an issuer of tokens: the same checks as for anybody else's, with keys that travel nowhere. */
import { createBetterAuthIssuer } from '../auth/better-auth.ts'
import { defaultTenantId } from '../auth/identity.ts'
import type { Issuer } from '../auth/issuers.ts'
import { fixedTenant } from '../auth/issuers.ts'
import { accountPrefix } from './identity.ts'

export interface AccountsIssuerOptions {
  /** Of `createAccounts`. */
  url: string
  /** Of the accounts, which may not be there yet when this is called. */
  publicKeys(): Promise<unknown>
  onFailure?: (error: unknown) => void
  now?: () => Date
}

/** Its own database is asked, so a key that another process has just made is looked for at once. */
const cooldownSeconds = 1

export function createAccountsIssuer({ url, publicKeys, onFailure, now }: AccountsIssuerOptions): Issuer {
  return createBetterAuthIssuer({
    // Never asked over the network.
    url: 'http://localhost',
    issuer: url,
    audiences: [url],
    tenants: fixedTenant(defaultTenantId),
    userPrefix: accountPrefix,
    fetch: async () => Response.json(await publicKeys()),
    timings: { cooldownSeconds },
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(now === undefined ? {} : { now }),
  })
}
