/** A server with the platform's door and the door of sessions beside the ChatKit door, whose clock a test sets. */
import OpenAI from 'openai'
import { createSessions } from '../assembly/create-sessions.ts'
import { createApiKeyAuthenticator, createApiKeys } from '../auth/api-keys.ts'
import type { ApiKeys, NewApiKey } from '../auth/api-keys.ts'
import { createAuthentication } from '../auth/authentication.ts'
import { createBearerTokens } from '../auth/bearer-tokens.ts'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import { keyScopes } from '../auth/permissions.ts'
import { createRevocations } from '../auth/revocations.ts'
import { createPlatformDoor } from '../contracts/platform/routes.ts'
import type { Agent } from '../conversation/agent.ts'
import type { FileKeeper } from '../files/keeper.ts'
import { createClientAddress } from '../limits/addresses.ts'
import type { Log } from '../logging.ts'
import { readConfiguration } from '../settings/configuration.ts'
import type { Storage } from '../storage/open.ts'
import { createTestAdmission } from './test-admission.ts'
import { startTestServer } from './test-server.ts'

export interface PlatformServerOptions {
  storage: Storage
  secret: string
  agent: Agent
  clock: { now: Date }
  workflowId?: string
  /** Other sites whose pages may ask with a session's secret. */
  allowedOrigins?: readonly string[]
  fileKeeper?: FileKeeper
  log?: Log
}

export interface PlatformServer {
  url: string
  keys: ApiKeys
  /** OpenAI's own client, with a new key that may everything. */
  client(key?: Partial<NewApiKey>): Promise<OpenAI>
  close(): Promise<void>
}

export async function startPlatformServer(options: PlatformServerOptions): Promise<PlatformServer> {
  const { storage, secret, agent, clock, workflowId = null, allowedOrigins = [], fileKeeper, log } = options
  const now = (): Date => clock.now
  const revocations = createRevocations({ source: storage.revocations, now })
  const keys = createApiKeys({ records: storage.apiKeys, revocations, now })
  const { settings } = readConfiguration({
    ...(workflowId === null ? {} : { CHATKIT_WORKFLOW_ID: workflowId }),
    PARLEY_CHATKIT_ORIGINS: allowedOrigins.join(','),
    PARLEY_CHATKIT_AGENT: 'support',
  })
  const sessions = await createSessions(settings, { secret, storage, revocations, now })
  const authentication = createAuthentication(
    [
      sessions.tokens,
      createApiKeyAuthenticator({ records: storage.apiKeys, now }),
      createBearerTokens({ secret }),
      createGuestCookies({ secret }),
    ],
    { revocations, now },
  )
  const clientAddress = createClientAddress({ trustedProxies: ['127.0.0.0/8', '::1'] })
  const admission = createTestAdmission({ authentication, clientAddress, now })
  await revocations.start()
  const server = await startTestServer({
    storage,
    agent,
    secret,
    authentication,
    now,
    runMetadata: sessions.runMetadata,
    sessionAllowances: sessions.allowances,
    chatkitOrigins: allowedOrigins,
    doors: () => [
      sessions.door(admission),
      createPlatformDoor({
        admission,
        sessions: sessions.keeper,
        threads: storage.tenantThreads,
        store: storage.store,
        workflowId,
        now,
      }),
    ],
    ...(fileKeeper === undefined ? {} : { fileKeeper }),
    ...(log === undefined ? {} : { log }),
  })
  return {
    url: server.url,
    keys,
    async client(key = {}) {
      const { token } = await keys.create({ tenantId: 'default', name: 'test', scopes: keyScopes, ...key })
      return createPlatformClient(server.url, token)
    },
    async close() {
      await server.close()
      await revocations.close()
    },
  }
}

export function createPlatformClient(url: string, apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 })
}
