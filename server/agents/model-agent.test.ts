import { describe, expect, test } from 'vitest'
import { ParleyError } from '../conversation/errors.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { Annotation } from '../conversation/items.ts'
import type { Model, ModelEvent, ModelRequest, ModelTool, ServerTool } from '../conversation/model.ts'
import { answer, createTestRun, userMessage } from '../testing/run-context.ts'
import { createModelAgent, type ModelAgentOptions } from './model-agent.ts'

const end = (reason: 'stop' | 'tool-calls' | 'length' | 'content-filter' = 'stop'): ModelEvent => ({
  type: 'end',
  reason,
})
const text = (piece: string): ModelEvent => ({ type: 'text-delta', text: piece })
const thought = (piece: string): ModelEvent => ({ type: 'reasoning-delta', text: piece })
const call = (name: string, args: string, callId = 'c1'): ModelEvent => ({
  type: 'tool-call',
  call: { callId, name, arguments: args },
})

type Step = ModelEvent | Error | (() => void)

/** A model that says one of these scripts per request, and keeps the requests. */
function scripted(...scripts: Step[][]): Model & { requests: ModelRequest[] } {
  const requests: ModelRequest[] = []
  return {
    name: 'scripted',
    requests,
    async *stream(request) {
      requests.push(structuredClone(request))
      for (const step of scripts[requests.length - 1] ?? scripts.at(-1) ?? []) {
        await Promise.resolve()
        if (step instanceof Error) throw step
        if (typeof step === 'function') step()
        else yield step
      }
    },
  }
}

function tool(name: string, run: ServerTool['run']): ServerTool {
  return { name, description: `Does ${name}.`, parameters: { type: 'object' }, run }
}

const clientTool: ModelTool = { name: 'open_page', description: 'Opens.', parameters: { type: 'object' } }

async function respond(scripts: Step[][], options: Partial<ModelAgentOptions> = {}, run = createTestRun()) {
  const model = scripted(...scripts)
  const agent = createModelAgent({ model, instructions: 'Be brief.', ...options })
  return { ...(await answer(agent, run, userMessage('Hello'))), model, run }
}

/** The type of each event, and of its update. */
function shape(events: RunEvent[]): string[] {
  return events.map((event) =>
    event.type === 'item-updated'
      ? event.update.type
      : 'item' in event
        ? `${event.type} ${event.item.type}`
        : event.type,
  )
}

