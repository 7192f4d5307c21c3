/**
 * The `nuxt-session` cookie of a Nuxt app beside us (nuxt-auth-utils over h3's sealed sessions), read with the app's own
 * password: `{ id, createdAt, data: { user: { id, … } } }`. We never write it.
 *
 * h3 1 derives its keys with one iteration of PBKDF2, h3 2 with 8,192, and a cookie does not say which. What worked last is
 * tried first, and what was found is remembered.
 */
import { hash } from 'node:crypto'
import { defaults, unseal } from 'iron-webcrypto'
import type { SealOptions } from 'iron-webcrypto'
import { cookieValues } from './cookies.ts'
import { AuthenticationUnavailable, defaultTenantId, guestPrefix, isId } from './identity.ts'
import type { Authenticator, Identity } from './identity.ts'
import { createMemory } from './memory.ts'
import { rememberSecondsMax, rememberedMax } from './tokens.ts'

export interface NuxtSessionOptions {
  /** `NUXT_SESSION_PASSWORD` of the app: at least 32 characters. */
  password: string
  /** Default `nuxt-session`. */
  cookieName?: string
  /** Default: the default tenant. */
  tenantId?: string
  /** Put before the app's own user ids. Default `nuxt_`. */
  userPrefix?: string
  /** How long after its beginning a session counts. Default: for as long as it is sealed for. */
  maxAgeSeconds?: number
  now?: () => Date
}

const passwordLengthMin = 32
const cookieBytesMax = 4_096
/** Each takes up to 8 ms of a thread. */
const openingMax = 32
const iterationCounts = [1, 8_192]

/**
 * Whoever signed in to the app is a user, everybody else a guest with the id of their session. A cookie that cannot be opened
 * is as good as none.
 */
export function createNuxtSession(options: NuxtSessionOptions): Authenticator {
  const { password, cookieName = 'nuxt-session', now = () => new Date() } = options
  if (password.length < passwordLengthMin) {
    throw new Error(`The password is shorter than ${passwordLengthMin} characters (passwordLengthMin).`)
  }
  const remembered = createMemory<Identity | null>(rememberedMax)
  const opening = new Map<string, Promise<Identity | null>>()
  let counts = iterationCounts

  async function unsealed(sealed: string): Promise<unknown> {
    for (const count of counts) {
      try {
        const session = await unseal(sealed, password, sealOptions(count, now()))
        counts = [count, ...iterationCounts.filter((other) => other !== count)]
        return session
      } catch {
        // Not by this count, or not at all.
      }
    }
    return null
  }

  async function open(sealed: string, fingerprint: string): Promise<Identity | null> {
    const identity = readSession(await unsealed(sealed), sealed, options)
    const time = now().getTime()
    const expiresAt = identity?.credential?.expiresAt ?? Number.POSITIVE_INFINITY
    const valid = expiresAt > time ? identity : null
    const until = time + rememberSecondsMax * 1000
    // What cannot be opened is remembered, too: it was the dearer to find out.
    remembered.set(fingerprint, valid, valid === null ? until : Math.min(until, expiresAt))
    return valid
  }

  return {
    async authenticate(request) {
      if (request.headers.has('authorization')) return null
      for (const sealed of cookieValues(request, cookieName)) {
        if (!sealed.startsWith('Fe26.2*') || sealed.length > cookieBytesMax) continue
        const fingerprint = hash('sha256', sealed, 'base64')
        const known = remembered.get(fingerprint, now().getTime())
        const identity = known === undefined ? await openOnce(sealed, fingerprint) : known
        if (identity !== null) return identity
      }
      return null
    },
  }

  /** A page asks for many things at once, with the same cookie. */
  function openOnce(sealed: string, fingerprint: string): Promise<Identity | null> {
    const begun = opening.get(fingerprint)
    if (begun !== undefined) return begun
    if (opening.size >= openingMax)
      throw new AuthenticationUnavailable('Too many sessions are opened at once.', 1)
    const opened = open(sealed, fingerprint).finally(() => opening.delete(fingerprint))
    opening.set(fingerprint, opened)
    return opened
  }
}

function sealOptions(iterations: number, time: Date): SealOptions {
  return {
    ...defaults,
    encryption: { ...defaults.encryption, iterations },
    integrity: { ...defaults.integrity, iterations },
    localtimeOffsetMsec: time.getTime() - Date.now(),
  }
}

function readSession(session: unknown, sealed: string, options: NuxtSessionOptions): Identity | null {
  const { tenantId = defaultTenantId, userPrefix = 'nuxt_', maxAgeSeconds } = options
  const { id, createdAt, data } = recordOf(session)
  if (!isId(id) || typeof createdAt !== 'number') return null
  const maxAgeEnd = maxAgeSeconds === undefined ? Number.POSITIVE_INFINITY : createdAt + maxAgeSeconds * 1000
  const expiresAt = Math.min(sealEnd(sealed), maxAgeEnd)
  const credential = {
    carrier: 'cookie',
    names: [`session:${id}`],
    issuedAt: createdAt,
    expiresAt: expiresAt === Number.POSITIVE_INFINITY ? null : expiresAt,
  } as const
  const { user } = recordOf(data)
  if (user === undefined || user === null) {
    return { tenantId, userId: guestId(id), kind: 'guest', roles: [], credential }
  }
  const userId = `${userPrefix}${textOf(recordOf(user)['id'])}`
  // Signed in as somebody who cannot be named: nobody, and no guest either.
  if (textOf(recordOf(user)['id']) === '' || !isId(userId) || userId.startsWith(guestPrefix)) return null
  // Signing in fills the session in and leaves it its id.
  return { tenantId, userId, kind: 'user', roles: [], credential, formerGuestId: guestId(id) }
}

function guestId(sessionId: string): string {
  return `${guestPrefix}nuxt_${sessionId}`
}

/** GitHub's and many databases' ids are numbers. */
function textOf(id: unknown): string {
  if (typeof id === 'number') return Number.isSafeInteger(id) ? String(id) : ''
  return typeof id === 'string' ? id : ''
}

/** The end that was sealed in, which the seal has proved by now; with the minute that the seal is given. */
function sealEnd(sealed: string): number {
  const end = sealed.split('*')[5] ?? ''
  return end === '' ? Number.POSITIVE_INFINITY : Number(end) + defaults.timestampSkewSec * 1000
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
