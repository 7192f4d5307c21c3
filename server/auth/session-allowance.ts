/** What the server that made a session has allowed it, beside talking: OpenAI's `chatkit_configuration`. */
import type { Identity } from './identity.ts'

export interface SessionAllowance {
  /** Null: no files. */
  files: { bytesMax: number; filesMax: number } | null
  /** Of how many of its user's newest threads it is told. Null: of all. */
  threadsMax: number | null
  /** Whether threads get titles that nobody has given them. */
  titles: boolean
}

/** Undefined for whoever shows something else than the secret of a session that a server has made: they may all there is. */
export type SessionAllowances = (identity: Identity) => Promise<SessionAllowance> | undefined

/** Whether what was shown is the secret of a session that a server has made, with limits of its own. */
export function isMadeSession({ sessionId, requestsPerMinute }: Identity): boolean {
  return sessionId !== undefined && requestsPerMinute !== undefined
}
