/**
 * The door of files: bytes come in and go out.
 *
 *   POST /files               one file in a form, from who is known by cookie or token ─▶ its attachment
 *   POST /v1/chatkit/files    the same, by the secret of a session
 *   PUT, POST /files/:id      the bytes of an announced attachment, by a signed link ─▶ its attachment
 *   GET, HEAD /files/:id      a file, by a signed link
 *
 * The second is where hosted ChatKit's front end sends files. It is undocumented; what is known of it: one part named `file`, a
 * ChatKit attachment in reply, and two errors (https://github.com/openai/chatkit-js/issues/13, …/issues/178).
 *
 * A signed link needs no cookie, so any page may use it to send bytes; only our own origin may read what comes back.
 */
import { z } from 'zod'
import type { Admission, LimitRule } from '../../admission/admission.ts'
import type { Access, Caller } from '../../admission/caller.ts'
import { uploadRefusal, uploadTooLarge } from '../../admission/made-sessions.ts'
import type { MadeSessions } from '../../admission/made-sessions.ts'
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
import type { CorsPolicy } from '../../http/cors.ts'
import { createDoor, routesFor } from '../../http/door.ts'
import type { Door, DoorOptions, Route } from '../../http/door.ts'
import { addReplyHeaders } from '../../http/front.ts'
import { HttpProblem, problemResponse } from '../../http/problem.ts'
import { limitHeaderNames } from '../../limits/headers.ts'
import type { OwnUploads } from './uploads.ts'
import { FileForm, FileLink, FilePlace, FileProblem, UploadedAttachment } from './wire.ts'

export interface FilesDoorOptions {
  keeper: FileKeeper
  store: ConversationStore
  uploads: OwnUploads
  admission: Admission
  /** What the secrets of sessions are good for that a server has made. */
  madeSessions: MadeSessions
  /** Other sites whose pages may send files with the secret of a session. Default: none. */
  allowedOrigins?: readonly string[]
  /** Of those who send a file as themselves. Default: none. */
  uploadLimits?: readonly LimitRule[]
  /** Of those who come by a signed link. Nobody is told apart then, so they are of addresses. Default: none. */
  linkLimits?: readonly LimitRule[]
}

export function createFilesDoor(options: FilesDoorOptions): Door {
  return createDoor<Access>({
    title: 'Files',
    description: 'The bytes of attachments: sent by whoever is known or by a signed link, and read by one.',
    routes: [uploadRoute(options), sessionUploadRoute(options), ...linkRoutes(options)],
    admit: createAdmit(options),
    encodeProblem: problemResponse,
    problemSchema: FileProblem,
    problemStatuses: [400, 401, 403, 404, 405, 409, 413, 415, 416, 429, 500, 503, 507],
  })
}

function createAdmit({ admission, uploadLimits = [], linkLimits = [] }: FilesDoorOptions) {
  const sending = admission({ limits: uploadLimits })
  const bySession = admission({ limits: uploadLimits, takesMadeSessions: true })
  const byLink = admission({ limits: linkLimits })
  const admit: DoorOptions<Access>['admit'] = (request, access, context) => {
    if (access === 'public') return byLink(request, access, context)
    return (access === 'session' ? bySession : sending)(request, access, context)
  }
  return admit
}

const route = routesFor<Caller, Access>()
const stored = { description: 'Its attachment, as its bytes have it', schema: UploadedAttachment }

function uploadRoute(options: FilesDoorOptions): Route<Access> {
  return route(
    {
      method: 'post',
      path: '/files',
      summary: 'Sends a file that was not announced',
      description: 'In a form, in any field. Whoever shows nothing becomes a guest.',
      access: 'identified',
      makesGuests: true,
      otherBodies: { 'multipart/form-data': FileForm },
      replies: { 200: stored },
    },
    async ({ caller, request }) => Response.json(await takeNew(options, caller.owner, request)),
  )
}

