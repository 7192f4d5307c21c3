import type {
  Attachment,
  JsonObject,
  UserContent,
  UserMessageInput,
  UserMessageItem,
} from '../../server/contracts/chatkit/wire.ts'
import type {
  ComposerOptions,
  ComposerValue,
  Entity,
  MessageContent,
  ModelOption,
  UserMessage,
} from '../options.ts'
import { textContent, trimmedContent, uploadedAttachment } from '../store/composer.ts'
import type { ComposerEvent, ComposerState } from '../store/composer.ts'

/** A message on its way to the server. */
export interface OutgoingMessage {
  content: readonly UserContent[]
  /** Uploaded already. */
  attachments: readonly Attachment[]
  /** The text that it answers to; empty: none. */
  quotedText: string
  inferenceOptions: UserMessageItem['inference_options']
}

export function textMessage(text: string): OutgoingMessage {
  return { content: textContent(text.trim()), attachments: [], quotedText: '', inferenceOptions: {} }
}

/** What a page asked to be sent. */
export function pageMessage(message: UserMessage): OutgoingMessage {
  const { attachments = [], reply = '', toolChoice, model } = message
  return {
    content: trimmedContent(pageContent(message) ?? []),
    attachments,
    quotedText: reply,
    inferenceOptions: inferenceOptions(toolChoice?.id, model),
  }
}

/** What the composer holds. */
export function composedMessage(composer: ComposerState, options: ComposerOptions = {}): OutgoingMessage {
  const { draft, toolId } = composer
  const tool = options.tools?.find(({ id }) => id === toolId)
  return {
    content: trimmedContent(draft.content),
    attachments: draft.attachments.flatMap(({ attachment }) => attachment ?? []),
    quotedText: draft.quote ?? '',
    inferenceOptions: inferenceOptions(tool?.id, chosenModel(composer, options)?.id),
  }
}

/** The event by which a page's value gets into the composer. Its files are for `Chat.attach`. */
export function composerValueEvent(value: ComposerValue): ComposerEvent {
  const { reply, attachments, selectedToolId, selectedModelId } = value
  const content = pageContent(value)
  return {
    type: 'composer-set',
    value: {
      ...(content === undefined ? {} : { content }),
      ...(reply === undefined ? {} : { quote: reply === '' ? null : reply }),
      ...(attachments === undefined ? {} : { attachments: attachments.map(uploadedAttachment) }),
      ...(selectedToolId === undefined ? {} : { toolId: selectedToolId }),
      ...(selectedModelId === undefined ? {} : { modelId: selectedModelId }),
    },
  }
}

/** The model that the next message asks for: the chosen one, else the default, else the first that there is. */
export function chosenModel(
  { modelId }: Pick<ComposerState, 'modelId'>,
  { models = [] }: ComposerOptions,
): ModelOption | undefined {
  const possible = models.filter(({ disabled }) => disabled !== true)
  return (
    possible.find(({ id }) => id === modelId) ??
    possible.find((model) => model.default === true) ??
    possible[0]
  )
}

/** A message as a page writes it, with what it may leave out. */
export function fullContent(content: string | readonly MessageContent[]): UserContent[] {
  if (typeof content === 'string') return textContent(content)
  return content.map((part) => {
    if (part.type === 'input_text') return part
    const { id, text, data, group, interactive = false } = part
    const tag = { type: 'input_tag', id, text, data: plainData(data), interactive } as const
    return group === undefined ? tag : { ...tag, group }
  })
}

/** What a page offered to be mentioned, as it goes into a message. */
export function entityTag({ id, title, data, group, interactive = false }: Entity): UserContent {
  const tag = { type: 'input_tag', id, text: title, data: plainData(data), interactive } as const
  return group === undefined ? tag : { ...tag, group }
}

/** What was mentioned, as the page knows it. An entity's data are texts; whatever else came with a message is told as JSON. */
export function tagEntity(tag: Extract<UserContent, { type: 'input_tag' }>): Entity {
  const { id, text: title, data, group, interactive } = tag
  const texts = Object.entries(data).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const entity = { id, title, interactive, data: Object.fromEntries(texts) }
  return group === undefined ? entity : { ...entity, group }
}

function pageContent({ text, content }: Pick<UserMessage, 'text' | 'content'>): UserContent[] | undefined {
  const written = content ?? text
  return written === undefined ? undefined : fullContent(written)
}

/** Only what survives JSON can be sent. */
function plainData(data: Record<string, unknown> | undefined): JsonObject {
  const plain: JsonObject = JSON.parse(JSON.stringify(data ?? {}))
  return plain
}

function inferenceOptions(
  toolId: string | undefined,
  model: string | undefined,
): UserMessageItem['inference_options'] {
  return {
    ...(toolId === undefined ? {} : { tool_choice: { id: toolId } }),
    ...(model === undefined ? {} : { model }),
  }
}

export function isEmptyMessage({ content, attachments }: OutgoingMessage): boolean {
  return content.length === 0 && attachments.length === 0
}

export function messageInput(message: OutgoingMessage): UserMessageInput {
  return {
    content: [...message.content],
    attachments: message.attachments.map(({ id }) => id),
    quoted_text: message.quotedText,
    inference_options: message.inferenceOptions,
  }
}

/** The message as it is shown until the server has confirmed it. */
export function provisionalItem(id: string, message: OutgoingMessage, now: Date): UserMessageItem {
  return {
    id,
    thread_id: '',
    created_at: now.toISOString(),
    type: 'user_message',
    content: [...message.content],
    attachments: [...message.attachments],
    ...(message.quotedText === '' ? {} : { quoted_text: message.quotedText }),
    inference_options: message.inferenceOptions,
  }
}
