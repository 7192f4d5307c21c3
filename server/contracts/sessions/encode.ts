/** Sessions and problems as contracts A and B show them. Times are ISO 8601 in whole seconds. */
import type { ChatKitSession } from '../../auth/chatkit-sessions.ts'
import type { GivenSession } from '../../auth/session-keeper.ts'
import { statusAt } from '../../auth/session-rules.ts'
import type { HttpProblem, ProblemDetail } from '../../http/problem.ts'
import type { SessionProblem, SessionReply, SessionSummary } from './wire.ts'

function instantOf(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

export function encodeSession(session: ChatKitSession, now: Date): SessionSummary {
  return {
    id: session.id,
    deviceId: session.deviceId,
    userId: session.userId,
    workflowId: session.workflowId,
    status: statusAt(session, now),
    createdAt: instantOf(session.createdAt),
    expiresAt: instantOf(session.expiresAt),
    metadata: { ...session.metadata },
  }
}

export function encodeGiven({ session, token }: GivenSession, now: Date): SessionReply {
  const { id, ...rest } = encodeSession(session, now)
  return {
    client_secret: token,
    session_id: id,
    expires_at: rest.expiresAt,
    session: { id, chatKitSessionId: token, ...rest },
  }
}

/** What could not be done for a reason that is nobody's business outside. */
export const creationFailed = 'session_creation_failed'
export const notConfigured = 'configuration_error'

/** The contracts' words for a problem, by its code: what happened, and its name among the details. */
const words = new Map<string, { error: string; code: string }>([
  ['invalid_request', { error: 'Invalid request', code: 'INVALID_REQUEST' }],
  ['unauthenticated', { error: 'Unauthorized', code: 'UNAUTHORIZED' }],
  ['forbidden', { error: 'Forbidden', code: 'FORBIDDEN' }],
  ['not_found', { error: 'Not found', code: 'NOT_FOUND' }],
  ['method_not_allowed', { error: 'Method not allowed', code: 'METHOD_NOT_ALLOWED' }],
  ['wrong_state', { error: 'Conflict', code: 'CONFLICT' }],
  ['too_large', { error: 'Payload too large', code: 'PAYLOAD_TOO_LARGE' }],
  ['unsupported_media_type', { error: 'Unsupported media type', code: 'UNSUPPORTED_MEDIA_TYPE' }],
  ['rate_limited', { error: 'Rate limit exceeded', code: 'RATE_LIMIT_EXCEEDED' }],
  ['unavailable', { error: 'Service unavailable', code: 'SERVICE_UNAVAILABLE' }],
  [creationFailed, { error: 'Failed to create session', code: 'SESSION_CREATION_FAILED' }],
  [notConfigured, { error: 'Configuration Error', code: 'CONFIGURATION_ERROR' }],
])
const unknownWords = { error: 'Internal server error', code: 'INTERNAL_ERROR' }

export function encodeProblem(problem: HttpProblem, requestId: string, now: Date): Response {
  const { error, code } = words.get(problem.code) ?? unknownWords
  const details =
    problem.details.length > 0 ? problem.details.map(detailOf) : [{ code, message: problem.message }]
  const retryAfter = Number(problem.headers['retry-after'] ?? Number.NaN)
  const body: SessionProblem = {
    error,
    message: problem.message,
    details,
    ...(Number.isInteger(retryAfter) ? { retry_after: retryAfter } : {}),
    timestamp: instantOf(now),
    request_id: requestId,
  }
  return Response.json(body, { status: problem.status })
}

/** `student_email` is `INVALID_EMAIL`, as in contract B; `deviceId` is `INVALID_DEVICE_ID`. */
function detailOf({ field, message }: ProblemDetail): SessionProblem['details'][number] {
  if (field === '') return { code: 'INVALID_REQUEST', message }
  const name = field
    .replace(/\..*$/, '')
    .replace(/^student_/, '')
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .replace(/[^A-Za-z0-9]+/g, '_')
  return { code: `INVALID_${name.toUpperCase()}`, message, field }
}