describe('what is shown', () => {
  test('[LOOP-1] an answer is shown in ChatKit’s order, and its end keeps its annotations', async () => {
    const annotation: Annotation = {
      type: 'annotation',
      source: { type: 'url', url: 'https://e.org', title: 'E' },
      index: 2,
    }
    const { events, items, run } = await respond([
      [
        text('He'),
        { type: 'annotation', annotation },
        text('llo'),
        { type: 'usage', usage: usageOf(1) },
        end(),
      ],
    ])
    const part = { type: 'output_text', text: 'Hello', annotations: [annotation] }
    const item = {
      id: 'assistant_message_1',
      thread_id: 'thr_1',
      created_at: '2026-01-02T03:04:05.000Z',
      type: 'assistant_message',
    }
    const update = (value: object) => ({
      type: 'item-updated',
      item_id: item.id,
      update: { content_index: 0, ...value },
    })
    expect(events).toEqual([
      { type: 'item-added', item: { ...item, content: [] } },
      update({
        type: 'assistant_message.content_part.added',
        content: { type: 'output_text', text: '', annotations: [] },
      }),
      update({ type: 'assistant_message.content_part.text_delta', delta: 'He' }),
      update({ type: 'assistant_message.content_part.annotation_added', annotation_index: 0, annotation }),
      update({ type: 'assistant_message.content_part.text_delta', delta: 'llo' }),
      update({ type: 'assistant_message.content_part.done', content: part }),
      { type: 'item-done', item: { ...item, content: [part] } },
    ])
    expect(items).toHaveLength(1)
    expect(run.usage).toEqual([usageOf(1)])
  })

  test('[LOOP-2] thoughts are a workflow that is folded when they end, with how long they took', async () => {
    const run = createTestRun()
    const { events, items } = await respond(
      [[thought('First. '), () => run.pass(2.6), thought('x'.repeat(100)), text('So.'), end()]],
      {},
      run,
    )
    expect(shape(events)).toEqual([
      'item-added workflow',
      'workflow.task.added',
      'workflow.task.updated',
      'workflow.task.updated',
      'item-done workflow',
      'item-added assistant_message',
      'assistant_message.content_part.added',
      'assistant_message.content_part.text_delta',
      'assistant_message.content_part.done',
      'item-done assistant_message',
    ])
    const task = { type: 'thought', status_indicator: 'complete', content: `First. ${'x'.repeat(100)}` }
    expect(items[0]).toMatchObject({
      workflow: { type: 'reasoning', tasks: [task], summary: { duration: 3 }, expanded: false },
    })
    expect(events[0]).toMatchObject({ item: { workflow: { type: 'reasoning', tasks: [], expanded: true } } })
  })

  test('[LOOP-2] a thought in the middle divides the answer, and citations move with their part', async () => {
    const annotation: Annotation = {
      type: 'annotation',
      source: { type: 'file', filename: 'a', title: 'a' },
      index: 7,
    }
    const { items } = await respond([
      [text('One. '), thought('Hm.'), text('Two.'), { type: 'annotation', annotation }, end()],
    ])
    expect(items.map((item) => item.type)).toEqual(['assistant_message', 'workflow', 'assistant_message'])
    expect(items[2]).toMatchObject({ content: [{ text: 'Two.', annotations: [{ index: 2 }] }] })
  })

  test('[LOOP-2] long thoughts are repeated only as they grow by a part of themselves', async () => {
    const { events } = await respond([
      [...Array.from({ length: 5000 }, () => thought('a thought ')), text('So.'), end()],
    ])
    const repeated = events.reduce((sum, event) => sum + JSON.stringify(event).length, 0)
    expect(repeated).toBeLessThan(5000 * 10 * 20)
  })

  test('[LOOP-3] the thread gets a short title from the first message, and keeps one that it has', async () => {
    const titleFor = async (words: string, before?: string) => {
      const run = createTestRun()
      if (before !== undefined) run.context.thread.title = before
      await answer(createModelAgent({ model: scripted([text('a'), end()]) }), run, userMessage(words))
      return run.context.thread.title
    }
    expect(await titleFor('How do I install it?')).toBe('How do I install it?')
    expect(await titleFor('\n\n## **Hi** [there](https://e.org) `x`\nmore')).toBe('Hi there x')
    expect(await titleFor(`Please ${'tell me everything '.repeat(9)}`)).toBe(
      'Please tell me everything tell me everything tell me…',
    )
    expect(await titleFor('😀'.repeat(40))).toMatch(/^(?:😀)+…$/u)
    expect(await titleFor('Hello', 'Mine')).toBe('Mine')
  })

  test('[LOOP-4] an answer that was ended by length or filter says so; an empty one is an error with a way on', async () => {
    for (const reason of ['length', 'content-filter'] as const) {
      const { events, items } = await respond([[text('a'), end(reason)]])
      expect(events.at(-1)).toMatchObject({ type: 'notice', level: 'warning' })
      expect(items).toHaveLength(1)
    }
    const empty = await respond([[end()]])
    expect(empty.error).toMatchObject({ code: 'model_bad_response', retryable: true })
  })
})

