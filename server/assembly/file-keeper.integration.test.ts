import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createToken } from '../auth/bearer-tokens.ts'
import type { Attachment } from '../conversation/items.ts'
import { fakeS3Credentials, startFakeS3 } from '../testing/fake-s3.ts'
import { startProgram } from '../testing/program.ts'
import type { Program } from '../testing/program.ts'

let data: string
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'parley-files-program-'))
})
afterEach(() => rm(data, { recursive: true, force: true }))

const text = 'sentinel-in-a-file\n'

/** Announced, sent, and the link that opens it. */
async function upload(program: Program): Promise<{ id: string; link: string }> {
  const token = await createToken({ secret: program.secret }, { userId: 'anna' })
  const asked = await fetch(`${program.url}/chatkit`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      type: 'attachments.create',
      params: { name: 'sentinel-name.txt', size: text.length, mime_type: 'text/plain' },
    }),
  })
  const { id, upload_descriptor: descriptor } = (await asked.json()) as Attachment
  const sent = await fetch(descriptor?.url ?? '', { method: 'PUT', body: text })
  expect(sent.status).toBe(200)
  return { id, link: descriptor?.url ?? '' }
}

it('[FILE-19] files lie where the settings say, and are there after a restart', async () => {
  const directory = join(data, 'elsewhere')
  const environment = { PARLEY_FILES: directory, PARLEY_FILE_BYTES_MAX: '1000' }
  const first = await startProgram({ data, environment })
  const { link } = await upload(first)
  await first.stop('SIGKILL')
  const second = await startProgram({ data, environment, secret: first.secret })
  // The link says whose it is; what was sent once may be sent again.
  const { pathname, search } = new URL(link)
  const again = await fetch(new URL(pathname + search, second.url), { method: 'PUT', body: text })
  expect(again.status).toBe(200)
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  expect(entries.filter((entry) => entry.isFile())).toHaveLength(2)
  const late = await fetch(new URL(pathname + search, second.url), { method: 'PUT', body: 'x'.repeat(1_001) })
  expect(late.status).toBe(413)
  await second.stop()
  expect(first.output() + second.output()).not.toContain('sentinel')
})

it('[FILE-19] in a bucket, when one is configured; a bucket that is away stops nobody but uploads', async () => {
  const s3 = await startFakeS3()
  const environment = {
    PARLEY_FILES_S3_ENDPOINT: s3.endpoint,
    PARLEY_FILES_S3_REGION: fakeS3Credentials.region,
    PARLEY_FILES_S3_ACCESS_KEY_ID: fakeS3Credentials.accessKeyId,
    PARLEY_FILES_S3_SECRET_ACCESS_KEY: fakeS3Credentials.secretAccessKey,
  }
  const program = await startProgram({ data, environment })
  const { link } = await upload(program)
  expect([...s3.objects.values()].map(String)).toEqual([text])
  await s3.close()
  const refused = await fetch(link, { method: 'PUT', body: text })
  expect(refused.status).toBe(503)
  expect((await fetch(`${program.url}/ready`)).status).toBe(200)
  await program.stop()
  expect(program.output()).not.toContain(fakeS3Credentials.secretAccessKey)
  expect(program.output()).not.toContain('sentinel')
})
