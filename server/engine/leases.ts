/**
 * Who drives a run keeps its lease; whose lease has run out is settled by whoever notices.
 *
 *   every heartbeat:  renew ours ─▶ a run we no longer hold: let go of it
 *                                └▶ a note asks to stop one:  stop it
 *                     take over abandoned runs ─▶ fold their logs ─▶ keep what had arrived, end them
 *                                └▶ could not be written: again at the next heartbeat
 *
 * Only what is driven is renewed, and settling goes by a name of its own: so a run that this very process has begun and
 * forgotten runs out, is taken over, and nothing that still drives it can write any more.
 */
import { createId } from '../conversation/ids.ts'
import type { SequencedEvent } from '../conversation/events.ts'
import { createPendingItems } from '../conversation/pending.ts'
import type { AbandonedRun, JournalEntry, RunJournal } from '../conversation/store.ts'
import { breakOff, interruptedError, interruptedMessage } from './broken-off.ts'
import type { BrokenOff } from './broken-off.ts'

export interface LeasesOptions {
  journal: RunJournal
  processId: string
  leaseSeconds: number
  heartbeatSeconds: number
  /** The runs that this process believes to hold. */
  heldRunIds(): string[]
  onLost(runId: string): void
  onCancelRequested(runId: string): void
  onSettled(run: AbandonedRun): void
  onError(error: unknown): void
}

export interface Leases {
  /** One heartbeat now. Never rejects. */
  beat(): Promise<void>
  /** Resolves when the heartbeat that was under way is over, and what it could not settle is let go of. */
  stop(): Promise<void>
}

const takeOverLimit = 20

export function startLeases(options: LeasesOptions): Leases {
  const { journal, processId, leaseSeconds } = options
  let beating: Promise<void> | undefined
  const settlerId = createId('prc')
  /** Ours by now, for as long as the lease. */
  const unsettled = new Map<string, AbandonedRun>()

  async function beatOnce(): Promise<void> {
    const expected = options.heldRunIds()
    if (expected.length > 0) {
      const held = new Map(
        (await journal.renewLeases(processId, leaseSeconds, expected)).map((run) => [run.runId, run]),
      )
      for (const runId of expected) {
        const run = held.get(runId)
        if (run === undefined) options.onLost(runId)
        else if (run.cancelRequested) options.onCancelRequested(runId)
      }
    }
    for (const run of await journal.takeOver(settlerId, leaseSeconds, takeOverLimit)) {
      unsettled.set(run.runId, run)
    }
    for (const run of unsettled.values()) await settleOrRemember(run)
  }

  async function settleOrRemember(run: AbandonedRun): Promise<void> {
    try {
      await settle(journal, settlerId, run)
      unsettled.delete(run.runId)
      options.onSettled(run)
    } catch (error) {
      options.onError(error)
    }
  }

  function beat(): Promise<void> {
    beating ??= beatOnce()
      .catch(options.onError)
      .finally(() => {
        beating = undefined
      })
    return beating
  }

  const timer = setInterval(() => void beat(), options.heartbeatSeconds * 1_000)
  return {
    beat,
    async stop() {
      clearInterval(timer)
      await beating
      // What could not be settled any more need not wait for its lease.
      if (unsettled.size > 0) await journal.releaseLeases(settlerId).catch(() => {})
    },
  }
}

async function settle(journal: RunJournal, settlerId: string, run: AbandonedRun): Promise<void> {
  await journal.append(settlerId, [settlement(run, await journal.log(run.runId))])
}

/** A log that cannot be folded must not keep its thread from ever being used again. */
function salvage(log: SequencedEvent[]): BrokenOff {
  try {
    const pending = createPendingItems()
    for (const { event } of log) pending.apply(event)
    return breakOff(pending, 'interrupted')
  } catch {
    return { events: [], changes: [] }
  }
}

/** What ends an abandoned run: its log, folded, says what its unfinished items had become. */
function settlement(run: AbandonedRun, log: SequencedEvent[]): JournalEntry {
  const rest = salvage(log)
  const lastSeq = log.at(-1)?.seq ?? 0
  const events = [
    ...rest.events,
    interruptedError,
    { type: 'run-ended', status: 'interrupted' } as const,
  ].map((event, index) => ({ seq: lastSeq + index + 1, event }))
  return {
    ...run,
    events,
    changes: rest.changes,
    end: { status: 'interrupted', error: interruptedMessage },
    // Whoever followed it told the process that is gone.
    isFollowedElsewhere: true,
  }
}
