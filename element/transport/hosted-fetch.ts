/**
 * `fetch` for those who are known by the secret of a session.
 *
 *   request ─▶ secret there, and good for a while? ─no─▶ getClientSecret(the old one, or null)
 *                 │                                            │
 *                 ▼                                            ▼
 *              Authorization: Bearer ──▶ 401? ─▶ a new secret, once ──▶ the same request again
 */
import type { ChatOptions, HostedApi } from '../options.ts'
import { TransportError } from './errors.ts'

export interface HostedFetchParts {
  /** As the options have it now. */
  getClientSecret(current: string | null): ReturnType<HostedApi['getClientSecret']>
  fetch: typeof globalThis.fetch
  now: () => Date
  /** The session goes without something else than before. */
  onChange(): void
}

export interface HostedFetch {
  fetch: typeof globalThis.fetch
  /** Asks for the secret before anything needs it, so that the page knows its session from the beginning. */
  prepare(): Promise<void>
  /** The page's options without what the session goes without; the same object for the same options. */
  shown(options: ChatOptions): ChatOptions
}

/** So long before its end a secret is renewed. */
const renewAheadMilliseconds = 60_000
/** What a server of ours says of the secret that it was shown: how long it will still be good, in seconds. */
const expiresInHeader = 'parley-session-expires-in'
/** And what its session goes without: `files, history`. */
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
  let without = ''
  let last: { of: ChatOptions; shown: ChatOptions } | null = null

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

  /** Keeps what the reply says about the secret that was shown for it. */
  function learned({ headers }: Response, from: Secret): void {
    const seconds = Number(headers.get(expiresInHeader) ?? Number.NaN)
    if (!Number.isFinite(seconds)) return
    from.expiresAt = parts.now().getTime() + seconds * 1000
    const next = headers.get(withoutHeader) ?? ''
    if (next === without) return
    without = next
    last = null
    parts.onChange()
  }

  async function ask(shown: Secret, ...request: Parameters<typeof globalThis.fetch>): Promise<Response> {
    const response = await send(parts, shown, ...request)
    if (response.status !== 401) learned(response, shown)
    return response
  }

  return {
    async fetch(input, init) {
      const current = secret === null || isDue(secret) ? await renew() : secret
      const response = await ask(current, input, init)
      if (response.status !== 401) return response
      // Somebody else may have renewed it while this one was on its way.
      const newest = secret ?? current
      const fresh = newest.text === current.text ? await renew() : newest
      return ask(fresh, input, init)
    },
    async prepare() {
      if (secret === null) await renew()
    },
    shown(of) {
      if (last?.of !== of) last = { of, shown: optionsWithout(of, without) }
      return last.shown
    },
  }
}

/** No button is shown for what the server would refuse. */
function optionsWithout(options: ChatOptions, without: string): ChatOptions {
  const { composer, history } = options
  return {
    ...options,
    ...(without.includes('history') ? { history: { ...history, enabled: false } } : {}),
    ...(without.includes('files')
      ? { composer: { ...composer, attachments: { ...composer?.attachments, enabled: false } } }
      : {}),
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
  init: RequestInit = {},
): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('Authorization', `Bearer ${text}`)
  return parts.fetch(input, { ...init, headers })
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
