import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ParleyError } from '../conversation/errors.ts'
import type { ModelEvent, ModelRequest } from '../conversation/model.ts'
import { type FakeOpenAi, startFakeOpenAi } from '../testing/fake-openai.ts'
import { reply } from '../testing/fake-openai-scripts.ts'
import type { Script } from '../testing/fake-openai-scripts.ts'
import { createOpenAiModel, type OpenAiModelOptions } from './openai-model.ts'

let fake: FakeOpenAi
beforeEach(async () => {
  fake = await startFakeOpenAi()
})
afterEach(() => fake.close())

const key = 'sk-test-key-0123456789'
const question: ModelRequest = {
  instructions: 'Be brief.',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  tools: [],
}

interface Outcome {
  events: ModelEvent[]
  text: string
  error: unknown
}

async function ask(
  script: Script | undefined,
  options: Partial<OpenAiModelOptions> = {},
  request: ModelRequest = question,
): Promise<Outcome> {
  if (script) fake.play(script)
  const model = createOpenAiModel({ baseUrl: fake.baseUrl, apiKey: key, model: 'fake', ...options })
  const events: ModelEvent[] = []
  let error: unknown
  try {
    for await (const event of model.stream(request, AbortSignal.timeout(60_000))) events.push(event)
  } catch (thrown) {
    error = thrown
  }
  return {
    events,
    error,
    text: events.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''),
  }
}

function expectError(error: unknown, code: string): ParleyError {
  expect(error).toBeInstanceOf(ParleyError)
  const known = error as ParleyError
  expect(known.code).toBe(code)
  const said = `${known.message} ${String(known.cause)}`
  expect(said).not.toContain('sk-')
  expect(said).not.toContain('127.0.0.1')
  expect(known.message).toMatch(/^[A-Z].*[.]$/)
  expect(known.message).not.toMatch(/HTTP|JSON|Scripted/)
  return known
}

const usage = {
  type: 'usage',
  usage: { inputTokens: 11, outputTokens: 7, reasoningTokens: 2, cachedInputTokens: 5 },
}
const text = (piece: string) => ({ type: 'text', text: piece }) as const
const finish = { type: 'finish' } as const
const raw = (data: string) => ({ type: 'raw', data }) as const

