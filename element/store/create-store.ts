import type { ChatEvent } from './events.ts'
import { reduce } from './reduce.ts'
import { createState } from './state.ts'
import type { ChatState } from './state.ts'

export interface Store {
  state(): ChatState
  dispatch(event: ChatEvent): void
  /** Calls back after every change. Returns what ends that. */
  subscribe(listener: () => void): () => void
}

export function createStore(): Store {
  let state = createState()
  const listeners = new Set<() => void>()
  return {
    state: () => state,
    dispatch(event) {
      const next = reduce(state, event)
      if (next === state) return
      state = next
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
