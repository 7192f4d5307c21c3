/**
 * Who may do what to what: one table. What a row says of threads, sessions and the like is about one's own; other people's
 * are reached through resources of their own (`inbox`, `user`), and nobody reaches another tenant's.
 */
import type { Identity } from './identity.ts'

/** What an API key may be made for. They are the roles of whoever shows one. */
export const keyScopes = ['sessions:write', 'threads:read', 'threads:write'] as const
export type KeyScope = (typeof keyScopes)[number]

export type Role = 'guest' | 'user' | 'agent' | 'admin' | KeyScope
export type Action = 'create' | 'read' | 'update' | 'delete'

export type Resource =
  /** One's own ChatKit sessions. */
  | 'session'
  /** One's own conversations, with all that happens in them. */
  | 'thread'
  /** Files in one's own conversations. */
  | 'attachment'
  /** One's own tickets. */
  | 'ticket'
  /** What is known of oneself. */
  | 'profile'
  /** The tenant's documents. */
  | 'book'
  /** All of the tenant's tickets, with their conversations. */
  | 'inbox'
  /** The tenant's other users: their sessions can be taken back. */
  | 'user'
  /** What the tenant has configured. */
  | 'settings'
  /** Sessions that a server makes for the tenant's users. */
  | 'platform-session'
  /** The threads of all of the tenant's users. */
  | 'platform-thread'

export interface Permission {
  resource: Resource
  action: Action
}

type Grants = Partial<Record<Resource, readonly Action[]>>

const all: readonly Action[] = ['create', 'read', 'update', 'delete']
const conversation: Grants = {
  session: all,
  thread: all,
  attachment: ['create', 'read', 'delete'],
  book: ['read'],
}
const user: Grants = { ...conversation, ticket: ['create', 'read', 'update'], profile: ['read', 'update'] }
const agent: Grants = { ...user, inbox: ['read', 'update'], user: ['read'] }
const admin: Grants = {
  ...agent,
  inbox: ['read', 'update', 'delete'],
  book: all,
  user: ['read', 'update', 'delete'],
  settings: ['read', 'update'],
}

const grants: Record<Role, Grants> = {
  guest: conversation,
  user,
  agent,
  admin,
  'sessions:write': { 'platform-session': ['create', 'update'] },
  'threads:read': { 'platform-thread': ['read'] },
  'threads:write': { 'platform-thread': ['delete'] },
}

const granted = new Map(
  Object.entries(grants).map(([role, rows]) => [
    role,
    new Set(
      Object.entries(rows).flatMap(([resource, actions]) => actions.map((action) => `${resource} ${action}`)),
    ),
  ]),
)

/**
 * The roles that count: a guest is a guest whatever is said, and a user of whom nothing is said is a user. Roles that we do
 * not know count for nothing; where there are no others, nobody is left: contract A's `User role not found`.
 */
export function rolesOf({ kind, roles }: Pick<Identity, 'kind' | 'roles'>): readonly Role[] {
  if (kind === 'guest') return ['guest']
  if (kind === 'key') return roles.filter(isKeyScope)
  if (roles.length === 0) return ['user']
  return roles.filter(isUserRole)
}

export function isKeyScope(scope: string): scope is KeyScope {
  return keyScopes.some((known) => known === scope)
}

/** Nobody who signed in is a guest or a key, even when told to be. */
function isUserRole(role: string): role is Exclude<Role, 'guest' | KeyScope> {
  return role === 'user' || role === 'agent' || role === 'admin'
}

/** Whether one of the identity's roles has this permission. */
export function can(identity: Pick<Identity, 'kind' | 'roles'>, resource: Resource, action: Action): boolean {
  return rolesOf(identity).some((role) => granted.get(role)?.has(`${resource} ${action}`) ?? false)
}

/** Why not, for those who tell the two apart; null when it may. */
export function refusalOf(
  identity: Pick<Identity, 'kind' | 'roles'>,
  { resource, action }: Permission,
): 'unknown-role' | 'not-permitted' | null {
  if (rolesOf(identity).length === 0) return 'unknown-role'
  return can(identity, resource, action) ? null : 'not-permitted'
}