describe.each(['chat', 'responses'] as const)('%s', (api) => {
  test('[MODEL-6] text, thoughts, citations, usage and the end arrive as events', async () => {
    const citation = { type: 'url-citation', url: 'https://example.org/a', title: 'A', index: 5 } as const
    const { events, error } = await ask(
      [
        { type: 'reasoning', text: 'Hm. ' },
        { type: 'wait', milliseconds: 20 },
        text('Hello'),
        citation,
        text(' you'),
        finish,
      ],
      { api },
    )
    expect(error).toBeUndefined()
    expect(events).toEqual([
      { type: 'reasoning-delta', text: 'Hm. ' },
      { type: 'text-delta', text: 'Hello' },
      {
        type: 'annotation',
        annotation: {
          type: 'annotation',
          source: { type: 'url', url: 'https://example.org/a', title: 'A' },
          index: 5,
        },
      },
      { type: 'text-delta', text: ' you' },
      usage,
      { type: 'end', reason: 'stop' },
    ])
  })

  test('[MODEL-6] tool calls arrive whole, with an id, broken JSON as it was written', async () => {
    const { events } = await ask(
      [
        { type: 'tool-call', name: 'one', id: 'a', arguments: '{"city":"Köln \\ud83d\\ude00"}', pieces: 9 },
        { type: 'tool-call', name: 'two', id: '', arguments: '{"broken": ', pieces: 2 },
        finish,
      ],
      { api },
    )
    const calls = events.flatMap((event) => (event.type === 'tool-call' ? [event.call] : []))
    expect(calls).toEqual([
      { callId: 'a', name: 'one', arguments: '{"city":"Köln \\ud83d\\ude00"}' },
      { callId: expect.stringMatching(/^call_.{36}$/), name: 'two', arguments: '{"broken": ' },
    ])
    expect(events.at(-1)).toEqual({ type: 'end', reason: 'tool-calls' })
  })

  test('[MODEL-6] a full answer and a filtered one end with their reasons', async () => {
    const full = await ask([text('a'), { type: 'finish', reason: 'length' }], { api })
    expect(full.events.at(-1)).toEqual({ type: 'end', reason: 'length' })
    const filtered = await ask([text('a'), { type: 'finish', reason: 'content_filter' }], { api })
    expect(filtered.events.at(-1)).toEqual({ type: 'end', reason: 'content-filter' })
  })

  test('[MODEL-4] what one read of the socket brings is one delta', async () => {
    const { events, text: answer } = await ask(
      [
        text('one'),
        { type: 'wait', milliseconds: 50 },
        raw(api === 'chat' ? chatText('a').repeat(100) : responsesText('a').repeat(100)),
        { type: 'wait', milliseconds: 50 },
        finish,
      ],
      { api },
    )
    expect(answer).toBe(`one${'a'.repeat(100)}`)
    expect(events.filter((event) => event.type === 'text-delta')).toHaveLength(2)
  })

  test('[MODEL-1] UTF-8 split at every byte arrives whole', async () => {
    const { text: answer, error } = await ask(
      [{ type: 'bytes-alone' }, text('Grüße, 世界 👩‍👩‍👧'), text(' – Ende.'), finish],
      { api },
    )
    expect(error).toBeUndefined()
    expect(answer).toBe('Grüße, 世界 👩‍👩‍👧 – Ende.')
  })

  test('[MODEL-5] NUL and lone surrogates are replaced, a split pair is joined', async () => {
    const { text: answer } = await ask(
      [text('a\u0000b\udc00 \ud83d'), text('\ude00 \ud800'), text('e'), finish],
      { api },
    )
    expect(answer).toBe('a\uFFFDb\uFFFD 😀 \uFFFDe')
  })

  test('[MODEL-4] a delta of 1 MB arrives', async () => {
    const big = 'x'.repeat(1_000_000)
    const { text: answer, error } = await ask([text(big), finish], { api })
    expect(error).toBeUndefined()
    expect(answer === big).toBe(true)
  })

  test('[MODEL-2] a line beyond the limit ends the answer with model_limit; what came before stays', async () => {
    const outcome = await ask([text('before'), raw(`data: ${'x'.repeat(2000)}\n\n`), finish], {
      api,
      lineLengthMax: 1000,
    })
    expect(outcome.text).toBe('before')
    expectError(outcome.error, 'model_limit')
  })

  test.each(['end', 'reset'] as const)(
    '[MODEL-7] a connection cut in the middle (%s) is model_cut_off; what came stays',
    async (how) => {
      const outcome = await ask([text('So far '), text('so good'), { type: 'cut', how }], { api })
      expect(outcome.text).toBe('So far so good')
      expect(expectError(outcome.error, 'model_cut_off').retryable).toBe(true)
    },
  )

  test('[MODEL-7] a stream that ends in order but too early, even within an event, is model_cut_off', async () => {
    const frame = api === 'chat' ? chatText('lost') : responsesText('lost')
    for (const rest of ['', frame.slice(0, -12)]) {
      const outcome = await ask([text('So far'), raw(rest)], { api })
      expect(outcome.text).toBe('So far')
      expectError(outcome.error, 'model_cut_off')
    }
  })

  test('[MODEL-8] CVE-2025-64496: an event of a kind that is not known says and does nothing', async () => {
    const known = api === 'chat' ? chatText('before') : responsesText('before')
    const strange =
      'event: execute\ndata: {"type":"execute","data":{"code":"alert(1)"},"execute":{"code":"alert(1)"}}\n\n' +
      'event: __proto__\ndata: {"type":"__proto__","polluted":true}\n\n'
    const { events, text } = await ask([raw(known + strange), finish], { api })
    expect(text).toBe('before')
    expect(JSON.stringify(events)).not.toContain('alert')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('[MODEL-8] garbage in the stream is model_bad_response; what came in the same read stays', async () => {
    const frame = api === 'chat' ? chatText('before') : responsesText('before')
    for (const garbage of ['data: {"oops\n\n', 'data: 7\n\n']) {
      const outcome = await ask([raw(frame + garbage), finish], { api })
      expect(outcome.text).toBe('before')
      expectError(outcome.error, 'model_bad_response')
    }
  })

  test.each([
    ['text/html', '<html>Bad gateway at 127.0.0.1</html>'],
    ['application/json', '{"object":"chat.completion"}'],
    ['text/event-stream', 'no event at all'],
  ])('[MODEL-8] %s in place of events is model_bad_response', async (type, body) => {
    const { error } = await ask([{ type: 'reply', status: 200, body, headers: { 'content-type': type } }], {
      api,
    })
    expectError(error, 'model_bad_response')
  })

  test('[MODEL-8] CVE-2026-22036: a compressed reply is not unpacked', async () => {
    const headers = { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }
    const { error } = await ask([{ type: 'reply', status: 200, body: 'x', headers }], { api })
    expectError(error, 'model_bad_response')
  })

  test.each([
    ['model_unavailable', '{"error":{"message":"key sk-secret12345","type":"server_error"}}'],
    ['model_unavailable', '{"error":{"message":"m","code":502}}'],
    ['model_unavailable', '{"type":"error","error":{"type":"overloaded_error"}}'],
    ['model_rate_limited', '{"error":{"code":"rate_limit_exceeded"}}'],
    ['model_bad_request', '{"error":{"type":"invalid_request_error"}}'],
    ['model_unavailable', '{"error":"sk-secret12345"}'],
  ])('[MODEL-9] an error inside of the stream is %s; what came before stays: %s', async (code, data) => {
    const outcome = await ask([text('before'), raw(`data: ${data}\n\n`), text('behind')], { api })
    expect(outcome.text).toBe('before')
    expectError(outcome.error, code)
  })

  test.each([
    [400, 'model_bad_request', false],
    [401, 'model_authentication', false],
    [403, 'model_authentication', false],
    [404, 'model_bad_request', false],
    [408, 'model_unavailable', true],
    [409, 'model_unavailable', true],
    [413, 'model_bad_request', false],
    [422, 'model_bad_request', false],
    [429, 'model_rate_limited', true],
    [500, 'model_unavailable', true],
    [502, 'model_unavailable', true],
    [503, 'model_unavailable', true],
    [529, 'model_unavailable', true],
    [307, 'model_bad_request', false],
  ])('[MODEL-9] HTTP %i is %s', async (status, code, retryable) => {
    const body = JSON.stringify({ error: { message: `Scripted: ${key} at http://127.0.0.1/x` } })
    const headers = { location: fake.baseUrl }
    const { error, events } = await ask([{ type: 'reply', status, body, headers }], { api })
    expect(expectError(error, code).retryable).toBe(retryable)
    expect(events).toEqual([])
    expect(fake.requests).toHaveLength(1)
  })

  test.each([
    ['7', 7],
    [new Date(Date.now() - 60_000).toUTCString(), undefined],
    ['999999999', 3600],
    ['-5', undefined],
    ['soon', undefined],
  ])('[MODEL-10] retry-after %s is %s seconds', async (header, seconds) => {
    const { error } = await ask([{ type: 'reply', status: 429, headers: { 'retry-after': header } }], { api })
    expect(expectError(error, 'model_rate_limited').retryAfterSeconds).toBe(seconds)
  })

  test('[MODEL-10] retry-after may be a date', async () => {
    const header = new Date(Date.now() + 90_000).toUTCString()
    const { error } = await ask([{ type: 'reply', status: 503, headers: { 'retry-after': header } }], { api })
    const seconds = expectError(error, 'model_unavailable').retryAfterSeconds ?? 0
    expect(seconds).toBeGreaterThan(60)
    expect(seconds).toBeLessThan(91)
  })

  test('[MODEL-9] a reply that may quote the person leaves only its status and code for the log', async () => {
    for (const [status, isKept] of [
      [400, false],
      [500, false],
      [404, true],
    ] as const) {
      const { error } = await ask(reply(status, 'Bad word: MySecretDiary'))
      expect(String((error as ParleyError).cause).includes('MySecretDiary')).toBe(isKept)
    }
  })

  test('[MODEL-9] a conversation too long for the model, and a used up quota, are said as such', async () => {
    const failWith = (status: number, code: string) =>
      ask([{ type: 'reply', status, body: JSON.stringify({ error: { code } }) }], { api })
    const tooLong = await failWith(400, 'context_length_exceeded')
    expect(expectError(tooLong.error, 'model_bad_request').message).toContain('too long')
    const quota = await failWith(429, 'insufficient_quota')
    expect(expectError(quota.error, 'model_rate_limited')).toMatchObject({ retryable: false })
  })

  test('[MODEL-11] an abort closes the upstream connection and throws its reason', async () => {
    for (const script of [
      [{ type: 'hang' }],
      [text('a'), { type: 'hang' }],
      [{ type: 'endless', text: 'a' }],
    ] as Script[]) {
      fake.play(script)
      const stop = new AbortController()
      const model = createOpenAiModel({ baseUrl: fake.baseUrl, model: 'fake', api })
      const stream = model.stream(question, stop.signal)[Symbol.asyncIterator]()
      const first = stream.next()
      if (script[0]?.type !== 'hang') await first
      else await until(() => fake.requests.length > 0)
      const reason = new Error('stopped')
      stop.abort(reason)
      const second = script[0]?.type === 'hang' ? first : readOn(stream)
      await expect(second).rejects.toBe(reason)
      const request = fake.requests.pop()
      await request?.closed
      expect(request?.closedByClient).toBe(true)
    }
  })

  test('[MODEL-11] a reader that leaves closes the upstream connection', async () => {
    fake.play([{ type: 'endless', text: 'a' }])
    const model = createOpenAiModel({ baseUrl: fake.baseUrl, model: 'fake', api })
    for await (const event of model.stream(question, new AbortController().signal)) {
      expect(event.type).toBe('text-delta')
      break
    }
    await fake.requests[0]?.closed
    expect(fake.requests[0]?.closedByClient).toBe(true)
  })

  test('[MODEL-11] a signal that was aborted before sends nothing', async () => {
    const model = createOpenAiModel({ baseUrl: fake.baseUrl, model: 'fake', api })
    const reason = new Error('too late')
    await expect(
      readOn(model.stream(question, AbortSignal.abort(reason))[Symbol.asyncIterator]()),
    ).rejects.toBe(reason)
    expect(fake.requests).toEqual([])
  })

  test('[MODEL-12] a whole conversation goes out in the words of the wire', async () => {
    await ask([finish], { api, extraBody: { temperature: 0 } }, wholeConversation)
    const [request] = fake.requests
    expect(request?.headers.authorization).toBe(`Bearer ${key}`)
    expect(request?.body).toEqual(api === 'chat' ? chatBody : responsesBody)
  })
})

describe('connections', () => {
  test('[MODEL-9] nobody there, and no such name, are model_unavailable', async () => {
    for (const baseUrl of ['http://127.0.0.1:1/v1', 'http://name.invalid/v1']) {
      expect(expectError((await ask(undefined, { baseUrl })).error, 'model_unavailable').retryable).toBe(true)
    }
  })

  test('[MODEL-9] a connection that closes before the headers is model_unavailable', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.end()))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { error } = await ask(undefined, { baseUrl: `http://127.0.0.1:${port}` })
    expectError(error, 'model_unavailable')
    server.close()
  })

  test('[MODEL-11] the connection is used again after a whole answer', async () => {
    const ports = new Set<unknown>()
    const model = createOpenAiModel({ baseUrl: fake.baseUrl, model: 'fake' })
    for (let index = 0; index < 6; index += 1) {
      fake.play([text('a'), finish])
      for await (const event of model.stream(question, new AbortController().signal))
        expect(event).toBeDefined()
      await fake.requests.at(-1)?.closed
      expect(fake.requests.at(-1)?.closedByClient).toBe(false)
      ports.add(fake.requests.at(-1)?.port)
    }
    expect(ports.size).toBeLessThan(6)
  })
})

