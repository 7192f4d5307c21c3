/** What a model is given of attached files: texts as text, pictures and PDFs as they are; of anything else it knows the name. */
import type { AttachmentBytes, ReadAttachment } from '../conversation/attachments.ts'
import type { Attachment, Item } from '../conversation/items.ts'
import type { ModelContent } from '../conversation/model.ts'
import { cleanText } from '../conversation/text.ts'
import type { Owner } from '../conversation/threads.ts'
import { contextPart } from './model-messages.ts'
import type { AttachmentContents } from './model-messages.ts'

export interface AttachmentReading {
  read: ReadAttachment
  /** What the model takes beside text. Default: `files`, which are pictures and PDFs. */
  takes?: 'text' | 'images' | 'files'
  /** The newest of the conversation. Default 10. */
  filesMax?: number
  /** Of all together. Default 20 MiB. */
  bytesMax?: number
  /** Of each text, in UTF-16 code units; the rest is cut. Default 50,000. */
  textLengthMax?: number
}

const picturesTaken = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
/** A word about a file that is there, and that nobody could read at this moment. */
const unreadable = '(This file cannot be read at the moment.)'

/** By the attachments' ids. The newest come first, for as long as there is room. Never rejects. */
export async function readAttachments(
  items: readonly Item[],
  owner: Owner,
  reading: AttachmentReading,
): Promise<AttachmentContents> {
  const { filesMax = 10, bytesMax = 20 * 1_048_576 } = reading
  const attached = items.flatMap((item) => (item.type === 'user_message' ? item.attachments : []))
  const contents = new Map<string, ModelContent[]>()
  let bytesLeft = bytesMax
  for (const attachment of attached.slice(-filesMax).toReversed()) {
    const { content, bytes } = await readOne(attachment, owner, reading, bytesLeft)
    bytesLeft -= bytes
    if (content !== null) contents.set(attachment.id, [content])
  }
  return contents
}

async function readOne(
  attachment: Attachment,
  owner: Owner,
  { read, takes = 'files', textLengthMax = 50_000 }: AttachmentReading,
  bytesLeft: number,
): Promise<{ content: ModelContent | null; bytes: number }> {
  try {
    const file = await read(owner, attachment.id, bytesLeft)
    const content = file === null ? null : contentOf(file, takes, textLengthMax)
    return { content, bytes: content === null ? 0 : (file?.bytes.byteLength ?? 0) }
  } catch {
    // It was deleted, or its bytes are lost: the conversation goes on without it.
    return { content: told(attachment.name, unreadable, textLengthMax), bytes: 0 }
  }
}

function contentOf(
  file: AttachmentBytes,
  takes: 'text' | 'images' | 'files',
  textLengthMax: number,
): ModelContent | null {
  const { name, mimeType, charset, bytes } = file
  if (charset !== null) {
    return told(name, cleanText(decode(bytes, charset)), textLengthMax)
  }
  const data = (): string => Buffer.from(bytes).toString('base64')
  if (picturesTaken.has(mimeType) && takes !== 'text') {
    return { type: 'image', url: `data:${mimeType};base64,${data()}` }
  }
  return mimeType === 'application/pdf' && takes === 'files'
    ? { type: 'file', name, mimeType, data: data() }
    : null
}

/** What Windows has where Latin-1 has control characters. */
const windowsCharacters = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ'

/** Node 20 takes windows-1252 for Latin-1. */
function decode(bytes: Uint8Array, charset: string): string {
  if (charset !== 'windows-1252') return new TextDecoder(charset).decode(bytes)
  const text = Buffer.from(bytes).toString('latin1')
  return text.replaceAll(
    /[\u0080-\u009F]/g,
    (character) => windowsCharacters[character.charCodeAt(0) - 0x80] ?? '',
  )
}

function told(name: string, text: string, lengthMax: number): ModelContent {
  return contextPart('file attached by the user', `${name}:\n\n${text}`, lengthMax)
}
