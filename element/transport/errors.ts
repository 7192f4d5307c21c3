export type TransportErrorKind =
  /** Nobody answered, or the connection broke. */
  | 'network'
  /** The server answered with a status that is not 2xx. */
  | 'refused'
  /** The server answered with something that is not the protocol. */
  | 'garbled'

export interface TransportErrorDetails {
  status?: number
  code?: string
  /** The server's own words, which may be shown. */
  said?: string
  retryAfterSeconds?: number
  cause?: unknown
}

/** Everything a request can fail with, except that its caller gave it up. */
export class TransportError extends Error {
  readonly kind: TransportErrorKind
  readonly status: number | undefined
  readonly code: string | undefined
  readonly said: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(kind: TransportErrorKind, details: TransportErrorDetails = {}) {
    super(details.said ?? kind, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'TransportError'
    this.kind = kind
    this.status = details.status
    this.code = details.code
    this.said = details.said
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

/** Statuses that a proxy or a server gives while it is restarting: the same request may succeed a moment later. */
const passingStatuses = new Set([502, 503, 504])

/** Whether the same request can simply be sent again. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false
  return error.kind === 'network' || (error.status !== undefined && passingStatuses.has(error.status))
}

/** What a reply that is not 2xx says, if it says it in the protocol's shape. */
export async function refusal(response: Response): Promise<TransportError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const details: TransportErrorDetails = { status: response.status }
  if (Number.isFinite(retryAfter)) details.retryAfterSeconds = retryAfter
  const body: unknown = await response.json().catch(() => undefined)
  const error = field(body, 'error')
  const said = field(error, 'message')
  const code = field(error, 'code')
  if (typeof said === 'string' && said !== '') details.said = said
  if (typeof code === 'string') details.code = code
  return new TransportError('refused', details)
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
