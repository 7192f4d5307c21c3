/** Contract C against a real server, on both engines. */
import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import { createAdmission } from '../../admission/admission.ts'
import type { Admission } from '../../admission/admission.ts'
import { createAuthentication } from '../../auth/authentication.ts'
import { createBearerTokens, createToken } from '../../auth/bearer-tokens.ts'
import { createSecret } from '../../auth/secrets.ts'
import type { Agent } from '../../conversation/agent.ts'
import { ParleyError } from '../../conversation/errors.ts'
import { createTextDelta } from '../../conversation/events.ts'
import type { Item } from '../../conversation/items.ts'
import { openApiDocument } from '../../http/openapi.ts'
import { createLimiter } from '../../limits/limiter.ts'
import { createMemoryLimits } from '../../limits/memory.ts'
import { createTestFiles } from '../../testing/file-keepers.ts'
import type { TestFiles } from '../../testing/file-keepers.ts'
import { describeOnDatabases } from '../../testing/grounds.ts'
import type { Ground } from '../../testing/grounds.ts'
import { createMessage, createPacedAgent } from '../../testing/paced-agent.ts'
import { startSupportServer } from '../../testing/support-server.ts'
import type { SupportServer } from '../../testing/support-server.ts'
import { createChatActions, toActionError } from './actions.ts'
import type { SupportDoorOptions } from './routes.ts'

/** Says back what it was told. */
const echo: Agent = {
  async *respond(context, message) {
    const said = message?.content.map(({ text }) => text).join('') ?? ''
    const item = createMessage(context, '')
    const text = `You said “${said}” with ${message?.attachments.length ?? 0} files.`
    yield { type: 'item-added', item }
    yield createTextDelta(item.id, text)
    yield { type: 'item-done', item: { ...item, content: [{ type: 'output_text', text, annotations: [] }] } }
  },
}

const notes = Buffer.from('Notes: Grüße, 世界\n')
const photo = await sharp({ create: { width: 90, height: 60, channels: 3, background: '#a33' } })
  .withExif({ IFD0: { Copyright: 'canary-copyright' } })
  .jpeg()
  .toBuffer()

interface Reply {
  status: number
  headers: Headers
  body: Record<string, never> & { [name: string]: never }
}

interface AskOptions {
  body?: unknown
  headers?: Record<string, string>
  form?: FormData
  signal?: AbortSignal
}

interface Client {
  tenantId: string
  userId: string
  headers: Record<string, string>
  fetch(method: string, path: string, options?: AskOptions): Promise<Response>
  ask(method: string, path: string, options?: AskOptions): Promise<Reply>
  /** The id of a new session. */
  session(): Promise<string>
}

interface Place {
  ground: Ground
  files: TestFiles
  server: SupportServer
  client(changes?: { userId?: string; tenantId?: string; roles?: string[] }): Promise<Client>
}

let users = 0

describeOnDatabases('the support door', (ground) => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  async function place(
    agent: Agent = echo,
    changes: Partial<SupportDoorOptions> = {},
    admission?: Admission,
  ): Promise<Place> {
    const files = await createTestFiles()
    closing.push(files.close)
    const storage = ground.storage()
    const server = await startSupportServer({
      storage,
      agent,
      keeper: files.keeper(storage),
      changes,
      ...(admission === undefined ? {} : { admission }),
    })
    closing.push(server.close)
    return {
      ground,
      files,
      server,
      async client(claims = {}) {
        users += 1
        const { userId = `user${users}`, tenantId = `tenant${users}`, roles = [] } = claims
        const token = await createToken(server, { userId, tenantId, roles })
        return clientOf(server.url, { authorization: `Bearer ${token}` }, { userId, tenantId })
      },
    }
  }

  talking(place)
  failing(place)
  attaching(place)
  sending(place)
  reading(place)
  handingOver(place)
  closingSessions(place)
  keepingOut(place, ground)
  refusing(place)
  inProcess(place, ground)
})

type MakePlace = (
  agent?: Agent,
  changes?: Partial<SupportDoorOptions>,
  admission?: Admission,
) => Promise<Place>

function clientOf(
  url: string,
  headers: Record<string, string>,
  { userId, tenantId }: { userId: string; tenantId: string },
): Client {
  const client: Client = {
    userId,
    tenantId,
    headers,
    fetch(method, path, { body, form, signal, headers: more } = {}) {
      const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
      const sent =
        form ?? (typeof body === 'string' ? body : body === undefined ? null : JSON.stringify(body))
      return fetch(`${url}${path}`, {
        method,
        headers: { ...headers, ...json, ...more },
        body: sent,
        ...(signal === undefined ? {} : { signal }),
      })
    },
    async ask(method, path, options) {
      const response = await client.fetch(method, path, options)
      const text = await response.text()
      const body = text === '' ? {} : (JSON.parse(text) as Reply['body'])
      return { status: response.status, headers: response.headers, body }
    },
    async session() {
      const { body } = await client.ask('POST', '/api/chat/sessions', { body: { tenantId } })
      return body['id'] ?? ''
    },
  }
  return client
}

type Said = [
  client: Client,
  sessionId: string,
  content: string,
  more?: object,
  headers?: Record<string, string>,
]
const say = (...[client, sessionId, content, more = {}, headers = {}]: Said) =>
  client.ask('POST', '/api/chat/messages', { body: { sessionId, content, ...more }, headers })
const history = (client: Client, sessionId: string, query = '') =>
  client.ask('GET', `/api/chat/sessions/${sessionId}/messages${query}`)
const messagesOf = (
  reply: Reply,
): { id: string; content: string; role: string; attachments?: WireFile[] }[] => reply.body['messages'] ?? []
const errorOf = ({ status, body }: Reply): [number, string] => [
  status,
  (body['error'] as { code: string } | undefined)?.code ?? '',
]

