/**
 * Files of messages. They come as the AI SDK sends them, whole, in an address of the scheme `data:`, or by the address of one that
 * was sent to `/files` before; they are given back by addresses that work for a while. No other address is asked for anything.
 */
import { ParleyError } from '../../conversation/errors.ts'
import { createId } from '../../conversation/ids.ts'
import type { Owner } from '../../conversation/threads.ts'
import { decodeBase64Files } from '../../files/base64.ts'
import { FileError } from '../../files/errors.ts'
import type { FileKeeper } from '../../files/keeper.ts'
import type { FileUrl } from './parts.ts'
import { fileBytesMax, filesMax } from './wire.ts'
import type { SentMessage, SentPart } from './wire.ts'

export interface FileParts {
  /** Without it, files are refused. */
  keeper?: FileKeeper
  /** Our public origin, where a proxy rewrites `Host`. Default: the one that was asked. */
  publicUrl?: string
}

export function fileUrlsOf({ keeper, publicUrl }: FileParts, owner: Owner, requestUrl: string): FileUrl {
  return (fileId) =>
    keeper === undefined ? '' : new URL(keeper.path(owner, fileId, 'show'), publicUrl ?? requestUrl).href
}

export function filesIn(messages: readonly SentMessage[]): SentPart[] {
  return messages.flatMap(({ parts }) => (parts ?? []).filter(({ type }) => type === 'file'))
}

/** Resolves with the ids of their attachments. Throws `FileError`s and `invalid_request`, and then none of them is kept. */
export async function receiveFiles(
  { keeper }: FileParts,
  owner: Owner,
  files: readonly SentPart[],
): Promise<string[]> {
  if (files.length === 0) return []
  if (keeper === undefined) throw new FileError('unsupported_media_type', 'This server takes no files.')
  if (files.length > filesMax) {
    throw new FileError('too_large', `There are more than ${filesMax} files (filesMax).`)
  }
  const received: string[] = []
  const ids: string[] = []
  try {
    for (const file of files) {
      const known = attachmentIdIn(file.url ?? '')
      if (known === undefined) received.push(await receive(keeper, owner, file))
      ids.push(known ?? received.at(-1) ?? '')
    }
    return ids
  } catch (error) {
    // What cannot be removed now is found by the sweep.
    await Promise.all(received.map((id) => keeper.remove(owner, id).catch(() => {})))
    throw error
  }
}

/** Whose it is, and that it is there, is for the store to say. */
function attachmentIdIn(url: string): string | undefined {
  return /^(?:https?:\/\/[^/?#]+)?\/files\/(atc_[0-9a-z]{26})(?:[?#]|$)/i.exec(url)?.[1]
}

async function receive(keeper: FileKeeper, owner: Owner, { url, filename }: SentPart): Promise<string> {
  const fileId = createId('atc')
  const source = once(bytesOf(url ?? ''))
  await keeper.receive(owner, { fileId, name: filename ?? 'file', source, fileBytesMax, create: true })
  return fileId
}

function bytesOf(url: string): Uint8Array {
  const comma = url.indexOf(',')
  if (!/^data:/i.test(url) || comma < 0) {
    throw new ParleyError('invalid_request', 'A file must be sent along, not linked to.', {
      param: 'messages',
    })
  }
  const text = url.slice(comma + 1)
  if (!/;\s*base64$/i.test(url.slice(0, comma))) return Buffer.from(unescaped(text))
  const [bytes] = decodeBase64Files([text], { fileBytesMax })
  return bytes ?? new Uint8Array()
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ParleyError('invalid_request', 'The address of a file is not valid.', { param: 'messages' })
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
