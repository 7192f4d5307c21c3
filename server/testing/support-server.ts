/** The support door beside the rest of the product, all on one engine and one real socket. */
import type { Admission } from '../admission/admission.ts'
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
import type { Storage } from '../storage/open.ts'
import { createTestAdmission } from './test-admission.ts'
import { startTestServer } from './test-server.ts'
import type { TestServer } from './test-server.ts'

export interface SupportServerOptions {
  storage: Storage
  agent: Agent
  keeper: FileKeeper
  /** Default: one that counts in memory. */
  admission?: Admission
  /** What the door is to be otherwise. */
  changes?: Partial<SupportDoorOptions>
}

export interface SupportServer extends TestServer {
  /** Another one like it, for what is asked without a socket. */
  createDoor(): Door
  engine: Engine
  store: ConversationStore
  revocations: Revocations
  /** What broke behind the scenes. */
  failures: string[]
}

export async function startSupportServer(options: SupportServerOptions): Promise<SupportServer> {
  const { storage, agent, keeper, changes } = options
  const secret = createSecret()
  const revocations = createRevocations()
  const authentication = createAuthentication(
    [createBearerTokens({ secret }), createGuestCookies({ secret })],
    { revocations },
  )
  const { admission = createTestAdmission({ authentication }) } = options
  const failures: string[] = []
  const createDoor = (engine: Engine): Door =>
    createSupportDoor({
      store: storage.store,
      tickets: storage.tickets,
      waitingFiles: storage.waitingFiles,
      engine,
      keeper,
      now: () => new Date(),
      admission,
      onFailure: (event) => failures.push(event),
      ...changes,
    })
  const server = await startTestServer({
    storage,
    agent,
    secret,
    authentication,
    fileKeeper: keeper,
    doors: (engine) => [createDoor(engine)],
  })
  const { engine } = server.parley
  return {
    ...server,
    createDoor: () => createDoor(engine),
    engine,
    store: storage.store,
    revocations,
    failures,
  }
}