interface WireFile {
  id: string
  fileUrl: string
  fileName: string
  fileType: string
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const attachment = (fileName: string, bytes: Uint8Array) => ({
  fileName,
  fileType: 'application/octet-stream',
  fileData: base64(bytes),
})
function formOf(sessionId: string, bytes: Uint8Array, name: string, messageId?: string): FormData {
  const form = new FormData()
  form.append('file', new Blob([Uint8Array.from(bytes)], { type: 'image/svg+xml' }), name)
  form.append('sessionId', sessionId)
  if (messageId !== undefined) form.append('messageId', messageId)
  return form
}
const upload = (client: Client, ...form: Parameters<typeof formOf>) =>
  client.ask('POST', '/api/chat/files', { form: formOf(...form) })

function talking(place: MakePlace): void {
  test('[SUPPORT-1] a session is begun in the tenant of the token, and in no other', async () => {
    const { client } = await place()
    const ada = await client()
    const { tenantId } = ada
    const made = await ada.ask('POST', '/api/chat/sessions', {
      body: { tenantId, userId: 'eve', status: 'x' },
    })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: expect.stringMatching(/^thr_/),
      tenantId,
      status: 'active',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      updatedAt: made.body['createdAt'],
    })
    for (const wrong of ['elsewhere', tenantId.toUpperCase(), `${tenantId} `, '*']) {
      const refused = await ada.ask('POST', '/api/chat/sessions', { body: { tenantId: wrong } })
      expect(errorOf(refused), wrong).toEqual([403, 'forbidden'])
    }
    for (const wrong of [null, [tenantId], '', 7, undefined]) {
      const refused = await ada.ask('POST', '/api/chat/sessions', { body: { tenantId: wrong } })
      expect(errorOf(refused)).toEqual([400, 'validation_error'])
    }
  })

  test('[SUPPORT-2] a message is answered with the assistant’s, and both stand in the history', async () => {
    const { client } = await place()
    const ada = await client()
    const session = await ada.session()
    const answer = await say(ada, session, 'My export fails')
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^msg_/),
      content: 'You said “My export fails” with 0 files.',
      role: 'assistant',
      createdAt: expect.stringMatching(/Z$/),
    })
    const read = await history(ada, session)
    expect(messagesOf(read)).toEqual([
      {
        id: expect.stringMatching(/^msg_/),
        content: 'My export fails',
        role: 'user',
        createdAt: expect.stringMatching(/Z$/),
      },
      answer.body,
    ])
    expect(read.headers.get('link')).toBeNull()
  })

  test('[SUPPORT-3] the same Idempotency-Key has the same answer, at the same moment and later; another request has none', async () => {
    const agent = createPacedAgent()
    const { client } = await place(agent)
    const ada = await client()
    const session = await ada.session()
    const key = { 'idempotency-key': 'one' }
    const files = { attachments: [attachment('a.txt', notes)] }
    const asked = [say(ada, session, 'Hi', files, key), say(ada, session, 'Hi', files, key)]
    await agent.say('Hello')
    await agent.finish()
    const [one, two] = await Promise.all(asked)
    expect(one?.body).toMatchObject({ content: 'Hello', role: 'assistant' })
    expect(two?.body).toEqual(one?.body)
    expect((await say(ada, session, 'Hi', files, key)).body).toEqual(one?.body)
    expect(errorOf(await say(ada, session, 'Other', files, key))).toEqual([409, 'conflict'])
    expect(errorOf(await say(ada, session, 'Hi', {}, key))).toEqual([409, 'conflict'])
    const bad = await say(ada, session, 'Hi', {}, { 'idempotency-key': 'with blanks' })
    expect(errorOf(bad)).toEqual([400, 'validation_error'])
    const read = messagesOf(await history(ada, session))
    expect(read.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(read[0]?.attachments).toHaveLength(1)
    expect(agent.contexts).toHaveLength(1)
  })

  test('[SUPPORT-3] who leaves finds the answer under the same key, and in the history', async () => {
    const agent = createPacedAgent()
    const { client } = await place(agent)
    const ada = await client()
    const session = await ada.session()
    const leaving = new AbortController()
    const key = { 'idempotency-key': 'left' }
    const left = ada.fetch('POST', '/api/chat/messages', {
      body: { sessionId: session, content: 'Hi' },
      headers: key,
      signal: leaving.signal,
    })
    await agent.say('Half ')
    leaving.abort()
    await expect(left).rejects.toThrow()
    await agent.say('and whole')
    const again = say(ada, session, 'Hi', {}, key)
    await agent.finish()
    expect((await again).body).toMatchObject({ content: 'Half and whole' })
    expect(messagesOf(await history(ada, session)).at(-1)?.content).toBe('Half and whole')
    expect(agent.contexts[0]?.signal.aborted).toBe(false)
  })

  test('[SUPPORT-3] when its log is gone, an answer is said to be in the history', async () => {
    const { client, ground } = await place()
    const ada = await client()
    const session = await ada.session()
    const key = { 'idempotency-key': 'old' }
    await say(ada, session, 'Hi', {}, key)
    await ground.storage().journal.deleteLogs(0)
    const late = await say(ada, session, 'Hi', {}, key)
    expect(errorOf(late)).toEqual([409, 'conflict'])
    expect(messagesOf(await history(ada, session))).toHaveLength(2)
  })

  test('[SUPPORT-4] streamed, the answer comes as it is written, with a number on every event', async () => {
    const agent = createPacedAgent()
    const { client } = await place(agent)
    const ada = await client()
    const session = await ada.session()
    const headers = { accept: 'text/event-stream', 'idempotency-key': 'stream' }
    const asking = { body: { sessionId: session, content: 'Hi' }, headers }
    const response = await ada.fetch('POST', '/api/chat/messages', asking)
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const stream = readEvents(response)
    expect((await stream.next()).value).toMatchObject({
      event: 'accepted',
      data: { role: 'user', content: 'Hi' },
    })
    await agent.say('Hel')
    const first = (await stream.next()).value
    expect(first).toMatchObject({ event: 'delta', data: { delta: 'Hel' } })
    // Cut here, and gone on with.
    await response.body?.cancel().catch(() => {})
    await stream.return?.(undefined)
    await agent.say('lo')
    await agent.finish()
    const more = { ...asking, headers: { ...headers, 'last-event-id': String(first?.id) } }
    const rest = await collect(readEvents(await ada.fetch('POST', '/api/chat/messages', more)))
    expect(rest.map(({ event }) => event)).toEqual(['delta', 'message', 'end'])
    expect(rest[0]?.data).toMatchObject({ delta: 'lo' })
    expect(rest[1]?.data).toMatchObject({ content: 'Hello', role: 'assistant' })
    expect(rest[2]?.data).toEqual({ status: 'completed' })
    const ids = rest.map(({ id }) => Number(id))
    expect(ids.every((id, index) => id > (ids[index - 1] ?? Number(first?.id)))).toBe(true)
    const bad = { ...asking, headers: { ...headers, 'last-event-id': 'x' } }
    expect(errorOf(await ada.ask('POST', '/api/chat/messages', bad))).toEqual([400, 'validation_error'])
  })
}

