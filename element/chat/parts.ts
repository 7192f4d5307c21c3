import type { ChatOptions, ClientTool } from '../options.ts'
import type { Store } from '../store/create-store.ts'
import type { Transport } from '../transport/create-transport.ts'
import { backoffMilliseconds, pause } from '../transport/backoff.ts'
import { isPassing } from '../transport/errors.ts'
import type { Words } from '../words/words.ts'

/** What the conversation is made of; everything from outside the pure store comes in here. */
export interface ChatParts {
  store: Store
  transport: Transport
  /** Those of the locale that is set now. */
  words: () => Words
  /** Those that are set now. */
  options: () => ChatOptions
  clientTool: () => ClientTool | undefined
  /** Lets one tab of several do something: resolves with undefined when another one is at it. */
  alone: <Value>(name: string, work: () => Promise<Value>) => Promise<Value | undefined>
  /** Tells the other tabs that something happened in a thread. */
  tellTabs: (threadId: string) => void
  /** Where `online` is heard: the network is back, so waiting any longer makes no sense. */
  wake: EventTarget
  random: () => number
  now: () => Date
  createKey: () => string
}

const attemptsMax = 5

/** Sends a request again for as long as it fails for a passing reason, a few times, with growing pauses. */
export async function withRetries<Value>(
  { wake, random }: ChatParts,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<Value> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted || attempt + 1 >= attemptsMax || !isPassing(error)) throw error
      await pause(backoffMilliseconds(attempt, random), signal, wake)
    }
  }
}
