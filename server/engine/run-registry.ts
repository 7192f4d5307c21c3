/** The runs that this process drives: begun here, written by its one recorder, stopped by name. */
import { ParleyError } from '../conversation/errors.ts'
import type { Intent } from '../conversation/intents.ts'
import type { Owner } from '../conversation/threads.ts'
import { launchRun } from './launch.ts'
import type { LiveRun, StopReason } from './live-run.ts'
import type { BeginOptions, BegunRun, EngineOptions, EngineTimings } from './options.ts'
import { createRecorder } from './recorder.ts'

export interface RunRegistry {
  begin(owner: Owner, intent: Intent, options: BeginOptions): Promise<BegunRun>
  get(runId: string): LiveRun | undefined
  runIds(): string[]
  stop(runId: string, reason: StopReason): void
  /** Stops the run for its user, unless its agent does not let them. Whether it may be stopped. */
  cancel(runId: string): boolean
  /** After the grace the run stops, unless somebody else follows it. */
  clientLeft(runId: string): void
  clientReturned(runId: string): void
  /** Stops the run at once if its client has left. */
  clientMovedOn(runId: string): void
  drain(secondsMax: number): Promise<void>
  /** Interrupts what still runs, and gives up on what the database does not take. */
  close(): Promise<void>
}

export interface RunRegistryOptions extends EngineOptions {
  processId: string
  timings: EngineTimings
  onWritten(runId: string): void
}

interface Entry {
  run: LiveRun
  ended: Promise<void>
  /** Running while the client that began the run is gone. */
  graceTimer?: NodeJS.Timeout
}

export function createRunRegistry(options: RunRegistryOptions): RunRegistry {
  const { timings } = options
  const entries = new Map<string, Entry>()
  let isDraining = false
  const recorder = createRecorder({
    journal: options.journal,
    processId: options.processId,
    onLost: (run) => stop(run.runId, 'lost'),
    onWritten: (run) => options.onWritten(run.runId),
    onWriteError: (error) => options.onFailure('journal-write-failed', { error }),
  })
  const parts = { ...options, recorder, leaseSeconds: timings.leaseSeconds }

  function stop(runId: string, reason: StopReason): void {
    const stopped = entries.get(runId)?.run.stop
    if (stopped !== undefined && !stopped.signal.aborted) stopped.abort(reason)
  }

  function cancel(runId: string): boolean {
    const mayCancel = entries.get(runId)?.run.mayCancel ?? true
    if (mayCancel) stop(runId, 'cancelled')
    return mayCancel
  }

  async function runToItsEnd(run: LiveRun, drive: () => Promise<void>): Promise<void> {
    const tooLong = setTimeout(() => stop(run.runId, 'timed-out'), timings.runSecondsMax * 1_000)
    await drive().catch((error: unknown) => options.onFailure('run-lost', { runId: run.runId, error }))
    clearTimeout(tooLong)
    clearTimeout(entries.get(run.runId)?.graceTimer)
    entries.delete(run.runId)
    options.onWritten(run.runId)
  }

  async function drain(secondsMax: number): Promise<void> {
    isDraining = true
    const ended = (): Promise<unknown> => Promise.all([...entries.values()].map((entry) => entry.ended))
    await Promise.race([ended(), elapsed(secondsMax)])
    for (const runId of entries.keys()) stop(runId, 'interrupted')
    // What the database has not taken within a lease is for another process to settle.
    await Promise.race([ended(), elapsed(timings.leaseSeconds)])
  }

  return {
    async begin(owner, intent, beginOptions) {
      if (isDraining) throw goingDown()
      const { run, drive } = await launchRun(parts, owner, intent, beginOptions)
      const entry: Entry = { run, ended: Promise.resolve() }
      entries.set(run.runId, entry)
      entry.ended = runToItsEnd(run, drive)
      return { runId: run.runId, threadId: run.threadId }
    },
    get: (runId) => entries.get(runId)?.run,
    runIds: () => [...entries.keys()],
    stop,
    cancel,
    clientLeft(runId) {
      const entry = entries.get(runId)
      if (entry === undefined || entry.graceTimer !== undefined) return
      entry.graceTimer = setTimeout(() => {
        delete entry.graceTimer
        if (entry.run.readers === 0) cancel(runId)
      }, timings.stopGraceSeconds * 1_000)
    },
    clientReturned(runId) {
      const entry = entries.get(runId)
      clearTimeout(entry?.graceTimer)
      delete entry?.graceTimer
    },
    clientMovedOn(runId) {
      const entry = entries.get(runId)
      if (entry?.graceTimer !== undefined && entry.run.readers === 0) cancel(runId)
    },
    drain,
    async close() {
      await drain(0)
      recorder.close()
    },
  }
}

function goingDown(): ParleyError {
  return new ParleyError('unavailable', 'This server is going down. Please try again.', { retryable: true })
}

function elapsed(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000).unref())
}
