/** What a page sends, writes into the composer and offers to be mentioned. */
import type { JsonObject, UserContent } from '../../server/contracts/chatkit/wire.ts'
import type { ComposerValue, Entity, MessageContent, UserMessage } from '../options.ts'
import { textContent, trimmedContent, uploadedAttachment } from '../store/composer.ts'
import type { ComposerEvent } from '../store/composer.ts'
import type { Store } from '../store/create-store.ts'
import { canSend } from '../store/state.ts'
import type { Chat } from './create-chat.ts'
import { inferenceOptions } from './outgoing.ts'
import type { OutgoingMessage } from './outgoing.ts'

/** Sends a message of the page's. Resolves when the server has it; rejects with why it has not. */
export async function sendPageMessage(
  chat: Pick<Chat, 'ask' | 'newChat'>,
  store: Store,
  message: UserMessage,
): Promise<void> {
  if (message.newThread === true) chat.newChat()
  if (!canSend(store.state())) throw new Error('This thread takes no messages.')
  const going = chat.ask(pageMessage(message))
  if (store.state().phase === 'sending') await delivered(store, going)
}

/** Resolves when the server has the message that is on its way; rejects when it does not take it, or nobody waits for it any more. */
function delivered(store: Store, going: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string | null): void => reject(new Error(why ?? 'The conversation was left.'))
    const stop = store.subscribe(() => {
      const { phase, problem } = store.state()
      if (phase === 'sending') return
      stop()
      if (phase === 'streaming') resolve()
      else fail(problem)
    })
    // The chat was taken away.
    void going.then(() => fail(null), reject).finally(stop)
  })
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

/** A message as a page writes it, with what it may leave out. */
function fullContent(content: string | readonly MessageContent[]): UserContent[] {
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
