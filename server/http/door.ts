/**
 * A door as a table of routes. What a route's schemas say is what is checked, and what `/openapi.json` tells.
 *
 *   request ─▶ route? ─▶ cors ─▶ admit: who, how much ─▶ params, query, body by their schemas ─▶ handle ─▶ Response
 *                │                  │                            │                            │
 *                └──────────────────┴──── a problem, in the door's own shape ◀────────────────┘
 *
 * This room knows neither people nor limits: what `admit` finds out is handed on as the door's `Caller`.
 */
import { Hono } from 'hono'
import type { Context } from 'hono'
import type { z } from 'zod'
import { corsHeaders, preflight } from './cors.ts'
import type { CorsPolicy } from './cors.ts'
import { addReplyHeaders, nodeBindings, requestIdOf } from './front.ts'
import { readJson } from './json.ts'
import { EncodedFailure, HttpProblem, toProblem } from './problem.ts'
import type { ProblemDetail } from './problem.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** What a reply may be, for the document. */
export interface ReplyShape {
  description: string
  /** Of a JSON body. */
  schema?: z.ZodType
  /** Other kinds of bodies: `text/event-stream`. Without a schema or these the reply is empty. */
  mediaTypes?: readonly string[]
}

export interface RouteShape<Access, Params, Query, Body> {
  method: Method
  /** `/api/chats/:id` */
  path: string
  /** A few words for the document's list. */
  summary: string
  description?: string
  /** What the door's `admit` is told about who may come in. */
  access: Access
  /** Whoever shows nothing comes in as somebody new, for the document. */
  makesGuests?: boolean
  /** Path parameters are text. */
  params?: z.ZodType<Params>
  query?: z.ZodType<Query>
  /** Of a JSON body. */
  body?: z.ZodType<Body>
  /** A request without a body is one with `{}`. */
  isBodyOptional?: boolean
  /** A body that the handler reads itself, by media type, for the document. */
  otherBodies?: Readonly<Record<string, z.ZodType>>
  /** Default: the door's. */
  bodyBytesMax?: number
  /** By status. Problems are the door's, and need not be said. */
  replies: Readonly<Record<number, ReplyShape>>
  /** Default: the door's. */
  cors?: CorsPolicy
}

/** One request, checked. */
export interface Asked<Caller, Params, Query, Body> {
  readonly caller: Caller
  readonly request: Request
  /** For `eventStream`. */
  readonly context: Context
  readonly params: Params
  readonly query: Query
  readonly body: Body
}

/** `Access` is the door's word for who may come in. What its `admit` makes of a request is trusted to fit. */
export interface Route<Access> extends RouteShape<Access, unknown, unknown, unknown> {
  handle(asked: Asked<unknown, unknown, unknown, unknown>): Response | Promise<Response>
}

/** A maker of routes for one kind of caller, so that each handler knows what its schemas have made of the request. */
export function routesFor<Caller, Access>() {
  return <Params = undefined, Query = undefined, Body = undefined>(
    shape: RouteShape<Access, Params, Query, Body>,
    handle: (asked: Asked<Caller, Params, Query, Body>) => Response | Promise<Response>,
  ): Route<Access> => ({
    ...shape,
    // What arrives here has been through this route's own schemas, and through the door's `admit` with its access.
    handle: (asked) => handle(asked as Asked<Caller, Params, Query, Body>),
  })
}

export interface Admitted {
  /** For the handlers. */
  caller: unknown
  /** Sent along with whatever the reply will be, an error too. */
  headers: Record<string, string>
  /** Called once the reply is over, however it ends. */
  release(): void
}

