import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { untilLoaded } from './until-loaded.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function scene(failures: number): {
  count: () => number
  gone: AbortController
  wake: EventTarget
  loading: Promise<void>
} {
  let count = 0
  const gone = new AbortController()
  const wake = new EventTarget()
  const load = async (): Promise<void> => {
    count += 1
    if (count <= failures) throw new TypeError('Failed to fetch')
  }
  return { count: () => count, gone, wake, loading: untilLoaded(load, gone.signal, wake) }
}

describe('a part that cannot be loaded', () => {
  it('[ELEMENT-31] is tried again after 1, 5 and 15 seconds, then every 30, until it is there', async () => {
    const { count, loading } = scene(5)
    for (const seconds of [1, 5, 15, 30, 30]) {
      const before = count()
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 1)
      expect(count()).toBe(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(count()).toBe(before + 1)
    }
    await loading
    await vi.advanceTimersByTimeAsync(60_000)
    expect(count()).toBe(6)
  })

  it('[ELEMENT-31] is tried at once when the network is back', async () => {
    const { count, wake, loading } = scene(1)
    await vi.advanceTimersByTimeAsync(0)
    expect(count()).toBe(1)
    wake.dispatchEvent(new Event('online'))
    await loading
    expect(count()).toBe(2)
  })

  it('[ELEMENT-31] is not tried any more when its place is gone', async () => {
    const { count, gone, loading } = scene(9)
    await vi.advanceTimersByTimeAsync(1000)
    gone.abort()
    await loading
    await vi.advanceTimersByTimeAsync(60_000)
    expect(count()).toBe(2)
  })
})
