/**
 * New sessions, in groups: whoever asks at the same moment is stored in the same transaction.
 *
 *   sessions ─▶ owners noted · those whose user has none for device and workflow, and few in all ─▶ committed: stored, or not
 *               │ refused
 *               └▶ each by itself
 *
 * Many users' sessions are one statement, so the engine's role writes them. One that is not stored has something to be asked
 * about, and that is for a transaction in its user's own name.
 */
import { ParleyError } from '../conversation/errors.ts'
import type { ChatKitSession, SessionOwner } from '../auth/chatkit-sessions.ts'
import { decodeId } from '../conversation/ids.ts'
import { engineScope, statement } from './database.ts'
import type { Database, Statement } from './database.ts'
import { encodeJson } from './encode.ts'
import { createGroups } from './groups.ts'
import type { Groups } from './groups.ts'
import { insertOwners } from './tenants.ts'
import { arrayText, textArray } from './wire-values.ts'

/** Of one user, over or not: with more, somebody must look which are over, and which may be forgotten. */
const knownSessionsMax = 100

const oneAtOnce = { groupsAtOnceMax: 1, restMillisecondsMax: 5 }

/** Says of each whether it was stored. */
export function createNewSessions(database: Database): Groups<ChatKitSession, boolean> {
  return createGroups(async (sessions) => {
    const chosen = oneOfEachUser(sessions)
    const stored = await storeTogether(database, chosen)
    return sessions.map((session) => stored.get(session) ?? { status: 'fulfilled', value: false })
  }, oneAtOnce)
}

type Stored = ReadonlyMap<ChatKitSession, PromiseSettledResult<boolean>>

/** Those of one user are not counted twice in one statement. In one order for all, so that no two groups wait in a circle. */
function oneOfEachUser(sessions: readonly ChatKitSession[]): ChatKitSession[] {
  const byUser = new Map(sessions.map((session) => [nameOf(session), session]))
  return [...byUser].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, session]) => session)
}

function nameOf({ tenantId, userId }: SessionOwner): string {
  return JSON.stringify([tenantId, userId])
}

async function storeTogether(database: Database, sessions: readonly ChatKitSession[]): Promise<Stored> {
  try {
    const [, , stored] = await database.once(engineScope, [
      ...insertOwners(sessions),
      insertSessions(sessions),
    ])
    return new Map(
      sessions.map((session) => [session, { status: 'fulfilled', value: stored.has(session.id) }]),
    )
  } catch (reason) {
    // A database that is away is away for all of them.
    if (reason instanceof ParleyError || sessions.length === 1) {
      return new Map(sessions.map((session) => [session, { status: 'rejected', reason }]))
    }
    const each = await Promise.all(sessions.map((session) => storeTogether(database, [session])))
    return new Map(each.flatMap((one) => [...one]))
  }
}

function insertSessions(sessions: readonly ChatKitSession[]): Statement<ReadonlySet<string>> {
  const rows = sessions.map((session) => ({ ...session, uuid: decodeId('sess', session.id) }))
  const names = new Map(rows.map(({ uuid, id }) => [uuid, id]))
  return statement<{ id: string }, ReadonlySet<string>>(
    `insert into chatkit_sessions (id, tenant_id, user_id, device_id, workflow_id, session_token, metadata, page_context,
       hosted_ids, created_at, rotated_at, expires_at, requests_per_minute, terms)
     select id, tenant_id, user_id, device_id, workflow_id, session_token, metadata::jsonb, page_context::jsonb,
       hosted_ids::text[], created_at, created_at, expires_at, requests_per_minute, terms::jsonb
     from unnest(
       $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
       $10::timestamptz[], $11::timestamptz[], $12::integer[], $13::text[]
     ) as asked (id, tenant_id, user_id, device_id, workflow_id, session_token, metadata, page_context, hosted_ids,
         created_at, expires_at, requests_per_minute, terms)
     where (
       select count(*) from chatkit_sessions as known
       where known.tenant_id = asked.tenant_id and known.user_id = asked.user_id
     ) < ${knownSessionsMax}
     on conflict do nothing
     returning id`,
    [
      rows.map(({ uuid }) => uuid),
      rows.map(({ tenantId }) => tenantId),
      rows.map(({ userId }) => userId),
      rows.map(({ deviceId }) => deviceId),
      rows.map(({ workflowId }) => workflowId),
      rows.map(({ tokenHash }) => tokenHash),
      textArray(rows.map(({ metadata }) => encodeJson(metadata))),
      textArray(rows.map(({ pageContext }) => encodeJson(pageContext))),
      textArray(rows.map(({ hostedIds }) => arrayText(hostedIds))),
      rows.map(({ createdAt }) => createdAt.toISOString()),
      rows.map(({ expiresAt }) => expiresAt.toISOString()),
      rows.map(({ requestsPerMinute = null }) => requestsPerMinute),
      textArray(rows.map(({ terms }) => (terms === undefined ? null : encodeJson(terms)))),
    ],
    (stored) => new Set(stored.flatMap(({ id }) => names.get(id) ?? [])),
  )
}