describe('chat completions of other servers', () => {
  const chunk = (delta: object, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ choices: [{ delta, finish_reason }] })}\n\n`

  test('[MODEL-7] a finish without [DONE], and [DONE] without a finish, are ends', async () => {
    for (const end of [
      chunk({}, 'stop'),
      'data: [DONE]\n\n',
      'data: [DONE]\n\ndata: [DONE]\n\ndata: {"oops\n\n',
      'data: [DONE]',
    ]) {
      const { events, error } = await ask([raw(chunk({ content: 'a' }) + end)])
      expect(error).toBeUndefined()
      expect(events).toEqual([
        { type: 'text-delta', text: 'a' },
        { type: 'end', reason: 'stop' },
      ])
    }
  })

  test('[MODEL-6] tool calls without index, with one index for all, with the name repeated, with an object', async () => {
    const call = (id: string | undefined, name: string, args: unknown, index?: number): string =>
      chunk({
        tool_calls: [
          { ...(id && { id }), ...(index !== undefined && { index }), function: { name, arguments: args } },
        ],
      })
    const { events } = await ask([
      raw(call('a', 'one', '{"x"', 0) + call('a', 'one', ':1}', 0) + call('b', 'two', { y: 2 }, 0)),
      raw(call('c', 'three', '{}') + call(undefined, 'three', '') + chunk({}, 'stop')),
    ])
    expect(events).toEqual([
      { type: 'tool-call', call: { callId: 'a', name: 'one', arguments: '{"x":1}' } },
      { type: 'tool-call', call: { callId: 'b', name: 'two', arguments: '{"y":2}' } },
      { type: 'tool-call', call: { callId: 'c', name: 'three', arguments: '{}' } },
      { type: 'end', reason: 'tool-calls' },
    ])
  })

  test('[MODEL-6] reasoning under either name, refusals and lists of parts are read', async () => {
    const { events } = await ask([
      raw(chunk({ reasoning: 'a' }) + chunk({ reasoning_content: 'b', reasoning: 'b', content: null })),
      raw(
        chunk({
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'c' }] },
            { type: 'text', text: 'd' },
          ],
        }),
      ),
      raw(chunk({ refusal: 'No.' }, 'stop')),
    ])
    const said = (type: string) =>
      events.map((event) => (event.type === type && 'text' in event ? event.text : '')).join('')
    expect(said('reasoning-delta')).toBe('abc')
    expect(said('text-delta')).toBe('dNo.')
  })

  test('[MODEL-6] usage that is missing, negative or repeated is counted defensively', async () => {
    const counted = (usage: object) => `data: ${JSON.stringify({ choices: [], usage })}\n\n`
    const { events } = await ask([
      raw(
        counted({ prompt_tokens: 3 }) +
          counted({ prompt_tokens: -4, completion_tokens: 'x', prompt_tokens_details: null }),
      ),
      finish,
    ])
    expect(events.filter((event) => event.type === 'usage')).toHaveLength(1)
    const bad = await ask([raw(counted({ prompt_tokens: -4, completion_tokens: 'x' }) + chunk({}, 'stop'))])
    expect(bad.events[0]).toEqual({
      type: 'usage',
      usage: { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, cachedInputTokens: 0 },
    })
  })
})

const wholeConversation: ModelRequest = {
  instructions: 'Be brief.',
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image', url: 'data:image/png;base64,AA==' },
        { type: 'file', name: 'a.pdf', mimeType: 'application/pdf', data: 'JVBERg==' },
      ],
    },
    { role: 'assistant', text: '', toolCalls: [{ callId: 'c1', name: 'find', arguments: '{}' }] },
    { role: 'tool', callId: 'c1', name: 'find', output: 'found' },
    { role: 'assistant', text: 'b', toolCalls: [] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'c' },
        { type: 'text', text: 'd' },
      ],
    },
  ],
  tools: [{ name: 'find', description: 'Finds.', parameters: { type: 'object' } }],
  toolChoice: { name: 'find' },
  model: 'other',
  outputTokensMax: 100,
}
const chatBody = {
  model: 'other',
  messages: [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'find', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'found' },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'c\nd' },
  ],
  stream: true,
  stream_options: { include_usage: true },
  tools: [
    { type: 'function', function: { name: 'find', description: 'Finds.', parameters: { type: 'object' } } },
  ],
  tool_choice: { type: 'function', function: { name: 'find' } },
  max_tokens: 100,
  temperature: 0,
}
const responsesBody = {
  model: 'other',
  instructions: 'Be brief.',
  input: [
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'a' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'auto' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' },
      ],
    },
    { type: 'function_call', call_id: 'c1', name: 'find', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c1', output: 'found' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'b' }] },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'c' },
        { type: 'input_text', text: 'd' },
      ],
    },
  ],
  stream: true,
  store: false,
  tools: [
    { type: 'function', name: 'find', description: 'Finds.', parameters: { type: 'object' }, strict: false },
  ],
  tool_choice: { type: 'function', name: 'find' },
  max_output_tokens: 100,
  temperature: 0,
}

function chatText(piece: string): string {
  return `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: piece }, finish_reason: null }] })}\n\n`
}

function responsesText(piece: string): string {
  return `data: ${JSON.stringify({ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: piece })}\n\n`
}

async function readOn(stream: AsyncIterator<ModelEvent>): Promise<void> {
  while ((await stream.next()).done !== true) {
    // Only the end matters.
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
