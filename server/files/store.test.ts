import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fakeS3Credentials, startFakeS3 } from '../testing/fake-s3.ts'
import type { FakeS3 } from '../testing/fake-s3.ts'
import { asFileError, createDiskStore } from './disk-store.ts'
import { FileError } from './errors.ts'
import { createS3Store } from './s3-store.ts'
import type { S3StoreOptions } from './s3-store.ts'
import { bodyOf, chunksOf, codeOf, storeContract } from './store-contract.ts'
import { createBlobKey } from './store.ts'
import type { BlobStore } from './store.ts'

const bytesMax = 1_000_000

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

storeContract('a directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'parley-files-'))
  return {
    blobs: await createDiskStore({ directory }),
    count: async () => (await filesIn(directory)).length,
    close: () => rm(directory, { recursive: true }),
  }
})

storeContract('a bucket', async () => {
  const s3 = await startFakeS3()
  return {
    blobs: createS3Store({ endpoint: s3.endpoint, ...fakeS3Credentials, partBytes: 100_000 }),
    count: async () => s3.objects.size + s3.uploads.size,
    close: s3.close,
  }
})

describe('a directory', () => {
  let directory: string
  let blobs: BlobStore
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'parley-files-'))
    blobs = await createDiskStore({ directory: join(directory, 'blobs') })
  })
  afterEach(() => rm(directory, { recursive: true }))

  test('[FILE-3] [U-03] no link is followed, to a file or through a directory', async () => {
    const canary = join(directory, 'canary')
    await writeFile(canary, 'untouched')
    const [key, other] = [createBlobKey(), createBlobKey()]
    await mkdir(join(directory, 'blobs', key.slice(0, 2)))
    await symlink(canary, join(directory, 'blobs', key.slice(0, 2), key))
    expect(await codeOf(blobs.get(key))).toBe('unavailable')
    expect(await blobs.exists(key)).toBe(false)

    const outside = join(directory, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, other), 'untouched')
    const place = join(directory, 'blobs', other.slice(0, 2))
    await rm(place, { recursive: true, force: true })
    await symlink(outside, place)
    await expect(blobs.get(other)).rejects.toThrow('behind a link')
    await expect(blobs.put(other, chunksOf(Buffer.from('new'), 3), { bytesMax })).rejects.toThrow('is a link')
    expect(await readFile(canary, 'utf8')).toBe('untouched')
    expect(await readFile(join(outside, other), 'utf8')).toBe('untouched')
    expect(await readdir(join(directory, 'blobs', 'incoming'))).toEqual([])
  })

  test('[FILE-3] nobody but the owner of the process may read what is kept', async () => {
    await blobs.put(createBlobKey(), chunksOf(Buffer.from('x'), 1), { bytesMax })
    const entries = await readdir(join(directory, 'blobs'), { recursive: true })
    for (const entry of entries) {
      expect((await stat(join(directory, 'blobs', entry))).mode & 0o077, entry).toBe(0)
    }
  })

  test('[FILE-13] [F-91] what a killed process left unfinished is removed when it is old, and only then', async () => {
    const incoming = join(directory, 'blobs', 'incoming')
    const [old, young] = [join(incoming, 'old'), join(incoming, 'young')]
    await writeFile(old, 'half')
    await writeFile(young, 'half')
    await utimes(old, new Date('2026-01-01'), new Date('2026-01-01'))
    expect(await blobs.tidy(new Date('2026-01-02'))).toBe(1)
    expect(await readdir(incoming)).toEqual(['young'])
  })

  test('[FILE-2] [F-88] a full disk is storage_full, any other trouble of it unavailable, and neither names a path', () => {
    const trouble = (code: string) =>
      Object.assign(new Error(`${code}: /secret/path`), { code, syscall: 'write' })
    const codes = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO', 'EMFILE', 'EACCES'].map((code) => {
      const error = asFileError(trouble(code))
      expect(error).toBeInstanceOf(FileError)
      expect(error instanceof FileError ? error.message : '').not.toContain('secret')
      return error instanceof FileError ? error.code : undefined
    })
    const full = 'storage_full'
    const away = 'unavailable'
    expect(codes).toEqual([full, full, full, away, away, away, away])
  })
})

