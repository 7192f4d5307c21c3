/** The real program and its signals, its databases and what it says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createSecret } from './auth/secrets.ts'
import type { WireItem } from './contracts/chatkit/wire.ts'
import { createBrowser } from './testing/browser.ts'
import {
  answersOf,
  createChatKitClient,
  RefusedError,
  runIdOf,
  says,
  textOf,
  threadIdOf,
} from './testing/chatkit-client.ts'
import type { ChatKitClient, ChatKitStream, ReceivedEvent } from './testing/chatkit-client.ts'
import { createEmptyDatabase, missingReason } from './testing/databases.ts'
import type { EmptyDatabase } from './testing/databases.ts'
import { type FakeOpenAi, startFakeOpenAi } from './testing/fake-openai.ts'
import { reply, speak } from './testing/fake-openai-scripts.ts'
import { runAs, startPostgres, syncMessage } from './testing/postgres.ts'
import type { PostgresServer } from './testing/postgres.ts'
import { launchProgram, statusOf, upstreamKey } from './testing/program.ts'
import type { Program, ProgramOptions } from './testing/program.ts'
import { startProxy } from './testing/torture/proxy.ts'
import { createStage } from './testing/torture/stage.ts'

// Programs start slowly where others work, and some of this waits for a lease.
vi.setConfig({ testTimeout: 120_000 })

const finish = { type: 'finish' } as const
const interrupted = { type: 'parley.run_ended', status: 'interrupted' }
const completed = { type: 'parley.run_ended', status: 'completed' }

const skipsPostgres = missingReason('postgres') !== null
const secret = createSecret()
const programs: Program[] = []
const directories: string[] = []
let fake: FakeOpenAi

beforeAll(async () => {
  fake = await startFakeOpenAi()
})
afterAll(() => fake.close())
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop('SIGKILL')
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
  fake.requests.splice(0)
})

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'parley-program-'))
  directories.push(directory)
  return directory
}

type Options = Partial<ProgramOptions>

function launch(options: Options = {}): Program {
  const program = launchProgram({
    data: options.data ?? newDirectory(),
    upstreamUrl: fake.baseUrl,
    secret,
    ...options,
  })
  programs.push(program)
  return program
}

async function start(options: Options = {}): Promise<Program> {
  const program = launch(options)
  await program.ready
  return program
}

/** @param token Default: one of ours. */
function clientOf(program: Program, token?: string): Promise<ChatKitClient> {
  return createChatKitClient({ url: program.url, secret, ...(token === undefined ? {} : { token }) })
}

/** A question whose answer has begun, and what has come of it. */
interface Asking {
  stream: ChatKitStream
  received: ReceivedEvent[]
  threadId: string
  runId: string
  /** The rest, until the stream's end or break. */
  rest: Promise<void>
}

async function askAndWait(client: ChatKitClient, question = 'Tell me.'): Promise<Asking> {
  const stream = await client.stream('threads.create', { input: says(question) })
  const received: ReceivedEvent[] = []
  const rest = (async () => {
    for await (const each of stream) received.push(each)
  })()
  rest.catch(() => {})
  await expect.poll(() => textOf(received)).not.toBe('')
  return { stream, received, threadId: threadIdOf(stream), runId: runIdOf(stream), rest }
}

/** Follows a run from its first event, wherever it is driven. */
async function readAgain(client: ChatKitClient, { threadId, runId }: Asking): Promise<ReceivedEvent[]> {
  return (await client.stream('parley.resume', { thread_id: threadId, run_id: runId, after: 0 })).all()
}

/** The only answer of the thread, which was interrupted after this text. */
function expectInterrupted(items: WireItem[], text: string): void {
  expect(text).not.toBe('')
  expect(items.slice(1)).toMatchObject([{ content: [{ text }], incomplete: 'interrupted' }])
}

/** Words at 20 a second. */
function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => `word${index + 1}`).join(' ')
}

