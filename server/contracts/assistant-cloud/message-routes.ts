/** Messages, and the files that they show. */
import { z } from 'zod'
import type { Access, Caller } from '../../admission/caller.ts'
import { cleanJson } from '../../conversation/text.ts'
import { routesFor } from '../../http/door.ts'
import type { Route } from '../../http/door.ts'
import { saidIn } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { attachmentsIn } from './files.ts'
import type { AssistantCloudDoorOptions } from './options.ts'
import { titleBy } from './titles.ts'
import {
  CreateMessage,
  Feedback,
  FileKey,
  FileName,
  Message,
  MessagePlace,
  MessagesQuery,
  Nothing,
  SignedDownload,
  SignedUpload,
  ThreadPlace,
  UpdateMessage,
  messageBytesMax,
} from './wire.ts'

const route = routesFor<Caller, Access>()
const path = '/assistant-cloud/v1/threads/:threadId/messages'
const update = { resource: 'thread', action: 'update' } as const

export function messageRoutes(options: AssistantCloudDoorOptions): Route<Access>[] {
  return [...keptRoutes(options), feedbackRoute(options), ...fileRoutes(options)]
}

function keptRoutes({ messages, files, now }: AssistantCloudDoorOptions): Route<Access>[] {
  return [
    route(
      {
        method: 'get',
        path,
        summary: 'All branches of a thread, the last messages first',
        description:
          'What a client has written comes back as it was. What was said at other doors comes in the format that is asked for.',
        access: { resource: 'thread', action: 'read' },
        params: ThreadPlace,
        query: MessagesQuery,
        replies: { 200: { description: 'A page of them', schema: z.object({ messages: z.array(Message) }) } },
      },
      async ({ caller, params, query, request }) => {
        const page = await messages.messages(caller.owner, params.threadId, query)
        return Response.json({
          messages: page.map((each) => {
            const message = encodeMessage(each, query.format)
            return { ...message, content: files.present(caller.owner, message.content, request.url) }
          }),
        })
      },
    ),
    route(
      {
        method: 'post',
        path,
        summary: 'Keeps a message',
        description: 'Its words are an item of the thread from then on, as long as its branch is the newest.',
        access: update,
        params: ThreadPlace,
        body: CreateMessage,
        bodyBytesMax: messageBytesMax,
        replies: { 201: { description: 'Its id', schema: z.object({ message_id: z.string() }) } },
      },
      async ({ caller, params, body }) => {
        const content = cleanJson(body.content)
        const said = saidIn(content)
        const title = titleBy(said)
        const id = await messages.append(caller.owner, params.threadId, {
          parentId: body.parent_id,
          format: body.format,
          content,
          said,
          attachmentIds: attachmentsIn(content),
          ...(title === undefined ? {} : { title }),
          at: now().toISOString(),
        })
        return Response.json({ message_id: id }, { status: 201 })
      },
    ),
    route(
      {
        method: 'put',
        path: `${path}/:messageId`,
        summary: 'Gives a message another content',
        access: update,
        params: MessagePlace,
        body: UpdateMessage,
        bodyBytesMax: messageBytesMax,
        replies: { 200: { description: 'Done', schema: Nothing } },
      },
      async ({ caller, params: { threadId, messageId }, body }) => {
        const content = cleanJson(body.content)
        await messages.replace(caller.owner, threadId, messageId, {
          content,
          said: saidIn(content),
          attachmentIds: attachmentsIn(content),
          at: now().toISOString(),
        })
        return Response.json({})
      },
    ),
  ]
}

const FeedbackGiven = z.object({
  feedback_id: z.string(),
  type: z.enum(['positive', 'negative']),
  comment: z.string().nullable(),
})

function feedbackRoute({ messages }: AssistantCloudDoorOptions): Route<Access> {
  return route(
    {
      method: 'post',
      path: `${path}/:messageId/feedback`,
      summary: 'Says whether a message was good',
      description: 'Again is instead. The same without a comment leaves the comment that there is.',
      access: update,
      params: MessagePlace,
      body: Feedback,
      replies: { 200: { description: 'What is kept', schema: FeedbackGiven } },
    },
    async ({ caller, params: { threadId, messageId }, body }) => {
      const comment = body.comment === undefined || body.comment === '' ? null : body.comment
      const kept = await messages.feedback(caller.owner, threadId, messageId, { type: body.type, comment })
      return Response.json({ feedback_id: `feedback_${messageId}`, ...kept })
    },
  )
}

function fileRoutes({ files }: AssistantCloudDoorOptions): Route<Access>[] {
  const base = '/assistant-cloud/v1/files/attachments'
  return [
    route(
      {
        method: 'post',
        path: `${base}/generate-presigned-upload-url`,
        summary: 'Announces a file',
        description: 'Its bytes go to `signedUrl`, and `publicUrl` shows it then, for a while: see `key`.',
        access: { resource: 'attachment', action: 'create' },
        body: FileName,
        replies: { 201: { description: 'Where its bytes go', schema: SignedUpload } },
      },
      async ({ caller, body, request }) => {
        const { id, uploadUrl, showUrl, expiresAt } = await files.announce(
          caller.owner,
          body.filename,
          request.url,
        )
        const signed = { success: true, signedUrl: uploadUrl, expiresAt, publicUrl: showUrl, key: id }
        return Response.json(signed, { status: 201 })
      },
    ),
    route(
      {
        method: 'post',
        path: `${base}/generate-presigned-download-url`,
        summary: 'An address of a file that works now',
        access: { resource: 'attachment', action: 'read' },
        body: FileKey,
        replies: { 200: { description: 'It', schema: SignedDownload } },
      },
      async ({ caller, body, request }) => {
        const { id, url, expiresAt } = await files.open(caller.owner, body, request.url)
        return Response.json({ signedUrl: url, expiresAt, key: id })
      },
    ),
  ]
}
