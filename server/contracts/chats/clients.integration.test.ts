/** Clients that exist, as they are: `curl` with the document's own lines, and the AI SDK's transport and reader. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { defaults, seal } from 'iron-webcrypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../../auth/bearer-tokens.ts'
import { encodeId } from '../../conversation/ids.ts'
import { createTestDatabase } from '../../testing/databases.ts'
import type { TestDatabase } from '../../testing/databases.ts'
import { startDoorServer } from '../../testing/door-server.ts'
import type { DoorServer } from '../../testing/door-server.ts'
import { createPacedAgent } from '../../testing/paced-agent.ts'
import { createChatsDoor } from './routes.ts'
import type { WireChat, WireChatWithMessages } from './wire.ts'

const run = promisify(execFile)
const curl = (...options: string[][]): Promise<{ stdout: string }> => run('curl', options.flat())
const nuxtPassword = 'a password of at least thirty-two characters'
const agent = createPacedAgent()
let database: TestDatabase | undefined
let server: DoorServer | undefined

function started(): DoorServer {
  if (server === undefined) throw new Error('The server has not started.')
  return server
}

beforeAll(async () => {
  const opened = await createTestDatabase('pglite')
  database = opened
  server = await startDoorServer({
    storage: opened.storage,
    agent,
    nuxtPassword,
    doors: ({ engine, admission, framing }) => [
      createChatsDoor({
        engine,
        store: opened.storage.store,
        admission,
        framing,
        onFailure: () => {},
        now: () => new Date(),
      }),
    ],
  })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

/** As a Nuxt app seals it. */
async function nuxtSession(id: string, user?: { id: number }): Promise<string> {
  const once = {
    ...defaults,
    encryption: { ...defaults.encryption, iterations: 1 },
    integrity: { ...defaults.integrity, iterations: 1 },
  }
  const session = { id, createdAt: Date.now(), data: user === undefined ? {} : { user } }
  return seal(session, nuxtPassword, once)
}

