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
      const next = createWait(source, stop)
      try {
        let result = await next(firstTokenSecondsMax, 'firstTokenSecondsMax')
        while (result.done !== true) {
          yield result.value
          result = await next(silenceSecondsMax, 'silenceSecondsMax')
        }
      } finally {
        signal.removeEventListener('abort', onAbort)
        stop.abort(new Error('nobody reads any more'))
        letGo(source)
      }
    },
  }
}

type Wait = (secondsMax: number, limit: string) => Promise<IteratorResult<ModelEvent>>

/** Waits for the next event, the abort or the end of the time, whichever comes first: a source that hangs is left behind. */
function createWait(source: AsyncIterator<ModelEvent>, stop: AbortController): Wait {
  let timer: NodeJS.Timeout | undefined
  let reject: (reason: unknown) => void = () => {}
  stop.signal.addEventListener('abort', () => {
    clearTimeout(timer)
    reject(stop.signal.reason)
  })
  return (secondsMax, limit) =>
    new Promise((resolve, rejectThis) => {
      stop.signal.throwIfAborted()
      reject = rejectThis
      timer = setTimeout(() => {
        stop.abort(modelError('model_timeout', new Error(`nothing for ${secondsMax} s (${limit})`)))
      }, secondsMax * 1000)
      source
        .next()
        .finally(() => clearTimeout(timer))
        .then(resolve, rejectThis)
    })
}

function letGo(source: AsyncIterator<ModelEvent>): void {
  void source.return?.().catch(() => {
    // Its failure has been replaced by ours.
  })
}
