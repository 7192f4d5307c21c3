import { createStoppable, createStream } from '../conversation/event-streams.ts'
import type { Model, ModelEvent } from '../conversation/model.ts'
import { modelError } from './upstream-errors.ts'

export interface TimeLimits {
  /** From the request to the first event. Default 60. */
  firstTokenSecondsMax?: number
  /** From one event to the next. Default 60. The time that the reader takes does not count. */
  silenceSecondsMax?: number
}

interface Limit {
  name: string
  seconds: number
}

/** Ends a model that does not answer, or falls silent, with `model_timeout`; its connection is closed. */
export function withTimeLimits(model: Model, limits: TimeLimits = {}): Model {
  const first = { name: 'firstTokenSecondsMax', seconds: limits.firstTokenSecondsMax ?? 60 }
  const silence = { name: 'silenceSecondsMax', seconds: limits.silenceSecondsMax ?? 60 }
  return {
    name: model.name,
    stream(request, signal) {
      const stop = new AbortController()
      const source = createStoppable(model.stream(request, stop.signal)[Symbol.asyncIterator](), () => {
        signal.removeEventListener('abort', onAbort)
        alarm.clear()
      })
      const alarm = createAlarm(source, ({ name, seconds }) => {
        end(modelError('model_timeout', new Error(`nothing for ${seconds} s (${name})`)))
      })
      function end(reason: unknown): void {
        stop.abort(reason)
        source.stop(reason)
      }
      function onAbort(): void {
        end(signal.reason)
      }
      signal.addEventListener('abort', onAbort)
      if (signal.aborted) onAbort()
      let limit = first
      function next(): Promise<IteratorResult<ModelEvent>> {
        const result = source.next()
        alarm.begin(limit)
        limit = silence
        return result
      }
      return createStream(next, () => end(new Error('nobody reads any more')))
    },
  }
}

interface Alarm {
  /** The waiting for the source begins. */
  begin(limit: Limit): void
  clear(): void
}

/** Rings when the source has been waited for too long. One timer looks now and then: a timer for each event cost 3 µs. */
function createAlarm(source: { isWaiting(): boolean }, ring: (limit: Limit) => void): Alarm {
  let timer: NodeJS.Timeout | undefined
  let waitingSince = 0
  let limit: Limit

  function look(): void {
    timer = undefined
    if (!source.isWaiting()) return
    const left = waitingSince + limit.seconds * 1000 - performance.now()
    if (left <= 0) ring(limit)
    else timer = setTimeout(look, left)
  }

  return {
    begin(current) {
      if (!source.isWaiting()) return
      waitingSince = performance.now()
      if (timer !== undefined && current === limit) return
      clearTimeout(timer)
      limit = current
      timer = setTimeout(look, limit.seconds * 1000)
    },
    clear() {
      clearTimeout(timer)
    },
  }
}
