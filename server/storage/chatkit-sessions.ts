/** ChatKit sessions, and whom a token speaks for. */
import type {
  ChatKitSession,
  SessionOwner,
  SessionPageRequest,
  SessionRecords,
  SessionStanding,
  SessionStatus,
} from '../auth/chatkit-sessions.ts'
import { ParleyError } from '../conversation/errors.ts'
import { createId, decodeId, encodeId } from '../conversation/ids.ts'
import { cleanJson } from '../conversation/text.ts'
import { command, engineScope, statement, userScope } from './database.ts'
import type { Database, Statement } from './database.ts'
import { DatabaseError } from './database-error.ts'
import { encodeJson } from './encode.ts'
import { createNewSessions } from './new-sessions.ts'
import { checkPage } from './pages.ts'
import { insertOwners } from './tenants.ts'

/** Of one user, at the same time. */
const sessionsMax = 100
/** Of one user, those that are over: older ones are forgotten. */
const endedSessionsMax = 100

export function createSessionRecords(database: Database): SessionRecords {
  const newSessions = createNewSessions(database)
  return {
    createId: () => createId('sess'),
    async open(given, change) {
      const fresh = cleaned(given)
      if (await newSessions.add(fresh)) return { session: fresh, before: null }
      return database.transaction(userScope(fresh), async (run, defer) => {
        const [, , , , , found] = await run(
          ...insertOwners([fresh]),
          noteExpired(fresh, fresh.createdAt),
          deleteOldest(fresh),
          insertSession(fresh),
          lockOpenSession(fresh),
        )
        if (found === null) throw tooMany()
        if (found.id === fresh.id) return { session: found, before: null }
        const session = change(found)
        if (session !== found) defer(updateSession(session))
        return { session, before: found }
      })
    },
    async change(owner, sessionId, change) {
      const uuid = uuidOf(sessionId)
      try {
        return await database.transaction(userScope(owner), async (run, defer) => {
          const [found] = await run(lockSession(owner, uuid))
          if (found === null) throw notFound()
          const session = change(found)
          if (session !== found) defer(updateSession(session))
          return { session, before: found }
        })
      } catch (error) {
        throw refusal(error)
      }
    },
    async find(owner, sessionId) {
      const [found] = await database.once(userScope(owner), [selectSession(owner, uuidOf(sessionId))])
      return found ?? Promise.reject(notFound())
    },
    async page(owner, request) {
      checkPage({ ...request, order: 'desc' })
      const after = request.after === undefined ? null : uuidOf(request.after)
      const [known, rows] = await database.once(userScope(owner), [
        selectSession(owner, after),
        selectPage(owner, after, request),
      ])
      if (after !== null && known === null) throw notFound()
      return { sessions: rows.slice(0, request.limit), hasMore: rows.length > request.limit }
    },
    async revoke(owner, sessionId, now) {
      const uuid = sessionId === null ? null : uuidOf(sessionId)
      const [revoked] = await database.once(userScope(owner), [revokeSessions(owner, uuid, now)])
      if (uuid !== null && revoked.length === 0) throw notFound()
      return uuid === null ? revoked.filter(({ expiresAt }) => expiresAt > now) : revoked
    },
    async lookUp(sessionId) {
      const uuid = decodeId('sess', sessionId)
      if (uuid === null) return null
      const [standing] = await database.once(engineScope, [selectStanding(uuid)])
      return standing
    },
  }
}

/** As it will be read again. */
function cleaned(session: ChatKitSession): ChatKitSession {
  const { metadata, pageContext, terms } = session
  return {
    ...session,
    metadata: cleanJson(metadata),
    pageContext: cleanJson(pageContext),
    ...(terms === undefined ? {} : { terms: cleanJson(terms) }),
  }
}

function uuidOf(sessionId: string): string {
  const uuid = decodeId('sess', sessionId)
  if (uuid === null) throw notFound()
  return uuid
}

