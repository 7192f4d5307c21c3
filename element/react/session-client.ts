/**
 * A ChatKit session of the server's, for one page: created, renewed and taken back. Source of the requests:
 * `POST /api/chatkit/session`, `POST /api/chatkit/session/:id/refresh`, `POST /api/chatkit/revoke`.
 *
 *   create ─▶ session ─▶ refresh ─▶ session ─▶ revoke ─▶ none
 */

export interface ChatKitSession {
  /** `sess_…` */
  id: string
  /** What a ChatKit client shows: its client secret. */
  chatKitSessionId: string
  userId: string
  deviceId: string
  workflowId: string
  status: 'active' | 'expired' | 'revoked'
  createdAt: string
  /** ISO 8601. */
  expiresAt: string
  metadata: Record<string, unknown>
}

export interface SessionSnapshot {
  session: ChatKitSession | null
  /** Whether something is on its way to the server. */
  loading: boolean
  /** Why the last request failed, in the server's words. */
  error: Error | null
}

export interface SessionClientOptions {
  /** Where sessions are given out. Default `/api/chatkit`. */
  url?: string
  /** Whoever asks twice from one device gets one session. Default: the server gives this browser one. */
  deviceId?: string
  /** The app's own. It comes back with the session. */
  metadata?: Record<string, unknown>
  /** More headers for every request, for example a bearer token that is still good. */
  headers?: () => Record<string, string> | Promise<Record<string, string>>
  fetch?: typeof globalThis.fetch
}

/** More about the page, as the server takes it: `page_path`, `highlighted_text` and the like. */
export type SessionWish = Record<string, unknown>

export interface SessionClient {
  snapshot(): SessionSnapshot
  /** Calls back after every change. Returns what ends that. */
  subscribe(listener: () => void): () => void
  /** Creates a session, or gets the one there is. Rejects with why it cannot be had. */
  createSession(wish?: SessionWish): Promise<ChatKitSession>
  /** A new secret for the session, or a first session. */
  refresh(): Promise<ChatKitSession>
  /** Takes the session back: its secret counts no more. */
  revoke(): Promise<void>
  /** What `useChatKit` and `<ParleyChat>` take as `api.getClientSecret`. */
  getClientSecret(current: string | null): Promise<string>
}

/** What the server refused, with its status and its own words. */
export class SessionRequestError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'SessionRequestError'
    this.status = status
  }
}

const noSession: SessionSnapshot = { session: null, loading: false, error: null }

/** `options` are read anew for every request. */
export function createSessionClient(options: () => SessionClientOptions): SessionClient {
  let current = noSession
  const listeners = new Set<() => void>()
  /** Several who wait for a session wait for the same one. */
  let creating: Promise<ChatKitSession> | null = null

  function set(next: SessionSnapshot): void {
    current = next
    for (const listener of listeners) listener()
  }

  async function during<Value>(
    work: () => Promise<Value>,
    session: (value: Value) => ChatKitSession | null,
  ): Promise<Value> {
    set({ ...current, loading: true, error: null })
    try {
      const value = await work()
      set({ session: session(value), loading: false, error: null })
      return value
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      set({ ...current, loading: false, error })
      throw error
    }
  }

  const client: SessionClient = {
    snapshot: () => current,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    createSession(wish = {}) {
      const { deviceId, metadata } = options()
      creating ??= during(
        () => post(options(), '/session', { deviceId, metadata, ...wish }).then(readSession),
        (session) => session,
      ).finally(() => {
        creating = null
      })
      return creating
    },
    async refresh() {
      const { session } = current
      if (session === null) return client.createSession()
      const path = `/session/${encodeURIComponent(session.id)}/refresh`
      return during(
        () => post(options(), path, {}).then(readSession),
        (fresh) => fresh,
      )
    },
    async revoke() {
      const { session } = current
      if (session === null) return
      await during(
        () => post(options(), '/revoke', { sessionId: session.id }),
        () => null,
      )
    },
    async getClientSecret(secret) {
      const session = secret === null ? await client.createSession() : await client.refresh()
      return session.chatKitSessionId
    },
  }
  return client
}

async function post(
  { url = '/api/chatkit', headers, fetch = globalThis.fetch }: SessionClientOptions,
  path: string,
  body: unknown,
): Promise<unknown> {
  const response = await fetch(url + path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', ...(await headers?.()) },
    body: JSON.stringify(body),
  })
  const reply: unknown = await response.json().catch(() => undefined)
  if (response.ok) return reply
  const said = field(reply, 'message') ?? field(reply, 'error')
  throw new SessionRequestError(
    response.status,
    typeof said === 'string' ? said : `The server answered with ${response.status}.`,
  )
}

function readSession(reply: unknown): ChatKitSession {
  const session = field(reply, 'session')
  if (typeof field(session, 'id') !== 'string' || typeof field(session, 'chatKitSessionId') !== 'string') {
    throw new TypeError('The server gave no session.')
  }
  // The rest of its shape is the contract's.
  return session as ChatKitSession
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
