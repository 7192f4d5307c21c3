import { createConnection } from 'node:net'
import type { ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import type { Agent, RunContext } from '../conversation/agent.ts'
import { createTextDelta } from '../conversation/events.ts'
import type { RunEvent } from '../conversation/events.ts'
import type { JournalEntry } from '../conversation/store.ts'
import type { WireThread } from '../contracts/chatkit/wire.ts'
import { createToken } from '../auth/bearer-tokens.ts'
import type { Storage } from '../storage/open.ts'
import {
  RefusedError,
  answersOf,
  ask,
  askAgain,
  endOf,
  runIdOf,
  textOf,
  threadIdOf,
  watch,
} from '../testing/chatkit-client.ts'
import type { ChatKitClient, ChatKitStream, ReceivedEvent } from '../testing/chatkit-client.ts'
import { createUser, createUserOfTwo, describeOnDatabases } from '../testing/grounds.ts'
import type { Ground } from '../testing/grounds.ts'
import { createMessage, createPacedAgent } from '../testing/paced-agent.ts'
import { followBytesMax } from './batch.ts'

async function resume(client: ChatKitClient, begun: ChatKitStream, after: number): Promise<ReceivedEvent[]> {
  const params = { thread_id: threadIdOf(begun), run_id: runIdOf(begun), after }
  return (await client.stream('parley.resume', params)).all()
}

function textUntil(received: ReceivedEvent[], seq: number): string {
  return textOf(received.filter((each) => (each.seq ?? 0) <= seq))
}

/** Holds every write back that it is told to, until it is let through. */
function withGate(storage: Storage) {
  let isClosed = false
  let held: JournalEntry[] = []
  let open = (): void => {}
  const journal: Storage['journal'] = {
    ...storage.journal,
    async append(processId, entries) {
      if (isClosed) {
        held = entries
        await new Promise<void>((resolve) => (open = resolve))
      }
      return storage.journal.append(processId, entries)
    },
  }
  return {
    storage: { ...storage, journal },
    close: () => (isClosed = true),
    heldText: () => JSON.stringify(held),
    open() {
      isClosed = false
      open()
    },
  }
}

describeOnDatabases('following runs', (ground) => {
  it('[RUN-3] no event reaches anybody before its write is done', async () => {
    const agent = createPacedAgent()
    const gate = withGate(ground.storage())
    const server = await ground.serve({ agent, storage: gate.storage })
    const [client, elsewhere] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const stream = await ask(client)
    const watched = watch(stream)
    await agent.say('Written. ')
    await watched.untilText('Written. ')
    gate.close()
    await agent.say('Not yet written.')
    await expect.poll(() => gate.heldText()).toContain('Not yet written.')
    const params = { thread_id: threadIdOf(stream), run_id: runIdOf(stream) }
    const others = await Promise.all(
      [client, elsewhere].map(async (each) => watch(await each.stream('parley.resume', params))),
    )
    for (const each of others) await each.untilText('Written. ')
    // As many round trips as it takes for anything that was on its way to have arrived.
    for (let trip = 0; trip < 5; trip += 1) await client.json('threads.get_by_id', params)
    for (const each of [watched, ...others]) expect(textOf(each.received)).toBe('Written. ')
    gate.open()
    await agent.finish()
    for (const each of [watched, ...others]) {
      expect(textOf(await each.ended)).toBe('Written. Not yet written.')
    }
  })

  it('[RUN-3] what has reached a client is in the log by then, and a finished item in its thread', async () => {
    const agent = createPacedAgent()
    const client = await createUser(await ground.serve({ agent }), { userId: 'anna' })
    const other = await ground.otherStorage()
    const stream = await ask(client)
    const talking = (async () => {
      for (let word = 0; word < 20; word += 1) await agent.say(`word ${word} `)
      await agent.finish()
    })()
    for await (const { seq = 0, event } of stream) {
      const run = await other.store.run({ tenantId: 'default', userId: 'anna' }, runIdOf(stream))
      expect(run.lastSeq).toBeGreaterThanOrEqual(seq)
      if (event.type !== 'thread.item.done') continue
      const items = await client.allItems(threadIdOf(stream))
      expect(items.map(({ id }) => id)).toContain(event.item.id)
    }
    await talking
  })

  it('[RUN-4] from every number of a finished run the rest follows, on this and another process', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const clients = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const stream = await ask(clients[0])
    const watched = watch(stream)
    for (let word = 0; word < 30; word += 1) {
      await agent.say(`word ${word} 🙂 `)
      if (word % 3 === 0) await watched.untilText(`word ${word} `)
    }
    await agent.finish()
    const received = await watched.ended
    const whole = textOf(received)
    for (let seq = 0; seq <= (received.at(-1)?.seq ?? 0); seq += 1) {
      for (const client of clients) {
        const rest = await resume(client, stream, seq)
        expect(textUntil(received, seq) + textOf(rest)).toBe(whole)
        expect(rest.every((each) => (each.seq ?? 0) > seq)).toBe(seq < (received.at(-1)?.seq ?? 0))
        expect(endOf(rest)).toBe('completed')
      }
    }
    // What is read from the log has numbers of its own, since neighbours are merged there.
    const logged = await resume(clients[1], stream, 0)
    expect(logged.length).toBeLessThan(received.length)
    for (const { seq = 0 } of logged) {
      expect(textUntil(logged, seq) + textOf(await resume(clients[1], stream, seq))).toBe(whole)
    }
  })

  it('[RUN-4] whoever joins while the agent speaks misses nothing and hears nothing twice', async () => {
    const agent: Agent = { respond: speakAtLength }
    const server = await ground.serve({ agent })
    const clients = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const stream = await ask(clients[0])
    const received: ReceivedEvent[] = []
    const joined: { seq: number; rest: Promise<ReceivedEvent[]> }[] = []
    for await (const each of stream) {
      received.push(each)
      if (received.length % 10 !== 0) continue
      for (const client of clients) {
        const known = received[(joined.length * 7_919) % received.length]?.seq ?? 0
        joined.push({ seq: known, rest: resume(client, stream, known) })
      }
    }
    const whole = textOf(received)
    expect(whole).toBe(lengthySpeech.join(''))
    expect(joined.length).toBeGreaterThan(40)
    for (const { seq, rest } of joined) {
      const numbers = (await rest).map((each) => each.seq ?? 0)
      expect(textUntil(received, seq) + textOf(await rest)).toBe(whole)
      expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other))
      expect(endOf(await rest)).toBe('completed')
    }
  })

  it('[RUN-5] when the log is gone, following still ends, the same everywhere', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent })
    const clients = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    for (const end of ['completed', 'failed']) {
      const stream = await ask(clients[0])
      const watched = watch(stream)
      await agent.say('Something')
      await (end === 'completed' ? agent.finish() : agent.fail(new Error('no more')))
      const last = (await watched.ended).at(-1)
      await expect.poll(() => ground.storage().journal.deleteLogs(0)).toBeGreaterThan(0)
      for (const client of clients) {
        for (const after of [0, 2, last?.seq ?? 0]) {
          const rest = await resume(client, stream, after)
          expect(rest).toEqual([{ seq: last?.seq, event: { type: 'parley.run_ended', status: end } }])
        }
        expect(answersOf(await client.allItems(threadIdOf(stream)))).toEqual(['Something'])
      }
    }
  })

  it('[RUN-5] when the thread is deleted under a run, its followers are let go and the run stops', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent, timings: { heartbeatSeconds: 0.1 } })
    const [client, elsewhere] = await createUserOfTwo(server, await ground.serveAnother({ agent }))
    const stream = await ask(client)
    const params = { thread_id: threadIdOf(stream), run_id: runIdOf(stream) }
    const watched = [watch(stream), watch(await elsewhere.stream('parley.resume', params))]
    await agent.say('Here')
    for (const each of watched) await each.untilText('Here')
    await client.json('threads.delete', { thread_id: threadIdOf(stream) })
    for (const each of watched) expect(endOf(await each.ended)).toBeUndefined()
    await expect.poll(() => agent.contexts[0]?.signal.aborted).toBe(true)
  })

  it('[RUN-17] a client that takes nothing costs a batch, and the others hear everything', async () => {
    const bytesSaid = Buffer.byteLength(longSpeech) * longSpeechTimes
    const agent = createPacedAgent()
    const responses: ServerResponse[] = []
    const onResponse = (outgoing: ServerResponse): number => responses.push(outgoing)
    const server = await ground.serve({ agent, onResponse })
    const another = await ground.serveAnother({ agent, onResponse })
    const client = await createUser(server, { userId: 'stalled' })
    const stream = await ask(client)
    const watched = watch(stream)
    const sockets = [...(await stall(server, stream, 2)), ...(await stall(another, stream, 2))]
    await expect.poll(() => responses.length).toBe(5)
    const stalled = responses.slice(1)
    await expect.poll(() => stalled.every((response) => response.headersSent)).toBe(true)
    let held = 0
    const measuring = setInterval(() => {
      held = Math.max(held, ...stalled.map((response) => response.writableLength))
    }, 1)
    for (let time = 0; time < longSpeechTimes; time += 1) await agent.say(longSpeech)
    await agent.finish()
    const received = await watched.ended
    const isStalled = (): boolean => stalled.every((response) => response.writableLength > 0)
    await expect.poll(isStalled).toBe(true)
    clearInterval(measuring)
    expect(textOf(received)).toBe(longSpeech.repeat(longSpeechTimes))
    expect(stalled.map((response) => response.writableEnded)).toEqual([false, false, false, false])
    // A batch, and what the socket itself takes at once.
    expect(held).toBeLessThan(2 * followBytesMax)
    expect(bytesSaid).toBeGreaterThan(100 * followBytesMax)
    for (const socket of sockets) socket.destroy()
  })

  stockClients(ground)
})

