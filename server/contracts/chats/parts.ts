/**
 * What is said in a thread as the parts of the AI SDK's messages: the same that its reader makes of our stream. A client tool's
 * call ends a step, so that what waits for its output is the newest step's, and nobody sends an output twice.
 */
import { isHidden } from '../../conversation/items.ts'
import type {
  Annotation,
  Attachment,
  ClientToolCallItem,
  Item,
  JsonObject,
  OutputText,
  UserMessageItem,
  WidgetItem,
} from '../../conversation/items.ts'
import type { DataPart, SourcePart, WirePart } from './wire.ts'

/** An address of the file that works now, for a while. */
export type FileUrl = (fileId: string) => string

/** Of items that follow each other, of one message. */
export function partsOf(items: readonly Item[], fileUrl: FileUrl): WirePart[] {
  const parts: WirePart[] = []
  let isNewStep = true
  for (const item of items) {
    const said = itemParts(item, fileUrl)
    if (said.length === 0) continue
    if (isNewStep && item.type !== 'user_message') parts.push({ type: 'step-start' })
    isNewStep = item.type === 'client_tool_call'
    parts.push(...said)
  }
  return parts
}

function itemParts(item: Item, fileUrl: FileUrl): WirePart[] {
  switch (item.type) {
    case 'user_message':
      return userParts(item, fileUrl)
    case 'assistant_message':
      return item.content.flatMap((part, index) => textParts(part, textId(item.id, index)))
    case 'client_tool_call':
      return [toolPart(item)]
    case 'widget':
      return [dataPart(item), ...copyOf(item)].filter((part) => part !== null)
    case 'generated_image':
      return item.image === undefined ? [] : [imagePart(item.image.url)]
    case 'workflow':
      return item.workflow.type === 'custom'
        ? [dataPart(item)].filter((part) => part !== null)
        : thoughts(item)
    case 'structured_input':
    case 'task':
      return [dataPart(item)].filter((part) => part !== null)
    case 'end_of_turn':
    case 'hidden_context_item':
    case 'sdk_hidden_context':
      return []
  }
}

/** Of a text or a thought. */
export function textId(itemId: string, index: number): string {
  return `${itemId}:${index}`
}

/** What a user has said. */
export function wordsOf({ content }: UserMessageItem): string {
  return content.map((part) => (part.type === 'input_text' ? part.text : `@${part.text}`)).join('')
}

function userParts(message: UserMessageItem, fileUrl: FileUrl): WirePart[] {
  const text = wordsOf(message)
  const files = message.attachments.map(({ id, name, mime_type }: Attachment): WirePart => {
    return { type: 'file', mediaType: mime_type, filename: name, url: fileUrl(id) }
  })
  return text === '' ? files : [...files, { type: 'text', text }]
}

function textParts({ text, annotations }: OutputText, id: string): WirePart[] {
  if (text === '') return []
  const sources = annotations.map((annotation, index) => sourcePart(annotation, `${id}:${index}`))
  return [{ type: 'text', text, state: 'done' }, ...sources.filter((source) => source !== null)]
}

/** Null for an address that no page should open. */
export function sourcePart({ source }: Annotation, sourceId: string): SourcePart | null {
  const { title } = source
  if (source.type === 'url') {
    return /^https?:/i.test(source.url) ? { type: 'source-url', sourceId, url: source.url, title } : null
  }
  // What an entity is, is the application's to know; the AI SDK has only documents.
  return source.type === 'file'
    ? {
        type: 'source-document',
        sourceId,
        mediaType: mediaTypeOf(source.filename),
        title,
        filename: source.filename,
      }
    : { type: 'source-document', sourceId, mediaType: 'application/octet-stream', title }
}

const mediaTypes = new Map([
  ['pdf', 'application/pdf'],
  ['md', 'text/markdown'],
  ['txt', 'text/plain'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['json', 'application/json'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['avif', 'image/avif'],
])

/** By the end of its name, which is all that is known of it. */
function mediaTypeOf(name: string): string {
  return mediaTypes.get(/\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '') ?? 'application/octet-stream'
}

export function imagePart(url: string): Extract<WirePart, { type: 'file' }> {
  const inline = /^data:(image\/[\w.+-]+)[;,]/i.exec(url)?.[1]
  const path = url.startsWith('data:') ? '' : (url.split(/[?#]/)[0] ?? '')
  const named = mediaTypeOf(path)
  return { type: 'file', mediaType: inline ?? (named.startsWith('image/') ? named : 'image/png'), url }
}

function toolPart({ name, call_id, status, arguments: input, output }: ClientToolCallItem): WirePart {
  const call = { type: `tool-${name}`, toolCallId: call_id, input } as const
  if (status === 'pending') return { ...call, state: 'input-available' }
  const errorText = failureOf(output)
  return errorText === undefined
    ? { ...call, state: 'output-available', output: output ?? null }
    : { ...call, state: 'output-error', errorText }
}

/** How a page's failure is stored, so that a model understands it as it does a server tool's. */
export function failedOutput(errorText: string): JsonObject {
  return { error: errorText }
}

function failureOf(output: unknown): string | undefined {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return undefined
  const error: unknown = Reflect.get(output, 'error')
  return typeof error === 'string' && Object.keys(output).length === 1 ? error : undefined
}

/** What the AI SDK has no part for: the application draws it, and each of its states replaces the one before. */
export function dataPart(item: Item): DataPart | null {
  const { id } = item
  if (item.type === 'widget') return { type: 'data-widget', id, data: item.widget }
  if (item.type === 'workflow') return { type: 'data-workflow', id, data: item.workflow }
  if (item.type === 'task') return { type: 'data-task', id, data: item.task }
  if (item.type !== 'structured_input') return null
  return { type: 'data-questions', id, data: { status: item.status, inputs: item.inputs } }
}

/** For those who draw no widgets. Those who do see by the mark whose twin the text is. */
function copyOf({ id, copy_text = '' }: WidgetItem): WirePart[] {
  return copy_text === ''
    ? []
    : [{ type: 'text', text: copy_text, state: 'done', providerMetadata: widgetMark(id) }]
}

export function widgetMark(itemId: string): { parley: { widget: string } } {
  return { parley: { widget: itemId } }
}

function thoughts(item: Extract<Item, { type: 'workflow' }>): WirePart[] {
  return item.workflow.tasks.flatMap((task): WirePart[] =>
    task.type === 'thought' && task.content !== ''
      ? [{ type: 'reasoning', text: task.content, state: 'done' }]
      : [],
  )
}

const nowhere: FileUrl = () => ''

/** Whether the item is seen at this door. The stream names an answer after the first that is. */
export function isShown(item: Item): boolean {
  return !isHidden(item) && itemParts(item, nowhere).length > 0
}
