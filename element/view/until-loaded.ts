import { pause } from '../transport/backoff.ts'

/** Before the second attempt, the third and the fourth; then `longestSeconds` before each. */
const firstSeconds = [1, 5, 15]
const longestSeconds = 30

/** Tries to load something until it is there or the signal is aborted, and at once when `wake` says `online`. */
export async function untilLoaded(
  load: () => Promise<void>,
  signal: AbortSignal,
  wake: EventTarget,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      return await load()
    } catch {
      await pause((firstSeconds[attempt] ?? longestSeconds) * 1000, signal, wake)
    }
  }
}
