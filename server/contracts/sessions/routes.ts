/**
 * The door of contracts A and B: sessions with which a browser acts for one user.
 *
 *   a page ─▶ of an allowed site? ─▶ who, how much ─▶ the session of user, device and workflow ─▶ client_secret
 *                                                                    │
 *   a ChatKit client ─▶ /chatkit, Authorization: Bearer <client_secret> ─▶ that user, the workflow's agent, the page's context
 */
import type { Admission, Admit } from '../../admission/admission.ts'
import type { Caller } from '../../admission/caller.ts'
import type { Learners } from '../../agents/learners.ts'
import type { SessionOwner } from '../../auth/chatkit-sessions.ts'
import { HostedSessionError } from '../../auth/hosted-sessions.ts'
import { can } from '../../auth/permissions.ts'
import type { Permission } from '../../auth/permissions.ts'
import type { GivenSession, SessionKeeper, SessionWish } from '../../auth/session-keeper.ts'
import { cleanJson, cleanText } from '../../conversation/text.ts'
import { pageLimitDefault } from '../../conversation/threads.ts'
import { createDoor, routesFor } from '../../http/door.ts'
import type { Door, DoorOptions, Route } from '../../http/door.ts'
import { jsonReply } from '../../http/json-reply.ts'
import { nextLink } from '../../http/next-link.ts'
import { markerHeader } from '../../http/origin.ts'
import { HttpProblem, toProblem } from '../../http/problem.ts'
import { limitHeaderNames } from '../../limits/headers.ts'
import { creationFailed, encodeGiven, encodeProblem, encodeSession, notConfigured } from './encode.ts'
import { siteOf } from './sites.ts'
import type { Sites } from './sites.ts'
import {
  OneSessionReply,
  RevokeReply,
  RevokeRequest,
  SessionProblem,
  SessionReply,
  SessionRequest,
  SessionsQuery,
  SessionsReply,
  pageFieldNames,
} from './wire.ts'
import { z } from 'zod'

export interface SessionsDoorOptions {
  admission: Admission
  sessions: SessionKeeper
  /** Null: nobody has said which, and no session can be created. */
  workflowId: string | null
  /** Other sites whose pages may ask here: `https://book.example.org`. Our own pages always may. */
  allowedOrigins?: readonly string[]
  /** Our public origins, where a proxy rewrites `Host`. */
  publicOrigins?: readonly string[]
  /** How often one address may ask for a session in a minute. Default 10. */
  creationsPerMinute?: number
  /** Told of users whom somebody has vouched for, so that a profile is theirs. */
  learners?: Pick<Learners, 'vouch'>
  now?: () => Date
}

const bodyBytesMax = 65_536
const requestsPerMinute = 100
const addressRequestsPerMinute = 300

export function createSessionsDoor(options: SessionsDoorOptions): Door {
  const { allowedOrigins = [], now = () => new Date() } = options
  return createDoor({
    title: 'Sessions',
    description: 'Contracts A and B: sessions for ChatKit clients, created, refreshed, listed and revoked.',
    routes: [...creatingRoutes(options, now), ...sessionRoutes(options, now), ...listRoutes(options, now)],
    admit: createAdmit(options),
    encodeProblem: (problem, requestId) => encodeProblem(problem, requestId, now()),
    problemSchema: SessionProblem,
    problemStatuses: [400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503],
    cors: {
      credentialedOrigins: allowedOrigins,
      anyOrigin: false,
      allowedHeaders: ['Authorization', 'Content-Type', 'X-Request-ID'],
      exposedHeaders: [...limitHeaderNames, 'Link', 'X-Request-ID'],
    },
    bodyBytesMax,
    below: ['/api/chatkit/*'],
  })
}

/** Contract B's limit stands before creations, another before everything else. */
function createAdmit(options: SessionsDoorOptions): DoorOptions<Permission>['admit'] {
  const { admission, creationsPerMinute = 10, allowedOrigins = [], publicOrigins = [] } = options
  const window = { windowSeconds: 60 } as const
  const common = {
    trustedOrigins: allowedOrigins,
    guestsBeginWith: { resource: 'session', action: 'create' },
  } as const
  const creating = admission({
    ...common,
    limits: [{ ...window, name: 'session-creations', per: 'address', requestsMax: creationsPerMinute }],
  })
  const others = admission({
    ...common,
    limits: [
      { ...window, name: 'sessions', per: 'user', requestsMax: requestsPerMinute },
      { ...window, name: 'sessions-address', per: 'address', requestsMax: addressRequestsPerMinute },
    ],
  })
  return async (request, access, context) => {
    const checked = requireAllowedSite(request, { allowedOrigins, publicOrigins })
    if (access.action !== 'create') return others(checked, access, context)
    return inContractsWords(creating, checked, access, context)
  }
}

