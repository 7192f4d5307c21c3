import { expect, test, vi } from 'vitest'
import type { SweepReport } from './keeper.ts'
import { createSweeper } from './sweeper.ts'

const nothing: SweepReport = { blobs: 0, unclaimed: 0, drafts: 0 }

test('[FILE-13] the sweep begins at once and comes again, one at a time, whatever went wrong', async () => {
  vi.useFakeTimers()
  const told: unknown[] = []
  let sweeps = 0
  let finish: (report: SweepReport) => void = () => {}
  const sweeper = createSweeper({
    keeper: {
      sweep() {
        sweeps += 1
        if (sweeps === 2) return Promise.reject(new Error('the store is away'))
        return new Promise((resolve) => {
          finish = resolve
        })
      },
    },
    secondsBetween: 10,
    onSwept: (report) => told.push(report),
    onFailure: (event) => told.push(event),
  })
  sweeper.start()
  expect(sweeps).toBe(1)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(sweeps).toBe(1)
  finish(nothing)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(sweeps).toBe(3)
  finish({ ...nothing, blobs: 2 })
  await vi.advanceTimersByTimeAsync(0)
  expect(told).toEqual(['sweep-failed', { ...nothing, blobs: 2 }])

  await vi.advanceTimersByTimeAsync(10_000)
  expect(sweeps).toBe(4)
  let isClosed = false
  const closing = sweeper.close().then(() => (isClosed = true))
  await vi.advanceTimersByTimeAsync(50_000)
  expect([sweeps, isClosed]).toEqual([4, false])
  finish(nothing)
  await closing
  vi.useRealTimers()
})