describe('signals', () => {
  test('[PROGRAM-1] SIGTERM: a running answer finishes, its reader gets all of it, and the program exits with 0', async () => {
    const program = await start()
    const answer = numbered(30)
    fake.play([...speak(answer, 50), finish])
    const asking = await askAndWait(await clientOf(program))
    program.kill('SIGTERM')
    await asking.rest
    expect(textOf(asking.received)).toBe(answer)
    expect(asking.received.at(-1)?.event).toEqual(completed)
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(await statusOf(`${program.url}/health`)).toBeNull()
  })

  test('[PROGRAM-2] an answer that is not finished at the deadline is ended as interrupted, told and stored', async () => {
    const data = newDirectory()
    const first = await start({ data, environment: { PARLEY_DRAIN_SECONDS: '1' } })
    fake.play([...speak(numbered(600), 50), finish])
    const asking = await askAndWait(await clientOf(first))
    expect(await first.stop()).toEqual({ code: 0, signal: null })
    await asking.rest
    expect(asking.received.at(-1)?.event).toEqual(interrupted)
    await fake.requests[0]?.closed
    expect(fake.requests[0]?.closedByClient).toBe(true)

    const client = await clientOf(await start({ data }))
    expectInterrupted(await client.allItems(asking.threadId), textOf(asking.received))
  })

  test('[PROGRAM-3] a second SIGTERM ends it at once, and the next start settles what it left', async () => {
    const data = newDirectory()
    const first = await start({ data })
    fake.play([...speak(numbered(600), 50), finish])
    const asking = await askAndWait(await clientOf(first))
    first.kill('SIGTERM')
    await expect.poll(() => first.output()).toContain('stopping')
    expect(await first.stop()).toEqual({ code: 1, signal: null })
    await asking.rest.catch(() => {})

    const client = await clientOf(await start({ data }))
    const whole = await readAgain(client, asking)
    expect(whole.at(-1)?.event).toEqual(interrupted)
    expect(textOf(whole).startsWith(textOf(asking.received))).toBe(true)
    const items = await client.allItems(asking.threadId)
    expectInterrupted(items, textOf(whole))
    fake.play([{ type: 'text', text: 'Once more.' }, finish])
    const retry = { thread_id: asking.threadId, item_id: items[0]?.id }
    expect((await (await client.stream('threads.retry_after_item', retry)).all()).at(-1)?.event).toEqual(
      completed,
    )
    expect(answersOf(await client.allItems(asking.threadId))).toEqual(['Once more.'])
  })

  test('[PROGRAM-4] a restarted program shows the same conversation, under the same sign-in', async () => {
    const data = newDirectory()
    // Its own secret is kept, too.
    const first = await start({ data, secret: '' })
    const page = await fetch(first.url)
    const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? ''
    const post = async (program: Program, type: string, params: object): Promise<string> => {
      const headers = { 'content-type': 'application/json', cookie, origin: program.url }
      const body = JSON.stringify({ type, params })
      return (await fetch(`${program.url}/chatkit`, { method: 'POST', headers, body })).text()
    }
    fake.play([{ type: 'text', text: 'An answer to be found again.' }, finish])
    await post(first, 'threads.create', { input: says('A question to be found again.') })
    const before = await post(first, 'threads.list', {})
    expect(await first.stop()).toEqual({ code: 0, signal: null })

    const second = await start({ data, secret: '' })
    const after = await post(second, 'threads.list', {})
    expect(after).toBe(before)
    const { id } = (JSON.parse(after) as { data: { id: string }[] }).data[0] ?? { id: '' }
    const thread = await post(second, 'threads.get_by_id', { thread_id: id })
    expect(thread).toContain('A question to be found again.')
    expect(thread).toContain('An answer to be found again.')
  })
})

