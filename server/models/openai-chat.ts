/**
 * OpenAI's chat completions, which most other servers speak too: our request as theirs, their chunks as our events.
 * Source: platform.openai.com/docs/api-reference/chat; `reasoning_content` is DeepSeek's and vLLM's, `reasoning` OpenRouter's and Ollama's.
 */
import { randomUUID } from 'node:crypto'
import type { Json, JsonObject } from '../conversation/items.ts'
import type { ModelContent, ModelEvent, ModelMessage, ModelRequest, Usage } from '../conversation/model.ts'
import { urlAnnotation } from './annotations.ts'
import { createDeltaLens } from './delta-lens.ts'
import type { EventGate } from './event-gate.ts'
import { isRecord, modelError, readFailure, type UpstreamFailure } from './upstream-errors.ts'
import { count } from './usage.ts'

/** Reads one kind of stream. One per request. */
export interface StreamDecoder {
  /** Takes the data of one server-sent event. Throws `model_bad_response`, or an `UpstreamFailureError`. */
  read(data: string, gate: EventGate): void
  /** Whether the upstream has said that it is done: nothing behind it matters. */
  isDone(): boolean
  /** Adds what the end of the answer settles. False when the upstream had not finished: the answer was cut off. */
  end(gate: EventGate): boolean
}

/** The upstream reports its failure inside a stream that began well. */
export class UpstreamFailureError extends Error {
  readonly failure: UpstreamFailure
  constructor(failure: UpstreamFailure) {
    super('error in the stream')
    this.failure = failure
  }
}

export function encodeChatRequest(
  request: ModelRequest,
  model: string,
  outputTokensField: string,
): JsonObject {
  const messages = request.messages.map(encodeMessage)
  const system = request.instructions ? [{ role: 'system', content: request.instructions }] : []
  return {
    model: request.model ?? model,
    messages: [...system, ...messages],
    stream: true,
    stream_options: { include_usage: true },
    ...(request.tools.length > 0 && {
      tools: request.tools.map(({ name, description, parameters }) => ({
        type: 'function',
        function: { name, description, parameters },
      })),
      tool_choice: encodeToolChoice(request.toolChoice),
    }),
    ...(request.outputTokensMax !== undefined && { [outputTokensField]: request.outputTokensMax }),
  }
}

function encodeToolChoice(choice: ModelRequest['toolChoice']): Json {
  return typeof choice === 'object'
    ? { type: 'function', function: { name: choice.name } }
    : (choice ?? 'auto')
}

function encodeMessage(message: ModelMessage): JsonObject {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: encodeContent(message.content) }
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.output }
    case 'assistant':
      return {
        role: 'assistant',
        content: message.text === '' && message.toolCalls.length > 0 ? null : message.text,
        ...(message.toolCalls.length > 0 && {
          tool_calls: message.toolCalls.map((call) => ({
            id: call.callId,
            type: 'function',
            function: { name: call.name, arguments: call.arguments },
          })),
        }),
      }
  }
}

/** A plain string wherever possible: not every server takes parts. */
function encodeContent(content: ModelContent[]): Json {
  if (content.every((part) => part.type === 'text')) return content.map((part) => part.text).join('\n')
  return content.map(encodePart)
}

function encodePart(part: ModelContent): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image':
      return { type: 'image_url', image_url: { url: part.url } }
    case 'file':
      return { type: 'file', file: { filename: part.name, file_data: fileUrl(part) } }
  }
}

/** A file's bytes as both of OpenAI's wires take them. */
export function fileUrl({ mimeType, data }: Extract<ModelContent, { type: 'file' }>): string {
  return `data:${mimeType};base64,${data}`
}

export function createChatDecoder(): StreamDecoder {
  const lens = createDeltaLens(plainText)
  let calls: CallGatherer | undefined
  let done = false
  let finish: string | undefined
  let usage: Usage | undefined

  function readChunk(chunk: Record<string, unknown>, gate: EventGate): void {
    if (chunk['error'] !== undefined && chunk['error'] !== null)
      throw new UpstreamFailureError(readFailure(chunk))
    if (isRecord(chunk['usage'])) usage = readUsage(chunk['usage'])
    const choice = Array.isArray(chunk['choices']) ? (chunk['choices'][0] as unknown) : undefined
    if (!isRecord(choice)) return
    if (isRecord(choice['delta'])) readDelta(choice['delta'], gate)
    if (typeof choice['finish_reason'] === 'string') finish = choice['finish_reason']
  }

  function readDelta(delta: Record<string, unknown>, gate: EventGate): void {
    const reasoning = delta['reasoning_content'] ?? delta['reasoning']
    if (typeof reasoning === 'string') gate.reasoning(reasoning)
    readContent(delta['content'], gate)
    if (typeof delta['refusal'] === 'string') gate.text(delta['refusal'])
    for (const annotation of listOf(delta['annotations'])) {
      const found = urlAnnotation(annotation)
      if (found) gate.event({ type: 'annotation', annotation: found })
    }
    for (const fragment of listOf(delta['tool_calls'])) {
      calls ??= createCallGatherer()
      calls.add(fragment)
    }
  }

  return {
    read(data, gate) {
      if (data === '[DONE]') done = true
      if (done || data === '') return
      const plain = lens.read(data)
      if (plain !== undefined) return gate.text(plain)
      const chunk = parseObject(data)
      readChunk(chunk, gate)
      lens.learn(data, chunk)
    },
    isDone: () => done,
    end(gate) {
      if (!done && finish === undefined) return false
      const called = calls?.all() ?? []
      for (const call of called) gate.event({ type: 'tool-call', call })
      if (usage) gate.event({ type: 'usage', usage })
      gate.event({ type: 'end', reason: endReason(finish, called.length > 0) })
      return true
    },
  }
}

