/** What every store of blobs promises. */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FileError } from './errors.ts'
import { collect, createBlobKey } from './store.ts'
import type { BlobBody, BlobStore } from './store.ts'

export interface StoreGround {
  blobs: BlobStore
  /** How many things lie in it, finished or not. */
  count(): Promise<number>
  close(): Promise<void>
}

const bytesMax = 1_000_000
const foreignKeys = [
  '',
  '..',
  '../../etc/passwd',
  `${'a'.repeat(31)}/`,
  'A'.repeat(32),
  `${'a'.repeat(32)}\0`,
]
const ranges = [
  [0, 1],
  [300_000, 300_001],
  [10, 70_000],
] as const

export async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let place = 0; place < bytes.byteLength; place += chunkBytes) {
    yield bytes.subarray(place, place + chunkBytes)
  }
}

export async function bodyOf(stored: BlobBody | null): Promise<Uint8Array> {
  if (stored === null) throw new Error('There is no such blob.')
  return collect(stored.body)
}

export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof FileError ? error.code : error),
  )
}

export function storeContract(name: string, prepare: () => Promise<StoreGround>): void {
  describe(name, () => {
    let ground: StoreGround
    beforeAll(async () => {
      ground = await prepare()
    })
    afterAll(() => ground.close())

    test('[FILE-1] what was put comes back, whole and in any range, with its size and hash', async () => {
      for (const length of [0, 1, 65_536, 300_001]) {
        const bytes = randomBytes(length)
        const key = createBlobKey()
        const facts = await ground.blobs.put(key, chunksOf(bytes, 7_001), { bytesMax })
        expect(facts).toEqual({ bytes: length, sha256: createHash('sha256').update(bytes).digest('hex') })
        expect(await ground.blobs.exists(key)).toBe(true)
        const whole = await ground.blobs.get(key)
        expect(whole?.bytes).toBe(length)
        expect(bytes.equals(await bodyOf(whole))).toBe(true)
        for (const [start, end] of ranges) {
          if (end > length) continue
          const part = await ground.blobs.get(key, { start, end })
          expect(part?.bytes).toBe(length)
          expect(bytes.subarray(start, end).equals(await bodyOf(part))).toBe(true)
        }
      }
    })

    test('[FILE-1] a body that is not read to its end can be cancelled', async () => {
      const key = createBlobKey()
      await ground.blobs.put(key, chunksOf(randomBytes(300_000), 10_000), { bytesMax })
      const unread = await ground.blobs.get(key)
      await unread?.body.cancel()
      const begun = (await ground.blobs.get(key))?.body.getReader()
      expect((await begun?.read())?.done).toBe(false)
      await begun?.cancel()
    })

    test('[FILE-2] the limit is exact, and what is larger leaves nothing', async () => {
      const before = await ground.count()
      const exact = createBlobKey()
      await ground.blobs.put(exact, chunksOf(Buffer.alloc(bytesMax), 50_000), { bytesMax })
      expect(await ground.count()).toBe(before + 1)
      const beyond = createBlobKey()
      const put = ground.blobs.put(beyond, chunksOf(Buffer.alloc(bytesMax + 1), 50_000), { bytesMax })
      expect(await codeOf(put)).toBe('too_large')
      expect(await ground.blobs.exists(beyond)).toBe(false)
      expect(await ground.count()).toBe(before + 1)
    })

    test.each([0, 1, 250_000])(
      '[FILE-2] a source that breaks off after %i bytes leaves nothing, and its error goes on',
      async (length) => {
        const before = await ground.count()
        const key = createBlobKey()
        async function* breaking(): AsyncGenerator<Uint8Array> {
          yield* chunksOf(Buffer.alloc(length), 10_000)
          throw new FileError('invalid_request', 'The body ended.')
        }
        expect(await codeOf(ground.blobs.put(key, breaking(), { bytesMax }))).toBe('invalid_request')
        expect(await ground.blobs.exists(key)).toBe(false)
        expect(await ground.count()).toBe(before)
      },
    )

    test('[FILE-3] what is deleted is gone; what is not there can be deleted, and is null', async () => {
      const key = createBlobKey()
      await ground.blobs.put(key, chunksOf(Buffer.from('x'), 1), { bytesMax })
      await ground.blobs.delete(key)
      await ground.blobs.delete(key)
      expect(await ground.blobs.exists(key)).toBe(false)
      expect(await ground.blobs.get(key)).toBeNull()
    })

    test.each(foreignKeys)('[FILE-3] [U-03] only keys that we made name anything: %j', async (key) => {
      const { blobs } = ground
      await expect(blobs.get(key)).rejects.toThrow('no key')
      await expect(blobs.put(key, chunksOf(Buffer.from('x'), 1), { bytesMax })).rejects.toThrow('no key')
      await expect(blobs.delete(key)).rejects.toThrow('no key')
      await expect(blobs.exists(key)).rejects.toThrow('no key')
    })
  })
}