/** One wording for what does not exist and for what belongs to somebody else. */
function notFound(): ParleyError {
  return new ParleyError('not_found', 'There is no such session.')
}

function tooMany(): ParleyError {
  return new ParleyError(
    'wrong_state',
    `There are ${sessionsMax} sessions already (sessionsMax). Please revoke some first.`,
  )
}

function refusal(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.constraint !== 'chatkit_sessions_one_per_device')
    return error
  return new ParleyError('wrong_state', 'There is a newer session on this device.')
}

interface StandingRow {
  id: string
  tenant_id: string
  user_id: string
  workflow_id: string
  status: SessionStatus
  generation: number
  created_at: Date
  rotated_at: Date
  expires_at: Date
  requests_per_minute: number | null
}

interface SessionRow extends StandingRow {
  device_id: string
  session_token: string
  metadata: Record<string, unknown>
  page_context: Record<string, unknown>
  hosted_ids: string[]
  terms: Record<string, unknown> | null
}

const standingColumns = `id, tenant_id, user_id, workflow_id, status, generation, created_at, rotated_at, expires_at,
  requests_per_minute`
const columns = `${standingColumns}, device_id, session_token, metadata, page_context, hosted_ids, terms`

function selectStanding(uuid: string): Statement<SessionStanding | null> {
  return statement<StandingRow, SessionStanding | null>(
    `select ${standingColumns} from chatkit_sessions where id = $1::uuid`,
    [uuid],
    ([row]) => (row === undefined ? null : standingOf(row)),
  )
}

function selectSession(owner: SessionOwner, uuid: string | null): Statement<ChatKitSession | null> {
  return statement<SessionRow, ChatKitSession | null>(
    `select ${columns} from chatkit_sessions where id = $3::uuid and tenant_id = $1 and user_id = $2`,
    [owner.tenantId, owner.userId, uuid],
    ([row]) => (row === undefined ? null : sessionOf(row)),
  )
}

function lockSession(owner: SessionOwner, uuid: string): Statement<ChatKitSession | null> {
  return statement<SessionRow, ChatKitSession | null>(
    `select ${columns} from chatkit_sessions where id = $3::uuid and tenant_id = $1 and user_id = $2 for no key update`,
    [owner.tenantId, owner.userId, uuid],
    ([row]) => (row === undefined ? null : sessionOf(row)),
  )
}

function lockOpenSession(session: ChatKitSession): Statement<ChatKitSession | null> {
  return statement<SessionRow, ChatKitSession | null>(
    `select ${columns} from chatkit_sessions
     where tenant_id = $1 and user_id = $2 and device_id = $3 and workflow_id = $4 and status = 'active'
     for no key update`,
    [session.tenantId, session.userId, session.deviceId, session.workflowId],
    ([row]) => (row === undefined ? null : sessionOf(row)),
  )
}

function selectPage(
  owner: SessionOwner,
  after: string | null,
  { limit, status, now }: SessionPageRequest,
): Statement<ChatKitSession[]> {
  return statement<SessionRow, ChatKitSession[]>(
    `select ${columns} from chatkit_sessions
     where tenant_id = $1 and user_id = $2
       and seq < (select coalesce((
         select seq from chatkit_sessions where id = $3::uuid and tenant_id = $1 and user_id = $2), 9223372036854775807))
       and ($4::text is null
         or $4::text = case when status = 'active' and expires_at <= $5::timestamptz then 'expired' else status::text end)
     order by seq desc
     limit $6::integer`,
    [owner.tenantId, owner.userId, after, status ?? null, now.toISOString(), limit + 1],
    (rows) => rows.map(sessionOf),
  )
}

/** Nobody looks at the clock for them, so it is done by whoever comes next. */
function noteExpired({ tenantId, userId }: SessionOwner, now: Date): Statement<void> {
  return command(
    `update chatkit_sessions set status = 'expired', ended_at = expires_at
     where tenant_id = $1 and user_id = $2 and status = 'active' and expires_at <= $3::timestamptz`,
    [tenantId, userId, now.toISOString()],
  )
}

