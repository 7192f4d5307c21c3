/** Streams that are no generators: what lies around another stream, and only passes most of it on. */

/**
 * A stream out of two functions. A generator around another one takes every value three promises and a state on the heap, a
 * function no more than it makes itself: of seven layers between a model and the recorder that was half of a token's time.
 */
export function createStream<Value>(
  next: () => Promise<IteratorResult<Value>>,
  leave: () => void,
): AsyncIterableIterator<Value> {
  return {
    next,
    return() {
      leave()
      return Promise.resolve({ done: true, value: undefined })
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Tells a source that nobody reads it any more, without waiting for it: one that hangs in an await can only end after it. */
export function leaveSource(source: AsyncIterator<unknown>): void {
  source.return?.().then(undefined, () => {
    // Its failure would be news to nobody.
  })
}

export interface Stoppable<Value> {
  next(): Promise<IteratorResult<Value>>
  /** The waiting `next`, and every later one, throws this at once, even when the source hangs. The source is left. */
  stop(reason: unknown): void
  /** Whether somebody waits for the source. */
  isWaiting(): boolean
}

/** A source that can be let go of. `onEnd` is called once: when it is done, has failed or is stopped. */
export function createStoppable<Value>(source: AsyncIterator<Value>, onEnd: () => void): Stoppable<Value> {
  let resolve: (result: IteratorResult<Value>) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  let isWaiting = false
  let hasEnded = false
  let stopped: { reason: unknown } | undefined

  function end(): void {
    if (!hasEnded) onEnd()
    hasEnded = true
  }
  // Made once, not once a value.
  function deliver(result: IteratorResult<Value>): void {
    isWaiting = false
    if (result.done === true) end()
    resolve(result)
  }
  function fail(error: unknown): void {
    isWaiting = false
    end()
    reject(error)
  }
  function read(resolveThis: typeof resolve, rejectThis: typeof reject): void {
    resolve = resolveThis
    reject = rejectThis
    if (stopped !== undefined) return reject(stopped.reason)
    isWaiting = true
    source.next().then(deliver, fail)
  }

  return {
    next: () => new Promise(read),
    stop(reason) {
      if (stopped !== undefined) return
      stopped = { reason }
      leaveSource(source)
      fail(reason)
    },
    // Not a getter: an object with one has a shape of its own, 0.6 kB, and nothing that reads it is ever optimised.
    isWaiting: () => isWaiting,
  }
}
