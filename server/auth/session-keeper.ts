/**
 * Gives ChatKit sessions out, renews them and takes them back.
 *
 *   open ─▶ hosted elsewhere? ─ yes ─▶ a session there ─╮
 *             ╰ no ──▶ a token of our own ──────────────┴─▶ one row for user, device and workflow ─▶ token
 */
import { SessionError } from './chatkit-sessions.ts'
import type {
  ChangedSession,
  ChatKitSession,
  SessionChange,
  SessionOwner,
  SessionPage,
  SessionPageRequest,
  SessionRecords,
} from './chatkit-sessions.ts'
import type { HostedSession, HostedSessions } from './hosted-sessions.ts'
import { defaultTenantId } from './identity.ts'
import type { Revocations } from './revocations.ts'
import { after, expiryOf, isDue, mayRotate, sessionTimesDefault, statusAt } from './session-rules.ts'
import type { SessionTimes } from './session-rules.ts'
import { createSessionTokens, sessionIdentity, sessionName, sessionTokenHash } from './session-tokens.ts'
import type { SessionTokens } from './session-tokens.ts'

/** What is asked of a session. What is left out stays as it was. */
export interface SessionWish {
  metadata?: Readonly<Record<string, unknown>>
  pageContext?: Readonly<Record<string, string>>
}

export interface NewSessionWish extends SessionWish {
  deviceId: string
  workflowId: string
}

/** What a server asks for one of its users. */
export interface MadeSessionWish {
  workflowId: string
  lifetimeSeconds: number
  requestsPerMinute: number
  /** All else that it says, as it is to come back. */
  terms: Readonly<Record<string, unknown>>
}

export interface GivenSession {
  session: ChatKitSession
  /** What a ChatKit client shows: its `client_secret`. */
  token: string
  outcome: 'created' | 'reused' | 'refreshed'
}

export interface SessionKeeper {
  /** A new session each time, that nobody can renew. Throws `wrong_state` for one too many. */
  make(owner: SessionOwner, wish: MadeSessionWish): Promise<GivenSession>
  /** One that was made, of whoever in the tenant. Throws `not_found`. */
  findMade(tenantId: string, sessionId: string): Promise<ChatKitSession>
  /** Its token, whether it still counts or not. */
  tokenOf(session: ChatKitSession): string
  /** The session of this user, device and workflow, new if there is none. Throws `wrong_state` for one too many. */
  open(owner: SessionOwner, wish: NewSessionWish): Promise<GivenSession>
  /** The same for a session that is known. Throws `not_found`, and `wrong_state` when it is over. */
  reopen(owner: SessionOwner, sessionId: string, wish: SessionWish): Promise<GivenSession>
  /** A new token, for a session that has run out as well. Throws `not_found`, and `wrong_state` when it is over for good. */
  refresh(owner: SessionOwner, sessionId: string): Promise<GivenSession>
  /** Throws `not_found`. */
  find(owner: SessionOwner, sessionId: string): Promise<ChatKitSession>
  page(owner: SessionOwner, request: Omit<SessionPageRequest, 'now'>): Promise<SessionPage>
  /** One, or all of the user's. When it resolves, their tokens count no more, here at once and elsewhere within a second. */
  revoke(owner: SessionOwner, sessionId: string | null): Promise<ChatKitSession[]>
  /** A device for somebody of whom nothing but an e-mail is said: the same for the same one, and tells it to nobody. */
  studentDevice(email: string): string
}

export interface SessionKeeperOptions {
  /** At least 32 bytes. */
  secret: string
  records: SessionRecords
  revocations: Pick<Revocations, 'revoke' | 'isRevoked'>
  /** Where the workflow runs. Null: here. */
  hosted?: HostedSessions | null
  times?: SessionTimes
  now?: () => Date
  /** A hosted session could not be cancelled; it ends by itself within minutes. */
  onFailure?: (event: string, fields: Record<string, unknown>) => void
}

/** Of one session, those that may still be good elsewhere. */
const hostedIdsMax = 20

