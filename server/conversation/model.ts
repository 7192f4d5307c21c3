/** The one thing the house needs from a language model: a request in, a stream of small events out. */
import type { Annotation, Json, JsonObject } from './items.ts'

export interface Model {
  /** What the logs and the run's usage call it. */
  readonly name: string
  /**
   * Asks the model. The text that arrived in one read of the socket comes as one event.
   * Aborting the signal closes the upstream connection at once. Failures throw a `ParleyError` with a `model_…` code.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>
}

export interface ModelRequest {
  /** The system text. */
  instructions?: string
  messages: ModelMessage[]
  tools: ModelTool[]
  toolChoice?: 'auto' | 'none' | 'required' | { name: string }
  /** Asks for another model of the same endpoint than the configured one. */
  model?: string
  outputTokensMax?: number
}

export type ModelMessage =
  | { role: 'user'; content: ModelContent[] }
  | { role: 'assistant'; text: string; toolCalls: ModelToolCall[] }
  | { role: 'tool'; callId: string; name: string; output: string }

export type ModelContent =
  | { type: 'text'; text: string }
  /** `url` may be a `data:` URL. */
  | { type: 'image'; url: string }
  /** `data` is Base64. */
  | { type: 'file'; name: string; mimeType: string; data: string }

export interface ModelTool {
  name: string
  description: string
  /** JSON Schema of the arguments. */
  parameters: JsonObject
}

export interface ModelToolCall {
  callId: string
  name: string
  /** As the model wrote them: JSON, if it wrote JSON. */
  arguments: string
  /** What the vendor wants to see again with the call, and nobody else needs to understand: Gemini's signatures. */
  vendor?: JsonObject
}

export type ModelEvent =
  | { type: 'text-delta'; text: string }
  | { type: 'reasoning-delta'; text: string }
  | { type: 'annotation'; annotation: Annotation }
  /** A whole call; its arguments have been gathered. */
  | { type: 'tool-call'; call: ModelToolCall }
  | { type: 'usage'; usage: Usage }
  /** Always the last one. A stream that ends without it was cut off. */
  | { type: 'end'; reason: 'stop' | 'tool-calls' | 'length' | 'content-filter' }

/** Tokens, as the upstream counted them. */
export interface Usage {
  inputTokens: number
  outputTokens: number
  reasoningTokens: number
  cachedInputTokens: number
}

/** Something the server can do for the model. `run` gets parsed arguments and answers with anything JSON can say. */
export interface ServerTool extends ModelTool {
  run(parameters: JsonObject, signal: AbortSignal): Promise<Json>
}
