import type {
  Attachment,
  UserContent,
  UserMessageInput,
  UserMessageItem,
} from '../../server/contracts/chatkit/wire.ts'
import type { ComposerOptions, ModelOption } from '../options.ts'
import { textContent, trimmedContent } from '../store/composer.ts'
import type { ComposerState } from '../store/composer.ts'

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

/** What is left out is for the server to say. */
export function inferenceOptions(
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
