/** Better Auth itself, behind as few words as we need of it. Nothing but `accounts.ts` loads this file. */
import { betterAuth } from 'better-auth'
import { hashPassword } from 'better-auth/crypto'
import { rolesOf } from '../auth/permissions.ts'
import { authOptions } from './auth-options.ts'
import { accountsPath } from './identity.ts'
import { passwordLengthMax, passwordLengthMin } from './options.ts'
import type { AccountsOptions } from './options.ts'
import { AccountProblem } from './users.ts'
import type { AccountUser, AuthServer } from './users.ts'

/** How many are listed. */
const usersMax = 10_000

export async function createAuthServer(options: AccountsOptions): Promise<AuthServer> {
  const auth = betterAuth(authOptions(options))
  const { adapter, internalAdapter } = await auth.$context

  async function listUsers(): Promise<AccountUser[]> {
    const sortBy = { field: 'createdAt', direction: 'asc' } as const
    return (await internalAdapter.listUsers(usersMax, 0, sortBy)).map(readUser)
  }

  async function findUser(email: string): Promise<AccountUser> {
    const found = await internalAdapter.findUserByEmail(normal(email))
    if (found === null) throw new AccountProblem(`There is no account of ${email}.`)
    return readUser(found.user)
  }

  return {
    handle: (request) => auth.handler(request),
    hashPassword,
    async readSession(cookies) {
      const headers = new Headers({ cookie: cookies })
      const found = await auth.api.getSession({ headers, query: { disableRefresh: true } })
      if (found === null) return null
      const { id, userId, createdAt, expiresAt } = found.session
      return { id, userId, createdAt, expiresAt, role: Reflect.get(found.user, 'role') }
    },
    async publicKeys() {
      const response = await auth.handler(new Request(`${options.url}${accountsPath}/jwks`))
      if (response.status !== 200) throw new Error(`Better Auth answered ${response.status} for its keys.`)
      const keys: unknown = await response.json()
      return keys
    },
    listUsers,
    findUser,
    async createUser({ email, name, roles, password }) {
      refuseRoles(roles)
      if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new AccountProblem(`${email} is no address.`)
      if ((await internalAdapter.findUserByEmail(normal(email))) !== null) {
        throw new AccountProblem(`There is an account of ${email} already.`)
      }
      const hashed = password === null ? null : await hashPassword(checkedPassword(password))
      // Past the hooks, which stand before those who sign up by themselves. Whoever makes it vouches for the address.
      const created = await adapter.transaction(async (transaction) => {
        const times = { createdAt: new Date(), updatedAt: new Date() }
        const user = await transaction.create<Record<string, unknown>, { id: string }>({
          model: 'user',
          data: { name, email: normal(email), emailVerified: true, role: rolesText(roles), ...times },
        })
        if (hashed !== null) {
          await transaction.create({
            model: 'account',
            data: { ...passwordLogin(user.id, hashed), ...times },
          })
        }
        return user
      })
      return readUser(created)
    },
    async setRoles(id, roles) {
      refuseRoles(roles)
      await internalAdapter.updateUser(id, { role: rolesText(roles) })
    },
    async setPassword(id, password) {
      const hashed = await hashPassword(checkedPassword(password))
      const logins = await internalAdapter.findAccounts(id)
      if (logins.some(({ providerId }) => providerId === 'credential')) {
        await internalAdapter.updatePassword(id, hashed)
      } else await internalAdapter.linkAccount(passwordLogin(id, hashed))
    },
    async removeUser(id) {
      await internalAdapter.deleteUser(id)
    },
    async endSessions(id) {
      await internalAdapter.deleteUserSessions(id)
    },
  }
}

function passwordLogin(userId: string, password: string) {
  return { userId, providerId: 'credential', accountId: userId, password }
}

function normal(email: string): string {
  return email.trim().toLowerCase()
}

function readUser(user: object): AccountUser {
  const { id, email, name, role, createdAt }: Record<string, unknown> = { ...user }
  if (typeof id !== 'string' || typeof email !== 'string') throw new Error('A user has no id or no address.')
  return {
    id,
    email,
    name: typeof name === 'string' ? name : '',
    roles: typeof role === 'string' ? role : '',
    createdAt: createdAt instanceof Date ? createdAt : new Date(0),
  }
}

/** One that is not known would count for nothing, and lock its user out. */
function refuseRoles(roles: readonly string[]): void {
  if (roles.length > 0 && rolesOf({ kind: 'user', roles }).length === roles.length) return
  throw new AccountProblem('Roles are user, agent and admin, at least one of them.')
}

function rolesText(roles: readonly string[]): string {
  return roles.join(',')
}

function checkedPassword(password: string): string {
  if (password.length >= passwordLengthMin && password.length <= passwordLengthMax) return password
  throw new AccountProblem(
    `A password has ${passwordLengthMin} to ${passwordLengthMax} characters (passwordLengthMin, passwordLengthMax).`,
  )
}
