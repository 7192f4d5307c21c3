import { cutText } from './text.ts'

/** Everything that a user, a client or an upstream can cause has a code. What only we can cause is a plain `Error`. */
export type ErrorCode =
  | 'invalid_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'wrong_state'
  /** The action's item is no widget. */
  | 'not_a_widget'
  | 'too_large'
  | 'unsupported'
  | 'unavailable'
  /** The agent tells the user something. */
  | 'agent_error'
  | ModelErrorCode

/** What can go wrong with the language model upstream. */
export type ModelErrorCode =
  | 'model_authentication'
  | 'model_rate_limited'
  | 'model_unavailable'
  | 'model_timeout'
  | 'model_cut_off'
  | 'model_bad_request'
  | 'model_bad_response'
  | 'model_limit'

export interface ErrorOptions {
  /** The field of the request that is wrong, as a path: `params.input.content`. */
  param?: string
  /** Whether asking again can help. */
  retryable?: boolean
  /** How long to wait before asking again, when somebody said so. */
  retryAfterSeconds?: number
  cause?: unknown
}

/** An error whose message may be shown to the person who asked: it names no secret, no path and no other person. */
export class ParleyError extends Error {
  readonly code: ErrorCode
  readonly param: string | undefined
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ParleyError'
    this.code = code
    this.param = options.param
    this.retryable = options.retryable ?? false
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** One wording for what does not exist and for what belongs to somebody else. */
export function notFound(kind: 'Thread' | 'Item' | 'Attachment' | 'Run', id: string): ParleyError {
  return new ParleyError('not_found', `${kind} ${cutText(id, 80)} not found`)
}
