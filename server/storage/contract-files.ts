import { describe, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import type { Owner } from '../conversation/threads.ts'
import type { BlobRecord, FileRecords, UploadedFile } from '../files/records.ts'
import { createBlobKey } from '../files/store.ts'
import { createFile, createOwner, createThread, failureOf, query } from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'
import { engineScope, userScope } from './database.ts'

const limits = { ownerBytesMax: 1_000, uploadsAtOnceMax: 3 }

export function fileRules(ground: Ground): void {
  describe('files', () => {
    records(ground)
    fileHidingRules(ground)
    orphans(ground)
    unclaimed(ground)
  })
}

function blobOf(key: string, changes: Partial<BlobRecord> = {}): BlobRecord {
  return { key, mimeType: 'text/plain', charset: 'utf-8', bytes: 10, sha256: 'ab'.repeat(32), ...changes }
}

function uploadOf(id: string, key: string, changes: Partial<UploadedFile> = {}): UploadedFile {
  const content = blobOf(key)
  return {
    id,
    name: 'a.txt',
    mimeType: 'text/plain',
    state: 'uploaded',
    content,
    preview: null,
    previewUrl: null,
    ...changes,
  }
}

async function reserved(files: FileRecords, owner: Owner): Promise<string> {
  const key = createBlobKey()
  expect(await files.reserve(owner, key, limits)).toBe('reserved')
  return key
}

/** A file that is there. */
export async function storeFile(files: FileRecords, owner: Owner): Promise<{ id: string; key: string }> {
  const [id, key] = [createId('atc'), await reserved(files, owner)]
  await files.complete(owner, uploadOf(id, key), { create: true })
  return { id, key }
}

function records({ store, files }: Ground): void {
  test('[FILE-12] a file that was announced is pending, and then what was uploaded', async () => {
    const owner = createOwner()
    const announced = createFile({
      upload_descriptor: { url: 'https://x.example/', method: 'PUT', headers: {} },
      metadata: { kept: true },
    })
    await store().createAttachment(owner, announced)
    expect(await files().find(owner, announced.id)).toMatchObject({
      state: 'pending',
      isClaimed: false,
      content: null,
    })
    const [key, previewKey] = [await reserved(files(), owner), await reserved(files(), owner)]
    const content = blobOf(key, { mimeType: 'image/png', charset: null, bytes: 3_000_000_000 })
    const preview = blobOf(previewKey, { mimeType: 'image/webp', charset: null })
    const file = uploadOf(announced.id, key, {
      name: 'new \0.png',
      mimeType: 'image/png',
      content,
      preview,
      previewUrl: '/files/x',
    })
    await files().complete(owner, file, { create: false })
    expect(await files().find(owner, announced.id)).toEqual({
      id: announced.id,
      name: 'new \uFFFD.png',
      mimeType: 'image/png',
      state: 'uploaded',
      isClaimed: false,
      content,
      preview,
    })
    expect(await store().attachment(owner, announced.id)).toEqual({
      id: announced.id,
      type: 'image',
      name: 'new \uFFFD.png',
      mime_type: 'image/png',
      preview_url: '/files/x',
      metadata: { kept: true },
    })
  })

  test('[FILE-12] what was said does not change: a file that a conversation has claimed takes no other bytes', async () => {
    const owner = createOwner()
    const { id, key } = await storeFile(files(), owner)
    const thread = createThread()
    await store().createThread(owner, thread, async (transaction) => {
      await transaction.claimAttachments([id])
    })
    const other = await reserved(files(), owner)
    const changing = files().complete(owner, uploadOf(id, other), { create: false })
    expect((await failureOf(changing)).code).toBe('wrong_state')
    expect(await files().find(owner, id)).toMatchObject({ isClaimed: true, content: { key } })
    // What was not completed can still become another file's.
    await files().complete(owner, uploadOf(createId('atc'), other), { create: true })
  })

  test('[FILE-12] an owner has so many bytes, and so many uploads at once; others’ do not count', async () => {
    const [owner, other] = [createOwner(), createOwner()]
    const [id, key] = [createId('atc'), await reserved(files(), owner)]
    await files().complete(owner, uploadOf(id, key, { content: blobOf(key, { bytes: 999 }) }), {
      create: true,
    })
    const more = await reserved(files(), owner)
    await files().complete(owner, uploadOf(createId('atc'), more, { content: blobOf(more, { bytes: 1 }) }), {
      create: true,
    })
    expect(await files().reserve(owner, createBlobKey(), limits)).toBe('bytes')
    await files().unlink(owner, id)
    for (let count = 0; count < 3; count += 1) await reserved(files(), owner)
    const last = createBlobKey()
    expect(await files().reserve(owner, last, limits)).toBe('uploads')
    const completing = files().complete(owner, uploadOf(createId('atc'), last), { create: true })
    expect((await failureOf(completing)).code).toBe('unavailable')
    await reserved(files(), other)
  })
}

/** What must hold also where the walls of the database are open. */
export function fileHidingRules({ files }: Ground): void {
  test('[FILE-12] [U-07] another’s file, and another’s blob, cannot be told from one that does not exist', async () => {
    const owner = createOwner()
    const { id, key } = await storeFile(files(), owner)
    for (const other of [createOwner(owner.tenantId), { ...createOwner(), userId: owner.userId }]) {
      const own = await reserved(files(), other)
      for (const fileId of [id, createId('atc'), 'atc_x', '']) {
        expect((await failureOf(files().find(other, fileId))).code).toBe('not_found')
        const completing = files().complete(other, uploadOf(fileId, own), { create: false })
        expect((await failureOf(completing)).code).toBe('not_found')
      }
      const stealing = files().complete(other, uploadOf(createId('atc'), key), { create: true })
      expect((await failureOf(stealing)).code).toBe('unavailable')
      expect(await files().unlink(other, id)).toEqual([])
      expect(await files().abandon(other, [key])).toEqual([])
    }
    expect(await files().find(owner, id)).toMatchObject({ content: { key } })
  })
}

/** As if these had been reserved so many seconds ago. */
async function age({ database }: Ground, owner: Owner, seconds: number): Promise<void> {
  const text = `update blobs set created_at = created_at - make_interval(secs => $1) where tenant_id = $2`
  await query(database(), userScope(owner), text, [seconds, owner.tenantId])
}

/** Those of the keys that a sweep marks now. */
async function marked({ files }: Ground, keys: string[]): Promise<string[]> {
  const all = await files().markOrphans(100, 1_000)
  return keys.filter((key) => all.includes(key))
}

function orphans(ground: Ground): void {
  const { store, files, database } = ground
  test('[FILE-13] blobs of files that are gone are nobody’s, at once; those of files that are there are not', async () => {
    const owner = createOwner()
    const [kept, deleted, unlinked, ofThread] = [
      await storeFile(files(), owner),
      await storeFile(files(), owner),
      await storeFile(files(), owner),
      await storeFile(files(), owner),
    ]
    const thread = createThread()
    await store().createThread(owner, thread, async (transaction) => {
      await transaction.claimAttachments([ofThread.id])
    })
    const all = [kept, deleted, unlinked, ofThread].map(({ key }) => key)
    expect(await marked(ground, all)).toEqual([])
    await store().deleteAttachment(owner, deleted.id)
    await store().deleteThread(owner, thread.id)
    expect(await marked(ground, all)).toEqual([deleted.key, ofThread.key])
    expect(await files().unlink(owner, unlinked.id)).toEqual([unlinked.key])
    // Marked: somebody is at work on them.
    expect(await marked(ground, all)).toEqual([])
    await files().forget(all)
    const left = await query(database(), userScope(owner), 'select key from blobs')
    expect(left).toEqual([{ key: kept.key }])
  })

  test('[FILE-13] [F-91] an upload that is under way is not swept; one that is too old is, and can complete no more', async () => {
    const owner = createOwner()
    const [young, old] = [await reserved(files(), owner), await reserved(files(), owner)]
    expect(await marked(ground, [young, old])).toEqual([])
    await age(ground, owner, 101)
    const late = await reserved(files(), owner)
    expect(await marked(ground, [young, old, late])).toEqual([young, old])
    const completing = files().complete(owner, uploadOf(createId('atc'), old), { create: true })
    expect((await failureOf(completing)).code).toBe('unavailable')
    await files().complete(owner, uploadOf(createId('atc'), late), { create: true })
  })

  test('[FILE-13] however many sweep and complete at once, no blob is both swept and somebody’s', async () => {
    const owner = createOwner()
    const roomy = { ownerBytesMax: 1_000_000, uploadsAtOnceMax: 100 }
    const keys = Array.from({ length: 40 }, createBlobKey)
    for (const key of keys) await files().reserve(owner, key, roomy)
    await age(ground, owner, 101)
    const completing = keys.map(async (key) =>
      files()
        .complete(owner, uploadOf(createId('atc'), key), { create: true })
        .then(
          () => [key],
          () => [],
        ),
    )
    const sweeping = Array.from({ length: 4 }, () => files().markOrphans(100, 15))
    const completed = (await Promise.all(completing)).flat()
    const swept = (await Promise.all(sweeping)).flat().filter((key) => keys.includes(key))
    expect(new Set([...completed, ...swept]).size).toBe(completed.length + swept.length)
    await files().forget(keys)
    const left = await query<{ key: string }>(database(), userScope(owner), 'select key from blobs')
    const unswept = keys.filter((key) => !swept.includes(key))
    expect(left.map(({ key }) => key).toSorted()).toEqual(unswept.toSorted())
  })
}

function unclaimed(ground: Ground): void {
  const { store, files, database } = ground
  test('[FILE-13] what no message claimed goes after its time; what one claimed stays', async () => {
    const owner = createOwner()
    const [claimed, forgotten] = [await storeFile(files(), owner), await storeFile(files(), owner)]
    const announced = createFile()
    await store().createAttachment(owner, announced)
    await store().createThread(owner, createThread(), async (transaction) => {
      await transaction.claimAttachments([claimed.id])
    })
    await query(
      database(),
      userScope(owner),
      `update attachments set created_at = created_at - interval '200 seconds' where tenant_id = $1`,
      [owner.tenantId],
    )
    const young = await storeFile(files(), owner)
    expect(await files().deleteUnclaimed(150)).toBeGreaterThanOrEqual(2)
    const left = await query(database(), userScope(owner), 'select 1 from attachments')
    expect(left).toHaveLength(2)
    for (const { id } of [claimed, young]) expect(await files().find(owner, id)).toMatchObject({ id })
    expect(await marked(ground, [claimed.key, forgotten.key, young.key])).toEqual([forgotten.key])
  })

  test('[RLS-5] who sweeps sees of files only that nobody has claimed them, and when they came', async () => {
    const owner = createOwner()
    const { id } = await storeFile(files(), owner)
    await store().createThread(owner, createThread(), async (transaction) => {
      await transaction.claimAttachments([id])
    })
    const engine = (text: string) => query(database(), engineScope, text)
    expect(await engine('select 1 from attachments where thread_id is not null')).toEqual([])
    expect(await engine('select 1 from blobs where attachment_id is not null')).toEqual([])
    for (const text of [
      'select name from attachments',
      'select user_id from attachments',
      'select sha256 from blobs',
      'select tenant_id from blobs',
      'update attachments set thread_id = null',
      'update blobs set attachment_id = null',
    ]) {
      await expect(engine(text), text).rejects.toThrow('permission denied')
    }
  })
}
