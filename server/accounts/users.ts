/** People with accounts, as an administrator sees them; and what is asked of Better Auth for that. */
import type { AccountSession } from './identity.ts'

export interface AccountUser {
  id: string
  email: string
  name: string
  roles: string
  createdAt: Date
}

export interface NewAccount {
  email: string
  name: string
  roles: readonly string[]
  /** Null: only by a provider who says that the address is theirs. */
  password: string | null
}

/** By the address. All throw an `AccountProblem` where there is something to be said. */
export interface AccountUsers {
  list(): Promise<AccountUser[]>
  create(account: NewAccount): Promise<AccountUser>
  /** All of these end the sessions that the user has. */
  setRoles(email: string, roles: readonly string[]): Promise<void>
  setPassword(email: string, password: string): Promise<void>
  remove(email: string): Promise<void>
}

/** What stands in the way of changing an account, in a sentence for whoever changes it. */
export class AccountProblem extends Error {}

export interface AuthServer {
  handle(request: Request): Promise<Response>
  hashPassword(password: string): Promise<string>
  /** Does not prolong it. */
  readSession(cookies: string): Promise<AccountSession | null>
  publicKeys(): Promise<unknown>
  listUsers(): Promise<AccountUser[]>
  findUser(email: string): Promise<AccountUser>
  createUser(account: NewAccount): Promise<AccountUser>
  setRoles(id: string, roles: readonly string[]): Promise<void>
  setPassword(id: string, password: string): Promise<void>
  removeUser(id: string): Promise<void>
  endSessions(id: string): Promise<void>
}
