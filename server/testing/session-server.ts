/** A server with the door of sessions beside the ChatKit door, whose clock a test sets, and whose callers say where they are. */
import { createAuthentication } from '../auth/authentication.ts'
import { createBearerTokens, createToken } from '../auth/bearer-tokens.ts'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import type { HostedSessions } from '../auth/hosted-sessions.ts'
import { createRevocations } from '../auth/revocations.ts'
import type { Revocations } from '../auth/revocations.ts'
import { readConfiguration } from '../settings/configuration.ts'
import type { Agent } from '../conversation/agent.ts'
import { createSessions } from '../assembly/create-sessions.ts'
import { createClientAddress } from '../limits/addresses.ts'
import type { Log } from '../logging.ts'
import type { Storage } from '../storage/open.ts'
import { createTestAdmission } from './test-admission.ts'
import { startTestServer } from './test-server.ts'

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
  const { hosted, log } = options
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
  const clientAddress = createClientAddress({ trustedProxies: ['127.0.0.0/8', '::1'] })
  await revocations.start()
  const server = await startTestServer({
    storage,
    agent,
    secret,
    authentication,
    now,
    chatkitOrigins: allowedOrigins,
    runMetadata: sessions.runMetadata,
    doors: () => [sessions.door(createTestAdmission({ authentication, clientAddress, now }))],
    ...(log === undefined ? {} : { log }),
  })
  return {
    url: server.url,
    revocations,
    async close() {
      await server.close()
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
