/** Running the tools that a model asks for. Nothing that a tool or a model does here ends the answer: the model is told. */
import { ParleyError } from '../conversation/errors.ts'
import type { JsonObject } from '../conversation/items.ts'
import type { ModelToolCall, ServerTool } from '../conversation/model.ts'
import { cleanJson, cleanText, cutText } from '../conversation/text.ts'

export interface ToolLimits {
  /** How long one call may take. Default 30. */
  toolSecondsMax?: number
  /** What is longer of a tool's output is cut, in UTF-16 code units. Default 50,000. */
  toolOutputLengthMax?: number
}

export interface ToolRunner {
  /** The output for the model: JSON, or a plain string. Rejects only with the reason of the aborted signal. */
  run(call: ModelToolCall, signal: AbortSignal): Promise<string>
}

/** `onFailure` hears of errors that are not the model's doing; the model itself is only told that the tool failed. */
export function createToolRunner(
  tools: ServerTool[],
  limits: ToolLimits,
  onFailure: (toolName: string, error: unknown) => void,
): ToolRunner {
  const { toolSecondsMax = 30, toolOutputLengthMax = 50_000 } = limits
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  return {
    async run(call, signal) {
      const tool = byName.get(call.name)
      if (!tool) return toolError(`There is no tool named ${cutText(call.name, 80)}.`)
      const parameters = parseArguments(call.arguments)
      if (!parameters)
        return toolError('The arguments are not a JSON object. Write them again, or answer without the tool.')
      try {
        const output = await withinTime(toolSecondsMax, signal, (limited) => tool.run(parameters, limited))
        const text = typeof output === 'string' ? output : JSON.stringify(output ?? null)
        return shorten(cleanText(text), toolOutputLengthMax)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof ParleyError) return toolError(error.message)
        onFailure(call.name, error)
        return toolError('The tool failed.')
      }
    },
  }
}

/** The arguments as an object; nothing at all counts as none. */
export function parseArguments(written: string): JsonObject | undefined {
  if (written.trim() === '') return {}
  try {
    const value = cleanJson(JSON.parse(written) as unknown)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function toolError(message: string): string {
  return JSON.stringify({ error: message })
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shorten(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${cutText(text, lengthMax)}\n(cut after ${lengthMax} characters)`
}

/** A tool that does not listen to its signal is left behind. */
async function withinTime<Value>(
  secondsMax: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  signal.throwIfAborted()
  const stop = new AbortController()
  const onAbort = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const tooLong = new ParleyError(
    'unavailable',
    `The tool took longer than ${secondsMax} seconds (toolSecondsMax).`,
  )
  const timer = setTimeout(() => stop.abort(tooLong), secondsMax * 1000)
  const stopped = new Promise<never>((_resolve, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true })
  })
  try {
    return await Promise.race([work(stop.signal), stopped])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
