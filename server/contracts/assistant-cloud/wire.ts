/**
 * Every shape on the wire of the assistant-cloud door. Times are ISO 8601 in UTC with milliseconds, and nothing else: the client
 * refuses any other spelling. Bodies are refused that say what nobody here understands.
 * Source: assistant-cloud 0.2.2 and its REST reference, https://www.assistant-ui.com/docs/cloud/api
 */
import { z } from 'zod'
import type { JsonObject } from '../../conversation/items.ts'
import { cleanText } from '../../conversation/text.ts'

/** In UTF-16 code units. */
const titleLengthMax = 500
const externalIdLengthMax = 255
const formatLengthMax = 255
const idLengthMax = 255
const metadataLengthMax = 16_384
const commentLengthMax = 2_000
/** Of a message's content, as JSON. */
export const contentLengthMax = 1_048_576
const threadsLimitMax = 100
const messagesLimitMax = 200
const titleMessagesMax = 1_000
const partsMax = 1_000
const eventsMax = 50
const fileNameLengthMax = 255
const refreshTokenLengthMax = 8_192
/** Of JSON with a content in it: characters may take several bytes each. */
export const messageBytesMax: number = 4 * 1024 * 1024

export interface WireThread {
  /** `thr_…` */
  id: string
  /** The tenant. */
  project_id: string
  /** The user whose it is. */
  workspace_id: string
  title: string | null
  last_message_at: string
  metadata: JsonObject | null
  external_id: string | null
  created_at: string
  updated_at: string
  is_archived: boolean
}

export interface WireMessage {
  id: string
  parent_id: string | null
  height: number
  created_at: string
  updated_at: string
  format: string
  content: JsonObject
}

export interface CreateThread {
  last_message_at: string
  title?: string | undefined
  metadata?: JsonObject | null | undefined
  external_id?: string | null | undefined
}

export interface UpdateThread {
  title?: string | undefined
  last_message_at?: string | undefined
  metadata?: JsonObject | null | undefined
  is_archived?: boolean | undefined
}

export interface CreateMessage {
  parent_id: string | null
  format: string
  content: JsonObject
}

export interface Feedback {
  type: 'positive' | 'negative'
  comment?: string | null | undefined
}

export interface TitleRequest {
  thread_id: string
  assistant_id: string
  messages: TitleMessage[]
}
export interface TitleMessage {
  role: string
  content: { type: string; text?: string | undefined }[]
}

export interface RefreshToken {
  token: string
  expires_at: string
}

function atMost(lengthMax: number, name: string): z.ZodString {
  return z.string().max(lengthMax, `Must have at most ${lengthMax} characters (${name})`)
}

const jsonObject = z.record(z.string(), z.json())
/** Depth and size of a body are checked before. */
function sized(lengthMax: number, name: string): z.ZodType<JsonObject> {
  return jsonObject.refine((value) => JSON.stringify(value).length <= lengthMax, {
    error: `Must have at most ${lengthMax} characters as JSON (${name})`,
  })
}

const instant = z.iso.datetime({ error: 'Must be a time like 2026-01-31T12:00:00.000Z' })
const title = atMost(titleLengthMax, 'titleLengthMax').overwrite(cleanText)
const metadata = sized(metadataLengthMax, 'metadataLengthMax')
const externalId = atMost(externalIdLengthMax, 'externalIdLengthMax').overwrite(cleanText)
const content = sized(contentLengthMax, 'contentLengthMax')
const id = atMost(idLengthMax, 'idLengthMax')

export const CreateThread: z.ZodType<CreateThread> = z
  .strictObject({
    last_message_at: instant.describe('Where the thread stands in the list until something is said in it.'),
    title: title.optional(),
    metadata: metadata.nullish(),
    external_id: externalId.nullish().describe('The client’s own name for it. Several may have the same.'),
  })
  .meta({ id: 'CloudCreateThread' })

export const UpdateThread: z.ZodType<UpdateThread> = z
  .strictObject({
    title: title.optional(),
    last_message_at: instant.optional(),
    metadata: metadata.nullish().describe('In place of what there was; null takes it away.'),
    is_archived: z.boolean().optional(),
  })
  .meta({ id: 'CloudUpdateThread' })

export const CreateMessage: z.ZodType<CreateMessage> = z
  .strictObject({
    parent_id: id.nullable().describe('A message of the same thread; null begins the tree anew.'),
    format: atMost(formatLengthMax, 'formatLengthMax')
      .min(1, 'Must not be empty')
      .describe('aui/v0, ai-sdk/v6, or any other.'),
    content: content.describe('Comes back as it is.'),
  })
  .meta({ id: 'CloudCreateMessage' })

export const UpdateMessage: z.ZodType<{ content: JsonObject }> = z
  .strictObject({ content })
  .meta({ id: 'CloudUpdateMessage' })

export const Feedback: z.ZodType<Feedback> = z
  .strictObject({
    type: z.enum(['positive', 'negative']),
    comment: atMost(commentLengthMax, 'commentLengthMax').trim().nullish(),
  })
  .meta({ id: 'CloudFeedback' })

