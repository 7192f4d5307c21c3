import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countUses, freeAtOf, nextMilliseconds, sliceMilliseconds, standing, withUse } from './window.ts'
import type { Use } from './window.ts'

const windows = fc.integer({ min: 1, max: 86_400 }).map((seconds) => seconds * 1_000)
const moments = fc.integer({ min: 0, max: 2 ** 42 })

test('[LIMIT-3] what is used comes back after the window, and by a slice later at most', () => {
  fc.assert(
    fc.property(moments, windows, (now, windowMilliseconds) => {
      const back = freeAtOf(now, windowMilliseconds)
      expect(back).toBeGreaterThan(now + windowMilliseconds)
      expect(back).toBeLessThanOrEqual(now + windowMilliseconds + sliceMilliseconds(windowMilliseconds))
    }),
  )
})

test('[LIMIT-7] however much is used, 61 entries hold it, and none of it is lost', () => {
  fc.assert(
    fc.property(
      windows,
      fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { maxLength: 400 }),
      (span, steps) => {
        let now = 1_700_000_000_000
        let uses: Use[] = []
        const admitted: number[] = []
        for (const step of steps) {
          now += Math.floor(step * span)
          uses = withUse(standing(uses, now, span), freeAtOf(now, span))
          admitted.push(now)
          expect(uses.length).toBeLessThanOrEqual(61)
          expect(countUses(uses)).toBeGreaterThanOrEqual(admitted.filter((time) => time >= now - span).length)
          expect(nextMilliseconds(uses, now, { requestsMax: 1e9, windowMilliseconds: span })).toBeGreaterThan(
            0,
          )
        }
      },
    ),
    { numRuns: 50 },
  )
})