describe('tools', () => {
  const add = tool('add', (parameters) => Promise.resolve(Number(parameters['a']) + Number(parameters['b'])))

  test('[LOOP-5] the tools of one step run at the same time, and the model gets every output', async () => {
    let waiting = 0
    let release: () => void = () => {}
    const both = new Promise<void>((resolve) => (release = resolve))
    const meet = tool('meet', async () => {
      waiting += 1
      if (waiting === 2) release()
      await both
      return { met: true }
    })
    const { model, events } = await respond(
      [
        [text('Wait. '), call('meet', '{}', 'a'), call('meet', '', 'b'), end('tool-calls')],
        [text('Done.'), end()],
      ],
      { tools: [meet] },
    )
    expect(model.requests[1]?.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        text: 'Wait. ',
        toolCalls: [
          { callId: 'a', name: 'meet', arguments: '{}' },
          { callId: 'b', name: 'meet', arguments: '' },
        ],
      },
      { role: 'tool', callId: 'a', name: 'meet', output: '{"met":true}' },
      { role: 'tool', callId: 'b', name: 'meet', output: '{"met":true}' },
    ])
    expect(events).toContainEqual({ type: 'progress', text: 'Using meet, meet …' })
    expect(shape(events).filter((type) => type === 'item-done assistant_message')).toHaveLength(2)
  })

  test.each<[string, ModelEvent, string]>([
    ['broken JSON', call('add', '{"a": 1,'), 'not a JSON object'],
    ['arguments that are no object', call('add', '[1]'), 'not a JSON object'],
    ['an unknown tool', call('fly', '{}'), 'no tool named fly'],
    ['a tool that throws', call('break', '{}'), 'The tool failed.'],
    ['a tool that explains itself', call('explain', '{}'), 'Give a city.'],
    ['a tool that takes too long', call('hang', '{}'), 'toolSecondsMax'],
    ['a prototype', call('add', '{"__proto__":{"a":1},"constructor":1}'), 'null'],
  ])('[LOOP-6] the model is told once of %s, and goes on', async (_name, broken, said) => {
    const failures: unknown[] = []
    const { model, items, error } = await respond(
      [
        [broken, end('tool-calls')],
        [text('I see.'), end()],
      ],
      {
        tools: [
          add,
          tool('break', () => {
            throw new Error('secret path /etc')
          }),
          tool('explain', () => Promise.reject(new ParleyError('invalid_request', 'Give a city.'))),
          tool('hang', () => new Promise(() => {})),
        ],
        limits: { toolSecondsMax: 0.02 },
        onToolFailure: (name, failure) => failures.push([name, failure]),
      },
    )
    expect(error).toBeUndefined()
    const outputs = model.requests[1]?.messages.filter((message) => message.role === 'tool') ?? []
    expect(outputs).toHaveLength(1)
    expect(outputs[0]?.output).toContain(said)
    expect(outputs[0]?.output).not.toContain('secret')
    expect(failures).toHaveLength(said === 'The tool failed.' ? 1 : 0)
    expect(items).toHaveLength(1)
  })

  test('[LOOP-6] an output is cleaned, and cut at its limit', async () => {
    const { model } = await respond(
      [
        [call('long', '{}'), end('tool-calls')],
        [text('a'), end()],
      ],
      {
        tools: [tool('long', () => Promise.resolve(`\u0000${'x'.repeat(100)}`))],
        limits: { toolOutputLengthMax: 10 },
      },
    )
    expect(model.requests[1]?.messages.at(-1)).toMatchObject({
      output: '\uFFFDxxxxxxxxx\n(cut after 10 characters)',
    })
  })

  test('[LOOP-7] in the last step there are no tools; a model that calls one all the same is stopped', async () => {
    const { model, error } = await respond([[call('add', '{"a":1,"b":2}'), end('tool-calls')]], {
      tools: [add],
      limits: { stepsMax: 3 },
    })
    expect(model.requests.map((request) => request.toolChoice)).toEqual([undefined, undefined, 'none'])
    expect(error).toMatchObject({ code: 'model_limit' })
  })

  test('[LOOP-8] a call for the page ends the turn, and its output begins the next', async () => {
    const run = createTestRun()
    const { items, model } = await respond(
      [
        [
          text('Opening. '),
          call('open_page', '{"page":2}'),
          call('open_page', '{"page":3}', 'c2'),
          end('tool-calls'),
        ],
      ],
      { clientTools: [clientTool] },
      run,
    )
    expect(model.requests).toHaveLength(1)
    expect(model.requests[0]?.tools).toEqual([clientTool])
    expect(items.map((item) => item.type)).toEqual(['assistant_message', 'client_tool_call'])
    const pending = items[1]
    if (pending?.type !== 'client_tool_call') throw new Error('no call')
    expect(pending).toMatchObject({ status: 'pending', name: 'open_page', arguments: { page: 2 } })
    run.history.push(...items.slice(0, 1), { ...pending, status: 'completed', output: { ok: true } })
    const next = scripted([text('There.'), end()])
    await answer(createModelAgent({ model: next, clientTools: [clientTool] }), run, null)
    expect(next.requests[0]?.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        text: 'Opening. ',
        toolCalls: [{ callId: 'call_of_context', name: 'open_page', arguments: '{"page":2}' }],
      },
      { role: 'tool', callId: 'call_of_context', name: 'open_page', output: '{"ok":true}' },
    ])
  })

  test('[LOOP-8] a call for the page beside others, or with broken arguments, is told to the model', async () => {
    for (const calls of [
      [call('open_page', '{}'), call('add', '{"a":1,"b":2}', 'c2')],
      [call('open_page', '{')],
    ]) {
      const { model, items } = await respond(
        [
          [...calls, end('tool-calls')],
          [text('a'), end()],
        ],
        {
          tools: [add],
          clientTools: [clientTool],
        },
      )
      expect(model.requests[1]?.messages[2]).toMatchObject({
        callId: 'c1',
        output: expect.stringContaining('alone'),
      })
      expect(items.map((item) => item.type)).toEqual(['assistant_message'])
    }
  })

  test('[LOOP-9] the client’s choice of tool and model is followed where it is offered, and only there', async () => {
    const chosen = createTestRun({ tool_choice: { id: 'add' }, model: 'big' })
    const scripts: Step[][] = [
      [call('add', '{}'), end('tool-calls')],
      [text('a'), end()],
    ]
    const { model } = await respond(scripts, { tools: [add], modelChoices: ['big'] }, chosen)
    expect(model.requests.map(({ toolChoice, model: name }) => [toolChoice, name])).toEqual([
      [{ name: 'add' }, 'big'],
      [undefined, 'big'],
    ])
    const foreign = await respond(
      [[text('a'), end()]],
      {},
      createTestRun({ tool_choice: { id: 'add' }, model: 'big' }),
    )
    expect(foreign.model.requests[0]).toEqual({
      instructions: 'Be brief.',
      messages: expect.anything(),
      tools: [],
    })
  })
})

