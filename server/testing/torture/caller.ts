/** Requests to the ChatKit door on sockets of our own, so that a client can leave in any way; each is in the history. */
import { Agent, request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Happening, History } from './history.ts'

export interface CallDetails {
  user: string
  token: string
  /** The server's number, and where it is reached. */
  server: number
  port: number
  operation: string
  params: object
  key?: string
  /** For the history. */
  about?: Partial<Pick<Extract<Happening, { type: 'call' }>, CallNote>>
  onSent?(): void
}
type CallNote = 'question' | 'thread' | 'run' | 'after' | 'mayConflict' | 'foreign'

export interface Answer {
  status: number
  run: string
  thread: string
}

export interface ReceivedFrame {
  seq: number
  event: { type: string } & Record<string, unknown>
}

export type Leaving = 'fin' | 'rst' | 'half-open'

export interface Exchange {
  /** Resolves with the head of the answer; rejects when there is none. */
  readonly answer: Promise<Answer>
  /** The frames, until the stream is over; a cut ends them as well. */
  frames(): AsyncGenerator<ReceivedFrame>
  /** The body of an answer that is no stream; `kept` is what the history keeps of it. */
  json(kept: (body: unknown) => unknown): Promise<unknown>
  leave(how: Leaving): void
}

export interface Caller {
  call(details: CallDetails): Exchange
  /** Closes what was left half-open. */
  close(): void
}

/** Longer than a program that works says nothing: heartbeats, and what an upstream may take. */
const silenceMillisecondsMax = 8_000

export function createCaller(history: History): Caller {
  const agent = new Agent({ keepAlive: false })
  const abandoned = new Set<ClientRequest>()
  let lastCall = 0
  return {
    call(details) {
      lastCall += 1
      return createExchange(history, lastCall, details, { agent, abandoned })
    },
    close() {
      for (const each of abandoned) each.destroy()
    },
  }
}

interface Sockets {
  agent: Agent
  abandoned: Set<ClientRequest>
}

function createExchange(history: History, call: number, details: CallDetails, sockets: Sockets): Exchange {
  const { user, server, operation, key, about } = details
  history.add({ type: 'call', call, user, server, operation, ...(key !== undefined && { key }), ...about })
  const sent = send(details, sockets.agent)
  let isOver = false
  let response: IncomingMessage | undefined
  const patience = setTimeout(giveUp, silenceMillisecondsMax)

  function over(how: 'whole' | 'cut' | 'left'): void {
    clearTimeout(patience)
    if (isOver) return
    isOver = true
    history.add({ type: 'over', call, how })
  }

  function hearSomething(): void {
    if (!isOver) patience.refresh()
  }

  /** Whoever hears nothing for so long looks elsewhere. */
  function giveUp(): void {
    leave('fin')
  }

  function leave(how: Leaving): void {
    over('left')
    if (how === 'half-open') {
      response?.pause()
      sockets.abandoned.add(sent)
    } else if (how === 'rst' && sent.socket !== null) sent.socket.resetAndDestroy()
    else sent.destroy()
  }

  const answer = new Promise<Answer>((resolve, reject) => {
    sent.once('response', (received) => {
      response = received
      received.on('error', () => {})
      const { 'parley-run': run = '', 'parley-thread': thread = '' } = received.headers
      const told = { status: received.statusCode ?? 0, run: String(run), thread: String(thread) }
      const request = received.headers['x-request-id']
      const named = told.status === 200 || request === undefined ? {} : { request: String(request) }
      history.add({ type: 'answer', call, ...withoutEmpty(told), ...named })
      hearSomething()
      resolve(told)
    })
    sent.on('error', (error) => {
      over('cut')
      reject(error)
    })
    sent.once('close', () => {
      if (response !== undefined) return
      over('cut')
      reject(new Error('There was no answer.'))
    })
  })
  answer.catch(() => {})

  async function* chunks(): AsyncGenerator<string> {
    await answer
    if (response === undefined) return
    try {
      const decoder = new TextDecoder()
      for await (const chunk of response) {
        hearSomething()
        yield decoder.decode(chunk as Buffer, { stream: true })
        if (isOver) return
      }
      over('whole')
    } catch {
      over('cut')
    }
  }

  return {
    answer,
    async *frames() {
      let rest = ''
      for await (const text of chunks()) {
        const blocks = (rest + text).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) {
          const frame = parseFrame(block)
          if (frame === undefined) continue
          history.add({ type: 'frame', call, ...frame })
          yield frame
        }
      }
    },
    async json(kept) {
      const { status } = await answer
      let text = ''
      for await (const chunk of chunks()) text += chunk
      const body: unknown = JSON.parse(text)
      history.add({ type: 'answer', call, status, body: kept(body) })
      return body
    },
    leave,
  }
}

function send({ token, port, operation, params, key, onSent }: CallDetails, agent: Agent): ClientRequest {
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/chatkit',
    method: 'POST',
    agent,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'parley-stream': '1',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
  })
  if (onSent !== undefined) sent.once('finish', onSent)
  sent.end(JSON.stringify({ type: operation, params }))
  return sent
}

function withoutEmpty({ status, run, thread }: Answer): { status: number; run?: string; thread?: string } {
  return { status, ...(run !== '' && { run }), ...(thread !== '' && { thread }) }
}

/** Undefined for a comment. */
function parseFrame(block: string): ReceivedFrame | undefined {
  const lines = block.split('\n')
  const valueOf = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
  const data = valueOf('data')
  if (data === undefined) return undefined
  return { seq: Number(valueOf('id')), event: JSON.parse(data) as ReceivedFrame['event'] }
}
