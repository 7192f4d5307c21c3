/**
 * API keys: `sk-parley-` and 256 random bits, with which a server acts for its whole tenant at the platform's door, and nowhere
 * else. Kept as a hash.
 *
 *   Authorization: Bearer ─▶ hash ─▶ a key that counts? ─▶ Identity of kind `key`, its scopes the roles
 *                                       ╰─ remembered for a minute at most, and asked about revocations every time ─╯
 */
import { hash, randomBytes } from 'node:crypto'
import type { Authenticator, Identity } from './identity.ts'
import { createMemory } from './memory.ts'
import { keyScopes } from './permissions.ts'
import type { KeyScope } from './permissions.ts'
import type { Revocations } from './revocations.ts'
import { bearerToken, rememberSecondsMax, rememberedMax } from './tokens.ts'

const tokenPrefix = 'sk-parley-'
const tokenPattern = /^sk-parley-[A-Za-z0-9_-]{43}$/
/** By then nothing remembers the key any more, and the table says by itself that it is revoked. */
const revokedSeconds = 86_400

export interface ApiKey {
  /** `key_…` */
  id: string
  tenantId: string
  /** For people. */
  name: string
  scopes: readonly KeyScope[]
  createdAt: Date
  /** To the minute or so; null: never. */
  lastUsedAt: Date | null
  revokedAt: Date | null
}

/** What a key needs to be judged. */
export type KeyStanding = Pick<ApiKey, 'id' | 'tenantId' | 'scopes' | 'createdAt'>

/** `storage/api-keys.ts` keeps them. */
export interface ApiKeyRecords {
  createId(): string
  add(key: ApiKey, keyHash: string): Promise<void>
  /** The newest first. */
  list(tenantId: string): Promise<ApiKey[]>
  /** Null: the tenant has no such key. */
  revoke(tenantId: string, id: string, at: Date): Promise<ApiKey | null>
  /** Notes that the key was used. Null: there is none, or it counts no more. */
  use(keyHash: string, now: Date): Promise<KeyStanding | null>
}

export interface NewApiKey {
  tenantId: string
  name: string
  scopes: readonly KeyScope[]
}

export interface ApiKeys {
  /** The token is here once, and then nowhere any more. */
  create(wish: NewApiKey): Promise<{ key: ApiKey; token: string }>
  list(tenantId: string): Promise<ApiKey[]>
  /** When it resolves, the key counts no more, here at once and elsewhere within a second. Null: there is no such key. */
  revoke(tenantId: string, id: string): Promise<ApiKey | null>
}

export interface ApiKeysOptions {
  records: ApiKeyRecords
  revocations: Pick<Revocations, 'revoke'>
  now?: () => Date
}

export function createApiKeys({ records, revocations, now = () => new Date() }: ApiKeysOptions): ApiKeys {
  return {
    async create({ tenantId, name, scopes }) {
      const token = `${tokenPrefix}${randomBytes(32).toString('base64url')}`
      const key: ApiKey = {
        id: records.createId(),
        tenantId,
        name,
        scopes: keyScopes.filter((scope) => scopes.includes(scope)),
        createdAt: now(),
        lastUsedAt: null,
        revokedAt: null,
      }
      await records.add(key, hashOf(token))
      return { key, token }
    },
    list: (tenantId) => records.list(tenantId),
    async revoke(tenantId, id) {
      const at = now()
      const key = await records.revoke(tenantId, id, at)
      if (key === null) return null
      const until = new Date(at.getTime() + revokedSeconds * 1_000)
      await revocations.revoke({ tenantId, userId: id, name: keyName(id), at, until })
      return key
    },
  }
}

function hashOf(token: string): string {
  return hash('sha256', token, 'hex')
}

function keyName(id: string): string {
  return `key:${id}`
}

function keyIdentity({ id, tenantId, scopes, createdAt }: KeyStanding): Identity {
  return {
    tenantId,
    userId: id,
    kind: 'key',
    roles: scopes,
    credential: { carrier: 'token', names: [keyName(id)], issuedAt: createdAt.getTime(), expiresAt: null },
  }
}

export interface ApiKeyAuthenticatorOptions {
  records: Pick<ApiKeyRecords, 'use'>
  now?: () => Date
}

/** Reads `Authorization: Bearer sk-parley-…`; every other token is left to the next authenticator. */
export function createApiKeyAuthenticator(options: ApiKeyAuthenticatorOptions): Authenticator {
  const { records, now = () => new Date() } = options
  const remembered = createMemory<Identity>(rememberedMax)
  return {
    async authenticate(request) {
      const token = bearerToken(request)
      if (token === null || !token.startsWith(tokenPrefix)) return null
      if (!tokenPattern.test(token)) return 'rejected'
      const keyHash = hashOf(token)
      const time = now()
      const known = remembered.get(keyHash, time.getTime())
      if (known !== undefined) return known
      const standing = await records.use(keyHash, time)
      if (standing === null) return 'rejected'
      const identity = keyIdentity(standing)
      remembered.set(keyHash, identity, time.getTime() + rememberSecondsMax * 1_000)
      return identity
    },
  }
}
