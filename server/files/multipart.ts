/**
 * Forms with files, read as they arrive: a part is handed on chunk by chunk, and the socket waits while nobody takes it.
 *
 *   body ─▶ busboy ─ fields ─▶ a small map
 *                  └ file ───▶ takeFile(part), which reads it; the next part comes when it is done
 */
import { Busboy } from '@fastify/busboy'
import type { BusboyFileStream, BusboyInstance } from '@fastify/busboy'
import { FileError, tooLarge } from './errors.ts'

export interface MultipartFile {
  field: string
  /** As the client wrote it. */
  name: string
  /** As the client wrote it: never to be trusted. */
  claimedType: string
  /** Throws `too_large` beyond `fileBytesMax`, and `invalid_request` when the request breaks off. */
  source: AsyncIterable<Uint8Array>
}

export interface MultipartLimits {
  /** Of each file. */
  fileBytesMax: number
  /** Default 1. */
  filesMax?: number
  /** Default 20. */
  fieldsMax?: number
  /** Of each field's value. Default 8,192. */
  fieldBytesMax?: number
  /** Of the headers of each part. Default 8,192. */
  partHeaderBytesMax?: number
}

export interface MultipartForm<Result> {
  /** The last value of each name. */
  fields: ReadonlyMap<string, string>
  /** What became of each file, in their order. */
  files: Result[]
}

/** The parser cuts longer ones, and does not say so. */
const fieldNameLengthMax = 200

/**
 * Resolves when all of the body was read and every file taken. When anything fails, the sources of files that are still
 * read fail, the body is cancelled, and nothing is resolved: what was kept of earlier files is the caller's to drop, whom
 * `takeFile` has told of them. Throws `unsupported_media_type`, `invalid_request`, `too_large`, and what `takeFile` throws.
 */
export async function readMultipart<Result>(
  request: Request,
  limits: MultipartLimits,
  takeFile: (file: MultipartFile) => Promise<Result>,
): Promise<MultipartForm<Result>> {
  const bodyBytesMax = wholeBytesMax(limits)
  refuseAnnounced(request, bodyBytesMax)
  const parser = createParser(request, limits)
  const body = readerOf(request)
  const fields = new Map<string, string>()
  const streams: BusboyFileStream[] = []
  const taken: Promise<Result>[] = []
  let fail: (error: unknown) => void = () => {}
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })

  refuseBeyondLimits(parser, limits, fail)
  // The parser says that there is always a name; where a part has none, there is none.
  parser.on('field', (name: string | undefined, value, nameTruncated, valueTruncated) => {
    if (name === undefined) fail(new FileError('invalid_request', 'A field of the form has no name.'))
    else if (nameTruncated || name.length >= fieldNameLengthMax || valueTruncated)
      fail(new FileError('too_large', 'A field of the form is too long (fieldNameLengthMax, fieldBytesMax).'))
    else fields.set(name, value)
  })
  parser.on('file', (...[field, stream, name, , claimedType]) => {
    streams.push(stream)
    // Whoever reads it hears of it there; without a reader it would be nobody's, and end the process.
    stream.on('error', () => {})
    const source = readFile(stream, limits.fileBytesMax)
    const taking = takeFile({ field: field ?? '', name: name ?? '', claimedType, source })
    taken.push(taking)
    // Whoever did not read to the end does not want the rest.
    taking.then(() => stream.resume(), fail)
  })
  try {
    await Promise.race([pump(body, parser, bodyBytesMax), failure])
    return { fields, files: await Promise.race([Promise.all(taken), failure]) }
  } catch (error) {
    for (const stream of streams) stream.destroy(malformed(error))
    parser.destroy()
    await body.cancel().catch(() => {})
    // What is still being written is removed before the answer is given.
    await Promise.allSettled(taken)
    throw error
  }
}

/** All that the limits allow together, with what stands between parts. */
function wholeBytesMax({
  fileBytesMax,
  filesMax = 1,
  fieldsMax = 20,
  fieldBytesMax = 8_192,
  partHeaderBytesMax = 8_192,
}: MultipartLimits): number {
  const around = partHeaderBytesMax + 1_024
  return filesMax * (fileBytesMax + around) + fieldsMax * (fieldBytesMax + around) + around
}

