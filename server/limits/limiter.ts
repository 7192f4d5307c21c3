/**
 * Limits as doors ask for them: names and numbers become keys, answers become seconds, and no answer is an answer, too.
 *
 *   admit ─▶ the store is there? ── yes ─▶ store.admit ──▶ kept by its lease keeper ─▶ release
 *               └── no ─▶ a limit that refuses then? ── yes ─▶ unavailable
 *                              └── no ─▶ this process's own memory
 */
import { createHmac, createSecretKey, randomUUID } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createLeaseKeeper } from './lease-keeper.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type {
  Admission,
  ConcurrencyLimit,
  CountedPlace,
  CountedWindow,
  Demand,
  Limit,
  LimitState,
  LimitStore,
  Limiter,
  Refused,
  Reply,
  WindowLimit,
} from './limits.ts'
import { createMemoryLimits } from './memory.ts'
import { createPresence } from './presence.ts'

export interface LimiterOptions {
  /** Closed with the limiter. */
  store: LimitStore
  /** At least 32 bytes, the same in all processes: what is stored names nobody without it. */
  key: Uint8Array
  /** For how long a place is held when its process dies. Default 30. */
  leaseSeconds?: number
  /** How long a request waits for the store. Default 500. */
  storeMillisecondsMax?: number
  /** Told when the store goes away, with what it said, and with null when it is back. */
  onStoreChange?: (error: unknown) => void
  /** Milliseconds, of a clock that nobody can set. */
  now?: () => number
}

const sweepMilliseconds = 60_000
const keyBytesMin = 32
const namePattern = /^[a-z0-9-]{1,40}$/
/** A place is free as soon as one of those requests ends, which nobody can know. */
const retryPlaceSeconds = 1

export function createLimiter(options: LimiterOptions): Limiter {
  const { store, leaseSeconds = 30, storeMillisecondsMax = 500 } = options
  if (options.key.length < keyBytesMin)
    throw new Error(`The key is shorter than ${keyBytesMin} bytes (keyBytesMin).`)
  const key = createSecretKey(options.key)
  const leaseMilliseconds = leaseSeconds * 1_000
  const presence = createPresence({
    millisecondsMax: storeMillisecondsMax,
    ...(options.onStoreChange === undefined ? {} : { onChange: options.onStoreChange }),
    ...(options.now === undefined ? {} : { now: options.now }),
  })
  const memory = createMemoryLimits(options.now === undefined ? {} : { now: options.now })
  const shared = createLeaseKeeper(store, leaseMilliseconds)
  const alone = createLeaseKeeper(memory, leaseMilliseconds)
  const sweeping = setInterval(() => {
    for (const each of [store, memory]) each.sweep().catch(() => {})
  }, sweepMilliseconds)
  sweeping.unref()

  async function askStore(demand: Demand): Promise<Reply | null> {
    if (!presence.shallAsk()) return null
    return presence.ask(
      () => store.admit(demand),
      // Nobody waits for the places of an answer that came too late.
      (late) => {
        if (!late.admitted) return
        shared.keep(demand.places)
        shared.release(demand.places)
      },
    )
  }

  return {
    async admit(limits) {
      if (limits.length === 0) return { admitted: true, states: [], release: () => {} }
      const demand = demandOf(limits, (limit) => keyOf(limit, key), leaseMilliseconds)
      const reply = await askStore(demand)
      if (reply !== null) return admissionOf(limits, demand, reply, shared)
      if (limits.some(({ whenAway }) => whenAway === 'refuse')) return unavailable()
      return admissionOf(limits, demand, await memory.admit(demand), alone)
    },
    async close() {
      clearInterval(sweeping)
      // What a store that is away cannot be told runs out.
      await presence.ask(
        () => Promise.all([shared.close(), alone.close()]),
        () => {},
      )
      await store.close()
    },
  }
}

/**
 * Counts in this process's memory and nowhere else: for what is asked so often that none of it shall wait for a store. What is
 * in memory needs no key, and never is away.
 */
