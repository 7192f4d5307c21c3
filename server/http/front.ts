/**
 * What every request passes before the doors and every response behind them: a name for the log, the check of `Host`,
 * the headers that keep browsers careful, and an answer when a handler fails.
 */
import { randomUUID } from 'node:crypto'
import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { isKnownHost } from './origin.ts'
import type { HostNames } from './origin.ts'
import { EncodedFailure, HttpProblem, problemResponse, toProblem } from './problem.ts'

/** The socket's side of a request; a handler that is used without a socket gets none. */
export interface NodeBindings {
  incoming: IncomingMessage
  outgoing: ServerResponse
  /** For whoever writes to `outgoing` itself. Every other response gets them from the front. */
  headers?: Readonly<Record<string, string>>
}

/** Hono hands bindings on as its `env`, which may be anything where there is no socket. */
export function nodeBindings(env: unknown): NodeBindings | undefined {
  return isNodeBindings(env) ? env : undefined
}

function isNodeBindings(env: unknown): env is NodeBindings {
  return (
    typeof env === 'object' && env !== null && 'outgoing' in env && env.outgoing instanceof ServerResponse
  )
}

/** Adds headers to whatever the reply will be, a problem too. Handlers without a front behind them have no such reply. */
export function addReplyHeaders(env: unknown, headers: Readonly<Record<string, string>>): void {
  Object.assign(replyHeaders(env), headers)
}

/** The request's name in the log. */
export function requestIdOf(env: unknown): string {
  return replyHeaders(env)['x-request-id'] ?? randomUUID()
}

function replyHeaders(env: unknown): Record<string, string> {
  const isOurs = typeof env === 'object' && env !== null && 'headers' in env
  return isOurs ? (env.headers as Record<string, string>) : {}
}

export type FetchHandler = (
  request: Request,
  bindings?: Partial<NodeBindings>,
) => Response | Promise<Response>

/** The part of the log that is needed here. Fields never hold text of people or secrets. */
export interface HttpLog {
  debug(event: string, fields?: Record<string, unknown>): void
  warn(event: string, fields?: Record<string, unknown>): void
  error(event: string, fields?: Record<string, unknown>): void
}

export interface FrontOptions {
  log: HttpLog
  /** The names under which we may be called. Default: any. */
  hostNames?: HostNames
  /** Sent along with every response. Default: `securityHeaders`. */
  headers?: Record<string, string>
}

/** For responses that say nothing else about it themselves. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

/** Wraps a handler. The result never throws. */
export function createFront(handler: FetchHandler, options: FrontOptions): FetchHandler {
  const { log, hostNames = 'any', headers = securityHeaders } = options
  return async (request, bindings) => {
    const id = requestId(request)
    const standard: Record<string, string> = { ...headers, 'x-request-id': id }
    let response: Response
    try {
      requireKnownHost(request, hostNames)
      response = await handler(request, { ...bindings, headers: standard })
    } catch (error) {
      reportFailure(log, id, request, error)
      response = error instanceof EncodedFailure ? error.response : problemResponse(error)
    }
    const outgoing = bindings?.outgoing
    const status = outgoing?.headersSent === true ? outgoing.statusCode : response.status
    log.debug('request', { requestId: id, method: request.method, status })
    if (outgoing === undefined) return withHeaders(response, standard)
    // A stream has sent them itself, and so has a JSON reply.
    if (!outgoing.headersSent) outgoing.setHeaders(new Map(Object.entries(standard)))
    return response
  }
}

const requestIdPattern = /^[A-Za-z0-9_-]{1,64}$/

/** The request's name in the logs: the client's own `X-Request-ID` if it is harmless, or a new one. */
function requestId(request: Request): string {
  const given = request.headers.get('x-request-id')
  return given !== null && requestIdPattern.test(given) ? given : randomUUID()
}

/** Writes down what was our fault; with the stack, which the client never sees. */
function reportFailure(log: HttpLog, id: string, request: Request, error: unknown): void {
  const problem = toProblem(error)
  if (problem.status !== 500) return
  log.error('request-failed', { requestId: id, method: request.method, error })
}

function requireKnownHost(request: Request, names: HostNames): void {
  const host = request.headers.get('host') ?? new URL(request.url).host
  if (!isKnownHost(host, names)) {
    throw new HttpProblem('wrong_host', 'This server does not answer under that host name.')
  }
}

function withHeaders(response: Response, headers: Record<string, string>): Response {
  const missing = Object.entries(headers).filter(([name]) => !response.headers.has(name))
  // A response from elsewhere may have headers that cannot be changed.
  const open = new Response(response.body, response)
  for (const [name, value] of missing) open.headers.set(name, value)
  return open
}
