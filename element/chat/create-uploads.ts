import type { Attachment } from '../../server/contracts/chatkit/wire.ts'
import type { DraftAttachment } from '../store/composer.ts'
import { TransportError } from '../transport/errors.ts'
import { sendFile } from '../transport/send-file.ts'
import { checkFiles } from './check-files.ts'
import { failureWords } from './failure-words.ts'
import { withRetries } from './parts.ts'
import type { ChatParts } from './parts.ts'

/**
 * Files on their way into a message:
 *
 *   two phases   attachments.create ─▶ where to ─▶ the bytes go there ─▶ uploaded
 *   direct       the file goes to the page's own address, which answers with the attachment
 */
export interface Uploads {
  /** Puts files into the composer and uploads them. Those that may not go are named. */
  attach(files: readonly File[]): void
  /** One that failed. */
  again(key: string): void
  /** Takes a file out of the composer, and off the server. */
  remove(key: string): void
  dispose(): void
}

export function createUploads(parts: ChatParts): Uploads {
  const { store, transport, words, options } = parts
  const going = new Map<string, AbortController>()
  const afterFirst = createAfterFirst()

  async function upload({ key, file }: DraftAttachment): Promise<void> {
    if (file === null) return
    const controller = new AbortController()
    const { signal } = controller
    going.set(key, controller)
    const change = (changed: Partial<DraftAttachment>): void => {
      if (!signal.aborted) store.dispatch({ type: 'attachment-changed', key, change: changed })
    }
    change({ phase: 'uploading', share: null, problem: null, attachment: null })
    try {
      const attachment = await sendAttachment(parts, file, { signal, change, afterFirst })
      change({ phase: 'uploaded', share: 1, attachment })
      // Taken out of the composer in another way than by its button: nobody will send it.
      if (find(key) === undefined) forget(attachment)
    } catch (error) {
      change({ phase: 'failed', share: null, problem: failureWords(error, words()) })
    } finally {
      if (going.get(key) === controller) going.delete(key)
    }
  }

  function find(key: string): DraftAttachment | undefined {
    const { draft, kept, editing } = store.state().composer
    const drafts = [draft, ...Object.values(kept), ...(editing ? [editing.before] : [])]
    return drafts.flatMap(({ attachments }) => attachments).find((attachment) => attachment.key === key)
  }

  /** What a message was sent with stays with the message. That it cannot be deleted concerns nobody but the server. */
  function forget({ id, thread_id }: Attachment): void {
    if (thread_id !== undefined && thread_id !== null) return
    const params = { attachment_id: id }
    transport.ask({ type: 'attachments.delete', params }).catch(() => undefined)
  }

  return {
    attach(files) {
      const attachments = options().composer?.attachments
      if (attachments?.enabled !== true || files.length === 0) return
      const present = store.state().composer.draft.attachments.length
      const { taken, refusals } = checkFiles(files, present, { options: attachments, words: words() })
      if (refusals.length > 0) store.dispatch({ type: 'problem', message: refusals.join('\n') })
      const added = taken.map((file) => draftOf(file, parts.createKey()))
      if (added.length > 0) store.dispatch({ type: 'attachments-added', attachments: added })
      for (const attachment of added) void upload(attachment)
    },
    again(key) {
      const attachment = find(key)
      if (attachment?.phase !== 'failed') return
      if (attachment.attachment !== null) forget(attachment.attachment)
      void upload(attachment)
    },
    remove(key) {
      const attachment = find(key)?.attachment
      going.get(key)?.abort()
      store.dispatch({ type: 'attachment-removed', key })
      if (attachment !== null && attachment !== undefined) forget(attachment)
    },
    dispose() {
      for (const controller of going.values()) controller.abort()
    },
  }
}

function draftOf(file: File, key: string): DraftAttachment {
  const untold = { share: null, attachment: null, problem: null }
  return { key, name: file.name, mimeType: file.type, file, phase: 'uploading', ...untold }
}

/**
 * Everything else waits until the first is done: a server that knows people by a cookie must have given one before it is asked
 * for the second time, or they become two.
 */
type AfterFirst = <Value>(work: () => Promise<Value>) => Promise<Value>

function createAfterFirst(): AfterFirst {
  let first: Promise<unknown> | undefined
  return (work) => {
    if (first !== undefined) return first.then(work)
    const done = work()
    first = done.catch(() => {
      // Nothing was given, so the next one is the first.
      first = undefined
    })
    return done
  }
}

interface Sending {
  afterFirst: AfterFirst
  signal: AbortSignal
  change: (changed: Partial<DraftAttachment>) => void
}

async function sendAttachment(
  parts: ChatParts,
  file: File,
  { signal, change, afterFirst }: Sending,
): Promise<Attachment> {
  const { api } = parts.options()
  const custom = api !== undefined && !('getClientSecret' in api) ? api : undefined
  const sending = {
    signal,
    // Signed addresses are nobody's in particular, so only the page's own `fetch` has something to add.
    fetch: custom?.fetch,
    onShare: (share: number) => change({ share }),
  }
  const strategy = custom?.uploadStrategy
  if (strategy?.type === 'direct') {
    const target = { url: strategy.uploadUrl, method: 'POST', headers: {} } as const
    const uploaded = await afterFirst(() => sendFile(target, file, sending))
    if (!isAttachment(uploaded)) throw new TransportError('garbled')
    return uploaded
  }
  const params = { name: file.name, size: file.size, mime_type: file.type || 'application/octet-stream' }
  const created = await afterFirst(() =>
    withRetries(parts, signal, () => parts.transport.ask({ type: 'attachments.create', params }, { signal })),
  )
  change({ attachment: created })
  const { upload_descriptor: target, ...attachment } = created
  // A server that wants no bytes has them already.
  if (target === undefined || target === null) return attachment
  const uploaded = await withRetries(parts, signal, () => sendFile(target, file, sending))
  return isAttachment(uploaded) && uploaded.id === attachment.id ? uploaded : attachment
}

function isAttachment(value: unknown): value is Attachment {
  if (typeof value !== 'object' || value === null) return false
  const field = (name: string): unknown => Reflect.get(value, name)
  const isNamed = typeof field('id') === 'string' && typeof field('name') === 'string'
  const isTyped = field('type') === 'file' || field('type') === 'image'
  return isNamed && isTyped
}
