/** Which files are taken, and how they are given back. */
import { hidesArchive } from './content-type.ts'
import type { ContentType, Inspection } from './content-type.ts'
import { FileError } from './errors.ts'
import { contentDisposition } from './names.ts'

export interface FilePolicy {
  /** Of one file, as it is stored. Default 25 MiB. */
  fileBytesMax: number
  /** Of a picture, as it comes: all of it is in memory while it is drawn anew. Default 50 MiB. */
  imageBytesMax: number
  /** Of all files that one user has at once. Default 1 GiB. */
  ownerBytesMax: number
  /** Uploads of one user that are under way at once; an image counts three times while it is drawn. Default 60. */
  uploadsAtOnceMax: number
  /** By content. Default: `typesAllowedDefault`. */
  typesAllowed: readonly string[]
}

/** What a person would show somebody. No SVG, no HTML, no archives, nothing that runs, nothing unknown. */
export const typesAllowedDefault: readonly string[] = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/heic',
  'image/heif',
  'application/pdf',
  'text/plain',
  'text/markdown',
  'text/csv',
  'text/tab-separated-values',
  'application/json',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
]

export const policyDefault: FilePolicy = {
  fileBytesMax: 25 * 1_048_576,
  imageBytesMax: 50 * 1_048_576,
  ownerBytesMax: 1_073_741_824,
  uploadsAtOnceMax: 60,
  typesAllowed: typesAllowedDefault,
}

/** Throws `unsupported_media_type`. */
export function refuseUnlessAllowed(policy: FilePolicy, type: ContentType, found: Inspection): void {
  if (!policy.typesAllowed.includes(type.mimeType)) {
    throw new FileError('unsupported_media_type', `Files of the type ${type.mimeType} are not taken here.`)
  }
  if (hidesArchive(found, type)) {
    throw new FileError('unsupported_media_type', `This is ${type.mimeType} and an archive at once.`)
  }
}

/** Those that are drawn anew before they are stored, so that nothing is left in them but their pixels. */
const redrawnTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

export function isRedrawn(mimeType: string): boolean {
  return redrawnTypes.has(mimeType)
}

export interface Served {
  name: string
  mimeType: string
  charset: string | null
  sha256: string
}

/**
 * The headers with which a file leaves us. Only what we have drawn ourselves may be shown in place; anything else is a
 * download that no browser guesses about, and that could do nothing if one opened it.
 */
export function servingHeaders(file: Served, wanted: 'inline' | 'attachment'): Record<string, string> {
  const disposition = wanted === 'inline' && isRedrawn(file.mimeType) ? 'inline' : 'attachment'
  return {
    'content-type': file.charset === null ? file.mimeType : `${file.mimeType}; charset=${file.charset}`,
    'content-disposition': contentDisposition(disposition, file.name),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    // The element shows previews on pages of other origins; reading them there would need CORS, which is not given.
    'cross-origin-resource-policy': disposition === 'inline' ? 'cross-origin' : 'same-origin',
    'cache-control': 'private, max-age=300',
    'accept-ranges': 'bytes',
    etag: `"${file.sha256.slice(0, 32)}"`,
  }
}
