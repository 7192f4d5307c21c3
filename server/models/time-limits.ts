import type { Model, ModelEvent } from '../conversation/model.ts'
import { modelError } from './upstream-errors.ts'

export interface TimeLimits {
  /** From the request to the first event. Default 60. */
  firstTokenSecondsMax?: number
  /** From one event to the next. Default 60. The time that the reader takes does not count. */
  silenceSecondsMax?: number
}

/** Ends a model that does not answer, or falls silent, with `model_timeout`; its connection is closed. */
export function withTimeLimits(model: Model, limits: TimeLimits = {}): Model {
  const { firstTokenSecondsMax = 60, silenceSecondsMax = 60 } = limits
  return {
    name: model.name,
    async *stream(request, signal) {
      const stop = new AbortController()
      const onAbort = (): void => stop.abort(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
      const source = model.stream(request, stop.signal)[Symbol.asyncIterator]()
      const stopped = rejectsOnAbort(stop.signal)
      try {
        let secondsMax = firstTokenSecondsMax
        let limit = 'firstTokenSecondsMax'
        for (;;) {
          const error = modelError('model_timeout', new Error(`nothing for ${secondsMax} s (${limit})`))
          const timer = setTimeout(() => stop.abort(error), secondsMax * 1000)
          const next = await Promise.race([source.next(), stopped]).finally(() => clearTimeout(timer))
          if (next.done === true) return
          yield next.value
          secondsMax = silenceSecondsMax
          limit = 'silenceSecondsMax'
        }
      } finally {
        signal.removeEventListener('abort', onAbort)
        stop.abort(new Error('nobody reads any more'))
        letGo(source)
      }
    },
  }
}

/** A source that hangs is not waited for. */
function rejectsOnAbort(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    if (signal.aborted) reject(signal.reason as Error)
  })
  promise.catch(() => {})
  return promise
}

function letGo(source: AsyncIterator<ModelEvent>): void {
  void source.return?.().catch(() => {
    // Its failure has been replaced by ours.
  })
}
