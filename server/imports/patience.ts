/** Asking again what another's server refused for now: after as long as it says, or after longer and longer pauses. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface PatienceOptions {
  /** How often something is asked at most. Default 8. */
  attemptsMax?: number
  /** Whoever wants us to wait for longer is left alone. Default 300. */
  waitSecondsMax?: number
  /** In place of a clock. */
  wait?: (seconds: number, signal: AbortSignal) => Promise<void>
  /** Told of each pause. */
  onWait?(seconds: number, reason: string): void
}

/** What went wrong, and whether asking again can help. */
export interface Refusal {
  isPassing: boolean
  /** As it said itself. */
  retryAfterSeconds?: number
  reason: string
}

const firstPauseSeconds = 1
const pauseSecondsMax = 60

/** Rejects with the last error when it is not `isPassing`, or when patience has run out. */
export async function withPatience<Result>(
  ask: () => Promise<Result>,
  refusalOf: (error: unknown) => Refusal,
  signal: AbortSignal,
  options: PatienceOptions = {},
): Promise<Result> {
  const { attemptsMax = 8, waitSecondsMax = 300, wait = waitOnClock, onWait = () => {} } = options
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      const { isPassing, retryAfterSeconds, reason } = refusalOf(error)
      const seconds = retryAfterSeconds ?? pauseOf(attempt)
      if (!isPassing || attempt >= attemptsMax || seconds > waitSecondsMax) throw error
      onWait(seconds, reason)
      await wait(seconds, signal)
    }
  }
}

/** Doubled each time, and spread, so that several who were refused at once do not come back at once. */
function pauseOf(attempt: number): number {
  const seconds = Math.min(firstPauseSeconds * 2 ** (attempt - 1), pauseSecondsMax)
  return seconds * (0.75 + Math.random() / 4)
}

async function waitOnClock(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1_000, undefined, { signal })
}

/** What stands in `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). */
export function retryAfterOf(header: string | null | undefined, now: Date): number | undefined {
  if (header === null || header === undefined || header === '') return undefined
  const seconds = /^\d{1,9}(?:\.\d+)?$/.test(header)
    ? Number(header)
    : (Date.parse(header) - now.getTime()) / 1_000
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}
