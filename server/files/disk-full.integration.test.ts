/** A disk of our own, which can be full and can be read-only: where one can be mounted. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createDiskStore } from './disk-store.ts'
import { bodyOf, chunksOf, codeOf } from './store-contract.ts'
import { createBlobKey } from './store.ts'

const directory = await mkdtemp(join(tmpdir(), 'parley-disk-'))
const mount = (...options: string[]): boolean =>
  spawnSync('mount', [...options, 'tmpfs', directory]).status === 0
const isMounted = mount('-t', 'tmpfs', '-o', 'size=1m')
if (!isMounted) await rmdir(directory)

describe.skipIf(!isMounted)(isMounted ? 'a small disk' : 'a small disk (none can be mounted here)', () => {
  afterAll(async () => {
    spawnSync('umount', ['-l', directory])
    await rmdir(directory)
  })

  it('[FILE-2] [F-88] a full disk is storage_full and leaves nothing; with room again the next put works', async () => {
    const blobs = await createDiskStore({ directory })
    const limits = { bytesMax: 10_000_000 }
    const kept = createBlobKey()
    await blobs.put(kept, chunksOf(Buffer.alloc(400_000), 65_536), limits)
    const large = createBlobKey()
    const put = blobs.put(large, chunksOf(randomBytes(2_000_000), 65_536), limits)
    expect(await codeOf(put)).toBe('storage_full')
    expect(await blobs.exists(large)).toBe(false)
    expect(await readdir(join(directory, 'incoming'))).toEqual([])
    await blobs.put(createBlobKey(), chunksOf(Buffer.alloc(400_000), 65_536), limits)
    expect((await bodyOf(await blobs.get(kept))).byteLength).toBe(400_000)
  })

  it('[FILE-2] [F-88] a disk that only reads is unavailable to write, and is read', async () => {
    const blobs = await createDiskStore({ directory })
    const kept = createBlobKey()
    await blobs.put(kept, chunksOf(Buffer.from('kept'), 4), { bytesMax: 10 })
    expect(mount('-o', 'remount,ro')).toBe(true)
    expect(await codeOf(blobs.put(createBlobKey(), chunksOf(Buffer.from('x'), 1), { bytesMax: 10 }))).toBe(
      'unavailable',
    )
    expect(await codeOf(blobs.delete(kept))).toBe('unavailable')
    expect(Buffer.from(await bodyOf(await blobs.get(kept))).toString()).toBe('kept')
  })
})