describe('starting', () => {
  async function expectRefusal(options: Options, ...sentences: (string | RegExp)[]): Promise<string> {
    const program = launch(options)
    expect(await program.ended).toEqual({ code: 1, signal: null })
    for (const sentence of sentences) expect(program.output()).toMatch(sentence)
    // A sentence, not a stack.
    expect(program.output()).not.toMatch(/^\s+at /m)
    return program.output()
  }

  test('[PROGRAM-5] a second program on the same directory refuses, and the first goes on', async () => {
    const data = newDirectory()
    const first = await start({ data })
    await expectRefusal({ data }, /in use by another Parley server \(process \d+\)/)
    fake.play([{ type: 'text', text: 'Still here.' }, finish])
    const stream = await (await clientOf(first)).stream('threads.create', { input: says('There?') })
    expect(textOf(await stream.all())).toBe('Still here.')
  })

  test('[PROGRAM-19] npm that is told to end takes its server with it', async () => {
    const data = newDirectory()
    const program = await start({ data, withNpm: true })
    // Its outputs are closed when nobody has them any more.
    await program.stop('SIGTERM')
    expect(program.output()).toContain('"event":"stopped"')
    await start({ data })
  })

  test('[PROGRAM-5] a port that is taken is a sentence, and the database is closed', async () => {
    const first = await start()
    const data = newDirectory()
    await expectRefusal({ data, port: Number(new URL(first.url).port) }, /EADDRINUSE/)
    await start({ data })
  })

  test('[PROGRAM-6] all that is wrong with the configuration is named, and nothing is started', async () => {
    const environment = {
      PARLEY_PORT: 'eightyeight',
      PARLEY_DRAIN_SECONDS: '-1',
      PARLEY_PROT: '1',
      PARLEY_GUESTS: 'maybe',
      DATABASE_URL: 'mysql://root:hunter2@db/parley',
    }
    const output = await expectRefusal(
      { environment },
      ...Object.keys(environment),
      /Did you mean PARLEY_PORT/,
    )
    expect(output).not.toMatch(/eightyeight|maybe|hunter2/)
  })

  test('[PROGRAM-6] documents that are not there, or a spoiled secret, are a sentence, and nothing is left open', async () => {
    const documents = join(newDirectory(), 'nowhere')
    await expectRefusal(
      { environment: { PARLEY_DOCUMENTS: documents, PARLEY_MODEL: '' } },
      /PARLEY_DOCUMENTS cannot be read/,
    )
    const data = newDirectory()
    writeFileSync(join(data, 'secret'), '')
    await expectRefusal({ data, environment: { PARLEY_SECRET: '' } }, /holds no secret/)
  })

  test.skipIf(skipsPostgres)(
    '[PROGRAM-6] a database that cannot be reached, or is newer, is a sentence',
    async () => {
      await expectRefusal(
        { databaseUrl: 'postgres://parley:hunter2@127.0.0.1:9/parley' },
        /cannot be reached/,
      )
      const database = await createEmptyDatabase({ migrated: true })
      const insert =
        "insert into parley_migrations (number, name, checksum) values (9999, '9999_future', 'x')"
      await runAs(database.superuserUrl, insert)
      await expectRefusal({ databaseUrl: database.url }, /newer than this program.*9999_future/)
      await database.drop()
    },
  )
})