/** Pages of others know nothing of the mark that we ask of a trusted origin's. Here they need none: they are looked at first. */
function requireAllowedSite(request: Request, sites: Sites): Request {
  const site = siteOf(request, sites)
  if (site === 'other') throw new HttpProblem('forbidden', 'Pages of this site may not ask for sessions.')
  if (site === 'own' || request.headers.has(markerHeader)) return request
  const headers = new Headers(request.headers)
  headers.set(markerHeader, 'site')
  return new Request(request.url, { method: request.method, headers })
}

async function inContractsWords(admit: Admit, ...asked: Parameters<Admit>): ReturnType<Admit> {
  try {
    return await admit(...asked)
  } catch (error) {
    const { code, headers } = toProblem(error)
    if (code !== 'rate_limited') throw error
    const seconds = headers['retry-after'] ?? '60'
    throw new HttpProblem(code, `Too many session creation attempts. Try again in ${seconds} seconds.`, {
      headers,
    })
  }
}

const route = routesFor<Caller, Permission>()
const SessionPath: z.ZodType<{ id: string }> = z.object({ id: z.string().max(200) })

function creatingRoutes(options: SessionsDoorOptions, now: () => Date): Route<Permission>[] {
  return [
    route(
      {
        method: 'post',
        path: '/api/chatkit/session',
        summary: 'Creates a session, or gives the one there is',
        description:
          'One session for each user, device and workflow, for 24 hours: the same with the same token while more than an hour is ' +
          'left, then with a new one. Who shows nothing becomes a guest.',
        access: { resource: 'session', action: 'create' },
        makesGuests: true,
        body: SessionRequest,
        isBodyOptional: true,
        replies: {
          201: { description: 'A new session', schema: SessionReply },
          200: { description: 'The session there was, perhaps with a new token', schema: SessionReply },
        },
      },
      async ({ caller, body, context }) => {
        const given = await failingAsOne(() => openSession(options, caller, body))
        const status = given.outcome === 'created' ? 201 : 200
        return jsonReply(context, encodeGiven(given, now()), { status })
      },
    ),
    route(
      {
        method: 'post',
        path: '/api/chatkit/session/:id/refresh',
        summary: 'Gives a session a new token',
        description:
          'Good for 24 hours. The token before it stays good for a minute, and who asks again in that minute gets the same.',
        access: { resource: 'session', action: 'update' },
        params: SessionPath,
        body: z.object({}),
        isBodyOptional: true,
        replies: { 200: { description: 'The session', schema: SessionReply } },
      },
      async ({ caller, params }) => {
        requireOwnSession(caller, params.id)
        const given = await failingAsOne(() => options.sessions.refresh(caller.owner, params.id))
        return Response.json(encodeGiven(given, now()))
      },
    ),
  ]
}

function sessionRoutes({ sessions }: SessionsDoorOptions, now: () => Date): Route<Permission>[] {
  return [
    route(
      {
        method: 'get',
        path: '/api/chatkit/session/:id',
        summary: 'A session, without its token',
        access: { resource: 'session', action: 'read' },
        params: SessionPath,
        replies: { 200: { description: 'The session', schema: OneSessionReply } },
      },
      async ({ caller, params }) => {
        requireOwnSession(caller, params.id)
        const session = await sessions.find(caller.owner, params.id)
        return Response.json({ session: encodeSession(session, now()) })
      },
    ),
    route(
      {
        method: 'delete',
        path: '/api/chatkit/session/:id',
        summary: 'Revokes a session',
        description:
          'Its tokens count no more within a second, and what is being streamed to them ends. Again does nothing.',
        access: { resource: 'session', action: 'delete' },
        params: SessionPath,
        replies: { 200: { description: 'The session', schema: OneSessionReply } },
      },
      async ({ caller, params }) => {
        requireOwnSession(caller, params.id)
        await sessions.revoke(caller.owner, params.id)
        const session = await sessions.find(caller.owner, params.id)
        return Response.json({ session: encodeSession(session, now()) })
      },
    ),
  ]
}

