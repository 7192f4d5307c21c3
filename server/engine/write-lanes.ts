/**
 * When the recorder writes. What waits is written in groups, by two lanes:
 *
 *   add ─▶ waiting, one entry per run ─┬─ paced: after the database's rest ──▶ write(group)
 *               ▲                      └─ first: with the end of this turn ──▶     │
 *               └────────────── more comes for runs that are in flight ────────────┘
 *
 * After a group the database rests: as long as the write took for one run, four times as long for four and more, at most
 * 25 ms. So one stream is quick, and the number of writes does not grow with the number of streams. Only what somebody
 * waits for most, the first words of an answer, does not wait for the rest: those writes grow with the answers that begin.
 * A run is in one group at a time, so its events stay in their order.
 */
export interface LaneEntry {
  /** The run's. */
  readonly key: string
  readonly isFirst: boolean
}

export interface WriteLanes<Entry extends LaneEntry> {
  waiting(key: string): Entry | undefined
  inFlight(key: string): Entry | undefined
  add(entry: Entry): void
}

const restFactorMax = 4
const restMillisecondsMax = 25

/** `write` never rejects. */
export function createWriteLanes<Entry extends LaneEntry>(
  write: (group: Entry[]) => Promise<void>,
): WriteLanes<Entry> {
  const waiting = new Map<string, Entry>()
  const inFlight = new Map<string, Entry>()
  let isPacedScheduled = false
  let isFirstScheduled = false
  let restUntil = 0

  function wake({ isFirst }: Entry): void {
    if (isFirst && !isFirstScheduled) {
      isFirstScheduled = true
      setImmediate(() => void writeFirst())
    } else if (!isFirst && !isPacedScheduled) {
      isPacedScheduled = true
      const rest = restUntil - performance.now()
      if (rest > 0) setTimeout(() => void writePaced(), rest)
      else setImmediate(() => void writePaced())
    }
  }

  async function writeFirst(): Promise<void> {
    await writeTaken(take(({ isFirst }) => isFirst))
    isFirstScheduled = false
    wakeForWaiting()
  }

  async function writePaced(): Promise<void> {
    const group = take(() => true)
    const beganAt = performance.now()
    await writeTaken(group)
    const endedAt = performance.now()
    isPacedScheduled = false
    // All that waits is in flight: the lane that writes it wakes this one.
    if (group.length === 0) return
    const rest = (endedAt - beganAt) * Math.min(group.length, restFactorMax)
    restUntil = endedAt + Math.min(rest, restMillisecondsMax)
    wakeForWaiting()
  }

  function take(isWanted: (entry: Entry) => boolean): Entry[] {
    const group: Entry[] = []
    for (const [key, entry] of waiting) {
      if (inFlight.has(key) || !isWanted(entry)) continue
      waiting.delete(key)
      inFlight.set(key, entry)
      group.push(entry)
    }
    return group
  }

  async function writeTaken(group: Entry[]): Promise<void> {
    if (group.length === 0) return
    await write(group)
    for (const { key } of group) inFlight.delete(key)
  }

  function wakeForWaiting(): void {
    for (const entry of waiting.values()) {
      wake(entry)
      if (isPacedScheduled && isFirstScheduled) return
    }
  }

  return {
    waiting: (key) => waiting.get(key),
    inFlight: (key) => inFlight.get(key),
    add(entry) {
      waiting.set(entry.key, entry)
      wake(entry)
    },
  }
}
