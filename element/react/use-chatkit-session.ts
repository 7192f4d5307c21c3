import { useEffect, useState, useSyncExternalStore } from 'react'
import { createSessionClient } from './session-client.ts'
import type { SessionClient, SessionClientOptions, SessionSnapshot } from './session-client.ts'

export interface UseChatKitSessionOptions extends SessionClientOptions {
  /** Whether a session is created when the component appears. Default true. */
  automatic?: boolean
}

export type UseChatKitSessionReturn = SessionSnapshot &
  Pick<SessionClient, 'createSession' | 'refresh' | 'revoke' | 'getClientSecret'>

const serverSnapshot: SessionSnapshot = { session: null, loading: false, error: null }

/** The session of the person who looks at the page. The functions stay the same for the life of the component. */
export function useChatKitSession(options: UseChatKitSessionOptions = {}): UseChatKitSessionReturn {
  const { automatic = true } = options
  const [held] = useState(() => {
    const latest = { options }
    return { latest, client: createSessionClient(() => latest.options) }
  })
  const { client, latest } = held
  useEffect(() => {
    latest.options = options
  })
  useEffect(() => {
    const { session, loading } = client.snapshot()
    // Why it cannot be had is in `error`.
    if (automatic && session === null && !loading) client.createSession().catch(() => undefined)
  }, [automatic, client])
  const snapshot = useSyncExternalStore(client.subscribe, client.snapshot, () => serverSnapshot)
  const { createSession, refresh, revoke, getClientSecret } = client
  return { ...snapshot, createSession, refresh, revoke, getClientSecret }
}
