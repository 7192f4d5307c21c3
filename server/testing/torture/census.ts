/** Which runs go on after the last fault. */
import type { History } from './history.ts'

export interface Census {
  /** Those that began before the calm and have no end, as far as anybody knows. */
  take(): Promise<string[]>
}

/** `ask`: what the database says. An answer that does not come counts as a run. */
export function createCensus(history: History, ask: () => Promise<string[]>): Census {
  const open = new Set<string>()
  const ended = new Set<string>()
  /** By the numbers of the calls. */
  const runOf = new Map<number, string>()
  let isCalm = false
  let next = 0

  function readOn(): void {
    for (; next < history.entries.length; next += 1) {
      const entry = history.entries[next]
      if (entry === undefined) return
      if (entry.type === 'calm') isCalm = true
      else if (entry.type === 'answer' && entry.run !== undefined) {
        runOf.set(entry.call, entry.run)
        if (!isCalm && !ended.has(entry.run)) open.add(entry.run)
      } else if (entry.type === 'frame' && isEnd(entry.event)) {
        const run = runOf.get(entry.call) ?? ''
        ended.add(run)
        open.delete(run)
      }
    }
  }

  return {
    async take() {
      readOn()
      const stored = await ask().catch(() => ['unknown: the database does not answer'])
      return [...new Set([...open, ...stored])]
    },
  }
}

function isEnd(event: unknown): boolean {
  return typeof event === 'object' && event !== null && 'type' in event && event.type === 'parley.run_ended'
}
