/** What was checked, by the hash of what was shown, so that a dump of the memory gives none away. */

export interface Memory<Value> {
  get(hash: string, time: number): Value | undefined
  /** @param until Milliseconds of the epoch. */
  set(hash: string, value: Value, until: number): void
}

/** The oldest goes when there are `entriesMax`. */
export function createMemory<Value>(entriesMax: number): Memory<Value> {
  const entries = new Map<string, { value: Value; until: number }>()
  return {
    get(hash, time) {
      const entry = entries.get(hash)
      if (entry === undefined) return undefined
      if (time < entry.until) return entry.value
      entries.delete(hash)
      return undefined
    },
    set(hash, value, until) {
      const oldest = entries.size >= entriesMax ? entries.keys().next().value : undefined
      if (oldest !== undefined) entries.delete(oldest)
      entries.set(hash, { value, until })
    },
  }
}