interface ReadEvent {
  id: string | undefined
  event: string
  data: Record<string, unknown>
}

async function* readEvents(response: Response): AsyncGenerator<ReadEvent> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s)),
      ) as Record<string, string>
      text = text.slice(end + 2)
      if (fields['data'] !== undefined) {
        yield {
          id: fields['id'],
          event: fields['event'] ?? '',
          data: JSON.parse(fields['data']) as Record<string, unknown>,
        }
      }
    }
  }
}

async function collect<Value>(source: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = []
  for await (const value of source) all.push(value)
  return all
}

function failing(place: MakePlace): void {
  test('[SUPPORT-5] an answer that fails is an error, what had come stays in the history, and the session goes on', async () => {
    const agent = createPacedAgent()
    const { client } = await place(agent)
    const ada = await client()
    const session = await ada.session()
    const failed = say(ada, session, 'Hi')
    await agent.say('Half')
    await agent.fail(new ParleyError('model_unavailable', 'The model is away.'))
    const problem = await failed
    expect(errorOf(problem)).toEqual([502, 'server_error'])
    expect(problem.body['error']).toMatchObject({ message: 'The model is away.' })
    expect(messagesOf(await history(ada, session)).at(-1)?.content).toBe('Half')

    const streamed = await ada.fetch('POST', '/api/chat/messages', {
      body: { sessionId: session, content: 'Again' },
      headers: { accept: 'text/event-stream' },
    })
    await expect.poll(() => agent.contexts.length).toBe(2)
    await agent.fail(new Error('a secret of ours'))
    const events = await collect(readEvents(streamed))
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { status: 'failed' } })
    expect(events.find(({ event }) => event === 'error')?.data).toMatchObject({
      error: { code: 'server_error' },
    })
    expect(JSON.stringify(events)).not.toContain('secret')

    const third = say(ada, session, 'Third')
    await expect.poll(() => agent.contexts.length).toBe(3)
    await agent.say('Well')
    await agent.finish()
    expect((await third).body).toMatchObject({ content: 'Well' })
  })

  test('[SUPPORT-5] a second message waits its turn: 409 while an answer is being written, and one that is stopped says so', async () => {
    const agent = createPacedAgent()
    const { client, server } = await place(agent)
    const ada = await client()
    const session = await ada.session()
    const first = say(ada, session, 'Hi')
    await agent.say('So')
    const second = await say(ada, session, 'And?', { attachments: [attachment('a.txt', notes)] })
    expect(errorOf(second)).toEqual([409, 'conflict'])
    const run = await server.store.newestRun(ada, session)
    await server.engine.cancel(ada, { runId: run?.id ?? '', threadId: session })
    expect(errorOf(await first)).toEqual([409, 'conflict'])
    expect(messagesOf(await history(ada, session))).toHaveLength(2)
  })

  test('[SUPPORT-5] who has waited too long is told so, and finds the answer under the key', async () => {
    const agent = createPacedAgent()
    const { client } = await place(agent, { answerSecondsMax: 0.05 })
    const ada = await client()
    const session = await ada.session()
    const key = { 'idempotency-key': 'slow' }
    const late = await say(ada, session, 'Hi', {}, key)
    expect(errorOf(late)).toEqual([504, 'server_error'])
    expect(late.headers.get('retry-after')).toBe('5')
    await agent.say('Here')
    await agent.finish()
    await expect
      .poll(async () => (await say(ada, session, 'Hi', {}, key)).body)
      .toMatchObject({ content: 'Here' })
  })

  test('[SUPPORT-6] what is taken back ends whoever waits and whoever streams, and the answer goes on', async () => {
    const agent = createPacedAgent()
    const { client, server } = await place(agent)
    const [ada, bob] = [await client(), await client()]
    const sessions = [await ada.session(), await bob.session()] as const
    const waiting = say(ada, sessions[0], 'Hi')
    await agent.say('Hm', sessions[0])
    const streaming = await bob.fetch('POST', '/api/chat/messages', {
      body: { sessionId: sessions[1], content: 'Hi' },
      headers: { accept: 'text/event-stream' },
    })
    for (const { tenantId, userId } of [ada, bob]) {
      await server.revocations.revoke({ tenantId, userId, name: null, at: new Date(), until: null })
    }
    expect(errorOf(await waiting)).toEqual([401, 'unauthorized'])
    expect((await collect(readEvents(streaming))).at(-1)).toMatchObject({
      event: 'error',
      data: { error: { code: 'unauthorized' } },
    })
    expect(agent.contexts.map(({ signal }) => signal.aborted)).toEqual([false, false])
  })
}

