import { describe, expect, test } from 'vitest'
import { AccountProblem } from '../accounts/users.ts'
import type { AccountUsers } from '../accounts/users.ts'
import { changeUsers, readUserRequest } from './account-command.ts'
import { CommandLineError } from './command-line.ts'

function recorded() {
  const calls: unknown[][] = []
  const user = { id: 'x', email: 'ada@example.org', name: 'Ada', roles: 'admin', createdAt: new Date(0) }
  const users: AccountUsers = {
    list: async () => [user],
    async create(account) {
      calls.push(['create', account])
      return user
    },
    setRoles: async (...parameters) => void calls.push(['roles', ...parameters]),
    setPassword: async (...parameters) => void calls.push(['password', ...parameters]),
    remove: () => Promise.reject(new AccountProblem('There is no account of ada@example.org.')),
  }
  let said = ''
  const run = async (line: string) => {
    said = ''
    await changeUsers(users, readUserRequest(line.split(' ')), (text) => (said += text))
    return said
  }
  return { run, calls }
}

describe('parley user', () => {
  test('[ACCOUNT-17] accounts are made, listed and changed, and a password that is made is said once', async () => {
    const { run, calls } = recorded()
    expect(await run('list')).toBe('ada@example.org  admin  Ada\n')
    const made = await run('create ada@example.org --roles admin,agent')
    const [, password = ''] = /^Password: (\S{16})$/m.exec(made) ?? []
    expect(calls[0]).toMatchObject([
      'create',
      { email: 'ada@example.org', name: 'ada', roles: ['admin', 'agent'], password },
    ])
    expect(await run('create eve@example.org --name Eve --without-password')).not.toContain('Password')
    expect(calls[1]).toMatchObject(['create', { name: 'Eve', roles: ['user'], password: null }])
    await run('roles ada@example.org --roles user')
    expect(calls[2]).toEqual(['roles', 'ada@example.org', ['user']])
    const again = await run('password ada@example.org')
    expect(calls[3]).toEqual(['password', 'ada@example.org', /^Password: (\S{16})$/m.exec(again)?.[1]])
  })

  test('[ACCOUNT-17] what cannot be meant, or done, is said in a sentence', async () => {
    const { run, calls } = recorded()
    for (const line of [
      '',
      'create',
      'roles ada@example.org',
      'create a b',
      'drop ada@example.org',
      'list --all',
    ]) {
      await expect(run(line), line).rejects.toThrow(CommandLineError)
    }
    await expect(run('remove ada@example.org')).rejects.toThrow(CommandLineError)
    expect(calls).toEqual([])
  })
})