describe('failures', () => {
  test('[LOOP-10] what had arrived before the model failed is kept, thoughts and text, and the error goes on', async () => {
    const failure = new ParleyError('model_cut_off', 'It broke off. Please try again.')
    const { items, error } = await respond([[thought('Hm.'), text('So far'), failure]])
    expect(error).toBe(failure)
    expect(items).toMatchObject([
      { type: 'workflow', workflow: { expanded: false } },
      { type: 'assistant_message', content: [{ text: 'So far' }], incomplete: 'failed' },
    ])
  })

  test('[LOOP-10] a stream that just stops was cut off', async () => {
    const { items, error } = await respond([[text('So far')]])
    expect(error).toMatchObject({ code: 'model_cut_off', retryable: true })
    expect(items).toMatchObject([{ incomplete: 'failed' }])
  })

  test('[LOOP-10] an abort reaches the tools, and ends the turn with its reason', async () => {
    const run = createTestRun()
    const reason = new Error('stopped')
    const hang = tool('hang', (_parameters, signal) => {
      setTimeout(() => run.stop.abort(reason), 5)
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('mine'))),
      )
    })
    const { error } = await respond([[call('hang', '{}'), end('tool-calls')]], { tools: [hang] }, run)
    expect(error).toBe(reason)
  })

  test('[LOOP-10] when the reader leaves, the model’s stream is ended', async () => {
    let hasEnded = false
    const model: Model = {
      name: 'endless',
      async *stream() {
        try {
          for (;;) yield await Promise.resolve(text('a'))
        } finally {
          hasEnded = true
        }
      },
    }
    for await (const event of createModelAgent({ model }).respond(
      createTestRun().context,
      userMessage('Hello'),
    )) {
      if (event.type === 'item-updated') break
    }
    expect(hasEnded).toBe(true)
  })
})

function usageOf(inputTokens: number) {
  return { inputTokens, outputTokens: 2, reasoningTokens: 0, cachedInputTokens: 0 }
}
