/** A server with the door of sessions beside the ChatKit door, whose clock a test sets, and whose callers say where they are. */
import { Hono } from 'hono'
import { createAdmission } from '../admission/admission.ts'
import { createParley } from '../app.ts'
import { createAuthentication } from '../auth/authentication.ts'
import { createBearerTokens, createToken } from '../auth/bearer-tokens.ts'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import type { HostedSessions } from '../auth/hosted-sessions.ts'
import { createRevocations } from '../auth/revocations.ts'
import type { Revocations } from '../auth/revocations.ts'
import { readConfiguration } from '../configuration.ts'
import type { Agent } from '../conversation/agent.ts'
import { createSessions } from '../create-sessions.ts'
import { createFront } from '../http/front.ts'
import { listen } from '../http/listener.ts'
import { createClientAddress } from '../limits/addresses.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createMemoryLimits } from '../limits/memory.ts'
import type { Log } from '../logging.ts'
import type { Storage } from '../storage/open.ts'
import { silentLog } from './silent-log.ts'

const drainMilliseconds = 200

export interface SessionServerOptions {
  storage: Storage
  secret: string
  agent: Agent
  clock: { now: Date }
  workflowId?: string | null
  hosted?: HostedSessions
  allowedOrigins?: readonly string[]
  guests?: boolean
  log?: Log
}

export interface SessionServer {
  url: string
  revocations: Revocations
  close(): Promise<void>
}

export async function startSessionServer(options: SessionServerOptions): Promise<SessionServer> {
  const { storage, secret, agent, clock, workflowId = 'tutor', allowedOrigins = [], guests = true } = options
  const now = (): Date => clock.now
  const revocations = createRevocations({ source: storage.revocations, now })
  const { settings } = readConfiguration({
    CHATKIT_WORKFLOW_ID: workflowId ?? '',
    PARLEY_CHATKIT_ORIGINS: allowedOrigins.join(','),
    PARLEY_CHATKIT_AGENT: 'assistant',
  })
  const { hosted, log = silentLog } = options
  const sessions = await createSessions(settings, {
    secret,
    storage,
    revocations,
    now,
    ...(hosted === undefined ? {} : { hosted }),
  })
  const authentication = createAuthentication(
    [sessions.tokens, createBearerTokens({ secret }), ...(guests ? [createGuestCookies({ secret })] : [])],
    { revocations, now },
  )
  const limiter = createLimiter({ store: createMemoryLimits(), key: new Uint8Array(32) })
  const admission = createAdmission({
    authentication,
    limiter,
    clientAddress: createClientAddress({ trustedProxies: ['127.0.0.0/8', '::1'] }),
    now,
  })
  await revocations.start()
  const parley = createParley({
    storage,
    agent,
    authentication,
    now,
    log,
    chatkitOrigins: allowedOrigins,
    runMetadata: sessions.runMetadata,
  })
  const door = sessions.door(admission)
  const app = new Hono().route('/', door.app)
  app.onError((error) => {
    throw error
  })
  const front = createFront((request, bindings) => app.fetch(request, bindings), { log })
  await parley.start()
  const listener = await listen({
    fetch: (request, bindings) =>
      new URL(request.url).pathname.startsWith('/api/chatkit/')
        ? front(request, bindings)
        : parley.fetch(request, bindings),
    log: silentLog,
    port: 0,
  })
  return {
    url: listener.url,
    revocations,
    async close() {
      await Promise.all([parley.close(), listener.drain(drainMilliseconds), limiter.close()])
      await revocations.close()
    },
  }
}

/** Somebody who asks a server, from an address of their own. */
export interface Visitor {
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface Answer {
  status: number
  // The shapes are what the tests are about.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any
  headers: Headers
}

let addresses = 0

export function createAddress(): string {
  addresses += 1
  return `203.0.${addresses >> 8}.${addresses & 255}`
}

export interface VisitorOptions {
  url: string
  /** Without one a visitor is a guest, who keeps the cookie. */
  token?: string
  address?: string
  headers?: Record<string, string>
}

export function createVisitor({
  url,
  token,
  address = createAddress(),
  headers: own = {},
}: VisitorOptions): Visitor {
  let cookie: string | undefined
  return {
    async ask(method, path, body, headers) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          'x-forwarded-for': address,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(cookie === undefined ? {} : { cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...own,
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const [set] = response.headers.getSetCookie()
      if (set !== undefined) cookie = set.split(';')[0]
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
    },
  }
}

let users = 0

/** A user whom no other test knows. */
export async function createSignedIn(
  url: string,
  secret: string,
  claims: { userId?: string; tenantId?: string; roles?: string[] } = {},
): Promise<Visitor & { userId: string; token: string }> {
  users += 1
  const { userId = `learner_${users}`, ...rest } = claims
  const token = await createToken({ secret }, { userId, ...rest })
  return { ...createVisitor({ url, token }), userId, token }
}
