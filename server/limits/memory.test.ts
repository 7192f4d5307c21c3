import { expect, test } from 'vitest'
import { createKey, createPlace, createWindow, demandOf, limitContract } from '../storage/contract-limits.ts'
import { createMemoryLimits } from './memory.ts'
import type { MemoryLimits } from './memory.ts'

limitContract('memory', async () => {
  let kept: { store: MemoryLimits } | undefined
  return {
    runs: 200,
    // Without a clock of the test's own, both stores that a test wants are the one of this process.
    create: async (now) =>
      now === undefined ? (kept ??= { store: createMemoryLimits() }).store : createMemoryLimits({ now }),
    close: async () => {},
  }
})

test('[LIMIT-7] however many ask, only so many are remembered, and who asks often is not forgotten', async () => {
  const store = createMemoryLimits({ now: () => 0, keysMax: 100 })
  const [busy, window] = [createWindow(3, 60), createWindow(3, 60)]
  for (let stranger = 0; stranger < 5_000; stranger += 1) {
    await store.admit(demandOf([{ ...window, key: createKey() }]))
    if (stranger % 50 === 0) await store.admit(demandOf([busy]))
  }
  expect(store.size().windows).toBe(100)
  expect(await store.admit(demandOf([busy]))).toMatchObject({ admitted: false, windows: [{ used: 3 }] })
})

test('[LIMIT-7] a refused request is not remembered, and what is swept takes no room', async () => {
  let now = 0
  const store = createMemoryLimits({ now: () => now })
  const [full, place] = [createWindow(1, 60), createPlace(1)]
  await store.admit(demandOf([full], [place]))
  await store.admit(demandOf([full, createWindow(1, 60)], [createPlace(1)]))
  expect(store.size()).toEqual({ windows: 1, leases: 1 })
  now = 61_000
  await store.sweep()
  expect(store.size()).toEqual({ windows: 0, leases: 0 })
})
