/**
 * How much may they? A request names all limits it falls under, and is admitted by all of them or by none.
 *
 *   door ── [per user a minute, per user an hour, ten at once, …] ─▶ Limiter ─▶ LimitStore: memory, Postgres or Redis
 *     ◀── admitted, or why not and when to come back ────────────────┘
 *     ── release() when the request, or its stream, has ended ──▶
 */

/** So many requests in any stretch of time as long as the window. */
export interface WindowLimit extends NamedLimit {
  requestsMax: number
  windowSeconds: number
}

/** So many requests at the same time. */
export interface ConcurrencyLimit extends NamedLimit {
  concurrentMax: number
}

interface NamedLimit {
  /** What clients read in the headers: 1 to 40 lower-case letters, digits and `-`. Limits with one name share what they count. */
  name: string
  /** Whom it counts: see `subjects.ts`. */
  subject: string
  /**
   * What happens while the shared store is away. `alone` (the default): this process counts by itself, so that a limit is held
   * as many times as there are processes; refusing everybody would be the outage that limits are there to prevent. `refuse`: for
   * limits that keep secrets from being guessed (sign-in, codes), where more tries are worse than none.
   */
  whenAway?: 'alone' | 'refuse'
}

export type Limit = WindowLimit | ConcurrencyLimit

/** How one limit stands after it was asked. */
export interface LimitState {
  name: string
  /** How many requests it allows, in its window or at once. */
  requestsMax: number
  remaining: number
  /** Null: a limit of requests at once. */
  windowSeconds: number | null
  /** Until more than `remaining` can be had: whole seconds, rounded up. Null where nobody can know: a request ends when it ends. */
  resetSeconds: number | null
  /** Until this limit alone would admit one more: 0 when it would have now. */
  retryAfterSeconds: number
}

export type Admission = Admitted | Refused

export interface Admitted {
  admitted: true
  states: readonly LimitState[]
  /** Gives its places back. To be called once the request, or its stream, has ended, however it ended; again does nothing. */
  release(): void
}

export interface Refused {
  admitted: false
  /** `unavailable`: the store is away, and one of the limits refuses then. */
  reason: 'limited' | 'unavailable'
  /** Empty when `unavailable`. */
  states: readonly LimitState[]
  retryAfterSeconds: number
  /** Nothing is held: does nothing. */
  release(): void
}

export interface Limiter {
  /** Never waits for longer than `storeMillisecondsMax`. Throws only for limits that make no sense: no name, no number, two alike. */
  admit(limits: readonly Limit[]): Promise<Admission>
  /** Gives back what is still held. */
  close(): Promise<void>
}

/** Where it is counted. One contract suite, `storage/contract-limits.ts`, holds for all of them. */
export interface LimitStore {
  /** All or none. Windows and places are of different keys each. */
  admit(demand: Demand): Promise<Reply>
  /** From now on they hold for their time once more, also those that had run out: whoever renews them is alive. */
  renew(leases: readonly Lease[], leaseMilliseconds: number): Promise<void>
  release(leases: readonly Lease[]): Promise<void>
  /** Forgets what has run out and counts for nothing any more. */
  sweep(): Promise<void>
  close(): Promise<void>
}

export interface Demand {
  windows: readonly CountedWindow[]
  places: readonly CountedPlace[]
  leaseMilliseconds: number
}

export interface CountedWindow {
  /** 22 letters, digits, `-` and `_`: a keyed hash. */
  key: string
  requestsMax: number
  windowMilliseconds: number
}

/** A place is held by a lease: it runs out unless it is renewed, so a process that died holds none for long. */
export interface Lease {
  key: string
  leaseId: string
}

export interface CountedPlace extends Lease {
  concurrentMax: number
}

/** In the order of the demand. */
export interface Reply {
  admitted: boolean
  windows: readonly { used: number; nextMilliseconds: number }[]
  places: readonly { used: number }[]
}

/** A refusal as an error with a code, for doors that have no words of their own. */
export class LimitError extends Error {
  readonly code: 'rate_limited' | 'unavailable'
  readonly retryAfterSeconds: number
  readonly states: readonly LimitState[]

  constructor({ reason, retryAfterSeconds, states }: Refused) {
    const names = states.filter((state) => state.retryAfterSeconds > 0).map(({ name }) => name)
    super(
      reason === 'limited'
        ? `Too many requests (${names.join(', ')}). Try again in ${retryAfterSeconds} seconds.`
        : 'This cannot be allowed at the moment. Try again shortly.',
    )
    this.name = 'LimitError'
    this.code = reason === 'limited' ? 'rate_limited' : 'unavailable'
    this.retryAfterSeconds = retryAfterSeconds
    this.states = states
  }
}
