/** `parley user`: people with accounts, by hand. */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { AccountProblem } from '../accounts/users.ts'
import type { AccountUsers } from '../accounts/users.ts'
import { CommandLineError, readOptions } from './command-line.ts'

export const userUsage: string =
  'list | create <e-mail> [--name <name>] [--roles <role,role>] [--without-password] | roles <e-mail> --roles <role,role>\n' +
  '             | password <e-mail> | remove <e-mail>'

export type UserRequest =
  | { action: 'list' }
  | { action: 'create'; email: string; name: string; roles: string[]; hasPassword: boolean }
  | { action: 'roles'; email: string; roles: string[] }
  | { action: 'password' | 'remove'; email: string }

/** Throws `CommandLineError`. */
export function readUserRequest(parameters: string[]): UserRequest {
  const options = {
    name: { type: 'string' },
    roles: { type: 'string' },
    'without-password': { type: 'boolean', default: false },
  } as const
  const { positionals, values } = readOptions(() => ({
    values: parseArgs({ args: parameters, options, allowPositionals: true }),
  }))
  const [action = '', email = '', ...others] = positionals
  const { name, roles = '', 'without-password': withoutPassword } = values
  const named = roles.split(',').filter((role) => role !== '')
  if (action === 'list' && email === '') return { action }
  const isComplete = email !== '' && others.length === 0
  if (isComplete && action === 'create') {
    const [beforeAt = email] = email.split('@')
    const all = named.length === 0 ? ['user'] : named
    return { action, email, name: name ?? beforeAt, roles: all, hasPassword: !withoutPassword }
  }
  if (isComplete && action === 'roles' && named.length > 0) return { action, email, roles: named }
  if (isComplete && (action === 'password' || action === 'remove')) return { action, email }
  throw new CommandLineError(`What is meant is one of: user ${userUsage}`)
}

/** Passwords that are made here are said once. Throws `CommandLineError` for what cannot be done. */
export async function changeUsers(
  users: AccountUsers,
  request: UserRequest,
  say: (text: string) => void,
): Promise<void> {
  try {
    await change(users, request, say)
  } catch (error) {
    throw error instanceof AccountProblem ? new CommandLineError(error.message, { cause: error }) : error
  }
}

async function change(users: AccountUsers, request: UserRequest, say: (text: string) => void): Promise<void> {
  switch (request.action) {
    case 'list':
      for (const { email, roles, name } of await users.list()) say(`${email}  ${roles}  ${name}\n`)
      return
    case 'create': {
      const password = request.hasPassword ? createPassword() : null
      const { email, roles } = await users.create({ ...request, password })
      say(`${email} has an account now (${roles}).\n`)
      if (password !== null) say(`Password: ${password}\n`)
      return
    }
    case 'roles':
      await users.setRoles(request.email, request.roles)
      return say(`${request.email} has these roles from now on: ${request.roles.join(', ')}\n`)
    case 'password': {
      const password = createPassword()
      await users.setPassword(request.email, password)
      return say(`${request.email} is signed out everywhere.\nPassword: ${password}\n`)
    }
    case 'remove':
      await users.remove(request.email)
      return say(`${request.email} has no account any more. What they have said stays.\n`)
  }
}

/** 96 bits, as 16 characters. */
function createPassword(): string {
  return randomBytes(12).toString('base64url')
}
