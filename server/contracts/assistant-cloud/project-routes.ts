/** The threads of all of the tenant's users, for a server with an API key. */
import { z } from 'zod'
import type { Access, Caller } from '../../admission/caller.ts'
import { routesFor } from '../../http/door.ts'
import type { Route } from '../../http/door.ts'
import { encodeMessage, encodeThread } from './encode.ts'
import type { AssistantCloudDoorOptions } from './options.ts'
import { Message, MessagesQuery, Thread, ThreadPlace, ThreadsQuery } from './wire.ts'

const route = routesFor<Caller, Access>()
const path = '/assistant-cloud/v1/projects/threads'
const access = { resource: 'platform-thread', action: 'read' } as const

export function projectRoutes({
  messages,
  tenantThreads,
  files,
}: AssistantCloudDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'get',
        path,
        summary: 'The threads of all users, the newest first',
        access,
        query: ThreadsQuery,
        replies: { 200: { description: 'A page of them', schema: z.object({ threads: z.array(Thread) }) } },
      },
      async ({ caller, query }) => {
        const { is_archived: isArchived, external_id: externalId, limit, after } = query
        const { tenantId } = caller.owner
        const threads = await messages.tenantThreads(tenantId, { isArchived, externalId, limit, after })
        return Response.json({ threads: threads.map(encodeThread) })
      },
    ),
    route(
      {
        method: 'get',
        path: `${path}/:threadId/messages`,
        summary: 'The messages of a user’s thread',
        access,
        params: ThreadPlace,
        query: MessagesQuery,
        replies: { 200: { description: 'A page of them', schema: z.object({ messages: z.array(Message) }) } },
      },
      async ({ caller, params, query, request }) => {
        const { owner } = await tenantThreads.find(caller.owner.tenantId, params.threadId)
        const page = await messages.messages(owner, params.threadId, query)
        return Response.json({
          messages: page.map((each) => {
            const message = encodeMessage(each, query.format)
            return { ...message, content: files.present(owner, message.content, request.url) }
          }),
        })
      },
    ),
  ]
}
