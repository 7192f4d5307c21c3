/**
 * Every shape on the ChatKit wire: `POST /chatkit`, openai-chatkit 1.6.5.
 * The element imports these types; nothing else of the server.
 * Our additions are named `parley.*` and reach only clients that send `Parley-Stream: 1`.
 */
import { z } from 'zod'
import type {
  Annotation,
  AssistantMessageItem,
  Attachment,
  ClientToolCallItem,
  EndOfTurnItem,
  GeneratedImageItem,
  Json,
  JsonObject,
  OutputText,
  StructuredInputItem,
  TaskItem,
  UserContent,
  UserMessageItem,
  WidgetItem,
  WorkflowItem,
} from '../../conversation/items.ts'
import type { ItemUpdate, RunStatus } from '../../conversation/events.ts'
import type { Page, ThreadStatus } from '../../conversation/threads.ts'

export type {
  Annotation,
  Attachment,
  ItemUpdate,
  Json,
  JsonObject,
  OutputText,
  Page,
  ThreadStatus,
  UserContent,
}
export type {
  AssistantMessageItem,
  ClientToolCallItem,
  StructuredInputItem,
  UserMessageItem,
  WidgetItem,
  WidgetNode,
  WorkflowItem,
} from '../../conversation/items.ts'

/** Items without the hidden ones. */
export type WireItem =
  | UserMessageItem
  | AssistantMessageItem
  | ClientToolCallItem
  | WidgetItem
  | GeneratedImageItem
  | StructuredInputItem
  | WorkflowItem
  | TaskItem
  | EndOfTurnItem

export interface WireThread {
  id: string
  created_at: string
  title?: string
  status: ThreadStatus
  allowed_image_domains?: string[]
  metadata: Record<string, never>
  /** A page in the reply to `threads.get_by_id`; always empty in events and lists, where it says nothing. */
  items: Page<WireItem>
  /** Ours, in the reply to `threads.get_by_id`: the thread's newest run, or null when it never had one. */
  run?: WireRun | null
}

/** What a client needs to resume an answer, or to say that it broke off. */
export interface WireRun {
  id: string
  status: RunStatus
  last_seq: number
  error?: string
}

export interface UserMessageInput {
  content: UserContent[]
  attachments: string[]
  quoted_text?: string | null
  inference_options: { tool_choice?: { id: string } | null; model?: string | null }
}

export interface StructuredInput {
  status: 'answered' | 'skipped'
  answers: Record<string, { values: string[]; skipped: boolean }>
}

export interface WireAction {
  type: string
  payload?: Json
}

interface Paging {
  limit?: number | null
  order?: 'asc' | 'desc' | null
  after?: string | null
}

/** The operations that answer with a stream of `StreamEvent`s. */
export type StreamingRequest = { metadata?: JsonObject } & (
  | { type: 'threads.create'; params: { input: UserMessageInput } }
  | { type: 'threads.add_user_message'; params: { thread_id: string; input: UserMessageInput } }
  | { type: 'threads.add_client_tool_output'; params: { thread_id: string; result: Json } }
  | {
      type: 'threads.add_structured_input'
      params: { thread_id: string; item_id: string; input: StructuredInput }
    }
  | { type: 'threads.retry_after_item'; params: { thread_id: string; item_id: string } }
  | {
      type: 'threads.custom_action'
      params: { thread_id: string; item_id?: string | null; action: WireAction }
    }
  /** Ours: the events of a run behind `after` (0 when left out), and then those that follow until it ends. */
  | { type: 'parley.resume'; params: { thread_id: string; run_id: string; after?: number | null } }
)

/** The operations that answer with one JSON value. */
export type JsonRequest = { metadata?: JsonObject } & (
  | {
      type: 'threads.sync_custom_action'
      params: { thread_id: string; item_id?: string | null; action: WireAction }
    }
  | { type: 'threads.get_by_id'; params: { thread_id: string } }
  | { type: 'threads.list'; params: Paging }
  | { type: 'threads.update'; params: { thread_id: string; title: string } }
  | { type: 'threads.delete'; params: { thread_id: string } }
  | { type: 'items.list'; params: { thread_id: string } & Paging }
  | {
      type: 'items.feedback'
      params: { thread_id: string; item_ids: string[]; kind: 'positive' | 'negative' }
    }
  | { type: 'attachments.create'; params: { name: string; size: number; mime_type: string } }
  | { type: 'attachments.delete'; params: { attachment_id: string } }
  | { type: 'input.transcribe'; params: { audio_base64: string; mime_type: string } }
  /** Ours: stops a run, whoever drives it. Answers `{}` at once; the stream then ends with what had arrived. */
  | { type: 'parley.cancel'; params: { thread_id: string; run_id: string } }
)

export type StreamEvent =
  | { type: 'thread.created'; thread: WireThread }
  | { type: 'thread.updated'; thread: WireThread }
  | { type: 'thread.item.added'; item: WireItem }
  | { type: 'thread.item.updated'; item_id: string; update: ItemUpdate }
  | { type: 'thread.item.done'; item: WireItem }
  | { type: 'thread.item.replaced'; item: WireItem }
  | { type: 'thread.item.removed'; item_id: string }
  | { type: 'stream_options'; stream_options: { allow_cancel: boolean } }
  | { type: 'progress_update'; text: string; icon?: string }
  | { type: 'client_effect'; name: string; data: JsonObject }
  | { type: 'notice'; level: 'info' | 'warning' | 'danger'; message: string; title?: string }
  /** `stream.error` carries no message; `custom` does. */
  | { type: 'error'; code: string; message?: string; allow_retry: boolean }
  /** Ours, always last: a stream without it was cut, and is to be resumed. */
  | { type: 'parley.run_ended'; status: Exclude<RunStatus, 'running'> }

/** The body of every reply that is not 2xx. */
export interface WireError {
  error: { message: string; type: string; param: string | null; code: string }
}

export const ChatKitProblem: z.ZodType<WireError> = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable().describe('The field that is wrong, as a path'),
      code: z.string(),
    }),
  })
  .meta({ id: 'ChatKitProblem' })

export const ChatKitReply: z.ZodType<Record<string, unknown>> = z.looseObject({}).meta({
  id: 'ChatKitReply',
  description: 'A thread, a page of threads or items, an attachment, or `{}`: as the operation has it.',
})
