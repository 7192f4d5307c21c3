/**
 * Titles, and what the client reports. Reports say what was written and how people use the page: they are taken, so that the
 * client is content, and nothing of them is kept.
 */
import { z } from 'zod'
import type { Access, Caller } from '../../admission/caller.ts'
import { createId } from '../../conversation/ids.ts'
import { routesFor } from '../../http/door.ts'
import type { Route } from '../../http/door.ts'
import type { AssistantCloudDoorOptions } from './options.ts'
import { titleThread } from './titles.ts'
import { EventReport, RunReport, TitleRequest, messageBytesMax } from './wire.ts'

const route = routesFor<Caller, Access>()

export function reportRoutes({ store }: AssistantCloudDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'post',
        path: '/assistant-cloud/v1/runs/stream',
        summary: 'Gives a thread its title',
        description: 'The one that it has, or one by the words that it begins with.',
        access: { resource: 'thread', action: 'update' },
        body: TitleRequest,
        bodyBytesMax: messageBytesMax,
        replies: {
          200: { description: 'The title, empty without words for one', mediaTypes: ['text/plain'] },
        },
      },
      async ({ caller, body }) =>
        new Response(await titleThread(store, caller.owner, body), {
          headers: { 'content-type': 'text/plain; charset=utf-8' },
        }),
    ),
    route(
      {
        method: 'post',
        path: '/assistant-cloud/v1/runs',
        summary: 'Takes a report of a run, and keeps nothing of it',
        access: { resource: 'thread', action: 'update' },
        body: RunReport,
        bodyBytesMax: messageBytesMax,
        replies: { 201: { description: 'A name for it', schema: z.object({ run_id: z.string() }) } },
      },
      async ({ caller, body }) => {
        await store.thread(caller.owner, body.thread_id)
        return Response.json({ run_id: createId('run') }, { status: 201 })
      },
    ),
    route(
      {
        method: 'post',
        path: '/assistant-cloud/v1/events',
        summary: 'Takes events, and keeps nothing of them',
        access: { resource: 'thread', action: 'read' },
        body: EventReport,
        replies: { 202: { description: 'How many are kept', schema: z.object({ accepted: z.int() }) } },
      },
      () => Response.json({ accepted: 0 }, { status: 202 }),
    ),
  ]
}
