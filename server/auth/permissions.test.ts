import { expect, test } from 'vitest'
import { can, refusalOf, rolesOf } from './permissions.ts'
import type { Action, KeyScope, Resource, Role } from './permissions.ts'

const resources: Resource[] = [
  'session',
  'thread',
  'attachment',
  'ticket',
  'profile',
  'book',
  'inbox',
  'user',
  'settings',
  'platform-session',
  'platform-thread',
]
const actions: Action[] = ['create', 'read', 'update', 'delete']
const letters: Record<Action, string> = { create: 'c', read: 'r', update: 'u', delete: 'd' }

const identityOf = (role: PersonRole): { kind: 'guest' | 'user'; roles: string[] } =>
  role === 'guest' ? { kind: 'guest', roles: [] } : { kind: 'user', roles: [role] }
type PersonRole = Exclude<Role, KeyScope>

/** As a person reads it: what each role may do to each resource. */
const expected: Record<PersonRole, Record<Resource, string>> = {
  guest: {
    session: 'crud',
    thread: 'crud',
    attachment: 'cr-d',
    ticket: '----',
    profile: '----',
    book: '-r--',
    inbox: '----',
    user: '----',
    settings: '----',
    'platform-session': '----',
    'platform-thread': '----',
  },
  user: {
    session: 'crud',
    thread: 'crud',
    attachment: 'cr-d',
    ticket: 'cru-',
    profile: '-ru-',
    book: '-r--',
    inbox: '----',
    user: '----',
    settings: '----',
    'platform-session': '----',
    'platform-thread': '----',
  },
  agent: {
    session: 'crud',
    thread: 'crud',
    attachment: 'cr-d',
    ticket: 'cru-',
    profile: '-ru-',
    book: '-r--',
    inbox: '-ru-',
    user: '-r--',
    settings: '----',
    'platform-session': '----',
    'platform-thread': '----',
  },
  admin: {
    session: 'crud',
    thread: 'crud',
    attachment: 'cr-d',
    ticket: 'cru-',
    profile: '-ru-',
    book: 'crud',
    inbox: '-rud',
    user: '-rud',
    settings: '-ru-',
    'platform-session': '----',
    'platform-thread': '----',
  },
}

test.each(['guest', 'user', 'agent', 'admin'] as const)('[PERMIT-1] what a %s may do', (role) => {
  const may = resources.map((resource) => [
    resource,
    actions.map((action) => (can(identityOf(role), resource, action) ? letters[action] : '-')).join(''),
  ])
  expect(Object.fromEntries(may)).toEqual(expected[role])
})

test('[PLATFORM-3] a key may what its scopes say and nothing else, whatever roles it is said to have', () => {
  const mayOf = (...roles: string[]): string[] =>
    resources.flatMap((resource) =>
      actions
        .filter((action) => can({ kind: 'key', roles }, resource, action))
        .map((each) => `${resource} ${each}`),
    )
  expect(mayOf('sessions:write')).toEqual(['platform-session create', 'platform-session update'])
  expect(mayOf('threads:read')).toEqual(['platform-thread read'])
  expect(mayOf('threads:write')).toEqual(['platform-thread delete'])
  expect(mayOf('admin', 'user', 'agent', 'guest')).toEqual([])
  expect(mayOf()).toEqual([])
  // Nor does a scope make a user of anybody else.
  expect(rolesOf({ kind: 'user', roles: ['sessions:write'] })).toEqual([])
})

test('[PERMIT-1] of several roles each counts', () => {
  const both = { kind: 'user', roles: ['user', 'agent'] } as const
  expect(can(both, 'inbox', 'read')).toBe(true)
  expect(can(both, 'settings', 'read')).toBe(false)
})

test('[PERMIT-2] who signed in and has no role is a user', () => {
  expect(rolesOf({ kind: 'user', roles: [] })).toEqual(['user'])
})

test('[PERMIT-2] roles that are not known count for nothing, and who has no others is refused everything', () => {
  const unknown = ['wizard', 'Admin', 'admin ', 'org:admin', '__proto__', 'constructor', 'guest', '']
  for (const role of unknown) {
    const identity = { kind: 'user', roles: [role] } as const
    expect(rolesOf(identity), role).toEqual([])
    expect(refusalOf(identity, { resource: 'thread', action: 'read' }), role).toBe('unknown-role')
    expect(
      resources.flatMap((resource) => actions.filter((action) => can(identity, resource, action))),
    ).toEqual([])
  }
  const mixed = { kind: 'user', roles: ['wizard', 'user'] } as const
  expect(refusalOf(mixed, { resource: 'thread', action: 'read' })).toBeNull()
  expect(refusalOf(mixed, { resource: 'inbox', action: 'read' })).toBe('not-permitted')
})

test('[PERMIT-3] a guest is a guest, whatever roles are said', () => {
  const guest = { kind: 'guest', roles: ['admin'] } as const
  expect(rolesOf(guest)).toEqual(['guest'])
  expect(can(guest, 'settings', 'read')).toBe(false)
})

test('[PERMIT-1] CVE-2026-45671: what is not in the table is refused, also when no type has checked it', () => {
  const made = JSON.parse('[["__proto__", "read"], ["thread", "toString"], ["thread read", ""], ["", ""]]')
  for (const [resource, action] of made) expect(can(identityOf('admin'), resource, action)).toBe(false)
})
