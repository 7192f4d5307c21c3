/**
 * API keys that act for a user, at doors where a server asks as one of its users. What a key may here, it could have done with a
 * session that it makes for the same user: so it needs the scope for that, and no other.
 *
 *   a key, `sessions:write` ─▶ a user named in the request ─▶ that user, with no more rights than any user has
 */
import { guestPrefix, isId } from './identity.ts'
import type { Authentication, Identity } from './identity.ts'
import { can } from './permissions.ts'

/** @param userOf Whom the request names, if it names anybody; what is no user's id names nobody. */
export function actingFor(
  authentication: Authentication,
  userOf: (request: Request) => string | null,
): Authentication {
  const keys = new WeakMap<Identity, Identity>()
  return {
    async identify(request) {
      const verdict = await authentication.identify(request)
      const { identity: key } = verdict
      if (key?.kind !== 'key' || !can(key, 'platform-session', 'create')) return verdict
      const userId = userOf(request)
      if (!isId(userId)) return verdict
      const identity: Identity = {
        tenantId: key.tenantId,
        userId,
        kind: userId.startsWith(guestPrefix) ? 'guest' : 'user',
        roles: [],
        ...(key.credential === undefined ? {} : { credential: key.credential }),
      }
      keys.set(identity, key)
      return { identity }
    },
    // What is taken back is the key.
    watch: (identity, onEnd) => authentication.watch(keys.get(identity) ?? identity, onEnd),
  }
}
