/** A server with every door that streams, whose clock stands still. */
import { createSessions } from '../../assembly/create-sessions.ts'
import { createAuthentication } from '../../auth/authentication.ts'
import { createBearerTokens } from '../../auth/bearer-tokens.ts'
import type { Revocations } from '../../auth/revocations.ts'
import { createChatsDoor } from '../../contracts/chats/routes.ts'
import { createRespondDoor } from '../../contracts/respond/routes.ts'
import { createSupportDoor } from '../../contracts/support/routes.ts'
import type { Agent } from '../../conversation/agent.ts'
import type { AttachmentUploads } from '../../conversation/attachments.ts'
import type { FileKeeper } from '../../files/keeper.ts'
import { createFraming } from '../../http/framing.ts'
import { readConfiguration } from '../../settings/configuration.ts'
import type { Storage } from '../../storage/open.ts'
import { createTestAdmission } from '../test-admission.ts'
import { startTestServer } from '../test-server.ts'
import type { TestServer } from '../test-server.ts'

export interface DoorsOptions {
  storage: Storage
  keeper: FileKeeper
  agent: Agent
  secret: string
  revocations: Revocations
  now(): Date
}

/** They promise an address and keep nothing. */
const uploads: AttachmentUploads = {
  async prepare() {
    const uploadDescriptor = { url: 'https://files.example.org/upload', method: 'PUT' as const, headers: {} }
    return { uploadDescriptor, previewUrl: 'https://files.example.org/preview' }
  },
  async remove() {},
}

export async function serveDoors(options: DoorsOptions): Promise<TestServer> {
  const { storage, keeper, agent, secret, revocations, now } = options
  const { settings } = readConfiguration({ CHATKIT_WORKFLOW_ID: 'tutor' })
  const sessions = await createSessions(settings, { secret, storage, revocations, now })
  const authentication = createAuthentication([sessions.tokens, createBearerTokens({ secret })], {
    revocations,
    now,
  })
  return startTestServer({
    storage,
    agent,
    secret,
    authentication,
    now,
    uploads,
    runMetadata: sessions.runMetadata,
    sessionAllowances: sessions.allowances,
    doors: (engine) => {
      const admission = createTestAdmission({ authentication, now })
      const { store, tickets, waitingFiles } = storage
      const common = { engine, store, admission, now, onFailure: () => {} }
      return [
        sessions.door(admission),
        createSupportDoor({ ...common, tickets, waitingFiles, keeper }),
        createRespondDoor({ ...common, allowedOrigins: [] }),
        createChatsDoor({ ...common, framing: createFraming({}) }),
      ]
    },
  })
}
