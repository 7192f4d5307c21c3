/** A run that this process drives: its newest events in memory, its state, and who waits for more. */
import type { RunEvent, SequencedEvent } from '../conversation/events.ts'
import type { Owner } from '../conversation/threads.ts'
import { firstBatch, sized } from './batch.ts'
import type { SizedEvent } from './batch.ts'
import { followedMilliseconds } from './distant-runs.ts'

export interface LiveRun {
  readonly runId: string
  readonly threadId: string
  readonly owner: Owner
  /** Aborted with a `StopReason` when the agent must let go. */
  readonly stop: AbortController
  /** Whether its agent lets the user stop it. */
  mayCancel: boolean
  /** How many follow it here. */
  readers: number
  stopReason(): StopReason | undefined
  /** Another process has said that somebody follows the run there. It says so again as long as that is so. */
  followedElsewhere(): void
  isFollowedElsewhere(): boolean
  /** Numbers an event. It is not visible to anyone before `publish`. */
  number(event: RunEvent): SequencedEvent
  /** Makes written events visible to followers. */
  publish(events: SequencedEvent[]): void
  /**
   * The next batch of events behind `seq`, or undefined when memory no longer reaches back so far: then the log must
   * be read.
   */
  since(seq: number): SequencedEvent[] | undefined
}

/**
 * Why a run is told to let go. `interrupted`: this process is going down. `timed-out`: it took too long.
 * `lost`: another process has settled it, so nothing may be written any more.
 */
export type StopReason = 'cancelled' | 'interrupted' | 'timed-out' | 'lost'

/** How much a live run remembers for its followers; who is further behind reads the log. An event takes about 0.2 kB. */
const rememberedEventsMax = 64
const rememberedBytesMax = 1024 * 1024

export function createLiveRun(runId: string, threadId: string, owner: Owner): LiveRun {
  const stop = new AbortController()
  let nextSeq = 1
  const remembered: SizedEvent[] = []
  let firstSeq = nextSeq
  let bytes = 0
  let followedElsewhereUntil = 0
  return {
    runId,
    threadId,
    owner,
    stop,
    mayCancel: true,
    readers: 0,
    stopReason: () => (stop.signal.aborted ? (stop.signal.reason as StopReason) : undefined),
    followedElsewhere() {
      followedElsewhereUntil = performance.now() + followedMilliseconds
    },
    isFollowedElsewhere: () => performance.now() < followedElsewhereUntil,
    number(event) {
      const numbered = { seq: nextSeq, event }
      nextSeq += 1
      return numbered
    },
    publish(events) {
      for (const event of events) {
        const added = sized(event)
        remembered.push(added)
        bytes += added.bytes
      }
      if (remembered.length <= rememberedEventsMax && bytes <= rememberedBytesMax) return
      while (remembered.length > rememberedEventsMax / 2 || bytes > rememberedBytesMax / 2) {
        const forgotten = remembered.shift()
        firstSeq = (forgotten?.seq ?? firstSeq) + 1
        bytes -= forgotten?.bytes ?? 0
      }
    },
    since(seq) {
      if (seq + 1 < firstSeq) return undefined
      // Nearly every follower asks for the newest ones.
      let start = remembered.length
      while (start > 0 && (remembered[start - 1]?.seq ?? 0) > seq) start -= 1
      return firstBatch(remembered, start)
    },
  }
}