/** What else a message or a part has is not looked at. */
export const TitleRequest: z.ZodType<TitleRequest> = z
  .object({
    thread_id: id,
    assistant_id: z.string().max(200).describe('`system/thread_title`: there is no other.'),
    messages: z
      .array(
        z.object({
          role: z.string().max(50),
          content: z
            .array(z.object({ type: z.string().max(100), text: z.string().optional() }))
            .max(partsMax),
        }),
      )
      .max(titleMessagesMax, `Must be at most ${titleMessagesMax} (titleMessagesMax)`),
  })
  .meta({ id: 'CloudTitleRequest' })

/** Reports are taken and not kept, so of what is in them only the thread matters. */
export const RunReport: z.ZodType<{ thread_id: string }> = z
  .object({ thread_id: id })
  .meta({ id: 'CloudRunReport' })

export const EventReport: z.ZodType<{ events: unknown[] }> = z
  .object({ events: z.array(z.unknown()).min(1).max(eventsMax, `Must be at most ${eventsMax} (eventsMax)`) })
  .meta({ id: 'CloudEvents' })

export const RefreshGuest: z.ZodType<{ refresh_token: string }> = z
  .object({
    refresh_token: atMost(refreshTokenLengthMax, 'refreshTokenLengthMax').min(1, 'Must not be empty'),
  })
  .meta({ id: 'CloudRefreshToken' })

export const FileName: z.ZodType<{ filename: string }> = z
  .object({
    filename: atMost(fileNameLengthMax, 'fileNameLengthMax').min(1, 'Must not be empty').overwrite(cleanText),
  })
  .meta({ id: 'CloudFileName' })

export const FileKey: z.ZodType<{ key?: string | undefined; url?: string | undefined }> = z
  .object({ key: atMost(2_000, 'keyLengthMax').optional(), url: atMost(8_000, 'urlLengthMax').optional() })
  .refine(({ key, url }) => (key === undefined) !== (url === undefined), {
    error: 'Say either key or url',
  })
  .meta({ id: 'CloudFileKey' })

export interface ThreadsQuery {
  is_archived: boolean
  external_id?: string | undefined
  limit: number
  after?: string | undefined
}
const count = (max: number, name: string): z.ZodType<number> =>
  z.coerce.number().int().min(1, 'Must be at least 1').max(max, `Must be at most ${max} (${name})`)

/** One list has the threads that are put away, the other those that are not. */
export const ThreadsQuery: z.ZodType<ThreadsQuery> = z.object({
  is_archived: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  external_id: externalId.optional(),
  limit: count(threadsLimitMax, 'threadsLimitMax').default(20),
  after: id.optional().describe('The last thread of the page before.'),
})

export interface MessagesQuery {
  format?: string | undefined
  limit: number
  after?: string | undefined
}
export const MessagesQuery: z.ZodType<MessagesQuery> = z.object({
  format: atMost(formatLengthMax, 'formatLengthMax').optional(),
  limit: count(messagesLimitMax, 'messagesLimitMax').default(messagesLimitMax),
  after: id.optional().describe('The last message of the page before.'),
})

export const ThreadPlace: z.ZodType<{ threadId: string }> = z.object({ threadId: z.string() })
export const MessagePlace: z.ZodType<{ threadId: string; messageId: string }> = z.object({
  threadId: z.string(),
  messageId: z.string(),
})

export const Thread: z.ZodType<WireThread> = z
  .object({
    id: z.string(),
    project_id: z.string(),
    workspace_id: z.string(),
    title: z.string().nullable(),
    last_message_at: z.string(),
    metadata: jsonObject.nullable(),
    external_id: z.string().nullable(),
    created_at: z.string(),
    updated_at: z.string(),
    is_archived: z.boolean(),
  })
  .meta({ id: 'CloudThread' })

export const Message: z.ZodType<WireMessage> = z
  .object({
    id: z.string(),
    parent_id: z.string().nullable(),
    height: z.int(),
    created_at: z.string(),
    updated_at: z.string(),
    format: z.string(),
    content: jsonObject,
  })
  .meta({ id: 'CloudMessage' })

export const GuestSession: z.ZodType<{ access_token: string; refresh_token: RefreshToken }> = z
  .object({
    access_token: z.string(),
    refresh_token: z.object({ token: z.string(), expires_at: z.string() }),
  })
  .meta({ id: 'CloudGuestSession' })

export const SignedUpload: z.ZodType<{
  success: boolean
  signedUrl: string
  expiresAt: string
  publicUrl: string
  key: string
}> = z
  .object({
    success: z.literal(true),
    signedUrl: z.string(),
    expiresAt: z.string(),
    publicUrl: z.string(),
    key: z.string(),
  })
  .meta({ id: 'CloudSignedUpload' })

export const SignedDownload: z.ZodType<{ signedUrl: string; expiresAt: string; key: string }> = z
  .object({ signedUrl: z.string(), expiresAt: z.string(), key: z.string() })
  .meta({ id: 'CloudSignedDownload' })

export const Nothing: z.ZodType<Record<string, never>> = z.strictObject({})

export const CloudProblem: z.ZodType<{ error: string; message: string; details?: unknown[] | undefined }> = z
  .object({
    error: z.string().describe('A code'),
    message: z.string(),
    details: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'CloudProblem' })
