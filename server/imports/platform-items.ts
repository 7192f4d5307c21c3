/**
 * Items as OpenAI's platform API tells them (`chatkit.thread_item`), made ours: what `contracts/platform/encode.ts` does, the
 * other way round. What they say is believed, what they are is not.
 * Source: the types of openai 6.49 (`resources/beta/chatkit/threads`).
 */
import { isId } from '../auth/identity.ts'
import { completeItem } from '../conversation/complete.ts'
import type {
  Annotation,
  Attachment,
  InferenceOptions,
  Item,
  Json,
  JsonObject,
  OutputText,
  Task,
} from '../conversation/items.ts'
import { cleanJson } from '../conversation/text.ts'
import { isJsonObject, isObject, objectsOf, parseJson, shown, textOf } from './json-reading.ts'
import { instantOf } from './platform-threads.ts'
import type { Reading } from './platform-threads.ts'

export interface ItemSurroundings {
  threadId: string
  /** When it says no time of its own. */
  createdAt: string
  /** Told of each thing that is not as it was there. */
  onNote(note: string): void
}

export const notes = {
  attachments: 'attachments without their bytes, which the API does not give',
  addresses: 'sources left out because their address may not be opened',
  calls: 'tool calls closed without an output, which nobody had given',
  kept: (type: string): string => `items of the type ${shown(type)}, kept as text`,
} as const

export const itemBytesMax = 16_777_216

export function readItem(raw: unknown, surroundings: ItemSurroundings): Reading<Item> {
  if (!isObject(raw) || !isId(raw['id'])) return { skipped: 'items without an id' }
  const body = readBody(raw, surroundings.onNote)
  if ('skipped' in body) return body
  const base = {
    id: raw['id'],
    thread_id: surroundings.threadId,
    created_at: instantOf(raw['created_at'])?.toISOString() ?? surroundings.createdAt,
  }
  const item = cleanJson(completeItem({ ...base, ...body.value }))
  const bytes = Buffer.byteLength(JSON.stringify(item))
  return bytes > itemBytesMax
    ? { skipped: `items of more than ${itemBytesMax} bytes (itemBytesMax)` }
    : { value: item }
}

/** Each of the union without what all of them have. */
type Body<Kind = Item> = Kind extends unknown ? Omit<Kind, 'id' | 'thread_id' | 'created_at'> : never
type OnNote = ItemSurroundings['onNote']

function readBody(raw: Record<string, unknown>, onNote: OnNote): Reading<Body> {
  switch (raw['type']) {
    case 'chatkit.user_message':
      return { value: readUserMessage(raw, onNote) }
    case 'chatkit.assistant_message':
      return {
        value: {
          type: 'assistant_message',
          content: objectsOf(raw['content']).map((part) => readPart(part, onNote)),
        },
      }
    case 'chatkit.widget':
      return readWidget(raw['widget'])
    case 'chatkit.client_tool_call':
      return { value: readToolCall(raw, onNote) }
    case 'chatkit.task':
      return { value: { type: 'task', task: readTask(raw['task_type'], raw) } }
    case 'chatkit.task_group': {
      const tasks = objectsOf(raw['tasks']).map((task) => readTask(task['type'], task))
      const isThinking = tasks.length > 0 && tasks.every((task) => task.type === 'thought')
      const type = isThinking ? 'reasoning' : 'custom'
      return { value: { type: 'workflow', workflow: { type, tasks, expanded: false } } }
    }
    default:
      return readUnknown(raw, onNote)
  }
}

function readUserMessage(raw: Record<string, unknown>, onNote: OnNote): Body {
  const parts = objectsOf(raw['content']).flatMap((part) => {
    const text = textOf(part['text'])
    return text === undefined ? [] : [{ isQuote: part['type'] === 'quoted_text', text }]
  })
  const quotes = parts.filter(({ isQuote }) => isQuote)
  return {
    type: 'user_message',
    content: parts
      .filter(({ isQuote }) => !isQuote)
      .map(({ text }) => ({ type: 'input_text' as const, text })),
    attachments: objectsOf(raw['attachments']).flatMap((each) => readAttachment(each, onNote)),
    ...(quotes.length === 0 ? {} : { quoted_text: quotes.map(({ text }) => text).join('\n\n') }),
    inference_options: readInference(raw['inference_options']),
  }
}

