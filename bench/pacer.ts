/**
 * One timer for all streams: a wheel of milliseconds, in each the streams whose next token is due then. So a thousand streams
 * wake the process at most a thousand times a second, and a stream's place in its period is its own.
 */
export interface Paced {
  /** Sends what is due. Returns the milliseconds until the next time, or null when nothing is left. */
  next(): number | null
}

export interface Pacer {
  /** Calls `stream.next()` for the first time in so many milliseconds. */
  add(stream: Paced, milliseconds: number): void
}

export function createPacer(): Pacer {
  const wheel = new Map<number, { stream: Paced; dueAt: number }[]>()
  let turned = Math.floor(performance.now())
  let timer: NodeJS.Timeout | undefined

  function put(stream: Paced, dueAt: number): void {
    // What is due already waits for the next millisecond.
    const slot = Math.max(Math.ceil(dueAt), turned + 1)
    const others = wheel.get(slot)
    if (others === undefined) wheel.set(slot, [{ stream, dueAt }])
    else others.push({ stream, dueAt })
  }

  function turn(): void {
    const until = Math.floor(performance.now())
    while (turned < until) {
      turned += 1
      const due = wheel.get(turned)
      if (due === undefined) continue
      wheel.delete(turned)
      for (const { stream, dueAt } of due) {
        const wait = stream.next()
        // From when it was due, not from now: lateness must not add up.
        if (wait !== null) put(stream, dueAt + wait)
      }
    }
    timer = wheel.size === 0 ? undefined : setTimeout(turn, 1)
  }

  return {
    add(stream, milliseconds) {
      if (timer === undefined) {
        turned = Math.floor(performance.now())
        timer = setTimeout(turn, 1)
      }
      put(stream, performance.now() + milliseconds)
    },
  }
}
