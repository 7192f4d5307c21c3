/**
 * A sliding window, counted in slices. What a request uses comes back one window later, rounded up to the next slice:
 *
 *   used here                              comes back here
 *   ──┬──▼──┬─────┬─────┬── … one window … ──┬─────▼─────
 *     slice                                     at the slice's end
 *
 * So in any stretch of time as long as the window at most `requestsMax` are admitted, and what is rounded costs a sixtieth of
 * the window. Considered and left: two counters with a weighted estimate admit up to twice the limit around an edge; GCRA keeps
 * one number, but either admits nearly twice as many in a window or no burst; a log of every request is exact to the
 * millisecond and grows with the limit. This is such a log in which at most 61 entries are kept.
 */

/** Requests that come back at the same moment. Milliseconds of whatever clock the store has. */
export interface Use {
  freeAt: number
  count: number
}

const slicesPerWindow = 60

export function sliceMilliseconds(windowMilliseconds: number): number {
  return Math.ceil(windowMilliseconds / slicesPerWindow)
}

/** When what is used now comes back. */
export function freeAtOf(now: number, windowMilliseconds: number): number {
  const slice = sliceMilliseconds(windowMilliseconds)
  return (Math.floor(now / slice) + 1) * slice + windowMilliseconds
}

/** What still counts. After a clock was set back, what comes back later than anything can is forgotten: no window freezes. */
export function standing(uses: readonly Use[], now: number, windowMilliseconds: number): Use[] {
  const latest = now + windowMilliseconds + sliceMilliseconds(windowMilliseconds)
  return uses.filter(({ freeAt }) => freeAt > now && freeAt <= latest)
}

export function countUses(uses: readonly Use[]): number {
  return uses.reduce((sum, { count }) => sum + count, 0)
}

/** In their order, which is that of time. */
export function withUse(uses: readonly Use[], freeAt: number): Use[] {
  const last = uses.at(-1)
  if (last?.freeAt === freeAt) return [...uses.slice(0, -1), { freeAt, count: last.count + 1 }]
  return [...uses, { freeAt, count: 1 }].toSorted((one, other) => one.freeAt - other.freeAt)
}

/** Until more can be had than now; when more is used than the limit allows (it was lowered), until one can be had again. */
export function nextMilliseconds(
  uses: readonly Use[],
  now: number,
  { requestsMax, windowMilliseconds }: { requestsMax: number; windowMilliseconds: number },
): number {
  const used = countUses(uses)
  let left = used
  for (const { freeAt, count } of uses) {
    left -= count
    if (left < Math.min(used, requestsMax)) return freeAt - now
  }
  return windowMilliseconds
}
