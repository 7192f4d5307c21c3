/**
 * The platform's door: OpenAI's `/v1/chatkit`, at which an app's server makes sessions for its users and looks after their threads.
 *
 *   an app's server ─▶ Authorization: Bearer sk-parley-… ─▶ its tenant, its scopes ─┬─▶ a session ─▶ client_secret ─▶ browser
 *                                                                                  └─▶ threads of all of the tenant's users
 *   the browser ─▶ /chatkit, Authorization: Bearer <client_secret> ─▶ that user, the workflow's agent, its state variables
 *
 * Source: openai 6.49 (`client.beta.chatkit`) and OpenAI's OpenAPI document.
 */
import { z } from 'zod'
import type { Admission, Admit } from '../../admission/admission.ts'
import type { Caller } from '../../admission/caller.ts'
import { isAgentName } from '../../agents/agents.ts'
import type { ChatKitSession } from '../../auth/chatkit-sessions.ts'
import type { Permission } from '../../auth/permissions.ts'
import type { SessionKeeper } from '../../auth/session-keeper.ts'
import type { Attachment } from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { TenantThreads, TwoWayRequest } from '../../conversation/tenant-threads.ts'
import { cleanJson, cleanText } from '../../conversation/text.ts'
import type { Owner } from '../../conversation/threads.ts'
import { createDoor, routesFor } from '../../http/door.ts'
import type { Door, Route } from '../../http/door.ts'
import { HttpProblem, problemResponse, toProblem } from '../../http/problem.ts'
import {
  encodeItem,
  encodeList,
  encodeSession,
  encodeThread,
  sessionIdOf,
  shownTypes,
  termsOf,
} from './encode.ts'
import {
  CreateSession,
  DeletedThread,
  ItemList,
  ItemsQuery,
  PlatformProblem,
  PlatformSession,
  PlatformThread,
  ThreadList,
  ThreadsQuery,
  limitDefault,
} from './wire.ts'

export interface PlatformDoorOptions {
  admission: Admission
  sessions: Pick<SessionKeeper, 'make' | 'findMade' | 'tokenOf' | 'revoke'>
  threads: TenantThreads
  store: Pick<ConversationStore, 'deleteThread'>
  /** A workflow that is no agent's name and yet has an agent. Default: there is none. */
  workflowId?: string | null
  /** Gives attachments addresses that work now. Default: those that are stored. */
  present?(owner: Owner, attachment: Attachment, requestUrl: string): Attachment
  now?: () => Date
}

/** State variables may be long: each up to 10 MiB. */
const sessionBytesMax = 16_777_216
const lifetimeSecondsDefault = 600
const sessionRequestsDefault = 10
/** A server asks for all of its users. */
const keyRequestsPerMinute = 3_000
const addressRequestsPerMinute = 6_000

export function createPlatformDoor(options: PlatformDoorOptions): Door {
  return createDoor({
    title: 'Platform',
    description:
      'OpenAI’s ChatKit platform API: sessions and threads of a tenant’s users, for servers with an API key.',
    routes: [...sessionRoutes(options), ...threadRoutes(options)],
    admit: createAdmit(options.admission),
    encodeProblem: problemResponse,
    problemSchema: PlatformProblem,
    problemStatuses: [400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503],
    below: ['/v1/chatkit/*'],
  })
}

function createAdmit(admission: Admission): Admit {
  const windowSeconds = 60
  const admit = admission({
    limits: [
      { name: 'platform-key', per: 'user', requestsMax: keyRequestsPerMinute, windowSeconds },
      { name: 'platform-address', per: 'address', requestsMax: addressRequestsPerMinute, windowSeconds },
    ],
    // That is: with none here.
    guestsBeginWith: { resource: 'thread', action: 'create' },
  })
  return async (...asked) => {
    try {
      return await admit(...asked)
    } catch (error) {
      throw inPlatformsWords(toProblem(error))
    }
  }
}

/** People who sign in here, and their tokens, are nobody at this door. */
function inPlatformsWords(problem: HttpProblem): HttpProblem {
  const { code, headers } = problem
  if (code === 'unauthenticated') {
    const message = 'This needs an API key that counts: Authorization: Bearer sk-parley-…'
    return new HttpProblem(code, message, { headers })
  }
  if (code !== 'forbidden') return problem
  return new HttpProblem(code, 'This needs an API key whose scopes allow it.', { headers })
}

const route = routesFor<Caller, Permission>()
const IdPath: z.ZodType<{ id: string }> = z.object({ id: z.string().max(200) })

