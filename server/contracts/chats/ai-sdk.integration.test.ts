/**
 * The AI SDK in the versions that people use, unmodified and without a browser: its transport, and its chat as the Nuxt template
 * makes one (`Chat` of `@ai-sdk/vue`). `element/ai-sdk.integration.test.ts` has it in pages.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../../auth/bearer-tokens.ts'
import { encodeId } from '../../conversation/ids.ts'
import type { FileKeeper } from '../../files/keeper.ts'
import type { Storage } from '../../storage/open.ts'
import { clientModule, clientVersion, findClient, shows } from '../../testing/clients.ts'
import type { ClientFolder } from '../../testing/clients.ts'
import { createTestDatabase } from '../../testing/databases.ts'
import type { TestDatabase } from '../../testing/databases.ts'
import { startDoorServer } from '../../testing/door-server.ts'
import type { DoorServer } from '../../testing/door-server.ts'
import { createTestFiles } from '../../testing/file-keepers.ts'
import type { TestFiles } from '../../testing/file-keepers.ts'
import { createVersatileAgent } from '../../testing/versatile-agent.ts'
import { createChatsDoor } from './routes.ts'
import type { WireChatWithMessages } from './wire.ts'

const versions: ClientFolder[] = ['ai-sdk-5', 'ai-sdk-6', 'ai-sdk-7']
const hasClients = versions.every((folder) => findClient(folder) !== null)
const required = process.env['PARLEY_TEST_REQUIRE'] === 'all'

interface Part {
  type: string
  [field: string]: unknown
}

interface UiMessage {
  id: string
  role: string
  parts: Part[]
}

/** What is used of the AI SDK. */
interface Chat {
  readonly id: string
  messages: UiMessage[]
  readonly status: 'submitted' | 'streaming' | 'ready' | 'error'
  readonly error: Error | undefined
  sendMessage(message: { text: string; files?: Part[]; messageId?: string }): Promise<void>
  regenerate(options?: { messageId?: string }): Promise<void>
  resumeStream(): Promise<void>
  stop(): Promise<void>
  addToolOutput(output: {
    tool: string
    toolCallId: string
    state?: 'output-error'
    output?: unknown
    errorText?: string
  }): Promise<void>
}

interface ChatOptions {
  id: string
  messages: UiMessage[]
  transport: unknown
  sendAutomaticallyWhen: unknown
  onData(part: Part): void
}

interface AiSdk {
  DefaultChatTransport: new (options: {
    api: string
    headers: Record<string, string>
    fetch?: typeof fetch
  }) => unknown
  lastAssistantMessageIsCompleteWithToolCalls: unknown
}

const agent = createVersatileAgent()
const { paced } = agent
let database: TestDatabase | undefined
let files: TestFiles | undefined
let keeper: FileKeeper | undefined
/** One whose runs wait long for a client that has left, and one that does not wait. */
let patient: DoorServer | undefined
let hasty: DoorServer | undefined

function keeperOf(storage: Storage): FileKeeper {
  if (files === undefined) throw new Error('There is no place for files.')
  keeper ??= files.keeper(storage)
  return keeper
}

/** As the door of files gives it. */
async function contentAt(address: string): Promise<string> {
  const { pathname, searchParams } = new URL(address)
  if (keeper === undefined) throw new Error('Nothing is kept.')
  const { blob } = await keeper.open(pathname.replace('/files/', ''), searchParams.get('link') ?? '')
  return new Response(await keeper.read(blob)).text()
}

async function start(stopGraceSeconds: number): Promise<DoorServer> {
  if (database === undefined) throw new Error('There is no database.')
  const { storage } = database
  return startDoorServer({
    storage,
    agent,
    secret: 's'.repeat(32),
    timings: { stopGraceSeconds },
    doors: ({ engine, admission, framing }) => [
      createChatsDoor({
        engine,
        store: storage.store,
        admission,
        framing,
        keeper: keeperOf(storage),
        limits: [],
        onFailure: () => {},
        now: () => new Date(),
      }),
    ],
  })
}