function attaching(place: MakePlace): void {
  test('[SUPPORT-7] files in Base64 go with their message, are what their bytes are, and open by a signed link', async () => {
    const { client } = await place()
    const ada = await client()
    const session = await ada.session()
    const sent = { attachments: [attachment('photo.svg', photo), attachment('../notes', notes)] }
    const answer = await say(ada, session, 'Look', sent)
    expect(answer.body).toMatchObject({ content: 'You said “Look” with 2 files.' })
    const [message] = messagesOf(await history(ada, session))
    const [image, text] = message?.attachments ?? []
    expect(image).toEqual({
      id: expect.stringMatching(/^atc_/),
      fileUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/files\/atc_[^/]+\?link=/),
      fileName: expect.stringMatching(/\.jpg$/),
      fileType: 'image/jpeg',
    })
    expect(text).toMatchObject({ fileType: 'text/plain', fileName: expect.not.stringContaining('/') })
    const opened = await fetch(image?.fileUrl ?? '')
    expect(opened.headers.get('content-security-policy')).toContain('sandbox')
    expect(Buffer.from(await opened.arrayBuffer()).includes('canary-copyright')).toBe(false)
    const saved = await fetch(text?.fileUrl ?? '')
    expect(saved.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(Buffer.from(await saved.arrayBuffer())).toEqual(notes)
    const forged = (text?.fileUrl ?? '').replace(text?.id ?? '', image?.id ?? '')
    expect((await fetch(forged)).status).toBe(403)
    expect((await fetch((text?.fileUrl ?? '').replace(/\?.*/, ''))).status).toBe(403)
  })

  test('[SUPPORT-8] ten files of 5 MiB each are taken, one file or one byte more is not, and nothing of it is kept', async () => {
    const { client, files } = await place()
    const ada = await client()
    const session = await ada.session()
    const full = new Uint8Array(5 * 1_048_576).fill(0x61)
    const over = new Uint8Array(5 * 1_048_576 + 1).fill(0x61)
    const ten = Array.from({ length: 10 }, (_, index) => attachment(`${index}.txt`, full))
    const small = (count: number) =>
      Array.from({ length: count }, (_, index) => attachment(`${index}.txt`, notes))
    const refusals = [
      [small(11), 400],
      [[...small(9), attachment('over.txt', over)], 413],
      [[...small(9), attachment('page.png', Buffer.from('<!doctype html><script>1</script>'))], 415],
      [[...small(1), { ...attachment('a.txt', notes), fileData: 'no base64!' }], 400],
      [[...small(1), { ...attachment('a.txt', notes), fileData: '' }], 400],
    ] as const
    for (const [attachments, status] of refusals) {
      expect(errorOf(await say(ada, session, 'Hi', { attachments }))).toEqual([status, 'validation_error'])
    }
    expect(await files.names()).toEqual([])
    expect(messagesOf(await history(ada, session))).toEqual([])
    const taken = await say(ada, session, 'All of them', { attachments: ten })
    expect(taken.body).toMatchObject({ content: 'You said “All of them” with 10 files.' })
    expect(await files.names()).toHaveLength(10)
  }, 240_000)

  test('[SUPPORT-8] when the message is refused its files go as well', async () => {
    const { client, files } = await place()
    const [ada, eve] = [await client(), await client()]
    const session = await ada.session()
    const attachments = [attachment('a.txt', notes)]
    expect(errorOf(await say(eve, session, 'Hi', { attachments }))).toEqual([404, 'not_found'])
    await ada.ask('PATCH', `/api/chat/sessions/${session}`, { body: { status: 'archived' } })
    expect(errorOf(await say(ada, session, 'Hi', { attachments }))).toEqual([409, 'conflict'])
    expect(await files.names()).toEqual([])
  })

  test('[SUPPORT-9] what large messages hold in memory at once is limited, small ones are always read, and all is given back', async () => {
    const { client } = await place(echo, { largeBodies: { bytesAtOnceMax: 200_000, freeBytes: 50_000 } })
    const ada = await client()
    const session = await ada.session()
    const sized = (bytes: number) => [attachment('a.txt', new Uint8Array(bytes).fill(0x62))]
    for (let time = 0; time < 3; time += 1) {
      const busy = await say(ada, session, 'Hi', { attachments: sized(300_000) })
      expect(errorOf(busy)).toEqual([503, 'server_error'])
      expect(busy.headers.get('retry-after')).toBe('2')
      expect((await say(ada, session, 'Hi', { attachments: sized(150_000) })).status).toBe(200)
    }
    expect((await say(ada, session, 'Hi')).status).toBe(200)
  })
}

function sending(place: MakePlace): void {
  test('[SUPPORT-10] a file that is sent to a session goes with its next message', async () => {
    const { client } = await place()
    const ada = await client()
    const session = await ada.session()
    const file = await upload(ada, session, photo, 'photo.svg')
    expect(file.status).toBe(201)
    expect(file.body).toEqual({
      id: expect.stringMatching(/^atc_/),
      fileUrl: expect.stringContaining('/files/atc_'),
      fileName: 'photo.svg.jpg',
      fileType: 'image/jpeg',
    })
    expect((await fetch(file.body['fileUrl'] ?? '')).status).toBe(200)
    expect(messagesOf(await history(ada, session))).toEqual([])
    expect((await say(ada, session, '', {})).body).toMatchObject({ content: 'You said “” with 1 files.' })
    expect((await say(ada, session, 'More')).body).toMatchObject({ content: 'You said “More” with 0 files.' })
    const [message] = messagesOf(await history(ada, session))
    expect(message?.attachments?.map(({ id }) => id)).toEqual([file.body['id']])
  })

  test('[SUPPORT-10] a file that names a message of the user’s is added to it, ten at most', async () => {
    const { client, files } = await place()
    const ada = await client()
    const session = await ada.session()
    await say(ada, session, 'One', {
      attachments: Array.from({ length: 9 }, () => attachment('a.txt', notes)),
    })
    const [mine, answer] = messagesOf(await history(ada, session))
    expect((await upload(ada, session, notes, 'b.txt', mine?.id)).status).toBe(201)
    expect(errorOf(await upload(ada, session, notes, 'c.txt', mine?.id))).toEqual([409, 'conflict'])
    expect(errorOf(await upload(ada, session, notes, 'c.txt', answer?.id))).toEqual([404, 'not_found'])
    expect(errorOf(await upload(ada, session, notes, 'c.txt', 'msg_other'))).toEqual([404, 'not_found'])
    const [again] = messagesOf(await history(ada, session))
    expect(again?.attachments?.map(({ fileName }) => fileName).at(-1)).toBe('b.txt')
    expect(await files.names()).toHaveLength(10)
  })

  test('[SUPPORT-11] an upload that is too large, of a kind that is not taken, or for no session of one’s own leaves nothing', async () => {
    const { client, files } = await place()
    const [ada, eve] = [await client(), await client()]
    const session = await ada.session()
    const exact = new Uint8Array(5 * 1_048_576).fill(0x61)
    const over = new Uint8Array(5 * 1_048_576 + 1).fill(0x61)
    const noFile = new FormData()
    noFile.append('sessionId', session)
    const noSession = formOf(session, notes, 'a.txt')
    noSession.delete('sessionId')
    const refusals: [Reply, number, string][] = [
      [await upload(ada, session, over, 'a.txt'), 413, 'validation_error'],
      [await upload(ada, session, Buffer.from('<svg onload=alert(1)>'), 'a.png'), 415, 'validation_error'],
      [await upload(ada, session, new Uint8Array(), 'a.txt'), 400, 'validation_error'],
      [await upload(eve, session, notes, 'a.txt'), 404, 'not_found'],
      [await upload(ada, 'thr_none', notes, 'a.txt'), 404, 'not_found'],
      [await ada.ask('POST', '/api/chat/files', { form: noFile }), 400, 'validation_error'],
      [await ada.ask('POST', '/api/chat/files', { form: noSession }), 400, 'validation_error'],
      [await ada.ask('POST', '/api/chat/files', { body: { sessionId: session } }), 415, 'validation_error'],
    ]
    for (const [reply, status, code] of refusals) expect(errorOf(reply)).toEqual([status, code])
    expect(await files.names()).toEqual([])
    expect((await upload(ada, session, exact, 'a.txt')).status).toBe(201)
    for (let count = 1; count < 10; count += 1) await upload(ada, session, notes, `${count}.txt`)
    expect(errorOf(await upload(ada, session, notes, 'eleven.txt'))).toEqual([409, 'conflict'])
    const one = { attachments: [attachment('more.txt', notes)] }
    expect(errorOf(await say(ada, session, 'Too many', one))).toEqual([400, 'validation_error'])
    expect(await files.names()).toHaveLength(10)
  })

  test('[SUPPORT-12] a file that is deleted is gone: its link, its bytes and its place in the message', async () => {
    const { client, files } = await place()
    const [ada, eve] = [await client(), await client()]
    const session = await ada.session()
    await say(ada, session, 'Look', { attachments: [attachment('a.txt', notes), attachment('b.jpg', photo)] })
    const [message] = messagesOf(await history(ada, session))
    const [text, image] = message?.attachments ?? []
    const remove = (client: Client, id = '') => client.ask('DELETE', `/api/chat/files/${id}`)
    const foreign = await remove(eve, text?.id)
    const absent = await remove(eve, `atc_${'0'.repeat(26)}`)
    expect([errorOf(foreign), errorOf(absent)]).toEqual([
      [404, 'not_found'],
      [404, 'not_found'],
    ])
    expect(await remove(ada, text?.id)).toMatchObject({ status: 200, body: { success: true } })
    expect((await fetch(text?.fileUrl ?? '')).status).toBe(404)
    expect(errorOf(await remove(ada, text?.id))).toEqual([404, 'not_found'])
    const [after] = messagesOf(await history(ada, session))
    expect(after?.attachments?.map(({ id }) => id)).toEqual([image?.id])
    await remove(ada, image?.id)
    expect(messagesOf(await history(ada, session))[0]).not.toHaveProperty('attachments')
    expect(await files.names()).toEqual([])
    const waiting = await upload(ada, session, notes, 'c.txt')
    await remove(ada, waiting.body['id'])
    expect((await say(ada, session, 'Now')).body).toMatchObject({ content: 'You said “Now” with 0 files.' })
  })
}

