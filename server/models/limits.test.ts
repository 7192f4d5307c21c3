/** The wrappers: time limits, retry, output limit. */
import { describe, expect, test } from 'vitest'
import { ParleyError } from '../conversation/errors.ts'
import type { Model, ModelEvent, ModelRequest } from '../conversation/model.ts'
import { withOutputLimit } from './output-limit.ts'
import { type RetryOptions, withRetry } from './retry.ts'
import { sleep } from './sleep.ts'
import { withTimeLimits } from './time-limits.ts'
import { modelError } from './upstream-errors.ts'

const request: ModelRequest = { messages: [], tools: [] }
const delta = (text: string): ModelEvent => ({ type: 'text-delta', text })
const end: ModelEvent = { type: 'end', reason: 'stop' }

type Attempt = (signal: AbortSignal) => AsyncGenerator<ModelEvent>

/** A model that makes one of these attempts per request. */
function modelOf(...attempts: Attempt[]): Model & { asked: number } {
  return {
    name: 'scripted',
    asked: 0,
    stream(_request, signal) {
      const attempt = attempts[this.asked] ?? attempts.at(-1)
      this.asked += 1
      if (!attempt) throw new Error('no attempt left')
      return attempt(signal)
    },
  }
}

async function* says(...events: (ModelEvent | Error)[]): AsyncGenerator<ModelEvent> {
  for (const event of events) {
    if (event instanceof Error) throw event
    yield await Promise.resolve(event)
  }
}

async function read(model: Model, signal = new AbortController().signal): Promise<[ModelEvent[], unknown]> {
  const events: ModelEvent[] = []
  try {
    for await (const event of model.stream(request, signal)) events.push(event)
  } catch (error) {
    return [events, error]
  }
  return [events, undefined]
}

describe('time limits', () => {
  const never: Attempt = async function* () {
    await new Promise(() => {})
    yield end
  }

  test('[MODEL-13] no first event in time is model_timeout, and the model is told to stop', async () => {
    let told: unknown
    const model = modelOf(async function* (signal) {
      yield* never(signal)
    })
    const listening: Model = {
      name: 'listening',
      stream(asked, signal) {
        signal.addEventListener('abort', () => (told = signal.reason))
        return model.stream(asked, signal)
      },
    }
    const [events, error] = await read(withTimeLimits(listening, { firstTokenSecondsMax: 0.02 }))
    expect(events).toEqual([])
    expect(error).toMatchObject({ code: 'model_timeout', retryable: true })
    expect(told).toBe(error)
  })

  test('[MODEL-13] silence after the first event is model_timeout; what came stays', async () => {
    const model = modelOf(async function* (signal) {
      yield delta('a')
      yield* never(signal)
    })
    const [events, error] = await read(
      withTimeLimits(model, { firstTokenSecondsMax: 60, silenceSecondsMax: 0.02 }),
    )
    expect(events).toEqual([delta('a')])
    expect(error).toMatchObject({ code: 'model_timeout' })
  })

  test('[MODEL-13] an answer in time passes, the time of a slow reader does not count', async () => {
    const model = withTimeLimits(
      modelOf(() => says(delta('a'), delta('b'), end)),
      { silenceSecondsMax: 0.02 },
    )
    const events: ModelEvent[] = []
    for await (const event of model.stream(request, new AbortController().signal)) {
      events.push(event)
      await sleep(0.05, new AbortController().signal)
    }
    expect(events).toHaveLength(3)
  })

  test('[MODEL-13] an abort ends the waiting at once, with its reason', async () => {
    const stop = new AbortController()
    const reading = read(withTimeLimits(modelOf(never)), stop.signal)
    const reason = new Error('stopped')
    stop.abort(reason)
    expect((await reading)[1]).toBe(reason)
    expect((await read(withTimeLimits(modelOf(never)), stop.signal))[1]).toBe(reason)
  })

  test('[MODEL-13] when the reader leaves, the source stops', async () => {
    let hasStopped = false
    const model = modelOf(async function* () {
      try {
        for (;;) yield delta('a')
      } finally {
        hasStopped = true
      }
    })
    for await (const event of withTimeLimits(model).stream(request, new AbortController().signal)) {
      expect(event).toEqual(delta('a'))
      break
    }
    await Promise.resolve()
    expect(hasStopped).toBe(true)
  })
})

