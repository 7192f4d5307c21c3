/** The keeper of files, by the settings: in a bucket where one is named, in a directory otherwise. */
import { join } from 'node:path'
import { createDiskStore } from '../files/disk-store.ts'
import { createImages } from '../files/images.ts'
import { createFileKeeper as createFileKeeperOf } from '../files/keeper.ts'
import type { FileKeeper } from '../files/keeper.ts'
import { policyDefault } from '../files/policy.ts'
import type { FileRecords } from '../files/records.ts'
import { createS3Store } from '../files/s3-store.ts'
import { createSignedLinks } from '../files/signed-links.ts'
import type { BlobStore } from '../files/store.ts'
import type { Settings } from '../settings/configuration.ts'

export interface FileKeeperParts {
  records: FileRecords
  blobs: BlobStore
  /** Of the server's secret, for the purpose `file-links`. */
  key: Uint8Array
  onFailure(event: string, fields: Record<string, unknown>): void
  now?(): Date
}

/** Rejects with the system's error when the directory cannot be used. A bucket is not asked before it is needed. */
export async function createBlobStore(settings: Settings): Promise<BlobStore> {
  return (
    createConfiguredBucket(settings) ??
    createDiskStore({ directory: settings.files ?? join(settings.data, 'files') })
  )
}

/** Null where none is named. */
export function createConfiguredBucket(settings: Settings): BlobStore | null {
  const { filesS3Endpoint: endpoint, filesS3Region: region } = settings
  const { filesS3AccessKeyId: accessKeyId, filesS3SecretAccessKey: secretAccessKey } = settings
  if (endpoint === null || accessKeyId === null || secretAccessKey === null) return null
  return createS3Store({ endpoint, region, accessKeyId, secretAccessKey })
}

export function createFileKeeper(
  settings: Pick<Settings, 'fileBytesMax' | 'filesOwnerMegabytesMax' | 'filesAlsoAllowed'>,
  parts: FileKeeperParts,
): FileKeeper {
  const { records, blobs, key, onFailure, now = () => new Date() } = parts
  return createFileKeeperOf({
    records,
    blobs,
    policy: {
      ...policyDefault,
      fileBytesMax: settings.fileBytesMax,
      ownerBytesMax: settings.filesOwnerMegabytesMax * 1_048_576,
      typesAllowed: [...policyDefault.typesAllowed, ...settings.filesAlsoAllowed],
    },
    images: createImages(),
    links: createSignedLinks({ key, now }),
    now,
    onFailure,
  })
}

/** What the model is given of files, beside their text. */
export function modelTakes({
  modelTakes: takes,
  openaiBaseUrl,
}: Pick<Settings, 'modelTakes' | 'openaiBaseUrl'>): 'text' | 'images' | 'files' {
  return takes ?? (openaiBaseUrl === null ? 'files' : 'images')
}
