/**
 * ChatKit sessions: what contracts A and B hand to a browser, so that it can act for one user. `storage/chatkit-sessions.ts`
 * keeps them.
 */

export type SessionStatus = 'active' | 'expired' | 'revoked'

export interface SessionOwner {
  tenantId: string
  userId: string
}

/** What a token needs of its session to be judged. */
export interface SessionStanding extends SessionOwner {
  /** `sess_…` */
  id: string
  workflowId: string
  /** As it was last written down: one that is `active` may have run out since. */
  status: SessionStatus
  /** Of the token in force: 1 for the first, one more for each that took its place. */
  generation: number
  createdAt: Date
  /** When the token in force was made. */
  rotatedAt: Date
  expiresAt: Date
  /** Of a session that a server has made by the platform's door; absent for those that browsers ask for. */
  requestsPerMinute?: number
}

type FreeFields = Readonly<Record<string, unknown>>

export interface ChatKitSession extends SessionStanding {
  deviceId: string
  /** SHA-256 of the token in force, in hexadecimal. */
  tokenHash: string
  /** The app's own. */
  metadata: FreeFields
  /** Contract B's fields. Nobody has checked them. */
  pageContext: FreeFields
  /** What it is called where its workflow is hosted, the newest last. */
  hostedIds: readonly string[]
  /** What the server has said that made it by the platform's door: there exactly when `requestsPerMinute` is. */
  terms?: FreeFields
}

/** What a session that is locked is to become. The same object: nothing changes. It may be asked more than once. */
export type SessionChange = (session: ChatKitSession) => ChatKitSession

export interface ChangedSession {
  session: ChatKitSession
  /** As it was; null when it is new. */
  before: ChatKitSession | null
}

export interface SessionPageRequest {
  /** 1 to 100. */
  limit: number
  /** Behind the session with this id. One that is not in the list is `not_found`. */
  after?: string
  status?: SessionStatus
  now: Date
}

export interface SessionPage {
  /** The newest first. */
  sessions: ChatKitSession[]
  hasMore: boolean
}

/** Every method throws `not_found` for a session of somebody else, and for an id that is none of ours. */
export interface SessionRecords {
  createId(): string
  /**
   * The session of this user, device and workflow: the one there is, changed, or else this new one. However many ask at once,
   * there is one. Throws `wrong_state` when the user has too many.
   */
  open(fresh: ChatKitSession, change: SessionChange): Promise<ChangedSession>
  /** Throws `wrong_state` when it would be active beside another of its device and workflow. */
  change(owner: SessionOwner, sessionId: string, change: SessionChange): Promise<ChangedSession>
  find(owner: SessionOwner, sessionId: string): Promise<ChatKitSession>
  page(owner: SessionOwner, request: SessionPageRequest): Promise<SessionPage>
  /** One of the user's, or all; resolves with those that are revoked now and had not run out, and with the named one anyway. */
  revoke(owner: SessionOwner, sessionId: string | null, now: Date): Promise<ChatKitSession[]>
  /** Whoever's it is: for a token that shows nothing else. */
  lookUp(sessionId: string): Promise<SessionStanding | null>
}

/** What a person or a client can cause here. This room knows nobody, so the codes are those of `http/problem.ts`. */
export class SessionError extends Error {
  readonly code: 'wrong_state' | 'not_found' | 'unavailable'

  constructor(code: SessionError['code'], message: string) {
    super(message)
    this.name = 'SessionError'
    this.code = code
  }
}
