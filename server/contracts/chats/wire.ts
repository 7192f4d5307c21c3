/**
 * Every shape on the wire of the chats door, `/api/chats` and what is beside it. Times are Unix seconds, ids of chats are UUIDs.
 * What is stored in a thread and has no shape here is left out; what a client sends and nobody knows is dropped.
 */
import { z } from 'zod'
import type { Json, JsonObject } from '../../conversation/items.ts'
import { cleanJson, cleanText } from '../../conversation/text.ts'

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
/** Of one that streams: a client sends its whole history along, with the files in it. */
export const streamBodyBytesMax: number = 16 * 1024 * 1024
export const filesMax = 10
/** Of one that comes inside of a body. */
export const fileBytesMax: number = 5 * 1024 * 1024

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
  /** The message as the AI SDK has it: what `content` says, and all that is no text. */
  parts: WirePart[]
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

/** For the document: of parts, their types. */
type DocumentedMessage = Omit<WireMessage, 'parts'> & { parts: { type: string }[] }

export const ChatMessage: z.ZodType<DocumentedMessage> = z
  .object({
    id: z.string(),
    chatId: z.string(),
    role: z.enum(['user', 'assistant']),
    content: z.string(),
    createdAt: z.int().describe('Unix seconds'),
    parts: z
      .array(z.looseObject({ type: z.string() }))
      .describe('As the AI SDK has them: texts, reasoning, tool calls, sources, files, data'),
    clientSupplied: z
      .literal(true)
      .optional()
      .describe('The client says that the assistant has said this. The server does not know of it.'),
  })
  .meta({ id: 'ChatMessage' })

export const ChatWithMessages: z.ZodType<WireChat & { messages: DocumentedMessage[] }> = z
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

/** Half of the AI SDK’s chats begin with the message itself, under an id of the page’s. */
export interface CreateChatRequest {
  id?: string | undefined
  prompt?: string | undefined
  message?: SentMessage | undefined
}

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
  parts?: SentPart[] | null | undefined
}

/** Texts, files and the outputs of tools are taken. */
export interface SentPart {
  type: string
  text?: string | null | undefined
  url?: string | null | undefined
  filename?: string | null | undefined
  toolCallId?: string | null | undefined
  state?: string | null | undefined
  output?: Json | undefined
  errorText?: string | null | undefined
}

/** Whatever it is, it was read out of JSON. */
const anyJson: z.ZodType<Json> = z.unknown().transform((value): Json => cleanJson(value as Json))

const sentPart: z.ZodType<SentPart> = z.object({
  type: z.string(),
  text: stored.nullish(),
  url: z.string().nullish(),
  filename: stored.nullish(),
  toolCallId: z.string().nullish(),
  state: z.string().nullish(),
  output: anyJson.optional(),
  errorText: stored.nullish(),
})

const sentMessage: z.ZodType<SentMessage> = z
  .object({
    id: z.string().nullish(),
    role: z.string().max(roleLengthMax),
    content: stored.nullish(),
    parts: z.array(sentPart).max(partsMax).nullish(),
  })
  .meta({ id: 'SentMessage' })

const uuid = z.string('Wrong id').regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'Wrong id')

export const CreateChat: z.ZodType<CreateChatRequest> = z
  .object(
    {
      id: uuid.optional().describe('A UUID of the page’s own making. Default: one of ours'),
      prompt: text(promptLengthMax, 'Missing prompt', 'promptLengthMax').optional(),
      message: sentMessage.optional().describe('In place of `prompt`'),
    },
    'Missing prompt',
  )
  .refine(({ prompt, message }) => prompt !== undefined || message !== undefined, 'Missing prompt')
  .meta({ id: 'CreateChat' })

export interface StreamRequest {
  model?: string | null | undefined
  messages: SentMessage[]
  conversationId?: string | null | undefined
  trigger?: string | null | undefined
  messageId?: string | null | undefined
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
      .describe('The AI SDK’s. `regenerate-message` asks for another answer to the last message'),
    messageId: z
      .string()
      .nullish()
      .describe('With `submit-message`: the user’s message that the last one is a new version of'),
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

export const Stopped: z.ZodType<{ success: true }> = z.object({ success: z.literal(true) })

/** Marks of ours. */
type Metadata = Record<string, JsonObject>

export type SourcePart =
  | { type: 'source-url'; sourceId: string; url: string; title: string }
  | { type: 'source-document'; sourceId: string; mediaType: string; title: string; filename?: string }

/** Stays in the message; what comes later with the same type and id replaces it. */
export interface DataPart {
  type: 'data-widget' | 'data-workflow' | 'data-task' | 'data-questions'
  id: string
  data: unknown
}

/** Of a message, as the AI SDK has it. Source: https://ai-sdk.dev/docs/reference/ai-sdk-core/ui-message */
export type WirePart =
  | { type: 'step-start' }
  | { type: 'text'; text: string; state?: 'done'; providerMetadata?: Metadata }
  | { type: 'reasoning'; text: string; state: 'done' }
  | { type: 'file'; mediaType: string; url: string; filename?: string }
  | ToolPart
  | SourcePart
  | DataPart

export type ToolPart = { type: `tool-${string}`; toolCallId: string; input: JsonObject } & (
  | { state: 'input-available' }
  | { state: 'output-available'; output: Json }
  | { state: 'output-error'; errorText: string }
)

/**
 * As the AI SDK reads them, each in the versions 5 to 7. No message metadata is among them: an application that says what they
 * are would refuse ours. Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol, `uiMessageChunkSchema`.
 */
export type StreamFrame =
  | { type: 'start'; messageId?: string }
  | { type: 'start-step' | 'finish-step' }
  | { type: 'text-start' | 'reasoning-start'; id: string; providerMetadata?: Metadata }
  | { type: 'text-end' | 'reasoning-end'; id: string }
  | { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }
  | { type: 'tool-input-available'; toolCallId: string; toolName: string; input: JsonObject }
  | { type: 'tool-output-available'; toolCallId: string; output: Json }
  | { type: 'tool-output-error'; toolCallId: string; errorText: string }
  | { type: 'file'; mediaType: string; url: string }
  | SourcePart
  | DataPart
  | TransientFrame
  | { type: 'error'; errorText: string }
  | { type: 'abort' }
  | { type: 'finish'; finishReason: 'stop' | 'tool-calls' | 'error' | 'other' }

/** Told to `onData`, and kept in no message. */
export interface TransientFrame {
  type: 'data-progress' | 'data-notice' | 'data-effect' | 'data-chat-title'
  data: JsonObject
  transient: true
}
