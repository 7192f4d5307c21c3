/**
 * The way of a file, from a client's bytes to a row, and back.
 *
 *   receive ─▶ reserve key ─▶ store, hashed and looked at ─▶ recognize ─▶ allowed? ─▶ scanned? ─▶ picture: drawn anew
 *                  │                                                                                │
 *                  └── whatever fails: bytes removed, key abandoned; killed: swept ◀─ ─ ─ ─ ─ complete (one transaction)
 *
 * A blob's row is there before its bytes, and goes after them. So nothing can lie in the store that the database does not
 * know of, and the sweep asks the database only.
 */
import { createInspector, extensionsOf, recognize } from './content-type.ts'
import type { ContentType } from './content-type.ts'
import { FileError, tooLarge } from './errors.ts'
import type { Images } from './images.ts'
import { cleanFileName } from './names.ts'
import { isRedrawn, refuseUnlessAllowed } from './policy.ts'
import type { FilePolicy } from './policy.ts'
import type { BlobRecord, FileOwner, FileRecord, FileRecords, UploadedFile } from './records.ts'
import type { LinkClaims, LinkPurpose, SignedLinks } from './signed-links.ts'
import { collect, createBlobKey } from './store.ts'
import type { BlobFacts, BlobStore, ByteRange } from './store.ts'
import { verified } from './verified.ts'

export interface FileKeeperOptions {
  records: FileRecords
  blobs: BlobStore
  policy: FilePolicy
  images: Images
  links: SignedLinks
  now(): Date
  /** Asked about every file before it is anybody's. When it throws, the file is not taken. Default: all are clean. */
  scan?(bytes: ReadableStream<Uint8Array>): Promise<'clean' | 'suspicious'>
  /** What went wrong behind the scenes. */
  onFailure(event: string, fields: Record<string, unknown>): void
  /** How long an upload may take before the sweep thinks that its process has died. Default 3,600. */
  graceSeconds?: number
  /** How long a file may wait for the message that it belongs to. Default 86,400. */
  unclaimedSeconds?: number
}

export interface FileUpload {
  fileId: string
  name: string
  source: AsyncIterable<Uint8Array>
  /** How many bytes were announced: it must be as many. */
  bytes?: number
  /** Default: the policy's. */
  fileBytesMax?: number
  /** There is no such file yet. Default false. */
  create?: boolean
}

export interface OpenedFile {
  record: FileRecord
  blob: BlobRecord
}

export interface FileKeeper {
  readonly policy: FilePolicy
  /** Throws `FileError`s, and then nothing is left of it. */
  receive(owner: FileOwner, upload: FileUpload): Promise<UploadedFile>
  /** What is to be served for such a link. Throws `forbidden`, `not_found`. */
  open(fileId: string, link: string): Promise<OpenedFile & { claims: LinkClaims }>
  /** The whole, or a range of it. Breaks off when the bytes are not those that were stored. Throws `file_damaged`. */
  read(blob: BlobRecord, range?: ByteRange): Promise<ReadableStream<Uint8Array>>
  /** For a model. Null when there are no bytes for anybody, or more than so many. */
  readAll(owner: FileOwner, fileId: string, bytesMax: number): Promise<ReadFile | null>
  /** The way to a file, without an origin: `/files/atc_…?link=…`. */
  path(owner: FileOwner, fileId: string, purpose: LinkPurpose, bytes?: number): string
  verifyUpload(fileId: string, link: string): LinkClaims
  /** Nobody can open it any more; its bytes are removed now, or by the sweep. */
  remove(owner: FileOwner, fileId: string): Promise<void>
  /** Removes what is nobody's. */
  sweep(): Promise<SweepReport>
}

export interface ReadFile {
  name: string
  mimeType: string
  charset: string | null
  bytes: Uint8Array
}

export interface SweepReport {
  /** Blobs that were nobody's. */
  blobs: number
  /** Files that nobody claimed. */
  unclaimed: number
  /** What killed processes left in the store. */
  drafts: number
}

const sweepBatch = 100

