/** Files that come inside of JSON. */
import { FileError, tooLarge } from './errors.ts'

export interface Base64Limits {
  /** How many at once. Default 10. */
  filesMax?: number
  /** Of each, decoded. Default 5 MiB. */
  fileBytesMax?: number
}

const base64FilesMaxDefault = 10
export const base64FileBytesMaxDefault: number = 5 * 1_048_576

const alphabet = /^[A-Za-z0-9+/]*$/

/**
 * The bytes of each, in order. Strict (RFC 4648): its alphabet, its padding, its zero bits, no white space; a `data:` URL's
 * beginning is no part of it. All are looked at before the first is decoded. Throws `too_large`, `invalid_request`.
 */
export function decodeBase64Files(texts: readonly string[], limits: Base64Limits = {}): Uint8Array[] {
  const { filesMax = base64FilesMaxDefault, fileBytesMax = base64FileBytesMaxDefault } = limits
  if (texts.length > filesMax) {
    throw new FileError('too_large', `There are more than ${filesMax} files (filesMax).`)
  }
  for (const text of texts) if (decodedBytes(text) > fileBytesMax) throw tooLarge(fileBytesMax)
  return texts.map(decodeBase64)
}

function decodedBytes(text: string): number {
  return (text.length / 4) * 3 - paddingOf(text)
}

function paddingOf(text: string): number {
  return text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
}

/** The bits behind the last byte are zero, or the same bytes would have several spellings. */
const ending = /(?:^|[AQgw]==|[AEIMQUYcgkosw048]=|[A-Za-z0-9+/])$/

function decodeBase64(text: string): Uint8Array {
  const digits = text.slice(0, text.length - paddingOf(text))
  if (text.length % 4 === 0 && alphabet.test(digits) && ending.test(text.slice(-4))) {
    return Buffer.from(text, 'base64')
  }
  throw new FileError('invalid_request', 'The data of a file is not valid Base64.')
}