/** Throws `too_large` before a byte is read when the client itself says that there are too many. */
export function refuseAnnounced(request: Request, bodyBytesMax: number): void {
  if (Number(request.headers.get('content-length') ?? 0) > bodyBytesMax) throw bodyTooLarge(bodyBytesMax)
}

function bodyTooLarge(bodyBytesMax: number): FileError {
  return new FileError('too_large', `The body is larger than ${bodyBytesMax} bytes (bodyBytesMax).`)
}

function createParser(request: Request, limits: MultipartLimits): BusboyInstance {
  refuseEncoded(request)
  const { filesMax = 1, fieldsMax = 20, fieldBytesMax = 8_192, partHeaderBytesMax = 8_192 } = limits
  const type = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    throw new FileError('unsupported_media_type', 'The content type must be multipart/form-data.')
  }
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: {
        fileSize: limits.fileBytesMax + 1,
        files: filesMax,
        fields: fieldsMax,
        fieldSize: fieldBytesMax,
        fieldNameSize: fieldNameLengthMax,
        parts: filesMax + fieldsMax,
        headerPairs: 20,
        headerSize: partHeaderBytesMax,
      },
    })
  } catch (error) {
    throw malformed(error)
  }
}

/** A body that unpacks to more than was sent has no honest length. */
export function refuseEncoded(request: Request): void {
  const encoding = request.headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new FileError('unsupported_media_type', 'Compressed bodies are not accepted.')
  }
}

function refuseBeyondLimits(
  parser: BusboyInstance,
  { filesMax = 1, fieldsMax = 20 }: MultipartLimits,
  fail: (error: unknown) => void,
): void {
  const refuse = (message: string) => () => fail(new FileError('too_large', message))
  parser.on('filesLimit', refuse(`The form has more than ${filesMax} files (filesMax).`))
  parser.on('fieldsLimit', refuse(`The form has more than ${fieldsMax} fields (fieldsMax).`))
  parser.on('partsLimit', refuse('The form has too many parts (filesMax, fieldsMax).'))
  parser.on('error', (error) => fail(malformed(error)))
}

/** Writes no faster than the parser, and so whoever takes the file, can follow. */
async function pump(body: BodyReader, parser: BusboyInstance, bodyBytesMax: number): Promise<void> {
  const finished = new Promise<void>((resolve) => parser.once('finish', resolve))
  let bytes = 0
  for (let chunk = await next(body); chunk !== undefined; chunk = await next(body)) {
    bytes += chunk.byteLength
    if (bytes > bodyBytesMax) throw bodyTooLarge(bodyBytesMax)
    if (parser.destroyed) return
    if (parser.write(chunk)) continue
    await drained(parser)
  }
  if (parser.destroyed) return
  parser.end()
  await finished
}

/** It takes more, or nothing any more. */
function drained(parser: BusboyInstance): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      parser.off('drain', go)
      parser.off('close', go)
      resolve()
    }
    parser.on('drain', go)
    parser.on('close', go)
  })
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array>

function readerOf(request: Request): BodyReader {
  return (request.body ?? new Blob([]).stream()).getReader()
}

/** Undefined at the end. A request that breaks off is the client's fault. */
async function next(body: BodyReader): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await body.read()
    return done ? undefined : value
  } catch (error) {
    throw new FileError('invalid_request', 'The body ended before it was complete.', { cause: error })
  }
}

/** The body's chunks. Whoever leaves early has the rest cancelled. Throws `invalid_request` when the request breaks off. */
export async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  const body = readerOf(request)
  try {
    for (let chunk = await next(body); chunk !== undefined; chunk = await next(body)) yield chunk
  } finally {
    await body.cancel().catch(() => {})
  }
}

async function* readFile(stream: BusboyFileStream, fileBytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > fileBytesMax) throw tooLarge(fileBytesMax)
      yield chunk
    }
  } catch (error) {
    throw error instanceof FileError ? error : malformed(error)
  }
}

function malformed(error: unknown): FileError {
  return new FileError('invalid_request', 'The form is malformed, or ended before it was complete.', {
    cause: error,
  })
}
