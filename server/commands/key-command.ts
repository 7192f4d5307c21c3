/** `parley key`: API keys of a tenant, by hand. */
import { parseArgs } from 'node:util'
import type { ApiKey, ApiKeys } from '../auth/api-keys.ts'
import { defaultTenantId, isId } from '../auth/identity.ts'
import { isKeyScope, keyScopes } from '../auth/permissions.ts'
import type { KeyScope } from '../auth/permissions.ts'
import { CommandLineError, readOptions } from './command-line.ts'

export const keyUsage: string =
  'create <name> [--scopes <scope,scope>] [--tenant <id>] | list [--tenant <id>] | revoke <id> [--tenant <id>]\n' +
  `             Scopes: ${keyScopes.join(', ')}; all of them when none is named.`

export type KeyRequest = { tenantId: string } & (
  | { action: 'create'; name: string; scopes: KeyScope[] }
  | { action: 'list' }
  | { action: 'revoke'; id: string }
)

const nameLengthMax = 200

/** Throws `CommandLineError`. */
export function readKeyRequest(parameters: string[]): KeyRequest {
  const options = {
    tenant: { type: 'string', default: defaultTenantId },
    scopes: { type: 'string' },
  } as const
  const { positionals, values } = readOptions(() => ({
    values: parseArgs({ args: parameters, options, allowPositionals: true }),
  }))
  const { tenant: tenantId, scopes } = values
  if (!isId(tenantId)) throw new CommandLineError('--tenant must be 1 to 200 visible ASCII characters.')
  const [action = '', what = '', ...others] = positionals
  const isOther = others.length > 0 || (scopes !== undefined && action !== 'create')
  if (!isOther && action === 'list' && what === '') return { action, tenantId }
  if (!isOther && action === 'revoke' && what !== '') return { action, tenantId, id: what }
  if (!isOther && action === 'create' && what !== '') {
    if (what.length > nameLengthMax)
      throw new CommandLineError(`A name has at most ${nameLengthMax} characters.`)
    return { action, tenantId, name: what, scopes: readScopes(scopes) }
  }
  throw new CommandLineError(`What is meant is one of: key ${keyUsage}`)
}

function readScopes(text: string | undefined): KeyScope[] {
  if (text === undefined) return [...keyScopes]
  const named = text.split(',')
  const scopes = named.filter(isKeyScope)
  if (scopes.length === named.length) return scopes
  throw new CommandLineError(`--scopes must be of these, with commas between them: ${keyScopes.join(', ')}`)
}

/** A key that is made is said once, here. Throws `CommandLineError` for what cannot be done. */
export async function changeKeys(
  keys: ApiKeys,
  request: KeyRequest,
  say: (text: string) => void,
): Promise<void> {
  switch (request.action) {
    case 'create': {
      const { key, token } = await keys.create(request)
      return say(`${key.id} may ${key.scopes.join(', ')} from now on. It is shown this once:\n${token}\n`)
    }
    case 'list':
      for (const key of await keys.list(request.tenantId)) say(`${describe(key)}\n`)
      return
    case 'revoke': {
      const key = await keys.revoke(request.tenantId, request.id)
      if (key === null) throw new CommandLineError(`There is no key ${request.id}.`)
      return say(`${key.id} (${key.name}) counts no more.\n`)
    }
  }
}

function describe({ id, name, scopes, createdAt, lastUsedAt, revokedAt }: ApiKey): string {
  const state = revokedAt === null ? `used ${dayOf(lastUsedAt)}` : `revoked ${dayOf(revokedAt)}`
  return `${id}  ${scopes.join(',')}  created ${dayOf(createdAt)}  ${state}  ${name}`
}

function dayOf(date: Date | null): string {
  return date === null ? 'never' : date.toISOString().slice(0, 16)
}
