/** Who is this request, in which tenant, with which roles? */

export interface Identity {
  tenantId: string
  userId: string
  /** A guest is a browser that came back; a user was vouched for by somebody; a key is a server that acts for its tenant. */
  kind: 'guest' | 'user' | 'key'
  roles: readonly string[]
  /** What was shown. Without it, only everything of the user's can be taken back. */
  credential?: Credential
  /** The guest that the user was before signing in, where the same credential proves both. */
  formerGuestId?: string
  /** The ChatKit session whose token was shown: `sess_…`. */
  sessionId?: string
  /** Of a session that has a limit of its own: how many requests in a minute. */
  requestsPerMinute?: number
}

/** What somebody showed, as far as it matters afterwards: how it travels, when it ends, and how it can be taken back. */
export interface Credential {
  /** Browsers send cookies by themselves, for pages of other sites too; tokens never. */
  carrier: 'token' | 'cookie'
  /** What it can be taken back by: `hash:…`, `token:<jti>`, `session:<sid>`. */
  names: readonly string[]
  /** Milliseconds of the epoch; 0 when it does not say. */
  issuedAt: number
  /** Milliseconds of the epoch, with whatever grace it is given; null when it does not say. */
  expiresAt: number | null
  /** Streams that it has opened end with it. Default: they go on to their end. */
  endsStreams?: boolean
}

export const defaultTenantId = 'default'

/** How the user ids of guests begin, and nobody's that others vouch for. */
export const guestPrefix = 'guest_'

/** One way of showing who one is. */
export interface Authenticator {
  /**
   * Null: nothing here that this one reads. `rejected`: something, and it is not valid.
   * Throws `AuthenticationUnavailable` when that cannot be said at the moment.
   */
  authenticate(request: Request): Promise<Identity | 'rejected' | null>
  /** Makes somebody of a request that shows nothing. */
  admit?(request: Request): Admission
}

export interface Admission {
  identity: Identity
  /** A `Set-Cookie` value for the response. */
  setCookie: string
}

export type Verdict =
  | { identity: Identity; setCookie?: string }
  /** `missing`: it shows nothing, and guests are not let in. `rejected`: what it shows is not valid. */
  | { identity: null; reason: 'missing' | 'rejected' }

export interface Authentication {
  identify(request: Request): Promise<Verdict>
  /**
   * For what goes on after the request was let in, such as an open stream: calls back once, when the identity's credential
   * has run out or was taken back. Returns how to stop watching.
   * Tokens of some issuers live for a minute: who ends an answer because one has run out makes long answers impossible.
   */
  watch(identity: Identity, onEnd: (reason: EndOfCredential) => void): () => void
}

export type EndOfCredential = 'expired' | 'revoked'

/** Nobody can say at the moment whether what was shown is valid. Its code becomes 503. */
export class AuthenticationUnavailable extends Error {
  readonly code = 'unavailable'
  readonly retryAfterSeconds: number

  constructor(message: string, retryAfterSeconds: number) {
    super(message)
    this.name = 'AuthenticationUnavailable'
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Ids of users and tenants, wherever they come from: 1 to 200 visible ASCII characters. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value)
}

const idPattern = /^[\x21-\x7e]{1,200}$/
