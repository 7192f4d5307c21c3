/** Sweeps now and again, for as long as the process runs. Any number of processes may. */
import type { FileKeeper, SweepReport } from './keeper.ts'

export interface SweeperOptions {
  keeper: Pick<FileKeeper, 'sweep'>
  /** Default 600. */
  secondsBetween?: number
  /** Told of a sweep that removed something. */
  onSwept(report: SweepReport): void
  onFailure(event: string, fields: Record<string, unknown>): void
}

export interface Sweeper {
  /** The first sweep begins at once: the process before this one may have been killed. */
  start(): void
  /** Resolves when none is under way, and there will be no other. */
  close(): Promise<void>
}

export function createSweeper(options: SweeperOptions): Sweeper {
  const { keeper, secondsBetween = 600, onSwept, onFailure } = options
  let timer: NodeJS.Timeout | undefined
  let sweeping: Promise<void> | undefined

  async function sweep(): Promise<void> {
    try {
      const report = await keeper.sweep()
      if (Object.values(report).some((count) => count > 0)) onSwept(report)
    } catch (error) {
      // The database or the store is away; the next one may find them.
      onFailure('sweep-failed', { error })
    } finally {
      sweeping = undefined
    }
  }
  function begin(): void {
    sweeping ??= sweep()
  }
  return {
    start() {
      begin()
      timer = setInterval(begin, secondsBetween * 1_000).unref()
    },
    async close() {
      clearInterval(timer)
      await sweeping
    },
  }
}
