/** Who waits for more of a run. One clock wakes all of them now and then, which catches what a notification lost. */

export interface Sleepers {
  wake(runIds: Iterable<string>): void
  wakeAll(): void
  /** Joins at once, so that a wake between joining and waiting is not missed. */
  join(runId: string): Sleeper
}

export interface Sleeper {
  /** Resolves on the next wake, or at once if one came since the last. */
  woken(): Promise<void>
  wake(): void
  leave(): void
}

export function createSleepers(pollSeconds: number): Sleepers {
  const sleepers = new Map<string, Set<Sleeper>>()
  let poll: NodeJS.Timeout | undefined

  function wake(runIds: Iterable<string>): void {
    for (const runId of runIds) for (const sleeper of sleepers.get(runId) ?? []) sleeper.wake()
  }

  function leave(runId: string, sleeper: Sleeper): void {
    const sleeping = sleepers.get(runId)
    sleeping?.delete(sleeper)
    if (sleeping?.size === 0) sleepers.delete(runId)
    if (sleepers.size > 0) return
    clearInterval(poll)
    poll = undefined
  }

  return {
    wake,
    wakeAll: () => wake(sleepers.keys()),
    join(runId) {
      const sleeper = createSleeper(() => leave(runId, sleeper))
      const sleeping = sleepers.get(runId) ?? new Set()
      sleepers.set(runId, sleeping.add(sleeper))
      poll ??= setInterval(() => wake(sleepers.keys()), pollSeconds * 1_000)
      return sleeper
    },
  }
}

function createSleeper(leave: () => void): Sleeper {
  let isWoken = false
  let resolve: (() => void) | undefined
  return {
    woken() {
      return new Promise((wakeUp) => {
        if (isWoken) wakeUp()
        else resolve = wakeUp
        isWoken = false
      })
    },
    wake() {
      if (resolve === undefined) isWoken = true
      else resolve()
      resolve = undefined
    },
    leave,
  }
}
