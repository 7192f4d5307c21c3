/** Joins the rooms. `main.ts` hands in what the environment says; tests hand in what they need. */
import { Hono } from 'hono'
import { createAdmission, limitsOf } from './admission/admission.ts'
import type { Admission, AdmissionOptions, LimitRule } from './admission/admission.ts'
import { admitCounted } from './admission/counting.ts'
import type { KeepGuestChats } from './admission/guest-chats.ts'
import { createGreeting } from './admission/identified.ts'
import { createMadeSessions } from './admission/made-sessions.ts'
import type { MadeSessions } from './admission/made-sessions.ts'
import type { Authentication, Identity } from './auth/identity.ts'
import type { SessionAllowances } from './auth/session-allowance.ts'
import { createChatKitDoor } from './contracts/chatkit/routes.ts'
import { createFilesDoor } from './contracts/files/routes.ts'
import { createAttachmentUploads } from './contracts/files/uploads.ts'
import { createOpenApiDoor } from './contracts/openapi/routes.ts'
import { createOperationsDoor } from './contracts/operations/routes.ts'
import { createPageDoor } from './contracts/page/routes.ts'
import type { Agent } from './conversation/agent.ts'
import type { AttachmentUploads } from './conversation/attachments.ts'
import type { JsonObject } from './conversation/items.ts'
import { createEngine } from './engine/engine.ts'
import type { Engine } from './engine/engine.ts'
import type { EngineTimings } from './engine/options.ts'
import type { FileKeeper } from './files/keeper.ts'
import { createSweeper } from './files/sweeper.ts'
import type { Sweeper } from './files/sweeper.ts'
import { joinDoors } from './http/door.ts'
import type { Door } from './http/door.ts'
import { createFront } from './http/front.ts'
import type { FetchHandler } from './http/front.ts'
import type { HostNames } from './http/origin.ts'
import { HttpProblem } from './http/problem.ts'
import type { StaticFiles } from './http/static-files.ts'
import { createLocalLimiter } from './limits/limiter.ts'
import type { Limiter } from './limits/limits.ts'
import type { Log } from './logging.ts'
import type { Storage } from './storage/open.ts'

export interface ParleyOptions {
  storage: Storage
  /** What answers. */
  agent: Agent
  authentication: Authentication
  /** What is known of whoever asks at the ChatKit door: it goes with each of their runs. Undefined: nothing. */
  runMetadata?: (identity: Identity) => Promise<JsonObject> | undefined
  /** What servers have said of the sessions that they have made. Default: they are held to nothing but their requests a minute. */
  sessionAllowances?: SessionAllowances
  /** Other sites whose pages may ask at the ChatKit door with a token. Default: none. */
  chatkitOrigins?: readonly string[]
  log: Log
  /** The doors of the API, made when there is an engine, in the order in which the API's document tells of them. Default: none. */
  doors?: (engine: Engine) => readonly Door[]
  /** For the API's document. Default: `0.0.0`. */
  productVersion?: string
  /** Whose pages may show ours inside of theirs, as a content security policy says it. Default: our own. */
  frameAncestors?: string
  /** Keeps the bytes of attachments, and gives them back. Without it and `uploads`, attachments are refused. */
  fileKeeper?: FileKeeper
  /** In its place, for those whose files are kept elsewhere. */
  uploads?: AttachmentUploads
  /** The built page and element; without them there is no page. */
  files?: StaticFiles
  /** How much one may at the doors of ChatKit and of files, counted in this process's memory. Default: no limits. */
  limits?: OwnLimits
  /** Which address asks, behind whatever proxies are believed. Default: the socket's. */
  clientAddress?: AdmissionOptions['clientAddress']
  /** Looks after those who were guests before they signed in. */
  keepGuestChats?: KeepGuestChats
  /** Our public origins, where a proxy rewrites `Host`. */
  publicOrigins?: readonly string[]
  /** The names under which we may be called. Default: any. */
  hostNames?: HostNames
  now?: () => Date
  timings?: Partial<EngineTimings>
  /** How long our own streams may say nothing before a heartbeat. Default 15. */
  heartbeatSeconds?: number
}

export interface OwnLimits {
  /** At `/chatkit`. */
  chatkit: readonly LimitRule[]
  /** Of files that are sent at `/files` or announced at `/chatkit`. */
  uploads: readonly LimitRule[]
  /** Of requests by signed links, which tell nobody apart: per address. */
  links: readonly LimitRule[]
}

export interface Parley {
  /** The whole product as one web-standard handler. Never throws. */
  readonly fetch: FetchHandler
  readonly engine: Engine
  /** Joins the other processes on the same database. */
  start(): Promise<void>
  /** Not ready any more; waits for running answers and ends the rest as interrupted. */
  drain(secondsMax: number): Promise<void>
  /** Stops everything but the storage, which is the caller's. */
  close(): Promise<void>
}

