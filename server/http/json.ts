/** Reading a JSON body: nothing is parsed before its type, size, encoding and depth are known to be harmless. */
import { HttpProblem } from './problem.ts'

export interface JsonLimits {
  /** Default: 1 MiB. */
  bodyBytesMax?: number
  /** How deep arrays and objects may nest. Default: 64. */
  depthMax?: number
}

const bodyBytesMaxDefault = 1_048_576
const depthMaxDefault = 64

/**
 * Reads and parses the body. `__proto__` keys are left out: copying such an object would change a prototype.
 * Throws `HttpProblem`: `unsupported_media_type`, `too_large`, `invalid_request`.
 */
export async function readJson(request: Request, limits: JsonLimits = {}): Promise<unknown> {
  const { bodyBytesMax = bodyBytesMaxDefault, depthMax = depthMaxDefault } = limits
  requireJsonType(request.headers)
  const bytes = await readBytes(request, bodyBytesMax)
  const text = decode(bytes)
  requireDepth(bytes, depthMax)
  try {
    return mayNamePrototype.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text)
  } catch {
    // The parser's own message quotes the body, which may be a person's words.
    throw new HttpProblem('invalid_request', 'The body is not valid JSON.')
  }
}

/** Anything but JSON is refused, also because a cross-site form can send `text/plain` without asking. */
function requireJsonType(headers: Headers): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';')
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith('charset='))
  const isJson = type.trim() === 'application/json'
  if (!isJson || (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))) {
    throw new HttpProblem('unsupported_media_type', 'The content type must be application/json in UTF-8.')
  }
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new HttpProblem('unsupported_media_type', 'Compressed bodies are not accepted.')
  }
}

/** Reads the whole body. Throws `too_large` as soon as that is certain, without reading the rest. */
async function readBytes(request: Request, bodyBytesMax: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN)
  if (announced > bodyBytesMax) throw tooLarge(bodyBytesMax)
  try {
    // An announced length is held to by the HTTP parser, and this way spares Node a web stream per request.
    if (announced <= bodyBytesMax) return bounded(new Uint8Array(await request.arrayBuffer()), bodyBytesMax)
    return await readChunks(request, bodyBytesMax)
  } catch (error) {
    if (error instanceof HttpProblem) throw error
    throw new HttpProblem('invalid_request', 'The body ended before it was complete.', { cause: error })
  }
}

async function readChunks(request: Request, bodyBytesMax: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop by an error cancels the stream.
  for await (const chunk of request.body) {
    length += chunk.byteLength
    if (length > bodyBytesMax) throw tooLarge(bodyBytesMax)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

function bounded(bytes: Uint8Array, bodyBytesMax: number): Uint8Array {
  if (bytes.byteLength > bodyBytesMax) throw tooLarge(bodyBytesMax)
  return bytes
}

function tooLarge(bodyBytesMax: number): HttpProblem {
  return new HttpProblem('too_large', `The body is larger than ${bodyBytesMax} bytes (bodyBytesMax).`)
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new HttpProblem('invalid_request', 'The body is not valid UTF-8.')
  }
}

const quote = 0x22
const backslash = 0x5c

/** Counts brackets outside of strings. Only ASCII bytes matter, and UTF-8 uses them for nothing else. */
function requireDepth(bytes: Uint8Array, depthMax: number): void {
  let depth = 0
  let inString = false
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]
    if (inString) {
      if (byte === backslash) index += 1
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1
      if (depth > depthMax) {
        throw new HttpProblem('invalid_request', `The body nests deeper than ${depthMax} levels (depthMax).`)
      }
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
  }
}

/** A cheap sign that a key could be `__proto__`, also spelt with escapes: a reviver for every body would be slow. */
const mayNamePrototype = /__proto__|\\u00(?:5f|70|72|6f|74)/i

function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
