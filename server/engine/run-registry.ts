/** The runs that this process drives: begun here, written by its one recorder, stopped by name. */
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
  clientLeft(runId: string): void
  clientReturned(runId: string): void
  /** Stops the run at once if its client has left. */
  clientMovedOn(runId: string): void
  drain(secondsMax: number): Promise<void>
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

  async function runToItsEnd(run: LiveRun, drive: () => Promise<void>): Promise<void> {
    const tooLong = setTimeout(() => stop(run.runId, 'timed-out'), timings.runSecondsMax * 1_000)
    await drive()
    clearTimeout(tooLong)
    clearTimeout(entries.get(run.runId)?.graceTimer)
    entries.delete(run.runId)
    options.onWritten(run.runId)
  }

  return {
    async begin(owner, intent, beginOptions) {
      const { run, drive } = await launchRun(parts, owner, intent, beginOptions)
      const entry: Entry = { run, ended: Promise.resolve() }
      entries.set(run.runId, entry)
      entry.ended = runToItsEnd(run, drive)
      return { runId: run.runId, threadId: run.threadId }
    },
    get: (runId) => entries.get(runId)?.run,
    runIds: () => [...entries.keys()],
    stop,
    clientLeft(runId) {
      const entry = entries.get(runId)
      if (entry === undefined || entry.graceTimer !== undefined) return
      entry.graceTimer = setTimeout(() => stop(runId, 'cancelled'), timings.stopGraceSeconds * 1_000)
    },
    clientReturned(runId) {
      const entry = entries.get(runId)
      clearTimeout(entry?.graceTimer)
      delete entry?.graceTimer
    },
    clientMovedOn(runId) {
      if (entries.get(runId)?.graceTimer !== undefined) stop(runId, 'cancelled')
    },
    async drain(secondsMax) {
      const ended = (): Promise<unknown> => Promise.all([...entries.values()].map((entry) => entry.ended))
      await Promise.race([ended(), new Promise((resolve) => setTimeout(resolve, secondsMax * 1_000).unref())])
      for (const runId of entries.keys()) stop(runId, 'interrupted')
      await ended()
    },
  }
}
