/** Where a scripted agent and a client that reads along play a stream, to be compared with its recording. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { createToken } from '../../auth/bearer-tokens.ts'
import type { Agent } from '../../conversation/agent.ts'
import { root } from '../sources.ts'
import { showExchange } from './exchange.ts'
import type { StreamRequest } from './exchange.ts'

/** A user of their own, who is answered by an agent of their own. */
export interface Stage {
  readonly owner: { tenantId: string; userId: string }
  /** Asks without recording, and resolves with the JSON. */
  ask(request: StreamRequest): Promise<unknown>
  /** Reads a stream to its end, and compares it with the recording of that name. */
  record(name: string, request: StreamRequest, url?: string): Promise<Response>
  /**
   * Resolves when the client has read that text, in so many of its streams. A script that waits for what it has said makes the stream
   * the same each time: pieces of text are not joined, and the run's end does not overtake its reader, who would then read the log.
   */
  shown(text: string, streams?: number): Promise<void>
}

export interface Theatre {
  /** Answers each user as their stage has it. */
  agent: Agent
  /** `agent` is made for the stage. */
  open(agentOf: (stage: Stage) => Agent): Promise<Stage>
}

export interface TheatreOptions {
  url(): string
  secret: string
}

export function createTheatre({ url, secret }: TheatreOptions): Theatre {
  const agents = new Map<string, Agent>()
  let users = 0
  const of = (userId: string): Required<Pick<Agent, 'respond'>> & Agent => {
    const agent = agents.get(userId)
    if (agent === undefined) throw new Error(`${userId} is on no stage.`)
    return agent
  }
  return {
    agent: {
      respond: (context, message) => of(context.owner.userId).respond(context, message),
      action(context, action, sender) {
        const { action: act } = of(context.owner.userId)
        if (act === undefined) throw new Error('The script has no actions.')
        return act(context, action, sender)
      },
      async syncAction(context, action, sender) {
        return (await of(context.owner.userId).syncAction?.(context, action, sender)) ?? null
      },
    },
    async open(agentOf) {
      users += 1
      const userId = `user_${users}`
      const token = await createToken({ secret }, { userId })
      const stage = createStage(url, token, userId)
      agents.set(userId, agentOf(stage))
      return stage
    },
  }
}

interface Awaited {
  text: string
  streams: number
  resolve(): void
}

function createStage(url: () => string, token: string, userId: string): Stage {
  let waiting: Awaited[] = []
  const read: string[] = []

  function tell(): void {
    const ready = waiting.filter(
      ({ text, streams }) => read.filter((each) => each.includes(text)).length >= streams,
    )
    waiting = waiting.filter((each) => !ready.includes(each))
    for (const { resolve } of ready) resolve()
  }

  async function send(request: StreamRequest, base: string): Promise<Response> {
    const { method, path, headers, body, secret = token } = request
    return fetch(`${base}${path}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${secret}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  return {
    owner: { tenantId: 'default', userId },
    async ask(request) {
      const response = await send(request, url())
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
      return response.json()
    },
    async record(name, request, base = url()) {
      const response = await send(request, base)
      const place = read.push('') - 1
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      for await (const bytes of response.body ?? []) {
        read[place] += decoder.decode(bytes, { stream: true })
        tell()
      }
      const body = (read[place] ?? '') + decoder.decode()
      expectRecorded(name, showExchange({ request, response, body }))
      return response
    },
    shown(text, streams = 1) {
      return new Promise((resolve) => {
        waiting.push({ text, streams, resolve })
        tell()
      })
    },
  }
}

const played = new Set<string>()
const isRecording = process.env['PARLEY_RECORD'] === '1'
const toRecord = '`npm run record` writes all recordings anew: look at what has changed before you commit it.'

/** `chatkit/stock-everything` is `server/contracts/chatkit/recordings/stock-everything.http`. */
function expectRecorded(name: string, exchange: string): void {
  const [door = '', file = ''] = name.split('/')
  const path = join(folderOf(door), `${file}.http`)
  if (played.has(path)) throw new Error(`${name} is recorded twice.`)
  played.add(path)
  if (isRecording) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, exchange)
  }
  if (!existsSync(path)) throw new Error(`There is no recording ${name}. ${toRecord}`)
  expect(exchange, `${name}: ${toRecord}`).toBe(readFileSync(path, 'utf8'))
}

function folderOf(door: string): string {
  return join(root, 'server', 'contracts', door, 'recordings')
}

export interface RecordedFile {
  path: string
  /** `POST /chatkit` */
  asked: string
  isPlayed: boolean
}

/** All recordings that there are, beside all doors. */
export function recordedFiles(): RecordedFile[] {
  return readdirSync(join(root, 'server', 'contracts')).flatMap((door) => {
    const folder = folderOf(door)
    if (!existsSync(folder)) return []
    return readdirSync(folder).map((file) => {
      const path = join(folder, file)
      const [asked = ''] = readFileSync(path, 'utf8').split('\n', 1)
      return { path, asked, isPlayed: played.has(path) }
    })
  })
}
