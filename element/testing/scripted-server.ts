/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pagePolicy } from '../../server/http/pages.ts'
import { Conversations } from './conversations.ts'
import type { Step } from './conversations.ts'
import { createDoor, sendError } from './scripted-door.ts'
import type { Request } from './scripted-door.ts'
import { createScriptedFiles } from './scripted-files.ts'
import type { ScriptedFiles } from './scripted-files.ts'

/** As the server's first page has it. */
const policy = pagePolicy({ frameAncestors: "'self'", images: "'self' data:" })

export interface ScriptedServer {
  url: string
  conversations: Conversations
  files: ScriptedFiles
  /** What the next runs do. */
  script(steps: Step[]): void
  /** While false, every connection is refused, as if the network were gone. */
  reachable(is: boolean): void
  /** Answers the next request of this type with a status and a message instead of doing it. */
  refuseNext(type: string, status: number, message: string): void
  /** What was asked, in order. */
  requests: { type: string; key: string | undefined; params: unknown }[]
  close(): Promise<void>
}

/** A server that speaks the ChatKit door's protocol with our additions, and whose agent follows a script. */
export async function startScriptedServer(files: Map<string, string>): Promise<ScriptedServer> {
  const conversations = new Conversations()
  const door = createDoor(conversations)
  const uploaded = createScriptedFiles(conversations)
  const refusals: { type: string; status: number; message: string }[] = []
  const requests: ScriptedServer['requests'] = []
  let reachable = true
  conversations.onCut = door.cut

  const server: Server = createServer((incoming, response) => {
    if (!reachable) return void incoming.socket.destroy()
    if (uploaded.serve(incoming, response)) return undefined
    if (incoming.method === 'GET') return void sendFile(files, incoming, response)
    void readBody(incoming).then((request) => {
      const header = incoming.headers['idempotency-key']
      const key = typeof header === 'string' ? header : undefined
      requests.push({ type: request.type, key, params: request.params })
      const place = refusals.findIndex((refusal) => refusal.type === request.type)
      const refusal = refusals[place]
      const call = { request, key, response }
      if (!refusal) return uploaded.answer(call) || door.answer(call)
      refusals.splice(place, 1)
      sendError(response, refusal.status, refusal.message)
    })
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    conversations,
    files: uploaded,
    requests,
    script: (steps) => void (conversations.script = steps),
    reachable(is) {
      reachable = is
      if (!is) door.cut()
    },
    refuseNext: (type, status, message) => void refusals.push({ type, status, message }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readBody(request: IncomingMessage): Promise<Request> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return JSON.parse(text) as Request
}

const contentTypes: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
}

async function sendFile(
  files: Map<string, string>,
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = url === '/' ? 'index.html' : url.slice(1)
  const path = files.get(name)
  if (path === undefined) return void response.writeHead(404).end()
  const type = contentTypes[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
  response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': policy })
  response.end(await readFile(path))
}
