import { expect, test } from 'vitest'
import { createPacer } from './pacer.ts'

test('[BENCH-7] one pacer serves many streams to their ends, each as often as it wants, and begins again after a pause', async () => {
  const pacer = createPacer()
  const served = Array.from({ length: 50 }, () => 0)
  const serve = (index: number, times: number): Promise<void> =>
    new Promise((resolve) => {
      let left = times
      const next = (): number | null => {
        served[index] = (served[index] ?? 0) + 1
        left -= 1
        if (left === 0) resolve()
        return left === 0 ? null : index % 4
      }
      pacer.add({ next }, index % 3)
    })
  await Promise.all(served.map((_, index) => serve(index, index + 1)))
  expect(served).toEqual(served.map((_, index) => index + 1))
  await new Promise((resolve) => setTimeout(resolve, 20))
  await serve(0, 2)
  expect(served[0]).toBe(3)
})
