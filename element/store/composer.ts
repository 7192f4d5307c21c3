import type { Attachment, UserContent, UserMessageItem } from '../../server/contracts/chatkit/wire.ts'
import type { ComposerMenu } from './composer-menu.ts'

/** What is being written, and what it will be sent with. */
export interface ComposerState {
  draft: Draft
  /** What was begun in other conversations, by thread id; under the empty name: in none yet. */
  kept: Readonly<Record<string, Draft>>
  /** The tool that the next message asks for. */
  toolId: string | null
  /** The model that was chosen; null: the one that the page says is the default. */
  modelId: string | null
  /** The message that is written anew, and what stood in the composer before. */
  editing: { itemId: string; before: Draft } | null
  dictation: DictationPhase
  /** Whether it goes out as soon as its files have arrived, if nobody changes it until then. */
  isWaiting: boolean
  /** What can be chosen for what is being typed. */
  menu: ComposerMenu | null
}

export interface Draft {
  /** No two texts side by side, and none that is empty. */
  content: readonly UserContent[]
  /** The text that it answers to. */
  quote: string | null
  attachments: readonly DraftAttachment[]
}

/**
 *   uploading ──▶ uploaded
 *     ▲   └─▶ failed
 *     └─ again ──┘
 */
export interface DraftAttachment {
  /** Our own name for it, for as long as it is in the composer. */
  key: string
  name: string
  mimeType: string
  /** Null when it did not come from this page. */
  file: File | null
  phase: 'uploading' | 'uploaded' | 'failed'
  /** How much of it is sent, from 0 to 1; null when nobody can tell. */
  share: number | null
  /** As the server has it, as soon as it has it; the bytes may be missing still. */
  attachment: Attachment | null
  /** Why it failed, in words for a person. */
  problem: string | null
}

/**
 *   off ──▶ asking (for the microphone) ──▶ recording ──▶ writing (what was said) ──▶ off
 */
export type DictationPhase = 'off' | 'asking' | 'recording' | 'writing'

/** What is left out of `value` stays as it is. */
export type ComposerEvent =
  | { type: 'composer-set'; value: Partial<Draft> & Partial<Pick<ComposerState, 'toolId' | 'modelId'>> }
  /** The draft goes out as a message; `keepTool`: the chosen tool stays chosen. */
  | { type: 'composer-sent'; keepTool: boolean }
  /** The draft is put aside for a message that is written anew; sending that, or ending, brings it back. */
  | { type: 'composer-editing'; itemId: string; draft: Draft }
  | { type: 'composer-editing-ended' }
  | { type: 'attachments-added'; attachments: readonly DraftAttachment[] }
  | { type: 'attachment-changed'; key: string; change: Partial<Omit<DraftAttachment, 'key'>> }
  | { type: 'attachment-removed'; key: string }
  | { type: 'composer-waiting' }
  | { type: 'dictation'; phase: DictationPhase }
  | { type: 'composer-menu'; menu: ComposerMenu | null }

const emptyDraft: Draft = { content: [], quote: null, attachments: [] }

export const emptyComposer: ComposerState = {
  draft: emptyDraft,
  kept: {},
  toolId: null,
  modelId: null,
  editing: null,
  dictation: 'off',
  isWaiting: false,
  menu: null,
}

export function reduceComposer(composer: ComposerState, event: ComposerEvent): ComposerState {
  const { draft } = composer
  switch (event.type) {
    case 'composer-set':
      return withValue(composer, event.value)
    case 'composer-sent':
      return {
        ...composer,
        draft: composer.editing?.before ?? emptyDraft,
        editing: null,
        isWaiting: false,
        menu: null,
        toolId: event.keepTool ? composer.toolId : null,
      }
    case 'composer-editing':
      return {
        ...composer,
        editing: { itemId: event.itemId, before: composer.editing?.before ?? draft },
        draft: event.draft,
        isWaiting: false,
      }
    case 'composer-editing-ended':
      if (composer.editing === null) return composer
      return { ...composer, draft: composer.editing.before, editing: null, isWaiting: false }
    case 'attachments-added':
      return {
        ...composer,
        isWaiting: false,
        draft: { ...draft, attachments: [...draft.attachments, ...event.attachments] },
      }
    case 'attachment-changed':
      return withAttachments(
        // Somebody has to look at what failed.
        event.change.phase === 'failed' ? { ...composer, isWaiting: false } : composer,
        (attachment) => (attachment.key === event.key ? [{ ...attachment, ...event.change }] : [attachment]),
      )
    case 'attachment-removed':
      return withAttachments({ ...composer, isWaiting: false }, (attachment) =>
        attachment.key === event.key ? [] : [attachment],
      )
    case 'composer-waiting':
      return { ...composer, isWaiting: isUploading(draft) }
    case 'dictation':
      return { ...composer, dictation: event.phase }
    case 'composer-menu':
      return { ...composer, menu: event.menu }
  }
}

