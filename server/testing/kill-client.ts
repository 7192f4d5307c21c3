/**
 * A user who will not be put off: keeps asking, comes again with the same key when the connection fails, reads on elsewhere
 * when a stream is cut, and tries again when an answer was interrupted.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createChatKitClient, RefusedError, runIdOf, says, threadIdOf } from './chatkit-client.ts'
import type { ChatKitClient, ChatKitStream } from './chatkit-client.ts'
import type { Asked, StoredThread } from './kill-checker.ts'
import type { WireItem, WireThread } from '../contracts/chatkit/wire.ts'
import type { Page } from '../conversation/threads.ts'
import type { Random } from './random.ts'

export interface KillClientOptions {
  userId: string
  secret: string
  random: Random
  /** Some server's address; it may be a dead one's. */
  pickUrl(): string
  /** Told of every request that begins a run, as it leaves. */
  onSend(url: string): void
  /** No new questions from now on. */
  isOver(): boolean
  /** Nobody waits longer than that. */
  signal: AbortSignal
}

export interface KillClient {
  readonly asked: Asked[]
  /** How often a request was sent again, and how often a stream was read on. */
  readonly counts: { sentAgain: number; readOn: number }
  /** Asks until it is over and the last question has its end. */
  live(): Promise<void>
  threads(): Promise<StoredThread[]>
  /** The whole log of what was asked. */
  log(asked: Asked): Promise<Asked['seen']>
}

/** Longer than a dead process's lease and a heartbeat. */
const silenceMillisecondsMax = 20_000
const words = 'so viele Wörter und 世界 mit 👩‍👩‍👧 dazu or some that are rather plain'.split(' ')

export function createKillClient(options: KillClientOptions): KillClient {
  const { userId, secret, random, signal } = options
  const clients = new Map<string, Promise<ChatKitClient>>()
  const counts = { sentAgain: 0, readOn: 0 }
  const asked: Asked[] = []
  const threadIds: string[] = []

  function serverAt(url: string): Promise<ChatKitClient> {
    const known = clients.get(url) ?? createChatKitClient({ url, secret, userId })
    clients.set(url, known)
    return known
  }

  /** Until some server takes it. */
  async function open(
    type: string,
    params: object,
    key: string | undefined,
    record: Asked,
  ): Promise<Attempt> {
    for (;;) {
      const patience = createPatience(signal)
      try {
        const url = options.pickUrl()
        const client = await serverAt(url)
        if (key !== undefined) options.onSend(url)
        const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
        const stream = await client.stream(type, params, { signal: patience.signal, headers })
        record.begunAt ??= performance.now()
        record.acknowledged.push({ runId: runIdOf(stream), threadId: threadIdOf(stream) })
        return { stream, patience }
      } catch (error) {
        patience.end()
        signal.throwIfAborted()
        if (error instanceof RefusedError && error.status !== 503) record.refusals.push(error.message)
      }
      counts.sentAgain += 1
      await sleep(random.between(50, 300), undefined, { signal })
    }
  }

  /** Sends it and reads to the end of the run, wherever that takes us. */
  async function ask(type: string, params: object, record: Asked): Promise<Asked> {
    asked.push(record)
    let { stream, patience } = await open(type, params, `${userId}.${asked.length}`, record)
    const { runId, threadId } = { runId: runIdOf(stream), threadId: threadIdOf(stream) }
    for (;;) {
      await readInto(record, stream, patience, random.chance(0.1) ? random.between(1, 12) : Infinity)
      if (endOf(record) !== undefined) {
        record.endedAt = performance.now()
        return record
      }
      counts.readOn += 1
      const after = record.seen.at(-1)?.seq ?? 0
      const resumed = { thread_id: threadId, run_id: runId, after }
      ;({ stream, patience } = await open('parley.resume', resumed, undefined, record))
    }
  }

  async function askSomething(): Promise<void> {
    const question = `${userId}.${asked.length}${sentence(random)}`
    const begun = { userId, question, acknowledged: [], seen: [], refusals: [] }
    const threadId = random.chance(0.3) ? undefined : random.pick(threadIds)
    const record =
      threadId === undefined
        ? await ask('threads.create', { input: says(question) }, { ...begun, kind: 'message' })
        : await ask(
            'threads.add_user_message',
            { thread_id: threadId, input: says(question) },
            { ...begun, kind: 'message' },
          )
    const place = record.acknowledged[0]?.threadId ?? ''
    if (threadId === undefined) threadIds.push(place)
    const itemId = messageIdOf(record)
    let tried = record
    // A message that got no word of an answer would be put to the model together with the next one.
    while (endOf(tried) === 'interrupted' && itemId !== undefined && (isEmpty(tried) || random.chance(0.8))) {
      const again = { ...begun, kind: 'retry' as const, acknowledged: [], seen: [], refusals: [] }
      tried = await ask('threads.retry_after_item', { thread_id: place, item_id: itemId }, again)
    }
  }

  return {
    asked,
    counts,
    async live() {
      while (!options.isOver()) await askSomething()
    },
    async threads() {
      const client = await serverAt(options.pickUrl())
      const list: WireThread[] = []
      let after: string | undefined
      do {
        const params = { limit: 100, order: 'asc', ...(after === undefined ? {} : { after }) }
        const page: Page<WireThread> = await client.json('threads.list', params)
        list.push(...page.data)
        after = page.after
      } while (after !== undefined)
      const stored: StoredThread[] = []
      for (const { id } of list) {
        const items: WireItem[] = await client.allItems(id)
        stored.push({ userId, threadId: id, items })
      }
      return stored
    },
    async log({ acknowledged: [first] }) {
      if (first === undefined) return []
      const client = await serverAt(options.pickUrl())
      const params = { thread_id: first.threadId, run_id: first.runId, after: 0 }
      return (await client.stream('parley.resume', params, { signal })).all()
    },
  }
}

