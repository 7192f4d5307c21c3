/**
 * Errors on their way to a client, in the envelope that OpenAI's clients know:
 * `{"error": {"message", "type", "param", "code"}}`. This room knows nobody, so codes are plain strings here.
 */

export interface HttpProblemOptions {
  /** The field of the request that is wrong, as a path. */
  param?: string
  headers?: Record<string, string>
  /** Default: the code's, from the table below. */
  status?: number
  /** Everything that is wrong with the request, for those who show it beside their fields. */
  details?: readonly ProblemDetail[]
  cause?: unknown
}

export interface ProblemDetail {
  /** A path: `attachments.0.fileName`. Empty: the whole. */
  field: string
  message: string
}

/** An error that becomes a response. Its message is shown to the client. */
export class HttpProblem extends Error {
  readonly code: string
  readonly status: number
  readonly param: string | undefined
  readonly details: readonly ProblemDetail[]
  readonly headers: Record<string, string>

  constructor(code: string, message: string, options: HttpProblemOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'HttpProblem'
    this.code = code
    this.status = options.status ?? statusOf(code)
    this.param = options.param
    this.details = options.details ?? []
    this.headers = options.headers ?? {}
  }
}

const statuses = new Map([
  ['invalid_request', 400],
  ['not_a_widget', 400],
  ['unauthenticated', 401],
  ['forbidden', 403],
  ['not_found', 404],
  ['method_not_allowed', 405],
  ['timeout', 408],
  ['wrong_state', 409],
  ['too_large', 413],
  ['unsupported_media_type', 415],
  ['wrong_host', 421],
  ['agent_error', 422],
  ['rate_limited', 429],
  ['headers_too_large', 431],
  ['unsupported', 501],
  ['unavailable', 503],
  ['model_timeout', 504],
  ['storage_full', 507],
])

/** A fault of ours on its way to the log, with what the client is told of it. */
export class EncodedFailure extends Error {
  readonly response: Response

  constructor(cause: unknown, response: Response) {
    super('A request has failed.', { cause })
    this.name = 'EncodedFailure'
    this.response = response
  }
}

/** The HTTP status of an error code. A code that is not in the table is a fault of ours: 500. */
export function statusOf(code: string): number {
  return statuses.get(code) ?? (code.startsWith('model_') ? 502 : 500)
}

/**
 * Whatever was thrown, as a problem. Errors with a `code` of the table keep their message; of all others the client
 * learns nothing, because the message may name a path, a query or a person.
 */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error
  const coded = error instanceof Error ? codedError(error) : undefined
  if (coded !== undefined) return coded
  return new HttpProblem('internal_error', 'Something went wrong on the server.', { cause: error })
}

function codedError(error: Error): HttpProblem | undefined {
  const code = 'code' in error ? error.code : undefined
  if (typeof code !== 'string' || statusOf(code) === 500) return undefined
  const seconds = 'retryAfterSeconds' in error ? error.retryAfterSeconds : undefined
  const headers: Record<string, string> =
    typeof seconds === 'number' ? { 'retry-after': String(Math.max(0, Math.ceil(seconds))) } : {}
  const param = 'param' in error && typeof error.param === 'string' ? error.param : undefined
  return new HttpProblem(code, error.message, {
    headers,
    cause: error,
    ...(param !== undefined && { param }),
  })
}

/** The body of a problem, ready to be sent. */
export function problemBody(problem: HttpProblem): string {
  const { code, message, param } = problem
  return JSON.stringify({ error: { message, type: problemType(problem.status), param: param ?? null, code } })
}

export function problemResponse(error: unknown): Response {
  const problem = toProblem(error)
  return new Response(problemBody(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...problem.headers,
    },
  })
}

/** OpenAI's words for the kinds of errors. */
function problemType(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}
