/** The document's own clients, as they are: `curl` with its lines, and a Nuxt app. The AI SDK has a file of its own. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { defaults, seal } from 'iron-webcrypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
