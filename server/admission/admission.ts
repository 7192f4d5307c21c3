/**
 * What stands before every door: who asks, whether they may, and how much.
 *
 *   request ─▶ address ─▶ identity ─▶ may they? ─▶ all limits at once ─▶ Caller
 *                            │           │               └ too many ─▶ 429
 *                            ╰ nobody ───┴ no ─▶ the address's limits alone, so that guessing is counted ─▶ 401, 403
 */
import type { Access, Caller } from './caller.ts'
import type { Authentication, Identity } from '../auth/identity.ts'
import type { Permission } from '../auth/permissions.ts'
import { isMadeSession } from '../auth/session-allowance.ts'
import type { Admitted, AdmissionContext } from '../http/door.ts'
import { nodeBindings } from '../http/front.ts'
import { isForeignRead, refuseCrossSite, sameOrigin } from '../http/origin.ts'
import { HttpProblem } from '../http/problem.ts'
import type { Limit, Limiter } from '../limits/limits.ts'
import { addressSubject, userSubject } from '../limits/subjects.ts'
import { admitCounted } from './counting.ts'
import type { KeepGuestChats } from './guest-chats.ts'
import { identified, nobody, requireAccess, sessionWanted } from './identified.ts'

export interface AdmissionOptions {
  authentication: Authentication
  limiter: Limiter
  /** Which address asks, behind whatever proxies are believed. */
  clientAddress(socketAddress: string | undefined, headers: Headers): string | null
  /** Our public origins, where a proxy rewrites `Host`. */
  publicOrigins?: readonly string[]
  /** Looks after those who were guests before they signed in. */
  keepGuestChats?: KeepGuestChats
  now: () => Date
}

/** A limit before it is known whom it counts. */
export type LimitRule =
  | { name: string; per: 'user' | 'address'; requestsMax: number; windowSeconds: number }
  | { name: string; per: 'user' | 'address'; concurrentMax: number }

export interface DoorRules {
  limits: readonly LimitRule[]
  /** Origins whose pages may ask with the person's cookies, when they mark what they ask. Default: our own. */
  trustedOrigins?: readonly string[]
  /** The only permission for which whoever shows nothing becomes a guest. Default: for any. */
  guestsBeginWith?: Permission
  /**
   * Whether the secret of a session that a server has made is good here. Such a door holds it to what was said of the session.
   * Default: no.
   */
  takesMadeSessions?: boolean
}

export type Admit = (request: Request, access: Access, context: AdmissionContext) => Promise<Admitted>

/** Makes a door's `admit`. It throws `unauthenticated`, `forbidden` and `rate_limited`. */
export type Admission = (rules: DoorRules) => Admit

export function createAdmission(options: AdmissionOptions): Admission {
  const { limiter, now } = options
  return (rules) => async (request, access, context) => {
    const address = options.clientAddress(
      nodeBindings(context.env)?.incoming.socket.remoteAddress,
      request.headers,
    )
    const counted = (user: Caller['owner'] | null): Promise<() => void> =>
      admitCounted(limitsOf(rules.limits, address, user), { limiter, now, tell: context.tell })
    if (access === 'public') return { caller: null, headers: {}, release: await counted(null) }
    try {
      const { identity, headers } = await identify(options, request, { rules, access })
      refuseMadeSession(identity, rules)
      requireAccess(identity, access)
      Object.assign(headers, await keepGuestChats(options, request, identity))
      const owner = { tenantId: identity.tenantId, userId: identity.userId }
      const giveBack = await counted(owner)
      const { caller, stopWatching } = watched(options.authentication, identity, owner)
      const release = (): void => {
        stopWatching()
        giveBack()
      }
      return { caller, headers, release }
    } catch (error) {
      if (error instanceof HttpProblem && isRefusal(error)) (await counted(null))()
      throw error
    }
  }
}

const isRefusal = ({ code }: HttpProblem): boolean => code === 'unauthenticated' || code === 'forbidden'

/** Those of users where a user is known, those of addresses always. */
export function limitsOf(
  rules: readonly LimitRule[],
  address: string | null,
  user: Caller['owner'] | null,
): Limit[] {
  return rules.flatMap(({ per, ...limit }) => {
    if (per === 'address') return [{ ...limit, subject: addressSubject(address) }]
    return user === null ? [] : [{ ...limit, subject: userSubject(user) }]
  })
}

/** Elsewhere nobody knows what the server that made the session has said of it. */
function refuseMadeSession(identity: Identity, { takesMadeSessions = false }: DoorRules): void {
  if (takesMadeSessions || !isMadeSession(identity)) return
  throw new HttpProblem('forbidden', 'The secret of this session is good for the ChatKit endpoints only.')
}

async function identify(
  { authentication, publicOrigins = [] }: AdmissionOptions,
  request: Request,
  { rules: { trustedOrigins, guestsBeginWith }, access }: { rules: DoorRules; access: Access },
): Promise<{ identity: Identity; headers: Record<string, string> }> {
  // No cookie is one, so none is looked at.
  if (access === 'session' && !request.headers.has('authorization')) throw nobody(sessionWanted)
  refuseCrossSite(request, publicOrigins, trustedOrigins)
  if (isForeignRead(request, publicOrigins, trustedOrigins)) throw nobody('Please sign in.')
  const { identity, setCookie } = await identified(authentication, request)
  if (setCookie === undefined) return { identity, headers: {} }
  if (guestsBeginWith !== undefined && !isSame(guestsBeginWith, access)) throw nobody('Please sign in.')
  return { identity, headers: { 'set-cookie': setCookie } }
}

function isSame({ resource, action }: Permission, access: Access): boolean {
  return typeof access !== 'string' && access.resource === resource && access.action === action
}

/** Only for our own pages: nobody else may bring a guest and a user together. */
async function keepGuestChats(
  options: AdmissionOptions,
  request: Request,
  identity: Identity,
): Promise<Record<string, string>> {
  if (options.keepGuestChats === undefined || !sameOrigin(request, options.publicOrigins)) return {}
  return options.keepGuestChats(request, identity)
}

function watched(
  authentication: Authentication,
  identity: Identity,
  owner: Caller['owner'],
): { caller: Caller; stopWatching: () => void } {
  let isRevoked = false
  let revoking: AbortController | undefined
  const stopWatching = authentication.watch(identity, (reason) => {
    if (reason !== 'revoked' && identity.credential?.endsStreams !== true) return
    isRevoked = true
    revoking?.abort(reason)
  })
  const caller: Caller = {
    identity,
    owner,
    // Made for those who look: most requests are over before anything could be taken back.
    get revoked() {
      revoking ??= new AbortController()
      if (isRevoked) revoking.abort('revoked')
      return revoking.signal
    },
  }
  return { caller, stopWatching }
}
