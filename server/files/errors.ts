/** What a person, a client or a storage can cause here. This room knows nobody, so the codes are those of `http/problem.ts`. */
export type FileErrorCode =
  | 'invalid_request'
  | 'not_found'
  | 'wrong_state'
  | 'forbidden'
  | 'too_large'
  | 'unsupported_media_type'
  /** Where the bytes should go there is no room, or the owner has used up theirs. */
  | 'storage_full'
  | 'unavailable'
  /** The bytes are not those that were stored. */
  | 'file_damaged'

/** An error whose message may be shown to the person who asked: it names no path, no key and no other person. */
export class FileError extends Error {
  readonly code: FileErrorCode

  constructor(code: FileErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'FileError'
    this.code = code
  }
}

export function tooLarge(bytesMax: number, limit = 'fileBytesMax'): FileError {
  return new FileError('too_large', `The file is larger than ${bytesMax} bytes (${limit}).`)
}
