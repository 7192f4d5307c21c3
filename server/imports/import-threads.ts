/** From a source to a target, step by step. */
import { noteFailure, count } from './import-report.ts'
import type { ImportReport } from './import-report.ts'
import type { ImportTarget, ThreadSource } from './source.ts'

export interface ImportOptions {
  source: ThreadSource
  target: ImportTarget
  /** Is right at any moment, also when this throws. */
  report: ImportReport
  /** Ends it between two steps; the same again goes on from there. */
  signal: AbortSignal
  /** How far it is, from 0 to 1, as far as that is known. */
  onProgress?(progress: number | null): void
}

/** Throws what stops all of it, and the signal's reason. The target is closed in any case. */
export async function importThreads(options: ImportOptions): Promise<void> {
  const { source, target, report, signal, onProgress = () => {} } = options
  try {
    for await (const step of source.steps(target, signal)) {
      signal.throwIfAborted()
      switch (step.kind) {
        case 'part':
          await target.write(step.part)
          onProgress(step.progress)
          break
        case 'place':
          await target.savePlace(step.place)
          break
        case 'skipped':
          count(report.skipped, step.what)
          break
        case 'failed':
          noteFailure(report, step.sentence)
          break
      }
    }
  } finally {
    await target.close()
  }
}
