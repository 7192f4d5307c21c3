/** A bucket over real HTTP: objects, ranges, multipart uploads, and whatever can go wrong with them. */
import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeS3 {
  /** With the bucket. */
  readonly endpoint: string
  /** By name. */
  readonly objects: Map<string, Buffer>
  /** Multipart uploads that were neither completed nor aborted. */
  readonly uploads: Map<string, Map<number, Buffer>>
  /** `PUT object`, `PUT part 2`, `POST uploads`, …: what was asked, in order. */
  readonly requests: string[]
  /** The next requests of this kind fare so, each once. */
  next(kind: string, ...faults: S3Fault[]): void
  close(): Promise<void>
}

export type S3Fault =
  | { type: 'status'; status: number }
  /** No answer ever. */
  | { type: 'hang' }
  /** Done, and the answer is lost. */
  | { type: 'done-but-cut' }
  /** The answer ends in the middle of its body. */
  | { type: 'cut-body' }
  /** The body stops, and the connection stays. */
  | { type: 'stall-body' }

const accessKeyId = 'test-access-key'
export const fakeS3Credentials: { accessKeyId: string; secretAccessKey: string; region: string } = {
  accessKeyId,
  secretAccessKey: 'test-secret-key',
  region: 'test',
}

export async function startFakeS3(): Promise<FakeS3> {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const requests: string[] = []
  const faults = new Map<string, S3Fault[]>()
  const bucket = { objects, uploads }

  const server = createServer((request, response) => {
    // Who asks may have gone.
    response.on('error', () => {})
    void answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://bucket')
    const name = decodeURIComponent(url.pathname.replace(/^\/bucket\//, ''))
    const body = await readBody(request)
    const kind = kindOf(request.method ?? '', url.searchParams)
    requests.push(kind)
    const fault = faults.get(kind.replace(/ \d+$/, ''))?.shift()
    if (fault?.type === 'hang') return
    if (fault?.type === 'status') return void response.writeHead(fault.status).end('<Error/>')
    if (!isSigned(request))
      return void response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
    const done = perform(bucket, { kind, name, body, query: url.searchParams, range: request.headers.range })
    if (fault?.type === 'done-but-cut') return void response.destroy()
    response.writeHead(done.status, {
      'content-length': String(done.length ?? done.body.length),
      ...done.headers,
    })
    if (fault?.type === 'cut-body' || fault?.type === 'stall-body') {
      response.write(done.body.subarray(0, done.body.length / 2), () => {
        if (fault.type === 'cut-body') response.destroy()
      })
    } else response.end(request.method === 'HEAD' ? undefined : done.body)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}/bucket`,
    objects,
    uploads,
    requests,
    next: (kind, ...more) => void faults.set(kind, [...(faults.get(kind) ?? []), ...more]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function kindOf(method: string, query: URLSearchParams): string {
  if (query.has('list-type')) return `${method} list`
  if (query.has('uploads')) return `${method} uploads`
  if (query.has('partNumber')) return `${method} part ${query.get('partNumber')}`
  return query.has('uploadId') ? `${method} upload` : `${method} object`
}

function isSigned(request: IncomingMessage): boolean {
  const pattern = new RegExp(
    `^AWS4-HMAC-SHA256 Credential=${accessKeyId}/\\d{8}/test/s3/aws4_request, ?SignedHeaders=.*Signature=[0-9a-f]{64}$`,
  )
  return pattern.test(request.headers.authorization ?? '')
}

interface Asked {
  kind: string
  name: string
  body: Buffer
  query: URLSearchParams
  range: string | undefined
}

interface Done {
  status: number
  body: Buffer
  /** Of a HEAD. */
  length?: number
  headers?: Record<string, string>
}

const nothing = Buffer.alloc(0)

function perform({ objects, uploads }: Pick<FakeS3, 'objects' | 'uploads'>, asked: Asked): Done {
  const { kind, name, body, query } = asked
  const uploadId = query.get('uploadId') ?? ''
  const upload = uploads.get(uploadId)
  const object = objects.get(name)
  if (kind === 'GET list') return listed(objects, query)
  const missing: Done = { status: 404, body: Buffer.from('<Error><Code>NoSuchKey</Code></Error>') }
  if (kind === 'POST uploads') {
    const id = randomUUID()
    uploads.set(id, new Map())
    return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
  }
  if (kind.startsWith('PUT part')) {
    if (upload === undefined) return missing
    upload.set(Number(query.get('partNumber')), body)
    return { status: 200, body: nothing, headers: { etag: etagOf(body) } }
  }
  if (kind === 'POST upload') {
    if (upload === undefined) return missing
    const parts = [...upload].toSorted(([one], [other]) => one - other).map(([, part]) => part)
    objects.set(name, Buffer.concat(parts))
    uploads.delete(uploadId)
    return xml('<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>')
  }
  if (kind === 'DELETE upload') {
    uploads.delete(uploadId)
    return { status: 204, body: nothing }
  }
  if (kind === 'PUT object') {
    objects.set(name, body)
    return { status: 200, body: nothing, headers: { etag: etagOf(body) } }
  }
  if (kind === 'DELETE object') {
    objects.delete(name)
    return { status: 204, body: nothing }
  }
  if (object === undefined) return missing
  if (kind === 'HEAD object') return { status: 200, body: nothing, length: object.length }
  return ranged(object, asked.range)
}

/** Never more than two at once, so that whoever lists goes on from page to page. */
function listed(objects: FakeS3['objects'], query: URLSearchParams): Done {
  const after = query.get('continuation-token') ?? ''
  const names = [...objects.keys()].filter(
    (name) => name.startsWith(query.get('prefix') ?? '') && name > after,
  )
  const page = names.toSorted().slice(0, 2)
  const contents = page.map(
    (name) => `<Contents><Key>${name}</Key><Size>${objects.get(name)?.length ?? 0}</Size></Contents>`,
  )
  const next = names.length > 2 ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
  return xml(
    `<ListBucketResult><IsTruncated>${names.length > 2}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  )
}

function ranged(object: Buffer, range: string | undefined): Done {
  const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? '')
  if (match === null) return { status: 200, body: object }
  const [start, last] = [Number(match[1]), Math.min(Number(match[2]), object.length - 1)]
  const headers = { 'content-range': `bytes ${start}-${last}/${object.length}` }
  return { status: 206, body: object.subarray(start, last + 1), headers }
}

function xml(text: string): Done {
  return { status: 200, body: Buffer.from(text), headers: { 'content-type': 'application/xml' } }
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
