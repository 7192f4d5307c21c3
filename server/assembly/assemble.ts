/**
 * The whole product, by its settings: who is let in, how much they may, which doors there are, and what stands behind them.
 * `main.ts` hands in what it has opened; tests hand in what they have.
 *
 *   settings ─┬─▶ sign-in, sessions, accounts ─▶ authentication ─┐
 *             ├─▶ limiter, addresses ────────────────────────────┴─▶ admission ─▶ doors ─▶ Parley
 *             └─▶ agents, files ─────────────────────────────────────────────────────────▶
 */
import type { Accounts } from '../accounts/accounts.ts'
import { createAdmission } from '../admission/admission.ts'
import type { Admission, AdmissionOptions, LimitRule } from '../admission/admission.ts'
import { createGuestChats } from '../admission/guest-chats.ts'
import type { KeepGuestChats } from '../admission/guest-chats.ts'
import { createAgents, createSwitchboard } from '../agents/agents.ts'
import type { Agents } from '../agents/agents.ts'
import { createParley } from '../app.ts'
import type { OwnLimits, Parley } from '../app.ts'
import { createApiKeyAuthenticator } from '../auth/api-keys.ts'
import { createGuestTokens } from '../auth/guest-tokens.ts'
import type { GuestTokens } from '../auth/guest-tokens.ts'
import type { Authentication, Authenticator } from '../auth/identity.ts'
import { createRevocations } from '../auth/revocations.ts'
import { deriveKey } from '../auth/secrets.ts'
import { createAccountsDoor } from '../contracts/accounts/routes.ts'
import { createChatsDoor } from '../contracts/chats/routes.ts'
import { createAttachmentUploads } from '../contracts/files/uploads.ts'
import { createPlatformDoor } from '../contracts/platform/routes.ts'
import { createRespondDoor } from '../contracts/respond/routes.ts'
import { createSupportDoor } from '../contracts/support/routes.ts'
import type { Model } from '../conversation/model.ts'
import type { Engine } from '../engine/engine.ts'
import type { FileKeeper } from '../files/keeper.ts'
import type { BlobStore } from '../files/store.ts'
import type { Door } from '../http/door.ts'
import { createFraming } from '../http/framing.ts'
import type { Framing } from '../http/framing.ts'
import type { HostNames } from '../http/origin.ts'
import type { StaticFiles } from '../http/static-files.ts'
import { createClientAddress } from '../limits/addresses.ts'
import { limitHeaderNames } from '../limits/headers.ts'
import type { Log } from '../logging.ts'
import type { Settings } from '../settings/configuration.ts'
import type { Storage } from '../storage/open.ts'
import { createAccounts, createOwnIssuer } from './create-accounts.ts'
import { createAssistantCloud } from './create-assistant-cloud.ts'
import { createForeignTokens, createSignIn } from './create-authentication.ts'
import { createFileKeeper, modelTakes } from './create-file-keeper.ts'
import { createLimiter } from './create-limiter.ts'
import { createSessions } from './create-sessions.ts'
import type { Sessions } from './create-sessions.ts'

/** The tokens of other issuers, ready before there is a database. */
export interface ForeignTokens {
  authenticator: Authenticator | null
  /** To be called once there are accounts of our own, which are an issuer, too. */
  accountsAre(accounts: Accounts | null): void
}

/** Throws, with a sentence that says what to set, when two issuers could vouch for the same user. */
export function readForeignTokens(settings: Settings, log: Log, now?: () => Date): ForeignTokens {
  let own: Accounts | null = null
  const onKeysFailure = (issuer: string, error: unknown): void => log.warn('issuer-keys', { issuer, error })
  const ownIssuer = createOwnIssuer(
    settings,
    () => own,
    (error) => onKeysFailure('accounts', error),
  )
  const clock = now === undefined ? {} : { now }
  return {
    authenticator: createForeignTokens(settings, { ownIssuer, onKeysFailure, ...clock }),
    accountsAre(accounts) {
      own = accounts
    },
  }
}

export interface AssemblyParts {
  /** At least 32 bytes. */
  secret: string
  storage: Storage
  blobs: BlobStore
  model: Model
  foreignTokens: ForeignTokens
  log: Log
  productVersion: string
  /** The built page and element; without them there is no page. */
  files?: StaticFiles
  /** Origins that are let in beside those of the settings: where pages are developed. */
  developmentOrigins?: readonly string[]
  now?: () => Date
}