export interface DoorOptions<Access> {
  /** How the document groups its routes. */
  title: string
  description: string
  routes: readonly Route<Access>[]
  /**
   * Who asks, and how much they may. Throws problems; what was to be said with them anyway goes through `tell`.
   * `env` is what the front hands on: the socket, mostly.
   */
  admit(request: Request, access: Access, admission: AdmissionContext): Promise<Admitted>
  /** A problem in the door's shape, or in the one that this request's client reads. */
  encodeProblem(problem: HttpProblem, requestId: string, request: Request): Response | Promise<Response>
  /** The shape of those bodies, for the document. */
  problemSchema: z.ZodType
  /** What else they may be, for the document: `text/plain`, for clients that show them as they come. Default: nothing. */
  problemTypes?: readonly string[]
  /** Which statuses they may have, for the document. */
  problemStatuses: readonly number[]
  /** Default: no page of another origin may ask, and its question whether it may is answered like any other wrong method. */
  cors?: CorsPolicy
  /** Default: 1 MiB. */
  bodyBytesMax?: number
  /** `/api/chats/*`: what lies there and is no route of any door is answered in this door's shape. Default: nothing. */
  below?: readonly string[]
}

export interface AdmissionContext {
  env: unknown
  /** Headers for the reply, whatever it will be. */
  tell(headers: Record<string, string>): void
}

export interface Door {
  readonly app: Hono
  readonly options: DoorOptions<never>
}

export function createDoor<Access>(options: DoorOptions<Access>): Door {
  const app = new Hono()
  for (const [path, routes] of byPath(options.routes)) {
    app.all(path, async (context) => {
      const request = context.req.raw
      try {
        const cors = corsOf(request, routes) ?? options.cors
        if (cors !== undefined) {
          addReplyHeaders(context.env, corsHeaders(request, cors))
          const asksFirst = preflight(request, methodsOf(routes), cors)
          if (asksFirst !== undefined) return asksFirst
        }
        return await answer(options, context, chooseRoute(request, routes))
      } catch (error) {
        return await encoded(options, context, error)
      }
    })
  }
  // The document lists them all, whatever their callers are.
  return { app, options: options as unknown as DoorOptions<never> }
}

/**
 * Several doors as one, with answers for whatever lies below them and is no route of any: one door's addresses may lie below
 * another's, so the longest path says whose shape it is.
 */
export function joinDoors(doors: readonly Door[]): Hono {
  const app = new Hono()
  for (const door of doors) app.route('/', door.app)
  doors
    .flatMap(({ options }) => (options.below ?? []).map((below) => ({ options, below })))
    .toSorted((one, other) => other.below.length - one.below.length)
    .forEach(({ options, below }) => app.all(below, (context) => refuseUnknown(options, context)))
  return app
}

/**
 * Like a wrong method, it is refused before anybody is asked who they are: that costs less than counting would, and tells
 * nothing that the document does not tell everybody.
 */
function refuseUnknown(options: DoorOptions<never>, context: Context): Promise<Response> {
  addReplyHeaders(context.env, corsHeaders(context.req.raw, options.cors))
  return encoded(options, context, new HttpProblem('not_found', 'There is nothing at this address.'))
}

function byPath<Access>(routes: readonly Route<Access>[]): Map<string, Route<Access>[]> {
  const paths = new Map<string, Route<Access>[]>()
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route])
  return paths
}

function methodsOf(routes: readonly { method: Method }[]): string[] {
  const methods = routes.map(({ method }) => method.toUpperCase())
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods
}

function routeFor<Access>(asked: string, routes: readonly Route<Access>[]): Route<Access> | undefined {
  const method = asked === 'HEAD' ? 'GET' : asked
  return routes.find((each) => each.method.toUpperCase() === method)
}

/** Of the route that is asked for, or about which a browser asks first. */
function corsOf<Access>({ method, headers }: Request, routes: readonly Route<Access>[]) {
  const asked = method === 'OPTIONS' ? headers.get('access-control-request-method') : method
  return routeFor(asked ?? '', routes)?.cors
}

function chooseRoute<Access>(request: Request, routes: readonly Route<Access>[]): Route<Access> {
  const route = routeFor(request.method, routes)
  if (route !== undefined) return route
  const allowed = methodsOf(routes).join(', ')
  throw new HttpProblem('method_not_allowed', `Here one asks with ${allowed}.`, {
    headers: { allow: allowed },
  })
}

