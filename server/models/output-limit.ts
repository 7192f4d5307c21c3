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
    async *stream(request, signal) {
      let left = outputBytesMax
      for await (const event of model.stream(request, signal)) {
        const bytes = Buffer.byteLength(contentOf(event))
        if (bytes > left) {
          const fitting = fit(event, left)
          if (fitting) yield fitting
          throw modelError('model_limit', new Error(`more than ${outputBytesMax} bytes (outputBytesMax)`))
        }
        left -= bytes
        yield event
      }
    },
  }
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
