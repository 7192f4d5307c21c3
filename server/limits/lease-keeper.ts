/**
 * What this process holds, renewed together and given back together.
 *
 *   keep ─▶ held ── every third of a lease ──▶ store.renew(all)
 *   release ─▶ ended ── with whatever else ends meanwhile ──▶ store.release(those)
 *
 * One message at a time: a renewal that overtook the end of a lease would bring it back.
 */
import type { Lease, LimitStore } from './limits.ts'

export interface LeaseKeeper {
  keep(leases: readonly Lease[]): void
  /** Again does nothing. */
  release(leases: readonly Lease[]): void
  /** Gives everything back; resolves when that was tried. */
  close(): Promise<void>
}

export function createLeaseKeeper(store: LimitStore, leaseMilliseconds: number): LeaseKeeper {
  const held = new Map<string, Lease>()
  let ended: Lease[] = []
  let renewalIsDue = false
  let working: Promise<void> | undefined
  const timer = setInterval(() => {
    if (held.size === 0) return
    renewalIsDue = true
    start()
  }, leaseMilliseconds / 3)
  timer.unref()

  function start(): void {
    working ??= work().finally(() => (working = undefined))
  }

  async function work(): Promise<void> {
    // What begins in this turn of the event loop goes along.
    await Promise.resolve()
    while (ended.length > 0 || renewalIsDue) {
      const leaving = ended
      ended = []
      // What cannot be said now is not lost: a lease that nobody renews runs out, and a renewal comes again.
      if (leaving.length > 0) await store.release(leaving).catch(() => {})
      if (!renewalIsDue) continue
      renewalIsDue = false
      await store.renew([...held.values()], leaseMilliseconds).catch(() => {})
    }
  }

  function release(leases: readonly Lease[]): void {
    const leaving = leases.filter(({ leaseId }) => held.delete(leaseId))
    if (leaving.length === 0) return
    ended.push(...leaving)
    start()
  }

  return {
    keep(leases) {
      for (const lease of leases) held.set(lease.leaseId, lease)
    },
    release,
    async close() {
      clearInterval(timer)
      release([...held.values()])
      await working
    },
  }
}
