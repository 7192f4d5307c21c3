/** API keys, by their hash. */
import type { ApiKey, ApiKeyRecords, KeyStanding } from '../auth/api-keys.ts'
import { createId, decodeId, encodeId } from '../conversation/ids.ts'
import { command, engineScope, statement, userScope } from './database.ts'
import type { Database, Scope, Statement } from './database.ts'

/** A key that is used all the time is noted once in so many seconds. */
const noteSeconds = 60

export function createApiKeyRecords(database: Database): ApiKeyRecords {
  return {
    createId: () => createId('key'),
    async add(key, keyHash) {
      await database.once(scopeOf(key.tenantId), [openKeys(), insertTenant(key), insertKey(key, keyHash)])
    },
    async list(tenantId) {
      const [, keys] = await database.once(scopeOf(tenantId), [openKeys(), selectKeys(tenantId)])
      return keys
    },
    async revoke(tenantId, id, at) {
      const uuid = decodeId('key', id)
      if (uuid === null) return null
      const [, key] = await database.once(scopeOf(tenantId), [openKeys(), revokeKey(tenantId, uuid, at)])
      return key
    },
    async use(keyHash, now) {
      const [standing] = await database.once(engineScope, [selectStanding(keyHash), noteUse(keyHash, now)])
      return standing
    },
  }
}

/** Keys are nobody's but the tenant's. */
function scopeOf(tenantId: string): Scope {
  return userScope({ tenantId, userId: '' })
}

/** For this transaction the tenant's keys are visible. */
function openKeys(): Statement<void> {
  return command("select set_config('parley.keys', 'open', true)")
}

interface StandingRow {
  id: string
  tenant_id: string
  scopes: ApiKey['scopes']
  created_at: Date
}

interface KeyRow extends StandingRow {
  name: string
  last_used_at: Date | null
  revoked_at: Date | null
}

const standingColumns = 'id, tenant_id, scopes, created_at'
const columns = `${standingColumns}, name, last_used_at, revoked_at`

function insertTenant({ tenantId }: ApiKey): Statement<void> {
  return command('insert into tenants (tenant_id) values ($1) on conflict do nothing', [tenantId])
}

function insertKey({ id, tenantId, name, scopes, createdAt }: ApiKey, keyHash: string): Statement<void> {
  return command(
    `insert into api_keys (id, tenant_id, name, hash, scopes, created_at)
     values ($1::uuid, $2, $3, $4, $5::text[], $6::timestamptz)`,
    [decodeId('key', id), tenantId, name, keyHash, scopes, createdAt.toISOString()],
  )
}

function selectKeys(tenantId: string): Statement<ApiKey[]> {
  return statement<KeyRow, ApiKey[]>(
    `select ${columns} from api_keys where tenant_id = $1 order by seq desc`,
    [tenantId],
    (rows) => rows.map(keyOf),
  )
}

function revokeKey(tenantId: string, uuid: string, at: Date): Statement<ApiKey | null> {
  return statement<KeyRow, ApiKey | null>(
    `update api_keys set revoked_at = coalesce(revoked_at, $3::timestamptz)
     where tenant_id = $1 and id = $2::uuid
     returning ${columns}`,
    [tenantId, uuid, at.toISOString()],
    ([row]) => (row === undefined ? null : keyOf(row)),
  )
}

function selectStanding(keyHash: string): Statement<KeyStanding | null> {
  return statement<StandingRow, KeyStanding | null>(
    `select ${standingColumns} from api_keys where hash = $1 and revoked_at is null`,
    [keyHash],
    ([row]) => (row === undefined ? null : standingOf(row)),
  )
}

function noteUse(keyHash: string, now: Date): Statement<void> {
  return command(
    `update api_keys set last_used_at = $2::timestamptz
     where hash = $1 and revoked_at is null
       and (last_used_at is null or last_used_at < $2::timestamptz - make_interval(secs => ${noteSeconds}))`,
    [keyHash, now.toISOString()],
  )
}

function standingOf(row: StandingRow): KeyStanding {
  return {
    id: encodeId('key', row.id),
    tenantId: row.tenant_id,
    scopes: row.scopes,
    createdAt: row.created_at,
  }
}

function keyOf(row: KeyRow): ApiKey {
  return {
    ...standingOf(row),
    name: row.name,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  }
}
