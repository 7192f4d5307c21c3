/**
 * The door of files: bytes come in and go out.
 *
 *   POST /files               one file in a form, from who is known by cookie or token ─▶ its attachment
 *   PUT, POST /files/:id      the bytes of an announced attachment, by a signed link ─▶ its attachment
 *   GET, HEAD /files/:id      a file, by a signed link
 *
 * A signed link needs no cookie, so any page may use it to send bytes; only our own origin may read what comes back.
 */
import { Hono } from 'hono'
import { createId } from '../../conversation/ids.ts'
import type { Attachment } from '../../conversation/items.ts'
import type { ConversationStore } from '../../conversation/store.ts'
import type { Owner } from '../../conversation/threads.ts'
import { FileError } from '../../files/errors.ts'
import type { FileKeeper } from '../../files/keeper.ts'
import { bodyOf, readMultipart, refuseAnnounced, refuseEncoded } from '../../files/multipart.ts'
import type { MultipartFile } from '../../files/multipart.ts'
import { servingHeaders } from '../../files/policy.ts'
import { matchesTag, readRange } from '../../files/ranges.ts'
import type { BlobRecord, UploadedFile } from '../../files/records.ts'
import type { ByteRange } from '../../files/store.ts'
import { HttpProblem, toProblem } from '../../http/problem.ts'
import type { OwnUploads } from './uploads.ts'

export interface FilesDoorOptions {
  keeper: FileKeeper
  store: ConversationStore
  uploads: OwnUploads
  /** Who asks, and what to tell their browser so that it is known again. */
  identify(request: Request): Promise<{ owner: Owner; headers: Record<string, string> }>
}

export function createFilesDoor(options: FilesDoorOptions): Hono {
  const door = new Hono()
  door.post('/files', async (context) => {
    const { owner, headers } = await options.identify(context.req.raw)
    return context.json(await takeNew(options, owner, context.req.raw), 200, headers)
  })
  door.on(['PUT', 'POST'], '/files/:id', async (context) => {
    const attachment = await takeAnnounced(options, context.req.param('id'), context.req.raw).catch(
      (error: unknown) => {
        throw readableElsewhere(error)
      },
    )
    return context.json(attachment, 200, anyOrigin)
  })
  door.on(['GET', 'HEAD'], '/files/:id', (context) =>
    serve(options, context.req.param('id'), context.req.raw),
  )
  door.options('/files/:id', (context) =>
    context.body(null, 204, {
      ...anyOrigin,
      'access-control-allow-methods': 'PUT, POST',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
    }),
  )
  return door
}

const anyOrigin = { 'access-control-allow-origin': '*' }

/** The page that sends bytes from elsewhere may also know why they were refused. */
function readableElsewhere(error: unknown): HttpProblem {
  const { code, message, status, param, headers } = toProblem(error)
  return new HttpProblem(code, message, {
    status,
    headers: { ...headers, ...anyOrigin },
    cause: error,
    ...(param === undefined ? {} : { param }),
  })
}

async function takeNew(options: FilesDoorOptions, owner: Owner, request: Request): Promise<Attachment> {
  const fileId = createId('atc')
  await readOneFile(options, request, ({ name, source }) =>
    options.keeper.receive(owner, { fileId, name, source, create: true }),
  )
  return present(options, owner, fileId, request)
}

/** The link says whose it is, and how many bytes were announced. */
async function takeAnnounced(
  options: FilesDoorOptions,
  fileId: string,
  request: Request,
): Promise<Attachment> {
  const { keeper, store } = options
  const { tenantId, userId, bytes } = keeper.verifyUpload(fileId, linkOf(request))
  const owner = { tenantId, userId }
  const { name } = await store.attachment(owner, fileId)
  const upload = { fileId, name, ...(bytes === undefined ? {} : { bytes }) }
  const isForm = /^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? '')
  if (isForm) {
    await readOneFile(options, request, ({ source }) => keeper.receive(owner, { ...upload, source }))
  } else {
    refuseEncoded(request)
    refuseAnnounced(request, keeper.policy.fileBytesMax)
    await keeper.receive(owner, { ...upload, source: bodyOf(request) })
  }
  return present(options, owner, fileId, request)
}

/** Throws `invalid_request` for a form without a file, in any field. */
async function readOneFile(
  { keeper }: FilesDoorOptions,
  request: Request,
  take: (file: MultipartFile) => Promise<UploadedFile>,
): Promise<void> {
  const limits = { fileBytesMax: keeper.policy.fileBytesMax }
  const { files } = await readMultipart(request, limits, take)
  if (files.length === 0) throw new FileError('invalid_request', 'There is no file in the form.')
}

async function present(
  { store, uploads }: FilesDoorOptions,
  owner: Owner,
  fileId: string,
  request: Request,
): Promise<Attachment> {
  const { metadata: _own, ...attachment } = await store.attachment(owner, fileId)
  return uploads.present(owner, attachment, request.url)
}

function linkOf(request: Request): string {
  return new URL(request.url).searchParams.get('link') ?? ''
}

async function serve({ keeper }: FilesDoorOptions, fileId: string, request: Request): Promise<Response> {
  const { record, blob, claims } = await keeper.open(fileId, linkOf(request))
  const headers = servingHeaders(
    { ...blob, name: record.name },
    claims.purpose === 'download' ? 'attachment' : 'inline',
  )
  const etag = headers['etag'] ?? ''
  if (matchesTag(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers })
  const asked = rangeOf(request, etag, blob.bytes)
  if (asked === 'none') {
    throw new HttpProblem('invalid_request', 'There is no such range in the file.', {
      status: 416,
      headers: { 'content-range': `bytes */${blob.bytes}` },
    })
  }
  const range = asked === 'whole' ? { start: 0, end: blob.bytes } : asked
  const partial: Record<string, string> =
    asked === 'whole' ? {} : { 'content-range': `bytes ${range.start}-${range.end - 1}/${blob.bytes}` }
  const body = request.method === 'HEAD' ? null : await readOrSay(keeper, blob, asked, fileId)
  return new Response(body, {
    status: asked === 'whole' ? 200 : 206,
    headers: { ...headers, ...partial, 'content-length': String(range.end - range.start) },
  })
}

/** Damage is our fault, but whoever asks may know of which file. */
async function readOrSay(
  keeper: FileKeeper,
  blob: BlobRecord,
  asked: ByteRange | 'whole',
  fileId: string,
): Promise<ReadableStream<Uint8Array>> {
  try {
    return await keeper.read(blob, asked === 'whole' ? undefined : asked)
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'file_damaged') throw error
    throw new HttpProblem('file_damaged', `The bytes of ${fileId} are lost or damaged.`, {
      status: 500,
      cause: error,
    })
  }
}

/** A range of another version is no range of this one. */
function rangeOf(request: Request, etag: string, bytes: number): ReturnType<typeof readRange> {
  const condition = request.headers.get('if-range')
  if (condition !== null && condition !== etag) return 'whole'
  return readRange(request.headers.get('range'), bytes)
}