function sessionUploadRoute(options: FilesDoorOptions): Route<Access> {
  const { allowedOrigins = [], madeSessions } = options
  const cors: CorsPolicy = {
    credentialedOrigins: allowedOrigins,
    anyOrigin: false,
    allowedHeaders: ['Authorization', 'Content-Type', 'OpenAI-Beta', 'X-Request-ID'],
    exposedHeaders: ['X-Request-ID', ...limitHeaderNames],
  }
  return route(
    {
      method: 'post',
      path: '/v1/chatkit/files',
      summary: 'Sends a file, where hosted ChatKit does',
      description: 'For whoever shows the client secret of a session whose `file_upload` is enabled.',
      access: 'session',
      otherBodies: { 'multipart/form-data': FileForm },
      replies: { 200: stored },
      ...(allowedOrigins.length === 0 ? {} : { cors }),
    },
    async ({ caller, request, context }) => {
      const tell = (headers: Record<string, string>): void => addReplyHeaders(context.env, headers)
      const { bytesMax, giveBack } = await madeSessions.admitFile(caller.identity, tell)
      try {
        return Response.json(await takeOfSession(options, caller.owner, request, bytesMax))
      } catch (error) {
        giveBack()
        throw error
      }
    },
  )
}

/** Pages of any origin may send bytes by a link, and know why they were refused. */
const anyOrigin: CorsPolicy = {
  credentialedOrigins: [],
  anyOrigin: true,
  allowedMethods: ['PUT', 'POST'],
  allowedHeaders: ['Content-Type'],
  exposedHeaders: ['X-Request-ID', ...limitHeaderNames],
}

function linkRoutes(options: FilesDoorOptions): Route<Access>[] {
  const common = { path: '/files/:id', access: 'public', params: FilePlace, query: FileLink } as const
  const sent = {
    ...common,
    cors: anyOrigin,
    otherBodies: { 'multipart/form-data': FileForm, 'application/octet-stream': z.file() },
    replies: { 200: stored },
  }
  return [
    route(
      { ...sent, method: 'put', summary: 'Sends the bytes of an announced attachment' },
      async ({ params, query, request }) =>
        Response.json(await takeAnnounced(options, { fileId: params.id, link: query.link }, request)),
    ),
    route(
      { ...sent, method: 'post', summary: 'The same, for clients that send a form' },
      async ({ params, query, request }) =>
        Response.json(await takeAnnounced(options, { fileId: params.id, link: query.link }, request)),
    ),
    route(
      {
        ...common,
        method: 'get',
        summary: 'A file',
        description: 'Whole, or the one range that `Range` asks for.',
        replies: {
          200: { description: 'Its bytes', mediaTypes: ['*/*'] },
          206: { description: 'A range of them', mediaTypes: ['*/*'] },
          304: { description: 'The client has it: `If-None-Match` names it.' },
        },
      },
      ({ params, query, request }) => serve(options, { fileId: params.id, link: query.link }, request),
    ),
  ]
}

async function takeNew(options: FilesDoorOptions, owner: Owner, request: Request): Promise<Attachment> {
  const fileId = createId('atc')
  await readOneFile(options, request, ({ name, source }) =>
    options.keeper.receive(owner, { fileId, name, source, create: true }),
  )
  return present(options, owner, fileId, request)
}

/** The same, refused in the words of hosted ChatKit. */
async function takeOfSession(
  options: FilesDoorOptions,
  owner: Owner,
  request: Request,
  fileBytesMax: number,
): Promise<Attachment> {
  const { keeper } = options
  const fileId = createId('atc')
  await readOneFile(options, request, async ({ name, source }) => {
    try {
      return await keeper.receive(owner, { fileId, name, source, create: true, fileBytesMax })
    } catch (error) {
      const code = error instanceof FileError ? error.code : undefined
      const isOverTerms = code === 'too_large' && fileBytesMax < keeper.policy.fileBytesMax
      if (isOverTerms) throw uploadTooLarge(fileBytesMax)
      if (code !== 'unsupported_media_type') throw error
      throw uploadRefusal('type_rejected', 'Files of this type are not taken here.')
    }
  })
  return present(options, owner, fileId, request)
}

interface Named {
  fileId: string
  link: string
}

/** The link says whose it is, and how many bytes were announced. */
async function takeAnnounced(
  options: FilesDoorOptions,
  { fileId, link }: Named,
  request: Request,
): Promise<Attachment> {
  const { keeper, store } = options
  const { tenantId, userId, bytes } = keeper.verifyUpload(fileId, link)
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

async function serve(
  { keeper }: FilesDoorOptions,
  { fileId, link }: Named,
  request: Request,
): Promise<Response> {
  const { record, blob, claims } = await keeper.open(fileId, link)
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
