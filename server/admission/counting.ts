import { HttpProblem } from '../http/problem.ts'
import { limitHeaders } from '../limits/headers.ts'
import type { Limit, Limiter } from '../limits/limits.ts'

export interface Counting {
  limiter: Limiter
  now: () => Date
  /** Headers for the reply, whatever it will be. */
  tell(headers: Record<string, string>): void
  /** What those are told who are not admitted. */
  words?: { tooMany: string; unavailable: string }
}

const wordsDefault = {
  tooMany: 'Too many requests.',
  unavailable: 'This cannot be answered at the moment. Please try again.',
}

/**
 * Counts something against all of these limits or none, and tells how they stand. Throws `rate_limited` and `unavailable`.
 * Returns how to give its places back.
 */
export async function admitCounted(
  limits: readonly Limit[],
  { limiter, now, tell, words = wordsDefault }: Counting,
): Promise<() => void> {
  const admission = await limiter.admit(limits)
  const headers = limitHeaders(admission, now())
  tell(headers)
  if (admission.admitted) return admission.release
  if (admission.reason === 'unavailable') throw new HttpProblem('unavailable', words.unavailable, { headers })
  const seconds = admission.retryAfterSeconds
  throw new HttpProblem('rate_limited', `${words.tooMany} Please try again in ${seconds} seconds.`, {
    headers,
  })
}