export function createSessionKeeper(options: SessionKeeperOptions): SessionKeeper {
  const { records, revocations, hosted = null, times = sessionTimesDefault, now = () => new Date() } = options
  const tokens = createSessionTokens(options.secret)

  async function createHosted(
    owner: SessionOwner,
    workflowId: string,
    { pageContext }: SessionWish,
  ): Promise<HostedSession | null> {
    if (hosted === null) return null
    const stateVariables = pageContext === undefined ? {} : { stateVariables: pageContext }
    return hosted.create({ user: hostedUser(owner), workflowId, ...stateVariables })
  }

  async function open(owner: SessionOwner, wish: NewSessionWish): Promise<GivenSession> {
    const time = now()
    const minted = await createHosted(owner, wish.workflowId, wish)
    const mint = minterFor({ tokens, times, time, minted })
    const fresh = mint.first(owner, records.createId(), wish)
    const changed = await records.open(fresh, (found) => withWish(mint.again(found), wish))
    if (minted === null && changed.before !== null && isTakenBack(changed.session)) {
      // All that the user had was taken back, this session too: a token of it would not count.
      await records.revoke(owner, changed.session.id, time)
      const anew = await records.open(fresh, (found) => withWish(mint.again(found), wish))
      return given(anew, mint.tokenOf(anew.session))
    }
    return given(changed, mint.tokenOf(changed.session))
  }

  function isTakenBack(session: ChatKitSession): boolean {
    return revocations.isRevoked(sessionIdentity(session, session.rotatedAt, session.expiresAt))
  }

  /** @param isAsked Whether a new token is asked for, or only when the old one is about to end. */
  async function renew(
    owner: SessionOwner,
    sessionId: string,
    wish: SessionWish,
    isAsked: boolean,
  ): Promise<GivenSession> {
    const time = now()
    const known = await records.find(owner, sessionId)
    if (isTakenBack(known)) throw new SessionError('wrong_state', 'The session was revoked.')
    const rotates = (session: ChatKitSession): boolean =>
      mayRotate(session, time, times) &&
      (isAsked || statusAt(session, time) === 'expired' || isDue(session, time, times))
    const isWorthwhile = rotates(known) || hosted !== null
    const minted = isWorthwhile ? await createHosted(owner, known.workflowId, wish) : null
    const mint = minterFor({ tokens, times, time, minted })
    const change: SessionChange = (session) =>
      withWish(rotates(session) || minted !== null ? mint.next(session) : session, wish)
    const changed = await records.change(owner, sessionId, change)
    return given(changed, mint.tokenOf(changed.session))
  }

  return {
    open,
    ...createMaking(tokens, options),
    reopen: (owner, sessionId, wish) => renew(owner, sessionId, wish, false),
    refresh: (owner, sessionId) => renew(owner, sessionId, {}, true),
    find: (owner, sessionId) => records.find(owner, sessionId),
    page: (owner, request) => records.page(owner, { ...request, now: now() }),
    async revoke(owner, sessionId) {
      const time = now()
      const ended = await records.revoke(owner, sessionId, time)
      await Promise.all(
        ended.map(({ id, expiresAt }) =>
          revocations.revoke({
            tenantId: owner.tenantId,
            userId: owner.userId,
            name: sessionName(id),
            at: time,
            until: after(expiresAt, times.graceSeconds),
          }),
        ),
      )
      if (hosted !== null) await cancelHosted(hosted, ended, options.onFailure)
      return ended
    },
    studentDevice: (email) => `student_${tokens.pseudonym(email.toLowerCase())}`,
  }
}

/** For servers: their sessions are ours, wherever workflows are hosted. */
function createMaking(
  tokens: SessionTokens,
  { records, now = () => new Date() }: SessionKeeperOptions,
): Pick<SessionKeeper, 'make' | 'findMade' | 'tokenOf'> {
  return {
    async make(owner, { workflowId, lifetimeSeconds, requestsPerMinute, terms }) {
      const [id, time] = [records.createId(), now()]
      const token = tokens.mint(id, 1)
      const changed = await records.open(
        {
          ...owner,
          id,
          // One of its own, so that it is a session of its own.
          deviceId: `platform_${id}`,
          workflowId,
          status: 'active',
          generation: 1,
          tokenHash: sessionTokenHash(token),
          metadata: {},
          pageContext: {},
          hostedIds: [],
          createdAt: time,
          rotatedAt: time,
          expiresAt: after(time, lifetimeSeconds),
          requestsPerMinute,
          terms,
        },
        (found) => found,
      )
      return { session: changed.session, token, outcome: 'created' }
    },
    async findMade(tenantId, sessionId) {
      const standing = await records.lookUp(sessionId)
      const isTheirs = standing?.tenantId === tenantId && standing.requestsPerMinute !== undefined
      if (!isTheirs) throw new SessionError('not_found', 'There is no such session.')
      return records.find(standing, sessionId)
    },
    tokenOf: ({ id, generation }) => tokens.mint(id, generation),
  }
}

