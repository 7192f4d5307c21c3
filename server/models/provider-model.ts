/**
 * Every vendor that does not speak OpenAI's wire, through the AI SDK's provider packages. Of them only `doStream` is used: the
 * loop, retry and limits are ours. The packages are optional dependencies, and loaded when the first question comes.
 */
import type { LanguageModelV3, LanguageModelV3StreamPart, LanguageModelV3Usage } from '@ai-sdk/provider'
import { AISDKError, APICallError } from '@ai-sdk/provider'
import { ParleyError } from '../conversation/errors.ts'
import type { Annotation, JsonObject } from '../conversation/items.ts'
import type { Model, ModelEvent, ModelToolCall, Usage } from '../conversation/model.ts'
import { createEventGate, type EventGate } from './event-gate.ts'
import { encodeProviderRequest } from './provider-messages.ts'
import { failureError, modelError, parseRetryAfter, readFailure, readFailureText } from './upstream-errors.ts'
import { count } from './usage.ts'

export type ProviderName = 'anthropic' | 'google' | 'mistral'

export interface ProviderModelOptions {
  provider: ProviderName
  apiKey: string
  model: string
  /** Default: the vendor's own. */
  baseUrl?: string
}

/** A model of Anthropic, Google or Mistral. Throws `ParleyError`s with `model_…` codes, or the signal's reason. */
export function createProviderModel(options: ProviderModelOptions): Model {
  const loaded = new Map<string, Promise<LanguageModelV3>>()

  function load(name: string): Promise<LanguageModelV3> {
    const model = loaded.get(name) ?? loadProviderModel(options, name)
    loaded.set(name, model)
    return model
  }

  return {
    name: options.model,
    async *stream(request, signal) {
      const stop = new AbortController()
      const onAbort = (): void => stop.abort(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        signal.throwIfAborted()
        const model = await load(request.model ?? options.model)
        const { stream } = await model.doStream(encodeProviderRequest(request, stop.signal))
        yield* readParts(stream)
      } catch (error) {
        // oxlint-disable-next-line typescript/only-throw-error -- an abort's reason is whatever the aborter gave
        throw signal.aborted ? signal.reason : asModelError(error, options.apiKey)
      } finally {
        signal.removeEventListener('abort', onAbort)
        stop.abort(new Error('nobody reads any more'))
      }
    },
  }
}

async function loadProviderModel(options: ProviderModelOptions, name: string): Promise<LanguageModelV3> {
  const settings = {
    apiKey: options.apiKey,
    fetch: fetchWithoutRedirects,
    ...(options.baseUrl !== undefined && { baseURL: options.baseUrl }),
  }
  switch (options.provider) {
    case 'anthropic':
      return (await import('@ai-sdk/anthropic')).createAnthropic(settings)(name)
    case 'google':
      return (await import('@ai-sdk/google')).createGoogleGenerativeAI(settings)(name)
    case 'mistral':
      return (await import('@ai-sdk/mistral')).createMistral(settings)(name)
  }
}

const fetchWithoutRedirects: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' })

async function* readParts(stream: ReadableStream<LanguageModelV3StreamPart>): AsyncGenerator<ModelEvent> {
  const gate = createEventGate()
  let hasEnded = false
  let failure: unknown
  try {
    for await (const part of stream) {
      hasEnded ||= readPart(part, gate)
      yield* gate.take()
    }
  } catch (error) {
    failure = error
  }
  yield* gate.takeRest()
  if (hasEnded) return
  // A call that has been answered can only fail by breaking off.
  const brokeOff = APICallError.isInstance(failure)
  if (failure instanceof ParleyError || (AISDKError.isInstance(failure) && !brokeOff)) throw failure
  throw modelError('model_cut_off', new Error('the stream ended before the answer did'))
}

/** Whether the answer has ended with this part. */
function readPart(part: LanguageModelV3StreamPart, gate: EventGate): boolean {
  switch (part.type) {
    case 'text-delta':
      gate.text(part.delta)
      return false
    case 'reasoning-delta':
      gate.reasoning(part.delta)
      return false
    case 'tool-call':
      if (part.providerExecuted !== true) gate.event({ type: 'tool-call', call: decodeToolCall(part) })
      return false
    case 'source':
      gate.event({ type: 'annotation', annotation: encodeSource(part) })
      return false
    case 'error':
      throw part.error instanceof Error ? part.error : failureError(readFailure(part.error), [])
    case 'finish': {
      const { unified } = part.finishReason
      // A stream without its end is finished all the same by these packages, with this reason.
      if (unified === 'other' && part.finishReason.raw === undefined) return false
      if (unified === 'error') throw modelError('model_unavailable', new Error('finished with an error'))
      gate.event({ type: 'usage', usage: readUsage(part.usage) })
      gate.event({ type: 'end', reason: unified === 'other' ? 'stop' : unified })
      return true
    }
    case 'stream-start':
    case 'response-metadata':
    case 'text-start':
    case 'text-end':
    case 'reasoning-start':
    case 'reasoning-end':
    case 'tool-input-start':
    case 'tool-input-delta':
    case 'tool-input-end':
    case 'tool-result':
    case 'tool-approval-request':
    case 'file':
    case 'raw':
      // Whatever of this matters to us, another part says as a whole.
      return false
  }
}

function decodeToolCall(part: Extract<LanguageModelV3StreamPart, { type: 'tool-call' }>): ModelToolCall {
  return {
    callId: part.toolCallId,
    name: part.toolName,
    arguments: part.input === '' ? '{}' : part.input,
    ...(part.providerMetadata && { vendor: part.providerMetadata as JsonObject }),
  }
}

function encodeSource(part: Extract<LanguageModelV3StreamPart, { type: 'source' }>): Annotation {
  if (part.sourceType === 'url') {
    return { type: 'annotation', source: { type: 'url', url: part.url, title: part.title ?? part.url } }
  }
  return {
    type: 'annotation',
    source: { type: 'file', filename: part.filename ?? part.title, title: part.title },
  }
}

function readUsage(usage: LanguageModelV3Usage): Usage {
  return {
    inputTokens: count(usage.inputTokens.total),
    outputTokens: count(usage.outputTokens.total),
    reasoningTokens: count(usage.outputTokens.reasoning),
    cachedInputTokens: count(usage.inputTokens.cacheRead),
  }
}

function asModelError(error: unknown, apiKey: string): ParleyError {
  if (error instanceof ParleyError) return error
  if (!APICallError.isInstance(error)) return modelError('model_bad_response', new Error(nameOf(error)))
  const status = error.statusCode
  if (status === undefined) return modelError('model_unavailable', new Error('the connection failed'))
  if (status < 300)
    return modelError('model_bad_response', new Error(`HTTP ${status} with an unexpected body`))
  const retryAfterSeconds = parseRetryAfter(error.responseHeaders?.['retry-after'], Date.now())
  const said = readFailureText(error.responseBody ?? '')
  return failureError({ ...said, status, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }, [
    apiKey,
  ])
}

/** An error's message may quote what the upstream said; its name does not. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error'
}