/** 10 MB in UTF-8, within what a run may say. */
const longSpeech = '€'.repeat(1_000)
const longSpeechTimes = 3_500

const lengthySpeech = Array.from({ length: 400 }, (_, index) => `word ${index} 🙂 `)

async function* speakAtLength(context: RunContext): AsyncGenerator<RunEvent> {
  const item = createMessage(context)
  yield { type: 'item-added', item }
  for (const [index, word] of lengthySpeech.entries()) {
    yield createTextDelta(item.id, word)
    if (index % 2 === 0) yield { type: 'progress', text: `${index}` }
    else await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const content = [{ type: 'output_text' as const, text: lengthySpeech.join(''), annotations: [] }]
  yield { type: 'item-done', item: { ...item, content } }
}

/** Sockets that ask for the run's events and never read. */
async function stall({ url, secret }: { url: string; secret: string }, begun: ChatKitStream, count: number) {
  const token = await createToken({ secret }, { userId: 'stalled' })
  const params = { thread_id: threadIdOf(begun), run_id: runIdOf(begun) }
  const body = JSON.stringify({ type: 'parley.resume', params })
  return Array.from({ length: count }, () => {
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => {
      // Cut off in the end: nothing else was to be expected.
    })
    socket.pause()
    socket.write(
      `POST /chatkit HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nparley-stream: 1\r\n` +
        `authorization: Bearer ${token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    return socket
  })
}

function stockClients(ground: Ground): void {
  const stock = { additions: false }

  /** A stock client does not learn the ids from headers. */
  async function newestThread(client: ChatKitClient): Promise<string> {
    const threads: { data: WireThread[] } = await client.json('threads.list', { limit: 1 })
    return threads.data[0]?.id ?? ''
  }

  async function beginAndLeave(client: ChatKitClient, say: () => Promise<void>): Promise<string> {
    const leaving = new AbortController()
    const stream = await ask(client, 'Hello', { signal: leaving.signal })
    const watched = watch(stream)
    await say()
    await watched.untilText('Partly')
    leaving.abort()
    await watched.ended.catch(() => {})
    return newestThread(client)
  }

  it('[RUN-18] a stock client that closes stops its run after the grace, and what had come is kept', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent, timings: { stopGraceSeconds: 0.2 } })
    const client = await createUser(server, stock)
    const threadId = await beginAndLeave(client, () => agent.say('Partly'))
    await expect.poll(() => agent.contexts[0]?.signal.reason).toBe('cancelled')
    await expect.poll(async () => answersOf(await client.allItems(threadId))).toEqual(['Partly'])
  })

  it('[RUN-18] a user who comes back within the grace, to any process, finds the answer going on', async () => {
    const agent = createPacedAgent()
    const timings = { stopGraceSeconds: 2 }
    const server = await ground.serve({ agent, timings })
    const another = await ground.serveAnother({ agent })
    for (const returnsTo of [server, another]) {
      const userId = `back-to-${returnsTo.url.slice(-5)}-${ground.kind}`
      const client = await createUser(server, { ...stock, userId })
      const threadId = await beginAndLeave(client, () => agent.say('Partly'))
      const back = await createUser(returnsTo, { ...stock, userId })
      // The server may hear of the close later than of the return: who looks at a thread looks again.
      for (let look = 0; look < 25; look += 1) {
        await back.json('threads.get_by_id', { thread_id: threadId })
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      await agent.say(', and on.', threadId)
      await agent.finish(threadId)
      await expect.poll(async () => answersOf(await back.allItems(threadId))).toEqual(['Partly, and on.'])
    }
  })

  it('[RUN-18] a new message in the thread, on any process, stops the abandoned run at once', async () => {
    const agent = createPacedAgent()
    const timings = { stopGraceSeconds: 3_600 }
    const server = await ground.serve({ agent, timings })
    const another = await ground.serveAnother({ agent, timings })
    for (const nextOn of [server, another]) {
      const userId = `on-to-${nextOn.url.slice(-5)}-${ground.kind}`
      const client = await createUser(server, { ...stock, userId })
      const threadId = await beginAndLeave(client, () => agent.say('Partly'))
      const next = await createUser(nextOn, { ...stock, userId })
      const stream = await untilTaken(() => askAgain(next, threadId))
      await agent.say('Something else.', threadId)
      await agent.finish(threadId)
      await stream.all()
      expect(answersOf(await next.allItems(threadId))).toEqual(['Partly', 'Something else.'])
    }
  })

  it('[RUN-18] a run that somebody still follows goes on when another of its clients closes', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent, timings: { stopGraceSeconds: 0.1 } })
    const client = await createUser(server, stock)
    const key = { 'idempotency-key': 'from-two-tabs' }
    const leaving = new AbortController()
    const left = watch(await ask(client, 'Hello', { headers: key, signal: leaving.signal }))
    const staying = watch(await ask(client, 'Hello', { headers: key }))
    await agent.say('Partly')
    await Promise.all([left.untilText('Partly'), staying.untilText('Partly')])
    leaving.abort()
    await left.ended.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 500))
    await agent.say(', and on.')
    await agent.finish()
    expect(textOf(await staying.ended)).toBe('Partly, and on.')
    expect(agent.contexts[0]?.signal.aborted).toBe(false)
  })

  it('[RUN-18] the close of a client that can resume stops nothing', async () => {
    const agent = createPacedAgent()
    const server = await ground.serve({ agent, timings: { stopGraceSeconds: 0.1 } })
    const client = await createUser(server)
    const threadId = await beginAndLeave(client, () => agent.say('Partly'))
    await new Promise((resolve) => setTimeout(resolve, 500))
    await agent.say(', and on.')
    await agent.finish()
    await expect.poll(async () => answersOf(await client.allItems(threadId))).toEqual(['Partly, and on.'])
  })
}

/** The close of a connection is heard of a moment later: until then the thread is busy. */
async function untilTaken(ask: () => Promise<ChatKitStream>): Promise<ChatKitStream> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== 409) throw error
    }
  }
}
