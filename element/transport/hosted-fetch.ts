/**
 * `fetch` for those who are known by the secret of a session.
 *
 *   request ─▶ secret there, and good for a while? ─no─▶ getClientSecret(the old one, or null)
 *                 │                                            │
 *                 ▼                                            ▼
 *              Authorization: Bearer ──▶ 401? ─▶ a new secret, once ──▶ the same request again
 */
import type { HostedApi } from '../options.ts'
import { TransportError } from './errors.ts'

export interface HostedFetchParts {
  /** As the options have it now. */
  getClientSecret(current: string | null): ReturnType<HostedApi['getClientSecret']>
  fetch: typeof globalThis.fetch
  now: () => Date
  /** What the session goes without, as each reply says: `files, history`; empty for nothing. */
  onWithout?(without: string): void
}

export interface HostedFetch {
  fetch: typeof globalThis.fetch
  /** Asks for the secret before anything needs it, so that the page knows its session from the beginning. */
  prepare(): Promise<void>
}

/** So long before its end a secret is renewed. */
const renewAheadMilliseconds = 60_000
/** What a server of ours says of the secret that it was shown: how long it will still be good, in seconds. */
const expiresInHeader = 'parley-session-expires-in'
const withoutHeader = 'parley-session-without'

interface Secret {
  text: string
  /** Milliseconds since the epoch, if it is known. */
  expiresAt: number | null
}

/** Several requests that wait for a secret wait for the same one. */
export function createHostedFetch(parts: HostedFetchParts): HostedFetch {
  let secret: Secret | null = null
  let renewing: Promise<Secret> | null = null

  function renew(): Promise<Secret> {
    renewing ??= askForSecret(parts, secret?.text ?? null)
      .then((fresh) => {
        secret = fresh
        return fresh
      })
      .finally(() => {
        renewing = null
      })
    return renewing
  }

  const isDue = ({ expiresAt }: Secret): boolean =>
    expiresAt !== null && expiresAt - renewAheadMilliseconds <= parts.now().getTime()

  return {
    async fetch(input, init = {}) {
      const current = secret === null || isDue(secret) ? await renew() : secret
      const response = await send(parts, current, input, init)
      if (response.status !== 401) return learned(response, current, parts)
      // Somebody else may have renewed it while this one was on its way.
      const newest = secret ?? current
      const fresh = newest.text === current.text ? await renew() : newest
      return learned(await send(parts, fresh, input, init), fresh, parts)
    },
    async prepare() {
      if (secret === null) await renew()
    },
  }
}

async function askForSecret({ getClientSecret }: HostedFetchParts, current: string | null): Promise<Secret> {
  let text: unknown
  try {
    text = await getClientSecret(current)
  } catch (cause) {
    throw new TransportError('refused', { status: 401, cause })
  }
  if (typeof text !== 'string' || text === '') {
    const cause = new TypeError('getClientSecret must give the secret of a session, as text.')
    throw new TransportError('refused', { status: 401, cause })
  }
  return { text, expiresAt: expiryOf(text) }
}

function send(
  parts: HostedFetchParts,
  { text }: Secret,
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit,
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('Authorization', `Bearer ${text}`)
  return parts.fetch(input, { ...init, headers })
}

/** Keeps what the reply says about the secret that was shown for it. */
function learned(response: Response, shown: Secret, { now, onWithout }: HostedFetchParts): Response {
  const seconds = Number(response.headers.get(expiresInHeader) ?? Number.NaN)
  if (!Number.isFinite(seconds)) return response
  shown.expiresAt = now().getTime() + seconds * 1000
  onWithout?.(response.headers.get(withoutHeader) ?? '')
  return response
}

/** When a JWT ends; null for anything else. */
function expiryOf(secret: string): number | null {
  const [, claims, signature] = secret.split('.')
  if (claims === undefined || signature === undefined) return null
  try {
    const text = atob(claims.replaceAll('-', '+').replaceAll('_', '/'))
    const parsed: unknown = JSON.parse(text)
    const exp: unknown =
      typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'exp') : undefined
    return typeof exp === 'number' ? exp * 1000 : null
  } catch {
    return null
  }
}
