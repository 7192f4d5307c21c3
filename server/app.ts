/** Joins the rooms. `main.ts` hands in what the environment says; tests hand in what they need. */
import { Hono } from 'hono'
import type { Authentication, Identity } from './auth/identity.ts'
import { rolesOf } from './auth/permissions.ts'
import { createChatKitDoor } from './contracts/chatkit/routes.ts'
import type { ChatKitCaller } from './contracts/chatkit/routes.ts'
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
import { refuseUnknown } from './http/door.ts'
import type { Door } from './http/door.ts'
import { createFront } from './http/front.ts'
import type { FetchHandler } from './http/front.ts'
import type { HostNames } from './http/origin.ts'
import { refuseCrossSite } from './http/origin.ts'
import { HttpProblem } from './http/problem.ts'
import type { StaticFiles } from './http/static-files.ts'
import type { Log } from './logging.ts'
import type { Storage } from './storage/open.ts'

export interface ParleyOptions {
  storage: Storage
  /** What answers. */
  agent: Agent
  authentication: Authentication
  /** What is known of whoever asks at the ChatKit door: it goes with each of their runs. Undefined: nothing. */
  runMetadata?: (identity: Identity) => Promise<JsonObject> | undefined
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
  /** Our public origins, where a proxy rewrites `Host`. */
  publicOrigins?: readonly string[]
  /** The names under which we may be called. Default: any. */
  hostNames?: HostNames
  now?: () => Date
  timings?: Partial<EngineTimings>
  /** How long our own streams may say nothing before a heartbeat. Default 15. */
  heartbeatSeconds?: number
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
  const { store } = storage
  const onFailure = (event: string, fields: Record<string, unknown>): void => log.error(event, fields)
  const engine = createEngine({
    store,
    journal: storage.journal,
    agent,
    now,
    onFailure,
    ...(options.timings === undefined ? {} : { timings: options.timings }),
  })
  let isDraining = false

  const app = new Hono()
  app.route('/', createOperationsDoor({ ping: () => storage.ping(), isDraining: () => isDraining }))
  const identify = createIdentify(options)
  const kept = keepFiles(options, identify)
  const uploads = options.uploads ?? kept?.uploads
  app.route(
    '/',
    createChatKitDoor({
      engine,
      store,
      agent,
      identify,
      onFailure,
      ...(uploads === undefined ? {} : { uploads }),
      ...(options.heartbeatSeconds === undefined ? {} : { heartbeatSeconds: options.heartbeatSeconds }),
      ...(options.chatkitOrigins === undefined ? {} : { allowedOrigins: options.chatkitOrigins }),
    }),
  )
  if (kept !== undefined) app.route('/', kept.door)
  mountApi(app, options, engine)
  if (files !== undefined) {
    const greet = async (request: Request): Promise<Record<string, string>> =>
      (await identify(request)).headers
    const { frameAncestors } = options
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
      kept?.sweeper.start()
    },
    async drain(secondsMax) {
      isDraining = true
      await engine.drain(secondsMax)
    },
    async close() {
      await Promise.all([engine.close(), kept?.sweeper.close()])
    },
  }
}

/** The doors that are tables of routes, and the document about them. */
function mountApi(app: Hono, options: ParleyOptions, engine: Engine): void {
  const doors = options.doors?.(engine) ?? []
  if (doors.length === 0) return
  for (const door of doors) app.route('/', door.app)
  // Behind all of them: one door's addresses may lie below another's.
  for (const { options: door } of doors) {
    if (door.below !== undefined) app.route('/', refuseUnknown(door, door.below))
  }
  const { files, productVersion = '0.0.0', publicOrigins: [url] = [] } = options
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

interface KeptFiles {
  door: Hono
  uploads: AttachmentUploads
  sweeper: Sweeper
}

/** The door of files and what belongs to it, where files are kept. */
function keepFiles(
  { fileKeeper: keeper, storage, log, publicOrigins = [] }: ParleyOptions,
  identify: Identify,
): KeptFiles | undefined {
  if (keeper === undefined) return undefined
  const [publicUrl] = publicOrigins
  const uploads = createAttachmentUploads({ keeper, ...(publicUrl === undefined ? {} : { publicUrl }) })
  return {
    door: createFilesDoor({ keeper, store: storage.store, uploads, identify }),
    uploads,
    sweeper: createSweeper({
      keeper,
      onSwept: (report) => log.info('files-swept', { ...report }),
      onFailure: (event, fields) => log.error(event, fields),
    }),
  }
}

type Identify = (request: Request) => Promise<ChatKitCaller>

/** Who asks, refused when it cannot be said, or when another site's page asks in their name. */
function createIdentify({ authentication, runMetadata, publicOrigins = [] }: ParleyOptions): Identify {
  return async (request) => {
    refuseCrossSite(request, publicOrigins)
    const verdict = await authentication.identify(request)
    if (verdict.identity === null) {
      throw verdict.reason === 'rejected'
        ? new HttpProblem('unauthenticated', 'The credentials are not valid, or no longer.')
        : new HttpProblem('unauthenticated', 'Please sign in.')
    }
    const { identity } = verdict
    // Every role that we know may converse here.
    if (rolesOf(identity).length === 0) throw new HttpProblem('forbidden', 'User role not found')
    const { tenantId, userId } = identity
    const headers: Record<string, string> = {}
    if (verdict.setCookie !== undefined) headers['set-cookie'] = verdict.setCookie
    return {
      owner: { tenantId, userId },
      headers,
      runMetadata: () => runMetadata?.(identity),
      watch: (onRevoked) =>
        authentication.watch(identity, (reason) => {
          if (reason === 'revoked') onRevoked()
        }),
    }
  }
}
