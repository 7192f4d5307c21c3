/**
 * Group commit: the events of all running streams of this process, written in groups, and only then shown.
 *
 *   push ─▶ waiting entries, one per run ─ lanes ─▶ journal.append ─▶ publish ─▶ followers
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { textDelta, createTextDelta } from '../conversation/events.ts'
import type { RunEvent, SequencedEvent } from '../conversation/events.ts'
import { mergedTextLengthMax } from '../conversation/merge.ts'
import type { ConversationChange, JournalEntry, RunJournal } from '../conversation/store.ts'
import type { LiveRun } from './live-run.ts'
import { createWriteLanes } from './write-lanes.ts'
import type { LaneEntry } from './write-lanes.ts'

export interface Recorder {
  /** Numbers the events and queues them with what they change. Text deltas that wait together become one. */
  push(run: LiveRun, events: RunEvent[], changes: ConversationChange[]): void
  /** Queues the run's last event. */
  end(run: LiveRun, end: NonNullable<JournalEntry['end']>): void
  /** Resolves when everything pushed for the run so far is written and shown; rejects when it never will be. */
  written(run: LiveRun): Promise<void>
  /** Whether the run has changed anything in its conversation since it began. */
  hasChanged(run: LiveRun): boolean
  /** Whether so much of the run waits to be written that its agent must wait, too. */
  isFarAhead(run: LiveRun): boolean
  /** Gives up on what the database does not take. */
  close(): void
}

export interface RecorderOptions {
  journal: RunJournal
  processId: string
  /** The run is no longer ours: nothing of it will be written any more. */
  onLost(run: LiveRun): void
  /** Written and published. */
  onWritten(run: LiveRun): void
  /** The database did not take a group; it is tried again until the leases are lost. */
  onWriteError(error: unknown): void
}

interface WaitingEntry extends LaneEntry {
  run: LiveRun
  events: SequencedEvent[]
  changes: ConversationChange[]
  end?: JournalEntry['end']
  length: number
  /** There when somebody waits for it. */
  written?: Deferred
}

interface Deferred {
  promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

/** UTF-16 code units of text, and items and threads, that may wait to be written for one run. */
const waitingLengthMax = 256 * 1024
const waitingChangesMax = 16
/** Merged text is one event; of others a few are enough, for they may be of any size. */
const waitingEventsMax = 64

const retryMillisecondsMax = 1_000

export function createRecorder(options: RecorderOptions): Recorder {
  const startedRuns = new WeakSet<LiveRun>()
  const changedRuns = new WeakSet<LiveRun>()
  let isClosed = false
  const lanes = createWriteLanes(write)

  function entryFor(run: LiveRun): WaitingEntry {
    const waiting = lanes.waiting(run.runId)
    if (waiting !== undefined) return waiting
    const isFirst = !startedRuns.has(run)
    startedRuns.add(run)
    const entry: WaitingEntry = { key: run.runId, isFirst, run, events: [], changes: [], length: 0 }
    lanes.add(entry)
    return entry
  }

  async function write(group: WaitingEntry[]): Promise<void> {
    const lost = await appendUntilTaken(group)
    for (const { run, events, written } of group) {
      if (lost.has(run.runId)) {
        options.onLost(run)
        written?.reject(new Error(`Run ${run.runId} is not this process's any more.`))
      } else {
        run.publish(events)
        options.onWritten(run)
        written?.resolve()
      }
    }
  }

  /** The same group again until it is in: a write whose answer was lost is repeated as it was, which changes nothing. */
  async function appendUntilTaken(group: WaitingEntry[]): Promise<Set<string>> {
    for (let attempt = 0; ; attempt += 1) {
      const held: JournalEntry[] = []
      const lost = new Set<string>()
      for (const entry of group) {
        if (entry.run.stopReason() === 'lost') lost.add(entry.run.runId)
        else held.push(journalEntry(entry))
      }
      try {
        for (const runId of await options.journal.append(options.processId, held)) lost.add(runId)
        return lost
      } catch (error) {
        options.onWriteError(error)
        if (isClosed) return new Set(group.map(({ run }) => run.runId))
        await sleep(Math.min(50 * 2 ** attempt, retryMillisecondsMax))
      }
    }
  }

  return {
    push(run, events, changes) {
      const entry = entryFor(run)
      for (const event of events) appendEvent(entry, event)
      entry.changes.push(...changes)
      if (changes.length > 0) changedRuns.add(run)
    },
    end(run, end) {
      const entry = entryFor(run)
      appendEvent(entry, { type: 'run-ended', status: end.status })
      entry.end = end
    },
    async written(run) {
      await whenWritten(lanes.inFlight(run.runId))
      await whenWritten(lanes.waiting(run.runId))
    },
    hasChanged: (run) => changedRuns.has(run),
    isFarAhead: ({ runId }) => isFarAhead(lanes.inFlight(runId), lanes.waiting(runId)),
    close() {
      isClosed = true
    },
  }
}

function isFarAhead(...entries: (WaitingEntry | undefined)[]): boolean {
  let [length, changes, events] = [0, 0, 0]
  for (const entry of entries) {
    length += entry?.length ?? 0
    changes += entry?.changes.length ?? 0
    events += entry?.events.length ?? 0
  }
  return length > waitingLengthMax || changes >= waitingChangesMax || events >= waitingEventsMax
}

/** Neighbouring deltas of one part become one event before they get a number, as long as it stays a small one. */
function appendEvent(entry: WaitingEntry, event: RunEvent): void {
  const delta = textDelta(event)
  const last = entry.events.at(-1)
  const before = last === undefined || delta === undefined ? undefined : textDelta(last.event)
  entry.length += delta?.text.length ?? 0
  if (
    last !== undefined &&
    delta !== undefined &&
    before?.itemId === delta.itemId &&
    before.index === delta.index &&
    before.text.length + delta.text.length <= mergedTextLengthMax
  ) {
    last.event = createTextDelta(delta.itemId, before.text + delta.text, delta.index)
  } else {
    entry.events.push(entry.run.number(event))
  }
}

function journalEntry({ run, events, changes, end }: WaitingEntry): JournalEntry {
  return {
    owner: run.owner,
    threadId: run.threadId,
    runId: run.runId,
    events,
    changes,
    isFollowedElsewhere: run.isFollowedElsewhere(),
    ...(end === undefined ? {} : { end }),
  }
}

function whenWritten(entry: WaitingEntry | undefined): Promise<void> | undefined {
  if (entry === undefined) return undefined
  entry.written ??= createDeferred()
  return entry.written.promise
}

function createDeferred(): Deferred {
  let resolve = (): void => {}
  let reject = (_error: unknown): void => {}
  const promise = new Promise<void>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise
    reject = rejectPromise
  })
  // Nobody may be waiting when a run is lost; that is no unhandled rejection.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