export function createFileKeeper(options: FileKeeperOptions): FileKeeper {
  const { records, blobs, links, policy } = options
  return {
    policy,
    receive: (owner, upload) => receive(options, owner, upload),
    async open(fileId, link) {
      const claims = links.verify(link, fileId, ['download', 'show', 'preview'])
      const record = await records.find(claims, fileId)
      if (record.state === 'quarantined') {
        throw new FileError('forbidden', 'This file was set aside, because it may do harm.')
      }
      const blob = claims.purpose === 'preview' ? (record.preview ?? record.content) : record.content
      if (blob === null) throw new FileError('not_found', 'The file has not been uploaded yet.')
      return { record, blob, claims }
    },
    read: (blob, range) => read(options, blob, range),
    async readAll(owner, fileId, bytesMax) {
      const { name, state, content } = await records.find(owner, fileId)
      if (state !== 'uploaded' || content === null || content.bytes > bytesMax) return null
      const bytes = await collect(await read(options, content))
      return { name, mimeType: content.mimeType, charset: content.charset, bytes }
    },
    path({ tenantId, userId }, fileId, purpose, bytes) {
      const size = bytes === undefined ? {} : { bytes }
      return `/files/${fileId}?link=${links.sign({ purpose, fileId, tenantId, userId, ...size })}`
    },
    verifyUpload: (fileId, link) => links.verify(link, fileId, ['upload']),
    async remove(owner, fileId) {
      await discard(options, owner, await records.unlink(owner, fileId))
    },
    async sweep() {
      const { now, graceSeconds = 3_600, unclaimedSeconds = 86_400 } = options
      const unclaimed = await records.deleteUnclaimed(unclaimedSeconds)
      let removed = 0
      for (;;) {
        const keys = await records.markOrphans(graceSeconds, sweepBatch)
        const gone = await removeBytes(options, keys)
        await records.forget(gone)
        removed += gone.length
        // What could not be removed stays marked, and is tried again by a later sweep.
        if (keys.length < sweepBatch || gone.length === 0) break
      }
      const drafts = await blobs.tidy(new Date(now().getTime() - graceSeconds * 1_000))
      return { blobs: removed, unclaimed, drafts }
    },
  }
}

