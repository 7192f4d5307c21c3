/** The few statistics that the laboratory uses. */

/** NaN for none. */
export function median(values: readonly number[]): number {
  return percentile(values.toSorted(ascending), 50)
}

/** By linear interpolation between the two nearest ranks. The values must be sorted. NaN for none. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const rank = ((sorted.length - 1) * percent) / 100
  const lower = sorted[Math.floor(rank)]
  const upper = sorted[Math.ceil(rank)]
  if (lower === undefined || upper === undefined) return Number.NaN
  return lower + (upper - lower) * (rank - Math.floor(rank))
}

/** (max − min) ÷ median: how far repetitions lie apart. */
export function spread(values: readonly number[]): number {
  return values.length < 2 ? 0 : (Math.max(...values) - Math.min(...values)) / Math.abs(median(values))
}

export interface Ratio {
  ratio: number
  /** The least and the greatest ratio of two repetitions that ran one after the other. */
  least: number
  greatest: number
}

/**
 * How two servers compare over alternating repetitions, each given by its number: the ratio of their medians, and the range of
 * the ratios within one round, in which both met the same weather. Null when no round has both.
 */
export function compare(
  ours: ReadonlyMap<number, number>,
  theirs: ReadonlyMap<number, number>,
): Ratio | null {
  const paired = [...ours].flatMap(([round, value]) => {
    const other = theirs.get(round)
    return other === undefined ? [] : [value / other]
  })
  if (paired.length === 0) return null
  return {
    ratio: median([...ours.values()]) / median([...theirs.values()]),
    least: Math.min(...paired),
    greatest: Math.max(...paired),
  }
}

export interface Summary {
  count: number
  p50: number
  p95: number
  p99: number
}

export function summarize(values: ArrayLike<number>): Summary {
  const sorted = Float64Array.from(values).sort()
  return {
    count: sorted.length,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
  }
}

function ascending(one: number, other: number): number {
  return one - other
}
