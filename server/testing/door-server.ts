/** A test server whose doors are tables of routes, with all that stands before them: credentials, limits, framing. */
import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { createAdmission } from '../admission/admission.ts'
import type { Admission } from '../admission/admission.ts'
import { createGuestChats } from '../admission/guest-chats.ts'
import { createParley } from '../app.ts'
import { createAuthentication } from '../auth/authentication.ts'
import { createBearerTokens } from '../auth/bearer-tokens.ts'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import { createNuxtSession } from '../auth/nuxt-session.ts'
import { createRevocations } from '../auth/revocations.ts'
import type { Revocations } from '../auth/revocations.ts'
import { createSecret } from '../auth/secrets.ts'
import { createSessionCookies } from '../auth/session-cookies.ts'
import type { SessionCookies } from '../auth/session-cookies.ts'
import { createPageDoor } from '../contracts/page/routes.ts'
import type { Agent } from '../conversation/agent.ts'
import type { Engine } from '../engine/engine.ts'
import type { Door } from '../http/door.ts'
import { createFraming } from '../http/framing.ts'
import type { Framing } from '../http/framing.ts'
import { createFront } from '../http/front.ts'
import { listen } from '../http/listener.ts'
import type { StaticFiles } from '../http/static-files.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createMemoryLimits } from '../limits/memory.ts'
import type { Storage } from '../storage/open.ts'
import { silentLog } from './silent-log.ts'

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
  /** A page at `/`. */
  files?: StaticFiles
}

export interface DoorServerParts {
  engine: Engine
  admission: Admission
  framing: Framing
}

export interface DoorServer {
  url: string
  secret: string
  sessions: SessionCookies
  revocations: Revocations
  close(): Promise<void>
}

const drainMilliseconds = 200

export async function startDoorServer(options: DoorServerOptions): Promise<DoorServer> {
  const { storage, agent, secret = createSecret(), isSecure = false, nuxtPassword } = options
  const now = (): Date => new Date()
  const framing = createFraming(options)
  const cookies = { secret, isSecure, isFramed: framing.isFramed }
  const guests = createGuestCookies(cookies)
  const sessions = createSessionCookies(cookies)
  const revocations = createRevocations()
  const nuxt = nuxtPassword === undefined ? [] : [createNuxtSession({ password: nuxtPassword })]
  const authentication = createAuthentication([createBearerTokens({ secret }), sessions, ...nuxt, guests], {
    revocations,
  })
  const admission = createAdmission({
    authentication,
    limiter: createLimiter({ store: createMemoryLimits(), key: randomBytes(32) }),
    clientAddress: (socketAddress) => socketAddress ?? null,
    keepGuestChats: createGuestChats({ moves: storage.guestMoves, guests, now }),
    now,
  })
  const parley = createParley({ storage, agent, authentication, log: silentLog })
  const app = new Hono()
  for (const door of options.doors({ engine: parley.engine, admission, framing })) app.route('/', door.app)
  if (options.files !== undefined) {
    // Nobody becomes a guest by looking at it.
    const greet = async (): Promise<Record<string, string>> => ({})
    app.route('/', createPageDoor({ files: options.files, greet, frameAncestors: framing.frameAncestors }))
  }
  app.onError((error) => {
    throw error
  })
  await parley.start()
  const fetch = createFront((request, env) => app.fetch(request, env), { log: silentLog })
  const listener = await listen({ fetch, log: silentLog, port: 0 })
  return {
    url: listener.url,
    secret,
    sessions,
    revocations,
    async close() {
      await Promise.all([parley.close(), listener.drain(drainMilliseconds)])
    },
  }
}
