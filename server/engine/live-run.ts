/** A run that this process drives: its newest events in memory, its state, and who waits for more. */
import { textDelta } from '../conversation/events.ts'
import type { RunEvent, SequencedEvent } from '../conversation/events.ts'
import type { Owner } from '../conversation/threads.ts'

export interface LiveRun {
  readonly runId: string
  readonly threadId: string
  readonly owner: Owner
  /** Aborted with a `StopReason` when the agent must let go. */
  readonly stop: AbortController
  stopReason(): StopReason | undefined
  /** Numbers an event. It is not visible to anyone before `publish`. */
  number(event: RunEvent): SequencedEvent
  /** Makes written events visible to followers. */
  publish(events: SequencedEvent[]): void
  /**
   * The first events behind `seq`, about `bytesMax` of them and at least one if there is one; undefined when memory no
   * longer reaches back so far: then the log must be read.
   */
  since(seq: number, bytesMax: number): SequencedEvent[] | undefined
}

/**
 * Why a run is told to let go. `interrupted`: this process is going down. `timed-out`: it took too long.
 * `lost`: another process has settled it, so nothing may be written any more.
 */
export type StopReason = 'cancelled' | 'interrupted' | 'timed-out' | 'lost'

/** How many events a live run remembers for its followers; who is further behind reads the log. */
const rememberedEventsMax = 256

export function createLiveRun(runId: string, threadId: string, owner: Owner): LiveRun {
  const stop = new AbortController()
  let nextSeq = 1
  let remembered: RememberedEvent[] = []
  let firstSeq = nextSeq
  return {
    runId,
    threadId,
    owner,
    stop,
    stopReason: () => (stop.signal.aborted ? (stop.signal.reason as StopReason) : undefined),
    number(event) {
      const numbered = { seq: nextSeq, event }
      nextSeq += 1
      return numbered
    },
    publish(events) {
      for (const numbered of events) remembered.push({ ...numbered, bytes: bytesOf(numbered.event) })
      if (remembered.length <= rememberedEventsMax) return
      remembered = remembered.slice(-rememberedEventsMax / 2)
      firstSeq = remembered[0]?.seq ?? nextSeq
    },
    since(seq, bytesMax) {
      if (seq + 1 < firstSeq) return undefined
      let bytes = 0
      const behind = remembered.filter((numbered) => numbered.seq > seq)
      const tooMany = behind.findIndex((numbered) => (bytes += numbered.bytes) > bytesMax)
      return tooMany === -1 ? behind : behind.slice(0, Math.max(tooMany, 1))
    },
  }
}

interface RememberedEvent extends SequencedEvent {
  bytes: number
}

/** About what it takes on the wire. */
function bytesOf(event: RunEvent): number {
  return Buffer.byteLength(textDelta(event)?.text ?? JSON.stringify(event))
}
