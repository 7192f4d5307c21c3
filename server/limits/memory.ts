/** Limits of one process, in its memory: for a server that is alone, and for one whose shared store is away. */
import type { CountedPlace, CountedWindow, Demand, Lease, LimitStore } from './limits.ts'
import { countUses, freeAtOf, nextMilliseconds, standing, withUse } from './window.ts'
import type { Use } from './window.ts'

export interface MemoryLimitOptions {
  /** Milliseconds. Default: a clock that nobody can set. */
  now?: () => number
  /**
   * How many windows are kept; beyond that, the one that was asked least recently is forgotten. Whoever wants to be forgotten
   * must come under so many other names. Default 100,000, about 20 MB of callers who asked once.
   */
  keysMax?: number
}

export interface MemoryLimits extends LimitStore {
  /** How many windows and how many leases are kept. */
  size(): { windows: number; leases: number }
}

export function createMemoryLimits(options: MemoryLimitOptions = {}): MemoryLimits {
  const { now: clock = () => performance.now(), keysMax = 100_000 } = options
  const windows = createWindows(keysMax)
  const places = createPlaces()

  return {
    async admit({ windows: asked, places: wanted, leaseMilliseconds }: Demand) {
      const now = clock()
      const found = asked.map((window) => ({ window, uses: windows.read(window, now) }))
      const admitted =
        found.every(({ window, uses }) => countUses(uses) < window.requestsMax) &&
        wanted.every((place) => places.count(place, now, leaseMilliseconds) < place.concurrentMax)
      if (admitted) {
        for (const each of found) {
          each.uses = withUse(each.uses, freeAtOf(now, each.window.windowMilliseconds))
          windows.write(each.window.key, each.uses)
        }
        for (const place of wanted) places.hold(place, now + leaseMilliseconds)
      }
      return {
        admitted,
        windows: found.map(({ window, uses }) => ({
          used: countUses(uses),
          nextMilliseconds: nextMilliseconds(uses, now, window),
        })),
        places: wanted.map((place) => ({ used: places.count(place, now, leaseMilliseconds) })),
      }
    },
    async renew(leases, leaseMilliseconds) {
      const until = clock() + leaseMilliseconds
      for (const lease of leases) places.hold(lease, until)
    },
    async release(leases) {
      for (const lease of leases) places.leave(lease)
    },
    async sweep() {
      const now = clock()
      windows.sweep(now)
      places.sweep(now)
    },
    size: () => ({ windows: windows.size(), leases: places.size() }),
    async close() {},
  }
}

/** The least recently asked comes first. */
function createWindows(keysMax: number) {
  const kept = new Map<string, readonly Use[]>()
  return {
    read({ key, windowMilliseconds }: CountedWindow, now: number): readonly Use[] {
      const uses = kept.get(key)
      if (uses === undefined) return []
      kept.delete(key)
      kept.set(key, uses)
      return standing(uses, now, windowMilliseconds)
    },
    write(key: string, uses: readonly Use[]): void {
      kept.delete(key)
      kept.set(key, uses)
      if (kept.size <= keysMax) return
      const [oldest] = kept.keys()
      if (oldest !== undefined) kept.delete(oldest)
    },
    sweep(now: number): void {
      for (const [key, uses] of kept) if (uses.every(({ freeAt }) => freeAt <= now)) kept.delete(key)
    },
    size: () => kept.size,
  }
}

/** As many as requests are running, so nothing bounds them but that they run out. */
function createPlaces() {
  const kept = new Map<string, Map<string, number>>()
  return {
    count({ key }: CountedPlace, now: number, leaseMilliseconds: number): number {
      const latest = now + leaseMilliseconds
      return Array.from(kept.get(key)?.values() ?? []).filter((until) => until > now && until <= latest)
        .length
    },
    hold({ key, leaseId }: Lease, until: number): void {
      const held = kept.get(key) ?? new Map<string, number>()
      kept.set(key, held.set(leaseId, until))
    },
    leave({ key, leaseId }: Lease): void {
      const held = kept.get(key)
      held?.delete(leaseId)
      if (held?.size === 0) kept.delete(key)
    },
    sweep(now: number): void {
      for (const [key, held] of kept) {
        for (const [leaseId, until] of held) if (until <= now) held.delete(leaseId)
        if (held.size === 0) kept.delete(key)
      }
    },
    size: () => Array.from(kept.values()).reduce((sum, held) => sum + held.size, 0),
  }
}