/** To be closed before the storage. */
export async function assemble(settings: Settings, parts: AssemblyParts): Promise<Parley> {
  const { secret, storage, model, log, files, now = () => new Date() } = parts
  const onFailure = (event: string, fields: Record<string, unknown>): void => log.error(event, fields)
  const publicOrigins = settings.publicUrl === null ? [] : [settings.publicUrl]
  const trustedOrigins = [...settings.allowedOrigins, ...(parts.developmentOrigins ?? [])]
  const framing = createFraming({ frameOrigins: settings.frameOrigins, trustedOrigins })
  const common = { ...parts, now, onFailure, publicOrigins, trustedOrigins, framing }
  const entrance = await createEntrance(settings, common)
  const fileKeeper = createFileKeeper(settings, {
    records: storage.files,
    blobs: parts.blobs,
    key: deriveKey(secret, 'file-links'),
    onFailure,
    now,
  })
  const parley = createParley({
    storage,
    fileKeeper,
    agent: createSwitchboard(chooseAgents(settings, { model, storage, fileKeeper, log }), 'assistant'),
    authentication: entrance.authentication,
    runMetadata: entrance.sessions.runMetadata,
    sessionAllowances: entrance.sessions.allowances,
    chatkitOrigins: settings.chatkitOrigins,
    limits: ownLimits(settings),
    clientAddress: entrance.clientAddress,
    keepGuestChats: entrance.keepGuestChats,
    doors: (engine) => [
      ...entrance.doors(),
      ...conversationDoors(settings, { ...common, admission: entrance.admission, engine, fileKeeper }),
      createPlatform(settings, { ...common, entrance, fileKeeper }),
      createAssistantCloud(settings, { ...common, entrance, fileKeeper }),
    ],
    productVersion: parts.productVersion,
    frameAncestors: framing.frameAncestors,
    publicOrigins,
    hostNames: hostNames(settings),
    log,
    now,
    timings: { stopGraceSeconds: settings.stopGraceSeconds },
    ...(files === undefined ? {} : { files }),
  })
  return {
    ...parley,
    async start() {
      await Promise.all([parley.start(), entrance.start()])
    },
    async close() {
      await Promise.all([parley.close(), entrance.close()])
    },
  }
}

interface CommonParts extends AssemblyParts {
  publicOrigins: readonly string[]
  trustedOrigins: readonly string[]
  framing: Framing
  onFailure(event: string, fields: Record<string, unknown>): void
  now: () => Date
}

/** Who comes in, and how they get what they show. */
export interface Entrance {
  authentication: Authentication
  admission: Admission
  /** The same for who is known in another way. */
  admissionBy(authentication: Authentication): Admission
  /** Of guests of pages on other origins; null where guests are not let in. */
  guestTokens: GuestTokens | null
  clientAddress: AdmissionOptions['clientAddress']
  keepGuestChats: KeepGuestChats
  sessions: Sessions
  /** Where credentials are given out. */
  doors(): Door[]
  start(): Promise<void>
  close(): Promise<void>
}

async function createEntrance(settings: Settings, parts: CommonParts): Promise<Entrance> {
  const { secret, storage, foreignTokens, log, files, publicOrigins, framing, onFailure, now } = parts
  const revocations = createRevocations({ source: storage.revocations, now })
  const common = { secret, revocations, onFailure, now }
  const { isFramed } = framing
  const accounts = createAccounts(settings, { ...common, database: storage.accounts, isFramed })
  foreignTokens.accountsAre(accounts)
  const sessions = await createSessions(settings, { ...common, storage, publicOrigins })
  const { authentication, guests } = createSignIn(settings, {
    ...common,
    foreignTokens: foreignTokens.authenticator,
    accounts: accounts?.authenticator ?? null,
    sessionTokens: sessions.tokens,
    apiKeys: createApiKeyAuthenticator({ records: storage.apiKeys, now }),
    isFramed,
  })
  const limiter = await createLimiter(settings, {
    storage,
    key: deriveKey(secret, 'limit-keys'),
    onStoreChange: (error) =>
      error === null ? log.info('limits-shared-again') : log.warn('limits-counted-alone', { error }),
  })
  const { trustedProxies, proxyHeader: header } = settings
  const clientAddress = createClientAddress({ trustedProxies, header })
  const keepGuestChats = createGuestChats({ moves: storage.guestMoves, guests, now })
  const gate = { limiter, clientAddress, publicOrigins, now }
  const admissionBy = (by: Authentication): Admission =>
    createAdmission({ ...gate, authentication: by, keepGuestChats })
  const admission = admissionBy(authentication)
  return {
    authentication,
    admission,
    admissionBy,
    guestTokens: guests === null ? null : createGuestTokens({ secret, revocations, now }),
    clientAddress,
    keepGuestChats,
    sessions,
    doors: () => [
      sessions.door(admission),
      ...(accounts === null
        ? []
        : [
            createAccountsDoor({
              ...gate,
              accounts,
              admission,
              onSignIn: keepGuestChats,
              onFailure,
              ...(files === undefined ? {} : { files }),
            }),
          ]),
    ],
    async start() {
      await revocations.start()
      accounts?.start()
    },
    async close() {
      accounts?.close()
      await Promise.all([revocations.close(), limiter.close()])
    },
  }
}

