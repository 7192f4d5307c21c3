/**
 * Blobs as objects of a bucket: S3, or what speaks like it (R2, MinIO, Ceph, Garage …).
 *
 *   source ─▶ parts of partBytes ─ the only one ─▶ PUT
 *                                └ several ─▶ a multipart upload, part by part ─▶ completed, or aborted
 *
 * At most one part is in memory. What a killed process leaves of a multipart upload is the bucket's to remove: give it a
 * lifecycle rule (AbortIncompleteMultipartUpload).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { S3mini } from 's3mini'
import { FileError } from './errors.ts'
import { createMeter, isBlobKey, requireBlobKey } from './store.ts'
import type { BlobStore, ByteRange } from './store.ts'

export interface S3StoreOptions {
  /** With the bucket: `https://s3.eu-central-1.amazonaws.com/bucket`. */
  endpoint: string
  /** Default: auto. */
  region?: string
  accessKeyId: string
  secretAccessKey: string
  /** Before every key. Default: `parley/`. */
  prefix?: string
  /** At least 5 MiB, at S3. Default 8 MiB. */
  partBytes?: number
  /** How long an answer may take to begin, or its body to go on. Default 30. */
  silenceSecondsMax?: number
  /** How often a request is made that fails as if the next could work. Default 3. */
  attemptsMax?: number
  /** The first pause before another attempt; it doubles. Default 0.2. */
  pauseSeconds?: number
}

type Known = Required<S3StoreOptions>

/** As many as S3 tells at once. */
const listedAtOnce = 1_000

export function createS3Store(options: S3StoreOptions): BlobStore {
  const known: Known = {
    region: 'auto',
    prefix: 'parley/',
    partBytes: 8 * 1_048_576,
    silenceSecondsMax: 30,
    attemptsMax: 3,
    pauseSeconds: 0.2,
    ...options,
  }
  let client: Promise<S3mini> | undefined
  const connect = (): Promise<S3mini> => (client ??= load(known))
  const nameOf = (key: string): string => known.prefix + requireBlobKey(key)

  return {
    kind: 's3',
    async put(key, source, { bytesMax }) {
      const name = nameOf(key)
      const meter = createMeter(bytesMax)
      const upload = createUpload(await connect(), name, known)
      try {
        for await (const part of inParts(meter.read(source), known.partBytes)) await upload.add(part)
        await upload.finish(meter.facts().bytes)
      } catch (error) {
        await upload.abort()
        throw error
      }
      return meter.facts()
    },
    async get(key, range) {
      const name = nameOf(key)
      const s3 = await connect()
      const response = await attempt(known, () => requested(s3, name, range))
      if (response === null) return null
      return { bytes: wholeBytes(response), body: watched(response, known.silenceSecondsMax) }
    },
    async delete(key) {
      const name = nameOf(key)
      const s3 = await connect()
      await attempt(known, () => s3.deleteObject(name))
    },
    async exists(key) {
      const name = nameOf(key)
      const s3 = await connect()
      return (await attempt(known, () => s3.objectExists(name))) === true
    },
    async *keys() {
      const s3 = await connect()
      for (let token: string | undefined; ;) {
        const page = await attempt(known, () => s3.listObjectsPaged('/', known.prefix, listedAtOnce, token))
        for (const { Key: name } of page?.objects ?? []) {
          const key = name.slice(known.prefix.length)
          if (name.startsWith(known.prefix) && isBlobKey(key)) yield key
        }
        token = page?.nextContinuationToken
        if (token === undefined) return
      }
    },
    tidy: async () => 0,
  }
}

/** Only who uses a bucket loads the library. */
async function load(known: Known): Promise<S3mini> {
  const { S3mini: Client } = await import('s3mini')
  const { endpoint, region, accessKeyId, secretAccessKey, silenceSecondsMax } = known
  return new Client({
    endpoint,
    region,
    accessKeyId,
    secretAccessKey,
    fetch: withSilenceMax(silenceSecondsMax),
  })
}

/** A redirect would carry our signature elsewhere. The time counts until the answer begins; `watched` counts from there. */
function withSilenceMax(secondsMax: number): typeof fetch {
  return async (input, init) => {
    const control = new AbortController()
    const timer = setTimeout(
      () => control.abort(new Error('The bucket does not answer.')),
      secondsMax * 1_000,
    )
    try {
      return await fetch(input, { ...init, redirect: 'error', signal: control.signal })
    } finally {
      clearTimeout(timer)
    }
  }
}