async function answer<Access>(
  options: DoorOptions<Access>,
  context: Context,
  route: Route<Access>,
): Promise<Response> {
  const request = context.req.raw
  const env: unknown = context.env
  const tell = (headers: Record<string, string>): void => addReplyHeaders(env, headers)
  const { caller, headers, release } = await options.admit(request, route.access, { env, tell })
  tell(headers)
  const socket = nodeBindings(env)?.outgoing
  // A stream goes on when its handler is done.
  socket?.once('close', release)
  let isStreaming = false
  try {
    const response = await route.handle({
      caller,
      request,
      context,
      params: route.params && checked(route.params, context.req.param(), 'path'),
      query: route.query && checked(route.query, queryOf(request), 'query'),
      body: await readBody(request, route, options.bodyBytesMax),
    })
    isStreaming = socket === undefined && isEventStream(response)
    return isStreaming ? releasedAtEnd(response, release) : response
  } finally {
    if (!isStreaming && (socket === undefined || socket.destroyed)) release()
  }
}

function isEventStream({ body, headers }: Response): boolean {
  return body !== null && headers.get('content-type')?.startsWith('text/event-stream') === true
}

/** Where there is no socket whose end could be heard. */
function releasedAtEnd(response: Response, release: () => void): Response {
  const reader = response.body?.getReader()
  if (reader === undefined) return response
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        release()
      },
      async cancel(reason) {
        release()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, response)
}

/** The first of each name; lists are written with commas. */
function queryOf(request: Request): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of new URL(request.url).searchParams) {
    if (name !== '__proto__' && !Object.hasOwn(query, name)) query[name] = value
  }
  return query
}

async function readBody(
  request: Request,
  {
    body,
    isBodyOptional = false,
    bodyBytesMax,
  }: Pick<RouteShape<unknown, unknown, unknown, unknown>, 'body' | 'isBodyOptional' | 'bodyBytesMax'>,
  doorBytesMax: number | undefined,
): Promise<unknown> {
  if (body === undefined) return undefined
  if (isBodyOptional && hasNoBody(request)) return checked(body, {}, 'body')
  const limit = bodyBytesMax ?? doorBytesMax
  return checked(body, await readJson(request, limit === undefined ? {} : { bodyBytesMax: limit }), 'body')
}

function hasNoBody(request: Request): boolean {
  const length = request.headers.get('content-length')
  return (
    length === '0' || (length === null && !request.headers.has('transfer-encoding') && request.body === null)
  )
}

const detailsMax = 20
const keyLengthMax = 80

/**
 * What the schema makes of it, also for handlers that read their body themselves. Throws `invalid_request` with all that is
 * wrong, each with its place.
 */
export function checked<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  where: 'path' | 'query' | 'body',
): Value {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const details = result.error.issues.slice(0, detailsMax).map(detailOf)
  const [first = { field: '', message: 'Invalid' }] = details
  const place = first.field === '' ? `The ${where}` : first.field
  throw new HttpProblem('invalid_request', `${place}: ${first.message}`, {
    details,
    ...(first.field === '' ? {} : { param: first.field }),
  })
}

function detailOf({ path, message }: z.core.$ZodIssue): ProblemDetail {
  // The keys of a free dictionary are the client's: as long as it likes.
  return { field: path.map((key) => String(key).slice(0, keyLengthMax)).join('.'), message }
}

async function encoded(
  { encodeProblem }: Pick<DoorOptions<never>, 'encodeProblem'>,
  context: Context,
  error: unknown,
): Promise<Response> {
  const problem = toProblem(error)
  const response = await encodeProblem(problem, requestIdOf(context.env), context.req.raw)
  // The front writes down what was our fault, so it must hear of it.
  if (problem.status === 500) throw new EncodedFailure(problem.cause ?? problem, response)
  for (const [name, value] of Object.entries(problem.headers)) response.headers.set(name, value)
  return response
}