function deleteOldest({ tenantId, userId }: SessionOwner): Statement<void> {
  return command(
    `delete from chatkit_sessions
     where tenant_id = $1 and user_id = $2 and status <> 'active' and seq <= (
       select seq from chatkit_sessions where tenant_id = $1 and user_id = $2 and status <> 'active'
       order by seq desc offset ${endedSessionsMax} limit 1)`,
    [tenantId, userId],
  )
}

/** Unless there is one for the same user, device and workflow, or the user has too many. */
function insertSession(session: ChatKitSession): Statement<void> {
  return command(
    `insert into chatkit_sessions (id, tenant_id, user_id, device_id, workflow_id, session_token, metadata, page_context,
       hosted_ids, created_at, rotated_at, expires_at, requests_per_minute, terms)
     select $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::jsonb, $8::jsonb, $9::text[],
       $10::timestamptz, $10::timestamptz, $11::timestamptz, $12::integer, $13::jsonb
     where (
       select count(*) from chatkit_sessions where tenant_id = $2::text and user_id = $3::text and status = 'active'
     ) < ${sessionsMax}
     on conflict (tenant_id, user_id, device_id, workflow_id) where status = 'active' do nothing`,
    [
      uuidOf(session.id),
      session.tenantId,
      session.userId,
      session.deviceId,
      session.workflowId,
      session.tokenHash,
      encodeJson(session.metadata),
      encodeJson(session.pageContext),
      session.hostedIds,
      session.createdAt.toISOString(),
      session.expiresAt.toISOString(),
      session.requestsPerMinute ?? null,
      session.terms === undefined ? null : encodeJson(session.terms),
    ],
  )
}

function updateSession(session: ChatKitSession): Statement<void> {
  return command(
    `update chatkit_sessions
     set status = $4::session_status, generation = $5::integer, session_token = $6::text, metadata = $7::jsonb,
         page_context = $8::jsonb, hosted_ids = $9::text[], rotated_at = $10::timestamptz, expires_at = $11::timestamptz,
         ended_at = case when $4::session_status = 'active' then null else ended_at end
     where id = $3::uuid and tenant_id = $1 and user_id = $2`,
    [
      session.tenantId,
      session.userId,
      uuidOf(session.id),
      session.status,
      session.generation,
      session.tokenHash,
      encodeJson(session.metadata),
      encodeJson(session.pageContext),
      session.hostedIds,
      session.rotatedAt.toISOString(),
      session.expiresAt.toISOString(),
    ],
  )
}

/** All: also those that have run out, so that nobody renews them, and those that were revoked, as if for the first time. */
function revokeSessions(owner: SessionOwner, uuid: string | null, now: Date): Statement<ChatKitSession[]> {
  return statement<SessionRow, ChatKitSession[]>(
    `update chatkit_sessions set status = 'revoked', ended_at = coalesce(ended_at, $4::timestamptz)
     where tenant_id = $1 and user_id = $2 and ($3::uuid is null or id = $3::uuid)
     returning ${columns}`,
    [owner.tenantId, owner.userId, uuid, now.toISOString()],
    (rows) => rows.map(sessionOf),
  )
}

function standingOf(row: StandingRow): SessionStanding {
  return {
    id: encodeId('sess', row.id),
    tenantId: row.tenant_id,
    userId: row.user_id,
    workflowId: row.workflow_id,
    status: row.status,
    generation: row.generation,
    createdAt: row.created_at,
    rotatedAt: row.rotated_at,
    expiresAt: row.expires_at,
    ...(row.requests_per_minute === null ? {} : { requestsPerMinute: row.requests_per_minute }),
  }
}

function sessionOf(row: SessionRow): ChatKitSession {
  return {
    ...standingOf(row),
    deviceId: row.device_id,
    tokenHash: row.session_token,
    metadata: row.metadata,
    pageContext: row.page_context,
    hostedIds: row.hosted_ids,
    ...(row.terms === null ? {} : { terms: row.terms }),
  }
}