describe('the document’s examples', () => {
  test('[CHATS-15] every `curl` line of the document does what the document says', async () => {
    const cookie = `nuxt-session=${await nuxtSession('visitor')}`
    const api = `${started().url}/api`
    const created = await curl(
      ['-sS', '-X', 'POST', `${api}/chats`],
      ['-H', 'Content-Type: application/json'],
      ['-d', '{"prompt": "Create Phishing Awareness"}'],
      ['--cookie', cookie],
    )
    const chat = JSON.parse(created.stdout) as WireChatWithMessages
    expect(chat).toMatchObject({ title: 'Create Phishing Awareness', userId: 'guest_nuxt_visitor' })
    const got = await curl(['-sS', `${api}/chats/${chat.id}`, '--cookie', cookie])
    expect(JSON.parse(got.stdout)).toEqual(chat)
    const streaming = curl(
      ['-sS', '-N', '-X', 'POST', `${api}/chats/${chat.id}`],
      ['-H', 'Content-Type: application/json'],
      ['-d', '{"model":"gpt-oss-120b","messages":[{"role":"user","content":"Hello"}]}'],
      ['--cookie', cookie],
    )
    const threadId = encodeId('thr', chat.id)
    await agent.say('Hello', threadId)
    await agent.finish(threadId)
    const { stdout } = await streaming
    // The document's lines, and between them our own, which its client does not know.
    const lines = stdout.split('\n').filter((line) => /^(?:event|data): .*text-/.test(line))
    const id = /"id":"([^"]+)"/.exec(lines[1] ?? '')?.[1]
    expect(lines).toEqual([
      'event: text-start',
      `data: {"type":"text-start","id":"${id}"}`,
      'event: text-delta',
      `data: {"type":"text-delta","id":"${id}","delta":"Hello"}`,
      'event: text-end',
      `data: {"type":"text-end","id":"${id}"}`,
    ])
  })

  test('[CHATS-2] a Nuxt app’s session counts, and whoever signs in to the app keeps the chats of that session', async () => {
    const ask = async (session: string): Promise<WireChat[]> => {
      const headers = { cookie: `nuxt-session=${session}` }
      const reply = await fetch(`${started().url}/api/chats`, { headers })
      expect(reply.status).toBe(200)
      return (await reply.json()) as WireChat[]
    }
    const guest = await nuxtSession('before')
    const created = await fetch(`${started().url}/api/chats`, {
      method: 'POST',
      headers: { cookie: `nuxt-session=${guest}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'As a guest' }),
    })
    expect(created.status).toBe(201)
    expect(created.headers.get('set-cookie')).toBe(null)
    expect(await ask(guest)).toHaveLength(1)
    expect(await ask(await nuxtSession('another', { id: 7 }))).toEqual([])
    const kept = await ask(await nuxtSession('before', { id: 8 }))
    expect(kept).toMatchObject([{ title: 'As a guest', userId: 'nuxt_8' }])
    expect(await ask(guest)).toEqual([])
  })
})

/** What is used of the AI SDK. */
interface AiSdk {
  DefaultChatTransport: new (options: { api: string; headers: Record<string, string> }) => {
    sendMessages(options: object): Promise<ReadableStream<unknown>>
    reconnectToStream(options: object): Promise<ReadableStream<unknown> | null>
  }
  readUIMessageStream(options: {
    stream: ReadableStream<unknown>
    terminateOnError: boolean
  }): AsyncIterable<{ id: string; role: string; parts: { type: string; text?: string; state?: string }[] }>
}

/** The laboratory has it from its package. */
const aiSdk = new URL('../../../bench/node_modules/ai/dist/index.mjs', import.meta.url)
const aiSdkPath = [aiSdk, new URL('index.js', aiSdk)]
  .map((url) => fileURLToPath(url))
  .find((path) => existsSync(path))

describe.skipIf(aiSdkPath === undefined)('the AI SDK, which `npm ci` in bench/ installs', () => {
  test('[CHATS-16] its transport asks, reads, resumes and regenerates, by both addresses', async () => {
    const { DefaultChatTransport, readUIMessageStream } = (await import(aiSdkPath ?? '')) as AiSdk
    const token = await createToken({ secret: started().secret }, { userId: 'sdk' })
    const headers = { authorization: `Bearer ${token}` }
    const created = await fetch(`${started().url}/api/chats`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: 'Hello there' }),
    })
    const chat = (await created.json()) as WireChatWithMessages
    const threadId = encodeId('thr', chat.id)
    const api = `${started().url}/api/chats/${chat.id}`
    const transport = new DefaultChatTransport({ api, headers })
    const listTransport = new DefaultChatTransport({ api: `${started().url}/api/chats`, headers })
    const read = async (stream: ReadableStream<unknown> | Promise<ReadableStream<unknown>>) => {
      let message
      for await (const state of readUIMessageStream({ stream: await stream, terminateOnError: true })) {
        message = state
      }
      return message
    }
    const [first] = chat.messages
    const question = { id: first?.id, role: 'user', parts: [{ type: 'text', text: first?.content }] }
    const asked = {
      chatId: chat.id,
      messages: [question],
      trigger: 'regenerate-message',
      messageId: undefined,
    }
    const streaming = read(transport.sendMessages({ ...asked, abortSignal: undefined }))
    await agent.say('General ', threadId)
    const resumed = await transport.reconnectToStream({ chatId: chat.id })
    const elsewhere = await listTransport.reconnectToStream({ chatId: chat.id })
    await agent.say('Kenobi', threadId)
    await agent.finish(threadId)
    if (resumed === null || elsewhere === null) throw new Error('Nothing was to be resumed.')
    const messages = await Promise.all([streaming, read(resumed), read(elsewhere)])
    const stored = (await (await fetch(api, { headers })).json()) as WireChatWithMessages
    for (const message of messages) {
      expect(message).toMatchObject({
        id: stored.messages[1]?.id,
        role: 'assistant',
        parts: [{ type: 'text', text: 'General Kenobi', state: 'done' }],
      })
    }
    expect(await transport.reconnectToStream({ chatId: chat.id })).toBe(null)

    const next = { id: 'sdk-2', role: 'user', parts: [{ type: 'text', text: 'You are bold' }] }
    const history = { ...asked, messages: [question, messages[0], next], trigger: 'submit-message' }
    const second = read(transport.sendMessages({ ...history, abortSignal: undefined }))
    await expect.poll(() => agent.contexts.filter(({ thread }) => thread.id === threadId).length).toBe(2)
    await agent.say('Indeed', threadId)
    await agent.finish(threadId)
    expect(await second).toMatchObject({ parts: [{ type: 'text', text: 'Indeed' }] })
    const all = (await (await fetch(api, { headers })).json()) as WireChatWithMessages
    expect(all.messages.map(({ content }) => content)).toEqual([
      'Hello there',
      'General Kenobi',
      'You are bold',
      'Indeed',
    ])
  })
})