/** What an upload has put into the store so far. */
interface Deposits {
  put(source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<BlobFacts & { key: string }>
  drop(key: string): Promise<void>
  dropAll(): Promise<void>
}

async function receive(
  options: FileKeeperOptions,
  owner: FileOwner,
  upload: FileUpload,
): Promise<UploadedFile> {
  const deposits = createDeposits(options, owner)
  try {
    const { policy, records } = options
    const bytesMax = Math.min(upload.fileBytesMax ?? policy.fileBytesMax, policy.fileBytesMax)
    const inspector = createInspector()
    const stored = await deposits.put(inspector.watch(upload.source), bytesMax)
    refuseOtherSize(stored.bytes, upload.bytes)
    const inspection = inspector.end()
    const type = await recognize(inspection, upload.name)
    refuseUnlessAllowed(policy, type, inspection)
    const isClean = await passes(options, stored)
    const kept =
      isClean && isRedrawn(type.mimeType)
        ? await redraw(options, deposits, stored, type)
        : { content: { ...stored, mimeType: type.mimeType, charset: type.charset ?? null }, preview: null }
    const file = describe(upload, kept, isClean)
    await records.complete(owner, file, { create: upload.create ?? false })
    return file
  } catch (error) {
    await deposits.dropAll()
    throw error
  }
}

function createDeposits(options: FileKeeperOptions, owner: FileOwner): Deposits {
  const { records, blobs, policy } = options
  const keys = new Set<string>()
  return {
    async put(source, bytesMax) {
      const key = createBlobKey()
      refuseUnlessReserved(policy, await records.reserve(owner, key, policy))
      keys.add(key)
      return { key, ...(await blobs.put(key, source, { bytesMax })) }
    },
    async drop(key) {
      keys.delete(key)
      await discard(options, owner, [key])
    },
    dropAll: () => discard(options, owner, [...keys]),
  }
}

function refuseUnlessReserved(
  { ownerBytesMax, uploadsAtOnceMax }: FilePolicy,
  outcome: 'reserved' | 'bytes' | 'uploads',
): void {
  if (outcome === 'bytes') {
    throw new FileError('storage_full', `You have ${ownerBytesMax} bytes of files already (ownerBytesMax).`)
  }
  if (outcome === 'uploads') {
    throw new FileError(
      'unavailable',
      `More than ${uploadsAtOnceMax} of your uploads are under way (uploadsAtOnceMax).`,
    )
  }
}

function refuseOtherSize(bytes: number, announced: number | undefined): void {
  if (bytes === 0) throw new FileError('invalid_request', 'The file is empty.')
  if (announced !== undefined && announced !== bytes) {
    throw new FileError('invalid_request', `${announced} bytes were announced, and ${bytes} have come.`)
  }
}

/** Whatever a scanner says but "clean" is no reason to give the file to anybody. */
async function passes({ scan, blobs }: FileKeeperOptions, { key }: { key: string }): Promise<boolean> {
  if (scan === undefined) return true
  const stored = await blobs.get(key)
  if (stored === null) throw new FileError('unavailable', 'The file could not be scanned.')
  try {
    return (await scan(stored.body)) === 'clean'
  } catch (error) {
    throw new FileError('unavailable', 'The file could not be scanned.', { cause: error })
  }
}

interface Kept {
  content: BlobRecord
  preview: BlobRecord | null
}

/** In place of what came, what was drawn of it. */
async function redraw(
  options: FileKeeperOptions,
  deposits: Deposits,
  stored: BlobFacts & { key: string },
  { mimeType }: ContentType,
): Promise<Kept> {
  const { imageBytesMax, fileBytesMax } = options.policy
  if (stored.bytes > imageBytesMax) throw tooLarge(imageBytesMax, 'imageBytesMax')
  const original = await read(options, { ...stored, mimeType, charset: null })
  const bytes = await collect(original)
  const image = await options.images.redraw(bytes, mimeType)
  // The same pixels may take some more bytes when they are written anew.
  const bytesMax = fileBytesMax * 4
  const content = await deposits.put(once(image.bytes), bytesMax)
  const preview = await deposits.put(once(image.preview), bytesMax)
  await deposits.drop(stored.key)
  return {
    content: { ...content, mimeType: image.mimeType, charset: null },
    preview: { ...preview, mimeType: 'image/webp', charset: null },
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function describe({ fileId, name }: FileUpload, { content, preview }: Kept, isClean: boolean): UploadedFile {
  const { mimeType } = content
  return {
    id: fileId,
    name: cleanFileName(name, extensionsOf(mimeType)),
    mimeType,
    state: isClean ? 'uploaded' : 'quarantined',
    content,
    preview,
    previewUrl: preview === null ? null : `/files/${fileId}`,
  }
}

async function read(
  { blobs, onFailure }: FileKeeperOptions,
  blob: BlobRecord,
  range?: ByteRange,
): Promise<ReadableStream<Uint8Array>> {
  const stored = await blobs.get(blob.key, range)
  if (stored !== null && stored.bytes === blob.bytes) {
    return range === undefined
      ? verified(stored.body, blob, () => onFailure('file-damaged', { blob: blob.key }))
      : stored.body
  }
  await stored?.body.cancel()
  onFailure('file-damaged', { blob: blob.key, bytes: stored?.bytes ?? null })
  throw new FileError('file_damaged', 'The bytes of this file are lost or damaged.')
}

/** Never rejects: the user is not to wait for a store, and what is left behind is marked for the sweep. */
async function discard(options: FileKeeperOptions, owner: FileOwner, keys: string[]): Promise<void> {
  if (keys.length === 0) return
  try {
    // When only the answer to a commit was lost, they are a file's after all.
    const abandoned = await options.records.abandon(owner, keys)
    await options.records.forget(await removeBytes(options, abandoned))
  } catch (error) {
    options.onFailure('file-not-removed', { blobs: keys, error })
  }
}

/** Resolves with the keys of those that are gone. */
async function removeBytes({ blobs, onFailure }: FileKeeperOptions, keys: string[]): Promise<string[]> {
  const gone: string[] = []
  for (const key of keys) {
    try {
      await blobs.delete(key)
      gone.push(key)
    } catch (error) {
      onFailure('file-not-removed', { blobs: [key], error })
    }
  }
  return gone
}
