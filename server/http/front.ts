/**
 * What every request passes before the doors and every response behind them: a name for the log, the check of `Host`,
 * the headers that keep browsers careful, and an answer when a handler fails.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ServerResponse } from 'node:http'
import { isKnownHost } from './origin.ts'
import type { HostNames } from './origin.ts'
import { HttpProblem, problemResponse, toProblem } from './problem.ts'

/** What node-server hands on; empty when the handler is used without a socket. */
export interface NodeBindings {
  incoming: IncomingMessage
  outgoing: ServerResponse
}

export type FetchHandler = (request: Request, bindings?: NodeBindings) => Response | Promise<Response>

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
    const standard = { ...headers, 'x-request-id': id }
    const outgoing = bindings?.outgoing instanceof ServerResponse ? bindings.outgoing : undefined
    // On the socket they are set beforehand, so that streams that write there themselves carry them, too.
    for (const [name, value] of Object.entries(standard)) outgoing?.setHeader(name, value)
    let response: Response
    try {
      requireKnownHost(request, hostNames)
      response = await handler(request, bindings)
    } catch (error) {
      reportFailure(log, request, error)
      response = problemResponse(error)
    }
    log.debug('request', { requestId: id, method: request.method, status: response.status })
    return outgoing === undefined ? withHeaders(response, standard) : response
  }
}

const requestIds = new WeakMap<Request, string>()
const requestIdPattern = /^[A-Za-z0-9_-]{1,64}$/

/** The request's name in the logs: the client's own `X-Request-ID` if it is harmless, or a new one. */
export function requestId(request: Request): string {
  const known = requestIds.get(request)
  if (known !== undefined) return known
  const given = request.headers.get('x-request-id')
  const id = given !== null && requestIdPattern.test(given) ? given : randomUUID()
  requestIds.set(request, id)
  return id
}

/** Writes down what was our fault; with the stack, which the client never sees. */
function reportFailure(log: HttpLog, request: Request, error: unknown): void {
  const problem = toProblem(error)
  if (problem.status !== 500) return
  log.error('request-failed', { requestId: requestId(request), method: request.method, error })
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
