/**
 * OpenAI's Responses API: our request as theirs, their events as ours. Nothing is kept upstream (`store: false`), so every
 * request says all that came before. Source: platform.openai.com/docs/api-reference/responses-streaming.
 */
import { randomUUID } from 'node:crypto'
import type { Json, JsonObject } from '../conversation/items.ts'
import type { ModelContent, ModelEvent, ModelMessage, ModelRequest, Usage } from '../conversation/model.ts'
import { fileAnnotation, urlAnnotation } from './annotations.ts'
import type { EventGate } from './event-gate.ts'
import {
  fileUrl,
  parseObject,
  type StreamDecoder,
  toolArgumentsLengthMax,
  toolCallsMax,
  UpstreamFailureError,
} from './openai-chat.ts'
import { isRecord, modelError, readFailure } from './upstream-errors.ts'
import { count } from './usage.ts'

type EndReason = Extract<ModelEvent, { type: 'end' }>['reason']

export function encodeResponsesRequest(request: ModelRequest, model: string): JsonObject {
  return {
    model: request.model ?? model,
    ...(request.instructions && { instructions: request.instructions }),
    input: request.messages.flatMap(encodeMessage),
    stream: true,
    store: false,
    ...(request.tools.length > 0 && {
      tools: request.tools.map(({ name, description, parameters }) => ({
        type: 'function',
        name,
        description,
        parameters,
        strict: false,
      })),
      tool_choice: encodeToolChoice(request.toolChoice),
    }),
    ...(request.outputTokensMax !== undefined && { max_output_tokens: request.outputTokensMax }),
  }
}

function encodeToolChoice(choice: ModelRequest['toolChoice']): Json {
  return typeof choice === 'object' ? { type: 'function', name: choice.name } : (choice ?? 'auto')
}

function encodeMessage(message: ModelMessage): JsonObject[] {
  switch (message.role) {
    case 'user':
      return [{ type: 'message', role: 'user', content: message.content.map(encodeContent) }]
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.callId, output: message.output }]
    case 'assistant':
      return [
        ...(message.text === ''
          ? []
          : [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: message.text }] }]),
        ...message.toolCalls.map((call) => ({
          type: 'function_call',
          call_id: call.callId,
          name: call.name,
          arguments: call.arguments,
        })),
      ]
  }
}

function encodeContent(part: ModelContent): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text }
    case 'image':
      return { type: 'input_image', image_url: part.url, detail: 'auto' }
    case 'file':
      return { type: 'input_file', filename: part.name, file_data: fileUrl(part) }
  }
}

export function createResponsesDecoder(): StreamDecoder {
  const places = createPlaces()
  let reason: EndReason | undefined
  let usage: Usage | undefined
  let callCount = 0

  function finish(event: Record<string, unknown>): void {
    const response = isRecord(event['response']) ? event['response'] : {}
    if (isRecord(response['usage'])) usage = readUsage(response['usage'])
    if (event['type'] === 'response.completed') reason = callCount > 0 ? 'tool-calls' : 'stop'
    else reason = incompleteReason(response['incomplete_details'])
  }

  function readEvent(event: Record<string, unknown>, gate: EventGate): void {
    const delta = typeof event['delta'] === 'string' ? event['delta'] : ''
    switch (event['type']) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        places.add(event, delta)
        return gate.text(delta)
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return gate.reasoning(delta)
      case 'response.reasoning_summary_part.added':
        return count(event['summary_index']) > 0 ? gate.reasoning('\n\n') : undefined
      case 'response.output_text.annotation.added':
        return addAnnotation(event, places.start(event), gate)
      case 'response.output_item.done':
        callCount += addCall(event['item'], gate)
        if (callCount <= toolCallsMax) return
        throw modelError('model_limit', new Error(`more than ${toolCallsMax} tool calls (toolCallsMax)`))
      case 'response.completed':
      case 'response.incomplete':
        return finish(event)
      case 'response.failed':
        throw new UpstreamFailureError(readFailure(event['response']))
      default:
        // The many others repeat what these say.
        if (event['type'] === 'error' || event['error']) throw new UpstreamFailureError(readFailure(event))
    }
  }

  return {
    read(data, gate) {
      if (reason === undefined && data !== '' && data !== '[DONE]') readEvent(parseObject(data), gate)
    },
    isDone: () => reason !== undefined,
    end(gate) {
      if (reason === undefined) return false
      if (usage) gate.event({ type: 'usage', usage })
      gate.event({ type: 'end', reason })
      return true
    },
  }
}

interface Places {
  add(event: Record<string, unknown>, text: string): void
  start(event: Record<string, unknown>): number
}

/** Their annotations count from the beginning of a part of a message, ours from the beginning of the answer. */
function createPlaces(): Places {
  const starts = new Map<string, number>()
  let length = 0
  function start(event: Record<string, unknown>): number {
    const part = `${String(event['output_index'])}.${String(event['content_index'])}`
    const known = starts.get(part) ?? length
    starts.set(part, known)
    return known
  }
  return {
    add(event, text) {
      start(event)
      length += text.length
    },
    start,
  }
}

function addAnnotation(event: Record<string, unknown>, textStart: number, gate: EventGate): void {
  if (!isRecord(event['annotation'])) return
  const annotation =
    urlAnnotation(event['annotation'], textStart) ?? fileAnnotation(event['annotation'], textStart)
  if (annotation) gate.event({ type: 'annotation', annotation })
}

/** How many calls there were in the finished output item: 1 or 0. */
function addCall(item: unknown, gate: EventGate): number {
  if (!isRecord(item) || item['type'] !== 'function_call') return 0
  const { call_id: callId, name, arguments: written } = item
  const call = {
    callId: typeof callId === 'string' && callId !== '' ? callId : `call_${randomUUID()}`,
    name: typeof name === 'string' ? name : '',
    arguments: typeof written === 'string' ? written : '',
  }
  if (call.arguments.length > toolArgumentsLengthMax) {
    throw modelError(
      'model_limit',
      new Error(`arguments of more than ${toolArgumentsLengthMax} (toolArgumentsLengthMax)`),
    )
  }
  gate.event({ type: 'tool-call', call })
  return 1
}

function incompleteReason(details: unknown): EndReason {
  return isRecord(details) && details['reason'] === 'content_filter' ? 'content-filter' : 'length'
}

function readUsage(usage: Record<string, unknown>): Usage {
  return {
    inputTokens: count(usage['input_tokens']),
    outputTokens: count(usage['output_tokens']),
    reasoningTokens: count(usage['output_tokens_details'], 'reasoning_tokens'),
    cachedInputTokens: count(usage['input_tokens_details'], 'cached_tokens'),
  }
}
