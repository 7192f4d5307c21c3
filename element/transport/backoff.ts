const firstMilliseconds = 250
const longestMilliseconds = 8000

/**
 * How long to wait before the next attempt, in milliseconds: doubling, capped, and spread by half,
 * so that a thousand browsers do not come back to a restarted server in the same instant.
 */
export function backoffMilliseconds(attempt: number, random: () => number): number {
  const full = Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(attempt, 16))
  return full * (0.5 + random() / 2)
}

/** Waits, but not longer than until the signal is aborted or the network is said to be back. */
export function pause(milliseconds: number, signal: AbortSignal, wake?: EventTarget): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      wake?.removeEventListener('online', finish)
      resolve()
    }
    const timer = setTimeout(finish, milliseconds)
    if (signal.aborted) return finish()
    signal.addEventListener('abort', finish)
    wake?.addEventListener('online', finish)
  })
}
