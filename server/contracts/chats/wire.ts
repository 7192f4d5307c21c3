/**
 * Every shape on the wire of the chats door, `/api/chats` and what is beside it. Times are Unix seconds, ids of chats are UUIDs.
 * What is stored in a thread and has no shape here is left out; what a client sends and nobody knows is dropped.
 */
import { z } from 'zod'
import { cleanText } from '../../conversation/text.ts'

/** In UTF-16 code units. */
export const promptLengthMax = 200_000
const titleLengthMax = 500
const modelLengthMax = 200
const roleLengthMax = 50
/** A client that keeps the conversation sends all of it each time. */
const messagesMax = 10_000
const partsMax = 1_000
const chatsLimitMax = 100
const messagesLimitMax = 1_000
/** Of one that streams: a client sends its whole history along. */
export const streamBodyBytesMax: number = 4 * 1024 * 1024

const clientIdPattern = /^[\x21-\x7e]{1,200}$/

export interface WireChat {
  id: string
  title: string
  userId: string
  createdAt: number
}
export interface WireMessage {
  id: string
  chatId: string
  role: 'user' | 'assistant'
  content: string
  createdAt: number
  clientSupplied?: true | undefined
}
export interface WireChatWithMessages extends WireChat {
  messages: WireMessage[]
}

const chatFields = {
  id: z.string().describe('A UUID'),
  title: z.string().describe('Empty until there is one'),
  userId: z.string(),
  createdAt: z.int().describe('Unix seconds'),
}

export const Chat: z.ZodType<WireChat> = z.object(chatFields).meta({ id: 'Chat' })

export const ChatMessage: z.ZodType<WireMessage> = z
  .object({
    id: z.string(),
    chatId: z.string(),
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    createdAt: z.int().describe('Unix seconds'),
    clientSupplied: z
      .literal(true)
      .optional()
      .describe('The client says that the assistant has said this. The server does not know of it.'),
  })
  .meta({ id: 'ChatMessage' })

export const ChatWithMessages: z.ZodType<WireChatWithMessages> = z
  .object({ ...chatFields, messages: z.array(ChatMessage) })
  .meta({ id: 'ChatWithMessages' })

export const ChatProblem: z.ZodType<{ statusCode: number; statusMessage: string }> = z
  .object({ statusCode: z.int(), statusMessage: z.string() })
  .meta({ id: 'ChatProblem' })

/** What is no UUID names no chat, so that is not found, not wrong. */
const id = z.string().describe('The chat’s id, a UUID')
export const ChatPlace: z.ZodType<{ id: string }> = z.object({ id })
export const ChatPlaceTwice: z.ZodType<{ id: string; sameId: string }> = z.object({
  id,
  sameId: z.string().describe('The same id again'),
})

/** As it will be stored: that is what is answered, and what is compared when it is sent again. */
const stored = z.string().overwrite(cleanText)

function text(lengthMax: number, missing: string, name: string): z.ZodType<string> {
  return z
    .string(missing)
    .max(lengthMax, `That is longer than ${lengthMax} characters (${name}).`)
    .overwrite(cleanText)
    .refine((value) => value.trim() !== '', missing)
}

export const CreateChat: z.ZodType<{ prompt: string }> = z
  .object({ prompt: text(promptLengthMax, 'Missing prompt', 'promptLengthMax') }, 'Missing prompt')
  .meta({ id: 'CreateChat' })

const title = text(titleLengthMax, 'Missing title', 'titleLengthMax')

export const UpdateChat: z.ZodType<{ content?: string | undefined; title?: string | undefined }> = z
  .object({ content: title.optional(), title: title.optional() }, 'Missing title')
  .refine((given) => given.content !== undefined || given.title !== undefined, 'Missing title')
  .meta({ id: 'UpdateChat' })

export interface SavedMessage {
  id: string
  role: 'user' | 'assistant'
  content: string
}

const wrongMessage = 'Invalid message data'

export const SaveMessage: z.ZodType<SavedMessage> = z
  .object(
    {
      id: z.string(wrongMessage).regex(clientIdPattern, wrongMessage),
      role: z.enum(['user', 'assistant'], wrongMessage),
      content: text(promptLengthMax, wrongMessage, 'promptLengthMax'),
    },
    wrongMessage,
  )
  .meta({ id: 'SaveMessage' })

/** The document's `{role, content}`, and the AI SDK's `{id, role, parts}`. Only what is taken of them has to be right. */
export interface SentMessage {
  id?: string | null | undefined
  role: string
  content?: string | null | undefined
  parts?: { type: string; text?: string | null | undefined }[] | null | undefined
}

const sentMessage: z.ZodType<SentMessage> = z
  .object({
    id: z.string().nullish(),
    role: z.string().max(roleLengthMax),
    content: stored.nullish(),
    parts: z
      .array(z.object({ type: z.string(), text: stored.nullish() }))
      .max(partsMax)
      .nullish(),
  })
  .meta({ id: 'SentMessage' })

export interface StreamRequest {
  model?: string | null | undefined
  messages: SentMessage[]
  conversationId?: string | null | undefined
  trigger?: string | null | undefined
}

export const StreamAnswer: z.ZodType<StreamRequest> = z
  .object({
    model: z
      .string()
      .max(modelLengthMax)
      .nullish()
      .describe('Counts where the agent lets clients choose it, and is ignored otherwise'),
    messages: z
      .array(sentMessage, 'Missing messages')
      .min(1, 'Missing messages')
      .max(messagesMax, `More than ${messagesMax} messages (messagesMax)`)
      .describe('The server’s history counts: only new messages of the user’s at the end are taken'),
    conversationId: z.string().nullish().describe('The chat’s id, when it is there'),
    trigger: z
      .string()
      .nullish()
      .describe('`regenerate-message` asks for another answer to the last message'),
  })
  .meta({ id: 'StreamAnswer' })

export interface PageQuery {
  limit: number
  cursor?: string | undefined
}

function pageQuery(limitMax: number): z.ZodType<PageQuery> {
  const wrong = `limit must be 1 to ${limitMax}`
  return z.object({
    limit: z
      .string()
      .regex(/^[1-9]\d{0,4}$/, wrong)
      .transform(Number)
      .refine((limit) => limit <= limitMax, wrong)
      .default(limitMax),
    cursor: z.string().max(200).optional().describe('From the `Link` header of the page before'),
  })
}

export const ChatsPage: z.ZodType<PageQuery> = pageQuery(chatsLimitMax)
export const MessagesPage: z.ZodType<PageQuery> = pageQuery(messagesLimitMax)

/** As the AI SDK reads them. Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol, `uiMessageChunkSchema`. */
export type StreamFrame =
  | { type: 'start'; messageId?: string }
  | { type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end'; id: string }
  | { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }
  | { type: 'source-url'; sourceId: string; url: string; title: string }
  | { type: 'error'; errorText: string }
  | { type: 'abort' }
  | { type: 'finish' }
