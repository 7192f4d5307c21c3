/** Facts as the promises need them: logs read, asks found by their runs, and who said what where. */
import type { Ask, Call, Facts, Span } from './checker-facts.ts'
import { itemOf, logOf, outcomeOf, textAt } from './checker-logs.ts'
import type { FinishedItem, Logged, Outcome } from './checker-logs.ts'

/** Facts, and what every promise needs of them. */
export interface Case extends Facts {
  logs: Map<string, Logged[]>
  outcomes: Map<string, Outcome>
  askOfRun: Map<string, Ask>
}

export interface Broken {
  sentence: string
  /** Whose history shows it. */
  calls?: readonly Call[]
  run?: string
}

export function openCase(facts: Facts): Case {
  const kept = facts.runs.filter(({ logDeleted }) => !logDeleted)
  const logs = new Map(kept.map((run) => [run.run, logOf(run)]))
  const asks = new Map(facts.asks.map((ask) => [`${ask.user} ${ask.key}`, ask]))
  const askOfRun = new Map<string, Ask>()
  for (const { run, user, key } of facts.runs) {
    const ask = asks.get(`${user} ${key ?? ''}`)
    if (ask !== undefined) askOfRun.set(run, ask)
  }
  const outcomes = new Map([...logs].map(([run, log]) => [run, outcomeOf(log)]))
  return { ...facts, logs, outcomes, askOfRun }
}

export const nameOf = ({ user, key, question, isRetry }: Ask): string =>
  `${user}’s ${isRetry ? 'retry' : 'message'} ${question} (key ${key})`

export const saidBy = (item: FinishedItem): string => /^\S+\.\d+(?=:)/.exec(item.text)?.[0] ?? item.text

export interface Place {
  thread: string
  items: FinishedItem[]
  index: number
}

export function placesOf({ threads }: Case, { user, question }: Ask): Place[] {
  return threads
    .filter((stored) => stored.user === user)
    .flatMap(({ thread, items: unread }) => {
      const items = unread.map(itemOf)
      return items.flatMap((item, index) =>
        item.type === 'user_message' && saidBy(item) === question ? [{ thread, items, index }] : [],
      )
    })
}

export const firstSentAt = ({ calls }: Ask): number => Math.min(...calls.map(({ at }) => at))

/** A run's time, as far as its user knows: from the first request to the first end that anyone saw. */
export function spanOf(facts: Case, ask: Ask): Span {
  const run = ask.taken[0]?.answer?.run
  return {
    from: firstSentAt(ask),
    to: run === undefined ? Infinity : (endSeenAt(facts).get(run) ?? Infinity),
  }
}

const ends = new WeakMap<Facts, Map<string, number>>()

export function endSeenAt(facts: Facts): Map<string, number> {
  const known = ends.get(facts)
  if (known !== undefined) return known
  const seen = new Map<string, number>()
  for (const call of facts.calls) {
    const run = call.run ?? call.answer?.run
    const last = call.frames.at(-1)
    if (run === undefined || last === undefined || textAt(last.event, 'type') !== 'parley.run_ended') continue
    seen.set(run, Math.min(last.at, seen.get(run) ?? Infinity))
  }
  ends.set(facts, seen)
  return seen
}
