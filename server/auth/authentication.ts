/**
 * A chain of authenticators: the first that knows what the request shows decides.
 *
 *   Authorization there ──▶ its readers ──▶ identity, or rejected: never a guest
 *   none ──▶ cookie's readers ──▶ identity ──▶ else admitted as a guest ──▶ else missing
 *
 * Whatever they say, what was taken back counts no more: a token is rejected, a cookie is as good as none.
 */
import type { Authentication, Authenticator, EndOfCredential, Identity } from './identity.ts'
import { createRevocations } from './revocations.ts'
import type { Revocations } from './revocations.ts'

export interface AuthenticationOptions {
  /** Default: nothing is ever taken back. */
  revocations?: Pick<Revocations, 'isRevoked' | 'watch'>
  now?: () => Date
}

export function createAuthentication(
  authenticators: readonly Authenticator[],
  options: AuthenticationOptions = {},
): Authentication {
  const { revocations = createRevocations(), now = () => new Date() } = options
  return {
    async identify(request) {
      for (const authenticator of authenticators) {
        const answer = await authenticator.authenticate(request)
        if (answer === 'rejected') return { identity: null, reason: 'rejected' }
        if (answer === null) continue
        if (!revocations.isRevoked(answer)) return { identity: answer }
        if (answer.credential?.carrier !== 'cookie') return { identity: null, reason: 'rejected' }
      }
      // Whoever shows a credential means to be that person: to greet them as a guest would hide their own threads.
      if (request.headers.has('authorization')) return { identity: null, reason: 'rejected' }
      for (const authenticator of authenticators) {
        const admission = authenticator.admit?.(request)
        if (admission !== undefined) return admission
      }
      return { identity: null, reason: 'missing' }
    },
    watch: (identity, onEnd) => watch(identity, onEnd, { revocations, now }),
  }
}

/** Timers count no further. */
const timerMillisecondsMax = 2 ** 31 - 1

function watch(
  identity: Identity,
  onEnd: (reason: EndOfCredential) => void,
  { revocations, now }: Required<AuthenticationOptions>,
): () => void {
  const expiresAt = identity.credential?.expiresAt ?? Number.POSITIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const unwatch = revocations.watch(identity, () => end('revoked'))

  function stop(): void {
    clearTimeout(timer)
    unwatch()
  }
  function end(reason: EndOfCredential): void {
    stop()
    onEnd(reason)
  }
  function wait(): void {
    const left = expiresAt - now().getTime()
    if (left === Number.POSITIVE_INFINITY) return
    if (left <= 0) return end('expired')
    timer = setTimeout(wait, Math.min(left, timerMillisecondsMax))
    timer.unref()
  }
  // It may have been taken back while the request was on its way here.
  if (revocations.isRevoked(identity)) end('revoked')
  else wait()
  return stop
}
