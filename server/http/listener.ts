/**
 * The Node listener: a socket becomes a Request. Slow clients are cut off by time limits, and `drain` lets what runs
 * come to its end.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { securityHeaders } from './front.ts'
import type { FetchHandler, HttpLog, NodeBindings } from './front.ts'
import { HttpProblem, problemBody, problemResponse } from './problem.ts'

export interface ListenOptions {
  fetch: FetchHandler
  log: HttpLog
  /** Default: 127.0.0.1. */
  host?: string
  /** 0 takes a free one. Default: 8787. */
  port?: number
  /** Default: 15. */
  headersSecondsMax?: number
  /** For the whole request with its body. Default: 60. */
  requestSecondsMax?: number
  /** How long an idle connection is kept: longer than a load balancer's usual 60. Default: 65. */
  keepAliveSeconds?: number
  /** Default: 16 KiB. */
  headerBytesMax?: number
  /** How many connections at once. Default: no limit. */
  connectionsMax?: number
}

export interface Listener {
  /** `http://127.0.0.1:8787`; a wildcard host is shown as `localhost`. */
  readonly url: string
  readonly port: number
  /**
   * Stops accepting, closes idle connections, waits so long for running requests and streams, then destroys what is left.
   * Resolves with how many connections that were. A second call shortens the first one's deadline.
   */
  drain(milliseconds: number): Promise<number>
}

/** Connections that wait to be accepted, as far as the system allows so many. Node's 511 overflowed when thousands came back at once. */
const backlog = 4_096

/** Resolves when it listens; rejects when it cannot: the port is taken, the host is not ours. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { host = '127.0.0.1', port = 8787, connectionsMax } = options
  const server = createServer(serverOptions(options), requestListener(options))
  if (connectionsMax !== undefined) server.maxConnections = connectionsMax
  const connections = trackConnections(server)
  server.on('clientError', (error, socket) => answerClientError(error, socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.on('error', (error) => options.log.error('listener-failed', { error }))
  const address = server.address()
  const boundPort = isAddress(address) ? address.port : port
  return { url: urlOf(host, boundPort), port: boundPort, drain: createDrain(server, connections) }
}

function serverOptions(options: ListenOptions) {
  const { headersSecondsMax = 15, requestSecondsMax = 60, keepAliveSeconds = 65 } = options
  return {
    headersTimeout: headersSecondsMax * 1000,
    requestTimeout: requestSecondsMax * 1000,
    keepAliveTimeout: keepAliveSeconds * 1000,
    connectionsCheckingInterval: Math.min(5_000, (headersSecondsMax * 1000) / 2),
    maxHeaderSize: options.headerBytesMax ?? 16_384,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  }
}

type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

function requestListener(options: ListenOptions): RequestListener {
  const { log } = options
  const respond = getRequestListener(
    (request, bindings) => options.fetch(request, isHttp1(bindings) ? bindings : undefined),
    {
      // The process may be somebody else's; its Request and Response stay what they are.
      overrideGlobalObjects: false,
      errorHandler: (error) => answerError(log, error),
    },
  )
  return (incoming, outgoing) => {
    respond(incoming, outgoing).catch((error: unknown) => {
      log.error('request-failed', { error })
      outgoing.destroy()
    })
  }
}

function isHttp1(bindings: object): bindings is NodeBindings {
  return 'incoming' in bindings && 'outgoing' in bindings
}

/** What node-server cannot make a Request of (a bad URL or `Host`), and handlers without a front that throw. */
function answerError(log: HttpLog, error: unknown): Response {
  const isRequestError = error instanceof Error && error.name === 'RequestError'
  if (!isRequestError) log.error('request-failed', { error })
  const problem = isRequestError
    ? new HttpProblem('invalid_request', 'The request target or the Host header is not valid.')
    : error
  const response = problemResponse(problem)
  for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value)
  return response
}

/** What is no HTTP, too large in its headers or too slow never becomes a request. It gets an answer and is cut off. */
function answerClientError(error: Error, socket: Socket | NodeJS.WritableStream): void {
  if (!('destroyed' in socket) || socket.destroyed || !socket.writable) return
  const code = 'code' in error ? error.code : undefined
  if (code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const problem = clientProblem(code)
  const body = problemBody(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.code}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `cache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

function clientProblem(code: unknown): HttpProblem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new HttpProblem('headers_too_large', 'The headers are too large.')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new HttpProblem('timeout', 'The request took too long to arrive.')
  return new HttpProblem('invalid_request', 'This is not a valid HTTP request.')
}

function trackConnections(server: Server): Set<Socket> {
  const connections = new Set<Socket>()
  server.on('connection', (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  return connections
}

function createDrain(server: Server, connections: Set<Socket>): Listener['drain'] {
  let destroyed = 0
  let isDraining = false
  const closed = new Promise<number>((resolve) => {
    server.once('close', () => resolve(destroyed))
  })
  // A connection whose last response began before the drain must not wait for its keep-alive time.
  const closeIdle = (): void => {
    if (isDraining) setImmediate(() => server.closeIdleConnections())
  }
  // The same function for all, not one each: a waiting stream would hold 0.3 kB more.
  server.on('request', (_incoming, outgoing) => outgoing.on('finish', closeIdle))
  return (milliseconds) => {
    if (!isDraining) {
      isDraining = true
      server.close()
    }
    server.closeIdleConnections()
    // Browsers open connections in advance. Node counts one that never said anything as busy.
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
    const timer = setTimeout(() => {
      destroyed += connections.size
      for (const socket of connections) socket.destroy()
    }, milliseconds)
    void closed.then(() => clearTimeout(timer))
    return closed
  }
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
