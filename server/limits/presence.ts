/**
 * Whether the shared store answers. Nobody shall wait for one that does not: while it is away, one request a second tries.
 *
 *   there ── a failure, or no answer in time ──▶ away ── an answer ──▶ there
 */

export interface Presence {
  /** Whether this request shall ask it. */
  shallAsk(): boolean
  /** What it answers, or null: it failed, or took too long. What comes later is handed to `late`. */
  ask<Answer>(work: () => Promise<Answer>, late: (answer: Answer) => void): Promise<Answer | null>
}

export interface PresenceOptions {
  millisecondsMax: number
  /** Default 1. */
  retrySeconds?: number
  /** Milliseconds, of a clock that nobody can set. */
  now?: () => number
  /** Told when it goes away, with what it said, and with null when it is back. */
  onChange?: (error: unknown) => void
}

const noAnswer = Symbol('no answer')

export function createPresence(options: PresenceOptions): Presence {
  const { millisecondsMax, retrySeconds = 1, now = () => performance.now(), onChange } = options
  let isAway = false
  let askAgainAt = 0

  function failed(error: unknown): null {
    askAgainAt = now() + retrySeconds * 1_000
    if (!isAway) onChange?.(error)
    isAway = true
    return null
  }

  return {
    shallAsk() {
      if (!isAway) return true
      if (now() < askAgainAt) return false
      askAgainAt = now() + retrySeconds * 1_000
      return true
    },
    async ask(work, late) {
      const answering = work()
      let timer: NodeJS.Timeout | undefined
      const tooLate = new Promise<typeof noAnswer>((resolve) => {
        timer = setTimeout(() => resolve(noAnswer), millisecondsMax)
      })
      try {
        const answer = await Promise.race([answering, tooLate])
        if (answer === noAnswer) {
          answering.then(late, () => {})
          return failed(new Error(`No answer within ${millisecondsMax} ms (storeMillisecondsMax).`))
        }
        if (isAway) onChange?.(null)
        isAway = false
        return answer
      } catch (error) {
        return failed(error)
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
