import { expect, it } from 'vitest'
import type { Agent, RunContext } from '../conversation/agent.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { HiddenContextItem } from '../conversation/items.ts'
import type { WireThread } from '../contracts/chatkit/wire.ts'
import type { Storage } from '../storage/open.ts'
import {
  answersOf,
  ask,
  askAgain,
  endOf,
  runIdOf,
  textOf,
  threadIdOf,
  watch,
} from '../testing/chatkit-client.ts'
import type { ChatKitClient, ChatKitStream, WatchedStream } from '../testing/chatkit-client.ts'
import { createUser, createUserOfTwo, describeOnDatabases } from '../testing/grounds.ts'
import type { Ground } from '../testing/grounds.ts'
import { createMessage, createPacedAgent } from '../testing/paced-agent.ts'

function named(stream: ChatKitStream): { thread_id: string; run_id: string } {
  return { thread_id: threadIdOf(stream), run_id: runIdOf(stream) }
}

async function watchAgain(client: ChatKitClient, begun: ChatKitStream): Promise<WatchedStream> {
  return watch(await client.stream('parley.resume', named(begun)))
}

function runOf(client: ChatKitClient, begun: ChatKitStream): Promise<WireThread> {
  return client.json('threads.get_by_id', { thread_id: threadIdOf(begun) })
}

/** Never says that it is alive: who looks for abandoned runs is to start when the run has come as far as the test wants. */
const dead = { leaseSeconds: 1, heartbeatSeconds: 3_600 }
const alive = { leaseSeconds: 30, heartbeatSeconds: 0.2 }

let people = 0

/** A process that has died, with a new user; and the other, where the same user goes on, when it is to start. */
async function serveDying(ground: Ground, agent: Agent, storage: Storage = ground.storage()) {
  people += 1
  const user = { userId: `bereft${people}-${ground.kind}` }
  const dying = await ground.serve({ agent, storage, timings: dead })
  return {
    dying,
    client: await createUser(dying, user),
    async startAnother(other?: Storage): Promise<ChatKitClient> {
      const living = await ground.serveAnother({
        agent,
        timings: alive,
        ...(other === undefined ? {} : { storage: other }),
      })
      return createUser(living, user)
    },
  }
}

