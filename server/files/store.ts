/**
 * Where the bytes of files lie. A blob is written once, under a key that we made, and never changed.
 * `disk-store.ts` and `s3-store.ts` implement this; `store-contract.ts` holds both to it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { tooLarge } from './errors.ts'

export interface BlobStore {
  /** What the table of settings and the log call it. */
  readonly kind: 'disk' | 's3'
  /**
   * Writes all of the source or nothing, however it ends: what was written of a source that throws is removed.
   * Throws `too_large` as soon as that is certain, `storage_full`, `unavailable`, and whatever the source throws.
   */
  put(key: string, source: AsyncIterable<Uint8Array>, limits: { bytesMax: number }): Promise<BlobFacts>
  /**
   * Null when there is no such blob. The body is to be read or cancelled, and breaks off with an error rather than end early.
   * A range must lie within the blob. Throws `unavailable`.
   */
  get(key: string, range?: ByteRange): Promise<BlobBody | null>
  /** A missing blob is no error. Throws `unavailable`. */
  delete(key: string): Promise<void>
  exists(key: string): Promise<boolean>
  /**
   * Every blob that is whole, those of which the key's first two digits are alike together; one that comes or goes meanwhile may be
   * among them. Only for who moves all of them: whoever needs to know what is whose asks the database. Throws `unavailable`.
   */
  keys(): AsyncIterable<string>
  /** Removes what puts left behind that were broken off by the end of their process before this time. Resolves with how many. */
  tidy(before: Date): Promise<number>
}

export interface BlobFacts {
  bytes: number
  /** In hexadecimal digits. */
  sha256: string
}

/** From `start` up to, and without, `end`. */
export interface ByteRange {
  start: number
  end: number
}

export interface BlobBody {
  /** Of the whole blob, also when a range of it was asked for. */
  bytes: number
  body: ReadableStream<Uint8Array>
}

/** 128 random bits: whoever knows one blob's key can guess no other's, and nothing of it comes from a person. */
export function createBlobKey(): string {
  return randomBytes(16).toString('hex')
}

const keyPattern = /^[0-9a-f]{32}$/

export function isBlobKey(text: string): boolean {
  return keyPattern.test(text)
}

/** Throws for what we did not make: a key becomes a path. */
export function requireBlobKey(key: string): string {
  if (!isBlobKey(key)) throw new Error('This is no key of a blob.')
  return key
}

/** Counts and hashes what passes. */
export interface Meter {
  /** Throws `too_large` with the first byte too many. */
  read(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>
  facts(): BlobFacts
}

export function createMeter(bytesMax: number): Meter {
  const hash = createHash('sha256')
  let bytes = 0
  return {
    async *read(source) {
      for await (const chunk of source) {
        bytes += chunk.byteLength
        if (bytes > bytesMax) throw tooLarge(bytesMax)
        hash.update(chunk)
        yield chunk
      }
    },
    facts: () => ({ bytes, sha256: hash.copy().digest('hex') }),
  }
}

/** All of it in one piece: only for what is known to be small enough. */
export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}
