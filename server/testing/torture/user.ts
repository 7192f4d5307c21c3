/**
 * Somebody who uses Parley and will not be put off: asks, comes again with the same key when nobody answers, reads on
 * elsewhere when a stream is cut, leaves and returns, tries again, stops, looks at lists, and now and then at what is not theirs.
 *
 *   ask ─▶ taken? ─no─▶ the same key again, somewhere
 *            └▶ follow ─▶ cut, silent or bored ─▶ resume behind the last number, somewhere ─▶ … ─▶ the end
 *                 └▶ meanwhile: a second reader, a stop
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'
import type { Caller, Exchange, Leaving, ReceivedFrame } from './caller.ts'
import { createPlan } from './plans.ts'
import type { Plan, PlanKind } from './plans.ts'

/** What faults make of the users while they last. */
export interface Mood {
  /** What the upstream is asked for. */
  plan?: PlanKind
  /** Many leave, and how. */
  leaving?: Leaving
  /** How streams are read. */
  reading?: 'slowly' | 'not'
}

/** What all users share. */
export interface Town {
  caller: Caller
  mood(): Mood
  /** A server and a way to it. */
  way(random: Random): { server: number; port: number }
  /** The plan has become known, to the upstream and to the history. */
  announce(plan: Plan): void
  /** A request that begins a run has left. */
  onSent(server: number): void
  /** Something of somebody else's. */
  stranger(user: string, random: Random): Known | undefined
  /** Nothing new from now on. */
  isOver(): boolean
  /** Nobody waits longer. */
  readonly givenUp: AbortSignal
}

export interface Known {
  thread: string
  run: string
}

export interface User {
  readonly name: string
  /** Threads and runs of theirs. */
  readonly known: Known[]
  /** Until it is over and everything that was begun has its end. */
  live(): Promise<void>
}

interface Asking {
  operation: string
  params: object
  key: string
  question: string
  thread?: string
  mayConflict?: boolean
}

interface Taken {
  exchange: Exchange
  run: string
  thread: string
}

const threadMessagesMax = 20

