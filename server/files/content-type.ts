/**
 * What a file is, by its bytes. Neither its name nor what the client says about it can make it something else; a name only
 * chooses among kinds of plain text, which are all served alike.
 */
import { fileTypeFromBuffer } from 'file-type'
import { extensionOf } from './names.ts'

/** What is kept of a file while it passes. */
export interface Inspection {
  /** The first `edgeBytes`. */
  head: Uint8Array
  /** The last `edgeBytes`. */
  tail: Uint8Array
  bytes: number
  isUtf8: boolean
  /** NUL, or another control character that no text has. */
  hasControls: boolean
}

export interface ContentType {
  mimeType: string
  /** Of text. */
  charset?: 'utf-8' | 'windows-1252'
}

export interface Inspector {
  watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  end(): Inspection
}

/** Enough for every signature, and for the longest end of a ZIP archive: 22 bytes and a comment of 65,535. */
const edgeBytes = 65_600

export function createInspector(): Inspector {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const found: Inspection = {
    head: new Uint8Array(),
    tail: new Uint8Array(),
    bytes: 0,
    isUtf8: true,
    hasControls: false,
  }
  function see(chunk: Uint8Array): void {
    found.bytes += chunk.byteLength
    if (found.head.byteLength < edgeBytes)
      found.head = Buffer.concat([found.head, chunk]).subarray(0, edgeBytes)
    const tail = chunk.byteLength >= edgeBytes ? chunk : Buffer.concat([found.tail, chunk])
    found.tail = Uint8Array.from(tail.subarray(-edgeBytes))
    found.hasControls ||= hasControls(chunk)
    if (!found.hasControls) found.isUtf8 &&= isDecodable(() => decoder.decode(chunk, { stream: true }))
  }
  return {
    async *watch(source) {
      for await (const chunk of source) {
        see(chunk)
        yield chunk
      }
    },
    end() {
      found.isUtf8 &&= isDecodable(() => decoder.decode())
      return found
    },
  }
}

function isDecodable(decode: () => string): boolean {
  try {
    decode()
    return true
  } catch {
    return false
  }
}

/** Tab to carriage return, and escape (of terminals' colours in logs), are in texts. */
function hasControls(chunk: Uint8Array): boolean {
  return chunk.some((byte) => byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1b)
}

/** What a type's file may be called: the first is put behind a name that has none of them. */
const extensions = new Map([
  ['image/png', ['png']],
  ['image/jpeg', ['jpg', 'jpeg', 'jpe', 'jfif']],
  ['image/gif', ['gif']],
  ['image/webp', ['webp']],
  ['image/avif', ['avif']],
  ['image/heic', ['heic', 'heif']],
  ['image/heif', ['heif', 'heic']],
  ['image/svg+xml', ['svg']],
  ['application/pdf', ['pdf']],
  ['text/html', ['html', 'htm']],
  ['application/xml', ['xml']],
  ['text/markdown', ['md', 'markdown']],
  ['text/csv', ['csv']],
  ['text/tab-separated-values', ['tsv']],
  ['application/json', ['json']],
  ['application/zip', ['zip']],
  ['application/octet-stream', ['bin']],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', ['docx']],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ['xlsx']],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', ['pptx']],
  ['application/vnd.oasis.opendocument.text', ['odt']],
  ['application/vnd.oasis.opendocument.spreadsheet', ['ods']],
  ['application/vnd.oasis.opendocument.presentation', ['odp']],
  [
    'text/plain',
    // Sources and notes that no system runs when they are opened.
    'txt log text md csv json tex srt vtt yaml yml toml ini conf diff patch sql css py ts tsx jsx java kt c h cpp hpp cs go rs rb swift scala lua r jl'.split(
      ' ',
    ),
  ],
])

/** What a file of this type may be called, its own extension first. None are known of others. */
export function extensionsOf(mimeType: string): readonly string[] {
  return extensions.get(mimeType) ?? []
}