function withValue(
  composer: ComposerState,
  {
    content = composer.draft.content,
    quote = composer.draft.quote,
    attachments = composer.draft.attachments,
    toolId = composer.toolId,
    modelId = composer.modelId,
  }: Extract<ComposerEvent, { type: 'composer-set' }>['value'],
): ComposerState {
  return {
    ...composer,
    toolId,
    modelId,
    isWaiting: false,
    draft: { content: joinedContent(content), quote, attachments },
  }
}

/** A file goes on being uploaded while its owner is elsewhere, so it is looked for in everything that was begun. */
function withAttachments(
  composer: ComposerState,
  change: (attachment: DraftAttachment) => DraftAttachment[],
): ComposerState {
  const changed = (draft: Draft): Draft =>
    draft.attachments.length === 0 ? draft : { ...draft, attachments: draft.attachments.flatMap(change) }
  const { editing, kept } = composer
  return {
    ...composer,
    draft: changed(composer.draft),
    editing: editing && { ...editing, before: changed(editing.before) },
    kept: Object.fromEntries(Object.entries(kept).map(([place, draft]) => [place, changed(draft)])),
  }
}

/** Puts the draft of one conversation aside and takes up that of another; null: of none yet. */
export function changeDraft(composer: ComposerState, from: string | null, to: string | null): ComposerState {
  const { [from ?? '']: _left, ...others } = composer.kept
  const left = composer.editing?.before ?? composer.draft
  const kept = isEmptyDraft(left) ? others : { ...others, [from ?? '']: left }
  const { [to ?? '']: draft = emptyDraft, ...rest } = kept
  return { ...composer, draft, kept: rest, editing: null, isWaiting: false, menu: null }
}

/** A message that was not taken comes back, before what has been written meanwhile. */
export function takeBack(composer: ComposerState, item: UserMessageItem): ComposerState {
  const { draft } = composer
  const between: UserContent[] =
    item.content.length > 0 && draft.content.length > 0 ? [{ type: 'input_text', text: '\n' }] : []
  return {
    ...composer,
    toolId: composer.toolId ?? item.inference_options.tool_choice?.id ?? null,
    draft: {
      content: joinedContent([...item.content, ...between, ...draft.content]),
      quote: draft.quote ?? item.quoted_text ?? null,
      attachments: [...item.attachments.map(uploadedAttachment), ...draft.attachments],
    },
  }
}

/** One that the server has already. */
export function uploadedAttachment(attachment: Attachment): DraftAttachment {
  const { id, name, mime_type } = attachment
  const uploaded = { phase: 'uploaded', share: 1, problem: null } as const
  return { key: id, name, mimeType: mime_type, file: null, attachment, ...uploaded }
}

function isEmptyDraft({ content, quote, attachments }: Draft): boolean {
  return content.length === 0 && quote === null && attachments.length === 0
}

/** Whether it would be a message if its files had arrived. */
function isUploading({ attachments }: Draft): boolean {
  const isGoing = attachments.some(({ phase }) => phase === 'uploading')
  return isGoing && attachments.every(({ phase }) => phase !== 'failed')
}

/** Whether it is a message: it says something, and everything that goes with it has arrived. */
export function isSendable({ content, attachments }: Draft): boolean {
  if (attachments.some(({ phase }) => phase !== 'uploaded')) return false
  return attachments.length > 0 || contentText(content).trim() !== ''
}

export function contentText(content: readonly UserContent[]): string {
  return content.map((part) => part.text).join('')
}

export function textContent(text: string): UserContent[] {
  return text === '' ? [] : [{ type: 'input_text', text }]
}

/** The same with neighbouring texts made one. */
export function joinedContent(content: readonly UserContent[]): UserContent[] {
  const joined: UserContent[] = []
  for (const part of content) {
    const before = joined.at(-1)
    if (part.type === 'input_tag') joined.push(part)
    else if (before?.type === 'input_text')
      joined[joined.length - 1] = { ...before, text: before.text + part.text }
    else if (part.text !== '') joined.push(part)
  }
  return joined
}

/** Without white space at its ends. */
export function trimmedContent(content: readonly UserContent[]): UserContent[] {
  const joined = joinedContent(content)
  const last = joined.length - 1
  return joined.flatMap((part, place) => {
    if (part.type === 'input_tag') return part
    let { text } = part
    if (place === 0) text = text.trimStart()
    if (place === last) text = text.trimEnd()
    return textContent(text)
  })
}
