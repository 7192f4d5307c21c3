/**
 * Following runs that other processes drive. A process tells nobody what it has written, unless somebody has said that they
 * follow the run elsewhere; so where each answer is read where it is made, no notification is sent at all.
 *
 *   here: a follower waits ─▶ followed, again every 10 s ─▶   there: remembered for 30 s ─▶ appended: now, and with each group
 *
 * A word that is lost costs up to a second: then the follower looks by itself.
 */
import type { RunJournal } from '../conversation/store.ts'

export interface DistantRuns {
  /** Until what is returned is called, the run's process is asked to tell when it writes. */
  follow(runId: string): () => void
}

const renewMilliseconds = 10_000

/** How long a process goes on telling of a run when nobody says again that they follow it. */
export const followedMilliseconds: number = 3 * renewMilliseconds

export function createDistantRuns(journal: Pick<RunJournal, 'signal'>): DistantRuns {
  const followers = new Map<string, number>()
  const unsaid = new Set<string>()
  let renewal: NodeJS.Timeout | undefined

  function say(runIds: string[]): void {
    if (runIds.length > 0) journal.signal({ type: 'followed', runIds }).catch(() => {})
  }

  function saySoon(runId: string): void {
    // Many followers come at once when a process has gone.
    if (unsaid.size === 0) setImmediate(sayUnsaid)
    unsaid.add(runId)
  }

  function sayUnsaid(): void {
    say([...unsaid])
    unsaid.clear()
  }

  function leave(runId: string): void {
    const left = (followers.get(runId) ?? 1) - 1
    if (left > 0) return void followers.set(runId, left)
    followers.delete(runId)
    if (followers.size > 0) return
    clearInterval(renewal)
    renewal = undefined
  }

  return {
    follow(runId) {
      const count = followers.get(runId) ?? 0
      followers.set(runId, count + 1)
      if (count === 0) saySoon(runId)
      renewal ??= setInterval(() => say([...followers.keys()]), renewMilliseconds)
      return () => leave(runId)
    },
  }
}
