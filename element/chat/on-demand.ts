import type { ChatParts } from './parts.ts'

/**
 * A part of the chat that is loaded when it is asked for. What cannot be loaded is said, and tried again the next time; then there is
 * no part.
 */
export function onDemand<Part>(
  { store, words }: Pick<ChatParts, 'store' | 'words'>,
  load: () => Promise<Part>,
): () => Promise<Part | undefined> {
  let loading: Promise<Part> | undefined
  return async () => {
    loading ??= load()
    try {
      return await loading
    } catch {
      loading = undefined
      store.dispatch({ type: 'problem', message: words().unreachable })
      return undefined
    }
  }
}
