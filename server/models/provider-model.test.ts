/** The real provider package, against a scripted server that speaks Anthropic's wire. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ParleyError } from '../conversation/errors.ts'
import type { ModelEvent, ModelRequest } from '../conversation/model.ts'
import { type FakeOpenAi, startFakeOpenAi } from '../testing/fake-openai.ts'
import type { Script, ScriptStep } from '../testing/fake-openai-scripts.ts'
import { createModel } from './create-model.ts'
import { createProviderModel } from './provider-model.ts'

let fake: FakeOpenAi
beforeEach(async () => {
  fake = await startFakeOpenAi()
})
afterEach(() => fake.close())

const key = 'sk-ant-test-0123456789'
const question: ModelRequest = {
  instructions: 'Be brief.',
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hello' },
        { type: 'image', url: 'data:image/png;base64,AA==' },
        { type: 'file', name: 'a.pdf', mimeType: 'application/pdf', data: 'JVBERg==' },
      ],
    },
    { role: 'assistant', text: 'Hm.', toolCalls: [{ callId: 'c1', name: 'find', arguments: '{"q":"x"}' }] },
    { role: 'tool', callId: 'c1', name: 'find', output: 'found' },
  ],
  tools: [{ name: 'find', description: 'Finds.', parameters: { type: 'object', properties: {} } }],
  toolChoice: 'auto',
  outputTokensMax: 100,
}

const frame = (value: { type: string; [field: string]: unknown }): ScriptStep => ({
  type: 'raw',
  data: `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`,
})
const message = {
  id: 'm1',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: [],
  stop_reason: null,
  stop_sequence: null,
}
const start = frame({
  type: 'message_start',
  message: { ...message, usage: { input_tokens: 11, output_tokens: 1, cache_read_input_tokens: 5 } },
})
const block = (index: number, content_block: object): ScriptStep =>
  frame({ type: 'content_block_start', index, content_block })
const delta = (index: number, value: object): ScriptStep =>
  frame({ type: 'content_block_delta', index, delta: value })
const stop = (index: number): ScriptStep => frame({ type: 'content_block_stop', index })
const end = (reason: string): Script => [
  frame({
    type: 'message_delta',
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 7 },
  }),
  frame({ type: 'message_stop' }),
]
const says = (text: string): Script => [
  block(0, { type: 'text', text: '' }),
  delta(0, { type: 'text_delta', text }),
]

async function ask(script: Script): Promise<{ events: ModelEvent[]; error: unknown }> {
  fake.play(script)
  const model = createProviderModel({
    provider: 'anthropic',
    baseUrl: fake.baseUrl,
    apiKey: key,
    model: 'claude-x',
  })
  const events: ModelEvent[] = []
  try {
    for await (const event of model.stream(question, AbortSignal.timeout(60_000))) events.push(event)
  } catch (error) {
    return { events, error }
  }
  return { events, error: undefined }
}

test('[MODEL-16] text, thoughts, tool calls, usage and the end arrive as events', async () => {
  const { events, error } = await ask([
    start,
    block(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
    stop(0),
    block(1, { type: 'text', text: '' }),
    delta(1, { type: 'text_delta', text: 'Hi \ud83d' }),
    delta(1, { type: 'text_delta', text: '\ude00\u0000' }),
    stop(1),
    block(2, { type: 'tool_use', id: 't1', name: 'find', input: {} }),
    delta(2, { type: 'input_json_delta', partial_json: '{"q":' }),
    delta(2, { type: 'input_json_delta', partial_json: '"y"}' }),
    stop(2),
    ...end('tool_use'),
  ])
  expect(error).toBeUndefined()
  expect(events.map((event) => ('text' in event ? `${event.type} ${event.text}` : event.type))).toEqual([
    'reasoning-delta Hm.',
    'text-delta Hi ',
    'text-delta 😀\uFFFD',
    'tool-call',
    'usage',
    'end',
  ])
  expect(events).toContainEqual({
    type: 'tool-call',
    call: expect.objectContaining({ callId: 't1', name: 'find', arguments: '{"q":"y"}' }),
  })
  expect(events).toContainEqual({
    type: 'usage',
    usage: expect.objectContaining({ outputTokens: 7, cachedInputTokens: 5 }),
  })
  expect(events.at(-1)).toEqual({ type: 'end', reason: 'tool-calls' })
})

test('[MODEL-16] the conversation goes out in the words of the vendor', async () => {
  await ask([start, ...says('a'), stop(0), ...end('end_turn')])
  const [request] = fake.requests
  expect(request?.path).toBe('/v1/messages')
  expect(request?.headers['x-api-key']).toBe(key)
  expect(request?.body).toMatchObject({
    model: 'claude-x',
    max_tokens: 100,
    stream: true,
    system: [{ type: 'text', text: 'Be brief.' }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hello' },
          { type: 'image', source: { type: 'base64', data: 'AA==' } },
          { type: 'document', source: { type: 'base64', data: 'JVBERg==' }, title: 'a.pdf' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Hm.' },
          { type: 'tool_use', id: 'c1', name: 'find', input: { q: 'x' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1' }] },
    ],
    tools: [{ name: 'find', description: 'Finds.' }],
  })
})

test.each([
  [401, 'model_authentication'],
  [404, 'model_bad_request'],
  [429, 'model_rate_limited'],
  [529, 'model_unavailable'],
  [302, 'model_unavailable'],
])('[MODEL-16] HTTP %i is %s, without the words of the vendor', async (status, code) => {
  const body = JSON.stringify({ type: 'error', error: { type: 'x', message: `Scripted ${key}` } })
  const headers = { 'retry-after': '7', location: '/elsewhere' }
  const { error } = await ask([{ type: 'reply', status, body, headers }])
  expect(error).toBeInstanceOf(ParleyError)
  expect(error).toMatchObject({ code, ...(status === 429 && { retryAfterSeconds: 7 }) })
  expect(`${String(error)} ${String((error as ParleyError).cause)}`).not.toMatch(/sk-ant/)
  expect(fake.requests).toHaveLength(1)
})

test.each<[string, Script, string]>([
  [
    'a cut',
    [
      { type: 'wait', milliseconds: 20 },
      { type: 'cut', how: 'reset' },
    ],
    'model_cut_off',
  ],
  ['an early end', [], 'model_cut_off'],
  ['garbage', [{ type: 'raw', data: 'data: {"oops\n\n' }], 'model_bad_response'],
  [
    'an error',
    [frame({ type: 'error', error: { type: 'overloaded_error', message: key } })],
    'model_unavailable',
  ],
])('[MODEL-16] after %s in the middle what had come stays', async (_name, rest, code) => {
  const { events, error } = await ask([start, ...says('So far'), { type: 'wait', milliseconds: 50 }, ...rest])
  expect(events).toEqual([{ type: 'text-delta', text: 'So far' }])
  expect(error).toMatchObject({ code })
  expect((error as ParleyError).message).not.toContain('sk-ant')
})

test('[MODEL-16] an abort closes the connection and throws its reason', async () => {
  fake.play([start, ...says('a'), { type: 'hang' }])
  const stopping = new AbortController()
  const reason = new Error('stopped')
  const model = createProviderModel({
    provider: 'anthropic',
    baseUrl: fake.baseUrl,
    apiKey: key,
    model: 'claude-x',
  })
  const reading = (async () => {
    for await (const event of model.stream(question, stopping.signal)) {
      if (event.type === 'text-delta') stopping.abort(reason)
    }
  })()
  await expect(reading).rejects.toBe(reason)
  await fake.requests[0]?.closed
  expect(fake.requests[0]?.closedByClient).toBe(true)
})

test('[MODEL-17] the settings choose the wire, and the limits are around every model', async () => {
  const paths: [Parameters<typeof createModel>[0], string][] = [
    [{ provider: 'openai', model: 'm' }, '/v1/chat/completions'],
    [{ provider: 'openai', api: 'responses', model: 'm' }, '/v1/responses'],
    [{ provider: 'anthropic', apiKey: 'k', model: 'm' }, '/v1/messages'],
    [{ provider: 'google', apiKey: 'k', model: 'm' }, '/v1/models/m:streamGenerateContent?alt=sse'],
    [{ provider: 'mistral', apiKey: 'k', model: 'm' }, '/v1/chat/completions'],
  ]
  for (const [settings, path] of paths) {
    fake.play(...[1, 2].map((): Script => [{ type: 'reply', status: 503 }]))
    const model = createModel({ ...settings, baseUrl: fake.baseUrl }, { attemptsMax: 2, pauseSeconds: 0.001 })
    const stream = model.stream({ messages: question.messages, tools: [] }, new AbortController().signal)
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'model_unavailable' })
    expect(fake.requests.splice(0).map((request) => request.path)).toEqual([path, path])
  }
})

test('[MODEL-17] a vendor without a key is refused at the start', () => {
  expect(() => createModel({ provider: 'google', model: 'm' })).toThrow('needs an API key')
})
