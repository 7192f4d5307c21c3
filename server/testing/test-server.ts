/** A whole server for tests: every door, the engine and a real socket. Users come with bearer tokens, guests with a cookie. */
import type { ServerResponse } from 'node:http'
import { createAuthentication } from '../auth/authentication.ts'
import { createBearerTokens } from '../auth/bearer-tokens.ts'
import { createGuestCookies } from '../auth/guest-cookies.ts'
import { createSecret } from '../auth/secrets.ts'
import { createParley } from '../app.ts'
import type { Parley, ParleyOptions } from '../app.ts'
import { listen } from '../http/listener.ts'
import { silentLog } from './silent-log.ts'

export interface TestServerOptions extends Partial<ParleyOptions> {
  storage: ParleyOptions['storage']
  agent: ParleyOptions['agent']
  /** Servers with the same secret know each other's tokens. Default: a new one. */
  secret?: string
  /** Answers in place of the product; null for what is the product's. */
  standIn?(request: Request): Response | null
  /** Sees what is written to each socket. */
  onResponse?(outgoing: ServerResponse): void
}

/** A client of it is `createChatKitClient(server)`. */
export interface TestServer {
  url: string
  secret: string
  parley: Parley
  /** Ends its runs and cuts off who is still there. The storage is the caller's. */
  close(): Promise<void>
}

const drainMilliseconds = 200

export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const { secret = createSecret(), standIn, onResponse, ...parleyOptions } = options
  const parley = createParley({
    authentication: createAuthentication([createBearerTokens({ secret }), createGuestCookies({ secret })]),
    log: silentLog,
    ...parleyOptions,
  })
  await parley.start()
  const listener = await listen({
    fetch(request, bindings) {
      if (bindings?.outgoing !== undefined) onResponse?.(bindings.outgoing)
      return standIn?.(request) ?? parley.fetch(request, bindings)
    },
    log: silentLog,
    port: 0,
  })
  return {
    url: listener.url,
    secret,
    parley,
    async close() {
      await Promise.all([parley.close(), listener.drain(drainMilliseconds)])
    },
  }
}
