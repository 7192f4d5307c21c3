/** Reading threads and their items at OpenAI's platform API, or wherever that is spoken, with OpenAI's own SDK. */
import type * as OpenAiSdk from 'openai'
import { createOpenAiClient, openAiUrl } from '../auth/openai-client.ts'
import { ParleyError } from '../conversation/errors.ts'
import { isObject, listOf, shown, textOf } from './json-reading.ts'
import { retryAfterOf, withPatience } from './patience.ts'
import type { PatienceOptions, Refusal } from './patience.ts'

export interface PlatformApi {
  /** With `/v1`. */
  readonly baseUrl: string
  /** How many are asked for at once. */
  readonly pageSize: number
  threads(request: ThreadsRequest, signal: AbortSignal): Promise<ApiPage>
  /** Oldest first. */
  items(threadId: string, after: string | null, signal: AbortSignal): Promise<ApiPage>
}

export interface ThreadsRequest {
  order: 'asc' | 'desc'
  limit: number
  after: string | null
  user: string | null
}

export interface ApiPage {
  data: unknown[]
  /** Where the next page begins; null when this is the last. */
  next: string | null
}

/** The API has refused, for good or for too long. Its message is for people and holds no secret. */
export class ApiRefusal extends ParleyError {
  /** Null when nothing was answered. */
  readonly status: number | null

  constructor(status: number | null, message: string) {
    super('unavailable', message)
    this.status = status
  }
}

export interface PlatformApiOptions {
  apiKey: string
  /** With `/v1`. Default: OpenAI's. */
  baseUrl?: string
  /** How long one attempt may take. Default 60. */
  attemptSecondsMax?: number
  /** How many threads or items are asked for at once. Default 100, which is the most that the API gives. */
  pageSize?: number
  /** Of one answer. Default 64 MiB. */
  responseBytesMax?: number
  patience?: PatienceOptions
}

export async function createPlatformApi(options: PlatformApiOptions): Promise<PlatformApi> {
  const { apiKey, baseUrl = openAiUrl, pageSize = 100, patience = {} } = options
  const { responseBytesMax = 67_108_864, attemptSecondsMax = 60 } = options
  const { sdk, client } = await createOpenAiClient({
    apiKey,
    baseUrl,
    attemptSecondsMax,
    // Its own patience cannot be interrupted, and knows no end to `Retry-After`.
    retriesMax: 0,
    fetch: async (input, init) => limited(await fetch(input, init), responseBytesMax),
  })
  const { threads } = client.beta.chatkit
  const asked = async (
    ask: (signal: AbortSignal) => { asResponse(): Promise<Response> },
    after: string | null,
    signal: AbortSignal,
  ): Promise<ApiPage> => {
    try {
      const page = async (own: AbortSignal): Promise<ApiPage> =>
        readPage(await jsonOf(await ask(own).asResponse()), after)
      return await withPatience(
        () => withOwnSignal(signal, page),
        (error) => refusalOf(error, sdk),
        signal,
        patience,
      )
    } catch (error) {
      signal.throwIfAborted()
      throw failure(error, baseUrl, sdk)
    }
  }
  return {
    baseUrl,
    pageSize,
    threads: ({ order, limit, after, user }, signal) => {
      const query = { order, limit, ...(after === null ? {} : { after }), ...(user === null ? {} : { user }) }
      return asked((own) => threads.list(query, { signal: own }), after, signal)
    },
    items: (threadId, after, signal) => {
      const query = { order: 'asc', limit: pageSize, ...(after === null ? {} : { after }) } as const
      return asked((own) => threads.listItems(threadId, query, { signal: own }), after, signal)
    },
  }
}

/** The SDK goes on listening to the signals that it is given: it gets one for each request. */
async function withOwnSignal<Result>(
  signal: AbortSignal,
  ask: (own: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const own = new AbortController()
  const abort = (): void => own.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await ask(own.signal)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

class Unreadable extends Error {}

/** The SDK takes whatever is no list for an empty one: then an import would end before it began, and call that success. */
async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    throw new Unreadable('the answer is no JSON')
  }
}

/** What comes from elsewhere is not believed to be what its types say: a list that leads back to itself ends there. */
function readPage(page: unknown, after: string | null): ApiPage {
  if (!isObject(page) || !Array.isArray(page['data'])) throw new Unreadable('the answer is no list')
  const data = listOf(page['data'])
  const last = data.at(-1)
  const cursor = textOf(page['last_id']) ?? (isObject(last) ? textOf(last['id']) : undefined)
  const goesOn = page['has_more'] === true && cursor !== undefined && cursor !== after && data.length > 0
  return { data, next: goesOn ? cursor : null }
}

const passingStatuses = new Set([408, 409, 425, 429])

function refusalOf(error: unknown, sdk: typeof OpenAiSdk): Refusal {
  if (error instanceof sdk.APIConnectionTimeoutError)
    return { isPassing: true, reason: 'The API took too long, it is asked again' }
  if (error instanceof sdk.APIConnectionError)
    return {
      isPassing: !(tooLargeIn(error) instanceof TooLarge),
      reason: 'The API cannot be reached, it is asked again',
    }
  if (!(error instanceof sdk.APIError)) return { isPassing: false, reason: 'The answer cannot be read' }
  const status = Number(error.status)
  const retryAfterSeconds = retryAfterOf(error.headers?.get('retry-after'), new Date())
  return {
    isPassing: passingStatuses.has(status) || status >= 500,
    reason: status === 429 ? 'The API asks to wait' : `The API answered ${status}, it is asked again`,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  }
}

function failure(error: unknown, baseUrl: string, sdk: typeof OpenAiSdk): ApiRefusal {
  const where = shown(baseUrl)
  if (error instanceof TooLarge || tooLargeIn(error) instanceof TooLarge)
    return new ApiRefusal(null, `${where} gave an answer that is too large (responseBytesMax).`)
  if (error instanceof sdk.APIConnectionTimeoutError)
    return new ApiRefusal(null, `${where} does not answer in time.`)
  if (error instanceof sdk.APIConnectionError) return new ApiRefusal(null, `${where} cannot be reached.`)
  if (!(error instanceof sdk.APIError))
    return new ApiRefusal(null, `${where} gave an answer that cannot be read.`)
  const status = Number(error.status)
  return new ApiRefusal(status, `${where} ${refusalWords(status, error.headers?.get('retry-after'))}`)
}

function refusalWords(status: number, retryAfter: string | null | undefined): string {
  if (status === 401) return 'does not accept the key in OPENAI_API_KEY (401).'
  if (status === 403)
    return 'does not let the key in OPENAI_API_KEY read ChatKit threads (403): it must belong to the project of the workflow.'
  if (status === 404)
    return 'has no such thing (404). Does its address end in /v1, and does it have ChatKit threads?'
  if (status === 429) {
    const seconds = retryAfterOf(retryAfter, new Date())
    return `asks for fewer requests (429)${seconds === undefined ? '' : `, and to wait for ${Math.ceil(seconds)} seconds`}.`
  }
  return `answers ${status}.`
}

class TooLarge extends Error {}

/** The SDK wraps whatever its `fetch` throws. */
function tooLargeIn(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

/** Read to its end here, so that what is too large is never in memory as a whole. */
async function limited(response: Response, bytesMax: number): Promise<Response> {
  if (response.body === null) return response
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw new TooLarge()
    chunks.push(chunk)
  }
  const { status, statusText, headers } = response
  const isEmpty = status === 204 || status === 304
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, statusText, headers })
}
