import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Agent, RunContext } from '../../conversation/agent.ts'
import type { RunEvent } from '../../conversation/events.ts'
import { ask, runIdOf, threadIdOf } from '../../testing/chatkit-client.ts'
import { createUser, describeOnDatabases } from '../../testing/grounds.ts'
import { createMessage } from '../../testing/paced-agent.ts'
import { silentLog } from '../../testing/silent-log.ts'

/** Answers at once, and cannot do anything else: what it lacks is answered with 501. */
const simple: Agent = {
  async *respond(context: RunContext): AsyncGenerator<RunEvent> {
    yield { type: 'item-done', item: createMessage(context, 'An answer.') }
    yield* context.streamWidget({ type: 'Button', label: 'Press' })
  },
}

type Path = (string | number)[]

interface Names {
  thread_id: string
  run_id: string
  message_id: string
  widget_id: string
}

/** Requests that are answered with 200 or 501. */
function properRequests({ thread_id, run_id, message_id, widget_id }: Names): object[] {
  const tag = { type: 'input_tag', id: 't', text: 'Tag', data: { a: [1, null] }, group: null }
  const input = {
    content: [{ type: 'input_text', text: 'Hello' }, tag],
    attachments: [],
    quoted_text: 'Before',
    inference_options: { tool_choice: { id: 'x' }, model: 'y' },
  }
  const action = { type: 'press', payload: { deep: [{ deeper: true }] } }
  const answers = { question: { values: ['a'], skipped: false } }
  const requests: [string, object][] = [
    ['threads.create', { input }],
    ['threads.add_user_message', { thread_id, input }],
    ['threads.add_client_tool_output', { thread_id, result: { any: 'thing' } }],
    [
      'threads.add_structured_input',
      { thread_id, item_id: widget_id, input: { status: 'answered', answers } },
    ],
    ['threads.retry_after_item', { thread_id, item_id: message_id }],
    ['threads.custom_action', { thread_id, item_id: widget_id, action }],
    ['threads.sync_custom_action', { thread_id, item_id: widget_id, action }],
    ['threads.get_by_id', { thread_id }],
    ['threads.list', { limit: 3, order: 'asc', after: thread_id }],
    ['threads.update', { thread_id, title: 'A title' }],
    ['threads.delete', { thread_id: `${thread_id.slice(0, -1)}0` }],
    ['items.list', { thread_id, limit: 3, order: 'desc', after: message_id }],
    ['items.feedback', { thread_id, item_ids: [message_id], kind: 'positive' }],
    ['attachments.create', { name: 'a', size: 1, mime_type: 'text/plain' }],
    ['attachments.delete', { attachment_id: 'atc_1' }],
    ['input.transcribe', { audio_base64: 'AAAA', mime_type: 'audio/webm' }],
    ['parley.resume', { thread_id, run_id, after: 1 }],
    ['parley.cancel', { thread_id, run_id }],
  ]
  return requests.map(([type, params]) => ({ type, params, metadata: { page: 'any' } }))
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [path, ...entries.flatMap(([key, entry]) => pathsOf(entry, [...path, key]))]
}

/** Another value at the path; `undefined` leaves it out. */
function mutated(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement
  if (Array.isArray(value)) {
    return value.map((entry, index) => (index === key ? mutated(entry, rest, replacement) : entry))
  }
  const entries = Object.entries(value ?? {})
  return Object.fromEntries(
    entries.map(([name, entry]) => [name, name === key ? mutated(entry, rest, replacement) : entry]),
  )
}

const strangeText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '__proto__',
    'constructor',
    '%00',
    "'; drop table runs; --",
    'x'.repeat(300),
  ),
)

const strangeValue = fc.oneof(
  { weight: 3, arbitrary: strangeText },
  { weight: 1, arbitrary: fc.constantFrom(undefined, null, true, 0, -1, 1.5, 1e21, 2 ** 53, -0, [], {}) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(strangeText, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }) },
)

describeOnDatabases('generated requests', (ground) => {
  it('[CHATKIT-12] nothing that a body says is answered with 5xx, save 501 for what is not there', async () => {
    const failures: string[] = []
    const log = { ...silentLog, error: (event: string) => failures.push(event) }
    const server = await ground.serve({ agent: simple, log })
    const client = await createUser(server, { fetch: server.parley.fetch })
    const stream = await ask(client)
    await stream.all()
    const thread_id = threadIdOf(stream)
    const [message, , widget] = await client.allItems(thread_id)
    const requests = properRequests({
      thread_id,
      run_id: runIdOf(stream),
      message_id: message?.id ?? '',
      widget_id: widget?.id ?? '',
    })
    const arbitrary = fc.constantFrom(...requests).chain((request) =>
      fc
        .array(fc.tuple(fc.constantFrom(...pathsOf(request).slice(1)), strangeValue), {
          minLength: 0,
          maxLength: 3,
        })
        .map((changes) =>
          changes.reduce<unknown>((body, [path, value]) => mutated(body, path, value), request),
        ),
    )
    const statuses = new Map<number, number>()
    const send = async (body: unknown): Promise<void> => {
      const response = await client.post(body)
      const text = await response.text()
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      expect(response.status === 501 || response.status < 500, text).toBe(true)
      if (response.status !== 200)
        expect(JSON.parse(text)).toMatchObject({ error: { code: expect.any(String) } })
    }
    // Each as it should be, so that every kind of answer is among them whatever chance brings.
    for (const request of requests) await send(request)
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 19, arbitrary }, { weight: 1, arbitrary: fc.jsonValue() }), send),
      { numRuns: 500 },
    )
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 404, 409, 501]))
    expect(failures).toEqual([])
  })
})