interface DoorParts extends CommonParts {
  admission: Admission
  engine: Engine
  fileKeeper: FileKeeper
}

/** The contracts' own doors to the conversation. */
function conversationDoors(settings: Settings, parts: DoorParts): Door[] {
  const { admission, trustedOrigins, engine, storage, fileKeeper, onFailure, now } = parts
  const { store } = storage
  const common = { engine, store, admission, onFailure, now }
  return [
    createSupportDoor({
      ...common,
      tickets: storage.tickets,
      waitingFiles: storage.waitingFiles,
      keeper: fileKeeper,
      ...(settings.publicUrl === null ? {} : { publicUrl: settings.publicUrl }),
      cors: {
        credentialedOrigins: trustedOrigins,
        anyOrigin: false,
        allowedHeaders: [
          'Authorization',
          'Content-Type',
          'Idempotency-Key',
          'Last-Event-ID',
          'Parley-Page',
          'X-Request-ID',
        ],
        exposedHeaders: ['Link', 'X-Request-ID', ...limitHeaderNames],
      },
    }),
    createRespondDoor({ ...common, allowedOrigins: trustedOrigins }),
    createChatsDoor({
      ...common,
      framing: parts.framing,
      keeper: fileKeeper,
      ...(settings.publicUrl === null ? {} : { publicUrl: settings.publicUrl }),
      trustedOrigins,
      isSecure: settings.publicUrl?.startsWith('https:') ?? false,
    }),
  ]
}

interface PlatformParts extends CommonParts {
  entrance: Entrance
  fileKeeper: FileKeeper
}

/** For servers with an API key. */
function createPlatform(settings: Settings, { entrance, storage, fileKeeper, now }: PlatformParts): Door {
  const { publicUrl, chatkitWorkflowId: workflowId } = settings
  const { present } = createAttachmentUploads({
    keeper: fileKeeper,
    ...(publicUrl === null ? {} : { publicUrl }),
  })
  return createPlatformDoor({
    admission: entrance.admission,
    sessions: entrance.sessions.keeper,
    threads: storage.tenantThreads,
    store: storage.store,
    workflowId,
    present,
    now,
  })
}

interface AgentParts {
  model: Model
  storage: Storage
  fileKeeper: FileKeeper
  log: Log
}

/** The built-in answerer reads no files. */
function chooseAgents(settings: Settings, { model, storage, fileKeeper, log }: AgentParts): Agents {
  const attachments = { read: fileKeeper.readAll, takes: modelTakes(settings) }
  return createAgents({
    model,
    isBuiltIn: settings.model === null,
    books: storage.books,
    learners: storage.learners,
    tasks: storage.tasks,
    ...(settings.model === null ? {} : { attachments }),
    ...(settings.instructions === null ? {} : { instructions: settings.instructions }),
    limits: { stepsMax: settings.modelSteps },
    onToolFailure: (tool, error) => log.error('tool-failed', { tool, error }),
  })
}

/** Counted by each process for itself: so many requests are asked there that none shall cost a question to a store. */
function ownLimits(settings: Settings): OwnLimits {
  const perMinute = (name: string, per: LimitRule['per'], requestsMax: number): LimitRule[] =>
    requestsMax === 0 ? [] : [{ name, per, requestsMax, windowSeconds: 60 }]
  const filesOfAddress = perMinute('files-address-minute', 'address', settings.filesAddressPerMinute)
  return {
    chatkit: [
      ...perMinute('chatkit-user-minute', 'user', settings.chatkitPerMinute),
      ...perMinute('chatkit-address-minute', 'address', settings.chatkitAddressPerMinute),
    ],
    uploads: [...perMinute('uploads-user-minute', 'user', settings.uploadsPerMinute), ...filesOfAddress],
    links: filesOfAddress,
  }
}

/** Our own names, or any when we listen for the world without having been told our name. */
function hostNames({ publicUrl, host }: Settings): HostNames {
  if (publicUrl !== null) return [new URL(publicUrl).hostname]
  return host === '127.0.0.1' || host === '::1' || host === 'localhost' ? [] : 'any'
}