/** Never throws: what cannot be recognized is `application/octet-stream`. */
export async function recognize(found: Inspection, name: string): Promise<ContentType> {
  if (!found.hasControls) return recognizeText(found, name)
  const known = await fileTypeFromBuffer(found.head).catch(() => undefined)
  if (known !== undefined) return { mimeType: normalized(known.mime) }
  return { mimeType: endsAsZip(found) ? 'application/zip' : 'application/octet-stream' }
}

/** An archive is read from its end, so anything can stand before it: such a file is two at once. */
export function hidesArchive(found: Inspection, { mimeType }: ContentType): boolean {
  const isArchive =
    mimeType === 'application/zip' || mimeType.includes('openxml') || mimeType.includes('opendocument')
  return !isArchive && endsAsZip(found)
}

const zipEndBytes = 22

/** Whether the last bytes are an end of central directory whose comment reaches just to the file's end. */
function endsAsZip({ tail }: Inspection): boolean {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)
  let place = bytes.lastIndexOf('PK\u0005\u0006', undefined, 'latin1')
  while (place >= 0) {
    const isWhole = place + zipEndBytes <= bytes.byteLength
    if (isWhole && place + zipEndBytes + bytes.readUInt16LE(place + 20) === bytes.byteLength) return true
    place = place === 0 ? -1 : bytes.lastIndexOf('PK\u0005\u0006', place - 1, 'latin1')
  }
  return false
}

function normalized(mimeType: string): string {
  if (mimeType === 'image/apng') return 'image/png'
  return mimeType.replace(/^image\/(hei[cf])-sequence$/, 'image/$1')
}

function recognizeText(found: Inspection, name: string): ContentType {
  const charset = found.isUtf8 ? 'utf-8' : 'windows-1252'
  const text = new TextDecoder(charset).decode(found.head).replace(/\uFFFD$/, '')
  if (/^\s*%PDF-/.test(text)) return { mimeType: 'application/pdf' }
  return { mimeType: textType(text, found, extensionOf(name)), charset }
}

/** Comments and declarations say nothing about what follows them. */
const preamble = /^\s*(?:<!--[^]*?-->|<\?[^]*?\?>|\s+)*/
const pageBeginning = /^<(?:!doctype\s+html|html|head|body|script|iframe|frameset|object|embed)\b/i
/** What browsers once took for a page at a text's beginning (WHATWG MIME Sniffing), beside the above. */
const pieceBeginning =
  /^<(?:h[1-6]|div|font|table|a|style|title|b|br|p|img|link|meta|form|svg|math|base|template)\b/i

function textType(text: string, found: Inspection, extension: string | undefined): string {
  const beginning = text.slice(0, 65_536).replace(preamble, '')
  if (/^<(?:!doctype\s+svg|svg|[a-z0-9._-]+:svg)\b/i.test(beginning)) return 'image/svg+xml'
  if (pageBeginning.test(beginning)) return 'text/html'
  const isMarkdown = extension === 'md' || extension === 'markdown'
  if (pieceBeginning.test(beginning) && !isMarkdown) return 'text/html'
  if (/^\s*<\?xml\b/i.test(text) || /^<!(?:doctype|entity)\b/i.test(beginning)) return 'application/xml'
  if (/^<[a-z_][\w.-]*(?::[\w.-]+)?[\s/>][^]*\bxmlns(?::|\s*=)/i.test(beginning.slice(0, 4_096)))
    return 'application/xml'
  if (isMarkdown) return 'text/markdown'
  if (extension === 'csv') return 'text/csv'
  if (extension === 'tsv') return 'text/tab-separated-values'
  return looksLikeJson(text, found) && (extension === 'json' || extension === undefined)
    ? 'application/json'
    : 'text/plain'
}

/** Parsed when all of it is at hand; of a long one, both ends are looked at. */
function looksLikeJson(text: string, { bytes, tail }: Inspection): boolean {
  if (!/^\uFEFF?\s*[[{]/.test(text)) return false
  if (bytes > edgeBytes) return /[\]}]\s*$/.test(Buffer.from(tail.subarray(-64)).toString('latin1'))
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
