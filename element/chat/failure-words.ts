import { TransportError } from '../transport/errors.ts'
import type { Words } from '../words/words.ts'

/** What failed, in words for the person who asked: the server's own where it has some. */
export function failureWords(error: unknown, words: Words): string {
  if (!(error instanceof TransportError)) return words.serverFailed
  if (error.kind === 'network') return words.unreachable
  if (error.kind === 'garbled') return words.garbled
  return error.said ?? statusWords(error.status ?? 0, words)
}

function statusWords(status: number, words: Words): string {
  if (status === 401) return words.signedOut
  if (status === 413) return words.tooLarge
  if (status === 429) return words.tooMany
  return words.serverFailed
}
