import { expect, it, vi } from 'vitest'
import type { Action, RunContext } from '../conversation/agent.ts'
import { ParleyError } from '../conversation/errors.ts'
import { createTextDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { HiddenContextItem, Item, WidgetItem } from '../conversation/items.ts'
import type { JournalEntry } from '../conversation/store.ts'
import type { Page } from '../conversation/threads.ts'
import type { WireThread } from '../contracts/chatkit/wire.ts'
import {
  RefusedError,
  answersOf,
  ask,
  askAgain,
  endOf,
  runIdOf,
  says,
  textOf,
  threadIdOf,
  watch,
} from '../testing/chatkit-client.ts'
import { createUser, createUserOfTwo, describeOnDatabases } from '../testing/grounds.ts'
import { createMessage, createPacedAgent } from '../testing/paced-agent.ts'
import { silentLog } from '../testing/silent-log.ts'

const anna = { tenantId: 'default', userId: 'anna' }

function statusOf(error: unknown): number | undefined {
  return error instanceof RefusedError ? error.status : undefined
}

describeOnDatabases('beginning and driving runs', (ground) => {
  it('[RUN-1] what was asked can be read, here and elsewhere, as soon as the answer begins', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const [client, elsewhere] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const stream = await ask(client, 'Are you there?')
    for (const reader of [client, elsewhere]) {
      expect(await reader.allItems(threadIdOf(stream))).toMatchObject([
        { type: 'user_message', content: [{ text: 'Are you there?' }] },
      ])
      const thread: WireThread = await reader.json('threads.get_by_id', { thread_id: threadIdOf(stream) })
      expect(thread.run).toMatchObject({ id: runIdOf(stream), status: 'running' })
    }
    await agent.finish()
    const [created, message] = await stream.all()
    expect([created?.event.type, message?.event.type]).toEqual(['thread.created', 'thread.item.done'])
  })

  it('[RUN-1] of a beginning that is refused nothing is stored', async () => {
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent }))
    const unknown = { ...says('With a file'), attachments: ['atc_00000000000000000000000000'] }
    await expect(client.stream('threads.create', { input: unknown })).rejects.toThrow('404')
    const threads: Page<WireThread> = await client.json('threads.list', {})
    expect(threads.data).toEqual([])
    expect(agent.contexts).toEqual([])
  })

  it('[RUN-1] a beginning whose confirmation was lost does not leave a run that nobody drives', async () => {
    const storage = ground.storage()
    let fails = true
    const store: typeof storage.store = {
      ...storage.store,
      async beginTurn(owner, turn) {
        const result = await storage.store.beginTurn(owner, turn)
        if (!fails) return result
        fails = false
        throw new ParleyError('unavailable', 'The connection broke just after the commit.')
      },
    }
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent, storage: { ...storage, store } }))
    await expect(ask(client)).rejects.toThrow('503')
    const [thread] = (await client.json<Page<WireThread>>('threads.list', {})).data
    await expect
      .poll(() => client.json<WireThread>('threads.get_by_id', { thread_id: thread?.id }))
      .toMatchObject({ run: { status: 'interrupted' } })
    const again = await askAgain(client, thread?.id ?? '')
    await agent.finish()
    expect(endOf(await again.all())).toBe('completed')
  })

  it('[RUN-2] a run goes on when its reader goes away', async () => {
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent }))
    const leaving = new AbortController()
    const stream = await client.stream('threads.create', { input: says('Hello') }, { signal: leaving.signal })
    const watched = watch(stream)
    await agent.say('Before, ')
    await watched.untilText('Before')
    leaving.abort()
    await expect(watched.ended).rejects.toThrow()
    await agent.say('and after.')
    await agent.finish()
    await expect
      .poll(async () => answersOf(await client.allItems(threadIdOf(stream))))
      .toEqual(['Before, and after.'])
  })

  it('[RUN-6] of twenty messages at once in a thread one is taken, and of the others nothing is stored', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const [here, there] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const first = await ask(here)
    const threadId = threadIdOf(first)
    await agent.finish()
    await first.all()
    const asked = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        askAgain(index % 2 === 0 ? here : there, threadId, `Number ${index}`),
      ),
    )
    const refusals = asked.flatMap((each) => (each.status === 'rejected' ? [statusOf(each.reason)] : []))
    expect(refusals).toEqual(Array.from({ length: 19 }, () => 409))
    await agent.say('Only one.')
    await agent.finish()
    for (const each of asked) if (each.status === 'fulfilled') await each.value.all()
    const items = await here.allItems(threadId)
    expect(items.map(({ type }) => type)).toEqual([
      'user_message',
      'assistant_message',
      'user_message',
      'assistant_message',
    ])
    expect(agent.contexts).toHaveLength(2)
  })

  it('[RUN-6] runs in other threads of the same user go on side by side', async () => {
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent }))
    const streams = await Promise.all(Array.from({ length: 5 }, () => ask(client)))
    for (const stream of streams) {
      await agent.say(`For ${threadIdOf(stream)}`, threadIdOf(stream))
      await agent.finish(threadIdOf(stream))
    }
    for (const stream of streams) expect(textOf(await stream.all())).toBe(`For ${threadIdOf(stream)}`)
  })

  it('[RUN-7] twenty times the same key at once, over two processes, begin one run', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const [here, there] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const key = { headers: { 'idempotency-key': 'the-same' } }
    const streams = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ask(index % 2 === 0 ? here : there, 'Once', key)),
    )
    expect(new Set(streams.map(runIdOf)).size).toBe(1)
    await agent.say('Once.')
    await agent.finish()
    for (const stream of streams) expect(textOf(await stream.all())).toBe('Once.')
    const threads: Page<WireThread> = await here.json('threads.list', {})
    expect(threads.data).toHaveLength(1)
    expect(agent.contexts).toHaveLength(1)
    expect(await here.allItems(threads.data[0]?.id ?? '')).toHaveLength(2)

    const later = await ask(there, 'Once', key)
    expect(runIdOf(later)).toBe(runIdOf(streams[0] ?? later))
    expect(textOf(await later.all())).toBe('Once.')
    await expect(ask(here, 'Another', key)).rejects.toThrow('409')
  })

  it('[RUN-7] the same key in a thread that is there, and the same key of another user', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const client = await createUser(server)
    const first = await ask(client)
    await agent.finish()
    await first.all()
    const key = { headers: { 'idempotency-key': 'common' } }
    const streams = await Promise.all(
      Array.from({ length: 10 }, () => askAgain(client, threadIdOf(first), 'Once', key)),
    )
    expect(new Set(streams.map(runIdOf)).size).toBe(1)
    const stranger = await createUser(server)
    const own = await ask(stranger, 'Mine', key)
    expect(runIdOf(own)).not.toBe(runIdOf(streams[0] ?? own))
    await agent.finish(threadIdOf(first))
    await agent.finish(threadIdOf(own))
    for (const stream of [...streams, own]) expect(endOf(await stream.all())).toBe('completed')
    expect((await client.allItems(threadIdOf(first))).map(({ type }) => type)).toEqual([
      'user_message',
      'assistant_message',
      'user_message',
      'assistant_message',
    ])
  })

  it('[RUN-7] what is not possible a second time is answered as the first time', async () => {
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      yield* context.streamWidget({ type: 'Button', label: 'Remove me' })
    }
    async function* action(_context: RunContext, _action: Action, sender: WidgetItem | null) {
      yield { type: 'item-removed' as const, item_id: sender?.id ?? '' }
    }
    const client = await createUser(await ground.serve({ agent: { respond, action } }))
    const first = await ask(client)
    await first.all()
    const [, widget] = await client.allItems(threadIdOf(first))
    const params = { thread_id: threadIdOf(first), item_id: widget?.id, action: { type: 'remove' } }
    const key = { headers: { 'idempotency-key': 'remove-it' } }
    const streams = [
      await client.stream('threads.custom_action', params, key),
      await client.stream('threads.custom_action', params, key),
    ]
    expect(new Set(streams.map(runIdOf)).size).toBe(1)
    for (const stream of streams) expect(endOf(await stream.all())).toBe('completed')
    await expect(client.stream('threads.custom_action', params)).rejects.toThrow('404')
  })

  const thrown: [string, unknown, object][] = [
    ['an error', new Error('the password is 1234'), { code: 'stream.error', allow_retry: true }],
    ['a text', 'the password is 1234', { code: 'stream.error', allow_retry: true }],
    ['nothing', undefined, { code: 'stream.error', allow_retry: true }],
    ['null', null, { code: 'stream.error', allow_retry: true }],
    [
      'something to say',
      new ParleyError('agent_error', 'The printer is out of paper.'),
      { code: 'custom', message: 'The printer is out of paper.', allow_retry: false },
    ],
    [
      'something to say, with a cause',
      new ParleyError('model_unavailable', 'Try later.', {
        retryable: true,
        cause: new Error('the password is 1234'),
      }),
      { code: 'custom', message: 'Try later.', allow_retry: true },
    ],
  ]

  it.each(thrown)(
    '[RUN-11] an agent that throws %s ends its run with one error',
    async (_, reason, expected) => {
      const agent = createPacedAgent()
      const client = await createUser(await ground.serve({ agent }))
      const stream = await ask(client)
      const watched = watch(stream)
      await agent.say('What had come')
      await watched.untilText('What had come')
      await agent.fail(reason)
      const received = await watched.ended
      const errors = received.filter(({ event }) => event.type === 'error')
      expect(errors.map(({ event }) => event)).toEqual([{ type: 'error', ...expected }])
      expect(endOf(received)).toBe('failed')
      expect(JSON.stringify(received)).not.toContain('1234')
      const thread: WireThread = await client.json('threads.get_by_id', { thread_id: threadIdOf(stream) })
      expect(JSON.stringify(thread)).not.toContain('1234')
      expect(thread.items.data.at(-1)).toMatchObject({
        incomplete: 'failed',
        content: [{ text: 'What had come' }],
      })
    },
  )

  const misbehaviour: [string, (context: RunContext) => AsyncGenerator<RunEvent>][] = [
    [
      'spoils its thread',
      async function* (context) {
        yield { type: 'progress', text: 'Working' }
        Object.assign(context.thread.metadata, { count: 1n })
      },
    ],
    [
      'goes round in circles',
      async function* (context) {
        const circle: Record<string, unknown> = {}
        circle['circle'] = circle
        Object.assign(context.thread.metadata, circle)
        yield { type: 'progress', text: 'Working' }
      },
    ],
    [
      'yields nothing of sense',
      async function* () {
        yield JSON.parse('null')
      },
    ],
  ]

  it.each(misbehaviour)('[RUN-11] an agent that %s ends its run with one error', async (_, respond) => {
    const onError = vi.fn<(event: string) => void>()
    const log = { ...silentLog, error: onError }
    const client = await createUser(await ground.serve({ agent: { respond }, log }))
    const stream = await ask(client)
    const received = await stream.all()
    expect(received.filter(({ event }) => event.type === 'error')).toHaveLength(1)
    expect(endOf(received)).toBe('failed')
    expect(onError.mock.calls.map(([event]) => event)).toEqual(['run-failed'])
    const thread: WireThread = await client.json('threads.get_by_id', { thread_id: threadIdOf(stream) })
    expect(thread.run?.status).toBe('failed')
  })

  it.each<[string, (context: RunContext) => AsyncGenerator<RunEvent>]>([
    [
      'spoils its thread',
      async function* (context) {
        yield { type: 'progress', text: 'Working' }
        Object.assign(context.thread.metadata, { count: 1n })
        throw new Error('It fails.')
      },
    ],
    [
      'leaves a message without its text',
      async function* (context) {
        const message = createMessage(context, 'Something')
        yield { type: 'item-added', item: { ...message, content: JSON.parse('[{"type": "output_text"}]') } }
        throw new Error('It fails.')
      },
    ],
  ])('[RUN-11] an agent that %s and then fails ends its run with one error', async (_, respond) => {
    const client = await createUser(await ground.serve({ agent: { respond } }))
    const received = await (await ask(client)).all()
    expect(received.filter(({ event }) => event.type === 'error')).toHaveLength(1)
    expect(endOf(received)).toBe('failed')
  })

  it('[RUN-11] only the engine says when a run has begun or ended', async () => {
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      yield { type: 'thread-created', thread: context.thread }
      yield { type: 'run-ended', status: 'cancelled' }
      yield { type: 'item-done', item: createMessage(context, 'After the end') }
    }
    const client = await createUser(await ground.serve({ agent: { respond } }))
    const received = await (await ask(client)).all()
    expect(received.map(({ event }) => event.type)).toEqual([
      'thread.created',
      'thread.item.done',
      'stream_options',
      'thread.item.done',
      'parley.run_ended',
    ])
    expect(endOf(received)).toBe('completed')
  })

  it('[RUN-13] hidden items are kept for the agent and shown in no event and no page', async () => {
    let heard: Item[] = []
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      heard = await context.history()
      const hidden = (content: string): HiddenContextItem => ({
        id: context.createId('hidden_context_item'),
        thread_id: context.thread.id,
        created_at: context.now().toISOString(),
        type: 'hidden_context_item',
        content,
      })
      const grown = hidden('a secret that grew')
      yield { type: 'item-added', item: grown }
      yield createTextDelta(grown.id, 'a secret')
      yield { type: 'item-done', item: grown }
      const taken = hidden('a secret taken back')
      yield { type: 'item-done', item: taken }
      yield { type: 'item-removed', item_id: taken.id }
      await context.saveItem(hidden('a secret on the side'))
      yield { type: 'item-done', item: createMessage(context, 'Nothing to see.') }
    }
    const server = await ground.serve({ agent: { respond } })
    const [client, there] = await createUserOfTwo(server, await ground.serveAnother({ agent: { respond } }))
    const stream = await ask(client)
    const received = await stream.all()
    const place = { thread_id: threadIdOf(stream) }
    const log = await (
      await there.stream('parley.resume', { ...place, run_id: runIdOf(stream), after: 0 })
    ).all()
    const pages = [
      await client.allItems(threadIdOf(stream)),
      await client.json('threads.get_by_id', place),
      await client.json('threads.list', {}),
    ]
    expect(JSON.stringify([received, log, pages])).not.toMatch(/secret|hidden/)
    await (await askAgain(client, threadIdOf(stream))).all()
    const contents = heard.flatMap((item) => (item.type === 'hidden_context_item' ? [item.content] : []))
    expect(contents).toEqual(['a secret that grew', 'a secret on the side'])
  })

  it('[RUN-14] a change of the thread is announced once, right behind what it happened during', async () => {
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      yield { type: 'progress', text: 'Thinking of a title' }
      context.thread.title = 'A title'
      yield { type: 'progress', text: 'Found one' }
      yield { type: 'progress', text: 'Done' }
      context.thread.metadata = { secret: 'the agent’s own' }
    }
    const client = await createUser(await ground.serve({ agent: { respond } }))
    const stream = await ask(client)
    const received = await stream.all()
    expect(received.slice(3).map(({ event }) => event)).toMatchObject([
      { type: 'progress_update', text: 'Thinking of a title' },
      { type: 'progress_update', text: 'Found one' },
      { type: 'thread.updated', thread: { title: 'A title' } },
      { type: 'progress_update', text: 'Done' },
      { type: 'thread.updated', thread: { title: 'A title', metadata: {} } },
      { type: 'parley.run_ended' },
    ])
    expect(await client.json('threads.get_by_id', { thread_id: threadIdOf(stream) })).toMatchObject({
      title: 'A title',
      metadata: {},
    })
  })

  it('[RUN-14] a change of the thread outlives the agent’s failure, and is announced behind the error', async () => {
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      yield { type: 'progress', text: 'Closing' }
      context.thread.status = { type: 'locked', reason: 'Too many questions.' }
      throw new Error('and then it broke')
    }
    const client = await createUser(await ground.serve({ agent: { respond } }))
    const stream = await ask(client)
    const received = await stream.all()
    const status = { type: 'locked', reason: 'Too many questions.' }
    expect(received.slice(4).map(({ event }) => event)).toMatchObject([
      { type: 'error', code: 'stream.error' },
      { type: 'thread.updated', thread: { status } },
      { type: 'parley.run_ended', status: 'failed' },
    ])
    expect(await client.json('threads.get_by_id', { thread_id: threadIdOf(stream) })).toMatchObject({
      status,
    })
  })

  it('[RUN-15] what an agent changes of an earlier turn’s widget is kept', async () => {
    let widgetId = ''
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      if (widgetId === '') {
        for await (const event of context.streamWidget({ type: 'Text', id: 'state', value: 'Open' })) {
          if (event.type === 'item-done') widgetId = event.item.id
          yield event
        }
      } else {
        const component = { type: 'Text', id: 'state', value: 'Done' }
        yield {
          type: 'item-updated',
          item_id: widgetId,
          update: { type: 'widget.component.updated', component_id: 'state', component },
        }
        yield {
          type: 'item-updated',
          item_id: 'msg_of_nobody',
          update: { type: 'widget.root.updated', widget: component },
        }
      }
    }
    const client = await createUser(await ground.serve({ agent: { respond } }))
    const first = await ask(client)
    await first.all()
    await (await askAgain(client, threadIdOf(first))).all()
    const items = await client.allItems(threadIdOf(first))
    expect(items.map(({ type }) => type)).toEqual(['user_message', 'widget', 'user_message'])
    expect(items.find((item): item is WidgetItem => item.type === 'widget')?.widget).toMatchObject({
      value: 'Done',
    })
  })

  it('[RUN-19] usage is summed up and stored, also of a run that fails', async () => {
    const usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 2, cachedInputTokens: 1 }
    let fails = false
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      context.countUsage(usage)
      yield { type: 'progress', text: 'Step two' }
      context.countUsage(usage)
      if (fails) throw new Error('after all')
    }
    const client = await createUser(await ground.serve({ agent: { respond } }), anna)
    for (const end of ['completed', 'failed']) {
      const stream = await ask(client)
      await stream.all()
      expect(await ground.storage().store.run(anna, runIdOf(stream))).toMatchObject({
        status: end,
        usage: { inputTokens: 20, outputTokens: 10, reasoningTokens: 4, cachedInputTokens: 2 },
      })
      fails = true
    }
  })

  it('[RUN-24] what the user changes of a thread meanwhile is not undone by what the agent changes', async () => {
    const paced = createPacedAgent()
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      yield* paced.respond(context, null)
      context.thread.metadata['seen'] = true
    }
    const client = await createUser(await ground.serve({ agent: { respond } }), anna)
    const stream = await ask(client)
    const thread = { thread_id: threadIdOf(stream) }
    await paced.say('Yes.')
    await client.json('threads.update', { ...thread, title: 'Mine' })
    await paced.finish()
    await stream.all()
    expect(await ground.storage().store.thread(anna, thread.thread_id)).toMatchObject({
      title: 'Mine',
      metadata: { seen: true },
    })
  })

  it('[RUN-20] the last item of an answer and the end of its run are written together', async () => {
    const storage = ground.storage()
    const written: JournalEntry[] = []
    const journal: typeof storage.journal = {
      ...storage.journal,
      append(processId, entries) {
        written.push(...entries)
        return storage.journal.append(processId, entries)
      },
    }
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent, storage: { ...storage, journal } }))
    const stream = await ask(client)
    await agent.say('All of it.')
    await agent.finish()
    await stream.all()
    const changing = written.filter((entry) => entry.runId === runIdOf(stream) && entry.changes.length > 0)
    expect(changing).toMatchObject([{ changes: [{ type: 'save-item' }], end: { status: 'completed' } }])
  })

  it('[RUN-23] an agent that says more than is written waits, whatever it says', async () => {
    const storage = ground.storage()
    let longest = 0
    const journal: typeof storage.journal = {
      ...storage.journal,
      append(processId, entries) {
        longest = Math.max(longest, ...entries.map(({ events }) => events.length))
        return storage.journal.append(processId, entries)
      },
    }
    async function* respond(): AsyncGenerator<RunEvent> {
      for (let step = 1; step <= 1_000; step += 1) yield { type: 'progress', text: `Step ${step}` }
    }
    const agent = { respond }
    const client = await createUser(await ground.serve({ agent, storage: { ...storage, journal } }))
    const received = await (await ask(client)).all()
    expect(received.filter(({ event }) => event.type === 'progress_update')).toHaveLength(1_000)
    expect(longest).toBeLessThan(100)
  })

  it('[RUN-21] an agent that reads the thread finds the items that it has finished', async () => {
    const found: string[] = []
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      const widget = { ...createMessage(context, 'first'), id: 'first' }
      yield { type: 'item-done', item: widget }
      found.push(...(await context.history()).map((item) => item.id), (await context.item('first')).id)
    }
    const stream = await ask(await createUser(await ground.serve({ agent: { respond } })))
    await stream.all()
    expect(found.slice(1)).toEqual(['first', 'first'])
  })
})
