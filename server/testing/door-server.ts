/** A test server with doors and all that stands before them: credentials of every kind, limits, framing. */
import { createGuestChats } from '../admission/guest-chats.ts'
import type { Admission } from '../admission/admission.ts'
import { createAuthentication } from '../auth/authentication.ts'
import { createBearerTokens } from '../auth/bearer-tokens.ts'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import { createNuxtSession } from '../auth/nuxt-session.ts'
import { createRevocations } from '../auth/revocations.ts'
import type { Revocations } from '../auth/revocations.ts'
import { createSecret } from '../auth/secrets.ts'
import { createSessionCookies } from '../auth/session-cookies.ts'
import type { SessionCookies } from '../auth/session-cookies.ts'
import type { Agent } from '../conversation/agent.ts'
import type { Engine } from '../engine/engine.ts'
import type { EngineTimings } from '../engine/options.ts'
import type { Door } from '../http/door.ts'
import { createFraming } from '../http/framing.ts'
import type { Framing } from '../http/framing.ts'
import { answerWithPage, pagePolicy } from '../http/pages.ts'
import type { StaticFiles } from '../http/static-files.ts'
import type { Storage } from '../storage/open.ts'
import { createTestAdmission } from './test-admission.ts'
import { startTestServer } from './test-server.ts'
import type { TestServer } from './test-server.ts'

export interface DoorServerOptions {
  storage: Storage
  agent: Agent
  doors(parts: DoorServerParts): Door[]
  secret?: string
  /** Whether somebody ends TLS before us. */
  isSecure?: boolean
  frameOrigins?: readonly string[]
  trustedOrigins?: readonly string[]
  nuxtPassword?: string
  /** A page at `/`: nobody becomes a guest by looking at it. */
  files?: StaticFiles
  timings?: Partial<EngineTimings>
}

export interface DoorServerParts {
  engine: Engine
  admission: Admission
  framing: Framing
}

export interface DoorServer extends TestServer {
  sessions: SessionCookies
  revocations: Revocations
}

export async function startDoorServer(options: DoorServerOptions): Promise<DoorServer> {
  const { storage, agent, secret = createSecret(), isSecure = false, nuxtPassword, files } = options
  const framing = createFraming(options)
  const cookies = { secret, isSecure, isFramed: framing.isFramed }
  const guests = createGuestCookies(cookies)
  const sessions = createSessionCookies(cookies)
  const revocations = createRevocations()
  const nuxt = nuxtPassword === undefined ? [] : [createNuxtSession({ password: nuxtPassword })]
  const authentication = createAuthentication([createBearerTokens({ secret }), sessions, ...nuxt, guests], {
    revocations,
  })
  const keepGuestChats = createGuestChats({ moves: storage.guestMoves, guests, now: () => new Date() })
  const admission = createTestAdmission({ authentication, keepGuestChats })
  const policy = pagePolicy({ frameAncestors: framing.frameAncestors })
  const server = await startTestServer({
    storage,
    agent,
    secret,
    authentication,
    doors: (engine) => options.doors({ engine, admission, framing }),
    ...(options.timings === undefined ? {} : { timings: options.timings }),
    ...(files === undefined ? {} : { files }),
    standIn: (request) =>
      files !== undefined && new URL(request.url).pathname === '/'
        ? answerWithPage(request, { files, path: '/index.html', policy })
        : null,
  })
  return { ...server, sessions, revocations }
}
