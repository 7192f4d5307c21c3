/** A stand-in for OpenAI's ChatKit sessions API over real HTTP: gives sessions, or does what it is told to do instead. */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeChatKitApi {
  /** With `/v1`. */
  baseUrl: string
  /** Oldest first. */
  requests: ApiRequest[]
  /** What the next requests are answered with, in order; after them come sessions again. */
  answer(...answers: ApiAnswer[]): void
  close(): Promise<void>
}

export interface ApiRequest {
  path: string
  headers: IncomingHttpHeaders
  body: unknown
}

/** `silence`: the connection stays open and nothing comes. `cut`: it is closed. */
export type ApiAnswer = { status: number; body: unknown } | 'silence' | 'cut'

export async function startFakeChatKitApi(): Promise<FakeChatKitApi> {
  const requests: ApiRequest[] = []
  const answers: ApiAnswer[] = []
  let sessions = 0

  function usual(path: string, body: unknown): ApiAnswer {
    const cancelled = /^\/v1\/chatkit\/sessions\/(\w+)\/cancel$/.exec(path)?.[1]
    if (cancelled !== undefined) return { status: 200, body: { id: cancelled, status: 'cancelled' } }
    if (path !== '/v1/chatkit/sessions') return { status: 404, body: { error: { message: 'Not found' } } }
    sessions += 1
    return { status: 200, body: sessionOf(sessions, body) }
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const body: unknown = text === '' ? null : JSON.parse(text)
      const path = request.url ?? ''
      requests.push({ path, headers: request.headers, body })
      give(response, answers.shift() ?? usual(path, body))
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    answer: (...more) => void answers.push(...more),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function give(response: ServerResponse, answer: ApiAnswer): void {
  if (answer === 'silence') return
  if (answer === 'cut') {
    response.destroy()
    return
  }
  response.writeHead(answer.status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer.body))
}

/** With the fields that the API's reference shows. */
function sessionOf(number: number, body: unknown): object {
  const { user = '', workflow = {} } = { ...(body as { user?: unknown; workflow?: object }) }
  return {
    id: `cksess_${number}`,
    object: 'chatkit.session',
    client_secret: `ek_hosted_${number}`,
    expires_at: Math.floor(Date.now() / 1_000) + 600,
    status: 'active',
    user,
    workflow: { version: null, state_variables: null, tracing: { enabled: true }, ...workflow },
    rate_limits: { max_requests_per_1_minute: 10 },
    max_requests_per_1_minute: 10,
    chatkit_configuration: {
      automatic_thread_titling: { enabled: true },
      file_upload: { enabled: false, max_file_size: null, max_files: null },
      history: { enabled: true, recent_threads: null },
    },
  }
}