/** What the data of an event says, which must be a JSON object. */
export function parseObject(data: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    throw modelError('model_bad_response', new Error('an event of the stream is not JSON'))
  }
  if (!isRecord(value))
    throw modelError('model_bad_response', new Error('an event of the stream is not an object'))
  return value
}

/** The text of a chunk that says nothing but text; the lens may skip the parser for chunks like it. */
function plainText(chunk: Record<string, unknown>): string | undefined {
  const choices = chunk['choices']
  if (!Array.isArray(choices) || choices.length !== 1 || isRecord(chunk['usage']) || chunk['error'])
    return undefined
  const choice: unknown = choices[0]
  if (!isRecord(choice) || typeof choice['finish_reason'] === 'string' || !isRecord(choice['delta']))
    return undefined
  const { content, role: _role, ...others } = choice['delta']
  const alone = Object.values(others).every(
    (value) => value === null || (Array.isArray(value) && value.length === 0),
  )
  return alone && typeof content === 'string' ? content : undefined
}

/** Text, or a list of parts (Mistral): its texts are text, its thoughts reasoning. */
function readContent(content: unknown, gate: EventGate): void {
  if (typeof content === 'string') return gate.text(content)
  for (const part of listOf(content)) {
    if (typeof part['text'] === 'string') gate.text(part['text'])
    for (const thought of listOf(part['thinking'])) {
      if (typeof thought['text'] === 'string') gate.reasoning(thought['text'])
    }
  }
}

function endReason(
  finish: string | undefined,
  hasCalls: boolean,
): Extract<ModelEvent, { type: 'end' }>['reason'] {
  if (finish === 'length') return 'length'
  if (finish === 'content_filter') return 'content-filter'
  return hasCalls ? 'tool-calls' : 'stop'
}

function readUsage(usage: Record<string, unknown>): Usage {
  return {
    inputTokens: count(usage['prompt_tokens']),
    outputTokens: count(usage['completion_tokens']),
    reasoningTokens: count(usage['completion_tokens_details'], 'reasoning_tokens'),
    cachedInputTokens: count(usage['prompt_tokens_details'], 'cached_tokens'),
  }
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

interface CallGatherer {
  add(fragment: Record<string, unknown>): void
  all(): Call[]
}

interface Call {
  callId: string
  name: string
  arguments: string
}

export const toolCallsMax = 64
export const toolArgumentsLengthMax: number = 1024 * 1024

/**
 * Tool calls arrive in fragments, by index. Some servers leave the index out, some give every call the index 0, some repeat the
 * name, some give no id: a fragment with a new id and a name begins a new call.
 */
function createCallGatherer(): CallGatherer {
  const calls: Call[] = []
  const byIndex = new Map<unknown, Call>()
  return {
    add(fragment) {
      const { index, id } = fragment
      const { name, arguments: piece } = isRecord(fragment['function']) ? fragment['function'] : {}
      let call = index === undefined ? calls.at(-1) : byIndex.get(index)
      const isOther = typeof id === 'string' && id !== '' && typeof name === 'string' && call?.callId !== id
      if (call === undefined || (isOther && call.name !== '')) {
        call = {
          callId: typeof id === 'string' && id !== '' ? id : `call_${randomUUID()}`,
          name: '',
          arguments: '',
        }
        calls.push(call)
        byIndex.set(index, call)
      }
      if (typeof name === 'string' && call.name === '') call.name = name
      if (typeof piece === 'string') call.arguments += piece
      // A few servers send the arguments as the object that they should have written down.
      else if (isRecord(piece)) call.arguments += JSON.stringify(piece)
      if (calls.length > toolCallsMax || call.arguments.length > toolArgumentsLengthMax) {
        throw modelError(
          'model_limit',
          new Error('too many or too large tool calls (toolCallsMax, toolArgumentsLengthMax)'),
        )
      }
    },
    all: () => calls,
  }
}
