/** Every fault of an upstream, through the whole way: scripted server, HTTP, adapter, limits, agent, and what a run would keep. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createModelAgent } from '../agents/model-agent.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { ServerTool } from '../conversation/model.ts'
import { createModel, type ModelLimits } from '../models/create-model.ts'
import { type FakeOpenAi, startFakeOpenAi } from './fake-openai.ts'
import type { Script } from './fake-openai-scripts.ts'
import { answer, createTestRun, type TestAnswer, userMessage } from './run-context.ts'

let fake: FakeOpenAi
beforeAll(async () => {
  fake = await startFakeOpenAi()
})
afterAll(() => fake.close())
beforeEach(() => void fake.requests.splice(0))

const finish = { type: 'finish' } as const
const text = (piece: string) => ({ type: 'text', text: piece }) as const
const weather: ServerTool = {
  name: 'weather',
  description: 'Tells the weather.',
  parameters: { type: 'object' },
  run: (parameters) => Promise.resolve({ city: parameters['city'] ?? null, weather: 'fine' }),
}

describe.each(['chat', 'responses'] as const)('%s', (api) => {
  async function ask(scripts: Script[], limits: ModelLimits = {}, words = 'Hello'): Promise<TestAnswer> {
    fake.play(...scripts)
    const settings = {
      provider: 'openai',
      api,
      baseUrl: fake.baseUrl,
      apiKey: 'sk-secret123456',
      model: 'fake',
    } as const
    const model = createModel(settings, { attemptsMax: 1, ...limits })
    return answer(createModelAgent({ model, tools: [weather] }), createTestRun(), userMessage(words))
  }

  /** What the user sees: the text that is kept, and a plain sentence with a way on. */
  function expectFailure(outcome: TestAnswer, code: string, kept: string | undefined): ParleyError {
    expect(outcome.error).toBeInstanceOf(ParleyError)
    const error = outcome.error as ParleyError
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/[Pp]lease /)
    expect(error.message).not.toMatch(/sk-|HTTP|JSON|undici|ECONN|Scripted|127\.0\.0\.1/)
    const messages = outcome.items.flatMap((item) => (item.type === 'assistant_message' ? [item] : []))
    expect(messages.map((item) => item.content[0]?.text)).toEqual(kept === undefined ? [] : [kept])
    if (kept !== undefined) expect(messages[0]?.incomplete).toBe('failed')
    return error
  }

  test.each([
    ['401', '!fail 401', 'model_authentication'],
    ['404', '!fail 404', 'model_bad_request'],
    ['429 with retry-after', '!limit 40', 'model_rate_limited'],
    ['500', '!fail 500', 'model_unavailable'],
    ['a web page', '!html', 'model_bad_response'],
    ['an empty answer', '!empty', 'model_bad_response'],
  ])('[LOOP-13] %s: a plain message and a way on', async (_name, words, code) => {
    const error = expectFailure(await ask([], {}, words), code, undefined)
    if (words === '!limit 40') expect(error.retryAfterSeconds).toBe(40)
  })

  test.each([['!hang'], ['!mute']])('[LOOP-13] a timeout before the first token (%s)', async (words) => {
    expectFailure(await ask([], { firstTokenSecondsMax: 0.1 }, words), 'model_timeout', undefined)
    await fake.requests[0]?.closed
    expect(fake.requests[0]?.closedByClient).toBe(true)
  })

  test('[LOOP-13] silence in the middle: what had come is kept', async () => {
    const outcome = await ask([[text('So far'), { type: 'hang' }]], { silenceSecondsMax: 0.1 })
    expectFailure(outcome, 'model_timeout', 'So far')
    await fake.requests[0]?.closed
    expect(fake.requests[0]?.closedByClient).toBe(true)
  })

  test.each(['end', 'reset'] as const)(
    '[LOOP-13] a connection cut in the middle (%s): what had come is kept',
    async (how) => {
      expectFailure(await ask([[text('So far'), { type: 'cut', how }]]), 'model_cut_off', 'So far')
    },
  )

  test('[LOOP-13] garbage in the stream: what had come is kept', async () => {
    const outcome = await ask([
      [text('So far'), { type: 'raw', data: 'data: {"choices": [oops\n\n' }, finish],
    ])
    expectFailure(outcome, 'model_bad_response', 'So far')
  })

  test('[LOOP-13] an error inside of the stream: what had come is kept', async () => {
    const data = 'data: {"type":"error","error":{"message":"key sk-secret123456","type":"server_error"}}\n\n'
    expectFailure(await ask([[text('So far'), { type: 'raw', data }]]), 'model_unavailable', 'So far')
  })

  test('[LOOP-13] an endless stream: what fits the limit is kept', async () => {
    const outcome = await ask([[{ type: 'endless', text: 'abcdefgh' }]], { outputBytesMax: 10_000 })
    expectFailure(outcome, 'model_limit', 'abcdefgh'.repeat(1250))
    await fake.requests[0]?.closed
    expect(fake.requests[0]?.closedByClient).toBe(true)
  })

  test('[LOOP-13] UTF-8 split at every byte, NUL, lone surrogates and a delta of 1 MB are answers like any other', async () => {
    const spoken = async (script: Script) => {
      const { items, error } = await ask([script])
      expect(error).toBeUndefined()
      const [item] = items
      return item?.type === 'assistant_message' ? item.content[0]?.text : undefined
    }
    expect(await spoken([{ type: 'bytes-alone' }, text('Grüße 世界 👩‍👩‍👧'), finish])).toBe('Grüße 世界 👩‍👩‍👧')
    expect(await spoken([text('a\u0000\udc00 \ud83d'), text('\ude00 \ud800'), finish])).toBe(
      'a\uFFFD\uFFFD 😀 \uFFFD',
    )
    const big = 'x'.repeat(1_000_000)
    expect((await spoken([text(big), finish])) === big).toBe(true)
  })

  test('[LOOP-13] a tool call with broken JSON: the model hears of it and answers', async () => {
    const broken: Script = [
      { type: 'tool-call', name: 'weather', arguments: '{"city": "Köl', pieces: 4 },
      finish,
    ]
    const { error, items } = await ask([broken, [text('Which city?'), finish]])
    expect(error).toBeUndefined()
    expect(items).toMatchObject([{ type: 'assistant_message', content: [{ text: 'Which city?' }] }])
    expect(JSON.stringify(fake.requests[1]?.body)).toContain('not a JSON object')
  })

  test('[LOOP-13] a tool call in many pieces: the tool runs, the model hears its output', async () => {
    const { items } = await ask([], {}, '!tool weather {"city":"Köln"}')
    expect(items).toMatchObject([{ content: [{ text: 'The tool said: {"city":"Köln","weather":"fine"}' }] }])
  })

  test('[LOOP-13] an upstream that fails first and then answers: the user sees only the answer', async () => {
    const fail: Script = [{ type: 'reply', status: 503 }]
    const { items, error } = await ask([fail, fail, [text('Here I am.'), finish]], {
      attemptsMax: 3,
      pauseSeconds: 0.001,
    })
    expect(error).toBeUndefined()
    expect(items).toMatchObject([{ content: [{ text: 'Here I am.' }] }])
    expect(fake.requests).toHaveLength(3)
  })

  test('[LOOP-13] a stop closes the connection to the upstream', async () => {
    const run = createTestRun()
    const model = createModel({ provider: 'openai', api, baseUrl: fake.baseUrl, model: 'fake' })
    const reason = new Error('stopped')
    const reading = (async () => {
      for await (const event of createModelAgent({ model }).respond(run.context, userMessage('!slow'))) {
        if (event.type === 'item-updated') run.stop.abort(reason)
      }
    })()
    await expect(reading).rejects.toBe(reason)
    await fake.requests[0]?.closed
    expect(fake.requests[0]?.closedByClient).toBe(true)
  })
})
