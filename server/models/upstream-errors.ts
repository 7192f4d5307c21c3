/**
 * What goes wrong upstream, in words for the person who asked. The upstream's own words stay behind: they may hold keys,
 * addresses or other people's text. A short redacted `cause` is kept for the log.
 */
import { type ModelErrorCode, ParleyError } from '../conversation/errors.ts'

/** What an upstream said about its failure, in whichever shape. */
export interface UpstreamFailure {
  status?: number
  /** The upstream's own code and type: `context_length_exceeded`, `overloaded_error`. */
  code?: string
  message?: string
  retryAfterSeconds?: number
}

const retryAfterSecondsMax = 3600

const words: Record<ModelErrorCode, string> = {
  model_authentication:
    'The language model refused this server’s key. Please tell the person who runs this server; asking again will not help until it is corrected.',
  model_rate_limited:
    'The language model is being asked too much at the moment. Please wait a little and try again.',
  model_unavailable:
    'The language model cannot be reached at the moment. Please try again in a little while.',
  model_timeout: 'The language model took too long. Please try again.',
  model_cut_off:
    'The connection to the language model broke off before the answer was complete. Please try again.',
  model_bad_request:
    'The language model does not accept this request. Please tell the person who runs this server: the address or the name of the model may be wrong.',
  model_bad_response: 'The language model sent something that could not be understood. Please try again.',
  model_limit: 'The answer grew too long and was ended. Please ask for something shorter.',
}

const never: ReadonlySet<ModelErrorCode> = new Set(['model_authentication', 'model_bad_request'])

/** An error in the standard words for its code. */
export function modelError(
  code: ModelErrorCode,
  cause?: unknown,
  more: { message?: string; retryable?: boolean; retryAfterSeconds?: number } = {},
): ParleyError {
  return new ParleyError(code, more.message ?? words[code], {
    retryable: more.retryable ?? !never.has(code),
    ...(more.retryAfterSeconds !== undefined && { retryAfterSeconds: more.retryAfterSeconds }),
    ...(cause !== undefined && { cause }),
  })
}

/** A connection that failed: `code`, unless undici had waited too long. */
export function connectionError(error: unknown, code: 'model_cut_off' | 'model_unavailable'): ParleyError {
  const name = error instanceof Error && 'code' in error ? String(error.code) : ''
  const timedOut = name === 'UND_ERR_HEADERS_TIMEOUT' || name === 'UND_ERR_BODY_TIMEOUT'
  // An error's own message may name addresses; its code says enough.
  return modelError(timedOut ? 'model_timeout' : code, new Error(name || 'the connection failed'))
}

/** What an upstream said, as an error of ours. `secrets` are cut out of the cause. */
export function failureError(failure: UpstreamFailure, secrets: readonly string[]): ParleyError {
  const cause = new Error(describe(failure, secrets))
  if (isTooLong(failure)) {
    return modelError('model_bad_request', cause, {
      message:
        'This conversation has become too long for the language model. Please start a new one, or ask something shorter.',
    })
  }
  if (/insufficient_quota|billing|credit/.test(failure.code ?? '') || failure.status === 402) {
    return modelError('model_rate_limited', cause, {
      message: 'The quota for the language model is used up. Please tell the person who runs this server.',
      retryable: false,
    })
  }
  return modelError(codeOf(failure), cause, {
    ...(failure.retryAfterSeconds !== undefined && { retryAfterSeconds: failure.retryAfterSeconds }),
  })
}

function isTooLong(failure: UpstreamFailure): boolean {
  return failure.status === 413 || /context_length|string_above_max|too_large/.test(failure.code ?? '')
}

function codeOf(failure: UpstreamFailure): ModelErrorCode {
  const { status = statusOfCode(failure.code ?? '') } = failure
  if (status === 401 || status === 403) return 'model_authentication'
  if (status === 429) return 'model_rate_limited'
  if (status === 408 || status === 409 || status === 425 || status >= 500) return 'model_unavailable'
  return status >= 400 ? 'model_bad_request' : 'model_bad_response'
}

/** An error inside a stream has no status, only a name or a number of its own. Unnamed ones are the upstream's trouble. */
function statusOfCode(code: string): number {
  const number = /^[45]\d\d\b/.exec(code)?.[0]
  if (number !== undefined) return Number(number)
  if (/rate_limit/.test(code)) return 429
  if (/auth|api_key|permission/.test(code)) return 401
  if (/invalid|unsupported|not_found|unknown_/.test(code)) return 400
  return 500
}

/** About keys, names and quotas: these replies speak of the server's settings. Others may quote what a person wrote. */
const quotedStatuses = new Set([401, 403, 404, 429])

/** One line for the log: status, the upstream's code and, where it cannot quote a person, the beginning of its message. */
function describe(failure: UpstreamFailure, secrets: readonly string[]): string {
  const parts = [
    failure.status === undefined ? 'error in the stream' : `HTTP ${failure.status}`,
    failure.code,
    quotedStatuses.has(failure.status ?? 0) ? failure.message : undefined,
  ]
  return redact(parts.filter((part) => part !== undefined && part !== '').join(': '), secrets)
}

export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[redacted]')
  return clean
    .replaceAll(
      /\b(?:sk|pk|key|rk|gsk|xai)-[\w*.-]{4,}|\bBearer\s+\S+|\bAIza[\w-]{10,}|\beyJ[\w.-]{10,}/gi,
      '[redacted]',
    )
    .replaceAll(/https?:\/\/\S+/g, '[address]')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 200)
}

/** The failure in a parsed error body or stream event: `{ error: { … } }`, `{ error: "…" }` or the error itself. */
export function readFailure(body: unknown): UpstreamFailure {
  const outer = asRecord(body)
  const error = outer?.['error']
  if (typeof error === 'string') return { message: error }
  const record = asRecord(error) ?? outer
  const names = [record?.['code'], record?.['type'], record?.['status']].filter(
    (name) => (typeof name === 'string' && name !== '' && name !== 'error') || typeof name === 'number',
  )
  const message = record?.['message'] ?? record?.['detail']
  return {
    ...(names.length > 0 && { code: names.map(String).join(' ').slice(0, 200) }),
    ...(typeof message === 'string' && { message }),
  }
}

/** The failure in the body of a reply, which is anything: JSON, HTML, nothing. */
export function readFailureText(body: string): UpstreamFailure {
  try {
    return readFailure(JSON.parse(body))
  } catch {
    return {}
  }
}

/** `Retry-After` (RFC 9110, 10.2.3): seconds or a date. 0 to one hour, or undefined when it says nothing usable. */
export function parseRetryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined
  const seconds = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000
  if (Number.isNaN(seconds) || seconds < 0) return undefined
  return Math.min(Math.ceil(seconds), retryAfterSecondsMax)
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return isRecord(value) ? value : undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
