/**
 * The items of a thread: ChatKit's item model, the richest of the doors, with ChatKit's own field names.
 * What is stored is what is sent, so no layer has to translate it. Source: openai-chatkit 1.6.5, `types.py`.
 */

/** Any JSON value. Free dictionaries (tool arguments, tag data, effect data) keep their nulls. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export type Item =
  | UserMessageItem
  | AssistantMessageItem
  | ClientToolCallItem
  | WidgetItem
  | GeneratedImageItem
  | StructuredInputItem
  | WorkflowItem
  | TaskItem
  | EndOfTurnItem
  | HiddenContextItem
  | SdkHiddenContextItem

export type ItemType = Item['type']

interface ItemBase {
  /** Unique in its thread. Ours are prefixed UUIDv7; an agent may bring its own. */
  id: string
  thread_id: string
  /** UTC, ISO 8601 with `Z`. Order is the store's sequence number, never this. */
  created_at: string
}

export interface UserMessageItem extends ItemBase {
  type: 'user_message'
  content: UserContent[]
  attachments: Attachment[]
  quoted_text?: string
  inference_options: InferenceOptions
}

export type UserContent = InputText | InputTag
export interface InputText {
  type: 'input_text'
  text: string
}
export interface InputTag {
  type: 'input_tag'
  id: string
  text: string
  data: JsonObject
  group?: string
  interactive: boolean
}

export interface InferenceOptions {
  tool_choice?: { id: string }
  model?: string
}

export interface AssistantMessageItem extends ItemBase {
  type: 'assistant_message'
  content: OutputText[]
  /**
   * Ours, and only sent to clients that asked for our additions: the answer is partial because its process died
   * (`interrupted`), its upstream failed (`failed`) or the user stopped it (`cancelled`).
   */
  incomplete?: IncompleteReason
}

export type IncompleteReason = 'interrupted' | 'failed' | 'cancelled'

export interface OutputText {
  type: 'output_text'
  text: string
  annotations: Annotation[]
}

export interface Annotation {
  type: 'annotation'
  source: Source
  /** Where the marker stands in the text, in UTF-16 code units. */
  index?: number
}

interface SourceBase {
  title: string
  description?: string
  timestamp?: string
  group?: string
}
export interface UrlSource extends SourceBase {
  type: 'url'
  url: string
  attribution?: string
}
export interface FileSource extends SourceBase {
  type: 'file'
  filename: string
}
export interface EntitySource extends SourceBase {
  type: 'entity'
  id: string
  icon?: string
  label?: string
  inline_label?: string
  interactive: boolean
  data: JsonObject
  preview?: string
}
export type Source = UrlSource | FileSource | EntitySource

export interface ClientToolCallItem extends ItemBase {
  type: 'client_tool_call'
  status: 'pending' | 'completed'
  call_id: string
  name: string
  arguments: JsonObject
  output?: Json
}

export interface WidgetItem extends ItemBase {
  type: 'widget'
  widget: WidgetNode
  copy_text?: string
}

/** A widget component. Unknown properties are kept: the renderer decides what it knows. */
export interface WidgetNode {
  type: string
  id?: string
  key?: string
  [property: string]: unknown
}

export interface GeneratedImage {
  id: string
  url: string
}
export interface GeneratedImageItem extends ItemBase {
  type: 'generated_image'
  image?: GeneratedImage
}

export interface StructuredInputItem extends ItemBase {
  type: 'structured_input'
  status: 'pending' | 'answered' | 'skipped'
  inputs: StructuredQuestion[]
}
export interface StructuredAnswer {
  values: string[]
  skipped: boolean
}
export type StructuredQuestion =
  | {
      type: 'multiple_choice'
      id: string
      question: string
      options: { value: string }[]
      multiple: boolean
      answer?: StructuredAnswer
    }
  | { type: 'freeform'; id: string; question: string; description?: string; answer?: StructuredAnswer }

export interface WorkflowItem extends ItemBase {
  type: 'workflow'
  workflow: Workflow
}
export interface Workflow {
  type: 'custom' | 'reasoning'
  tasks: Task[]
  /** What the folded workflow says: a text, or how long it took in whole seconds. */
  summary?: { title: string; icon?: string } | { duration: number }
  expanded: boolean
}

export interface TaskItem extends ItemBase {
  type: 'task'
  task: Task
}
interface TaskBase {
  status_indicator: 'none' | 'loading' | 'complete'
}
export type Task =
  | (TaskBase & { type: 'custom'; title?: string; icon?: string; content?: string })
  | (TaskBase & {
      type: 'web_search'
      title?: string
      title_query?: string
      queries: string[]
      sources: UrlSource[]
    })
  | (TaskBase & { type: 'thought'; title?: string; content: string })
  | (TaskBase & { type: 'file'; title?: string; sources: FileSource[] })
  | (TaskBase & { type: 'image'; title?: string })

/** A marker that groups the turn in the UI. */
export interface EndOfTurnItem extends ItemBase {
  type: 'end_of_turn'
}

/** Context for the model that no client ever sees: the agent's own. */
export interface HiddenContextItem extends ItemBase {
  type: 'hidden_context_item'
  content: Json
}
/** Context for the model that no client ever sees: ours. */
export interface SdkHiddenContextItem extends ItemBase {
  type: 'sdk_hidden_context'
  content: string
}

export type Attachment = FileAttachment | ImageAttachment
interface AttachmentBase {
  id: string
  name: string
  mime_type: string
  /** There until the bytes have been uploaded. */
  upload_descriptor?: UploadDescriptor
  thread_id?: string
  /** The server's own; never sent. */
  metadata?: JsonObject
}
export interface FileAttachment extends AttachmentBase {
  type: 'file'
}
export interface ImageAttachment extends AttachmentBase {
  type: 'image'
  preview_url: string
}
export interface UploadDescriptor {
  url: string
  method: 'POST' | 'PUT'
  headers: Record<string, string>
}

/** Hidden items are stored and fed to the model, and never leave the server. */
export function isHidden(item: Item): item is HiddenContextItem | SdkHiddenContextItem {
  return item.type === 'hidden_context_item' || item.type === 'sdk_hidden_context'
}
