/**
 * The tokens of ChatKit sessions: `sk_chatkit_<session>.<generation>.<mac>`. The session's id and the token's generation with
 * their HMAC-SHA-256 under the server's key, so that the same token can be given twice and yet none is kept anywhere.
 *
 *   Authorization: Bearer ─▶ mac right? ─▶ session, by its id ─▶ active, and of a generation that counts? ─▶ Identity
 *                                ╰─ remembered for a minute at most, and asked about revocations every time ─╯
 */
import { createHmac, createSecretKey, hash, timingSafeEqual } from 'node:crypto'
import type { SessionRecords, SessionStanding } from './chatkit-sessions.ts'
import { guestPrefix } from './identity.ts'
import type { Authenticator, Identity } from './identity.ts'
import { createMemory } from './memory.ts'
import { deriveKey } from './secrets.ts'
import { sessionTimesDefault, tokenGoodUntil } from './session-rules.ts'
import type { SessionTimes } from './session-rules.ts'
import { bearerToken, rememberSecondsMax, rememberedMax } from './tokens.ts'

const tokenPrefix = 'sk_chatkit_'
const idPrefix = 'sess_'
const tokenPattern = /^sk_chatkit_([0-9a-z]{26})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/

export interface SessionTokens {
  mint(sessionId: string, generation: number): string
  /** What a token says, when it is ours. */
  read(token: string): { sessionId: string; generation: number } | null
  /** A name for a text that tells nobody what the text is. */
  pseudonym(text: string): string
}

/** The secret has at least 32 bytes. */
export function createSessionTokens(secret: string): SessionTokens {
  const key = createSecretKey(deriveKey(secret, 'session-token'))
  const mac = (text: string): string => createHmac('sha256', key).update(text).digest('base64url')
  const signed = (id: string, generation: string): string => mac(`token ${id}.${generation}`)
  return {
    mint(sessionId, generation) {
      const id = sessionId.slice(idPrefix.length)
      return `${tokenPrefix}${id}.${generation}.${signed(id, String(generation))}`
    },
    read(token) {
      const [, id, generation, given] = tokenPattern.exec(token) ?? []
      if (id === undefined || generation === undefined || given === undefined) return null
      // As text, so that a token has one spelling.
      if (!timingSafeEqual(Buffer.from(signed(id, generation)), Buffer.from(given))) return null
      return { sessionId: `${idPrefix}${id}`, generation: Number(generation) }
    },
    pseudonym: (text) => mac(`name ${text}`).slice(0, 22),
  }
}

/** As the table has it. */
export function sessionTokenHash(token: string): string {
  return hash('sha256', token, 'hex')
}

/** What a session can be taken back by. */
export function sessionName(sessionId: string): string {
  return `session:${sessionId}`
}

/** Somebody who shows a session's token: its user, with no more rights than any user has. */
export function sessionIdentity(session: SessionStanding, issuedAt: Date, expiresAt: Date): Identity {
  const { id, tenantId, userId, requestsPerMinute } = session
  return {
    tenantId,
    userId,
    kind: userId.startsWith(guestPrefix) ? 'guest' : 'user',
    roles: [],
    sessionId: id,
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    credential: {
      carrier: 'token',
      names: [sessionName(id)],
      issuedAt: issuedAt.getTime(),
      expiresAt: expiresAt.getTime(),
      // Whoever made it has said how long it lives.
      ...(requestsPerMinute === undefined ? {} : { endsStreams: true }),
    },
  }
}

export interface SessionTokenOptions {
  /** At least 32 bytes. */
  secret: string
  records: Pick<SessionRecords, 'lookUp'>
  /** Whether a token may be shown by the page that asks. Default: by any. */
  mayShow?: (request: Request) => boolean
  times?: SessionTimes
  now?: () => Date
}

/** Reads `Authorization: Bearer sk_chatkit_…`; every other token is left to the next authenticator. */
export function createSessionAuthenticator(options: SessionTokenOptions): Authenticator {
  const {
    secret,
    records,
    mayShow = () => true,
    times = sessionTimesDefault,
    now = () => new Date(),
  } = options
  const tokens = createSessionTokens(secret)
  const remembered = createMemory<Identity>(rememberedMax)

  async function identify(token: string, time: Date): Promise<{ identity: Identity; until: Date } | null> {
    const said = tokens.read(token)
    const session = said === null ? null : await records.lookUp(said.sessionId)
    if (said === null || session === null) return null
    const until = tokenGoodUntil(session, said.generation, time, times)
    if (until === null) return null
    // When an older one was made, nobody knows any more.
    const issuedAt = said.generation === session.generation ? session.rotatedAt : session.createdAt
    return { identity: sessionIdentity(session, issuedAt, until), until }
  }

  return {
    async authenticate(request) {
      const token = bearerToken(request)
      if (token === null || !token.startsWith(tokenPrefix)) return null
      if (!mayShow(request)) return 'rejected'
      const fingerprint = hash('sha256', token, 'base64')
      const time = now()
      const known = remembered.get(fingerprint, time.getTime())
      if (known !== undefined) return known
      const found = await identify(token, time)
      if (found === null) return 'rejected'
      // No longer than the grace of a token that was replaced meanwhile, in whatever process.
      const memorySeconds = Math.min(rememberSecondsMax, times.graceSeconds)
      const until = Math.min(found.until.getTime(), time.getTime() + memorySeconds * 1_000)
      remembered.set(fingerprint, found.identity, until)
      return found.identity
    },
  }
}
