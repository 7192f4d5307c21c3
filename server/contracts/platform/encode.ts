/** Sessions, threads and their items in the platform API's shapes. */
import type { ChatKitSession } from '../../auth/chatkit-sessions.ts'
import { statusAt } from '../../auth/session-rules.ts'
import type {
  Annotation,
  AssistantMessageItem,
  Attachment,
  ClientToolCallItem,
  Item,
  ItemType,
  Task,
  UserMessageItem,
} from '../../conversation/items.ts'
import type { OwnedThread } from '../../conversation/tenant-threads.ts'
import { SessionTerms } from './wire.ts'
import type {
  CreateSession,
  List,
  PlatformAnnotation,
  PlatformAttachment,
  PlatformItem,
  PlatformSession,
  PlatformThread,
} from './wire.ts'

const ownPrefix = 'sess_'
const platformPrefix = 'cksess_'

/** The id of a session here; null for what is none. */
export function sessionIdOf(platformId: string): string | null {
  return platformId.startsWith(platformPrefix) ? ownPrefix + platformId.slice(platformPrefix.length) : null
}

/** What is left out is said from here on. */
export function termsOf({ workflow, chatkit_configuration: wanted }: CreateSession): SessionTerms {
  const { file_upload: files, history } = wanted ?? {}
  return {
    version: workflow.version ?? null,
    state_variables: workflow.state_variables ?? null,
    tracing: { enabled: workflow.tracing?.enabled ?? true },
    chatkit_configuration: {
      automatic_thread_titling: { enabled: wanted?.automatic_thread_titling?.enabled ?? true },
      file_upload: {
        enabled: files?.enabled ?? false,
        max_file_size: files?.max_file_size ?? 512,
        max_files: files?.max_files ?? 10,
      },
      history: { enabled: history?.enabled ?? true, recent_threads: history?.recent_threads ?? null },
    },
  }
}

export function encodeSession(session: ChatKitSession, token: string, now: Date): PlatformSession {
  const { chatkit_configuration, ...workflow } = SessionTerms.parse(session.terms)
  const status = statusAt(session, now)
  const requests = session.requestsPerMinute ?? 0
  return {
    id: platformPrefix + session.id.slice(ownPrefix.length),
    object: 'chatkit.session',
    client_secret: token,
    expires_at: Math.floor(session.expiresAt.getTime() / 1_000),
    status: status === 'revoked' ? 'cancelled' : status,
    user: session.userId,
    workflow: { id: session.workflowId, ...workflow },
    rate_limits: { max_requests_per_1_minute: requests },
    max_requests_per_1_minute: requests,
    chatkit_configuration,
  }
}

export function encodeThread({ thread, owner }: OwnedThread): PlatformThread {
  const { status } = thread
  return {
    id: thread.id,
    object: 'chatkit.thread',
    created_at: secondsOf(thread.created_at),
    title: thread.title ?? null,
    status:
      status.type === 'active' ? { type: 'active' } : { type: status.type, reason: status.reason ?? null },
    user: owner.userId,
  }
}

export function encodeList<Row extends { id: string }>(data: Row[], hasMore: boolean): List<Row> {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  }
}

/** The types that the platform API has a word for. */
export const shownTypes: readonly ItemType[] = [
  'user_message',
  'assistant_message',
  'widget',
  'client_tool_call',
  'task',
  'workflow',
]

/** An attachment with addresses that work now. */
export type Present = (attachment: Attachment) => Attachment

/** Null for an item of another type. */
export function encodeItem(item: Item, present: Present): PlatformItem | null {
  const shown = encodeBody(item, present)
  if (shown === null) return null
  const { id, thread_id, created_at } = item
  return { id, object: 'chatkit.thread_item', thread_id, created_at: secondsOf(created_at), ...shown }
}

/** Each of the union without what all of them have. */
type Body<Shown = PlatformItem> = Shown extends unknown
  ? Omit<Shown, 'id' | 'object' | 'thread_id' | 'created_at'>
  : never

function encodeBody(item: Item, present: Present): Body | null {
  switch (item.type) {
    case 'user_message':
      return encodeUserMessage(item, present)
    case 'assistant_message':
      return encodeAssistantMessage(item)
    case 'widget':
      return { type: 'chatkit.widget', widget: JSON.stringify(item.widget) }
    case 'client_tool_call':
      return encodeToolCall(item)
    case 'task': {
      const { type, ...said } = encodeTask(item.task)
      return { type: 'chatkit.task', task_type: type, ...said }
    }
    case 'workflow':
      return { type: 'chatkit.task_group', tasks: item.workflow.tasks.map(encodeTask) }
    case 'generated_image':
    case 'structured_input':
    case 'end_of_turn':
    case 'hidden_context_item':
    case 'sdk_hidden_context':
      return null
  }
}

/** A tag is its text, and what is quoted stands behind what is said of it. */
function encodeUserMessage(item: UserMessageItem, present: Present): Body {
  const { model, tool_choice } = item.inference_options
  const quoted = item.quoted_text === undefined || item.quoted_text === '' ? [] : [item.quoted_text]
  return {
    type: 'chatkit.user_message',
    content: [
      ...item.content.map(({ text }) => ({ type: 'input_text' as const, text })),
      ...quoted.map((text) => ({ type: 'quoted_text' as const, text })),
    ],
    attachments: item.attachments.map((attachment) => encodeAttachment(present(attachment))),
    inference_options:
      model === undefined && tool_choice === undefined
        ? null
        : { tool_choice: tool_choice ?? null, model: model ?? null },
  }
}

function encodeAttachment(attachment: Attachment): PlatformAttachment {
  const { type, id, name, mime_type } = attachment
  return {
    type,
    id,
    name,
    mime_type,
    preview_url: attachment.type === 'image' ? attachment.preview_url : null,
  }
}

function encodeAssistantMessage({ content }: AssistantMessageItem): Body {
  return {
    type: 'chatkit.assistant_message',
    content: content.map(({ text, annotations }) => ({
      type: 'output_text',
      text,
      annotations: annotations.flatMap(encodeAnnotation),
    })),
  }
}

/** There is no word for entities. */
function encodeAnnotation({ source }: Annotation): PlatformAnnotation[] {
  if (source.type === 'url') return [{ type: 'url', source: { type: 'url', url: source.url } }]
  if (source.type === 'file') return [{ type: 'file', source: { type: 'file', filename: source.filename } }]
  return []
}

function encodeToolCall({ status, call_id, name, arguments: given, output }: ClientToolCallItem): Body {
  return {
    type: 'chatkit.client_tool_call',
    status: status === 'pending' ? 'in_progress' : 'completed',
    call_id,
    name,
    arguments: JSON.stringify(given),
    output: output === undefined ? null : JSON.stringify(output),
  }
}

function encodeTask(task: Task): {
  type: 'custom' | 'thought'
  heading: string | null
  summary: string | null
} {
  const heading = task.title ?? null
  switch (task.type) {
    case 'thought':
      return { type: 'thought', heading, summary: task.content }
    case 'custom':
      return { type: 'custom', heading, summary: task.content ?? null }
    case 'web_search':
      return { type: 'custom', heading: task.title ?? task.title_query ?? null, summary: null }
    case 'file':
    case 'image':
      return { type: 'custom', heading, summary: null }
  }
}

function secondsOf(instant: string): number {
  return Math.floor(Date.parse(instant) / 1_000)
}