beforeAll(async () => {
  database = await createTestDatabase('pglite')
  files = await createTestFiles()
  patient = await start(600)
  hasty = await start(0)
})
afterAll(async () => {
  await Promise.all([patient?.close(), hasty?.close()])
  await Promise.all([database?.close(), files?.close()])
})

function serverOf(which: 'patient' | 'hasty'): DoorServer {
  const server = which === 'patient' ? patient : hasty
  if (server === undefined) throw new Error('The server has not started.')
  return server
}

/** A person with a page of one version, who begins a chat as the Nuxt template does: with a message under an id of the page's. */
async function openPage(folder: ClientFolder, words: string, which: 'patient' | 'hasty' = 'patient') {
  const sdk = (await import(clientModule(folder, 'ai'))) as AiSdk
  const { Chat: ChatClass } = (await import(clientModule(folder, '@ai-sdk/vue'))) as {
    Chat: new (options: ChatOptions) => Chat
  }
  const server = serverOf(which)
  const token = await createToken({ secret: server.secret }, { userId: randomUUID() })
  const headers = { authorization: `Bearer ${token}` }
  const id = randomUUID()
  const api = `${server.url}/api/chats`
  const body = { id, message: { role: 'user', parts: [{ type: 'text', text: words }] } }
  const begin = (): Promise<Response> =>
    fetch(api, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  expect((await begin()).status).toBe(201)
  const data: Part[] = []
  const requests: string[] = []
  const watched: typeof fetch = (input, init) => {
    requests.push(`${init?.method} ${new Request(input).url.slice(server.url.length)}`)
    return fetch(input, init)
  }
  const history = async (): Promise<WireChatWithMessages> => {
    const reply = await fetch(`${api}/${id}`, { headers })
    expect(reply.status).toBe(200)
    return (await reply.json()) as WireChatWithMessages
  }
  const open = async (shown: Record<string, string> = headers, from = server.url): Promise<Chat> => {
    const { messages } = await history()
    return new ChatClass({
      id,
      messages: messages.map((message) => ({
        ...message,
        parts: message.parts.map((part) => ({ ...part })),
      })),
      transport: new sdk.DefaultChatTransport({
        api: `${from}/api/chats/${id}`,
        headers: shown,
        fetch: watched,
      }),
      sendAutomaticallyWhen: sdk.lastAssistantMessageIsCompleteWithToolCalls,
      onData: (part) => void data.push(part),
    })
  }
  return { id, threadId: encodeId('thr', id), api, headers, begin, history, open, data, requests }
}

/** Of its parts: what a person reads. */
function textOf(message: { parts: readonly { type: string }[] } | undefined): string {
  return (message?.parts ?? [])
    .map((part) => (part.type === 'text' && 'text' in part ? String(part.text) : ''))
    .join('')
}

/** As JSON has it, without what only tells how a part came. */
function plain(messages: readonly object[]): unknown {
  const text = JSON.stringify(messages, (key, value: unknown) =>
    ['chatId', 'content', 'createdAt', 'state', 'id'].includes(key) && typeof value !== 'object'
      ? undefined
      : value,
  )
  return JSON.parse(text)
}

function shown(folder: ClientFolder, what: string[]) {
  return {
    client: 'AI SDK: Chat (@ai-sdk/vue)',
    version: clientVersion(folder, 'ai'),
    door: '/api/chats',
    what,
    where: 'Node',
  }
}

describe.skipIf(!hasClients && !required)('the AI SDK', () => {
  test.for(versions)(
    '[CHATS-16] %s: the Nuxt template’s way: begun once, answered, gone on, answered again',
    async (folder, context) => {
      shows(context, shown(folder, ['create with the page’s id', 'send', 'regenerate', 'history']))
      const page = await openPage(folder, 'Hello')
      expect((await page.begin()).headers.get('idempotent-replayed')).toBe('true')
      const chat = await page.open()
      expect(chat.messages).toHaveLength(1)
      await chat.regenerate()
      expect(chat).toMatchObject({ status: 'ready', error: undefined })
      await chat.sendMessage({ text: 'Go on' })
      expect(chat.messages.map(textOf)).toEqual(['Hello', '1: Hello', 'Go on', '2: Go on'])
      // The chat has the same messages by the same names.
      const { messages } = await page.history()
      expect(messages.map(({ id }) => id)).toEqual(chat.messages.map(({ id }) => id))
      expect(plain(messages)).toEqual(plain(chat.messages))
      await chat.regenerate()
      expect(chat.messages.map(textOf)).toEqual(['Hello', '1: Hello', 'Go on', '3: Go on'])
      expect((await page.history()).messages.map(textOf)).toEqual(chat.messages.map(textOf))
    },
  )

  test.for(versions)(
    '[CHATS-26] %s: any answer is written again, and any message rewritten, where it stands',
    async (folder, context) => {
      shows(context, shown(folder, ['regenerate any', 'edit']))
      const page = await openPage(folder, 'One')
      const chat = await page.open()
      await chat.regenerate()
      await chat.sendMessage({ text: 'Two' })
      await chat.sendMessage({ text: 'Three' })
      const second = chat.messages[2]?.id ?? ''
      await chat.regenerate({ messageId: chat.messages[3]?.id ?? '' })
      expect(chat.messages.map(textOf)).toEqual(['One', '1: One', 'Two', '4: Two'])
      expect((await page.history()).messages.map(textOf)).toEqual(chat.messages.map(textOf))
      await chat.sendMessage({ text: 'Two and a half', messageId: second })
      expect(chat.messages.map(textOf)).toEqual(['One', '1: One', 'Two and a half', '5: Two and a half'])
      const { messages } = await page.history()
      expect(messages.map(textOf)).toEqual(chat.messages.map(textOf))
      expect(messages[2]?.id).toBe(second)
    },
  )

  test.for(versions)(
    '[CHATS-21] %s: all that a run says arrives as a part, and the history has the same parts',
    async (folder, context) => {
      shows(context, shown(folder, ['reasoning', 'sources', 'files', 'data parts']))
      const page = await openPage(folder, 'everything')
      const chat = await page.open()
      await chat.regenerate()
      expect(chat.error).toBe(undefined)
      const [, message] = chat.messages
      expect(message?.parts.map(({ type }) => type)).toEqual([
        'step-start',
        'reasoning',
        'data-workflow',
        'text',
        'source-url',
        'source-document',
        'data-widget',
        'text',
        'file',
        'data-task',
        'text',
      ])
      expect(message?.parts).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: 'reasoning', text: 'The sky is wide.' }),
          expect.objectContaining({ type: 'source-url', title: 'Skies', url: 'https://sky.example/' }),
          expect.objectContaining({
            type: 'source-document',
            filename: 'blue.pdf',
            mediaType: 'application/pdf',
          }),
          expect.objectContaining({ type: 'file', mediaType: 'image/gif' }),
        ]),
      )
      expect(JSON.stringify(message?.parts)).toContain('"value":"1, 2"')
      const transient = page.data.filter((part) => part['transient'] === true)
      expect(transient.map(({ type, data }) => ({ type, data }))).toEqual([
        { type: 'data-progress', data: { text: 'Looking into it', icon: 'search' } },
        { type: 'data-chat-title', data: { title: 'Everything' } },
        { type: 'data-notice', data: { level: 'warning', message: 'That was half of it.' } },
        { type: 'data-effect', data: { name: 'confetti', data: { pieces: 7 } } },
      ])
      const { messages } = await page.history()
      expect(messages[1]?.id).toBe(message?.id)
      expect(plain(messages)).toEqual(plain(chat.messages))
    },
  )

  test.for(versions)(
    '[CHATS-22] %s: the output of the page’s tool goes on with the same message, once',
    async (folder, context) => {
      shows(context, shown(folder, ['tools']))
      const page = await openPage(folder, 'tool')
      const chat = await page.open()
      await chat.regenerate()
      const call = chat.messages[1]?.parts.at(-1)
      expect(call).toMatchObject({
        type: 'tool-pick_colour',
        state: 'input-available',
        input: { of: 'the sky' },
      })
      // Also after a reload.
      const reloaded = await page.open()
      const toolCallId = String(call?.['toolCallId'])
      await reloaded.addToolOutput({ tool: 'pick_colour', toolCallId, output: 'blue' })
      await expect.poll(() => textOf(reloaded.messages[1])).toBe('Let me ask.You picked "blue".')
      await expect.poll(() => reloaded.status).toBe('ready')
      expect(reloaded.messages).toHaveLength(2)
      expect(agent.asked.filter((id) => id === page.threadId)).toHaveLength(2)
      expect(page.requests.filter((request) => request.startsWith('POST'))).toHaveLength(2)
      const { messages } = await page.history()
      expect(plain(messages)).toEqual(plain(reloaded.messages))
      expect(messages[1]?.parts[2]).toMatchObject({ state: 'output-available', output: 'blue' })

      // A tool that fails, and a person who goes on before its output was sent.
      await reloaded.sendMessage({ text: 'tool' })
      const next = String(reloaded.messages[3]?.parts.at(-1)?.['toolCallId'])
      await reloaded.addToolOutput({
        tool: 'pick_colour',
        toolCallId: next,
        state: 'output-error',
        errorText: 'No eyes.',
      })
      await expect
        .poll(() => textOf(reloaded.messages[3]))
        .toBe('Let me ask.You picked {"error":"No eyes."}.')
      await expect.poll(() => reloaded.status).toBe('ready')
      const failed = (await page.history()).messages[3]
      expect(failed?.parts[2]).toMatchObject({ state: 'output-error', errorText: 'No eyes.' })
    },
  )

  test.for(versions)(
    '[CHATS-27] %s: a page that comes back in mid-answer reads it whole, and nothing twice',
    async (folder, context) => {
      shows(context, shown(folder, ['resume', '204 when nothing runs']))
      const page = await openPage(folder, 'slow')
      const first = await page.open()
      const begun = first.regenerate()
      await paced.say('One, ', page.threadId)
      await expect.poll(() => textOf(first.messages[1])).toBe('One, ')
      expect((await page.history()).messages).toHaveLength(1)
      const [resumed, nuxt] = [await page.open(), await page.open()]
      // As React's hook does on mount, and as the template does when there is only a question.
      const resuming = [resumed.resumeStream(), nuxt.regenerate()]
      for (const chat of [resumed, nuxt]) await expect.poll(() => textOf(chat.messages[1])).toBe('One, ')
      await paced.say('two', page.threadId)
      await paced.finish(page.threadId)
      await Promise.all([begun, ...resuming])
      for (const chat of [first, resumed, nuxt]) {
        expect(chat).toMatchObject({ status: 'ready', error: undefined })
        expect(chat.messages.map(textOf)).toEqual(['slow', 'One, two'])
        expect(plain(chat.messages)).toEqual(plain((await page.history()).messages))
      }
      expect(agent.asked.filter((id) => id === page.threadId)).toHaveLength(1)
      // Nothing runs: nothing happens.
      const later = await page.open()
      await later.resumeStream()
      expect(later).toMatchObject({ status: 'ready', error: undefined })
      expect(later.messages).toHaveLength(2)
      expect(page.requests.at(-1)).toBe(`GET /api/chats/${page.id}/${page.id}/stream`)
    },
  )

  test.for(versions)(
    '[CHATS-27] %s: of a message that goes on, who comes back gets what it had before, too',
    async (folder) => {
      const page = await openPage(folder, 'tool')
      const chat = await page.open()
      await chat.regenerate()
      const { messages: known } = await page.history()
      // The next run is paced, as it would be if the model took its time.
      const respond = agent.respond
      agent.respond = (context, message) => paced.respond(context, message)
      const toolCallId = String(chat.messages[1]?.parts.at(-1)?.['toolCallId'])
      await chat.addToolOutput({ tool: 'pick_colour', toolCallId, output: 'red' })
      await paced.say('A fine ', page.threadId)
      agent.respond = respond
      await expect.poll(() => textOf(chat.messages[1])).toBe('Let me ask.A fine ')
      const reloaded = await page.open()
      expect(reloaded.messages[1]?.id).toBe(known[1]?.id)
      const resuming = reloaded.resumeStream()
      await expect.poll(() => textOf(reloaded.messages[1])).toBe('Let me ask.A fine ')
      await paced.say('colour.', page.threadId)
      await paced.finish(page.threadId)
      await resuming
      await expect.poll(() => chat.status).toBe('ready')
      const { messages } = await page.history()
      expect(textOf(messages[1])).toBe('Let me ask.A fine colour.')
      for (const each of [chat, reloaded]) expect(plain(each.messages)).toEqual(plain(messages))
    },
  )

  test.for(versions)(
    '[CHATS-20] %s: `stop` stops the answer when its user does not come back; a message or another answer at once',
    async (folder, context) => {
      shows(context, shown(folder, ['stop']))
      const page = await openPage(folder, 'slow', 'hasty')
      const chat = await page.open()
      const begun = chat.regenerate()
      await paced.say('Half an ans', page.threadId)
      await expect.poll(() => textOf(chat.messages[1])).toBe('Half an ans')
      await chat.stop()
      await begun
      expect(chat.status).toBe('ready')
      await expect.poll(async () => textOf((await page.history()).messages[1])).toBe('Half an ans')

      const other = await openPage(folder, 'slow')
      const left = await other.open()
      const runs = (): number => agent.asked.filter((id) => id === other.threadId).length
      const stopped = async (asking: Promise<void>, words: string): Promise<void> => {
        await paced.say(words, other.threadId)
        await expect.poll(() => textOf(left.messages.at(-1))).toBe(words)
        await left.stop()
        await asking
      }
      await stopped(left.regenerate(), 'Half')
      await left.sendMessage({ text: 'Enough' })
      expect(left.messages.map(textOf)).toEqual(['slow', 'Half', 'Enough', '2: Enough'])
      const slow = left.sendMessage({ text: 'slow' })
      await expect.poll(runs).toBe(3)
      await stopped(slow, 'Wrong')
      const again = left.regenerate()
      await expect.poll(runs).toBe(4)
      await paced.say('Right', other.threadId)
      await paced.finish(other.threadId)
      await again
      expect(textOf(left.messages.at(-1))).toBe('Right')
      expect((await other.history()).messages.map(textOf)).toEqual(left.messages.map(textOf))
    },
  )

  test('[CHATS-20] whoever says that it knows how to stop an answer is not stopped for leaving, and stops it by asking', async () => {
    const page = await openPage('ai-sdk-7', 'slow', 'hasty')
    const chat = await page.open({ ...page.headers, 'parley-stream': '1' })
    const begun = chat.regenerate()
    await paced.say('One ', page.threadId)
    await expect.poll(() => textOf(chat.messages[1])).toBe('One ')
    await chat.stop()
    await begun
    await paced.say('two', page.threadId)
    const returned = await page.open({ ...page.headers, 'parley-stream': '1' })
    const resuming = returned.resumeStream()
    await expect.poll(() => textOf(returned.messages[1])).toBe('One two')
    // As the AI SDK's documents have it: without a body, or with whatever they send.
    const stop = await fetch(`${page.api}/${page.id}/stop`, { method: 'POST', headers: page.headers })
    expect(await stop.json()).toEqual({ success: true })
    await resuming
    expect(returned.status).toBe('ready')
    expect((await page.history()).messages.map(textOf)).toEqual(['slow', 'One two'])
  })

  test('[CHATS-20] whoever leaves one process stops the answer that another writes', async () => {
    const page = await openPage('ai-sdk-7', 'slow', 'hasty')
    const first = await page.open({ ...page.headers, 'parley-stream': '1' })
    const begun = first.regenerate()
    await paced.say('Half', page.threadId)
    await expect.poll(() => textOf(first.messages[1])).toBe('Half')
    const second = await page.open(page.headers, serverOf('patient').url)
    const resuming = second.resumeStream()
    await expect.poll(() => textOf(second.messages[1])).toBe('Half')
    await first.stop()
    await second.stop()
    await Promise.all([begun, resuming])
    await expect.poll(async () => (await page.history()).messages.map(textOf)).toEqual(['slow', 'Half'])
  })

  test.for(versions)(
    '[CHATS-23] %s: a file comes with a message and goes to the agent and into the history',
    async (folder, context) => {
      shows(context, shown(folder, ['attachments']))
      const page = await openPage(folder, 'Hello')
      const chat = await page.open()
      await chat.regenerate()
      const url = `data:text/plain;base64,${Buffer.from('Milk, bread').toString('base64')}`
      const sent = [{ type: 'file', mediaType: 'text/plain', filename: 'list.txt', url }]
      await chat.sendMessage({ text: 'Look', files: sent })
      expect(textOf(chat.messages[3])).toBe('2: Look with list.txt')
      const { messages } = await page.history()
      const [file] = messages[2]?.parts ?? []
      expect(file).toMatchObject({ type: 'file', mediaType: 'text/plain', filename: 'list.txt' })
      const address = file?.type === 'file' ? file.url : ''
      expect(await contentAt(address)).toBe('Milk, bread')
      // Its page sends it with every message from now on, and no more is made of it.
      await chat.sendMessage({ text: 'And now' })
      expect(textOf(chat.messages[5])).toBe('3: And now')
      for (const [wrong, words] of [
        [{ ...sent[0], url: 'https://elsewhere.example/a.txt' }, 'A file must be sent along, not linked to.'],
        [{ ...sent[0], url: 'data:text/html;base64,PGh0bWw+PHNjcmlwdD4=' }, 'Files of the type'],
      ] as const) {
        await chat.sendMessage({ text: 'Look', files: [wrong as Part] })
        expect(chat.error?.message).toContain(words)
      }
      expect((await page.history()).messages).toHaveLength(6)
      // The page keeps what was refused. It is not in the way.
      await chat.sendMessage({ text: 'At last' })
      expect(textOf(chat.messages.at(-1))).toMatch(/^4: .*At last$/s)
    },
  )

  test.for(versions)(
    '[CHATS-24] %s: whatever goes wrong is a sentence for the person',
    async (folder, context) => {
      shows(context, shown(folder, ['errors as text']))
      const page = await openPage(folder, 'fail')
      const chat = await page.open()
      await chat.regenerate()
      expect(chat).toMatchObject({ status: 'error', error: { message: 'The library is closed today.' } })
      await chat.sendMessage({ text: 'hidden' })
      expect(chat.error?.message).toBe('Something went wrong. Please try again.')
      await chat.sendMessage({ text: 'x'.repeat(200_001) })
      expect(chat.error?.message).toBe('The message is longer than 200000 characters (promptLengthMax).')
      const stranger = await page.open({ authorization: 'Bearer nobody' })
      for (const ask of [() => stranger.sendMessage({ text: 'Hi' }), () => stranger.resumeStream()]) {
        await ask()
        expect(stranger.error?.message).toBe('Please sign in.')
      }
      const elsewhere = await openPage(folder, 'Hello')
      const gone = await elsewhere.open()
      await fetch(`${page.api}/${elsewhere.id}`, { method: 'DELETE', headers: elsewhere.headers })
      await gone.regenerate()
      expect(gone.error?.message).toBe('This chat does not exist.')
    },
  )
})
