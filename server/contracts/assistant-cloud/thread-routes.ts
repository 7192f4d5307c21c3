/** Threads: listed, begun, changed, put away, deleted, and taken over from a guest. */
import { z } from 'zod'
import type { Access, Caller } from '../../admission/caller.ts'
import { createId } from '../../conversation/ids.ts'
import { newThread } from '../../conversation/threads.ts'
import { routesFor } from '../../http/door.ts'
import type { Route } from '../../http/door.ts'
import { HttpProblem } from '../../http/problem.ts'
import { encodeThread } from './encode.ts'
import type { AssistantCloudDoorOptions } from './options.ts'
import { refusedRefresh } from './token-routes.ts'
import {
  CreateThread,
  Nothing,
  RefreshGuest,
  Thread,
  ThreadPlace,
  ThreadsQuery,
  UpdateThread,
} from './wire.ts'

const route = routesFor<Caller, Access>()
const path = '/assistant-cloud/v1/threads'
const done = { 200: { description: 'Done', schema: Nothing } }

export function threadRoutes(options: AssistantCloudDoorOptions): Route<Access>[] {
  return [...listRoutes(options), ...ownRoutes(options)]
}

function listRoutes({ messages, guests, guestMoves, now }: AssistantCloudDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'get',
        path,
        summary: 'One’s threads, the one in which something was said last first',
        access: { resource: 'thread', action: 'read' },
        query: ThreadsQuery,
        replies: {
          200: { description: 'A page of them', schema: z.object({ threads: z.array(Thread) }) },
        },
      },
      async ({ caller, query }) => {
        const { is_archived: isArchived, external_id: externalId, limit, after } = query
        const threads = await messages.threads(caller.owner, { isArchived, externalId, limit, after })
        return Response.json({ threads: threads.map(encodeThread) })
      },
    ),
    route(
      {
        method: 'post',
        path,
        summary: 'Begins a thread',
        access: { resource: 'thread', action: 'create' },
        body: CreateThread,
        replies: { 201: { description: 'Its id', schema: z.object({ thread_id: z.string() }) } },
      },
      async ({ caller, body }) => {
        const id = createId('thr')
        const thread = {
          ...newThread(id, now().toISOString()),
          ...(body.title === undefined ? {} : { title: body.title }),
        }
        await messages.createThread(caller.owner, thread, {
          externalId: body.external_id ?? null,
          metadata: body.metadata ?? null,
          lastMessageAt: body.last_message_at,
        })
        return Response.json({ thread_id: id }, { status: 201 })
      },
    ),
    route(
      {
        method: 'post',
        path: `${path}/claim`,
        summary: 'Takes over what a guest has said',
        description: 'Who asks has signed in, and shows the guest’s refresh token.',
        access: { resource: 'thread', action: 'create' },
        body: RefreshGuest,
        replies: { 200: { description: 'How many threads', schema: z.object({ moved: z.int() }) } },
      },
      async ({ caller: { identity }, body }) => {
        if (identity.kind !== 'user') throw new HttpProblem('forbidden', 'Guests take over nothing.')
        const guest = (await guests?.guestOf(body.refresh_token)) ?? null
        if (guest === null || guest.tenantId !== identity.tenantId) throw refusedRefresh()
        return Response.json({ moved: await guestMoves.move(guest.tenantId, guest.userId, identity.userId) })
      },
    ),
  ]
}

function ownRoutes({ messages, store, now }: AssistantCloudDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'get',
        path: `${path}/:threadId`,
        summary: 'A thread',
        access: { resource: 'thread', action: 'read' },
        params: ThreadPlace,
        replies: { 200: { description: 'It', schema: z.object({ thread: Thread }) } },
      },
      async ({ caller, params }) =>
        Response.json({ thread: encodeThread(await messages.thread(caller.owner, params.threadId)) }),
    ),
    route(
      {
        method: 'put',
        path: `${path}/:threadId`,
        summary: 'Renames a thread, puts it away, brings it back',
        description: 'What is left out stays.',
        access: { resource: 'thread', action: 'update' },
        params: ThreadPlace,
        body: UpdateThread,
        replies: done,
      },
      async ({ caller, params, body }) => {
        const { title, metadata, is_archived: isArchived, last_message_at: lastMessageAt } = body
        const change = { title, metadata, isArchived, lastMessageAt }
        await messages.changeThread(caller.owner, params.threadId, change, now().toISOString())
        return Response.json({})
      },
    ),
    route(
      {
        method: 'delete',
        path: `${path}/:threadId`,
        summary: 'Deletes a thread with all that is in it',
        access: { resource: 'thread', action: 'delete' },
        params: ThreadPlace,
        replies: done,
      },
      async ({ caller, params }) => {
        await store.deleteThread(caller.owner, params.threadId)
        return Response.json({})
      },
    ),
  ]
}