interface Upload {
  add(part: Part): Promise<void>
  finish(bytes: number): Promise<void>
  /** Never rejects. */
  abort(): Promise<void>
}

interface Part {
  bytes: Uint8Array
  isLast: boolean
}

function createUpload(s3: S3mini, name: string, known: Known): Upload {
  const parts: { partNumber: number; etag: string }[] = []
  let uploadId: string | undefined
  return {
    async add({ bytes, isLast }) {
      if (isLast && uploadId === undefined) {
        await attempt(known, () => s3.putObject(name, bytes))
        return
      }
      uploadId ??= await attempt(known, () => s3.getMultipartUploadId(name))
      const id = uploadId
      parts.push(await attempt(known, () => s3.uploadPart(name, id, bytes, parts.length + 1)))
    },
    async finish(bytes) {
      if (uploadId === undefined) return
      const id = uploadId
      // When only the answer was lost, there is no such upload any more; S3 may also say 200 and mean an error.
      await attempt(known, () => s3.completeMultipartUpload(name, id, parts)).catch((error: unknown) => error)
      const stored = await attempt(known, () => lengthOf(s3, name))
      if (stored !== bytes) throw unavailable(new Error('A multipart upload was not completed.'))
    },
    async abort() {
      const id = uploadId
      // A PUT of which only the answer was lost has made an object, too.
      const removed = [
        s3.deleteObject(name),
        ...(id === undefined ? [] : [s3.abortMultipartUpload(name, id)]),
      ]
      await Promise.allSettled(removed)
    },
  }
}

async function* inParts(source: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Part> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source) {
    // Not before there is more, so that the last part is known to be the last.
    for (let rest = chunk; rest.byteLength > 0;) {
      if (bytes === partBytes) {
        yield { bytes: Buffer.concat(waiting), isLast: false }
        waiting = []
        bytes = 0
      }
      const taken = rest.subarray(0, partBytes - bytes)
      waiting.push(taken)
      bytes += taken.byteLength
      rest = rest.subarray(taken.byteLength)
    }
  }
  yield { bytes: Buffer.concat(waiting), isLast: true }
}

async function requested(s3: S3mini, name: string, range?: ByteRange): Promise<Response | null> {
  try {
    return range === undefined
      ? await s3.getObjectRaw(name)
      : await s3.getObjectRaw(name, false, range.start, range.end)
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

async function lengthOf(s3: S3mini, name: string): Promise<number | null> {
  return s3.getContentLength(name).catch((error: unknown) => {
    const cause = error instanceof Error ? error.cause : undefined
    if (statusOf(cause) === 404) return null
    throw cause ?? error
  })
}

/** `content-range: bytes 0-9/100`, or the length of the whole. */
function wholeBytes(response: Response): number {
  const whole = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  return Number(whole ?? response.headers.get('content-length') ?? Number.NaN)
}

/** The body, cut off when it falls silent. */
function watched(response: Response, secondsMax: number): ReadableStream<Uint8Array> {
  const reader = (response.body ?? new Blob([]).stream()).getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let timer: NodeJS.Timeout | undefined
        const silence = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error('The bucket fell silent.')), secondsMax * 1_000)
        })
        try {
          const { done, value } = await Promise.race([reader.read(), silence])
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          void reader.cancel(error).catch(() => {})
          controller.error(unavailable(error))
        } finally {
          clearTimeout(timer)
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** Again where that can help: all that is asked of a bucket may be asked twice. */
async function attempt<Result>(
  { attemptsMax, pauseSeconds }: Known,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (let number = 1; ; number += 1) {
    try {
      return await ask()
    } catch (error) {
      const status = statusOf(error)
      const canHelp = status === undefined || status >= 500 || status === 408 || status === 429
      if (!canHelp || number >= attemptsMax) throw unavailable(error)
      await sleep(pauseSeconds * 1_000 * 2 ** (number - 1))
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'status' in error && typeof error.status === 'number'
    ? error.status
    : undefined
}

/** The reason is for the log; what the bucket says may name it. */
function unavailable(error: unknown): FileError {
  return new FileError('unavailable', 'Files cannot be kept or read at the moment.', { cause: error })
}
