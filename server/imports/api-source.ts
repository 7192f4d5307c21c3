/**
 * Threads and their items, read at the API: a page of threads, oldest first, and the first items of a few of them at a time.
 *
 *   page of threads ─▶ ahead(4): standing? items ─▶ in the threads' order: part, and the rest of its items, one page at a time
 *        ▲                                                         │
 *        └──────────── the next, behind the last ◀── place ────────┘
 */
import { isObject, shown, textOf } from './json-reading.ts'
import { ApiRefusal } from './platform-api.ts'
import type { ApiPage, PlatformApi } from './platform-api.ts'
import { instantOf } from './platform-threads.ts'
import type { ImportTarget, SourceStep, ThreadSource } from './source.ts'

export interface ApiSourceOptions {
  api: PlatformApi
  /** Only this user's threads. Null: all. */
  user: string | null
  /** Where an earlier copying was broken off. */
  place: string | null
}

/** How many threads are asked for their items at once. */
const aheadMax = 4
/** After so many threads in a row whose items cannot be read, it is not the threads. */
const failuresInARowMax = 3
/** How often the list is begun anew because the thread that it was to go on behind is gone. */
const restartsMax = 20

export function createApiSource(options: ApiSourceOptions): ThreadSource {
  return {
    async *steps(target, signal) {
      const reading: Reading = { ...options, target, signal, failuresInARow: 0 }
      const fractionOf = await timeSpan(reading)
      let after = options.place
      let restarts = 0
      for (;;) {
        const page = await threadsBehind(reading, after)
        if (page === null) {
          restarts += 1
          if (restarts > restartsMax) throw goneTooOften()
          after = null
          continue
        }
        for await (const first of ahead(page.data, aheadMax, (thread) => firstItems(reading, thread))) {
          yield* stepsOf(reading, first, fractionOf)
        }
        yield { kind: 'place', place: page.next }
        if (page.next === null) return
        after = page.next
      }
    },
  }
}

interface Reading extends ApiSourceOptions {
  target: Pick<ImportTarget, 'standing'>
  signal: AbortSignal
  failuresInARow: number
}

/** Null when the thread that it begins behind is no longer there. */
async function threadsBehind({ api, user, signal }: Reading, after: string | null): Promise<ApiPage | null> {
  try {
    return await api.threads({ order: 'asc', limit: api.pageSize, after, user }, signal)
  } catch (error) {
    if (after !== null && isMissing(error)) return null
    throw error
  }
}

interface FirstItems {
  thread: unknown
  /** What came of asking for them. */
  outcome: { page: ApiPage } | { error: ApiRefusal } | 'skip' | 'nameless'
}

async function firstItems(reading: Reading, thread: unknown): Promise<FirstItems> {
  const standing = await reading.target.standing(thread)
  if (standing === 'skip') return { thread, outcome: 'skip' }
  const id = idOf(thread)
  if (id === undefined) return { thread, outcome: 'nameless' }
  try {
    return { thread, outcome: { page: await itemsBehind(reading, id, standing.after) } }
  } catch (error) {
    if (!(error instanceof ApiRefusal) || isForAll(error)) throw error
    return { thread, outcome: { error } }
  }
}

/** From the beginning when the item that it was to go on behind is gone: what is known then is not written again. */
async function itemsBehind(
  { api, signal }: Reading,
  threadId: string,
  after: string | null,
): Promise<ApiPage> {
  try {
    return await api.items(threadId, after, signal)
  } catch (error) {
    if (after === null || !isMissing(error)) throw error
    return api.items(threadId, null, signal)
  }
}

async function* stepsOf(
  reading: Reading,
  { thread, outcome }: FirstItems,
  fractionOf: (thread: unknown) => number | null,
): AsyncGenerator<SourceStep> {
  if (outcome === 'skip') return
  if (outcome === 'nameless') {
    yield { kind: 'skipped', what: 'threads without an id' }
    return
  }
  const id = idOf(thread) ?? ''
  if ('error' in outcome) {
    yield stepOfFailure(reading, id, outcome.error)
    return
  }
  reading.failuresInARow = 0
  const progress = fractionOf(thread)
  let { page } = outcome
  for (let isFirst = true; ; isFirst = false) {
    yield { kind: 'part', part: { thread, items: page.data, isFirst }, progress }
    if (page.next === null) return
    try {
      page = await reading.api.items(id, page.next, reading.signal)
    } catch (error) {
      if (!(error instanceof ApiRefusal) || isForAll(error)) throw error
      yield stepOfFailure(reading, id, error)
      return
    }
  }
}

function stepOfFailure(reading: Reading, id: string, error: ApiRefusal): SourceStep {
  if (error.status === 404) return { kind: 'skipped', what: 'threads that were deleted there meanwhile' }
  reading.failuresInARow += 1
  if (reading.failuresInARow >= failuresInARowMax) throw error
  return { kind: 'failed', sentence: `Thread ${shown(id)} could not be read: ${error.message}` }
}

/** The key, the limits and the line are the same for every thread. */
function isForAll({ status }: ApiRefusal): boolean {
  return status === null || status === 401 || status === 403 || status === 429
}

/** What is asked for behind something that is gone. */
function isMissing(error: unknown): boolean {
  return error instanceof ApiRefusal && (error.status === 404 || error.status === 400)
}

function goneTooOften(): ApiRefusal {
  return new ApiRefusal(404, 'The list of threads changes too fast to be read. Try again.')
}

function idOf(thread: unknown): string | undefined {
  return isObject(thread) ? textOf(thread['id']) : undefined
}

/** How far one has come is known by the time: the list does not say how long it is. */
async function timeSpan({ api, user, signal }: Reading): Promise<(thread: unknown) => number | null> {
  const edge = async (order: 'asc' | 'desc'): Promise<number | null> => {
    const { data } = await api.threads({ order, limit: 1, after: null, user }, signal)
    return createdAt(data[0])
  }
  const [first, last] = [await edge('asc'), await edge('desc')]
  return (thread) => {
    const at = createdAt(thread)
    if (first === null || last === null || at === null) return null
    return last <= first ? 1 : Math.min(1, Math.max(0, (at - first) / (last - first)))
  }
}

function createdAt(thread: unknown): number | null {
  return instantOf(isObject(thread) ? thread['created_at'] : undefined)?.getTime() ?? null
}

/** The results in the order of what they are made of, a few of which are worked on at once. */
export async function* ahead<Given, Result>(
  given: readonly Given[],
  atOnceMax: number,
  work: (each: Given) => Promise<Result>,
): AsyncGenerator<Result> {
  const waiting: Promise<Result>[] = []
  for (const each of given) {
    const result = work(each)
    // Whoever stops at an earlier one does not hear of this one.
    result.catch(() => {})
    waiting.push(result)
    const oldest = waiting.length < atOnceMax ? undefined : waiting.shift()
    if (oldest !== undefined) yield await oldest
  }
  for (const result of waiting) yield await result
}
