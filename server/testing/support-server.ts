/** The support door beside the rest of the product, all on one engine and one real socket. */
import { Hono } from 'hono'
import { createAdmission } from '../admission/admission.ts'
import type { Admission } from '../admission/admission.ts'
import { createParley } from '../app.ts'
import { createAuthentication } from '../auth/authentication.ts'
import { createBearerTokens } from '../auth/bearer-tokens.ts'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import { createRevocations } from '../auth/revocations.ts'
import type { Revocations } from '../auth/revocations.ts'
import { createSecret } from '../auth/secrets.ts'
import { createSupportDoor } from '../contracts/support/routes.ts'
import type { SupportDoorOptions } from '../contracts/support/routes.ts'
import type { Agent } from '../conversation/agent.ts'
import type { ConversationStore } from '../conversation/store.ts'
import type { Engine } from '../engine/engine.ts'
import type { FileKeeper } from '../files/keeper.ts'
import type { Door } from '../http/door.ts'
import { createFront } from '../http/front.ts'
import { listen } from '../http/listener.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createMemoryLimits } from '../limits/memory.ts'
import type { Storage } from '../storage/open.ts'
import { silentLog } from './silent-log.ts'

export interface SupportServerOptions {
  storage: Storage
  agent: Agent
  keeper: FileKeeper
  /** Default: one that counts in memory. */
  admission?: Admission
  /** What the door is to be otherwise. */
  changes?: Partial<SupportDoorOptions>
}

export interface SupportServer {
  url: string
  secret: string
  door: Door
  engine: Engine
  store: ConversationStore
  revocations: Revocations
  /** What broke behind the scenes. */
  failures: string[]
  /** Ends its runs and cuts off who is still there. The storage is the caller's. */
  close(): Promise<void>
}

const drainMilliseconds = 200

export async function startSupportServer(options: SupportServerOptions): Promise<SupportServer> {
  const { storage, agent, keeper } = options
  const secret = createSecret()
  const now = (): Date => new Date()
  const revocations = createRevocations()
  const authentication = createAuthentication(
    [createBearerTokens({ secret }), createGuestCookies({ secret })],
    {
      revocations,
    },
  )
  const parley = createParley({ storage, agent, authentication, fileKeeper: keeper, log: silentLog })
  const limiter = createLimiter({ store: createMemoryLimits(), key: new Uint8Array(32) })
  const { engine } = parley
  const failures: string[] = []
  const door = createSupportDoor({
    store: storage.store,
    tickets: storage.tickets,
    waitingFiles: storage.waitingFiles,
    engine,
    keeper,
    now,
    admission:
      options.admission ??
      createAdmission({ authentication, limiter, clientAddress: (address) => address ?? null, now }),
    onFailure: (event) => failures.push(event),
    ...options.changes,
  })
  const app = new Hono()
  app.route('/', door.app)
  app.onError((error) => {
    throw error
  })
  const front = createFront((request, bindings) => app.fetch(request, bindings), { log: silentLog })
  await parley.start()
  const listener = await listen({
    fetch: (request, bindings) =>
      new URL(request.url).pathname.startsWith('/api/chat/')
        ? front(request, bindings)
        : parley.fetch(request, bindings),
    log: silentLog,
    port: 0,
  })
  return {
    url: listener.url,
    secret,
    door,
    engine,
    store: storage.store,
    revocations,
    failures,
    async close() {
      await Promise.all([parley.close(), listener.drain(drainMilliseconds), limiter.close()])
    },
  }
}
