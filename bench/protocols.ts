/** All that the load generator knows of a server's protocol: how to ask, and how a whole answer ends. */
import { createHmac, hkdfSync } from 'node:crypto'
import type { HttpReply } from './http-reply.ts'
import { createReadProtocol } from './read-protocols.ts'
import type { ReadProtocolName } from './read-protocols.ts'
import { createSessionsProtocol, rememberedSecret } from './session-protocols.ts'

export type ProtocolName =
  | 'completions'
  | 'parley'
  | 'parley-next'
  | 'parley-follow'
  | 'chatkit'
  | 'chat'
  | 'sessions'
  | 'tutor'
  | ReadProtocolName

/** What a server said of an answer at its beginning. */
export interface Earlier {
  threadId: string
  runId: string
}

export interface Question {
  /** `host:port`. */
  host: string
  text: string
  /** Number of the stream: names the user, and the thread where the client does. */
  number: number
  /** Of an earlier question, where this one builds on it. */
  earlier: Earlier | null
}

export interface CutAnswer {
  host: string
  number: number
  /** As far as it came. */
  reply: HttpReply
}

export interface Protocol {
  /** The whole request. */
  request(question: Question): string
  /** Of a whole answer. Default: 200. */
  status?: number
  /** What the last kibibyte of a whole answer holds. */
  ending: string
  /** How often the whole text may come again in the same stream, as the message that is stored. Null: it does not matter. */
  repetitions: readonly number[] | null
  /** Asks for the rest of an answer that was cut off. */
  resume(cut: CutAnswer): string
  /** Whether a question stands alone, is the next one in the thread of an earlier one, or follows its answer, too. */
  builds: 'alone' | 'next' | 'follow'
  /** Keeps what a later question needs of a whole answer. */
  remember?(host: string, reply: HttpReply): void
}

/** How many users the load has. Each stream belongs to the next one. */
const users = 64

export function createProtocol(name: ProtocolName, secret: string): Protocol {
  switch (name) {
    case 'completions':
      return { ...once, request: askCompletions, ending: 'data: [DONE]' }
    case 'chat':
      return { ...once, request: askChat, ending: 'data: [DONE]', resume: resumeChat }
    case 'chatkit':
      // The part and the item; chatkit-nodejs says the item twice.
      return { ...once, request: askChatKit(() => ''), ending: '}]}}', repetitions: [2, 3] }
    case 'parley':
    case 'parley-next':
    case 'parley-follow': {
      const identify = createIdentities(secret)
      return {
        request: name === 'parley-follow' ? followParley(identify) : askChatKit(identify),
        ...answeredByParley,
        resume: resumeParley(identify),
        builds: name === 'parley' ? 'alone' : name === 'parley-next' ? 'next' : 'follow',
      }
    }
    case 'sessions':
      return { ...once, ...createSessionsProtocol() }
    case 'tutor':
      return { ...once, ...answeredByParley, request: askChatKit(showSecret) }
    case 'items-few':
    case 'items-some':
    case 'items-more':
    case 'items-many':
    case 'threads-few':
    case 'threads-some':
    case 'threads-more':
    case 'threads-many': {
      const identify = createIdentities(secret)
      return { ...once, ...createReadProtocol(name, (user) => identify(user, '')) }
    }
  }
}

const answeredByParley: Pick<Protocol, 'ending' | 'repetitions'> = {
  ending: '{"type":"parley.run_ended","status":"completed"}',
  repetitions: [2],
}

/** Most servers say a text once, and what was cut off is gone. */
const once: Pick<Protocol, 'repetitions' | 'resume' | 'builds'> = {
  repetitions: [0],
  builds: 'alone',
  resume() {
    throw new Error('This protocol cannot resume an answer.')
  },
}

function post(path: string, host: string, body: object, headers = ''): string {
  const text = JSON.stringify(body)
  return (
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n` +
    `${headers}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  )
}

/** What the upstream itself is asked: for servers that pass bytes on. */
function askCompletions({ host, text }: Question): string {
  const messages = [{ role: 'user', content: text }]
  return post('/v1/chat/completions', host, {
    model: 'bench',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
}

/** What the AI SDK's `useChat` sends; our small servers around other libraries take it, too. */
function askChat({ host, text, number }: Question): string {
  const id = chatId(number)
  const message = { id: `${id}-1`, role: 'user', parts: [{ type: 'text', text }] }
  return post('/api/chat', host, { id, messages: [message], trigger: 'submit-message' })
}

function chatId(number: number): string {
  return `chat-${process.pid}-${number}`
}

/** The whole answer once more, and then its rest. */
function resumeChat({ host, number }: CutAnswer): string {
  return `GET /api/chat/${chatId(number)}/stream HTTP/1.1\r\nhost: ${host}\r\naccept: text/event-stream\r\n\r\n`
}

/** The header fields that say who asks. */
type Identify = (number: number, host: string) => string

function createIdentities(secret: string): Identify {
  const tokens = Array.from({ length: users }, (_, user) => mint(secret, user))
  return (number) => `authorization: Bearer ${tokens[number % users] ?? ''}\r\nparley-stream: 1\r\n`
}

/** Who has a session shows its secret, and nothing else. */
function showSecret(number: number, host: string): string {
  return `authorization: Bearer ${rememberedSecret(host, number)}\r\nparley-stream: 1\r\n`
}

function askChatKit(identify: Identify): Protocol['request'] {
  return ({ host, text, number, earlier }) => {
    const input = { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
    const asked =
      earlier === null
        ? { type: 'threads.create', params: { input } }
        : { type: 'threads.add_user_message', params: { thread_id: earlier.threadId, input } }
    return post('/chatkit', host, asked, identify(number, host))
  }
}

/** The whole answer from its beginning, as a second tab does. */
function followParley(identify: Identify): Protocol['request'] {
  return ({ host, number, earlier }) => {
    const params = { thread_id: earlier?.threadId, run_id: earlier?.runId, after: 0 }
    return post('/chatkit', host, { type: 'parley.resume', params }, identify(number, host))
  }
}

/** What comes behind the last event that had arrived as a whole. */
function resumeParley(identify: Identify): Protocol['resume'] {
  return ({ host, number, reply }) => {
    const whole = reply.tail.slice(0, reply.tail.lastIndexOf('\n\n'))
    const params = {
      thread_id: reply.header('parley-thread'),
      run_id: reply.header('parley-run'),
      after: Number(/.*^id: (\d+)$/ms.exec(whole)?.[1] ?? 0),
    }
    return post('/chatkit', host, { type: 'parley.resume', params }, identify(number, host))
  }
}

/** A bearer token as Parley's README describes it. */
function mint(secret: string, user: number): string {
  const now = Math.floor(Date.now() / 1_000)
  const claims = { iss: 'parley', aud: 'parley', sub: `bench-user-${user}`, iat: now, exp: now + 86_400 }
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  const key = Buffer.from(hkdfSync('sha256', secret, 'parley', 'bearer-token', 32))
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}