interface Attempt {
  stream: ChatKitStream
  patience: Patience
}

interface Patience {
  signal: AbortSignal
  /** Something came. */
  renew(): void
  end(): void
}

/** Hangs up on who says nothing for too long. */
function createPatience(outer: AbortSignal): Patience {
  const controller = new AbortController()
  const hangUp = (): void => controller.abort()
  let timer = setTimeout(hangUp, silenceMillisecondsMax)
  outer.addEventListener('abort', hangUp)
  return {
    signal: controller.signal,
    renew() {
      clearTimeout(timer)
      timer = setTimeout(hangUp, silenceMillisecondsMax)
    },
    end() {
      clearTimeout(timer)
      outer.removeEventListener('abort', hangUp)
      hangUp()
    },
  }
}

/** Until the stream ends or breaks, or, as a reload does, leaves it after so many events. */
async function readInto(
  record: Asked,
  stream: ChatKitStream,
  patience: Patience,
  eventsMax: number,
): Promise<void> {
  let count = 0
  try {
    for await (const received of stream) {
      patience.renew()
      record.seen.push(received)
      count += 1
      if (count >= eventsMax) break
    }
  } catch {
    // Cut: what came before stands.
  } finally {
    patience.end()
  }
}

export function endOf({ seen }: Asked): string | undefined {
  const last = seen.at(-1)?.event
  return last?.type === 'parley.run_ended' ? last.status : undefined
}

function isEmpty({ seen }: Asked): boolean {
  return !seen.some(
    ({ event }) => event.type === 'thread.item.done' && event.item.type === 'assistant_message',
  )
}

function messageIdOf({ seen }: Asked): string | undefined {
  return seen
    .flatMap(({ event }) =>
      event.type === 'thread.item.done' && event.item.type === 'user_message' ? [event.item.id] : [],
    )
    .at(0)
}

function sentence(random: Random): string {
  const count = random.between(5, 30)
  return Array.from({ length: count }, () => ` ${random.pick(words) ?? ''}`).join('')
}