function readInference(raw: unknown): InferenceOptions {
  const { model, tool_choice: choice } = isObject(raw) ? raw : {}
  const [named, tool] = [textOf(model), isObject(choice) ? textOf(choice['id']) : undefined]
  return {
    ...(tool === undefined ? {} : { tool_choice: { id: tool } }),
    ...(named === undefined ? {} : { model: named }),
  }
}

/** A picture without its bytes is a file: there is nothing to show. */
function readAttachment(raw: Record<string, unknown>, onNote: OnNote): Attachment[] {
  const { id, name, mime_type: type } = raw
  if (!isId(id)) return []
  onNote(notes.attachments)
  const mimeType = textOf(type) ?? 'application/octet-stream'
  return [{ type: 'file', id, name: textOf(name) ?? 'file', mime_type: mimeType }]
}

function readPart(part: Record<string, unknown>, onNote: OnNote): OutputText {
  return {
    type: 'output_text',
    text: textOf(part['text']) ?? textOf(part['refusal']) ?? '',
    annotations: objectsOf(part['annotations']).flatMap((each) => readAnnotation(each, onNote)),
  }
}

function readAnnotation({ source, index }: Record<string, unknown>, onNote: OnNote): Annotation[] {
  if (!isObject(source)) return []
  const [url, filename, title] = [textOf(source['url']), textOf(source['filename']), textOf(source['title'])]
  const place = Number.isSafeInteger(index) && Number(index) >= 0 ? { index: Number(index) } : {}
  if (source['type'] === 'file' && filename !== undefined) {
    return [{ type: 'annotation', source: { type: 'file', title: title ?? filename, filename }, ...place }]
  }
  if (url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) {
    return [{ type: 'annotation', source: { type: 'url', title: title ?? url, url }, ...place }]
  }
  onNote(notes.addresses)
  return []
}

function readWidget(raw: unknown): Reading<Body> {
  const widget = typeof raw === 'string' ? parseJson(raw) : undefined
  const type = isJsonObject(widget) ? widget['type'] : undefined
  if (!isJsonObject(widget) || typeof type !== 'string') return { skipped: 'widgets that cannot be read' }
  return { value: { type: 'widget', widget: { ...widget, type } } }
}

/**
 * Whoever opens the conversation here does not do again what a page did, or did not do, there: a call that is open is closed.
 */
function readToolCall(raw: Record<string, unknown>, onNote: OnNote): Body {
  if (raw['status'] === 'in_progress') onNote(notes.calls)
  const output = readOutput(raw['output'])
  return {
    type: 'client_tool_call',
    status: 'completed',
    call_id: textOf(raw['call_id']) ?? '',
    name: textOf(raw['name']) ?? '',
    arguments: readArguments(raw['arguments']),
    ...(output === undefined ? {} : { output }),
  }
}

/** JSON in a text. What is none stays a text. */
function readOutput(raw: unknown): Json | undefined {
  const text = textOf(raw)
  return text === undefined ? undefined : (parseJson(text) ?? text)
}

function readArguments(raw: unknown): JsonObject {
  const value = readOutput(raw)
  if (value === undefined) return {}
  return isJsonObject(value) ? value : { value }
}

function readTask(type: unknown, { heading, summary }: Record<string, unknown>): Task {
  const [title, content] = [textOf(heading), textOf(summary)]
  const base = { status_indicator: 'complete' as const, ...(title === undefined ? {} : { title }) }
  if (type === 'thought') return { ...base, type, content: content ?? '' }
  return { ...base, type: 'custom', ...(content === undefined ? {} : { content }) }
}

/** A type that came later, or that nobody knows: what it says is kept, if it says anything. */
function readUnknown(raw: Record<string, unknown>, onNote: OnNote): Reading<Body> {
  const type = textOf(raw['type']) ?? 'none'
  const texts = [raw, ...objectsOf(raw['content'])].flatMap(({ text }) => textOf(text) ?? [])
  if (texts.length === 0) return { skipped: `items of the type ${shown(type)}` }
  onNote(notes.kept(type))
  const text = texts.join('\n\n')
  return {
    value: { type: 'assistant_message', content: [{ type: 'output_text', text, annotations: [] }] },
  }
}