function sessionRoutes(options: PlatformDoorOptions): Route<Permission>[] {
  const { sessions, now = () => new Date() } = options
  const reply = (session: ChatKitSession): Response =>
    Response.json(encodeSession(session, sessions.tokenOf(session), now()))
  return [
    route(
      {
        method: 'post',
        path: '/v1/chatkit/sessions',
        summary: 'Makes a session for a user',
        description:
          'A new one each time. Its client secret is a bearer token for the ChatKit endpoint, good until it expires.',
        access: { resource: 'platform-session', action: 'create' },
        body: CreateSession,
        bodyBytesMax: sessionBytesMax,
        replies: { 200: { description: 'The session', schema: PlatformSession } },
      },
      async ({ caller, body }) => {
        requireWorkflow(options, body.workflow.id)
        const { session } = await sessions.make(
          { tenantId: caller.owner.tenantId, userId: body.user },
          {
            workflowId: body.workflow.id,
            lifetimeSeconds: body.expires_after?.seconds ?? lifetimeSecondsDefault,
            requestsPerMinute: body.rate_limits?.max_requests_per_1_minute ?? sessionRequestsDefault,
            terms: cleanJson({ ...termsOf(body) }),
          },
        )
        return reply(session)
      },
    ),
    route(
      {
        method: 'post',
        path: '/v1/chatkit/sessions/:id/cancel',
        summary: 'Takes a session back',
        description:
          'Its client secret counts no more within a second, and what is being streamed to it ends. Again does nothing.',
        access: { resource: 'platform-session', action: 'update' },
        params: IdPath,
        replies: { 200: { description: 'The session', schema: PlatformSession } },
      },
      async ({ caller, params }) => {
        const { tenantId } = caller.owner
        const id = sessionIdOf(params.id)
        if (id === null) throw new HttpProblem('not_found', 'There is no such session.')
        const owner = await sessions.findMade(tenantId, id)
        await sessions.revoke(owner, id)
        return reply(await sessions.findMade(tenantId, id))
      },
    ),
  ]
}

function requireWorkflow({ workflowId }: PlatformDoorOptions, id: string): void {
  if (isAgentName(id) || id === workflowId) return
  throw new HttpProblem('not_found', `There is no workflow ${JSON.stringify(id)}: no agent has this name.`, {
    param: 'workflow.id',
  })
}

function threadRoutes({ threads, store, present }: PlatformDoorOptions): Route<Permission>[] {
  return [
    route(
      {
        method: 'get',
        path: '/v1/chatkit/threads',
        summary: 'The threads of a user, or of all users',
        access: { resource: 'platform-thread', action: 'read' },
        query: ThreadsQuery,
        replies: { 200: { description: 'A page of them', schema: ThreadList } },
      },
      async ({ caller, query }) => {
        const user = query.user === undefined || query.user === '' ? {} : { userId: cleanText(query.user) }
        const { data, hasMore } = await threads.page(caller.owner.tenantId, { ...twoWay(query), ...user })
        return Response.json(encodeList(data.map(encodeThread), hasMore))
      },
    ),
    route(
      {
        method: 'get',
        path: '/v1/chatkit/threads/:id',
        summary: 'A thread',
        access: { resource: 'platform-thread', action: 'read' },
        params: IdPath,
        replies: { 200: { description: 'The thread', schema: PlatformThread } },
      },
      async ({ caller, params }) =>
        Response.json(encodeThread(await threads.find(caller.owner.tenantId, params.id))),
    ),
    route(
      {
        method: 'delete',
        path: '/v1/chatkit/threads/:id',
        summary: 'Deletes a thread with all that is in it',
        access: { resource: 'platform-thread', action: 'delete' },
        params: IdPath,
        replies: { 200: { description: 'It is gone', schema: DeletedThread } },
      },
      async ({ caller, params: { id } }) => {
        const { owner } = await threads.find(caller.owner.tenantId, id)
        await store.deleteThread(owner, id)
        return Response.json({ id, object: 'chatkit.thread.deleted', deleted: true })
      },
    ),
    route(
      {
        method: 'get',
        path: '/v1/chatkit/threads/:id/items',
        summary: 'What was said in a thread',
        description:
          'Of the kinds that the platform API knows; others are left out, and no page is empty because of them.',
        access: { resource: 'platform-thread', action: 'read' },
        params: IdPath,
        query: ItemsQuery,
        replies: { 200: { description: 'A page of items', schema: ItemList } },
      },
      async ({ caller, params: { id }, query, request }) => {
        const { owner } = await threads.find(caller.owner.tenantId, id)
        const { data, hasMore } = await threads.items(owner, id, { ...twoWay(query), types: shownTypes })
        const presented = (attachment: Attachment): Attachment =>
          present?.(owner, attachment, request.url) ?? attachment
        const items = data.flatMap((item) => encodeItem(item, presented) ?? [])
        return Response.json(encodeList(items, hasMore))
      },
    ),
  ]
}

/** Clients send a cursor that they do not have as nothing, or as an empty text. */
function twoWay({
  limit = limitDefault,
  order = 'desc',
  after = '',
  before = '',
}: ItemsQuery): TwoWayRequest {
  return { limit, order, ...(after === '' ? {} : { after }), ...(before === '' ? {} : { before }) }
}