describeOnDatabases('stopping and settling runs', (ground) => {
  it('[RUN-8] stopping from another process keeps what had come, and the next turn knows of it', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const [client, elsewhere] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const stream = await ask(client)
    const watched = watch(stream)
    await agent.say('What had come')
    await watched.untilText('What had come')
    await Promise.all([1, 2].map(() => elsewhere.json('parley.cancel', named(stream))))
    const received = await watched.ended
    expect(endOf(received)).toBe('cancelled')
    expect(received.map(({ event }) => event.type)).not.toContain('error')
    expect(agent.contexts[0]?.signal.reason).toBe('cancelled')
    const items = await elsewhere.allItems(threadIdOf(stream))
    expect(items).toMatchObject([
      { type: 'user_message' },
      { type: 'assistant_message', incomplete: 'cancelled', content: [{ text: 'What had come' }] },
    ])

    await elsewhere.json('parley.cancel', named(stream))
    expect(await elsewhere.allItems(threadIdOf(stream))).toEqual(items)
    const log = await (await watchAgain(elsewhere, stream)).ended
    expect(JSON.stringify([received, log, await runOf(client, stream)])).not.toMatch(
      /hidden|stopped the answer/,
    )

    const next = await askAgain(elsewhere, threadIdOf(stream))
    const history = (await agent.contexts[1]?.history()) ?? []
    expect(history.map(({ type }) => type)).toEqual([
      'user_message',
      'assistant_message',
      'sdk_hidden_context',
      'user_message',
    ])
    await agent.finish()
    await next.all()
  })

  it('[RUN-8] a stop before anything was said leaves the question alone, and the thread free', async () => {
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent }))
    const stream = await ask(client)
    await client.json('parley.cancel', named(stream))
    expect(endOf(await stream.all())).toBe('cancelled')
    expect((await client.allItems(threadIdOf(stream))).map(({ type }) => type)).toEqual(['user_message'])
    const next = await askAgain(client, threadIdOf(stream))
    await agent.finish()
    expect(endOf(await next.all())).toBe('completed')
  })

  it('[RUN-22] a run that its agent does not let be stopped goes on to its end', async () => {
    const paced = createPacedAgent()
    const agent: Agent = {
      respond(context, message) {
        context.allowCancel = false
        return paced.respond(context, message)
      },
    }
    const server = await ground.serve({ agent, timings: { stopGraceSeconds: 0.1 } })
    const [client, elsewhere] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const stream = await ask(client)
    const watched = watch(stream)
    await paced.say('One. ')
    await watched.untilText('One. ')
    const run = { thread_id: threadIdOf(stream), run_id: runIdOf(stream) }
    await expect(client.json('parley.cancel', run)).rejects.toThrow('409')
    await expect(elsewhere.json('parley.cancel', run)).rejects.toThrow('409')
    await paced.say('Two.')
    await watched.untilText('One. Two.')
    await paced.finish()
    expect(endOf(await watched.ended)).toBe('completed')
    for (const each of [client, elsewhere]) expect(await each.json('parley.cancel', run)).toEqual({})
  })

  it('[RUN-8] a stop that races the end gives one end, and loses nothing', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const [client, elsewhere] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const ends = new Set<string | undefined>()
    for (let round = 0; round < 12; round += 1) {
      const stream = await ask(client)
      const watched = watch(stream)
      await agent.say('All of it')
      await watched.untilText('All of it')
      const stopper = round % 2 === 0 ? client : elsewhere
      await Promise.all([
        agent.finish(),
        new Promise((resolve) => setTimeout(resolve, round % 4)).then(() =>
          stopper.json('parley.cancel', named(stream)),
        ),
      ])
      const received = await watched.ended
      ends.add(endOf(received))
      expect(received.filter(({ event }) => event.type === 'parley.run_ended')).toHaveLength(1)
      expect(answersOf(await elsewhere.allItems(threadIdOf(stream)))).toEqual(['All of it'])
      expect((await runOf(client, stream)).run?.status).toBe(endOf(received))
    }
    expect([...ends].every((end) => end === 'completed' || end === 'cancelled')).toBe(true)
  })

  it('[RUN-9] another process settles the run of a dead one, and its followers see the end', async () => {
    const agent = createPacedAgent()
    const { client, startAnother } = await serveDying(ground, agent)
    const stream = await ask(client)
    const watched = watch(stream)
    await agent.say('What had come')
    await watched.untilText('What had come')
    const elsewhere = await startAnother()
    const following = await watchAgain(elsewhere, stream)
    const received = await following.ended
    expect(received.slice(-3).map(({ event }) => event)).toMatchObject([
      {
        type: 'thread.item.done',
        item: { incomplete: 'interrupted', content: [{ text: 'What had come' }] },
      },
      { type: 'error', code: 'custom', allow_retry: true },
      { type: 'parley.run_ended', status: 'interrupted' },
    ])
    expect((await runOf(elsewhere, stream)).run).toMatchObject({ status: 'interrupted' })
    const items = await elsewhere.allItems(threadIdOf(stream))
    expect(answersOf(items)).toEqual(['What had come'])

    const again = await elsewhere.stream('threads.retry_after_item', {
      thread_id: threadIdOf(stream),
      item_id: items[0]?.id,
    })
    await agent.say('The whole answer.')
    await agent.finish()
    expect(textOf(await again.all())).toBe('The whole answer.')
    expect(answersOf(await elsewhere.allItems(threadIdOf(stream)))).toEqual(['The whole answer.'])
  })

  it('[RUN-9] who keeps its lease keeps its run, however long it says nothing', async () => {
    const agent = createPacedAgent()
    const storage = ground.storage()
    let renewals = 0
    const journal: Storage['journal'] = {
      ...storage.journal,
      async renewLeases(...parameters) {
        renewals += 1
        return storage.journal.renewLeases(...parameters)
      },
    }
    const timings = { leaseSeconds: 4, heartbeatSeconds: 0.5 }
    const server = await ground.serve({ agent, storage: { ...storage, journal }, timings })
    const [client] = await createUserOfTwo(server, await ground.serveAnother({ agent, timings }))
    const stream = await ask(client)
    // So many take longer than a lease.
    await expect.poll(() => renewals).toBeGreaterThan(1 + timings.leaseSeconds / timings.heartbeatSeconds)
    await agent.say('At last.')
    await agent.finish()
    const received = await stream.all()
    expect([textOf(received), endOf(received)]).toEqual(['At last.', 'completed'])
  })

  it('[RUN-9] a settlement that fails is tried again, and holds up no other', async () => {
    const agent = createPacedAgent()
    const storage = await ground.otherStorage()
    const failures = new Map<string, number>()
    const journal: Storage['journal'] = {
      ...storage.journal,
      async log(runId) {
        const failed = failures.get(runId) ?? 0
        failures.set(runId, failed + 1)
        if (failed < 2) throw new Error('The connection broke.')
        return storage.journal.log(runId)
      },
    }
    const { client, startAnother } = await serveDying(ground, agent)
    const streams = await Promise.all([1, 2, 3].map(() => ask(client)))
    const elsewhere = await startAnother({ ...storage, journal })
    for (const stream of streams) {
      const following = await watchAgain(elsewhere, stream)
      expect(endOf(await following.ended)).toBe('interrupted')
    }
    expect([...failures.values()]).toEqual([3, 3, 3])
  })

  it('[RUN-10] who lost a run’s lease writes nothing more of it, and its followers see how it ended', async () => {
    const agent = createPacedAgent()
    const { client, startAnother } = await serveDying(ground, agent)
    const stream = await ask(client)
    const watched = watch(stream)
    await agent.say('Before.')
    await watched.untilText('Before.')
    const elsewhere = await startAnother()
    const settled = await (await watchAgain(elsewhere, stream)).ended
    const items = await elsewhere.allItems(threadIdOf(stream))
    const context = agent.contexts[0]
    if (context === undefined) throw new Error('The agent was not asked.')
    const note: HiddenContextItem = {
      id: context.createId('hidden_context_item'),
      thread_id: context.thread.id,
      created_at: context.now().toISOString(),
      type: 'hidden_context_item',
      content: 'later',
    }
    await expect(context.saveItem(note)).rejects.toThrow(/not this process's/)
    await agent.say(' And after.')
    await agent.finish()
    const received = await watched.ended
    expect(received.at(-1)).toEqual(settled.at(-1))
    expect(textOf(received)).toBe('Before.')
    expect(context.signal.reason).toBe('lost')
    expect(await elsewhere.allItems(threadIdOf(stream))).toEqual(items)
    const next = await askAgain(elsewhere, threadIdOf(stream))
    const history = (await agent.contexts[1]?.history()) ?? []
    expect(history.map(({ type }) => type)).toEqual(['user_message', 'assistant_message', 'user_message'])
    await agent.finish()
    await next.all()
  })

  it('[RUN-12] an agent that hangs is let go of when the user stops it', async () => {
    let released = (): void => {}
    let isClosed = false
    async function* respond(context: RunContext): AsyncGenerator<RunEvent> {
      try {
        yield { type: 'item-done', item: createMessage(context, 'Wait') }
        await new Promise<void>((resolve) => (released = resolve))
        yield { type: 'item-done', item: createMessage(context, 'Too late') }
      } finally {
        isClosed = true
      }
    }
    const client = await createUser(await ground.serve({ agent: { respond } }))
    const stream = await ask(client)
    await client.json('parley.cancel', named(stream))
    expect(endOf(await stream.all())).toBe('cancelled')
    expect((await runOf(client, stream)).run?.status).toBe('cancelled')
    released()
    await expect.poll(() => isClosed).toBe(true)
    expect(answersOf(await client.allItems(threadIdOf(stream)))).not.toContain('Too late')
  })

  it('[RUN-12] an agent that takes too long is let go of, and what had come is kept', async () => {
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent, timings: { runSecondsMax: 3 } }))
    const stream = await ask(client)
    await agent.say('What had come')
    const received = await stream.all()
    expect(received.slice(-3).map(({ event }) => event)).toMatchObject([
      { type: 'thread.item.done', item: { incomplete: 'failed' } },
      { type: 'error', message: 'The answer took too long.', allow_retry: true },
      { type: 'parley.run_ended', status: 'failed' },
    ])
  })

  it('[RUN-16] draining lets an answer finish', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const client = await createUser(server)
    const watched = watch(await ask(client))
    await agent.say('To the ')
    const drained = server.parley.drain(600)
    await agent.say('end.')
    await agent.finish()
    await drained
    expect([textOf(await watched.ended), endOf(await watched.ended)]).toEqual(['To the end.', 'completed'])
  })

  it('[RUN-16] what cannot finish in time ends as interrupted, with what had come and a way on', async () => {
    const agent = createPacedAgent()
    const hanging: Agent = {
      respond: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
    }
    const server = await ground.serve({ agent })
    const [client, elsewhere] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const hung = await ground.serve({ agent: hanging })
    const stuck = watch(await ask(await createUser(hung)))
    const stream = await ask(client)
    const watched = watch(stream)
    await agent.say('What had come')
    await watched.untilText('What had come')
    await Promise.all([server.parley.drain(0), hung.parley.drain(0)])
    expect(endOf(await stuck.ended)).toBe('interrupted')
    expect((await watched.ended).slice(-3).map(({ event }) => event)).toMatchObject([
      { type: 'thread.item.done', item: { incomplete: 'interrupted' } },
      { type: 'error', code: 'custom', allow_retry: true },
      { type: 'parley.run_ended', status: 'interrupted' },
    ])
    expect(answersOf(await elsewhere.allItems(threadIdOf(stream)))).toEqual(['What had come'])
  })

  it('[RUN-16] a database that takes nothing does not keep a process from going down', async () => {
    const agent = createPacedAgent()
    const storage = ground.storage()
    let isAway = false
    const journal: Storage['journal'] = {
      ...storage.journal,
      async append(processId, entries) {
        if (isAway) throw new Error('The database is away.')
        return storage.journal.append(processId, entries)
      },
    }
    const { dying, client, startAnother } = await serveDying(ground, agent, { ...storage, journal })
    const stream = await ask(client)
    const watched = watch(stream)
    await agent.say('What had come')
    await watched.untilText('What had come')
    isAway = true
    await agent.say(' and was never written')
    await dying.close()
    const following = await watchAgain(await startAnother(), stream)
    const received = await following.ended
    expect([textOf(received), endOf(received)]).toEqual(['What had come', 'interrupted'])
  })
})
