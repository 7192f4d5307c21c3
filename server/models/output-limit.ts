import { createStream, leaveSource } from '../conversation/event-streams.ts'
import type { Model, ModelEvent } from '../conversation/model.ts'
import { modelError } from './upstream-errors.ts'

export interface OutputLimit {
  /** Text, reasoning and tool arguments of one answer together, as UTF-8. Default 4 MiB. */
  outputBytesMax?: number
}

/** Ends an answer that does not end, with `model_limit`, after what fits. */
export function withOutputLimit(model: Model, limit: OutputLimit = {}): Model {
  const { outputBytesMax = 4 * 1024 * 1024 } = limit
  return {
    name: model.name,
    stream(request, signal) {
      const source = model.stream(request, signal)[Symbol.asyncIterator]()
      return cutAt(source, outputBytesMax)
    },
  }
}

function cutAt(source: AsyncIterator<ModelEvent>, bytesMax: number): AsyncIterable<ModelEvent> {
  let left = bytesMax
  let isFull = false
  const leave = (): void => leaveSource(source)

  function tooMuch(): Error {
    leave()
    return modelError('model_limit', new Error(`more than ${bytesMax} bytes (outputBytesMax)`))
  }

  function cut(result: IteratorResult<ModelEvent>): IteratorResult<ModelEvent> {
    if (result.done === true) return result
    const bytes = Buffer.byteLength(contentOf(result.value))
    if (bytes > left) {
      isFull = true
      const fitting = fit(result.value, left)
      if (!fitting) throw tooMuch()
      return { done: false, value: fitting }
    }
    left -= bytes
    return result
  }

  return createStream(() => (isFull ? Promise.reject(tooMuch()) : source.next().then(cut)), leave)
}

function contentOf(event: ModelEvent): string {
  if (event.type === 'text-delta' || event.type === 'reasoning-delta') return event.text
  return event.type === 'tool-call' ? event.call.arguments : ''
}

/** The beginning of a delta, without a character cut in half; half a tool call is none. */
function fit(event: ModelEvent, bytes: number): ModelEvent | undefined {
  if (event.type !== 'text-delta' && event.type !== 'reasoning-delta') return undefined
  const text = new TextDecoder().decode(Buffer.from(event.text).subarray(0, bytes), { stream: true })
  return text === '' ? undefined : { ...event, text }
}
