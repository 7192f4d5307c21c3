/** Who asks, refused when it cannot be said or when they may not. */
import type { Authentication, Identity } from '../auth/identity.ts'
import { refusalOf } from '../auth/permissions.ts'
import { HttpProblem } from '../http/problem.ts'
import type { Access } from './caller.ts'

/** Throws `unauthenticated`. With a cookie to set it is a guest who has just come. */
export async function identified(
  authentication: Pick<Authentication, 'identify'>,
  request: Request,
): Promise<{ identity: Identity; setCookie?: string }> {
  const verdict = await authentication.identify(request)
  if (verdict.identity !== null) return verdict
  const isWrong = verdict.reason === 'rejected'
  throw nobody(isWrong ? 'The credentials are not valid, or no longer.' : 'Please sign in.')
}

export function nobody(message: string): HttpProblem {
  return new HttpProblem('unauthenticated', message, { headers: { 'www-authenticate': 'Bearer' } })
}

export const sessionWanted = 'This needs the client secret of a session: Authorization: Bearer sk_chatkit_…'

/** Throws `forbidden`. */
export function requireAccess(identity: Identity, access: Exclude<Access, 'public'>): void {
  if (access === 'session' && identity.sessionId === undefined) {
    throw new HttpProblem('forbidden', sessionWanted)
  }
  const refusal = refusalOf(
    identity,
    // Every role that we know may read its own threads.
    typeof access === 'string' ? { resource: 'thread', action: 'read' } : access,
  )
  if (refusal === 'unknown-role') throw new HttpProblem('forbidden', 'User role not found')
  if (refusal === 'not-permitted') throw new HttpProblem('forbidden', 'You may not do that.')
}

/**
 * For whoever opens a page of ours: a browser that shows nothing is a guest before its first message, so that two messages at
 * once come from one guest. Resolves with what to tell the browser.
 */
export function createGreeting(
  authentication: Pick<Authentication, 'identify'>,
): (request: Request) => Promise<Record<string, string>> {
  return async (request): Promise<Record<string, string>> => {
    const { identity, setCookie } = await identified(authentication, request)
    requireAccess(identity, 'identified')
    return setCookie === undefined ? {} : { 'set-cookie': setCookie }
  }
}
