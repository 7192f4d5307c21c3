/** All that the load generator knows of a server's protocol: how to ask, and how a whole answer ends. */
import { createHmac, hkdfSync } from 'node:crypto'

export type ProtocolName = 'completions' | 'parley' | 'parley-next' | 'chatkit' | 'chat'

export interface Question {
  /** `host:port`. */
  host: string
  text: string
  /** Number of the stream: names the user, and the thread where the client does. */
  number: number
  /** Of an earlier answer, where the question continues its thread. */
  threadId: string | null
}

export interface Protocol {
  /** The whole request. */
  request(question: Question): string
  /** What the last 200 bytes of a whole answer hold. */
  ending: string
  /** How often the whole text may come again in the same stream, as the message that is stored. */
  repetitions: readonly number[]
  /** Whether a question needs the thread of an earlier one. */
  continues: boolean
}

/** How many users the load has. Each stream belongs to the next one. */
const users = 64

export function createProtocol(name: ProtocolName, secret: string): Protocol {
  switch (name) {
    case 'completions':
      return { request: askCompletions, ending: 'data: [DONE]', repetitions: [0], continues: false }
    case 'chat':
      return { request: askChat, ending: 'data: [DONE]', repetitions: [0], continues: false }
    case 'chatkit':
      // The part and the item; chatkit-nodejs says the item twice.
      return { request: askChatKit({}), ending: '}]}}', repetitions: [2, 3], continues: false }
    case 'parley':
    case 'parley-next':
      return {
        request: askChatKit({ secret }),
        ending: '{"type":"parley.run_ended","status":"completed"}',
        repetitions: [2],
        continues: name === 'parley-next',
      }
  }
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
  const id = `chat-${process.pid}-${number}`
  const message = { id: `${id}-1`, role: 'user', parts: [{ type: 'text', text }] }
  return post('/api/chat', host, { id, messages: [message], trigger: 'submit-message' })
}

function askChatKit({ secret }: { secret?: string }): (question: Question) => string {
  const tokens = secret === undefined ? [] : Array.from({ length: users }, (_, user) => mint(secret, user))
  return ({ host, text, number, threadId }) => {
    const input = { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} }
    const asked =
      threadId === null
        ? { type: 'threads.create', params: { input } }
        : { type: 'threads.add_user_message', params: { thread_id: threadId, input } }
    const ours =
      secret === undefined
        ? ''
        : `authorization: Bearer ${tokens[number % users] ?? ''}\r\nparley-stream: 1\r\n`
    return post('/chatkit', host, asked, ours)
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

/** The user whom a stream belongs to: a thread can be continued only by its own. */
export function userOf(number: number): number {
  return number % users
}
