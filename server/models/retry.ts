import { type ErrorCode, ParleyError } from '../conversation/errors.ts'
import { createStream, leaveSource } from '../conversation/event-streams.ts'
import type { Model, ModelEvent } from '../conversation/model.ts'
import { sleep } from './sleep.ts'

export interface RetryOptions {
  /** Attempts in all. Default 3. */
  attemptsMax?: number
  /** The first pause, doubled with every further one. Default 0.5. Each pause is between half of that and all of it. */
  pauseSeconds?: number
  /** The upstream may ask for a pause of so many seconds; when it asks for more, the error goes to the reader. Default 20. */
  retryAfterSecondsMax?: number
  /** Waits, or rejects with the signal's reason. Default: a timer. */
  pause?(seconds: number, signal: AbortSignal): Promise<void>
  /** From 0 to 1. */
  random?(): number
}

/** A timeout is not among them: the reader has waited long enough. */
const worthRetrying: ReadonlySet<ErrorCode> = new Set([
  'model_unavailable',
  'model_rate_limited',
  'model_cut_off',
])

/** Asks again, but only as long as nothing has reached the reader: two answers are never joined. */
export function withRetry(model: Model, options: RetryOptions = {}): Model {
  return {
    name: model.name,
    stream(request, signal) {
      const open = (): AsyncIterator<ModelEvent> => model.stream(request, signal)[Symbol.asyncIterator]()
      return retried(open, signal, options)
    },
  }
}

function retried(
  open: () => AsyncIterator<ModelEvent>,
  signal: AbortSignal,
  options: RetryOptions,
): AsyncIterable<ModelEvent> {
  const { attemptsMax = 3, pause = sleep } = options
  let source: AsyncIterator<ModelEvent> | undefined
  let hasBegun = false

  async function first(): Promise<IteratorResult<ModelEvent>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        source = open()
        const result = await source.next()
        hasBegun = true
        return result
      } catch (error) {
        const seconds = pauseBefore(attempt + 1, error, options)
        if (attempt >= attemptsMax || signal.aborted || seconds === undefined) throw error
        await pause(seconds, signal)
      }
    }
  }

  return createStream(
    () => (source !== undefined && hasBegun ? source.next() : first()),
    () => {
      if (source !== undefined) leaveSource(source)
    },
  )
}

/** How long to wait before the attempt; undefined when there should be none. */
function pauseBefore(attempt: number, error: unknown, options: RetryOptions): number | undefined {
  const { pauseSeconds = 0.5, retryAfterSecondsMax = 20, random = Math.random } = options
  if (!(error instanceof ParleyError) || !error.retryable || !worthRetrying.has(error.code)) return undefined
  const asked = error.retryAfterSeconds ?? 0
  if (asked > retryAfterSecondsMax) return undefined
  const longest = pauseSeconds * 2 ** (attempt - 2)
  return Math.max(asked, longest * (0.5 + random() / 2))
}
