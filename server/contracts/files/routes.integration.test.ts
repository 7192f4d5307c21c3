import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Attachment } from '../../conversation/items.ts'
import type { Owner } from '../../conversation/threads.ts'
import type { FileKeeperOptions } from '../../files/keeper.ts'
import { policyDefault } from '../../files/policy.ts'
import { createBlobKey } from '../../files/store.ts'
import { threadIdOf } from '../../testing/chatkit-client.ts'
import type { ChatKitClient } from '../../testing/chatkit-client.ts'
import { createTestBucket, createTestFiles } from '../../testing/file-keepers.ts'
import type { TestFiles } from '../../testing/file-keepers.ts'
import { createUser, describeOnDatabases } from '../../testing/grounds.ts'
import type { Ground } from '../../testing/grounds.ts'
import { createScriptedAgent } from '../../testing/scripted-agent.ts'
import type { TestServer } from '../../testing/test-server.ts'
import { startFakeOpenAi } from '../../testing/fake-openai.ts'
import { createModelAgent } from '../../agents/model-agent.ts'
import { createToken } from '../../auth/bearer-tokens.ts'
import { createOpenAiModel } from '../../models/openai-model.ts'

const agent = () => createScriptedAgent({ respond: [[], [], []] })
const photo = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#a33' } })
  .withExif({ IFD0: { Copyright: 'canary-copyright' } })
  .jpeg()
  .toBuffer()
const notes = Buffer.from('Notes: Grüße, 世界\n')
const page = Buffer.from('<!doctype html><script>alert(1)</script>')

type Body = NonNullable<RequestInit['body']>

interface Place {
  files: TestFiles
  server: TestServer
  client: ChatKitClient
}

async function prepare(ground: Ground, changes: Partial<FileKeeperOptions> = {}): Promise<Place> {
  const files = await createTestFiles()
  return { ...(await serve(ground, files, changes)), files }
}

async function serve(
  ground: Ground,
  files: TestFiles,
  changes: Partial<FileKeeperOptions> = {},
): Promise<Omit<Place, 'files'>> {
  const fileKeeper = files.keeper(ground.storage(), changes)
  const server = await ground.serve({ agent: agent(), fileKeeper })
  return { server, client: await createOwner(server) }
}

const owners = new Map<unknown, Owner>()
let ownerNumber = 0

/** A user whose name the test knows. */
async function createOwner(server: TestServer): Promise<ChatKitClient> {
  ownerNumber += 1
  const owner = { userId: `owner${ownerNumber}`, tenantId: `tenant${ownerNumber}` }
  const client = await createUser(server, owner)
  owners.set(client, owner)
  return client
}

/** Whose client has announced it. */
function ownerOf(attachment: Attachment): Owner {
  const owner = owners.get(attachment.id)
  if (owner === undefined) throw new Error('Nobody has announced this.')
  return owner
}

async function announce(
  client: ChatKitClient,
  name: string,
  size: number,
  mimeType: string,
): Promise<Attachment> {
  const attachment: Attachment = await client.json('attachments.create', { name, size, mime_type: mimeType })
  owners.set(attachment.id, owners.get(client) ?? { tenantId: '', userId: '' })
  return attachment
}

async function sendBytes(
  attachment: Attachment,
  body: Uint8Array,
  init: RequestInit = {},
): Promise<Response> {
  const { url = '', method, headers } = attachment.upload_descriptor ?? {}
  return fetch(url, {
    ...(method === undefined ? {} : { method }),
    headers: { ...headers },
    body: Uint8Array.from(body),
    ...init,
  })
}

async function upload(
  client: ChatKitClient,
  name: string,
  bytes: Uint8Array,
  mimeType: string,
): Promise<Attachment> {
  const response = await sendBytes(await announce(client, name, bytes.byteLength, mimeType), bytes)
  expect(response.status).toBe(200)
  return (await response.json()) as Attachment
}

function formOf(bytes: Uint8Array, name: string, field = 'file'): FormData {
  const form = new FormData()
  form.append(field, new Blob([Uint8Array.from(bytes)], { type: 'image/png' }), name)
  return form
}

const withFiles = (...ids: string[]) => ({
  content: [{ type: 'input_text', text: 'With files' }],
  attachments: ids,
  inference_options: {},
})

/** The attachments of the only message in a new thread. */
async function sent(
  client: ChatKitClient,
  ...ids: string[]
): Promise<{ threadId: string; attachments: Attachment[] }> {
  const stream = await client.stream('threads.create', { input: withFiles(...ids) })
  await stream.all()
  const threadId = threadIdOf(stream)
  const [message] = await client.allItems(threadId)
  return { threadId, attachments: message?.type === 'user_message' ? message.attachments : [] }
}

