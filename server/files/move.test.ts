import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeS3Credentials, startFakeS3 } from '../testing/fake-s3.ts'
import type { FakeS3 } from '../testing/fake-s3.ts'
import { createDiskStore } from './disk-store.ts'
import { moveFiles } from './move.ts'
import type { FileMoveOptions, FileMoveReport } from './move.ts'
import { createS3Store } from './s3-store.ts'
import { bodyOf, chunksOf } from './store-contract.ts'
import { createBlobKey } from './store.ts'
import type { BlobStore } from './store.ts'

let folder: string
let s3: FakeS3
let disk: BlobStore
let bucket: BlobStore
let blobs: Map<string, Buffer>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-move-'))
  s3 = await startFakeS3()
  disk = await createDiskStore({ directory: join(folder, 'files') })
  bucket = createS3Store({
    endpoint: s3.endpoint,
    ...fakeS3Credentials,
    partBytes: 100_000,
    pauseSeconds: 0.001,
  })
  blobs = new Map([0, 1, 70_000, 250_000, 9, 10].map((length) => [createBlobKey(), randomBytes(length)]))
  for (const [key, bytes] of blobs) await disk.put(key, chunksOf(bytes, 50_000), { bytesMax: 1_000_000 })
})
afterEach(async () => {
  await s3.close()
  await rm(folder, { recursive: true })
})

const move = (options: Partial<FileMoveOptions> = {}): Promise<FileMoveReport> =>
  moveFiles({ source: disk, target: bucket, notes: join(folder, 'notes'), ...options })

async function keysOf(store: BlobStore): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.keys()) keys.push(key)
  return keys
}

const sorted = (): string[] => [...blobs.keys()].toSorted()

test('[MOVE-6] every file is taken from the directory to the bucket and back, and what is there is not taken again', async () => {
  expect(await move({ isDryRun: true })).toMatchObject({ total: 6, moved: 0 })
  expect(s3.objects.size).toBe(0)
  const shown: string[] = []
  const report = await move({ onProgress: ({ done, total }) => shown.push(`${done}/${total}`) })
  expect(report).toEqual({ total: 6, moved: 6, bytes: 320_020, already: 0, gone: 0, pruned: 0 })
  expect(shown).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6'])
  expect(await keysOf(bucket)).toEqual(sorted())
  expect(await keysOf(disk)).toEqual(sorted())
  const before = s3.requests.length
  expect(await move()).toMatchObject({ moved: 0, already: 6 })
  expect(s3.requests.slice(before).filter((request) => request.startsWith('PUT'))).toEqual([])

  const other = await createDiskStore({ directory: join(folder, 'other') })
  await moveFiles({ source: bucket, target: other, notes: join(folder, 'notes-back') })
  for (const [key, bytes] of blobs) expect(bytes.equals(await bodyOf(await other.get(key)))).toBe(true)
})

test('[MOVE-6] what was noted and is not there any more is taken again', async () => {
  await move()
  const [name = ''] = s3.objects.keys()
  s3.objects.delete(name)
  expect(await move()).toMatchObject({ moved: 1, already: 5 })
})

test('[MOVE-7] a move that is broken off after any file goes on behind it, also when a note is half written', async () => {
  for (let moves = 1; moves <= 6; moves += 1) {
    const dies = move({
      onProgress({ done }) {
        if (done === moves) throw new Error('killed')
      },
    })
    await expect(dies).rejects.toThrow('killed')
    expect(s3.objects.size).toBe(moves)
  }
  expect(await move()).toMatchObject({ moved: 0, already: 6 })
  const notes = join(folder, 'notes')
  const [first = ''] = await readdir(notes)
  const note = await readFile(join(notes, first), 'utf8')
  await truncate(join(notes, first), note.length - 3)
  expect(await move()).toMatchObject({ moved: 1, already: 5 })
})

test('[MOVE-7] what arrives otherwise than it was sent ends the move, and is not taken for done', async () => {
  const spoiled: BlobStore = {
    ...bucket,
    async put(key, source, limits) {
      const facts = await bucket.put(key, source, limits)
      const object = s3.objects.get(`parley/${key}`)
      if (object !== undefined && object.length > 0) object[0] = 255 - (object[0] ?? 0)
      return facts
    },
  }
  await expect(move({ target: spoiled })).rejects.toMatchObject({ code: 'file_damaged' })
  const { already } = await move()
  expect(already).toBeLessThan(2)
  for (const [key, bytes] of blobs) expect(bytes.equals(await bodyOf(await bucket.get(key)))).toBe(true)
})

test('[MOVE-9] what is deleted while it is moved, or between two moves, is no error and stays nowhere', async () => {
  const [first = '', second = '', third = ''] = sorted()
  const deleting: BlobStore = {
    ...disk,
    async get(key) {
      // Gone before it was read, and gone while it was.
      if (key === first) await disk.delete(key)
      const found = await disk.get(key)
      if (key === second) await disk.delete(key)
      return found
    },
  }
  expect(await move({ source: deleting })).toMatchObject({ total: 6, moved: 4, gone: 2 })
  expect(await keysOf(bucket)).toEqual(sorted().slice(2))
  await disk.delete(third)
  expect(await move()).toMatchObject({ pruned: 0 })
  expect(await bucket.exists(third)).toBe(true)
  expect(await move({ prunes: true })).toMatchObject({ total: 3, already: 3, pruned: 1 })
  expect(await keysOf(bucket)).toEqual(sorted().slice(3))
})

test('[MOVE-9] an empty source, which is mostly a wrong one, empties no target', async () => {
  await move()
  const empty = await createDiskStore({ directory: join(folder, 'empty') })
  expect(await move({ source: empty, prunes: true })).toMatchObject({ total: 0, pruned: 0 })
  expect(await keysOf(bucket)).toEqual(sorted())
})
