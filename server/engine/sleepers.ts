/** Who waits for more of a run, until a wake, an abort or the poll that catches what a notification lost. */

export interface Sleepers {
  wake(runIds: Iterable<string>): void
  wakeAll(): void
  /** Starts waiting at once, so that a wake between now and `await slept` is not missed. `stop` gives up waiting. */
  wait(runId: string, signal: AbortSignal): Waiting
}

export interface Waiting {
  slept: Promise<void>
  stop(): void
}

export function createSleepers(pollSeconds: number): Sleepers {
  const sleepers = new Map<string, Set<() => void>>()

  function wake(runIds: Iterable<string>): void {
    for (const runId of runIds) {
      const woken = sleepers.get(runId)
      sleepers.delete(runId)
      for (const resolve of woken ?? []) resolve()
    }
  }

  return {
    wake,
    wakeAll: () => wake([...sleepers.keys()]),
    wait(runId, signal) {
      let stop = (): void => {}
      const slept = new Promise<void>((resolve) => {
        const sleeping = sleepers.get(runId) ?? new Set()
        sleepers.set(runId, sleeping)
        const timer = setTimeout(() => stop(), pollSeconds * 1_000)
        stop = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', stop)
          sleeping.delete(stop)
          if (sleeping.size === 0 && sleepers.get(runId) === sleeping) sleepers.delete(runId)
          resolve()
        }
        sleeping.add(stop)
        signal.addEventListener('abort', stop)
        if (signal.aborted) stop()
      })
      return { slept, stop: () => stop() }
    },
  }
}
