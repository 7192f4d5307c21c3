/**
 * Group commit: the events of all running streams of this process, written as one group per tick, and only then shown.
 *
 *   push ─▶ waiting entries, one per run ─┬─ paced ──▶ journal.append ─▶ publish ─▶ followers
 *                 ▲                         └─ first ──▶      │
 *                 └───────── new events gather meanwhile ─────┘
 *
 * After a write the database rests: as long as the write took for one stream, four times as long for four and more, at
 * most 25 ms. So one stream is quick, and the number of writes does not grow with the number of streams. What comes after
 * the rest goes at once. Only the first words of an answer do not wait, for somebody waits for them: they have a lane of
 * their own, whose writes grow with the number of answers that begin. A run is in one group at a time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { textDelta, createTextDelta } from '../conversation/events.ts'
import type { RunEvent, SequencedEvent } from '../conversation/events.ts'
import { mergedTextLengthMax } from '../conversation/merge.ts'
import type { ConversationChange, JournalEntry, RunJournal } from '../conversation/store.ts'
import type { LiveRun } from './live-run.ts'

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

interface WaitingEntry {
  run: LiveRun
  events: SequencedEvent[]
  changes: ConversationChange[]
  end?: JournalEntry['end']
  length: number
  /** What somebody waits for most: the first that the run says. */
  isFirst: boolean
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

const restFactorMax = 4
const restMillisecondsMax = 25
const retryMillisecondsMax = 1_000

export function createRecorder(options: RecorderOptions): Recorder {
  const waiting = new Map<string, WaitingEntry>()
  const inFlight = new Map<string, WaitingEntry>()
  const startedRuns = new WeakSet<LiveRun>()
  const changedRuns = new WeakSet<LiveRun>()
  let isPacedScheduled = false
  let isFirstScheduled = false
  let isClosed = false
  const pace = createPace()

  function entryFor(run: LiveRun): WaitingEntry {
    const existing = waiting.get(run.runId)
    if (existing !== undefined) return existing
    const isFirst = !startedRuns.has(run)
    const entry: WaitingEntry = { run, events: [], changes: [], length: 0, isFirst }
    waiting.set(run.runId, entry)
    startedRuns.add(run)
    return entry
  }

  function wake({ isFirst }: WaitingEntry): void {
    if (isFirst) wakeFirst()
    else wakePaced()
  }

  function wakeFirst(): void {
    if (isFirstScheduled) return
    isFirstScheduled = true
    setImmediate(() => void writeFirst())
  }

  function wakePaced(): void {
    if (isPacedScheduled) return
    isPacedScheduled = true
    pace.next(() => void writePaced())
  }

  async function writeFirst(): Promise<void> {
    await writeTaken(take(({ isFirst }) => isFirst))
    isFirstScheduled = false
    wakeAgain()
  }

  async function writePaced(): Promise<void> {
    const group = take(() => true)
    if (group.length > 0) await pace.measured(group.length, () => writeTaken(group))
    isPacedScheduled = false
    // When all that waits is in flight, the lane that writes it wakes this one.
    if (group.length > 0) wakeAgain()
  }

  function wakeAgain(): void {
    for (const entry of waiting.values()) {
      wake(entry)
      if (isPacedScheduled && isFirstScheduled) return
    }
  }

  /** A run that is being written waits: its events stay in their order. */
  function take(isWanted: (entry: WaitingEntry) => boolean): WaitingEntry[] {
    const group: WaitingEntry[] = []
    for (const [runId, entry] of waiting) {
      if (inFlight.has(runId) || !isWanted(entry)) continue
      waiting.delete(runId)
      inFlight.set(runId, entry)
      group.push(entry)
    }
    return group
  }

  async function writeTaken(group: WaitingEntry[]): Promise<void> {
    await write(group)
    for (const { run } of group) inFlight.delete(run.runId)
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
      wake(entry)
    },
    end(run, end) {
      const entry = entryFor(run)
      appendEvent(entry, { type: 'run-ended', status: end.status })
      entry.end = end
      wake(entry)
    },
    async written(run) {
      await whenWritten(inFlight.get(run.runId))
      await whenWritten(waiting.get(run.runId))
    },
    hasChanged: (run) => changedRuns.has(run),
    isFarAhead: (run) => isFarAhead([inFlight.get(run.runId), waiting.get(run.runId)]),
    close() {
      isClosed = true
    },
  }
}

interface Pace {
  /** Calls when the database has rested; in a quiet moment with the end of this turn of the event loop. */
  next(write: () => void): void
  /** Does the work, and has the database rest after it. */
  measured(runs: number, work: () => Promise<void>): Promise<void>
}

function createPace(): Pace {
  let restUntil = 0
  return {
    next(write) {
      const rest = restUntil - performance.now()
      if (rest > 0) setTimeout(write, rest)
      else setImmediate(write)
    },
    async measured(runs, work) {
      const beganAt = performance.now()
      await work()
      const endedAt = performance.now()
      const rest = (endedAt - beganAt) * Math.min(runs, restFactorMax)
      restUntil = endedAt + Math.min(rest, restMillisecondsMax)
    },
  }
}

function isFarAhead(entries: (WaitingEntry | undefined)[]): boolean {
  const length = entries.reduce((sum, entry) => sum + (entry?.length ?? 0), 0)
  const changes = entries.reduce((sum, entry) => sum + (entry?.changes.length ?? 0), 0)
  const events = entries.reduce((sum, entry) => sum + (entry?.events.length ?? 0), 0)
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
