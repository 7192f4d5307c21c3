/** Built-in accounts, by the settings. */
import { createAccounts as createAccountsOn } from '../accounts/accounts.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { AccountsDatabase } from '../accounts/database.ts'
import { createAccountsIssuer } from '../accounts/issuer.ts'
import type { AccountProviders } from '../accounts/options.ts'
import type { Issuer } from '../auth/issuers.ts'
import type { Revocations } from '../auth/revocations.ts'
import type { AccountSettings } from '../settings/account-settings.ts'
import type { Settings } from '../settings/configuration.ts'

export type AccountsOf = AccountSettings & Pick<Settings, 'publicUrl' | 'port'>

export interface AccountsParts {
  database: AccountsDatabase
  /** At least 32 bytes. */
  secret: string
  revocations: Pick<Revocations, 'revoke'>
  isFramed?: (request: Request) => boolean
  onFailure(event: string, fields: Record<string, unknown>): void
  now?: () => Date
}

/** Null where there are none. */
export function createAccounts(settings: AccountsOf, parts: AccountsParts): Accounts | null {
  if (settings.accounts === 'off') return null
  return createAccountsOn({
    ...parts,
    url: accountsUrl(settings),
    signUp: settings.signUp,
    providers: providersOf(settings),
  })
}

/**
 * For `createForeignTokens`, which is needed before there is a database. Null where there are no accounts.
 *
 * @param accounts Asked when the first token comes.
 */
export function createOwnIssuer(
  settings: AccountsOf,
  accounts: () => Accounts | null,
  onFailure?: (error: unknown) => void,
): Issuer | null {
  if (settings.accounts === 'off') return null
  return createAccountsIssuer({
    url: accountsUrl(settings),
    async publicKeys() {
      const opened = accounts()
      if (opened === null) throw new Error('There are no accounts yet.')
      return opened.publicKeys()
    },
    ...(onFailure === undefined ? {} : { onFailure }),
  })
}

/** Who we say we are in tokens, also where nobody has told us our name. */
function accountsUrl({ publicUrl, port }: AccountsOf): string {
  return publicUrl ?? `http://localhost:${port}`
}

function providersOf(settings: AccountSettings): AccountProviders {
  const { signInIssuer: issuer } = settings
  const google = client(settings.googleClientId, settings.googleClientSecret)
  const github = client(settings.githubClientId, settings.githubClientSecret)
  const own = client(settings.signInClientId, settings.signInClientSecret)
  return {
    ...(google === null ? {} : { google }),
    ...(github === null ? {} : { github }),
    ...(own === null || issuer === null ? {} : { oidc: { ...own, issuer } }),
  }
}

function client(clientId: string | null, clientSecret: string | null) {
  return clientId === null || clientSecret === null ? null : { clientId, clientSecret }
}
