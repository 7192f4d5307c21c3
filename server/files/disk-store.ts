/**
 * Blobs as files.
 *
 *   <directory>/incoming/<key>.<random>   being written: made anew, synced, then renamed
 *   <directory>/<2 digits>/<key>          whole
 *
 * A path is made of our own key only, and nothing is followed that is a link.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FileError } from './errors.ts'
import { createMeter, isBlobKey, requireBlobKey } from './store.ts'
import type { BlobStore, ByteRange } from './store.ts'

export interface DiskStoreOptions {
  /** Is made when it is not there, for the owner's eyes only. */
  directory: string
}

const chunkBytes = 65_536

/** Resolves when the directory can be used; rejects with the system's own error when it cannot. */
export async function createDiskStore(options: DiskStoreOptions): Promise<BlobStore> {
  await mkdir(join(options.directory, 'incoming'), { recursive: true, mode: 0o700 })
  const directory = await realpath(options.directory)
  const incoming = join(directory, 'incoming')
  const pathOf = (key: string): string => join(directory, requireBlobKey(key).slice(0, 2), key)

  return {
    kind: 'disk',
    async put(key, source, { bytesMax }) {
      const path = pathOf(key)
      const draft = join(incoming, `${basename(path)}.${randomBytes(6).toString('hex')}`)
      const meter = createMeter(bytesMax)
      try {
        await writeDraft(draft, meter.read(source))
        await settle(draft, path)
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {})
        throw asFileError(error)
      }
      return meter.facts()
    },
    async get(key, range) {
      const path = pathOf(key)
      const handle = await openToRead(path)
      if (handle === null) return null
      try {
        // A directory on the way that has become a link leads somewhere else.
        if ((await realpath(path)) !== path) throw new Error('A blob lies behind a link.')
        const { size } = await handle.stat()
        return { bytes: size, body: readable(handle, range ?? { start: 0, end: size }) }
      } catch (error) {
        await handle.close()
        throw asFileError(error)
      }
    },
    async delete(key) {
      await rm(pathOf(key), { force: true }).catch((error: unknown) => {
        throw asFileError(error)
      })
    },
    async exists(key) {
      const found = await lstat(pathOf(key)).catch((error: unknown) => unlessMissing(error))
      return found?.isFile() ?? false
    },
    async *keys() {
      for (const folder of await namesIn(directory)) {
        if (!/^[0-9a-f]{2}$/.test(folder)) continue
        for (const key of await namesIn(join(directory, folder)))
          if (isBlobKey(key) && key.startsWith(folder)) yield key
      }
    },
    async tidy(before) {
      const drafts = (await readdir(incoming)).map((name) => join(incoming, name))
      const old = await Promise.all(drafts.map(async (draft) => isOlder(draft, before)))
      const broken = drafts.filter((_, index) => old[index])
      await Promise.all(broken.map((draft) => rm(draft, { force: true })))
      return broken.length
    },
  }
}

/** `wx` makes the file or fails, so it never follows a link that lies in its place. */
async function writeDraft(draft: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(draft, 'wx', 0o600)
  try {
    for await (const chunk of source) await writeAll(handle, chunk)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** One write may take less than it was given. */
async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let rest = chunk; rest.byteLength > 0;) {
    const { bytesWritten } = await handle.write(rest)
    rest = rest.subarray(bytesWritten)
  }
}

/** Under its name and on the disk: the directory's entry, too. */
async function settle(draft: string, path: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
  if (!(await lstat(folder)).isDirectory()) throw new Error('A directory of blobs is a link.')
  await rename(draft, path)
  const entry = await open(folder, 'r')
  try {
    await entry.sync()
  } finally {
    await entry.close()
  }
}

async function openToRead(path: string): Promise<FileHandle | null> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => unlessMissing(error))
}

/** Reads no further than is asked for; the file is closed when it was read, cancelled or has failed. */
function readable(handle: FileHandle, { start, end }: ByteRange): ReadableStream<Uint8Array> {
  let place = start
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const wanted = Math.min(chunkBytes, end - place)
          const { bytesRead, buffer } =
            wanted > 0
              ? await handle.read(new Uint8Array(wanted), 0, wanted, place)
              : { bytesRead: 0, buffer: new Uint8Array() }
          place += bytesRead
          if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead))
          if (place >= end) {
            await handle.close()
            controller.close()
          } else if (bytesRead === 0) throw new Error('A blob ended early.')
        } catch (error) {
          await handle.close().catch(() => {})
          controller.error(asFileError(error))
        }
      },
      cancel: () => handle.close(),
    },
    { highWaterMark: 0 },
  )
}

async function namesIn(directory: string): Promise<string[]> {
  return ((await readdir(directory).catch((error: unknown) => unlessMissing(error))) ?? []).toSorted()
}

async function isOlder(path: string, before: Date): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => unlessMissing(error))
  return found !== null && found.mtime < before
}

function unlessMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw asFileError(error)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** What the disk says, in words that name no path. What has another origin stays as it is. */
export function asFileError(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(codeOf(error)))
  return isFull
    ? new FileError('storage_full', 'There is no room left for files.', { cause: error })
    : new FileError('unavailable', 'Files cannot be kept or read at the moment.', { cause: error })
}