export function createUser(name: string, token: string, random: Random, town: Town): User {
  const known: Known[] = []
  const threads: { thread: string; messages: number }[] = []
  let lastNumber = 0

  function call(operation: string, params: object, more: Partial<Asking> & CallExtras = {}): Exchange {
    const { key, question, thread, mayConflict, run, after, foreign } = more
    const { server, port } = town.way(random)
    const about = {
      ...(question !== undefined && { question }),
      ...(thread !== undefined && { thread }),
      ...(mayConflict === true && { mayConflict }),
      ...(run !== undefined && { run }),
      ...(after !== undefined && { after }),
      ...(foreign === true && { foreign }),
    }
    const begins = key === undefined ? {} : { key, onSent: () => town.onSent(server) }
    return town.caller.call({ user: name, token, server, port, operation, params, about, ...begins })
  }

  function send(asking: Asking): Exchange {
    return call(asking.operation, asking.params, asking)
  }

  /** Null when it is refused for good. */
  async function untilTaken(asking: Asking, first?: Exchange): Promise<Taken | null> {
    for (let exchange = first ?? send(asking); ; exchange = send(asking)) {
      const answer = await exchange.answer.catch(() => null)
      if (answer?.status === 200) return { exchange, ...answer }
      exchange.leave('fin')
      if (answer !== null && answer.status !== 503) return null
      await sleep(random.between(50, 300), undefined, { signal: town.givenUp })
    }
  }

  /** To the run's end, wherever that takes us; resolves with how it ended. */
  async function follow({ exchange: first, run, thread }: Taken): Promise<string> {
    const reading = { last: 0 }
    let exchange = first
    const side: Promise<unknown>[] = []
    const stopsAt = random.chance(0.08) ? random.between(2, 20) : Infinity
    for (let round = 0; ; round += 1) {
      const status = await read(exchange, reading, (count) => {
        if (count === 3 && random.chance(0.15)) side.push(glance(run, thread, reading.last))
        if (round === 0 && count === stopsAt) side.push(stop(run, thread))
      })
      if (status !== undefined) {
        await Promise.all(side)
        return status
      }
      await sleep(random.between(0, 150), undefined, { signal: town.givenUp })
      exchange = await resume(run, thread, reading.last)
    }
  }

  async function resume(run: string, thread: string, after: number): Promise<Exchange> {
    for (;;) {
      const exchange = call(
        'parley.resume',
        { thread_id: thread, run_id: run, after },
        { run, thread, after },
      )
      const answer = await exchange.answer.catch(() => null)
      if (answer?.status === 200) return exchange
      exchange.leave('fin')
      await sleep(random.between(50, 300), undefined, { signal: town.givenUp })
    }
  }

  /** Undefined when the stream was over, or left, before the run's end. */
  async function read(
    exchange: Exchange,
    reading: { last: number },
    onFrame: (count: number) => void,
  ): Promise<string | undefined> {
    const mood = town.mood()
    const isLeaving = random.chance(mood.leaving === undefined ? 0.1 : 0.6)
    const leavesAt = isLeaving ? random.between(1, 12) : Infinity
    let count = 0
    for await (const frame of exchange.frames()) {
      count += 1
      // What came twice is the checker's business; a client goes on from the highest number.
      reading.last = Math.max(reading.last, frame.seq)
      if (frame.event.type === 'parley.run_ended') {
        // The stream's own end is waited for, too.
        for await (const _more of exchange.frames());
        return String(frame.event['status'])
      }
      onFrame(count)
      if (count >= leavesAt) {
        exchange.leave(mood.leaving ?? random.pick(['fin', 'rst'] as const) ?? 'fin')
        return undefined
      }
      await dawdle()
    }
    return undefined
  }

  async function dawdle(): Promise<void> {
    const { reading } = town.mood()
    if (reading === 'slowly') await sleep(100)
    while (town.mood().reading === 'not' && !town.isOver()) await sleep(50)
  }

  /** A second reader, from any number that the first one has reached. */
  async function glance(run: string, thread: string, reached: number): Promise<void> {
    const exchange = await resume(run, thread, random.between(0, reached))
    let count = random.between(1, 30)
    for await (const frame of exchange.frames()) {
      count -= 1
      if (count > 0 && frame.event.type !== 'parley.run_ended') continue
      if (count <= 0) exchange.leave(random.chance(0.5) ? 'fin' : 'rst')
    }
  }

  async function stop(run: string, thread: string): Promise<void> {
    const exchange = call('parley.cancel', { thread_id: thread, run_id: run }, { run, thread })
    await exchange.json(() => null).catch(() => {})
  }

  function nextMessage(): { plan: Plan; key: string } {
    lastNumber += 1
    const question = `${name}.${lastNumber}`
    const kind = random.chance(0.85) ? town.mood().plan : undefined
    const usual = random.pick(['plain', 'plain', 'plain', 'burst', 'unicode'] as const) ?? 'plain'
    const plan = createPlan(question, kind ?? usual, random)
    town.announce(plan)
    return { plan, key: `key-${question}` }
  }

  function asking(threadId?: string, mayConflict = false): Asking {
    const { plan, key } = nextMessage()
    const input = {
      content: [{ type: 'input_text', text: plan.message }],
      attachments: [],
      inference_options: {},
    }
    const { question } = plan
    return threadId === undefined
      ? { operation: 'threads.create', params: { input }, key, question, mayConflict }
      : {
          operation: 'threads.add_user_message',
          params: { thread_id: threadId, input },
          key,
          question,
          thread: threadId,
          mayConflict,
        }
  }

  /** In one of the ways in which requests get to a server. */
  async function deliver(one: Asking): Promise<Taken | null> {
    const way = random.between(1, 10)
    if (way <= 2) return inCopies(one)
    if (way === 3) {
      // Sent, and not waited for.
      await hangUp(send(one), random.between(0, 40))
    }
    return untilTaken(one)
  }

  /** The same at the same moment, to any servers: one is read to its end, the others for a while. */
  async function inCopies(one: Asking): Promise<Taken | null> {
    const copies = Array.from({ length: random.between(2, 4) }, () => send(one))
    const answers = await Promise.all(copies.map((copy) => copy.answer.catch(() => null)))
    const taken = copies.flatMap((exchange, index) => {
      const answer = answers[index]
      return answer?.status === 200 ? [{ exchange, ...answer }] : []
    })
    for (const [index, copy] of copies.entries()) if (answers[index]?.status !== 200) copy.leave('fin')
    const [first, ...others] = taken
    for (const { exchange } of others) void readAWhile(exchange)
    return first ?? untilTaken(one)
  }

  async function readAWhile(exchange: Exchange): Promise<void> {
    let count = random.between(0, 30)
    for await (const _frame of exchange.frames()) {
      count -= 1
      if (count <= 0) exchange.leave('fin')
    }
  }

  async function hangUp(exchange: Exchange, after: number): Promise<void> {
    await sleep(after)
    exchange.leave(random.chance(0.5) ? 'fin' : 'rst')
  }

  function remember({ run, thread }: Taken): void {
    known.push({ run, thread })
    const place = threads.find((each) => each.thread === thread)
    if (place === undefined) threads.push({ thread, messages: 1 })
    else place.messages += 1
  }

  async function askSomething(): Promise<void> {
    const place = random.chance(0.35) ? undefined : pickThread()
    const one = asking(place)
    if (random.chance(0.05)) return outOfOrder(one)
    const taken = await deliver(one)
    if (taken === null) return
    remember(taken)
    if (random.chance(0.05)) await sayOtherwise(one)
    await seeThrough(taken, one)
  }

  function pickThread(): string | undefined {
    return random.pick(threads.filter(({ messages }) => messages < threadMessagesMax))?.thread
  }

  /** Follows, and asks for another try when it came to nothing. */
  async function seeThrough(taken: Taken, one: Asking): Promise<void> {
    const messageId = { found: '' }
    let status = await follow(watched(taken, messageId))
    for (let attempt = 1; status !== 'completed' && status !== 'cancelled'; attempt += 1) {
      if (town.isOver() || messageId.found === '' || attempt > 3 || !random.chance(0.6)) return
      const again = await deliver({
        operation: 'threads.retry_after_item',
        params: { thread_id: taken.thread, item_id: messageId.found },
        key: `${one.key}-again-${attempt}`,
        question: one.question,
        thread: taken.thread,
      })
      if (again === null) return
      known.push({ run: again.run, thread: again.thread })
      status = await follow(again)
    }
  }

  /** First this, then that, and this once more because nobody heard whether it arrived. */
  async function outOfOrder(one: Asking): Promise<void> {
    await hangUp(send(one), random.between(0, 20))
    const other = asking()
    const second = await untilTaken(other)
    const first = await untilTaken(one)
    const taken = [first, second].filter((each) => each !== null)
    for (const each of taken) remember(each)
    await Promise.all(taken.map(follow))
  }

  /** The same key with other words must be refused. */
  async function sayOtherwise(one: Asking): Promise<void> {
    const other = asking(one.thread, true)
    await untilTaken({ ...other, key: one.key })
  }

  /** Two messages in one thread at once: at most one can be taken now. */
  async function race(): Promise<void> {
    const thread = pickThread()
    if (thread === undefined) return
    const both = [asking(thread, true), asking(thread, true)]
    const taken = await Promise.all(both.map((one) => untilTaken(one)))
    for (const each of taken) {
      if (each === null) continue
      remember(each)
      await follow(each)
    }
  }

  async function look(): Promise<void> {
    const place = random.pick(threads)
    const exchange =
      place === undefined || random.chance(0.3)
        ? call('threads.list', { limit: 100 })
        : call('items.list', { thread_id: place.thread, order: 'asc', limit: 100 }, { thread: place.thread })
    await exchange.json(dataOf).catch(() => {})
  }

  async function snoop(): Promise<void> {
    const victim = town.stranger(name, random)
    if (victim === undefined) return
    const { thread, run } = victim
    const wish = random.pick([
      ['parley.resume', { thread_id: thread, run_id: run, after: 0 }],
      ['parley.cancel', { thread_id: thread, run_id: run }],
      ['items.list', { thread_id: thread }],
      ['threads.get_by_id', { thread_id: thread }],
    ] as const)
    if (wish === undefined) return
    const exchange = call(wish[0], wish[1], { thread, run, foreign: true })
    await exchange.answer.catch(() => {})
    exchange.leave('fin')
  }

  async function doSomething(): Promise<void> {
    const what = random.between(1, 20)
    if (what <= 2) await look()
    else if (what === 3) await snoop()
    else if (what === 4) await race()
    else await askSomething()
  }

  return {
    name,
    known,
    async live() {
      while (!town.isOver() && !town.givenUp.aborted) await doSomething()
    },
  }
}

interface CallExtras {
  run?: string
  after?: number
  foreign?: boolean
}

/** Notes the id of the user's message as it passes. */
function watched({ exchange, ...rest }: Taken, messageId: { found: string }): Taken {
  async function* frames(): AsyncGenerator<ReceivedFrame> {
    for await (const frame of exchange.frames()) {
      const item = frame.event['item']
      if (frame.event.type === 'thread.item.done' && isUserMessage(item)) messageId.found = item.id
      yield frame
    }
  }
  return { ...rest, exchange: { ...exchange, frames } }
}

function isUserMessage(item: unknown): item is { id: string } {
  return typeof item === 'object' && item !== null && 'type' in item && item.type === 'user_message'
}

function dataOf(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'data' in body ? body.data : body
}
