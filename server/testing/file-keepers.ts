/** Keepers of files for tests: a directory of their own, or a bucket that can be broken. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDiskStore } from '../files/disk-store.ts'
import { createImages } from '../files/images.ts'
import { createFileKeeper } from '../files/keeper.ts'
import type { FileKeeper, FileKeeperOptions } from '../files/keeper.ts'
import { policyDefault } from '../files/policy.ts'
import { createS3Store } from '../files/s3-store.ts'
import { createSignedLinks } from '../files/signed-links.ts'
import type { BlobStore } from '../files/store.ts'
import type { Storage } from '../storage/open.ts'
import { fakeS3Credentials, startFakeS3 } from './fake-s3.ts'
import type { FakeS3 } from './fake-s3.ts'

export interface TestFiles {
  blobs: BlobStore
  /** Where they lie, in a directory. */
  directory: string
  /** The names of what lies there, finished or not. */
  names(): Promise<string[]>
  /** What went wrong behind the scenes. */
  failures: string[]
  keeper(storage: Storage, changes?: Partial<FileKeeperOptions>): FileKeeper
  close(): Promise<void>
}

/** In a new directory. */
export async function createTestFiles(): Promise<TestFiles> {
  const directory = await mkdtemp(join(tmpdir(), 'parley-files-'))
  const blobs = await createDiskStore({ directory })
  return {
    ...around(blobs),
    directory,
    async names() {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true })
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    },
    close: () => rm(directory, { recursive: true }),
  }
}

/** In a bucket. */
export async function createTestBucket(): Promise<TestFiles & { s3: FakeS3 }> {
  const s3 = await startFakeS3()
  const blobs = createS3Store({
    endpoint: s3.endpoint,
    ...fakeS3Credentials,
    pauseSeconds: 0.001,
    silenceSecondsMax: 1,
  })
  return {
    ...around(blobs),
    s3,
    directory: '',
    names: async () => [...s3.objects.keys(), ...s3.uploads.keys()],
    close: s3.close,
  }
}

function around(blobs: BlobStore): Pick<TestFiles, 'blobs' | 'failures' | 'keeper'> {
  const failures: string[] = []
  const key = randomBytes(32)
  return {
    blobs,
    failures,
    keeper(storage, changes = {}) {
      const now = changes.now ?? (() => new Date())
      return createFileKeeper({
        records: storage.files,
        blobs,
        policy: policyDefault,
        images: createImages(),
        links: createSignedLinks({ key, now }),
        now,
        onFailure: (event) => failures.push(event),
        ...changes,
      })
    },
  }
}
