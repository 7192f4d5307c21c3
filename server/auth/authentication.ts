/**
 * A chain of authenticators: the first that knows what the request shows decides.
 *
 *   Authorization there ──▶ its readers ──▶ identity, or rejected: never a guest
 *   none ──▶ cookie's readers ──▶ identity ──▶ else admitted as a guest ──▶ else missing
 */
import type { Authentication, Authenticator } from './identity.ts'

export function createAuthentication(authenticators: readonly Authenticator[]): Authentication {
  return {
    async identify(request) {
      for (const authenticator of authenticators) {
        const answer = await authenticator.authenticate(request)
        if (answer === 'rejected') return { identity: null, reason: 'rejected' }
        if (answer !== null) return { identity: answer }
      }
      // Whoever shows a credential means to be that person: to greet them as a guest would hide their own threads.
      if (request.headers.has('authorization')) return { identity: null, reason: 'rejected' }
      for (const authenticator of authenticators) {
        const admission = authenticator.admit?.(request)
        if (admission !== undefined) return admission
      }
      return { identity: null, reason: 'missing' }
    },
  }
}