export function createParley(options: ParleyOptions): Parley {
  const { storage, agent, log, files, now = () => new Date() } = options
  const onFailure = (event: string, fields: Record<string, unknown>): void => log.error(event, fields)
  const engine = createEngine({
    store: storage.store,
    journal: storage.journal,
    agent,
    now,
    onFailure,
    ...(options.timings === undefined ? {} : { timings: options.timings }),
  })
  let isDraining = false

  const app = new Hono()
  app.route('/', createOperationsDoor({ ping: () => storage.ping(), isDraining: () => isDraining }))
  const limiter = createLocalLimiter()
  const own = createOwnDoors({ ...options, now, onFailure }, engine, limiter)
  mountApi(app, options, [...own.doors, ...(options.doors?.(engine) ?? [])])
  if (files !== undefined) {
    const { authentication, frameAncestors } = options
    const greet = createGreeting(authentication)
    app.route(
      '/',
      createPageDoor({ files, greet, ...(frameAncestors === undefined ? {} : { frameAncestors }) }),
    )
  }
  app.notFound(() => {
    throw new HttpProblem('not_found', 'There is nothing at this address.')
  })
  app.onError((error) => {
    throw error
  })

  return {
    fetch: createFront((request, bindings) => app.fetch(request, bindings), {
      log,
      ...(options.hostNames === undefined ? {} : { hostNames: options.hostNames }),
    }),
    engine,
    async start() {
      await engine.start()
      own.sweeper?.start()
    },
    async drain(secondsMax) {
      isDraining = true
      await engine.drain(secondsMax)
    },
    async close() {
      await Promise.all([engine.close(), own.sweeper?.close(), limiter.close()])
    },
  }
}

/** The doors, and the document about them. */
function mountApi(app: Hono, options: ParleyOptions, doors: readonly Door[]): void {
  const { files, productVersion = '0.0.0', publicOrigins: [url] = [] } = options
  app.route('/', joinDoors(doors))
  app.route(
    '/',
    createOpenApiDoor({
      doors,
      productVersion,
      ...(url === undefined ? {} : { url }),
      ...(files === undefined ? {} : { files }),
    }),
  )
}

interface OwnDoors {
  doors: readonly Door[]
  /** Where files are kept. */
  sweeper?: Sweeper
}

interface OwnDoorOptions extends ParleyOptions {
  now: () => Date
  onFailure(event: string, fields: Record<string, unknown>): void
}

/** ChatKit's protocol and the files that belong to it. They are there whatever else is. */
function createOwnDoors(options: OwnDoorOptions, engine: Engine, limiter: Limiter): OwnDoors {
  const { storage, limits, clientAddress = (socketAddress) => socketAddress ?? null } = options
  const admission = createAdmission({ ...options, limiter, clientAddress })
  const { now, sessionAllowances: allowances } = options
  const madeSessions = createMadeSessions({
    limiter,
    now,
    ...(allowances === undefined ? {} : { allowances }),
  })
  const kept = keepFiles(options, { admission, limiter, madeSessions })
  const uploads = options.uploads ?? kept?.uploads
  const { chatkitOrigins: allowedOrigins } = options
  const chatkit = createChatKitDoor({
    ...options,
    store: storage.store,
    engine,
    admission,
    madeSessions,
    limits: limits?.chatkit ?? [],
    ...(uploads === undefined ? {} : { uploads }),
    ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
  })
  return kept === undefined ? { doors: [chatkit] } : { doors: [chatkit, kept.door], sweeper: kept.sweeper }
}

interface KeptFiles {
  door: Door
  uploads: AttachmentUploads
  sweeper: Sweeper
}

interface Gate {
  admission: Admission
  limiter: Limiter
  madeSessions: MadeSessions
}

/** The door of files and what belongs to it, where files are kept. */
function keepFiles(
  options: OwnDoorOptions,
  { admission, limiter, madeSessions }: Gate,
): KeptFiles | undefined {
  const { fileKeeper: keeper, storage, log, onFailure, now, publicOrigins = [], limits } = options
  const { chatkitOrigins: allowedOrigins = [] } = options
  if (keeper === undefined) return undefined
  const [publicUrl] = publicOrigins
  const { uploads: uploadLimits = [], links: linkLimits = [] } = limits ?? {}
  const ofUser = uploadLimits.filter(({ per }) => per === 'user')
  const uploads = createAttachmentUploads({
    keeper,
    async admit(owner) {
      const release = await admitCounted(limitsOf(ofUser, null, owner), { limiter, now, tell: () => {} })
      release()
    },
    ...(publicUrl === undefined ? {} : { publicUrl }),
  })
  const parts = { keeper, store: storage.store, uploads, admission, madeSessions, allowedOrigins }
  return {
    door: createFilesDoor({ ...parts, uploadLimits, linkLimits }),
    uploads,
    sweeper: createSweeper({
      keeper,
      onSwept: (report) => log.info('files-swept', { ...report }),
      onFailure,
    }),
  }
}