function listRoutes({ sessions }: SessionsDoorOptions, now: () => Date): Route<Permission>[] {
  return [
    route(
      {
        method: 'get',
        path: '/api/chatkit/sessions',
        summary: 'The sessions of the user, those that are over too',
        access: { resource: 'session', action: 'read' },
        query: SessionsQuery,
        replies: { 200: { description: 'A page of them', schema: SessionsReply } },
      },
      async ({ caller, query, request }) => {
        requireWholeUser(caller)
        const { limit = pageLimitDefault, cursor, status } = query
        const { sessions: page, hasMore } = await sessions.page(caller.owner, {
          limit,
          ...(cursor === undefined ? {} : { after: cursor }),
          ...(status === undefined ? {} : { status }),
        })
        const nextCursor = hasMore ? (page.at(-1)?.id ?? null) : null
        return Response.json(
          { sessions: page.map((session) => encodeSession(session, now())), hasMore, nextCursor },
          { headers: nextLink(request, nextCursor) },
        )
      },
    ),
    route(
      {
        method: 'post',
        path: '/api/chatkit/revoke',
        summary: 'Revokes one session, or all of a user',
        access: { resource: 'session', action: 'delete' },
        body: RevokeRequest,
        replies: { 200: { description: 'What was revoked', schema: RevokeReply } },
      },
      async ({ caller, body }) => {
        const { sessionId } = body
        if (sessionId === undefined) requireWholeUser(caller)
        else requireOwnSession(caller, sessionId)
        const revoked = await sessions.revoke(ownerFor(caller, body.userId), sessionId ?? null)
        return Response.json({ success: true, revoked: revoked.map(({ id }) => id) })
      },
    ),
  ]
}

async function openSession(
  { sessions, workflowId, learners }: SessionsDoorOptions,
  { identity, owner }: Caller,
  body: SessionRequest,
): Promise<GivenSession> {
  if (workflowId === null) {
    throw new HttpProblem(notConfigured, 'ChatKit workflow ID not configured', { status: 500 })
  }
  const wish = wishOf(body)
  // A widget that shows the token it has wants that session, whatever else could be its user's.
  if (identity.sessionId !== undefined) return sessions.reopen(owner, identity.sessionId, wish)
  const given = await sessions.open(owner, { ...wish, workflowId, deviceId: deviceOf(sessions, body) })
  if (given.outcome === 'created' && identity.kind === 'user') await learners?.vouch(owner, {})
  return given
}

/** An e-mail from a form is nobody's identity: it only tells this browser's students apart. */
function deviceOf(sessions: SessionKeeper, { deviceId, student_email: email }: SessionRequest): string {
  if (typeof deviceId === 'string') return deviceId
  return typeof email === 'string' ? sessions.studentDevice(email) : 'default'
}

/** A page that says anything of itself says all it has to say. */
function wishOf(body: SessionRequest): SessionWish {
  const said = pageFieldNames.flatMap((name) => {
    const value = body[name]
    return typeof value === 'string' ? [[name, cleanText(value)] as const] : []
  })
  return {
    ...(said.length === 0 ? {} : { pageContext: Object.fromEntries(said) }),
    ...(body.metadata === undefined || body.metadata === null ? {} : { metadata: cleanJson(body.metadata) }),
  }
}

/** Whatever fails at creating that nobody outside can do anything about is one problem: contract B's 500. */
async function failingAsOne(create: () => Promise<GivenSession>): Promise<GivenSession> {
  try {
    return await create()
  } catch (error) {
    const problem = toProblem(error)
    if (!(error instanceof HostedSessionError) && problem.code !== 'internal_error') throw error
    throw new HttpProblem(creationFailed, 'Could not create ChatKit session. Please try again.', {
      status: 500,
      cause: error,
    })
  }
}

/** Who shows a session's token reaches that session only: no other is there for them. */
function requireOwnSession({ identity }: Caller, sessionId: string): void {
  if (identity.sessionId === undefined || identity.sessionId === sessionId) return
  throw new HttpProblem('not_found', 'There is no such session.')
}

function requireWholeUser({ identity }: Caller): void {
  if (identity.sessionId === undefined) return
  throw new HttpProblem('forbidden', "With a session's token there is only that session.")
}

function ownerFor({ identity, owner }: Caller, userId: string | undefined): SessionOwner {
  if (userId === undefined || userId === owner.userId) return owner
  if (!can(identity, 'user', 'delete')) throw new HttpProblem('forbidden', 'You may not do that.')
  return { tenantId: owner.tenantId, userId }
}
