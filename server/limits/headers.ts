/**
 * What clients are told of their limits, with every answer. Sources: draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4
 * (structured fields, RFC 9651), RFC 9110 section 10.2.3 for `Retry-After`, and the usual `X-RateLimit-` headers.
 */
import type { Admission, LimitState } from './limits.ts'

/** For `Access-Control-Expose-Headers`. */
export const limitHeaderNames = [
  'RateLimit-Policy',
  'RateLimit',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Retry-After',
] as const

/**
 * `X-RateLimit-Reset` is a Unix time in seconds, so `now` is what the server takes for the time of day. `Retry-After` is there
 * only when the request was refused.
 */
export function limitHeaders(admission: Admission, now: Date): Record<string, string> {
  const { states } = admission
  const retryAfter: Record<string, string> = admission.admitted
    ? {}
    : { 'retry-after': String(admission.retryAfterSeconds) }
  const tightest = tightestOf(states)
  if (tightest === undefined) return retryAfter
  return {
    'ratelimit-policy': states.map(policyItem).join(', '),
    ratelimit: states.map(limitItem).join(', '),
    'x-ratelimit-limit': String(tightest.requestsMax),
    'x-ratelimit-remaining': String(tightest.remaining),
    ...(tightest.resetSeconds === null
      ? {}
      : { 'x-ratelimit-reset': String(Math.ceil(now.getTime() / 1_000) + tightest.resetSeconds) }),
    ...retryAfter,
  }
}

/** Names are of letters that need no escape in a quoted string. */
function policyItem({ name, requestsMax, windowSeconds }: LimitState): string {
  return `"${name}";q=${requestsMax};${windowSeconds === null ? 'qu="concurrent-requests"' : `w=${windowSeconds}`}`
}

function limitItem({ name, remaining, resetSeconds }: LimitState): string {
  return `"${name}";r=${remaining}${resetSeconds === null ? '' : `;t=${resetSeconds}`}`
}

/** The older headers speak of one limit: of the windows, the one that will refuse first; without any, of the places. */
function tightestOf(states: readonly LimitState[]): LimitState | undefined {
  const windows = states.filter(({ windowSeconds }) => windowSeconds !== null)
  const candidates = windows.length > 0 ? windows : states
  return candidates.toSorted(
    (one, other) => one.remaining - other.remaining || (other.resetSeconds ?? 0) - (one.resetSeconds ?? 0),
  )[0]
}