export function createLocalLimiter({
  leaseSeconds = 30,
  now,
}: Pick<LimiterOptions, 'leaseSeconds' | 'now'> = {}): Limiter {
  const leaseMilliseconds = leaseSeconds * 1_000
  const store = createMemoryLimits(now === undefined ? {} : { now })
  const keeper = createLeaseKeeper(store, leaseMilliseconds)
  const sweeping = setInterval(() => void store.sweep(), sweepMilliseconds)
  sweeping.unref()
  return {
    async admit(limits) {
      if (limits.length === 0) return { admitted: true, states: [], release: () => {} }
      const demand = demandOf(limits, plainKeyOf, leaseMilliseconds)
      return admissionOf(limits, demand, await store.admit(demand), keeper)
    },
    async close() {
      clearInterval(sweeping)
      await keeper.close()
    },
  }
}

function demandOf(
  limits: readonly Limit[],
  keyOfLimit: (limit: Limit) => string,
  leaseMilliseconds: number,
): Demand {
  const keys = limits.map((limit) => {
    refuseNonsense(limit)
    return keyOfLimit(limit)
  })
  if (new Set(keys).size !== keys.length)
    throw new Error('Two limits have the same name and the same subject.')
  const windows: CountedWindow[] = []
  const places: CountedPlace[] = []
  limits.forEach((limit, index) => {
    const counted = { key: keys[index] ?? '' }
    if (isWindow(limit)) {
      const windowMilliseconds = limit.windowSeconds * 1_000
      windows.push({ ...counted, requestsMax: limit.requestsMax, windowMilliseconds })
    } else places.push({ ...counted, leaseId: randomUUID(), concurrentMax: limit.concurrentMax })
  })
  return { windows, places, leaseMilliseconds }
}

/** What is stored names nobody: neither an address nor a user can be found by trying them all. */
function keyOf({ name, subject }: Limit, key: KeyObject): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([name, subject]))
    .digest('base64url')
    .slice(0, 22)
}

/** No name has a space in it. */
function plainKeyOf({ name, subject }: Limit): string {
  return `${name} ${subject}`
}

function isWindow(limit: Limit): limit is WindowLimit {
  return 'windowSeconds' in limit
}

function refuseNonsense(limit: Limit): void {
  if (!namePattern.test(limit.name)) throw new Error(`"${limit.name}" is no name for a limit.`)
  const numbers = isWindow(limit) ? [limit.requestsMax, limit.windowSeconds] : [limit.concurrentMax]
  if (numbers.every((number) => Number.isSafeInteger(number) && number >= 1)) return
  throw new Error(`The limit ${limit.name} must have whole numbers from 1 on.`)
}

function admissionOf(limits: readonly Limit[], demand: Demand, reply: Reply, keeper: LeaseKeeper): Admission {
  const states = statesOf(limits, reply)
  if (reply.admitted) {
    keeper.keep(demand.places)
    return { admitted: true, states, release: () => keeper.release(demand.places) }
  }
  const retryAfterSeconds = Math.max(...states.map((state) => state.retryAfterSeconds))
  return { admitted: false, reason: 'limited', states, retryAfterSeconds, release: () => {} }
}

function unavailable(): Refused {
  return { admitted: false, reason: 'unavailable', states: [], retryAfterSeconds: 1, release: () => {} }
}

/** Windows and places come back in their own order each. */
function statesOf(limits: readonly Limit[], reply: Reply): LimitState[] {
  const windows = [...reply.windows]
  const places = [...reply.places]
  return limits.map((limit) =>
    isWindow(limit)
      ? windowState(limit, windows.shift(), reply.admitted)
      : placeState(limit, places.shift(), reply.admitted),
  )
}

function windowState(
  { name, requestsMax, windowSeconds }: WindowLimit,
  counted: Reply['windows'][number] | undefined,
  admitted: boolean,
): LimitState {
  const { used = 0, nextMilliseconds = 0 } = counted ?? {}
  const resetSeconds = Math.max(1, Math.ceil(nextMilliseconds / 1_000))
  const retryAfterSeconds = !admitted && used >= requestsMax ? resetSeconds : 0
  const remaining = Math.max(0, requestsMax - used)
  return { name, requestsMax, remaining, windowSeconds, resetSeconds, retryAfterSeconds }
}

function placeState(
  { name, concurrentMax }: ConcurrencyLimit,
  counted: Reply['places'][number] | undefined,
  admitted: boolean,
): LimitState {
  const used = counted?.used ?? 0
  return {
    name,
    requestsMax: concurrentMax,
    remaining: Math.max(0, concurrentMax - used),
    windowSeconds: null,
    resetSeconds: null,
    retryAfterSeconds: !admitted && used >= concurrentMax ? retryPlaceSeconds : 0,
  }
}
