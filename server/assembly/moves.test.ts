import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createDiskStore } from '../files/disk-store.ts'
import { createBlobKey } from '../files/store.ts'
import { fakeS3Credentials, startFakeS3 } from '../testing/fake-s3.ts'
import { runDatabaseMove, runFilesMove } from './moves.ts'

const data = await mkdtemp(join(tmpdir(), 'parley-moves-'))
afterAll(() => rm(data, { recursive: true }))

async function said(
  run: typeof runFilesMove,
  environment: Record<string, string>,
  ...parameters: string[]
): Promise<string> {
  let all = ''
  const terminal = { say: (text: string) => void (all += text), isTerminal: false }
  await run({ PARLEY_DATA: data, ...environment }, parameters, terminal)
  return all
}

test('[MOVE-6] where from and where to is what the settings say', async () => {
  const s3 = await startFakeS3()
  const { accessKeyId, secretAccessKey, region } = fakeS3Credentials
  const bucket = {
    PARLEY_FILES_S3_ENDPOINT: s3.endpoint,
    PARLEY_FILES_S3_REGION: region,
    PARLEY_FILES_S3_ACCESS_KEY_ID: accessKeyId,
    PARLEY_FILES_S3_SECRET_ACCESS_KEY: secretAccessKey,
  }
  try {
    const disk = await createDiskStore({ directory: join(data, 'files') })
    const key = createBlobKey()
    await disk.put(
      key,
      (async function* () {
        yield Buffer.from('four')
      })(),
      { bytesMax: 4 },
    )
    await expect(said(runFilesMove, {}, 'move', '--to', 's3')).rejects.toThrow('PARLEY_FILES_S3_ENDPOINT')
    expect(await said(runFilesMove, bucket, 'move', '--to', 's3', '--dry-run')).toContain(
      '1 files would be moved',
    )
    expect([...s3.objects.keys()]).toEqual([])
    expect(await said(runFilesMove, bucket, 'move', '--to', 's3')).toContain(
      '1 files moved (4 bytes), read back',
    )
    expect([...s3.objects]).toEqual([[`parley/${key}`, Buffer.from('four')]])
    const back = join(data, 'back')
    await said(runFilesMove, bucket, 'move', '--to', 'directory', '--directory', back)
    expect(await (await createDiskStore({ directory: back })).exists(key)).toBe(true)
    s3.next('PUT object', { type: 'status', status: 403 })
    s3.objects.clear()
    await expect(said(runFilesMove, bucket, 'move', '--to', 's3')).rejects.toThrow('Run the same again')
  } finally {
    await s3.close()
  }
})

test('[MOVE-1] without a target, and without a database to move, nothing is begun', async () => {
  await expect(said(runDatabaseMove, {}, 'move')).rejects.toThrow('Name the target')
  const missing = said(runDatabaseMove, { DATABASE_URL: 'postgres://127.0.0.1:1/none' }, 'move')
  await expect(missing).rejects.toThrow('no embedded database')
})
