/** Every fault of an upstream, from its socket to what the user sees and what is stored: the real program, scripted HTTP. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { WireItem } from './contracts/chatkit/wire.ts'
import { createChatKitClient, runIdOf, says, textOf, threadIdOf } from './testing/chatkit-client.ts'
import type { ChatKitClient, ReceivedEvent } from './testing/chatkit-client.ts'
import { createEmptyDatabase, missingReason } from './testing/databases.ts'
import type { EmptyDatabase } from './testing/databases.ts'
import { type FakeOpenAi, startFakeOpenAi } from './testing/fake-openai.ts'
import { reply, type Script } from './testing/fake-openai-scripts.ts'
import { startProgram, upstreamKey } from './testing/program.ts'
import type { Program } from './testing/program.ts'

const finish = { type: 'finish' } as const
const hang = { type: 'hang' } as const
const text = (piece: string) => ({ type: 'text', text: piece }) as const
/** In what upstreams say about their failures; nobody but them may say it. */
const upstreamWords = 'zanzibar-sentinel'

let fake: FakeOpenAi
beforeAll(async () => {
  fake = await startFakeOpenAi()
})
afterAll(() => fake.close())
beforeEach(() => void fake.requests.splice(0))

describe.each(['pglite', 'postgres'] as const)('%s', (kind) => {
  const skips = missingReason(kind) !== null
  let directory: string
  let database: EmptyDatabase | undefined
  let program: Program
  let client: ChatKitClient

  beforeAll(async () => {
    if (skips) return
    directory = mkdtempSync(join(tmpdir(), 'parley-upstream-'))
    if (kind === 'postgres') database = await createEmptyDatabase({ migrated: true })
    program = await startProgram({
      data: directory,
      upstreamUrl: fake.baseUrl,
      ...(database === undefined ? {} : { databaseUrl: database.url }),
      environment: { PARLEY_MODEL_FIRST_TOKEN_SECONDS: '2', PARLEY_MODEL_SILENCE_SECONDS: '2' },
    })
    client = await createChatKitClient({ url: program.url, secret: program.secret })
  })
  afterAll(async () => {
    if (skips) return
    await program.stop()
    await database?.drop()
    rmSync(directory, { recursive: true, force: true })
  })
  afterEach(() => {
    if (skips) return
    expect(program.output()).not.toContain(upstreamKey)
    expect(fake.requests[0]?.headers.authorization).toBe(`Bearer ${upstreamKey}`)
  })

  interface Outcome {
    threadId: string
    received: ReceivedEvent[]
    status: string | undefined
    error: { message?: string; allow_retry: boolean } | undefined
    answers: Extract<WireItem, { type: 'assistant_message' }>[]
  }

  async function ask(...scripts: Script[]): Promise<Outcome> {
    fake.play(...scripts)
    const stream = await client.stream('threads.create', { input: says('Hello?') })
    const received = await stream.all()
    const threadId = threadIdOf(stream)
    const items = await client.allItems(threadId)
    expect(items[0]).toMatchObject({ type: 'user_message', content: [{ text: 'Hello?' }] })
    const error = received.flatMap(({ event }) => (event.type === 'error' ? [event] : []))
    expect(error.length).toBeLessThanOrEqual(1)
    const last = received.at(-1)?.event
    return {
      threadId,
      received,
      status: last?.type === 'parley.run_ended' ? last.status : undefined,
      error: error[0],
      answers: items.flatMap((item) => (item.type === 'assistant_message' ? [item] : [])),
    }
  }

  /** What the user sees, what is kept, and that the conversation goes on. */
  async function expectFailure(outcome: Outcome, kept: string | null, allowRetry = true): Promise<void> {
    expect(outcome.status).toBe('failed')
    expect(outcome.error?.allow_retry).toBe(allowRetry)
    expect(outcome.error?.message).toMatch(/[Pp]lease /)
    expect(JSON.stringify(outcome.received)).not.toMatch(
      new RegExp(`${upstreamWords}|${upstreamKey}|sk-|HTTP|JSON\\b|undici|ECONN|127\\.0\\.0\\.1`),
    )
    if (kept === null) expect(outcome.answers).toEqual([])
    else {
      expect(textOf(outcome.received)).toBe(kept)
      expect(outcome.answers).toMatchObject([{ content: [{ text: kept }], incomplete: 'failed' }])
    }
    await expectGoesOn(outcome)
  }

  async function expectAnswer(outcome: Outcome, answer: string): Promise<void> {
    expect(outcome.error).toBeUndefined()
    expect(outcome.status).toBe('completed')
    expect(textOf(outcome.received) === answer).toBe(true)
    expect(outcome.answers.map((item) => item.content[0]?.text === answer)).toEqual([true])
    expect(outcome.answers[0]?.incomplete).toBeUndefined()
    await expectGoesOn(outcome)
  }

  async function expectGoesOn({ threadId }: Outcome): Promise<void> {
    fake.play([text('Still here.'), finish])
    const input = says('And now?')
    const next = await (await client.stream('threads.add_user_message', { thread_id: threadId, input })).all()
    expect(textOf(next)).toBe('Still here.')
    expect(next.at(-1)?.event).toEqual({ type: 'parley.run_ended', status: 'completed' })
  }

  async function expectClosedByUs(): Promise<void> {
    await fake.requests[0]?.closed
    expect(fake.requests[0]?.closedByClient).toBe(true)
  }

  const failing = (status: number, headers?: Record<string, string>): Script =>
    reply(status, `${upstreamWords} ${upstreamKey}`, headers)

  test.skipIf(skips)('[UPSTREAM-1] 401: says that asking again does not help', async () => {
    await expectFailure(await ask(failing(401)), null, false)
    expect(fake.requests).toHaveLength(2)
  })

  test.skipIf(skips)(
    '[UPSTREAM-1] 429 with a long retry-after: says so at once, and offers a retry',
    async () => {
      await expectFailure(await ask(failing(429, { 'retry-after': '30' })), null)
      expect(fake.requests).toHaveLength(2)
    },
  )

  test.skipIf(skips)('[UPSTREAM-1] 429 with a short retry-after: waits and answers', async () => {
    await expectAnswer(await ask(failing(429, { 'retry-after': '1' }), [text('Here.'), finish]), 'Here.')
  })

  test.skipIf(skips)('[UPSTREAM-1] 500, again and again: offers a retry, which works', async () => {
    const outcome = await ask(failing(500), failing(500), failing(500))
    expect(fake.requests).toHaveLength(3)
    fake.play([text('Now it works.'), finish])
    const [message] = await client.allItems(outcome.threadId)
    const retried = { thread_id: outcome.threadId, item_id: message?.id }
    expect(textOf(await (await client.stream('threads.retry_after_item', retried)).all())).toBe(
      'Now it works.',
    )
    await expectFailure(outcome, null)
  })

  test.skipIf(skips)('[UPSTREAM-2] nothing at all: ends at its time', async () => {
    await expectFailure(await ask([hang]), null)
    await expectClosedByUs()
  })

  test.skipIf(skips)('[UPSTREAM-2] a stream without a token: ends at its time', async () => {
    await expectFailure(await ask([{ type: 'begin' }, hang]), null)
    await expectClosedByUs()
  })

  test.skipIf(skips)(
    '[UPSTREAM-2] silence in the middle: ends at its time, and what had come is kept',
    async () => {
      await expectFailure(await ask([text('So far'), hang]), 'So far')
      await expectClosedByUs()
    },
  )

  test.skipIf(skips)('[UPSTREAM-3] a connection that is closed in the middle', async () => {
    await expectFailure(await ask([text('So far'), { type: 'cut', how: 'end' }]), 'So far')
  })

  test.skipIf(skips)('[UPSTREAM-3] a connection that breaks in the middle', async () => {
    await expectFailure(await ask([text('So far'), { type: 'cut', how: 'reset' }]), 'So far')
  })

  test.skipIf(skips)('[UPSTREAM-3] garbage in the stream', async () => {
    const garbage = { type: 'raw', data: `data: {"choices": [${upstreamWords}\n\n` } as const
    await expectFailure(await ask([text('So far'), garbage, finish]), 'So far')
  })

  test.skipIf(skips)('[UPSTREAM-3] an error inside of the stream', async () => {
    const error = { message: `${upstreamWords} ${upstreamKey}`, type: 'server_error' }
    const data = `data: ${JSON.stringify({ error })}\n\n`
    await expectFailure(await ask([text('So far'), { type: 'raw', data }, finish]), 'So far')
  })

  test.skipIf(skips)('[UPSTREAM-4] UTF-8 that is split at every byte', async () => {
    const words = 'Grüße, 世界 👩‍👩‍👧'
    await expectAnswer(await ask([{ type: 'bytes-alone' }, text(words), finish]), words)
  })

  test.skipIf(skips)('[UPSTREAM-4] NUL, lone surrogates and a pair in two deltas', async () => {
    const script: Script = [text('a\u0000b'), text('\udc00c \ud83d'), text('\ude00 d\ud800'), finish]
    await expectAnswer(await ask(script), 'a\uFFFDb\uFFFDc 😀 d\uFFFD')
  })

  test.skipIf(skips)('[UPSTREAM-4] a delta of 1 MB', async () => {
    const words = 'Größe 世 '.repeat(100_000)
    await expectAnswer(await ask([text(words), finish]), words)
  })

  test.skipIf(skips)(
    '[UPSTREAM-5] a tool call with broken JSON: the model hears of it and answers',
    async () => {
      const broken = { type: 'tool-call', name: 'weather', arguments: '{"city": "Köl', pieces: 3 } as const
      const outcome = await ask([broken, finish], [text('Which city?'), finish])
      await expectAnswer(outcome, 'Which city?')
    },
  )

  test.skipIf(skips)('[UPSTREAM-6] an endless stream: ends at its limit, and what fits is kept', async () => {
    const piece = 'The same again and again. '.repeat(200)
    const outcome = await ask([{ type: 'endless', text: piece }])
    await expectClosedByUs()
    const kept = textOf(outcome.received)
    expect(kept.length).toBe(4 * 1024 * 1024)
    await expectFailure(outcome, kept)
  })

  const unending: [string, Script, string][] = [
    ['before the first token', [hang], ''],
    ['in the middle of silence', [text('So far'), hang], 'So far'],
    ['in the middle of an endless stream', [{ type: 'endless', text: 'More. ' }], 'More. '],
  ]
  for (const [when, script, beginning] of unending) {
    test.skipIf(skips)(`[UPSTREAM-7] a stop ${when} closes the upstream’s connection`, async () => {
      fake.play(script)
      const stream = await client.stream('threads.create', { input: says('Hello?') })
      const run = { thread_id: threadIdOf(stream), run_id: runIdOf(stream) }
      const received: ReceivedEvent[] = []
      let isStopping = false
      await expect.poll(() => fake.requests.length).toBe(1)
      for await (const each of stream) {
        received.push(each)
        if (!isStopping && textOf(received).length >= beginning.length) {
          isStopping = true
          await client.json('parley.cancel', run)
        }
      }
      expect(received.at(-1)?.event).toEqual({ type: 'parley.run_ended', status: 'cancelled' })
      await expectClosedByUs()
      const answers = (await client.allItems(run.thread_id)).filter(
        ({ type }) => type === 'assistant_message',
      )
      if (beginning === '') expect(answers).toEqual([])
      else expect(answers).toMatchObject([{ content: [{ text: textOf(received) }], incomplete: 'cancelled' }])
      expect(textOf(received).startsWith(beginning)).toBe(true)
    })
  }
})
