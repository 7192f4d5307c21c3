/** Who is this request, in which tenant, with which roles? */

export interface Identity {
  tenantId: string
  userId: string
  /** A guest is a browser that came back; a user was vouched for by somebody. */
  kind: 'guest' | 'user'
  roles: readonly string[]
}

export const defaultTenantId = 'default'

/** One way of showing who one is. */
export interface Authenticator {
  /** Null: nothing here that this one reads. `rejected`: something, and it is not valid. */
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
}