function reading(place: MakePlace): void {
  test('[SUPPORT-13] a history is read in pages that a Link header leads through, each message once, in either order', async () => {
    const { client, server } = await place()
    const ada = await client()
    const session = await ada.session()
    await server.store.changeThread(ada, session, async (transaction) => {
      for (const item of longThread(session)) await transaction.saveItem(item)
    })
    for (const order of ['asc', 'desc'] as const) {
      const ids: string[] = []
      let path: string | null = `/api/chat/sessions/${session}/messages?limit=7&order=${order}`
      while (path !== null) {
        const page: Reply = await ada.ask('GET', path)
        expect(messagesOf(page).length).toBeLessThanOrEqual(7)
        ids.push(...messagesOf(page).map(({ content }) => content))
        path = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1] ?? null
      }
      const expected = Array.from({ length: 20 }, (_, index) => `m${index}`)
      expect(ids).toEqual(order === 'asc' ? expected : expected.toReversed())
    }
    // A page that is full in the middle of what was read leads to the rest of it.
    const short = await ada.session()
    const items = longThread(short).slice(39)
    const dense = items.filter(({ type }, index) => index < 1 || type === 'user_message').slice(0, 4)
    await server.store.changeThread(ada, short, async (transaction) => {
      for (const item of dense) await transaction.saveItem(item)
    })
    const first = await history(ada, short, '?limit=2')
    const cursor = new URL(/<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? '', 'http://host')
    const rest = await ada.ask('GET', `${cursor.pathname}${cursor.search}`)
    expect(messagesOf(first).map(({ content }) => content)).toEqual(['m0', 'm1'])
    expect(messagesOf(rest).map(({ content }) => content)).toEqual(['m2'])
    for (const query of ['?limit=0', '?limit=101', '?limit=x', '?order=up', '?cursor=nowhere']) {
      expect(errorOf(await history(ada, session, query)), query).toEqual([400, 'validation_error'])
    }
    expect(JSON.stringify((await history(ada, session, '?limit=100')).body)).not.toContain('hidden')
  })
}

/** Twenty messages among many other items. */
function longThread(threadId: string): Item[] {
  const base = { thread_id: threadId, created_at: new Date().toISOString() }
  return Array.from({ length: 20 }, (_, index): Item[] => [
    ...Array.from({ length: 40 }, (__, other): Item => ({
      ...base,
      id: `h${index}-${other}`,
      type: 'hidden_context_item',
      content: 'hidden',
    })),
    {
      ...base,
      id: `m${index}`,
      type: 'user_message',
      content: [{ type: 'input_text', text: `m${index}` }],
      attachments: [],
      inference_options: {},
    },
  ]).flat()
}

