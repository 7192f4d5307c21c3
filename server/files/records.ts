/** What is known about files. `storage/` implements it, under the walls of the database. */

/** Whose file it is. */
export interface FileOwner {
  tenantId: string
  userId: string
}

/** Pending: announced, and no bytes have come. Quarantined: kept, and given to nobody. */
export type FileState = 'pending' | 'uploaded' | 'quarantined'

export interface FileRecord {
  id: string
  name: string
  /** What was announced, until the bytes are there; then what they are. */
  mimeType: string
  state: FileState
  /** It belongs to a conversation, and its bytes are what they are. */
  isClaimed: boolean
  content: BlobRecord | null
  preview: BlobRecord | null
}

export interface BlobRecord {
  key: string
  mimeType: string
  charset: string | null
  bytes: number
  sha256: string
}

export interface UploadedFile {
  id: string
  name: string
  mimeType: string
  state: 'uploaded' | 'quarantined'
  content: BlobRecord
  preview: BlobRecord | null
  /** Where a picture's preview is, without the signature that opens it. */
  previewUrl: string | null
}

export interface FileRecords {
  /** Throws `not_found`. */
  find(owner: FileOwner, fileId: string): Promise<FileRecord>
  /**
   * Notes, before a byte is written, that there will be a blob under this key. Resolves with what stands in the way: the
   * owner has too many bytes, or too many uploads under way.
   */
  reserve(owner: FileOwner, key: string, limits: OwnerLimits): Promise<'reserved' | 'bytes' | 'uploads'>
  /**
   * In one transaction the file is what was uploaded, and the blobs are its own; those that it had before are nobody's.
   * With `create` there is such a file from now on. Throws `not_found`, `wrong_state` when it belongs to a conversation
   * already, and `unavailable` when a blob was swept away meanwhile; then nothing happened.
   */
  complete(owner: FileOwner, file: UploadedFile, settings: { create: boolean }): Promise<void>
  /** Takes its blobs from the file. Resolves with their keys, whose bytes are now to be removed. */
  unlink(owner: FileOwner, fileId: string): Promise<string[]>
  /** Blobs of the owner's that came to nothing. Resolves with those that are no file's: their bytes are now to be removed. */
  abandon(owner: FileOwner, keys: string[]): Promise<string[]>

  /**
   * Marks blobs that are nobody's, at most `limit`, and resolves with their keys: from then on none of them can become a
   * file's. One that has never been a file's counts only when it is older than `graceSeconds`, by the database's clock.
   */
  markOrphans(graceSeconds: number, limit: number): Promise<string[]>
  /** Their bytes are gone. */
  forget(keys: string[]): Promise<void>
  /** Deletes files that no conversation has claimed for so long. Resolves with how many. */
  deleteUnclaimed(seconds: number): Promise<number>
}

export interface OwnerLimits {
  ownerBytesMax: number
  uploadsAtOnceMax: number
}
