/** How a client of each door asks for an answer that is streamed. */
import { decodeId } from '../../conversation/ids.ts'
import type { BegunRun } from '../../engine/options.ts'
import type { StreamRequest } from './exchange.ts'
import type { Stage } from './stage.ts'

export interface Voice {
  /** What its recordings begin with: `chatkit/stock-`. */
  prefix: string
  /** Whether a stream that says nothing for a while says so. */
  hasHeartbeat: boolean
  /** Makes what there must be, and resolves with how to ask there. */
  prepare(stage: Stage): Promise<(text: string) => StreamRequest>
  /** How an answer is read on behind one of its events. Undefined where clients cannot. */
  readOn?: (run: BegunRun, after: number, asked: StreamRequest) => StreamRequest
}

const json = { 'content-type': 'application/json' }
const streamed = { ...json, accept: 'text/event-stream' }

export function post(path: string, body: unknown, headers: Record<string, string> = json): StreamRequest {
  return { method: 'POST', path, headers, body }
}

/** An operation of the ChatKit protocol, as every client sends it, or as one that wants our additions. */
export function chatKit(type: string, params: object, options: { isNumbered?: boolean } = {}): StreamRequest {
  const headers = options.isNumbered === true ? { ...json, 'parley-stream': '1' } : json
  return post('/chatkit', { type, params }, headers)
}

export function input(text: string): object {
  return { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
}

export function say(message: { sessionId: string; content: string; attachments?: object[] }): StreamRequest {
  return post('/api/chat/messages', message, { ...streamed, 'idempotency-key': 'once' })
}

export async function createSession(stage: Stage): Promise<string> {
  const made = await stage.ask(post('/api/chat/sessions', { tenantId: stage.owner.tenantId }))
  return textOf(made, 'id')
}

export async function createChat(stage: Stage): Promise<string> {
  const made = await stage.ask(post('/api/chats', { prompt: 'Speak' }))
  return textOf(made, 'id')
}

export function answerChat(id: string, text: string): StreamRequest {
  return post(`/api/chats/${id}`, {
    messages: [{ id: 'one', role: 'user', parts: [{ type: 'text', text }] }],
  })
}

export function respond(path: string, body: object): StreamRequest {
  return post(`/api/chatkit/${path}`, body, streamed)
}

export function textOf(value: unknown, field: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined
  if (typeof found !== 'string') throw new Error(`${JSON.stringify(value)} has no ${field}.`)
  return found
}

const begin = (text: string, isNumbered: boolean): StreamRequest =>
  chatKit('threads.create', { input: input(text) }, { isNumbered })

const lastSeen = (id: string): Record<string, string> => ({ 'last-event-id': id })

export const voices: readonly Voice[] = [
  {
    prefix: 'chatkit/stock-',
    hasHeartbeat: false,
    prepare: async () => (text) => begin(text, false),
  },
  {
    prefix: 'chatkit/numbered-',
    hasHeartbeat: true,
    prepare: async () => (text) => begin(text, true),
    readOn({ runId, threadId }, after) {
      const params = { thread_id: threadId, run_id: runId, after }
      return chatKit('parley.resume', params, { isNumbered: true })
    },
  },
  {
    prefix: 'chatkit/hosted-',
    hasHeartbeat: false,
    async prepare(stage) {
      // As the server of an app makes them: the client shows it, and nothing else.
      const made = await stage.ask(post('/api/chatkit/session', {}))
      const secret = textOf(made, 'client_secret')
      return (text) => ({ ...begin(text, false), path: '/v1/chatkit/conversation', secret })
    },
  },
  {
    prefix: 'support/',
    hasHeartbeat: true,
    async prepare(stage) {
      const sessionId = await createSession(stage)
      return (text) => say({ sessionId, content: text })
    },
    readOn(_run, after, asked) {
      return { ...asked, headers: { ...asked.headers, ...lastSeen(`${after}`) } }
    },
  },
  {
    prefix: 'respond/',
    hasHeartbeat: true,
    prepare: async () => (text) => respond('respond', { input: text }),
    readOn({ runId }, after) {
      const id = runId.replace('run_', 'resp_')
      return { method: 'GET', path: `/api/chatkit/responses/${id}/events`, headers: lastSeen(`${after}`) }
    },
  },
  {
    prefix: 'chats/',
    hasHeartbeat: true,
    async prepare(stage) {
      const id = await createChat(stage)
      return (text) => answerChat(id, text)
    },
    readOn({ runId, threadId }, after) {
      const headers = after === 0 ? {} : lastSeen(`${runId}:${after}`)
      return { method: 'GET', path: `/api/chats/${decodeId('thr', threadId)}/stream`, headers }
    },
  },
]
