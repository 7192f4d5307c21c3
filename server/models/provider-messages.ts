/** Our request in the words of the AI SDK's provider packages (LanguageModelV3 of @ai-sdk/provider 3). */
import type {
  LanguageModelV3CallOptions,
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3TextPart,
  LanguageModelV3ToolCallPart,
  SharedV3ProviderOptions,
} from '@ai-sdk/provider'
import type { ModelContent, ModelMessage, ModelRequest, ModelToolCall } from '../conversation/model.ts'

export function encodeProviderRequest(
  request: ModelRequest,
  abortSignal: AbortSignal,
): LanguageModelV3CallOptions {
  const messages = request.messages.map(encodeMessage)
  return {
    prompt: request.instructions
      ? [{ role: 'system', content: request.instructions }, ...messages]
      : messages,
    abortSignal,
    ...(request.tools.length > 0 && {
      tools: request.tools.map(({ name, description, parameters }) => ({
        type: 'function' as const,
        name,
        description,
        inputSchema: parameters,
      })),
      toolChoice: encodeToolChoice(request.toolChoice),
    }),
    ...(request.outputTokensMax !== undefined && { maxOutputTokens: request.outputTokensMax }),
  }
}

function encodeToolChoice(
  choice: ModelRequest['toolChoice'],
): NonNullable<LanguageModelV3CallOptions['toolChoice']> {
  return typeof choice === 'object' ? { type: 'tool', toolName: choice.name } : { type: choice ?? 'auto' }
}

function encodeMessage(message: ModelMessage): LanguageModelV3Message {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.content.map(encodeContent) }
    case 'assistant': {
      const text = message.text === '' ? [] : [{ type: 'text' as const, text: message.text }]
      return { role: 'assistant', content: [...text, ...message.toolCalls.map(encodeToolCall)] }
    }
    case 'tool': {
      const output = { type: 'text' as const, value: message.output }
      return {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: message.callId, toolName: message.name, output }],
      }
    }
  }
}

function encodeContent(part: ModelContent): LanguageModelV3TextPart | LanguageModelV3FilePart {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'file') {
    return { type: 'file', mediaType: part.mimeType, filename: part.name, data: part.data }
  }
  const inline = /^data:([^;,]+);base64,(.*)$/s.exec(part.url)
  if (inline) return { type: 'file', mediaType: inline[1] ?? 'image/*', data: inline[2] ?? '' }
  return { type: 'file', mediaType: 'image/*', data: new URL(part.url) }
}

function encodeToolCall(call: ModelToolCall): LanguageModelV3ToolCallPart {
  return {
    type: 'tool-call',
    toolCallId: call.callId,
    toolName: call.name,
    input: parseArguments(call.arguments),
    ...(call.vendor && { providerOptions: call.vendor as SharedV3ProviderOptions }),
  }
}

/** These wires want an object: arguments that are none are shown as what was written. */
function parseArguments(written: string): unknown {
  try {
    const value: unknown = JSON.parse(written)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below.
  }
  return { written }
}