test('[PROGRAM-13] a first start that is killed while it makes its database is begun anew', async () => {
  const data = newDirectory()
  for (const wait of [0, 300]) {
    const killed = launch({ data })
    await expect.poll(() => killed.output()).toContain('Making a database')
    await sleep(wait)
    expect(await killed.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
  }
  const client = await clientOf(await start({ data }))
  fake.play([{ type: 'text', text: 'Made.' }, finish])
  const stream = await client.stream('threads.create', { input: says('Are you there?') })
  expect(textOf(await stream.all())).toBe('Made.')
})

describe.skipIf(skipsPostgres)('a Postgres that goes away', () => {
  let postgres: PostgresServer
  let url: string
  beforeAll(async () => {
    postgres = await startPostgres({ durable: true })
    await runAs(postgres.superuserUrl('postgres'), 'create database parley owner parley_test')
    url = postgres.url('parley')
  })
  afterAll(() => postgres.remove())

  test('[PROGRAM-7] while it is away: not ready, 503, no crash; when it is back, all is well', async () => {
    const program = await start({ databaseUrl: url })
    const client = await clientOf(program)
    fake.play([{ type: 'text', text: 'Before.' }, finish])
    const stream = await client.stream('threads.create', { input: says('Before?') })
    await stream.all()
    await postgres.stop()
    await expect.poll(() => statusOf(`${program.url}/ready`)).toBe(503)
    expect(await statusOf(`${program.url}/health`)).toBe(200)
    for (const [type, params] of [
      ['threads.list', {}],
      ['threads.create', { input: says('Meanwhile?') }],
      ['threads.get_by_id', { thread_id: threadIdOf(stream) }],
    ] as const) {
      const response = await client.post({ type, params })
      expect(response.status, type).toBe(503)
      expect(await response.json()).toMatchObject({ error: { code: 'unavailable' } })
    }
    await postgres.start()
    await expect.poll(() => statusOf(`${program.url}/ready`)).toBe(200)
    const items = await client.allItems(threadIdOf(stream))
    expect(answersOf(items)).toEqual(['Before.'])
    const input = says('After?')
    fake.play([{ type: 'text', text: 'After.' }, finish])
    const next = await client.stream('threads.add_user_message', { thread_id: threadIdOf(stream), input })
    expect(textOf(await next.all())).toBe('After.')
    expect(await program.stop()).toEqual({ code: 0, signal: null })
  })

  test.each(['immediate', 'fast'] as const)(
    '[PROGRAM-8] it is restarted (%s) in mid-answer: the answer goes on, and nothing is missing or doubled',
    async (how) => {
      const program = await start({ databaseUrl: url })
      const client = await clientOf(program)
      const answer = numbered(60)
      fake.play([...speak(answer, 50), finish])
      const asking = await askAndWait(client)
      await postgres.stop(how)
      await sleep(500)
      await postgres.start()
      await asking.rest
      expect(textOf(asking.received)).toBe(answer)
      expect(asking.received.at(-1)?.event).toEqual(completed)
      expect(answersOf(await client.allItems(asking.threadId))).toEqual([answer])
      expect(textOf(await readAgain(client, asking))).toBe(answer)
    },
  )

  test('[PROGRAM-9] the program stops in time although its database is gone, and the next start settles the answer', async () => {
    const program = await start({ databaseUrl: url, environment: { PARLEY_DRAIN_SECONDS: '1' } })
    fake.play([...speak(numbered(600), 50), finish])
    const asking = await askAndWait(await clientOf(program))
    await postgres.stop('immediate')
    expect(await program.stop()).toEqual({ code: 1, signal: null })
    await asking.rest.catch(() => {})
    await postgres.start()
    const client = await clientOf(await start({ databaseUrl: url }))
    const whole = await readAgain(client, asking)
    expect(whole.at(-1)?.event).toEqual(interrupted)
    expect(textOf(whole).startsWith(textOf(asking.received))).toBe(true)
    expectInterrupted(await client.allItems(asking.threadId), textOf(whole))
  })
})

describe.skipIf(skipsPostgres)('two programs', () => {
  let database: EmptyDatabase
  beforeAll(async () => {
    database = await createEmptyDatabase({ migrated: true })
  })
  afterAll(() => database.drop())

  test('[PROGRAM-10] one that was frozen for longer than its lease writes nothing more when it wakes', async () => {
    const first = await start({ databaseUrl: database.url })
    const second = await start({ databaseUrl: database.url })
    fake.play([...speak(numbered(1_000), 50), finish])
    const asking = await askAndWait(await clientOf(first))
    first.kill('SIGSTOP')
    const client = await clientOf(second)
    const settled = await readAgain(client, asking)
    expect(settled.at(-1)?.event).toEqual(interrupted)
    const kept = await client.allItems(asking.threadId)
    expectInterrupted(kept, textOf(settled))

    first.kill('SIGCONT')
    // It lets go of the upstream as soon as it hears that the run is no longer its own.
    await fake.requests[0]?.closed
    expect(fake.requests[0]?.closedByClient).toBe(true)
    await asking.rest
    expect(await client.allItems(asking.threadId)).toEqual(kept)
    expect(await readAgain(client, asking)).toEqual(settled)
    // Who read at the frozen one sees the same end.
    expect(textOf(asking.received)).toBe(textOf(settled))
    expect(asking.received.at(-1)?.event).toEqual(interrupted)
    expect(await (await clientOf(first)).allItems(asking.threadId)).toEqual(kept)
  })

  test('[PROGRAM-11] an answer that is begun at one is read to its end, and stopped, at the other', async () => {
    const first = await start({ databaseUrl: database.url })
    const second = await start({ databaseUrl: database.url })
    const answer = numbered(30)
    fake.play([...speak(answer, 50), finish])
    const asking = await askAndWait(await clientOf(first))
    const client = await clientOf(second)
    expect(textOf(await readAgain(client, asking))).toBe(answer)

    fake.play([...speak(numbered(600), 50), finish])
    const stopped = await askAndWait(await clientOf(first))
    await client.json('parley.cancel', { thread_id: stopped.threadId, run_id: stopped.runId })
    await stopped.rest
    expect(stopped.received.at(-1)?.event).toEqual({ type: 'parley.run_ended', status: 'cancelled' })
    expect(answersOf(await client.allItems(stopped.threadId))).toEqual([textOf(stopped.received)])
  })

  test('[REVOKE-4] a stream at one ends when its session, or its token, is taken back at the other, and its answer goes on', async () => {
    const environment = {
      CHATKIT_WORKFLOW_ID: 'assistant',
      PARLEY_SIGN_UP: 'open',
      PARLEY_MODEL_SILENCE_SECONDS: '3600',
    }
    const first = await start({ databaseUrl: database.url, environment })
    const second = await start({ databaseUrl: database.url, environment })
    const browser = createBrowser(first.url)
    const person = { name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' }
    expect((await browser.post('/api/auth/sign-up/email', person)).status).toBe(200)
    const { token } = (await (await browser.get('/api/auth/token')).json()) as { token: string }
    const created = await browser.post('/api/chatkit/session', {}, { authorization: `Bearer ${token}` })
    const session = (await created.json()) as { session_id: string; client_secret: string }

    /** Nothing but what is taken back ends its stream: the upstream has more to say, and does not say it. */
    const open = async (shown: string): Promise<Asking> => {
      fake.play([{ type: 'text', text: 'Well' }, { type: 'hang' }])
      return askAndWait(await clientOf(second, shown))
    }
    const ofSession = await open(session.client_secret)
    const ofToken = await open(token)
    const path = `/api/chatkit/session/${session.session_id}`
    const headers = { authorization: `Bearer ${token}` }
    expect((await fetch(`${first.url}${path}`, { method: 'DELETE', headers })).status).toBe(200)
    await ofSession.rest
    expect((await browser.post('/api/auth/sign-out', {})).status).toBe(200)
    await ofToken.rest
    for (const { received } of [ofSession, ofToken]) {
      expect(received.map(({ event }) => event.type)).not.toContain('parley.run_ended')
    }
    expect(fake.requests.map(({ closedByClient }) => closedByClient)).toEqual([false, false])
  })
})

test.skipIf(skipsPostgres)(
  '[PROGRAM-14] when the answer to a commit is lost, the question is stored once, and its run has an end',
  async () => {
    const database = await createEmptyDatabase({ migrated: true })
    const databaseUrl = new URL(database.url)
    const proxy = await startProxy(Number(databaseUrl.port))
    databaseUrl.port = String(proxy.port)
    const client = await clientOf(await start({ databaseUrl: databaseUrl.href }))
    // Another answer goes on meanwhile, so that the program keeps its leases.
    fake.play([...speak(numbered(600), 50), finish])
    const other = await askAndWait(client)
    const question = 'Did you get this?'
    const body = { type: 'threads.create', params: { input: says(question) } }
    const stolen = proxy.stealAnswer((said) => said.includes(question) && said.endsWith(syncMessage))
    const headers = { 'idempotency-key': 'once' }
    const first = await client.post(body, { headers })
    await Promise.all([first.text(), stolen])
    // It may have found out by the key that the commit counted after all.
    expect([200, 503]).toContain(first.status)

    const again = await (await client.stream(body.type, body.params, { headers })).all()
    expect(again.at(-1)?.event).toEqual(interrupted)
    const threads = await client.json<{ data: { id: string }[] }>('threads.list', {})
    expect(threads.data).toHaveLength(2)
    const [asked] = threads.data.filter(({ id }) => id !== other.threadId)
    const items = await client.allItems(asked?.id ?? '')
    expect(items).toMatchObject([{ type: 'user_message', content: [{ text: question }] }])
    fake.play([{ type: 'text', text: 'Now I did.' }, finish])
    const retry = { thread_id: asked?.id, item_id: items[0]?.id }
    const retried = await (await client.stream('threads.retry_after_item', retry)).all()
    expect(textOf(retried)).toBe('Now I did.')
    await client.json('parley.cancel', { thread_id: other.threadId, run_id: other.runId })
    await proxy.close()
    await programs[0]?.stop('SIGKILL')
    await database.drop()
  },
)

test('[PROGRAM-15] a program whose database thread has died says so and ends, and nothing acknowledged is lost', async () => {
  const data = newDirectory()
  const stage = createStage(join(newDirectory(), 'stage.json'))
  const program = await start({ data, environment: stage.environment })
  fake.play([...speak(numbered(600), 50), finish])
  const asking = await askAndWait(await clientOf(program))
  stage.endThread()
  expect(await program.ended).toEqual({ code: 1, signal: null })
  expect(program.output()).toMatch(/The database has died .* must be started again/)
  await asking.rest.catch(() => {})
  const client = await clientOf(await start({ data }))
  const whole = await readAgain(client, asking)
  expect(whole.at(-1)?.event).toEqual(interrupted)
  expect(textOf(whole).startsWith(textOf(asking.received))).toBe(true)
  expectInterrupted(await client.allItems(asking.threadId), textOf(whole))
})

test('[PROGRAM-12] nothing that the program prints holds what people or models say, or a secret', async () => {
  const words = { question: 'quokka-question', answer: 'quokka-answer', failure: 'quokka-failure' }
  const program = await start({
    environment: { PARLEY_LOG_LEVEL: 'debug', PARLEY_INSTRUCTIONS: 'quokka-rules' },
  })
  const client = await clientOf(program)
  fake.play(
    [{ type: 'text', text: words.answer }, finish],
    reply(401, `${words.failure} ${upstreamKey}`),
    [
      { type: 'text', text: words.answer },
      { type: 'raw', data: `data: {"choices": [${words.answer}\n\n` },
    ],
    [{ type: 'tool-call', name: 'weather', arguments: `{"city": "${words.answer}`, id: 'call_1' }, finish],
    [
      { type: 'text', text: words.answer },
      { type: 'cut', how: 'reset' },
    ],
  )
  for (let turn = 0; turn < 5; turn += 1) {
    await (await client.stream('threads.create', { input: says(`${words.question} ${turn}`) })).all()
  }
  await client.post(`{"type": "threads.create", "${words.question}`)
  await client.post({ type: words.question, params: {} })
  await expect(client.json('threads.get_by_id', { thread_id: words.question })).rejects.toThrow(RefusedError)
  expect(await program.stop()).toEqual({ code: 0, signal: null })
  const output = program.output()
  expect(output).toContain('run-failed')
  for (const said of [words.question, words.answer, 'quokka-rules', upstreamKey, secret, 'eyJ'])
    expect(output).not.toContain(said)
})