function handingOver(place: MakePlace): void {
  const ticketOf = (client: Client, session: string, body?: object) =>
    client.ask('POST', `/api/chat/sessions/${session}/ticket`, body === undefined ? {} : { body })

  test('[SUPPORT-14] a session becomes one ticket: what is left out is derived, and asked again it is the same', async () => {
    const { client, ground } = await place()
    const ada = await client()
    const session = await ada.session()
    await say(ada, session, 'I was charged twice on my invoice. Please refund me.')
    const first = await ticketOf(ada, session)
    expect(first.status).toBe(201)
    expect(first.body).toEqual({
      ticketId: expect.stringMatching(/^tkt_/),
      chatTicketId: expect.stringMatching(/^ctk_/),
      status: 'open',
    })
    const again = await ticketOf(ada, session, { title: 'Another', category: 'Bug Report', priority: 'low' })
    expect([again.status, again.body]).toEqual([200, first.body])
    const { tickets, store } = ground.storage()
    expect(await tickets.ofThread(ada, session)).toMatchObject({
      title: 'I was charged twice on my invoice.',
      category: 'Billing',
      priority: 'high',
    })
    // The assistant knows of it, and no client reads that.
    const { data } = await store.items(ada, session, { limit: 10, order: 'desc' })
    expect(data[0]).toMatchObject({
      type: 'sdk_hidden_context',
      content: expect.stringContaining('has opened a ticket'),
    })
    expect(messagesOf(await history(ada, session))).toHaveLength(2)
    expect((await say(ada, session, 'Thanks')).status).toBe(200)
  })

  test('[SUPPORT-14] twenty at once open one ticket; what is given counts, and nothing else may be', async () => {
    const { client, ground } = await place()
    const ada = await client()
    const session = await ada.session()
    const refusals = [
      { status: 'closed' },
      { tenantId: ada.tenantId },
      { title: '' },
      { title: '  ' },
      { title: 'x'.repeat(201) },
      { category: 'Sales' },
      { priority: 'highest' },
      { priority: null },
      [],
    ]
    for (const body of refusals) {
      expect(errorOf(await ticketOf(ada, session, body))).toEqual([400, 'validation_error'])
    }
    const given = { title: ' Broken ', category: 'Bug Report', priority: 'urgent' }
    const all = await Promise.all(Array.from({ length: 20 }, () => ticketOf(ada, session, given)))
    expect(new Set(all.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 200)).toHaveLength(19)
    expect(await ground.storage().tickets.ofThread(ada, session)).toMatchObject({ ...given, title: 'Broken' })
  })

  test('[SUPPORT-15] who answers tickets reads the tenant’s, and the sessions they were opened from; nobody else does', async () => {
    const { client } = await place()
    const ada = await client()
    const { tenantId } = ada
    const colleagues = [
      await client({ tenantId, roles: ['agent'] }),
      await client({ tenantId, roles: ['admin'] }),
    ]
    const [bob, foreign] = [await client({ tenantId }), await client({ roles: ['agent'] })]
    const [open, closed] = [await ada.session(), await ada.session()]
    await say(ada, open, 'It crashes', { attachments: [attachment('a.txt', notes)] })
    await say(ada, closed, 'Nothing')
    const { body: ticket } = await ticketOf(ada, open)
    for (const colleague of colleagues) {
      const inbox = await colleague.ask('GET', '/api/chat/tickets')
      expect(inbox.body).toEqual({
        tickets: [
          {
            ...ticket,
            sessionId: open,
            userId: ada.userId,
            title: 'It crashes',
            category: 'Bug Report',
            priority: 'high',
            createdAt: expect.any(String),
            updatedAt: expect.any(String),
          },
        ],
      })
      const read = messagesOf(await history(colleague, open))
      expect(read.map(({ content }) => content)[0]).toBe('It crashes')
      expect((await fetch(read[0]?.attachments?.[0]?.fileUrl ?? '')).status).toBe(200)
      expect(errorOf(await history(colleague, closed))).toEqual([404, 'not_found'])
      expect(errorOf(await say(colleague, open, 'Hello'))).toEqual([404, 'not_found'])
    }
    expect((await foreign.ask('GET', '/api/chat/tickets')).body).toEqual({ tickets: [] })
    expect(errorOf(await history(foreign, open))).toEqual([404, 'not_found'])
    expect(errorOf(await bob.ask('GET', '/api/chat/tickets'))).toEqual([403, 'forbidden'])
    expect(errorOf(await history(bob, open))).toEqual([404, 'not_found'])
    await ada.ask('DELETE', `/api/chat/sessions/${open}`)
    const [colleague] = colleagues
    expect((await colleague?.ask('GET', '/api/chat/tickets'))?.body).toMatchObject({
      tickets: [{ ticketId: ticket['ticketId'], chatTicketId: null, sessionId: null }],
    })
  })
}

function closingSessions(place: MakePlace): void {
  const update = (client: Client, session: string, status: unknown) =>
    client.ask('PATCH', `/api/chat/sessions/${session}`, { body: { status } })

  test('[SUPPORT-16] a resolved or archived session takes nothing until it is active again, and can be read and handed over', async () => {
    const { client, server } = await place()
    const ada = await client()
    const session = await ada.session()
    for (const status of ['resolved', 'archived'] as const) {
      const changed = await update(ada, session, status)
      expect(changed.status).toBe(200)
      expect(changed.body).toEqual({ id: session, status, updatedAt: expect.stringMatching(/Z$/) })
      expect((await update(ada, session, status)).body).toEqual(changed.body)
      expect(errorOf(await say(ada, session, 'Hi'))).toEqual([409, 'conflict'])
      expect(errorOf(await upload(ada, session, notes, 'a.txt'))).toEqual([409, 'conflict'])
      expect((await history(ada, session)).status).toBe(200)
      expect((await ada.ask('POST', `/api/chat/sessions/${session}/ticket`)).status).toBeLessThan(300)
    }
    // Every door keeps to it.
    expect((await server.store.thread(ada, session)).status.type).toBe('closed')
    expect((await update(ada, session, 'active')).body).toMatchObject({ status: 'active' })
    expect((await say(ada, session, 'Hi')).status).toBe(200)
    for (const wrong of ['deleted', 'Active', '', null, ['active']]) {
      expect(errorOf(await update(ada, session, wrong))).toEqual([400, 'validation_error'])
    }
  })

  test('[SUPPORT-16] what an agent has locked is not opened by its user', async () => {
    const { client, server } = await place()
    const ada = await client()
    const session = await ada.session()
    await update(ada, session, 'resolved')
    await update(ada, session, 'active')
    await server.store.changeThread(ada, session, (transaction) =>
      transaction.saveThread({ ...transaction.thread, status: { type: 'locked' } }, ['status']),
    )
    for (const status of ['active', 'archived']) {
      expect(errorOf(await update(ada, session, status))).toEqual([409, 'conflict'])
    }
    expect(errorOf(await say(ada, session, 'Hi'))).toEqual([409, 'conflict'])
  })

  test('[SUPPORT-17] a deleted session is gone with its messages and files', async () => {
    const { client, files, ground } = await place()
    const ada = await client()
    const session = await ada.session()
    await say(
      ada,
      session,
      'Hi',
      { attachments: [attachment('a.txt', notes)] },
      { 'idempotency-key': 'gone' },
    )
    await upload(ada, session, photo, 'b.jpg')
    const [message] = messagesOf(await history(ada, session))
    const path = `/api/chat/sessions/${session}`
    expect(await ada.ask('DELETE', path)).toMatchObject({ status: 200, body: { success: true } })
    expect(errorOf(await ada.ask('DELETE', path))).toEqual([404, 'not_found'])
    expect(errorOf(await history(ada, session))).toEqual([404, 'not_found'])
    expect(errorOf(await update(ada, session, 'active'))).toEqual([404, 'not_found'])
    expect((await fetch(message?.attachments?.[0]?.fileUrl ?? '')).status).toBe(404)
    expect(errorOf(await say(ada, session, 'Hi', {}, { 'idempotency-key': 'gone' }))).toEqual([
      404,
      'not_found',
    ])
    await files.keeper(ground.storage()).sweep()
    expect(await files.names()).toEqual([])
  })
}