async function cancelHosted(
  hosted: HostedSessions,
  ended: readonly ChatKitSession[],
  onFailure: SessionKeeperOptions['onFailure'],
): Promise<void> {
  const ids = ended.flatMap(({ hostedIds }) => hostedIds)
  const outcomes = await Promise.allSettled(ids.map((id) => hosted.cancel(id)))
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') onFailure?.('hosted-session-not-cancelled', { error: outcome.reason })
  }
}

/** What the user is called elsewhere. In the default tenant by the id alone, so that whoever moves here finds what they had. */
function hostedUser({ tenantId, userId }: SessionOwner): string {
  return tenantId === defaultTenantId ? userId : `${tenantId} ${userId}`
}

interface Minter {
  first(owner: SessionOwner, id: string, wish: NewSessionWish): ChatKitSession
  /** For whoever asks for a session that is there: renewed when it is time. */
  again(session: ChatKitSession): ChatKitSession
  /** With a new token. */
  next(session: ChatKitSession): ChatKitSession
  tokenOf(session: ChatKitSession): string
}

interface MinterParts {
  tokens: SessionTokens
  times: SessionTimes
  time: Date
  minted: HostedSession | null
}

function minterFor({ tokens, times, time, minted }: MinterParts): Minter {
  let last = { id: '', generation: 0, token: '' }
  const tokenOf = ({ id, generation }: Pick<ChatKitSession, 'id' | 'generation'>): string => {
    if (minted !== null) return minted.clientSecret
    // Asked for twice: for its hash, and to be handed over.
    if (last.id !== id || last.generation !== generation) {
      last = { id, generation, token: tokens.mint(id, generation) }
    }
    return last.token
  }
  const expiry = (createdAt: Date): Date =>
    minted === null ? expiryOf(createdAt, time, times) : minted.expiresAt

  function next(session: ChatKitSession): ChatKitSession {
    const generation = session.generation + 1
    return {
      ...session,
      status: 'active',
      generation,
      tokenHash: sessionTokenHash(tokenOf({ id: session.id, generation })),
      hostedIds: [...session.hostedIds, ...idsOf(minted)].slice(-hostedIdsMax),
      rotatedAt: time,
      expiresAt: expiry(session.createdAt),
    }
  }

  return {
    tokenOf,
    next,
    again: (session) => (minted !== null || isDue(session, time, times) ? next(session) : session),
    first: (owner, id, { deviceId, workflowId, metadata = {}, pageContext = {} }) => ({
      ...owner,
      id,
      deviceId,
      workflowId,
      status: 'active',
      generation: 1,
      tokenHash: sessionTokenHash(tokenOf({ id, generation: 1 })),
      metadata,
      pageContext,
      hostedIds: idsOf(minted),
      createdAt: time,
      rotatedAt: time,
      expiresAt: expiry(time),
    }),
  }
}

function idsOf(minted: HostedSession | null): string[] {
  return minted === null ? [] : [minted.id]
}

function withWish(session: ChatKitSession, { metadata, pageContext }: SessionWish): ChatKitSession {
  if (metadata === undefined && pageContext === undefined) return session
  return {
    ...session,
    ...(metadata === undefined ? {} : { metadata }),
    ...(pageContext === undefined ? {} : { pageContext }),
  }
}

function given({ session, before }: ChangedSession, token: string): GivenSession {
  if (before === null) return { session, token, outcome: 'created' }
  return { session, token, outcome: before.generation === session.generation ? 'reused' : 'refreshed' }
}
