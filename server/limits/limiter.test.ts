import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createLimiter, createLocalLimiter } from './limiter.ts'
import { LimitError } from './limits.ts'
import type { Lease, Limit, LimitStore } from './limits.ts'
import { createMemoryLimits } from './memory.ts'

const key = new Uint8Array(32).fill(1)
const minute = { name: 'minute', subject: 'a', requestsMax: 2, windowSeconds: 60 }
const atOnce = { name: 'at-once', subject: 'a', concurrentMax: 1 }

/** A store in memory that can be taken away, and that tells what it was asked. */
function createFrailStore() {
  const memory = createMemoryLimits()
  const asked: { method: string; leases: number }[] = []
  let mood: 'well' | 'failing' | 'silent' = 'well'
  let thaw: (() => void)[] = []

  async function suffer<Result>(
    method: string,
    leases: number,
    work: () => Promise<Result>,
  ): Promise<Result> {
    asked.push({ method, leases })
    if (mood === 'failing') throw new Error('connection refused')
    if (mood === 'silent') await new Promise<void>((resolve) => thaw.push(resolve))
    return work()
  }

  const store: LimitStore = {
    admit: (demand) => suffer('admit', demand.places.length, () => memory.admit(demand)),
    renew: (leases: readonly Lease[], milliseconds) =>
      suffer('renew', leases.length, () => memory.renew(leases, milliseconds)),
    release: (leases) => suffer('release', leases.length, () => memory.release(leases)),
    sweep: () => suffer('sweep', 0, memory.sweep),
    close: memory.close,
  }
  return {
    store,
    memory,
    asked,
    become(next: typeof mood) {
      mood = next
      for (const wake of thaw) wake()
      thaw = []
    },
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Until what was begun is done: nothing here waits for more than promises. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

describe('createLimiter', () => {
  test('[LIMIT-6] who waits for as long as a refusal says is admitted, and who comes a second earlier is not', async () => {
    const limiter = createLimiter({ store: createMemoryLimits(), key })
    vi.advanceTimersByTime(12_345)
    const [first, second] = [await limiter.admit([minute]), await limiter.admit([minute])]
    expect([first, second]).toMatchObject([
      { admitted: true, states: [{ remaining: 1, retryAfterSeconds: 0 }] },
      { admitted: true, states: [{ remaining: 0, retryAfterSeconds: 0 }] },
    ])
    const refused = await limiter.admit([minute])
    expect(refused).toMatchObject({
      admitted: false,
      reason: 'limited',
      states: [{ remaining: 0, requestsMax: 2 }],
    })
    if (refused.admitted) throw new Error('unreachable')
    vi.advanceTimersByTime((refused.retryAfterSeconds - 1) * 1_000)
    expect(await limiter.admit([minute])).toMatchObject({ admitted: false, retryAfterSeconds: 1 })
    vi.advanceTimersByTime(1_000)
    expect(await limiter.admit([minute])).toMatchObject({ admitted: true })
    await limiter.close()
  })

  test('[LIMIT-6] only the limit that stands in the way says to wait', async () => {
    const limiter = createLimiter({ store: createMemoryLimits(), key })
    const admitted = await limiter.admit([minute, atOnce])
    expect(await limiter.admit([atOnce, minute])).toMatchObject({
      admitted: false,
      retryAfterSeconds: 1,
      states: [
        { name: 'at-once', remaining: 0, retryAfterSeconds: 1, resetSeconds: null, windowSeconds: null },
        { name: 'minute', remaining: 1, retryAfterSeconds: 0, windowSeconds: 60 },
      ],
    })
    admitted.release()
    await settled()
    expect(await limiter.admit([atOnce, minute])).toMatchObject({ admitted: true })
    await limiter.close()
  })

  test('[LIMIT-4] releasing twice, and releasing a refusal, is nothing', async () => {
    const frail = createFrailStore()
    const limiter = createLimiter({ store: frail.store, key })
    const [held, refused] = [await limiter.admit([atOnce]), await limiter.admit([atOnce])]
    refused.release()
    held.release()
    held.release()
    await settled()
    held.release()
    await settled()
    expect(frail.asked.filter(({ method }) => method === 'release')).toEqual([
      { method: 'release', leases: 1 },
    ])
    await limiter.close()
  })

  test('[LIMIT-5] what is held is renewed together for as long as it is held, and what ends together is given back together', async () => {
    const frail = createFrailStore()
    const limiter = createLimiter({ store: frail.store, key, leaseSeconds: 30 })
    const many = { ...atOnce, concurrentMax: 5 }
    const held = await Promise.all(Array.from({ length: 5 }, () => limiter.admit([many])))
    for (let third = 1; third <= 9; third += 1) {
      vi.advanceTimersByTime(10_000)
      await settled()
    }
    expect(frail.asked.filter(({ method }) => method === 'renew')).toEqual(
      Array.from({ length: 9 }, () => ({ method: 'renew', leases: 5 })),
    )
    expect(await limiter.admit([many])).toMatchObject({ admitted: false })
    for (const each of held) each.release()
    await settled()
    expect(frail.asked.filter(({ method }) => method === 'release')).toEqual([
      { method: 'release', leases: 5 },
    ])
    expect(frail.memory.size().leases).toBe(0)
    await limiter.close()
  })

  test('[LIMIT-5] a place that is given back while it is renewed stays given back', async () => {
    const frail = createFrailStore()
    const limiter = createLimiter({ store: frail.store, key, leaseSeconds: 30 })
    const held = await limiter.admit([atOnce])
    frail.become('silent')
    vi.advanceTimersByTime(10_000)
    await settled()
    held.release()
    await settled()
    frail.become('well')
    await settled()
    expect(frail.memory.size().leases).toBe(0)
    await limiter.close()
  })

  test('[LIMIT-4] closing gives back what is still held', async () => {
    const frail = createFrailStore()
    const limiter = createLimiter({ store: frail.store, key })
    await limiter.admit([{ ...atOnce, concurrentMax: 2 }])
    await limiter.admit([{ ...atOnce, concurrentMax: 2 }])
    await limiter.close()
    expect(frail.memory.size().leases).toBe(0)
  })

  test('[LIMIT-16] one that counts in this process alone admits all or none, gives places back and forgets', async () => {
    const limiter = createLocalLimiter()
    const other = { ...minute, subject: 'b' }
    const first = await limiter.admit([minute, atOnce])
    expect(first).toMatchObject({ admitted: true, states: [{ remaining: 1 }, { remaining: 0 }] })
    expect(await limiter.admit([minute, atOnce])).toMatchObject({
      admitted: false,
      states: [{ remaining: 1 }, { retryAfterSeconds: 1 }],
    })
    await vi.advanceTimersByTimeAsync(59_000)
    expect((await limiter.admit([atOnce])).admitted).toBe(false)
    first.release()
    await vi.advanceTimersByTimeAsync(0)
    expect((await limiter.admit([minute, atOnce])).admitted).toBe(true)
    expect(await limiter.admit([minute])).toMatchObject({ admitted: false })
    expect(await limiter.admit([other])).toMatchObject({ admitted: true })
    await vi.advanceTimersByTimeAsync(62_000)
    expect(await limiter.admit([minute])).toMatchObject({ admitted: true })
    await limiter.close()
  })

  test('[LIMIT-1] limits that make no sense are refused as the mistake that they are', async () => {
    const limiter = createLimiter({ store: createMemoryLimits(), key })
    const wrong: Limit[][] = [
      [{ ...minute, name: 'Per minute' }],
      [{ ...minute, name: '' }],
      [{ ...minute, requestsMax: 0 }],
      [{ ...minute, windowSeconds: 0.5 }],
      [{ ...atOnce, concurrentMax: Number.NaN }],
      [minute, { ...minute, windowSeconds: 3_600 }],
    ]
    for (const limits of wrong) await expect(limiter.admit(limits)).rejects.toThrow(/limit/)
    expect(() => createLimiter({ store: createMemoryLimits(), key: key.slice(1) })).toThrow('keyBytesMin')
    expect(await limiter.admit([])).toMatchObject({ admitted: true, states: [] })
    await limiter.close()
  })
})

describe('a store that is away', () => {
  const secret: Limit = {
    name: 'sign-in',
    subject: 'a',
    requestsMax: 5,
    windowSeconds: 60,
    whenAway: 'refuse',
  }

  test('[LIMIT-8] when it fails the process counts by itself, and a limit that says so refuses', async () => {
    const frail = createFrailStore()
    const changes: unknown[] = []
    const limiter = createLimiter({ store: frail.store, key, onStoreChange: (error) => changes.push(error) })
    await limiter.admit([minute])
    frail.become('failing')
    expect(await limiter.admit([minute, atOnce])).toMatchObject({
      admitted: true,
      states: [{ remaining: 1 }, {}],
    })
    expect(await limiter.admit([minute, atOnce])).toMatchObject({ admitted: false, reason: 'limited' })
    const refused = await limiter.admit([minute, secret])
    expect(refused).toMatchObject({
      admitted: false,
      reason: 'unavailable',
      states: [],
      retryAfterSeconds: 1,
    })
    if (refused.admitted) throw new Error('unreachable')
    expect(new LimitError(refused)).toMatchObject({ code: 'unavailable' })
    expect(changes).toEqual([new Error('connection refused')])
    await limiter.close()
  })

  test('[LIMIT-8] when it is silent nobody waits longer than the limit, nor does everybody wait', async () => {
    const frail = createFrailStore()
    const limiter = createLimiter({ store: frail.store, key, storeMillisecondsMax: 500 })
    frail.become('silent')
    const waiting = limiter.admit([minute])
    await settled()
    vi.advanceTimersByTime(500)
    expect(await waiting).toMatchObject({ admitted: true })
    for (let request = 0; request < 10; request += 1) await limiter.admit([minute])
    expect(frail.asked).toHaveLength(1)
    await limiter.close()
  })

  test('[LIMIT-8] closing does not wait for it either', async () => {
    const frail = createFrailStore()
    const limiter = createLimiter({ store: frail.store, key, storeMillisecondsMax: 500 })
    await limiter.admit([atOnce])
    frail.become('silent')
    const closing = limiter.close()
    await settled()
    vi.advanceTimersByTime(500)
    await closing
    expect(frail.asked.at(-1)).toEqual({ method: 'release', leases: 1 })
  })

  test('[LIMIT-8] while it is away one request a second tries it, and when it answers it counts again', async () => {
    const frail = createFrailStore()
    const changes: unknown[] = []
    const limiter = createLimiter({ store: frail.store, key, onStoreChange: (error) => changes.push(error) })
    frail.become('failing')
    for (let second = 0; second < 5; second += 1) {
      for (let request = 0; request < 3; request += 1) await limiter.admit([{ ...minute, requestsMax: 100 }])
      vi.advanceTimersByTime(1_000)
    }
    expect(frail.asked).toHaveLength(5)
    frail.become('well')
    expect(await limiter.admit([minute])).toMatchObject({ states: [{ remaining: 1 }] })
    expect(frail.memory.size().windows).toBe(1)
    expect(changes).toEqual([new Error('connection refused'), null])
    await limiter.close()
  })

  test('[LIMIT-8] a place that comes after nobody waits for it any more is given back', async () => {
    const frail = createFrailStore()
    const limiter = createLimiter({ store: frail.store, key, storeMillisecondsMax: 500 })
    frail.become('silent')
    const waiting = limiter.admit([atOnce])
    await settled()
    vi.advanceTimersByTime(500)
    await waiting
    frail.become('well')
    await settled()
    expect(frail.asked.map(({ method }) => method)).toEqual(['admit', 'release'])
    expect(frail.memory.size().leases).toBe(0)
    await limiter.close()
  })

  test('[LIMIT-8] places that were given out meanwhile are renewed and given back in this process', async () => {
    const frail = createFrailStore()
    const limiter = createLimiter({ store: frail.store, key, leaseSeconds: 30 })
    frail.become('failing')
    const held = await limiter.admit([atOnce])
    vi.advanceTimersByTime(120_000)
    await settled()
    expect(await limiter.admit([atOnce])).toMatchObject({ admitted: false })
    held.release()
    await settled()
    expect(await limiter.admit([atOnce])).toMatchObject({ admitted: true })
    await limiter.close()
  })
})