/** Every route, with what it takes. */
const routes = (session: string, file: string): [string, string, AskOptions][] => [
  ['PATCH', `/api/chat/sessions/${session}`, { body: { status: 'resolved' } }],
  ['POST', '/api/chat/messages', { body: { sessionId: session, content: 'Hi' } }],
  [
    'POST',
    '/api/chat/messages',
    { body: { sessionId: session, content: 'Hi' }, headers: { accept: 'text/event-stream' } },
  ],
  ['GET', `/api/chat/sessions/${session}/messages`, {}],
  ['POST', `/api/chat/sessions/${session}/ticket`, { body: {} }],
  ['POST', '/api/chat/files', { form: formOf(session, notes, 'a.txt') }],
  ['DELETE', `/api/chat/files/${file}`, {}],
  ['DELETE', `/api/chat/sessions/${session}`, {}],
]

function keepingOut(place: MakePlace, ground: Ground): void {
  test('[SUPPORT-18] nobody, a guest and a forged token are refused everywhere: 401', async () => {
    const { client, server } = await place()
    const ada = await client()
    const session = await ada.session()
    const strangers = [
      clientOf(server.url, {}, ada),
      clientOf(server.url, { authorization: 'Bearer forged' }, ada),
      clientOf(server.url, { authorization: `${ada.headers['authorization']}x` }, ada),
    ]
    for (const stranger of strangers) {
      const begin: [string, string, AskOptions] = [
        'POST',
        '/api/chat/sessions',
        { body: { tenantId: ada.tenantId } },
      ]
      for (const [method, path, options] of [begin, ...routes(session, 'atc_1'), inboxRoute]) {
        const refused = await stranger.ask(method, path, options)
        expect(errorOf(refused), `${method} ${path}`).toEqual([401, 'unauthorized'])
        expect(refused.headers.get('set-cookie')).toBeNull()
      }
    }
    expect((await history(ada, session)).status).toBe(200)
  })

  test('[SUPPORT-19] another’s session and file cannot be told from ones that do not exist', async () => {
    const { client } = await place()
    const ada = await client()
    const intruders = [
      await client({ tenantId: ada.tenantId }),
      await client({ userId: ada.userId }),
      await client({ tenantId: ada.tenantId, roles: ['agent'] }),
      await client({ tenantId: ada.tenantId, roles: ['admin'] }),
    ]
    const session = await ada.session()
    const file = await upload(ada, session, notes, 'a.txt')
    const none = [`thr_${'0'.repeat(26)}`, `atc_${'0'.repeat(26)}`] as const
    const own: readonly [string, string] = [session, file.body['id'] ?? '']
    for (const intruder of intruders) {
      const absent = routes(...none)
      for (const [index, [method, path, options]] of routes(...own).entries()) {
        const [, absentPath = '', absentOptions] = absent[index] ?? []
        const foreign = await intruder.ask(method, path, options)
        const missing = await intruder.ask(method, absentPath, absentOptions)
        expect(errorOf(foreign), `${method} ${path}`).toEqual([404, 'not_found'])
        const words = (reply: Reply, ids: readonly string[]) =>
          JSON.stringify(reply.body)
            .replaceAll(ids[0] ?? '', 'ID')
            .replaceAll(ids[1] ?? '', 'ID')
        expect(words(foreign, own)).toBe(words(missing, none))
      }
    }
    expect(messagesOf(await history(ada, session))).toEqual([])
    expect((await fetch(file.body['fileUrl'] ?? '')).status).toBe(200)
  })

  test('[SUPPORT-20] a user has 100 requests a minute and 1,000 an hour; the next is told when there will be more', async () => {
    let milliseconds = 0
    const now = () => new Date(1_700_000_000_000 + milliseconds)
    const limiter = createLimiter({
      store: createMemoryLimits({ now: () => milliseconds }),
      key: new Uint8Array(32),
    })
    const secret = createSecret()
    const admission = createAdmission({
      authentication: createAuthentication([createBearerTokens({ secret })]),
      limiter,
      clientAddress: () => null,
      now,
    })
    const { server } = await place(echo, { now }, admission)
    const ask = async (userId: string) => {
      const token = await createToken({ secret }, { userId })
      const response = await server.parley.fetch(
        new Request('http://localhost/api/chat/sessions/none/messages', {
          headers: { authorization: `Bearer ${token}` },
        }),
      )
      return { response, body: (await response.json()) as { error: Record<string, string> } }
    }
    const askTimes = async (count: number) => {
      const statuses = new Set<number>()
      for (let time = 0; time < count; time += 1) statuses.add((await ask('ada')).response.status)
      return [...statuses]
    }
    expect(await askTimes(100)).toEqual([404])
    const refused = await ask('ada')
    expect(refused.response.status).toBe(429)
    const seconds = Number(refused.response.headers.get('retry-after'))
    expect(refused.body).toEqual({
      error: {
        code: 'rate_limit_exceeded',
        message: expect.any(String),
        resetAt: new Date(now().getTime() + seconds * 1_000).toISOString(),
      },
    })
    expect(refused.response.headers.get('x-ratelimit-limit')).toBe('100')
    expect((await ask('bob')).response.status).toBe(404)
    for (let minute = 1; minute < 10; minute += 1) {
      milliseconds += 62_000
      expect(await askTimes(100)).toEqual([404])
    }
    milliseconds += 62_000
    const spent = await ask('ada')
    expect(spent.response.status).toBe(429)
    expect(Number(spent.response.headers.get('retry-after'))).toBeGreaterThan(60)
    expect(ground.kind).toMatch(/pglite|postgres/)
    await limiter.close()
  })
}

const inboxRoute: [string, string, AskOptions] = ['GET', '/api/chat/tickets', {}]

