import { DatabaseError } from './database-error.ts'

export interface Turnstile {
  /** Resolves, first come first served, with what lets the next one in. */
  enter(): Promise<() => void>
}

/** One at a time. Who has waited too long is told so, as a connection pool would. */
export function createTurnstile(millisecondsMax: number): Turnstile {
  const queue: (() => void)[] = []
  let taken = false

  function leave(): void {
    const next = queue.shift()
    if (next === undefined) taken = false
    else next()
  }

  return {
    async enter() {
      if (taken) await waitForTurn(queue, millisecondsMax)
      taken = true
      let left = false
      return () => {
        if (left) return
        left = true
        leave()
      }
    },
  }
}

function waitForTurn(queue: (() => void)[], millisecondsMax: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      queue.splice(queue.indexOf(admit), 1)
      reject(new DatabaseError('The database was busy for too long.'))
    }, millisecondsMax)
    function admit(): void {
      clearTimeout(timer)
      resolve()
    }
    queue.push(admit)
  })
}
