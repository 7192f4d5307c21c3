/** What is said where no language model is configured: word by word, as a model would. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelEvent, ModelMessage } from '../conversation/model.ts'

/** Pauses after each word; an abort throws its reason at once. */
export async function* spoken(
  text: string,
  wordSeconds: number,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  signal.throwIfAborted()
  for (const piece of text.match(/\s*\S+|\s+$/g) ?? []) {
    yield { type: 'text-delta', text: piece }
    await sleep(wordSeconds * 1_000, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
  yield { type: 'end', reason: 'stop' }
}

export function* called(name: string, parameters: object, callNumber: number): Generator<ModelEvent> {
  const call = { callId: `call_${callNumber}`, name, arguments: JSON.stringify(parameters) }
  yield { type: 'tool-call', call }
  yield { type: 'end', reason: 'tool-calls' }
}

/** The user's own words in their newest message, without the context that the conversation adds to them. */
export function newestWords(messages: readonly ModelMessage[]): string {
  const newest = messages.at(-1)
  if (newest?.role !== 'user') return ''
  const text = newest.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')
  return text.replaceAll(/<context\b[^>]*>[\s\S]*?<\/context>/g, '').trim()
}

/** A tool's output as an object; empty for anything else. */
export function outputOf(message: ModelMessage | undefined): Record<string, unknown> {
  if (message?.role !== 'tool') return {}
  try {
    const value: unknown = JSON.parse(message.output)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