function refusing(place: MakePlace): void {
  test('[SUPPORT-21] every error has the contract’s shape and one of its codes, the framework’s own too', async () => {
    const { client } = await place()
    const ada = await client()
    const session = await ada.session()
    const post = (body: unknown, headers: Record<string, string> = {}) =>
      ada.ask('POST', '/api/chat/messages', { body, headers })
    const replies: [Reply, number, string][] = [
      [await post('{'), 400, 'validation_error'],
      [await post({}), 400, 'validation_error'],
      [await post({ sessionId: session, content: 7 }), 400, 'validation_error'],
      [await post({ sessionId: session, content: ' \n' }), 400, 'validation_error'],
      [await post({ sessionId: session, content: 'x'.repeat(100_001) }), 400, 'validation_error'],
      [await post({ sessionId: session, content: 'Hi', attachments: 'x' }), 400, 'validation_error'],
      [await post({ sessionId: 'x'.repeat(201), content: 'Hi' }), 400, 'validation_error'],
      [await post({ sessionId: 'none', content: 'Hi' }), 404, 'not_found'],
      [await post({}, { 'content-type': 'text/plain' }), 415, 'validation_error'],
      [await ada.ask('PUT', '/api/chat/messages', { body: {} }), 405, 'validation_error'],
      [
        await ada.ask('POST', '/api/chat/sessions', { body: { tenantId: 'x'.repeat(2_000_000) } }),
        413,
        'validation_error',
      ],
    ]
    for (const [reply, status, code] of replies) {
      expect(errorOf(reply)).toEqual([status, code])
      const { error } = reply.body as unknown as { error: Record<string, unknown> }
      expect(Object.keys(error).filter((name) => !['code', 'message', 'details'].includes(name))).toEqual([])
      expect(reply.headers.get('x-request-id')).not.toBeNull()
    }
    const { body } = await post({ sessionId: session, content: 7, attachments: [{}] })
    expect(body['error']).toMatchObject({
      details: expect.arrayContaining([{ field: 'content', message: expect.any(String) }]),
    })
    // What is text stays text, NUL and half a pair are replaced, and nothing is read as a prototype.
    const odd = await post(
      `{"sessionId": ${JSON.stringify(session)}, "content": "<b>\\u0000\\ud800</b>", "__proto__": {"content": 1}}`,
    )
    expect(odd.body).toMatchObject({ content: 'You said “<b>��</b>” with 0 files.' })
  })

  test('[SUPPORT-21] a fault of ours says nothing of what it was', async () => {
    const { client } = await place(echo, {
      now() {
        throw new Error('the cupboard is locked')
      },
    })
    const ada = await client()
    const failed = await ada.ask('POST', '/api/chat/sessions', { body: { tenantId: ada.tenantId } })
    expect(errorOf(failed)).toEqual([500, 'server_error'])
    expect(JSON.stringify(failed.body)).not.toContain('cupboard')
  })

  test('[SUPPORT-22] the door’s document has all of its routes, in OpenAPI 3.1 and 3.0', async () => {
    const { server } = await place()
    for (const version of ['3.1', '3.0'] as const) {
      const document = openApiDocument(
        [server.createDoor()],
        { version, title: 'T', productVersion: '1', securitySchemes: {} },
        () => false,
      )
      const paths = document['paths'] as Record<string, object>
      expect(
        Object.entries(paths).flatMap(([path, methods]) =>
          Object.keys(methods).map((method) => `${method} ${path}`),
        ),
      ).toEqual([
        'post /api/chat/sessions',
        'patch /api/chat/sessions/{sessionId}',
        'delete /api/chat/sessions/{sessionId}',
        'post /api/chat/messages',
        'get /api/chat/sessions/{sessionId}/messages',
        'post /api/chat/files',
        'delete /api/chat/files/{fileId}',
        'post /api/chat/sessions/{sessionId}/ticket',
        'get /api/chat/tickets',
      ])
    }
  })
}

function inProcess(place: MakePlace, ground: Ground): void {
  test('[SUPPORT-23] the eight actions do the same in the same process, for the user who is signed in', async () => {
    const { server, files } = await place()
    const publicUrl = server.url
    const keeper = files.keeper(ground.storage())
    const as = createChatActions({
      ...ground.storage(),
      engine: server.engine,
      keeper,
      now: () => new Date(),
      publicUrl,
    })
    users += 2
    const ada = as({ tenantId: `tenant${users}`, userId: `user${users}`, kind: 'user', roles: [] })
    const eve = as({ tenantId: `tenant${users}`, userId: `user${users - 1}`, kind: 'user', roles: [] })
    const guest = as({ tenantId: `tenant${users}`, userId: 'guest_1', kind: 'guest', roles: [] })
    const { id } = await ada.createSession()
    const file = await ada.uploadFile(id, new File([Uint8Array.from(notes)], 'notes.txt'))
    const options = { attachments: [{ fileName: 'b.jpg', bytes: photo }], idempotencyKey: 'k' }
    const answer = await ada.sendMessage(id, 'It crashes', options)
    expect(answer.content).toBe('You said “It crashes” with 2 files.')
    expect(await ada.sendMessage(id, 'It crashes', options)).toEqual(answer)
    const { messages, next } = await ada.getHistory(id, { limit: 1 })
    expect(messages[0]?.attachments?.map(({ fileName }) => fileName)).toEqual(['notes.txt', 'b.jpg'])
    expect((await ada.getHistory(id, { cursor: next ?? '' })).messages).toEqual([answer])
    const ticket = await ada.createTicket(id, { priority: 'urgent' })
    expect(await ada.createTicket(id)).toEqual(ticket)
    expect(await ada.deleteFile(file.id)).toEqual({ success: true })
    expect(await ada.updateSession(id, 'resolved')).toMatchObject({ id, status: 'resolved' })

    const refusals = [
      [() => ada.createSession('elsewhere'), 'forbidden'],
      [() => ada.sendMessage(id, 'Hi'), 'conflict'],
      [() => ada.sendMessage(7 as never, 'Hi'), 'validation_error'],
      [() => ada.createTicket(id, { status: 'closed' } as never), 'validation_error'],
      [() => ada.updateSession(id, 'gone' as never), 'validation_error'],
      [() => eve.getHistory(id), 'not_found'],
      [() => eve.deleteSession(id), 'not_found'],
      [() => eve.uploadFile(id, new File([Uint8Array.from(notes)], 'a.txt')), 'not_found'],
      [() => guest.createSession(), 'unauthorized'],
      [() => guest.createTicket(id), 'unauthorized'],
    ] as const
    for (const [work, code] of refusals) {
      const error: unknown = await work().then(
        () => 'nothing was refused',
        (thrown: unknown) => thrown,
      )
      expect(toActionError(error)).toMatchObject({ code, message: expect.any(String) })
    }
    expect(toActionError(new Error('the cupboard'))).toMatchObject({ code: 'server_error' })
    expect(await ada.deleteSession(id)).toEqual({ success: true })
    await keeper.sweep()
    expect(await files.names()).toEqual([])
  })
}