async function codeOf(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { code: string } }
  return [response.status, error.code]
}

function previewOf(attachment: Attachment | undefined): string {
  return attachment?.type === 'image' ? attachment.preview_url : ''
}

describeOnDatabases('files', (ground) => {
  let place: Place
  beforeEach(async () => {
    place = await prepare(ground)
  })
  afterEach(() => place.files.close())

  describe('coming in', () => {
    it('[FILE-14] in two phases: announced, sent as the descriptor says, used in a message, seen again', async () => {
      const { client, files } = place
      const announced = await announce(client, '../photo.jpeg', photo.byteLength, 'image/jpeg')
      expect(announced).toMatchObject({
        type: 'image',
        name: 'photo.jpeg',
        mime_type: 'image/jpeg',
        upload_descriptor: { method: 'PUT', headers: {} },
      })
      const response = await sendBytes(announced, photo)
      const uploaded = (await response.json()) as Attachment
      expect(uploaded).toEqual({
        type: 'image',
        id: announced.id,
        name: 'photo.jpeg',
        mime_type: 'image/jpeg',
        preview_url: expect.stringMatching(/^http:/),
      })
      const { threadId, attachments } = await sent(client, announced.id)
      expect(attachments).toEqual([{ ...uploaded, thread_id: threadId }])
      const preview = await fetch(previewOf(attachments[0]))
      expect(preview.headers.get('content-type')).toBe('image/webp')
      const bytes = Buffer.from(await preview.arrayBuffer())
      expect(await sharp(bytes).metadata()).toMatchObject({ width: 512, height: 341 })
      for (const name of await files.names()) expect(await contentOf(files, name)).not.toContain('canary')
      expect(await files.names()).toHaveLength(2)
    })

    it('[FILE-14] an announced file may come as a form as well, and again when an answer was lost', async () => {
      const { client, files } = place
      const announced = await announce(client, 'notes.txt', notes.byteLength, 'text/plain')
      const init = { method: 'POST', body: formOf(notes, 'another-name.txt') }
      for (let times = 0; times < 2; times += 1) {
        const response = await fetch(announced.upload_descriptor?.url ?? '', init)
        expect(await response.json()).toEqual({
          type: 'file',
          id: announced.id,
          name: 'notes.txt',
          mime_type: 'text/plain',
        })
      }
      expect(await files.names()).toHaveLength(2)
      await files.keeper(ground.storage()).sweep()
      const found = await ground.storage().files.find(ownerOf(announced), announced.id)
      expect(found).toMatchObject({ state: 'uploaded', content: { bytes: notes.byteLength } })
    })

    it('[FILE-14] directly: one file in a form, from who is known', async () => {
      const { client, server } = place
      const token = await createToken({ secret: server.secret }, { userId: 'direct' })
      const headers = { authorization: `Bearer ${token}` }
      const response = await fetch(`${server.url}/files`, {
        method: 'POST',
        headers,
        body: formOf(notes, 'notes.md'),
      })
      const attachment = (await response.json()) as Attachment
      expect(attachment).toEqual({
        type: 'file',
        id: attachment.id,
        name: 'notes.md',
        mime_type: 'text/markdown',
      })
      const direct = await createUser(server, { userId: 'direct' })
      expect((await sent(direct, attachment.id)).attachments).toMatchObject([{ id: attachment.id }])
      const stolen = await client.post({
        type: 'threads.create',
        params: { input: withFiles(attachment.id) },
      })
      expect(stolen.status).toBe(404)
    })

    it('[FILE-14] a file is what its bytes say, whatever was announced', async () => {
      const { client } = place
      const text = await upload(client, 'photo.png', notes, 'image/png')
      expect(text).toMatchObject({ type: 'file', name: 'photo.png.txt', mime_type: 'text/plain' })
      const image = await upload(client, 'page.html', photo, 'text/html')
      expect(image).toMatchObject({ type: 'image', name: 'page.html.jpg', mime_type: 'image/jpeg' })
      expect((await fetch(previewOf(image))).status).toBe(200)
    })

    it('[FILE-14] a direct upload from another site’s page, or from nobody, is refused', async () => {
      const { server, files } = place
      const foreign = { headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } }
      const crossing = await fetch(`${server.url}/files`, {
        method: 'POST',
        ...foreign,
        body: formOf(notes, 'a.txt'),
      })
      expect(await codeOf(crossing)).toEqual([403, 'forbidden'])
      const headers = { authorization: 'Bearer forged' }
      const forged = await fetch(`${server.url}/files`, {
        method: 'POST',
        headers,
        body: formOf(notes, 'a.txt'),
      })
      expect(await codeOf(forged)).toEqual([401, 'unauthenticated'])
      expect(await files.names()).toEqual([])
    })

    it('[FILE-14] any page may send bytes by a signed link, which needs no cookie; none may read a file', async () => {
      const { client } = place
      const announced = await announce(client, 'a.txt', notes.byteLength, 'text/plain')
      const headers = { origin: 'https://shop.example', 'access-control-request-method': 'PUT' }
      const asked = await fetch(announced.upload_descriptor?.url ?? '', { method: 'OPTIONS', headers })
      expect(asked.status).toBe(204)
      expect(asked.headers.get('access-control-allow-origin')).toBe('*')
      expect(asked.headers.get('access-control-allow-methods')).toBe('PUT, POST')
      const response = await sendBytes(announced, notes, { headers: { origin: 'https://shop.example' } })
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      const refused = await sendBytes(announced, Buffer.from('short'))
      expect(refused.headers.get('access-control-allow-origin')).toBe('*')
      expect(await codeOf(refused)).toEqual([400, 'invalid_request'])
      const image = await upload(client, 'a.jpg', photo, 'image/jpeg')
      const read = await fetch(previewOf(image), { headers: { origin: 'https://shop.example' } })
      expect(read.headers.get('access-control-allow-origin')).toBeNull()
    })
  })

  describe('counted', () => {
    it('[FILE-20] a user may send and announce so many files, and an address ask by links so often', async () => {
      const uploads = [{ name: 'files', per: 'user', requestsMax: 3, windowSeconds: 60 } as const]
      const links = [{ name: 'links', per: 'address', requestsMax: 4, windowSeconds: 60 } as const]
      const fileKeeper = place.files.keeper(ground.storage())
      const server = await ground.serve({
        agent: agent(),
        fileKeeper,
        limits: { chatkit: [], uploads, links },
      })
      const token = await createToken({ secret: server.secret }, { userId: 'sender' })
      const send = (authorization = `Bearer ${token}`) =>
        fetch(`${server.url}/files`, {
          method: 'POST',
          headers: { authorization },
          body: formOf(photo, 'a.jpg'),
        })
      const client = await createUser(server, { userId: 'sender' })
      const announcement = { name: 'b.txt', size: notes.byteLength, mime_type: 'text/plain' }
      const direct = await send()
      expect(direct.headers.get('x-ratelimit-remaining')).toBe('2')
      const image = (await direct.json()) as Attachment
      const announced: Attachment = await client.json('attachments.create', announcement)
      expect((await send()).status).toBe(200)
      const refused = await send()
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await codeOf(refused)).toEqual([429, 'rate_limited'])
      const more = await client.post({ type: 'attachments.create', params: announcement })
      expect(more.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await codeOf(more)).toEqual([429, 'rate_limited'])
      const other = await createToken({ secret: server.secret }, { userId: 'another' })
      expect((await send(`Bearer ${other}`)).status).toBe(200)

      // Each of them asks anew: a known picture is asked for as well.
      for (let time = 0; time < 3; time += 1) expect((await fetch(previewOf(image))).status).toBe(200)
      expect((await sendBytes(announced, notes)).status).toBe(200)
      const late = await sendBytes(announced, notes, { headers: { origin: 'https://shop.example' } })
      expect(late.headers.get('access-control-allow-origin')).toBe('*')
      expect(late.headers.get('access-control-expose-headers')).toContain('Retry-After')
      expect(await codeOf(late)).toEqual([429, 'rate_limited'])
      expect(await codeOf(await fetch(previewOf(image)))).toEqual([429, 'rate_limited'])
    })
  })

  describe('refused', () => {
    it('[DOOR-2] another method at the files’ addresses is 405, and says which there are', async () => {
      const { server } = place
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
        const response = await fetch(`${server.url}/files`, { method })
        expect(response.headers.get('allow')).toBe('POST')
        expect(await codeOf(response)).toEqual([405, 'method_not_allowed'])
      }
      for (const method of ['PATCH', 'DELETE']) {
        const response = await fetch(`${server.url}/files/atc_x`, { method })
        expect(response.headers.get('allow')).toBe('PUT, POST, GET, HEAD')
        expect(await codeOf(response)).toEqual([405, 'method_not_allowed'])
      }
    })

    const policy = { ...policyDefault, fileBytesMax: 1_000 }
    let limited: Omit<Place, 'files'>
    beforeEach(async () => {
      limited = await serve(ground, place.files, { policy })
    })

    async function direct(body: Body, headers: Record<string, string> = {}): Promise<Response> {
      const token = await createToken({ secret: limited.server.secret }, { userId: 'sender' })
      return fetch(`${limited.server.url}/files`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, ...headers },
        body,
      })
    }

    it('[FILE-15] [U-01] the limit is exact, by announcement, by length and by what comes', async () => {
      const { client } = limited
      const exact = Buffer.alloc(1_000, 'x')
      expect(await upload(client, 'a.txt', exact, 'text/plain')).toMatchObject({ mime_type: 'text/plain' })
      expect((await direct(formOf(exact, 'a.txt'))).status).toBe(200)
      const kept = (await place.files.names()).length
      const beyond = Buffer.alloc(1_001, 'x')
      const announced = await client.post({
        type: 'attachments.create',
        params: { name: 'a.txt', size: 1_001, mime_type: 'text/plain' },
      })
      expect(await codeOf(announced)).toEqual([413, 'too_large'])
      expect(await codeOf(await direct(formOf(beyond, 'a.txt')))).toEqual([413, 'too_large'])
      expect(await codeOf(await direct(formOf(Buffer.alloc(5_000_000), 'a.txt')))).toEqual([413, 'too_large'])
      const pending = await announce(client, 'a.txt', 1_000, 'text/plain')
      expect(await codeOf(await sendBytes(pending, beyond))).toEqual([413, 'too_large'])
      expect(await codeOf(await sendBytes(pending, beyond, inChunks(beyond)))).toEqual([413, 'too_large'])
      expect(await place.files.names()).toHaveLength(kept)
      expect((await sendBytes(pending, exact, inChunks(exact))).status).toBe(200)
    })

    function inChunks(bytes: Uint8Array): RequestInit {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let start = 0; start < bytes.byteLength; start += 100) {
            controller.enqueue(Uint8Array.from(bytes.subarray(start, start + 100)))
          }
          controller.close()
        },
      })
      return { body, duplex: 'half' }
    }

    it('[FILE-15] [U-01] a file that is empty, or not as large as it was announced, is refused, and nothing of it is kept', async () => {
      const { client } = limited
      const empty = await client.post({
        type: 'attachments.create',
        params: { name: 'a.txt', size: 0, mime_type: 'text/plain' },
      })
      expect(await codeOf(empty)).toEqual([400, 'invalid_request'])
      expect(await codeOf(await direct(formOf(Buffer.alloc(0), 'a.txt')))).toEqual([400, 'invalid_request'])
      const pending = await announce(client, 'a.txt', 20, 'text/plain')
      for (const length of [0, 19, 21]) {
        expect(await codeOf(await sendBytes(pending, Buffer.alloc(length, 'x')))).toEqual([
          400,
          'invalid_request',
        ])
      }
      expect(await place.files.names()).toEqual([])
    })

    it('[FILE-15] [U-04] a picture of more bytes than are held in memory is refused, and a text of them is not', async () => {
      const { client } = await serve(ground, place.files, {
        policy: { ...policyDefault, imageBytesMax: 1_000 },
      })
      const pending = await announce(client, 'a.jpg', photo.byteLength, 'image/jpeg')
      expect(photo.byteLength).toBeGreaterThan(1_000)
      expect(await codeOf(await sendBytes(pending, photo))).toEqual([413, 'too_large'])
      expect(await place.files.names()).toEqual([])
      await upload(client, 'a.txt', Buffer.alloc(2_000, 'x'), 'text/plain')
    })

    it('[FILE-15] [U-02] [U-04] what is not taken leaves nothing: pages, archives, compressed bodies, broken pictures', async () => {
      const attempts: [Body, Record<string, string>, [number, string]][] = [
        [formOf(page, 'a.png'), {}, [415, 'unsupported_media_type']],
        [formOf(gzipSync('x'), 'a.txt'), {}, [415, 'unsupported_media_type']],
        [formOf(photo.subarray(0, 900), 'a.jpg'), {}, [415, 'unsupported_media_type']],
        ['{}', { 'content-type': 'application/json' }, [415, 'unsupported_media_type']],
        [
          Uint8Array.from(gzipSync('x')),
          { 'content-type': 'multipart/form-data; boundary=x', 'content-encoding': 'gzip' },
          [415, 'unsupported_media_type'],
        ],
        ['--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' }, [400, 'invalid_request']],
        [new FormData(), {}, [400, 'invalid_request']],
      ]
      for (const [body, headers, refused] of attempts) {
        expect(await codeOf(await direct(body, headers))).toEqual(refused)
      }
      const two = formOf(notes, 'a.txt')
      two.append('file', new Blob(['second']), 'b.txt')
      expect(await codeOf(await direct(two))).toEqual([413, 'too_large'])
      const gzipped = { headers: { 'content-encoding': 'gzip' } }
      const pending = await announce(limited.client, 'a.txt', 20, 'text/plain')
      expect(await codeOf(await sendBytes(pending, gzipSync('x'), gzipped))).toEqual([
        415,
        'unsupported_media_type',
      ])
      expect(await place.files.names()).toEqual([])
    })

    it('[FILE-15] [F-90] an upload that is broken off leaves nothing', async () => {
      const pending = await announce(limited.client, 'a.txt', 900, 'text/plain')
      const url = new URL(pending.upload_descriptor?.url ?? '')
      const socket = connect(Number(url.port), url.hostname)
      socket.write(
        `PUT ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: 900\r\n\r\n`,
      )
      socket.write('x'.repeat(500))
      await expect.poll(place.files.names).toHaveLength(1)
      socket.destroy()
      await expect.poll(place.files.names).toEqual([])
      const owner = ownerOf(pending)
      expect(await ground.storage().files.find(owner, pending.id)).toMatchObject({
        state: 'pending',
        content: null,
      })
      expect((await sendBytes(pending, Buffer.alloc(900, 'x'))).status).toBe(200)
    })

    it('[FILE-15] an owner who has used up their room is told so, and others are not', async () => {
      const crowded = await serve(ground, place.files, {
        policy: { ...policy, ownerBytesMax: notes.byteLength },
      })
      const first = await upload(crowded.client, 'a.txt', notes, 'text/plain')
      const pending = await announce(crowded.client, 'b.txt', notes.byteLength, 'text/plain')
      expect(await codeOf(await sendBytes(pending, notes))).toEqual([507, 'storage_full'])
      await upload(await createOwner(crowded.server), 'a.txt', notes, 'text/plain')
      await crowded.client.json('attachments.delete', { attachment_id: first.id })
      expect((await sendBytes(pending, notes)).status).toBe(200)
    })
  })

  describe('going out', () => {
    /** Signed for this by a keeper that has the same key. */
    async function linkTo(attachment: Attachment, purpose: 'download' | 'show' | 'preview'): Promise<string> {
      const keeper = place.files.keeper(ground.storage())
      return new URL(keeper.path(ownerOf(attachment), attachment.id, purpose), place.server.url).href
    }

    it('[FILE-16] [U-05] a file is served with headers that let it do nothing, and kept to oneself', async () => {
      const text = await upload(place.client, 'nötes\u202e.txt', notes, 'text/plain')
      const response = await fetch(await linkTo(text, 'show'))
      expect(Buffer.from(await response.arrayBuffer()).equals(notes)).toBe(true)
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'content-disposition': `attachment; filename="n_tes.txt"; filename*=UTF-8''n%C3%B6tes.txt`,
        'content-length': String(notes.byteLength),
        'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'private, max-age=300',
        'referrer-policy': 'no-referrer',
      })
      const image = await upload(place.client, 'a.jpg', photo, 'image/jpeg')
      const shown = await fetch(await linkTo(image, 'show'))
      expect(shown.headers.get('content-disposition')).toMatch(/^inline;/)
      expect(shown.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
      const saved = await fetch(await linkTo(image, 'download'))
      expect(saved.headers.get('content-disposition')).toMatch(/^attachment;/)
    })

    it('[FILE-16] [U-05] HEAD, conditions and ranges are answered; many ranges are one whole', async () => {
      const bytes = Buffer.from(randomBytes(60_000).toString('hex'))
      const link = await linkTo(await upload(place.client, 'a.txt', bytes, 'text/plain'), 'download')
      const ask = (headers: Record<string, string>, method = 'GET') => fetch(link, { method, headers })
      const head = await ask({}, 'HEAD')
      const etag = head.headers.get('etag') ?? ''
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
        200,
        '120000',
        '',
      ])
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        expect((await ask({ 'if-none-match': known })).status).toBe(304)
      }
      const ranges: [string, number, number][] = [
        ['bytes=0-0', 0, 1],
        ['bytes=100-199', 100, 200],
        ['bytes=119990-', 119_990, 120_000],
        ['bytes=-10', 119_990, 120_000],
        ['bytes=-999999', 0, 120_000],
        ['bytes=70000-999999999999', 70_000, 120_000],
      ]
      for (const [range, start, end] of ranges) {
        const response = await ask({ range })
        expect([response.status, response.headers.get('content-range')], range).toEqual([
          206,
          `bytes ${start}-${end - 1}/120000`,
        ])
        expect(Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(start, end)), range).toBe(true)
      }
      for (const range of ['bytes=120000-', 'bytes=999999999999-', 'bytes=-0']) {
        const response = await ask({ range })
        expect([response.status, response.headers.get('content-range')], range).toEqual([
          416,
          'bytes */120000',
        ])
      }
      const many = `bytes=${Array.from({ length: 1_000 }, (_, index) => `${index}-${index}`).join(',')}`
      for (const range of [many, 'bytes=5-1', 'bytes=x', 'lines=1-2', 'bytes=-']) {
        const response = await ask({ range })
        expect([response.status, (await response.arrayBuffer()).byteLength], range.slice(0, 20)).toEqual([
          200, 120_000,
        ])
      }
      expect((await ask({ range: 'bytes=0-9', 'if-range': '"old"' })).status).toBe(200)
      expect((await ask({ range: 'bytes=0-9', 'if-range': etag })).status).toBe(206)
    })

    it('[FILE-16] [U-05] [U-07] no link, another’s, one for something else or an old one opens nothing', async () => {
      const { server, client, files } = place
      const [one, two] = [
        await upload(client, 'a.txt', notes, 'text/plain'),
        await upload(client, 'b.txt', notes, 'text/plain'),
      ]
      const good = new URL(await linkTo(one, 'download'))
      const pending = await announce(client, 'c.txt', 5, 'text/plain')
      const late = files.keeper(ground.storage(), { now: () => new Date(Date.now() - 86_400_000) })
      const wrong = [
        `/files/${one.id}`,
        `/files/${one.id}?link=`,
        `/files/${two.id}${good.search}`,
        `/files/${one.id}${new URL(pending.upload_descriptor?.url ?? '').search}`,
        late.path(ownerOf(one), one.id, 'download'),
      ]
      for (const path of wrong) {
        expect(await codeOf(await fetch(new URL(path, server.url))), path).toEqual([403, 'forbidden'])
        const put = await fetch(new URL(path, server.url), { method: 'PUT', body: 'x' })
        expect(await codeOf(put), path).toEqual([403, 'forbidden'])
      }
      const viaRead = await fetch(good, { method: 'PUT', body: 'x' })
      expect(await codeOf(viaRead)).toEqual([403, 'forbidden'])
      expect(await codeOf(await fetch(await linkTo(pending, 'download')))).toEqual([404, 'not_found'])
      expect((await fetch(good)).status).toBe(200)
    })

    it('[FILE-16] [U-07] CVE-2026-1629: a deleted file is gone at once, for its links too; what belongs to a message takes no other bytes', async () => {
      const { client, files } = place
      const image = await upload(client, 'a.jpg', photo, 'image/jpeg')
      const announced = await announce(client, 'b.txt', notes.byteLength, 'text/plain')
      await sendBytes(announced, notes)
      await sent(client, image.id, announced.id)
      expect(await codeOf(await sendBytes(announced, notes))).toEqual([409, 'wrong_state'])
      const link = await linkTo(image, 'show')
      expect((await fetch(link)).status).toBe(200)
      await client.json('attachments.delete', { attachment_id: image.id })
      expect(await codeOf(await fetch(link))).toEqual([404, 'not_found'])
      expect(await files.names()).toHaveLength(1)
      const stranger = await createUser(place.server)
      const foreign = await stranger.post({
        type: 'attachments.delete',
        params: { attachment_id: announced.id },
      })
      expect(foreign.status).toBe(404)
      expect(await files.names()).toHaveLength(1)
    })

    it('[FILE-16] [F-90] a file that is deleted while it is read is read to its end, or breaks off', async () => {
      const bytes = Buffer.from(randomBytes(2_000_000).toString('hex'))
      const text = await upload(place.client, 'a.txt', bytes, 'text/plain')
      const response = await fetch(await linkTo(text, 'download'))
      await place.client.json('attachments.delete', { attachment_id: text.id })
      const read = await response.arrayBuffer().then(Buffer.from, () => null)
      expect(read === null || read.equals(bytes)).toBe(true)
    })
  })

  describe('kept', () => {
    it('[FILE-17] [F-89] lost or damaged bytes are an error that names the file, never other bytes', async () => {
      const { client, files, server } = place
      const bytes = Buffer.from(randomBytes(200_000).toString('hex'))
      const keeper = files.keeper(ground.storage())
      const damages: [string, (path: string, content: Buffer) => Promise<void>][] = [
        ['lost', (path) => rm(path)],
        ['cut', (path, content) => writeFile(path, content.subarray(0, -1))],
        ['flipped', (path, content) => writeFile(path, flipped(content))],
      ]
      for (const [name, damage] of damages) {
        const text = await upload(client, 'a.txt', bytes, 'text/plain')
        const record = await ground.storage().files.find(ownerOf(text), text.id)
        const path = join(files.directory, record.content?.key.slice(0, 2) ?? '', record.content?.key ?? '')
        await damage(path, await readFile(path))
        files.failures.length = 0
        const response = await fetch(new URL(keeper.path(ownerOf(text), text.id, 'download'), server.url))
        if (name === 'flipped') await expect(response.arrayBuffer()).rejects.toThrow()
        else {
          expect(response.status).toBe(500)
          expect(await response.json()).toMatchObject({
            error: { code: 'file_damaged', message: expect.stringContaining(text.id) },
          })
        }
        expect(files.failures).toEqual(['file-damaged'])
        await expect(keeper.readAll(ownerOf(text), text.id, 1_000_000)).rejects.toThrow('damaged')
      }
    })

    it('[FILE-18] [U-06] a suspicious file is kept apart and given to nobody; without a verdict it is not taken', async () => {
      const eicar = Buffer.from(
        String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`,
      )
      const scanned: string[] = []
      const scanning = await serve(ground, place.files, {
        async scan(bytes) {
          const text = await new Response(bytes).text()
          scanned.push(text.slice(0, 3))
          if (text.includes('ERROR')) throw new Error('the scanner is away')
          return text.includes('EICAR') ? 'suspicious' : 'clean'
        },
      })
      const clean = await upload(scanning.client, 'a.txt', notes, 'text/plain')
      const suspicious = await upload(scanning.client, 'b.txt', eicar, 'text/plain')
      const failing = await announce(scanning.client, 'c.txt', 5, 'text/plain')
      expect(await codeOf(await sendBytes(failing, Buffer.from('ERROR')))).toEqual([503, 'unavailable'])
      expect(scanned).toEqual(['Not', 'X5O', 'ERR'])
      const owner = ownerOf(suspicious)
      const keeper = place.files.keeper(ground.storage())
      const get = (id: string) => fetch(new URL(keeper.path(owner, id, 'download'), place.server.url))
      expect((await get(clean.id)).status).toBe(200)
      expect(await codeOf(await get(suspicious.id))).toEqual([403, 'forbidden'])
      expect(await keeper.readAll(owner, suspicious.id, 1_000)).toBeNull()
      expect(await ground.storage().files.find(owner, suspicious.id)).toMatchObject({ state: 'quarantined' })
      expect(await place.files.names()).toHaveLength(2)
    })

    it('[FILE-13] [F-91] a process that is killed in mid-upload leaves what the next one sweeps, and counts', async () => {
      const { client, files } = place
      const kept = await upload(client, 'a.txt', notes, 'text/plain')
      const owner = ownerOf(kept)
      const records = ground.storage().files
      // What such a process has done: noted the key, and written all of the bytes, or some, or none.
      const keys = [createBlobKey(), createBlobKey()]
      for (const key of keys) await records.reserve(owner, key, policyDefault)
      await files.blobs.put(keys[0] ?? '', oneChunk(notes), { bytesMax: 1_000 })
      await writeFile(join(files.directory, 'incoming', 'half'), 'half')
      const young = await files.keeper(ground.storage()).sweep()
      expect(young.drafts).toBe(0)
      expect(await files.blobs.exists(keys[0] ?? '')).toBe(true)
      const inAnHour = { now: () => new Date(Date.now() + 1_000), graceSeconds: 0 }
      const report = await files.keeper(ground.storage(), inAnHour).sweep()
      expect(report).toMatchObject({ drafts: 1 })
      expect(report.blobs).toBeGreaterThanOrEqual(2)
      const found = await records.find(owner, kept.id)
      expect(await files.names()).toEqual([found.content?.key])
    })

    it('[FILE-13] with its conversation a file goes, and its bytes with the next sweep', async () => {
      const { client, files } = place
      const image = await upload(client, 'a.jpg', photo, 'image/jpeg')
      const { threadId } = await sent(client, image.id)
      await client.json('threads.delete', { thread_id: threadId })
      await files.keeper(ground.storage()).sweep()
      expect(await files.names()).toEqual([])
    })
  })

  it('[LOOP-15] what is attached reaches the model, in the words of its wire', async () => {
    const fake = await startFakeOpenAi()
    const keeper = place.files.keeper(ground.storage())
    for (const api of ['chat', 'responses'] as const) {
      const model = createOpenAiModel({ baseUrl: fake.baseUrl, model: 'fake', api })
      const reading = createModelAgent({ model, attachments: { read: keeper.readAll } })
      const server = await ground.serve({ agent: reading, fileKeeper: keeper })
      const client = await createOwner(server)
      const image = await upload(client, 'a.jpg', photo, 'image/jpeg')
      const text = await upload(client, 'b.txt', notes, 'text/plain')
      const pending = await announce(client, 'c.txt', 5, 'text/plain')
      const { attachments } = await sent(client, image.id, text.id, pending.id)
      expect(attachments).toHaveLength(3)
      const asked = JSON.stringify(fake.requests.at(-1)?.body)
      expect(asked).toContain(api === 'chat' ? '"type":"image_url"' : '"type":"input_image"')
      expect(asked).toContain('data:image/jpeg;base64,')
      expect(asked).toContain('Notes: Grüße, 世界')
      expect(asked).toContain('c.txt (text/plain)')
      const stranger = await createOwner(server)
      expect(
        await keeper
          .readAll(ownerOf(await announce(stranger, 'x', 1, 'x/y')), image.id, 1e9)
          .catch(() => 'refused'),
      ).toBe('refused')
    }
    await fake.close()
  })

  describe('in a bucket', () => {
    it('[FILE-14] all is the same', async () => {
      const bucket = await createTestBucket()
      const { client } = await serve(ground, bucket)
      const image = await upload(client, 'a.jpg', photo, 'image/jpeg')
      const { attachments } = await sent(client, image.id)
      expect((await fetch(previewOf(attachments[0]))).headers.get('content-type')).toBe('image/webp')
      expect(await bucket.names()).toHaveLength(2)
      await client.json('attachments.delete', { attachment_id: image.id })
      expect(await bucket.names()).toEqual([])
      await bucket.close()
    })

    it('[FILE-15] [F-88] a bucket that fails is 503, nothing is left, and the next upload works', async () => {
      const bucket = await createTestBucket()
      const { client } = await serve(ground, bucket)
      const pending = await announce(client, 'a.txt', notes.byteLength, 'text/plain')
      const broken = Array.from({ length: 3 }, () => ({ type: 'status', status: 500 }) as const)
      bucket.s3.next('PUT object', ...broken)
      expect(await codeOf(await sendBytes(pending, notes))).toEqual([503, 'unavailable'])
      bucket.s3.next('PUT object', { type: 'hang' }, { type: 'hang' }, { type: 'hang' })
      expect(await codeOf(await sendBytes(pending, notes))).toEqual([503, 'unavailable'])
      expect(await bucket.names()).toEqual([])
      expect((await sendBytes(pending, notes)).status).toBe(200)
      await bucket.close()
    })

    it('[FILE-13] bytes that a bucket does not remove are removed by a later sweep', async () => {
      const bucket = await createTestBucket()
      const { client } = await serve(ground, bucket)
      const text = await upload(client, 'a.txt', notes, 'text/plain')
      const broken = Array.from({ length: 3 }, () => ({ type: 'status', status: 500 }) as const)
      bucket.s3.next('DELETE object', ...broken)
      await client.json('attachments.delete', { attachment_id: text.id })
      expect(bucket.failures).toEqual(['file-not-removed'])
      expect(await bucket.names()).toHaveLength(1)
      await bucket.keeper(ground.storage(), { graceSeconds: 0 }).sweep()
      expect(await bucket.names()).toEqual([])
      await bucket.close()
    })
  })
})

function flipped(content: Buffer): Buffer {
  const copy = Buffer.from(content)
  copy[5] = (copy[5] ?? 0) ^ 1
  return copy
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function contentOf(files: TestFiles, name: string): Promise<string> {
  const entries = await readdir(files.directory, { recursive: true })
  const path = entries.find((entry) => entry.endsWith(name)) ?? ''
  return readFile(join(files.directory, path), 'latin1')
}