describe('a bucket', () => {
  let s3: FakeS3
  beforeEach(async () => {
    s3 = await startFakeS3()
  })
  afterEach(() => s3.close())

  const open = (more: Partial<S3StoreOptions> = {}): BlobStore =>
    createS3Store({
      endpoint: s3.endpoint,
      ...fakeS3Credentials,
      partBytes: 1_000,
      pauseSeconds: 0.001,
      ...more,
    })
  const broken = { type: 'status', status: 500 } as const
  const small = Buffer.from('small')
  const large = randomBytes(3_500)

  test('[FILE-4] what fits a part is put at once, what does not in parts, in order', async () => {
    const blobs = open()
    await blobs.put(createBlobKey(), chunksOf(Buffer.alloc(1_000), 300), { bytesMax })
    expect(s3.requests).toEqual(['PUT object'])
    s3.requests.length = 0
    const key = createBlobKey()
    await blobs.put(key, chunksOf(large, 300), { bytesMax })
    const parts = [1, 2, 3, 4].map((number) => `PUT part ${number}`)
    expect(s3.requests).toEqual(['POST uploads', ...parts, 'POST upload', 'HEAD object'])
    expect(s3.objects.get(`parley/${key}`)?.equals(large)).toBe(true)
  })

  test.each(['PUT object', 'POST uploads', 'PUT part', 'POST upload', 'HEAD object'])(
    '[FILE-4] a bucket that fails twice, or whose answer is lost, is asked again: %s',
    async (kind) => {
      const blobs = open()
      for (const fault of [broken, { type: 'status', status: 503 }, { type: 'done-but-cut' }] as const) {
        // An upload that was begun without an answer stays behind: no client can know its name.
        if (kind === 'POST uploads' && fault.type === 'done-but-cut') continue
        s3.next(kind, fault, fault)
        for (const bytes of [small, large]) {
          const key = createBlobKey()
          await blobs.put(key, chunksOf(bytes, 300), { bytesMax })
          expect(s3.objects.get(`parley/${key}`)?.equals(bytes)).toBe(true)
        }
      }
      expect(s3.uploads.size).toBe(0)
    },
  )

  test.each(['PUT object', 'POST uploads', 'PUT part', 'POST upload'])(
    '[FILE-4] [F-88] a bucket that goes on failing is unavailable, and nothing is left: %s',
    async (kind) => {
      s3.next(kind, ...Array.from({ length: 9 }, () => broken))
      const bytes = kind === 'PUT object' ? small : large
      expect(await codeOf(open().put(createBlobKey(), chunksOf(bytes, 300), { bytesMax }))).toBe(
        'unavailable',
      )
      expect([s3.objects.size, s3.uploads.size]).toEqual([0, 0])
    },
  )

  test('[FILE-4] what cannot help is not asked again', async () => {
    const blobs = open({ secretAccessKey: 'x', accessKeyId: 'somebody-else' })
    expect(await codeOf(blobs.get(createBlobKey()))).toBe('unavailable')
    expect(s3.requests).toEqual(['GET object'])
  })

  test('[FILE-4] a bucket that says nothing is unavailable in time', async () => {
    const blobs = open({ silenceSecondsMax: 0.05, attemptsMax: 2 })
    s3.next('GET object', { type: 'hang' }, { type: 'hang' })
    expect(await codeOf(blobs.get(createBlobKey()))).toBe('unavailable')
    s3.next('PUT object', { type: 'hang' }, { type: 'hang' })
    expect(await codeOf(blobs.put(createBlobKey(), chunksOf(small, 5), { bytesMax }))).toBe('unavailable')
    expect(s3.objects.size).toBe(0)
  })

  test.each(['cut-body', 'stall-body'] as const)(
    '[FILE-4] a body that breaks off is an error, never a shorter file: %s',
    async (type) => {
      const key = createBlobKey()
      const source = chunksOf(randomBytes(200_000), 50_000)
      await open({ partBytes: 1_000_000 }).put(key, source, { bytesMax })
      s3.next('GET object', { type })
      const body = await open({ silenceSecondsMax: 2 }).get(key)
      expect(body?.bytes).toBe(200_000)
      expect(await codeOf(bodyOf(body))).toBe('unavailable')
    },
  )
})
