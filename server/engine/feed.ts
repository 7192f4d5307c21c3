/**
 * Following a run, whoever drives it. A follower pulls: it holds a number, not a buffer, so one that stalls costs
 * nothing but its place. It asks to be woken *before* it reads, so nothing falls between reading and waiting.
 *
 *   wait ─▶ events in memory (our run) or in the log (another process's) ─▶ yield ─▶ … ─▶ run-ended
 */
import { ParleyError } from '../conversation/errors.ts'
import type { SequencedEvent } from '../conversation/events.ts'
import type { ConversationStore, Run, RunJournal } from '../conversation/store.ts'
import type { Owner } from '../conversation/threads.ts'
import { firstBatch, followBytesMax, sized } from './batch.ts'
import type { LiveRun } from './live-run.ts'
import { createDistantRuns } from './distant-runs.ts'
import { createSleepers } from './sleepers.ts'

export interface Feed {
  /** Somebody may have written to these runs. */
  wake(runIds: string[]): void
  wakeAll(): void
  /**
   * The events behind `after`, in batches, until the run has ended; the last event is always `run-ended`.
   * Ends silently when the signal is aborted or the thread is deleted.
   */
  follow(following: Following): AsyncGenerator<SequencedEvent[]>
  /** Whether the run has ended, now or within that time. */
  endsWithin(owner: Owner, runId: string, milliseconds: number): Promise<boolean>
}

export interface Following {
  owner: Owner
  runId: string
  /** A sequence number. 0: from the beginning. */
  after: number
  signal: AbortSignal
  /** Makes sure that the run is the owner's before anything of it is read; following throws what this throws. */
  admit(): Promise<void>
  /** Whether the run goes on for this follower when its client has left that could only close. */
  isReader: boolean
}

export interface FeedOptions {
  store: ConversationStore
  /** For a word to the process that drives what is followed here. */
  journal: Pick<RunJournal, 'signal'>
  liveRun(runId: string): LiveRun | undefined
  /** How often a follower of another process's run looks by itself, should a notification be lost. Default 1. */
  pollSeconds?: number
}

/** What a follower goes on with. */
interface Portion {
  events: SequencedEvent[]
  /** Nothing more was in the log. Of what is remembered, nobody asks. */
  isAll: boolean
}

export function createFeed({ store, journal, liveRun, pollSeconds = 1 }: FeedOptions): Feed {
  const distantRuns = createDistantRuns(journal)
  const sleepers = createSleepers(pollSeconds)

  async function* follow(following: Following): AsyncGenerator<SequencedEvent[]> {
    const { owner, runId, signal } = following
    await following.admit()
    let seq = following.after
    let hasLeft = signal.aborted
    let leaveDistant: (() => void) | undefined
    const live = liveRun(runId)
    if (live !== undefined && following.isReader) live.readers += 1
    const sleeper = sleepers.join(runId)
    const onAbort = (): void => {
      hasLeft = true
      sleeper.wake()
    }
    signal.addEventListener('abort', onAbort)
    try {
      while (!hasLeft) {
        // Memory first: for a run of our own, no promise is waited for.
        const portion = remembered(live, seq) ?? (await readLog(owner, runId, seq))
        if (portion === 'gone') return
        const last = portion.events.at(-1)
        if (last === undefined) {
          if (liveRun(runId) === undefined) leaveDistant ??= distantRuns.follow(runId)
          await sleeper.woken()
        } else {
          yield portion.events
          seq = last.seq
          if (last.event.type === 'run-ended') return
          // The process that drives it tells of all that comes next: nothing is read in vain.
          if (portion.isAll && leaveDistant !== undefined) await sleeper.woken()
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort)
      sleeper.leave()
      leaveDistant?.()
      if (live !== undefined && following.isReader) live.readers -= 1
    }
  }

  /** Undefined when only the log knows: memory does not reach back so far, or the run's end is another process's. */
  function remembered(live: LiveRun | undefined, seq: number): Portion | undefined {
    const events = live?.since(seq)
    const isOver = live !== undefined && liveRun(live.runId) === undefined
    return events === undefined || (isOver && events.length === 0) ? undefined : { events, isAll: false }
  }

  async function readLog(owner: Owner, runId: string, seq: number): Promise<Portion | 'gone'> {
    try {
      const { run, events, isAll } = await store.runSince(owner, runId, seq, followBytesMax)
      if (events.length === 0) return { events: endOf(run, seq), isAll }
      // The log comes in whole groups, and one may be large.
      const batch = firstBatch(events.map(sized))
      return { events: batch, isAll: isAll && batch.length === events.length }
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'not_found') return 'gone'
      throw error
    }
  }

  return {
    wake: sleepers.wake,
    wakeAll: sleepers.wakeAll,
    follow,
    async endsWithin(owner, runId, milliseconds) {
      const following = {
        owner,
        runId,
        after: (await store.run(owner, runId)).lastSeq,
        signal: AbortSignal.timeout(milliseconds),
        admit: async () => {},
        isReader: false,
      }
      for await (const events of follow(following)) {
        if (events.at(-1)?.event.type === 'run-ended') return true
      }
      return false
    },
  }
}

/** The log of a run that ended long ago has been thrown away: its end is still known. */
function endOf({ status, lastSeq }: Run, seq: number): SequencedEvent[] {
  if (status === 'running') return []
  return [{ seq: Math.max(seq, lastSeq), event: { type: 'run-ended', status } }]
}