describe('retry', () => {
  const pauses: number[] = []
  const options: RetryOptions = {
    random: () => 1,
    pause: (seconds) => {
      pauses.push(seconds)
      return Promise.resolve()
    },
  }
  async function retried(
    attempts: Attempt[],
    more: RetryOptions = {},
  ): Promise<[number, ModelEvent[], unknown, number[]]> {
    pauses.length = 0
    const model = modelOf(...attempts)
    const [events, error] = await read(withRetry(model, { ...options, ...more }))
    return [model.asked, events, error, [...pauses]]
  }

  test('[MODEL-14] asks again after a failure before the first event, with growing pauses', async () => {
    const fails: Attempt = () => says(modelError('model_unavailable'))
    expect(await retried([fails, fails, () => says(delta('a'), end)])).toEqual([
      3,
      [delta('a'), end],
      undefined,
      [0.5, 1],
    ])
    const [asked, events, error] = await retried([fails])
    expect([asked, events]).toEqual([3, []])
    expect(error).toMatchObject({ code: 'model_unavailable' })
  })

  test('[MODEL-14] never asks again after the first event', async () => {
    const [asked, events, error] = await retried([() => says(delta('a'), modelError('model_cut_off'))])
    expect([asked, events]).toEqual([1, [delta('a')]])
    expect(error).toMatchObject({ code: 'model_cut_off' })
  })

  test('[MODEL-14] asks again only where that can help', async () => {
    for (const error of [
      modelError('model_authentication'),
      modelError('model_bad_request'),
      modelError('model_timeout'),
      modelError('model_rate_limited', undefined, { retryable: false }),
      new Error('ours'),
    ]) {
      expect(await retried([() => says(error)])).toEqual([1, [], error, []])
    }
  })

  test('[MODEL-14] waits as long as the upstream asks, and not at all when it asks for too long', async () => {
    const limited =
      (retryAfterSeconds: number): Attempt =>
      () =>
        says(modelError('model_rate_limited', undefined, { retryAfterSeconds }))
    expect((await retried([limited(7), () => says(end)]))[3]).toEqual([7])
    const [asked, , error] = await retried([limited(21)])
    expect(asked).toBe(1)
    expect(error).toBeInstanceOf(ParleyError)
  })

  test('[MODEL-14] an abort ends the pause', async () => {
    const stop = new AbortController()
    const reason = new Error('stopped')
    const model = modelOf(() => {
      setTimeout(() => stop.abort(reason), 10)
      return says(modelError('model_unavailable'))
    })
    expect((await read(withRetry(model, { pauseSeconds: 1000 }), stop.signal))[1]).toBe(reason)
    expect(model.asked).toBe(1)
  })
})

describe('output limit', () => {
  test('[MODEL-15] CVE-2026-8769: an endless answer ends with model_limit, after as much as fits and no half character', async () => {
    const endless: Attempt = async function* () {
      for (;;) yield delta('aé')
    }
    const [events, error] = await read(withOutputLimit(modelOf(endless), { outputBytesMax: 8 }))
    expect(events).toEqual([delta('aé'), delta('aé'), delta('a')])
    expect(error).toMatchObject({ code: 'model_limit', retryable: true })
  })

  test('[MODEL-15] thoughts and tool arguments count, half a tool call is none', async () => {
    const call: ModelEvent = { type: 'tool-call', call: { callId: 'a', name: 'b', arguments: '{"a":1}' } }
    const thought: ModelEvent = { type: 'reasoning-delta', text: 'abc' }
    const answer: Attempt = () => says(thought, call, end)
    expect(await read(withOutputLimit(modelOf(answer), { outputBytesMax: 10 }))).toEqual([
      [thought, call, end],
      undefined,
    ])
    const [events, error] = await read(withOutputLimit(modelOf(answer), { outputBytesMax: 9 }))
    expect(events).toEqual([thought])
    expect(error).toMatchObject({ code: 'model_limit' })
  })
})
