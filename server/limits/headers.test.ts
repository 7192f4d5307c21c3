import { describe, expect, test } from 'vitest'
import { limitHeaderNames, limitHeaders } from './headers.ts'
import { createLimiter } from './limiter.ts'
import { LimitError } from './limits.ts'
import type { Admission, Limit } from './limits.ts'
import { createMemoryLimits } from './memory.ts'

const key = new Uint8Array(32).fill(1)
const now = new Date('2026-01-01T00:00:00.400Z')
const nowSeconds = 1_767_225_601

async function admissions(limits: Limit[], count: number): Promise<Admission[]> {
  const limiter = createLimiter({ store: createMemoryLimits({ now: () => 30_000 }), key })
  const all: Admission[] = []
  for (let request = 0; request < count; request += 1) all.push(await limiter.admit(limits))
  await limiter.close()
  return all
}

const minute = { name: 'minute', subject: 'a', requestsMax: 2, windowSeconds: 60 }
const hour = { name: 'hour', subject: 'a', requestsMax: 1_000, windowSeconds: 3_600 }
const atOnce = { name: 'at-once', subject: 'a', concurrentMax: 10 }

describe('limitHeaders', () => {
  test('[LIMIT-12] an answer tells every limit as structured fields, and the tightest window in the older headers', async () => {
    const [first] = await admissions([minute, hour, atOnce], 1)
    if (first === undefined) throw new Error('unreachable')
    expect(limitHeaders(first, now)).toEqual({
      'ratelimit-policy': '"minute";q=2;w=60, "hour";q=1000;w=3600, "at-once";q=10;qu="concurrent-requests"',
      ratelimit: '"minute";r=1;t=61, "hour";r=999;t=3630, "at-once";r=9',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': String(nowSeconds + 61),
    })
  })

  test('[LIMIT-12] a refusal tells when to come back, which is no earlier than more can be had', async () => {
    const refused = (await admissions([minute, hour, atOnce], 3)).at(-1)
    if (refused === undefined) throw new Error('unreachable')
    expect(limitHeaders(refused, now)).toMatchObject({
      ratelimit: '"minute";r=0;t=61, "hour";r=998;t=3630, "at-once";r=8',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(nowSeconds + 61),
      'retry-after': '61',
    })
  })

  test('[LIMIT-12] a limit of requests at once stands alone where there is no window', async () => {
    const [first] = await admissions([atOnce], 1)
    if (first === undefined) throw new Error('unreachable')
    expect(limitHeaders(first, now)).toEqual({
      'ratelimit-policy': '"at-once";q=10;qu="concurrent-requests"',
      ratelimit: '"at-once";r=9',
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '9',
    })
  })

  test('[LIMIT-12] nothing is told where nothing is limited, and every header that is sent has a name for CORS', async () => {
    const [free] = await admissions([], 1)
    if (free === undefined) throw new Error('unreachable')
    expect(limitHeaders(free, now)).toEqual({})
    const refused = (await admissions([minute], 3)).at(-1)
    if (refused === undefined) throw new Error('unreachable')
    const sent = Object.keys(limitHeaders(refused, now)).toSorted()
    expect(sent).toEqual(limitHeaderNames.map((name) => name.toLowerCase()).toSorted())
  })

  test('[LIMIT-12] a refusal as an error has a code, names the limit and says when to come back', async () => {
    const refused = (await admissions([minute, hour], 3)).at(-1)
    if (refused?.admitted !== false) throw new Error('unreachable')
    const error = new LimitError(refused)
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 61, states: refused.states })
    expect(error.message).toBe('Too many requests (minute). Try again in 61 seconds.')
  })
})
