/** The operations that answer with one JSON value. */
import { uploadTooLarge } from '../../admission/made-sessions.ts'
import type { AdmittedFile } from '../../admission/made-sessions.ts'
import type { Agent } from '../../conversation/agent.ts'
import type { AttachmentUploads } from '../../conversation/attachments.ts'
import { createId } from '../../conversation/ids.ts'
import { ParleyError } from '../../conversation/errors.ts'
import type { Attachment } from '../../conversation/items.ts'
import type { ConversationStore, Run } from '../../conversation/store.ts'
import { pageLimitDefault } from '../../conversation/threads.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { Engine } from '../../engine/engine.ts'
import type { DecodedRequest } from './decode.ts'
import { encodeAttachment, encodeItem, encodeItemPage, encodeRun, encodeThread } from './encode.ts'
import type { Encoding } from './encode.ts'
import { listThreads } from './recent-threads.ts'
import type { Page, WireItem, WireThread } from './wire.ts'

export interface AnswerParts {
  engine: Engine
  store: ConversationStore
  agent: Agent
  uploads?: AttachmentUploads
  /** Where the client asked. */
  requestUrl: string
  /** Of how many of the owner's newest threads whoever asks is told. Null: of all. */
  threadsMax: number | null
  /** Asked before a file is announced: throws where it may not be. */
  admitFile(): Promise<AdmittedFile>
}

type JsonAsked = Exclude<DecodedRequest, { kind: 'begin' } | { kind: 'resume' }>

type Answer =
  | WireThread
  | Page<WireThread>
  | Page<WireItem>
  | Attachment
  | { updated_item?: WireItem | null }
  | { text: string }
  | Record<string, never>

export async function answerJson(
  parts: AnswerParts,
  owner: Owner,
  asked: JsonAsked,
  encoding: Encoding,
): Promise<Answer> {
  const { engine, store } = parts
  switch (asked.kind) {
    case 'get-thread':
      return getThread(parts, owner, asked.threadId, encoding)
    case 'list-threads': {
      const page = await listThreads(store, owner, asked.page, parts.threadsMax)
      return { ...page, data: page.data.map((thread) => encodeThread(thread)) }
    }
    case 'rename-thread':
      return store.changeThread(owner, asked.threadId, async (transaction) => {
        const renamed = { ...transaction.thread, title: asked.title }
        await transaction.saveThread(renamed)
        return encodeThread(renamed)
      })
    case 'delete-thread':
      await store.deleteThread(owner, asked.threadId)
      return {}
    case 'list-items':
      if (!encoding.additions) await noteReturn(parts, owner, asked.threadId)
      return encodeItemPage(await store.items(owner, asked.threadId, asked.page), encoding)
    case 'sync-action': {
      const widget = await engine.syncAction(owner, asked)
      return widget === null ? {} : { updated_item: encodeItem(widget, encoding) }
    }
    case 'cancel':
      await engine.cancel(owner, asked)
      return {}
    case 'feedback':
      return giveFeedback(parts, owner, asked)
    case 'create-attachment':
      return createAttachment(parts, owner, asked, encoding)
    case 'delete-attachment':
      return deleteAttachment(parts, owner, asked.attachmentId)
    case 'transcribe':
      return transcribe(parts, owner, asked)
  }
}

/** The oldest items, ascending: so does the reference. A client that wants the newest asks `items.list`. */
async function getThread(
  parts: AnswerParts,
  owner: Owner,
  threadId: string,
  encoding: Encoding,
): Promise<WireThread> {
  const [thread, items, run] = await Promise.all([
    parts.store.thread(owner, threadId),
    parts.store.items(owner, threadId, { limit: pageLimitDefault, order: 'asc' }),
    noteReturn(parts, owner, threadId),
  ])
  const encoded = encodeThread(thread, encodeItemPage(items, encoding))
  return encoding.additions ? { ...encoded, run: run === null ? null : encodeRun(run) } : encoded
}

/** A stock client that has closed its stream and looks at the thread again did not mean to stop the answer. */
async function noteReturn(
  { store, engine }: AnswerParts,
  owner: Owner,
  threadId: string,
): Promise<Run | null> {
  const run = await store.newestRun(owner, threadId)
  if (run?.status === 'running') await engine.clientReturned(owner, run.id)
  return run
}

async function giveFeedback(
  { store, engine, agent }: AnswerParts,
  owner: Owner,
  asked: Extract<DecodedRequest, { kind: 'feedback' }>,
): Promise<Record<string, never>> {
  await store.saveFeedback(owner, asked.threadId, asked.itemIds, asked.feedback)
  const feedback = { threadId: asked.threadId, itemIds: asked.itemIds, kind: asked.feedback }
  await agent.feedback?.(await engine.agentContext(owner, asked.threadId, asked.metadata), feedback)
  return {}
}

async function createAttachment(
  parts: AnswerParts,
  owner: Owner,
  asked: Extract<DecodedRequest, { kind: 'create-attachment' }>,
  encoding: Encoding,
): Promise<Attachment> {
  const { bytesMax, giveBack } = await parts.admitFile()
  try {
    if (asked.size > bytesMax) throw uploadTooLarge(bytesMax)
    return await announce(parts, owner, asked, encoding)
  } catch (error) {
    giveBack()
    throw error
  }
}

async function announce(
  { store, uploads, requestUrl }: AnswerParts,
  owner: Owner,
  { name, size, mimeType }: Extract<DecodedRequest, { kind: 'create-attachment' }>,
  encoding: Encoding,
): Promise<Attachment> {
  const id = createId('atc')
  const upload = { id, name, size, mimeType, requestUrl }
  const prepared = await requireUploads(uploads).prepare(owner, upload)
  const base = {
    id,
    name: prepared.name ?? name,
    mime_type: mimeType,
    upload_descriptor: prepared.uploadDescriptor,
    ...(prepared.metadata === undefined ? {} : { metadata: prepared.metadata }),
  }
  const attachment: Attachment =
    mimeType.startsWith('image/') && prepared.previewUrl !== undefined
      ? { ...base, type: 'image', preview_url: prepared.previewUrl }
      : { ...base, type: 'file' }
  await store.createAttachment(owner, attachment)
  return encodeAttachment(attachment, encoding)
}

async function deleteAttachment(
  { store, uploads }: AnswerParts,
  owner: Owner,
  attachmentId: string,
): Promise<Record<string, never>> {
  const removing = requireUploads(uploads)
  // Bytes first: when removing them fails, the metadata still knows that they are there.
  await removing.remove(owner, await store.attachment(owner, attachmentId))
  await store.deleteAttachment(owner, attachmentId)
  return {}
}

function requireUploads(uploads: AttachmentUploads | undefined): AttachmentUploads {
  if (uploads !== undefined) return uploads
  throw new ParleyError('unsupported', 'This server does not take attachments.')
}

async function transcribe(
  { agent }: AnswerParts,
  owner: Owner,
  { audioBase64, mimeType }: Extract<DecodedRequest, { kind: 'transcribe' }>,
): Promise<{ text: string }> {
  if (agent.transcribe === undefined) {
    throw new ParleyError('unsupported', 'This server does not take dictation.')
  }
  // Stray characters are skipped, as in the reference.
  const bytes = Buffer.from(audioBase64, 'base64')
  if (bytes.length === 0) {
    throw new ParleyError('invalid_request', 'params.audio_base64: There is no audio in it.', {
      param: 'params.audio_base64',
    })
  }
  const mediaType = (mimeType.split(';')[0] ?? '').trim()
  return { text: await agent.transcribe({ bytes, mimeType, mediaType }, owner) }
}
