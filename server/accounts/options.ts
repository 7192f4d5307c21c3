/** What is asked of whoever offers accounts. */
import type { Revocations } from '../auth/revocations.ts'
import type { AccountsDatabase } from './database.ts'

/** Who may make an account for themselves. Accounts that are made by hand (`parley user create`) work with any of them. */
export type SignUp =
  /** Nobody. */
  | 'closed'
  /** Who comes from one of the providers. */
  | 'providers'
  /** Anybody, with a password as well. Nothing shows that an address is theirs. */
  | 'open'

export interface ProviderClient {
  clientId: string
  clientSecret: string
}

export interface AccountProviders {
  google?: ProviderClient
  github?: ProviderClient
  /** Any OpenID Connect provider, by its issuer URL. */
  oidc?: ProviderClient & { issuer: string }
}

export interface AccountsOptions {
  database: AccountsDatabase
  /** Our public origin, `https://chat.example.org`: where providers send people back, and `iss` and `aud` of tokens. */
  url: string
  /** The server's, at least 32 bytes. */
  secret: string
  revocations: Pick<Revocations, 'revoke'>
  signUp: SignUp
  providers?: AccountProviders
  /** Whether our pages are shown inside of other sites' pages for a request. Default: never. */
  isFramed?: (request: Request) => boolean
  /** Told what went wrong, without anybody's name or words in it. */
  onFailure(event: string, fields: Record<string, unknown>): void
  now?: () => Date
}

/** The longest that a browser stays signed in without being seen: asking for the session prolongs it. */
export const sessionSecondsMax: number = 7 * 86_400

export const passwordLengthMin = 10
export const passwordLengthMax = 128
