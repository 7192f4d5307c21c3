/**
 * When a session and its tokens count.
 *
 *   created ──── 23 h ────▶ asked for again: the same token ─── last hour ──▶ a new token, 24 h more ── … 30 days ─▶ over
 *                                                     the token before it: 60 s more
 *   nobody asks for 24 h ─▶ expired          taken back ─▶ revoked, for good
 */
import type { ChatKitSession, SessionStanding, SessionStatus } from './chatkit-sessions.ts'
import { SessionError } from './chatkit-sessions.ts'

export interface SessionTimes {
  /** How long a session lives without being asked for. */
  lifetimeSeconds: number
  /** With less than this left, whoever asks for it gets a new token. */
  renewSeconds: number
  /** How long the token before the one in force is good. */
  graceSeconds: number
  /** How long a session can be renewed. */
  absoluteSeconds: number
}

export const sessionTimesDefault: SessionTimes = {
  lifetimeSeconds: 86_400,
  renewSeconds: 3_600,
  graceSeconds: 60,
  absoluteSeconds: 30 * 86_400,
}

export function statusAt({ status, expiresAt }: SessionStanding, now: Date): SessionStatus {
  return status === 'active' && expiresAt <= now ? 'expired' : status
}

/** Until when a token of this generation is good; null when it is not. */
export function tokenGoodUntil(
  session: SessionStanding,
  generation: number,
  now: Date,
  { graceSeconds }: SessionTimes,
): Date | null {
  if (statusAt(session, now) !== 'active') return null
  if (generation === session.generation) return session.expiresAt
  if (generation !== session.generation - 1) return null
  const graceEnd = after(session.rotatedAt, graceSeconds)
  if (graceEnd <= now) return null
  return graceEnd < session.expiresAt ? graceEnd : session.expiresAt
}

/** When a token that is made now ends. */
export function expiryOf(
  createdAt: Date,
  now: Date,
  { lifetimeSeconds, absoluteSeconds }: SessionTimes,
): Date {
  const [end, last] = [after(now, lifetimeSeconds), after(createdAt, absoluteSeconds)]
  return end < last ? end : last
}

/** Whether whoever asks for the session gets a new token: only when it would last longer. */
export function isDue(session: SessionStanding, now: Date, times: SessionTimes): boolean {
  if (after(now, times.renewSeconds) < session.expiresAt) return false
  return expiryOf(session.createdAt, now, times) > session.expiresAt
}

/**
 * Whether somebody who asks for a new token gets one. Not within the grace of the last: two tabs that ask at the same moment get
 * the same, and none is cut short. Throws `wrong_state` for a session that is over.
 */
export function mayRotate(session: ChatKitSession, now: Date, times: SessionTimes): boolean {
  const status = statusAt(session, now)
  if (status === 'revoked') throw new SessionError('wrong_state', 'The session was revoked.')
  if (session.requestsPerMinute !== undefined) {
    throw new SessionError('wrong_state', 'The session lives as long as the server has said that made it.')
  }
  if (expiryOf(session.createdAt, now, times) <= now) {
    throw new SessionError('wrong_state', 'The session has come to its end. Please create a new one.')
  }
  const isFresh = session.generation > 1 && after(session.rotatedAt, times.graceSeconds) > now
  return status === 'expired' || !isFresh
}

export function after(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1_000)
}
