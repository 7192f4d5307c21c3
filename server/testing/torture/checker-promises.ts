/** The promises, one function each: from the facts to the sentences that say how it was broken. */
import { allDown, isExcused, of, overlaps, uncovered, wasDown } from './checker-facts.ts'
import type { Ask, Call, Facts, Span, StoredRun } from './checker-facts.ts'
import {
  differingText,
  itemOf,
  logOf,
  logProblems,
  outcomeOf,
  streamProblem,
  textAt,
} from './checker-logs.ts'
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

/** How long a run may have no end when nothing stands in the way: its process's lease comes on top of it. */
export const endSecondsMax = 15

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

const nameOf = ({ user, key, question, isRetry }: Ask): string =>
  `${user}’s ${isRetry ? 'retry' : 'message'} ${question} (key ${key})`

const saidBy = (item: FinishedItem): string => /^\S+\.\d+(?=:)/.exec(item.text)?.[0] ?? item.text

interface Place {
  thread: string
  items: FinishedItem[]
  index: number
}

function placesOf({ threads }: Case, { user, question }: Ask): Place[] {
  return threads
    .filter((stored) => stored.user === user)
    .flatMap(({ thread, items: unread }) => {
      const items = unread.map(itemOf)
      return items.flatMap((item, index) =>
        item.type === 'user_message' && saidBy(item) === question ? [{ thread, items, index }] : [],
      )
    })
}

/** Acknowledged: kept, once, where it was said; never acknowledged: kept once at most; refused: not kept. */
export function messagesAreKept(facts: Case): Broken[] {
  return facts.asks
    .filter(({ isRetry }) => !isRetry)
    .flatMap((ask): Broken[] => {
      const places = placesOf(facts, ask)
      const told = (sentence: string): Broken => ({
        sentence: `${nameOf(ask)} ${sentence}`,
        calls: ask.calls,
      })
      const [taken] = ask.taken
      if (places.length > 1) return [told(`is stored ${places.length} times`)]
      const [place] = places
      if (taken === undefined) {
        const wasRefused = ask.calls.every(({ answer }) => answer !== undefined && answer.status < 500)
        return place !== undefined && wasRefused ? [told('was refused, and is stored')] : []
      }
      if (place === undefined) return [told('was acknowledged, and is not stored')]
      return place.thread === taken.answer?.thread ? [] : [told(`is stored in ${place.thread}`)]
    })
}

/** Nobody has said what nobody sent. */
export function nothingIsMadeUp(facts: Case): Broken[] {
  const sent = new Set(facts.asks.map(({ user, question }) => `${user} ${question}`))
  const strange = facts.threads.flatMap(({ user, thread, items }) =>
    items
      .map(itemOf)
      .filter((item) => item.type === 'user_message' && !sent.has(`${user} ${saidBy(item)}`))
      .map((item) => ({
        sentence: `${user} has a message in ${thread} that they did not send: ${item.text}`,
      })),
  )
  const unasked = facts.runs
    .filter(({ run }) => !facts.askOfRun.has(run))
    .map(({ run, user }) => ({ sentence: `${user} has a run that they did not ask for`, run }))
  return [...strange, ...unasked]
}

/** What was acknowledged before something else was sent stands before it. */
export function orderIsKept(facts: Case): Broken[] {
  const asks = new Map(
    facts.asks.filter(({ isRetry }) => !isRetry).map((ask) => [`${ask.user} ${ask.question}`, ask]),
  )
  return facts.threads.flatMap(({ user, thread, items }) => {
    const said = items
      .map(itemOf)
      .filter(({ type }) => type === 'user_message')
      .flatMap((item) => asks.get(`${user} ${saidBy(item)}`) ?? [])
    return said.flatMap((ask, index) => {
      const before = said[index - 1]
      if (before === undefined || !(acknowledgedAt(ask) < firstSentAt(before))) return []
      const sentence = `In ${thread}, ${nameOf(before)} stands before ${nameOf(ask)}, which came first`
      return [{ sentence, calls: [...before.calls, ...ask.calls] }]
    })
  })
}

const acknowledgedAt = ({ taken }: Ask): number =>
  Math.min(Infinity, ...taken.map(({ answer }) => answer?.at ?? Infinity))
const firstSentAt = ({ calls }: Ask): number => Math.min(...calls.map(({ at }) => at))

/** A list holds what had been acknowledged when it was asked for. */
export function listsAreFresh(facts: Case): Broken[] {
  return facts.calls
    .filter(({ operation, foreign }) => operation === 'items.list' && foreign !== true)
    .flatMap((call): Broken[] => {
      const body = call.answer?.body
      // It may have been refused, or cut.
      if (!Array.isArray(body)) return []
      const said = new Set(body.map(itemOf).map(saidBy))
      return facts.asks
        .filter(
          (ask) => ask.user === call.user && !ask.isRetry && ask.taken[0]?.answer?.thread === call.thread,
        )
        .filter((ask) => acknowledgedAt(ask) < call.at && !said.has(ask.question))
        .map((ask) => ({
          sentence: `${nameOf(ask)} was acknowledged, and is not in a list that was asked for later`,
          calls: [...ask.calls, call],
        }))
    })
}

/** Whatever is shown, from whatever number on, is the log. */
export function streamsAreExact(facts: Case): Broken[] {
  return facts.calls
    .filter(({ answer, frames }) => answer?.status === 200 && frames.length > 0)
    .flatMap((call): Broken[] => {
      const run = call.run ?? call.answer?.run ?? ''
      const log = facts.logs.get(run)
      const problem = log === undefined ? null : streamProblem(call, log)
      return problem === null
        ? []
        : [{ sentence: `${call.user}, ${call.operation}: ${problem}`, calls: [call], run }]
    })
}

/** What is in the log is what the upstream said, and what is stored is what is in the log. */
export function answersAreTrue(facts: Case): Broken[] {
  const newest = new Map(
    facts.runs.map((run) => [`${run.user} ${facts.askOfRun.get(run.run)?.question}`, run]),
  )
  return facts.runs.flatMap((run): Broken[] => {
    const ask = facts.askOfRun.get(run.run)
    const outcome = facts.outcomes.get(run.run)
    if (ask === undefined || outcome === undefined) return []
    const isNewest = newest.get(`${ask.user} ${ask.question}`) === run
    return [
      ...textProblems(facts, ask, run, outcome),
      ...(isNewest ? storedProblems(facts, ask, outcome) : []),
    ].map((problem) => ({ sentence: `${nameOf(ask)}: ${problem}`, calls: ask.calls, run: run.run }))
  })
}

function textProblems(facts: Case, ask: Ask, run: StoredRun, outcome: Outcome): string[] {
  const { text, contradictions } = outcome
  const plan = facts.plans.get(ask.question)
  const problems = contradictions.map((id) => `${id} says in the end what it had not said before`)
  if (plan === undefined) return problems
  const isWhole = text === plan.text
  if (!plan.text.startsWith(text)) problems.push(`the answer is another: ${differingText(plan.text, text)}`)
  else if (run.status === 'completed' && !isWhole)
    problems.push(`is complete, and has ${text.length} of ${plan.text.length} characters`)
  if (run.status !== 'completed' && !isWhole && hasUnmarked(outcome))
    problems.push('is not whole, and not marked')
  const mustBeAll = run.status === 'failed' && plan.exact === true
  if (mustBeAll && !isWhole && !isExcused(facts, 'failed', spanOf(facts, ask)))
    problems.push(`kept ${text.length} of the ${plan.text.length} characters that had come`)
  return problems
}

function hasUnmarked({ items }: Outcome): boolean {
  return items.some(({ type, incomplete }) => type === 'assistant_message' && incomplete === undefined)
}

/** The items behind the message, up to the next one, are those of the log of its newest try. */
function storedProblems(facts: Case, ask: Ask, outcome: Outcome): string[] {
  const [place] = placesOf(facts, ask)
  if (place === undefined) return []
  const rest = place.items.slice(place.index + 1)
  const next = rest.findIndex(({ type }) => type === 'user_message')
  const stored = next === -1 ? rest : rest.slice(0, next)
  const logged = outcome.items.filter(({ type }) => type !== 'user_message')
  const [one, other] = [JSON.stringify(logged), JSON.stringify(stored)]
  return one === other ? [] : [`is stored otherwise than its log says: ${differingText(one, other)}`]
}

/** A run's time, as far as its user knows: from the first request to the first end that anyone saw. */
export function spanOf(facts: Case, ask: Ask): Span {
  const run = ask.taken[0]?.answer?.run
  return {
    from: firstSentAt(ask),
    to: run === undefined ? Infinity : (endSeenAt(facts).get(run) ?? Infinity),
  }
}

const ends = new WeakMap<Facts, Map<string, number>>()

function endSeenAt(facts: Facts): Map<string, number> {
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

/** Every run has one end, the last thing in its log and the same in its row, and a cause when it is no good one. */
export function runsEndOnce(facts: Case): Broken[] {
  return facts.runs.flatMap((run): Broken[] => {
    const outcome = facts.outcomes.get(run.run)
    const ask = facts.askOfRun.get(run.run)
    const told = (sentence: string): Broken => ({ sentence, run: run.run, ...(ask && { calls: ask.calls }) })
    if (run.status === 'running') return [told('has no end')]
    if (outcome === undefined) return []
    if (outcome.statuses.length !== 1) return [told(`has ${outcome.statuses.length} ends`)]
    const problems = [
      ...(outcome.isLastTheEnd ? [] : ['has events behind its end']),
      ...(outcome.statuses[0] === run.status ? [] : [`ended as ${outcome.statuses[0]}, says ${run.status}`]),
      ...markProblems(run, outcome),
      ...(ask === undefined ? [] : causeProblems(facts, ask, run)),
    ]
    return problems.map(told)
  })
}

function markProblems({ status }: StoredRun, { items }: Outcome): string[] {
  const marks = items.flatMap(({ type, incomplete }) =>
    type === 'assistant_message' && incomplete !== undefined ? [incomplete] : [],
  )
  const wrong = marks.filter((mark) => mark !== status)
  return wrong.map((mark) => `is ${status}, and its answer marked as ${mark}`)
}

function causeProblems(facts: Case, ask: Ask, { run, status }: StoredRun): string[] {
  const span = spanOf(facts, ask)
  if (status === 'interrupted' && !isExcused(facts, 'interrupted', span))
    return ['was interrupted by nothing']
  const isBroken = facts.plans.get(ask.question)?.ends === 'broken'
  if (status === 'failed' && !isBroken && !isExcused(facts, 'failed', span)) return ['failed without a cause']
  if (status === 'completed' && isBroken) return ['is complete, though the upstream broke off']
  const stops = facts.calls.filter((call) => call.operation === 'parley.cancel' && call.run === run)
  if (status === 'cancelled' && stops.length === 0) return ['was cancelled by nobody']
  return []
}

/** Nobody waits for an end: not after the last fault, and not after a process died. */
export function runsEndInTime(facts: Case): Broken[] {
  return [...afterCalm(facts), ...afterDeath(facts), ...afterStop(facts)]
}

function afterCalm(facts: Case): Broken[] {
  const limit = facts.calmAt + endSecondsMax * 1_000
  const censuses = of(facts.entries, 'census')
  const settled = censuses.find(({ running }) => running.length === 0)
  if (settled !== undefined && settled.at <= limit) return []
  const last = censuses.findLast(({ at }) => at <= limit) ?? censuses[0]
  const sentence = `${last?.running.length ?? 'Unknown'} runs have no end ${endSecondsMax} s after the last fault`
  return [{ sentence, ...(last?.running[0] === undefined ? {} : { run: last.running[0] }) }]
}

/** Neither a dead database nor a fleet that is down can settle anything: only the other time counts. */
function afterDeath(facts: Case): Broken[] {
  const hindered = [
    ...facts.faults.filter(({ excuses }) => excuses.includes('database')),
    ...allDown(facts.downs),
  ]
  const limit = (facts.leaseSeconds + endSecondsMax) * 1_000
  return facts.asks.flatMap((ask): Broken[] => {
    const [taken] = ask.taken
    if (taken?.answer === undefined) return []
    const span = spanOf(facts, ask)
    const life = facts.lives.find(
      ({ server, launchedAt, endedAt }) =>
        server === taken.server && launchedAt <= taken.at && endedAt >= span.from && endedAt < span.to,
    )
    if (life === undefined) return []
    const waited = uncovered({ from: life.endedAt, to: Math.min(span.to, facts.lastAt) }, hindered)
    if (waited <= limit) return []
    const sentence = `${nameOf(ask)} had no end ${Math.round(waited / 1_000)} s after its process died`
    return [{ sentence, calls: ask.calls }]
  })
}

/** A stop that was answered ends the run. */
function afterStop(facts: Case): Broken[] {
  return facts.calls.flatMap((call): Broken[] => {
    const { operation, answer, run = '', foreign } = call
    if (operation !== 'parley.cancel' || answer?.status !== 200 || foreign === true) return []
    const end = endSeenAt(facts).get(run) ?? facts.lastAt
    const span = { from: answer.at, to: end }
    const waited = uncovered(span, [...facts.faults, ...facts.downs.flat()])
    const isLate = waited > endSecondsMax * 1_000
    return isLate ? [{ sentence: `${call.user} stopped a run, and it went on`, calls: [call], run }] : []
  })
}

/** A log's numbers follow each other, and its groups as well: two writers would collide. */
export function oneWrites(facts: Case): Broken[] {
  return facts.runs
    .filter(({ logDeleted }) => !logDeleted)
    .flatMap((run) => logProblems(run).map((sentence) => ({ sentence, run: run.run })))
}

/** No id and no word of one user is ever told to another. */
export function usersAreApart(facts: Case): Broken[] {
  const owners = new Map<string, string>()
  const problems: Broken[] = []
  for (const call of facts.calls) {
    const told = (sentence: string): void =>
      void problems.push({ sentence: `${call.user} ${sentence}`, calls: [call] })
    const { answer } = call
    if (call.foreign === true) {
      const isRefused = answer === undefined || answer.status === 404 || answer.status === 503
      if (!isRefused) told(`asked for another’s, and was answered ${answer.status}`)
      continue
    }
    const shown = JSON.stringify([answer?.body, call.frames.map(({ event }) => event)])
    for (const [id] of shown.matchAll(/\b(?:thr|run|msg)_[0-9a-z]{26}\b/g)) {
      const owner = owners.get(id) ?? call.user
      owners.set(id, owner)
      if (owner !== call.user) told(`was shown ${id}, which is ${owner}’s`)
    }
    for (const [word, user] of shown.matchAll(/\b(u\d+)\.\d+\b/g)) {
      if (user !== call.user) told(`was shown ${word}`)
    }
  }
  return problems
}

/** One key, one run, one answer; and with other words, none. */
export function keysCountOnce(facts: Case): Broken[] {
  return facts.asks.flatMap((ask): Broken[] => {
    const told = (sentence: string): Broken => ({ sentence: `${nameOf(ask)} ${sentence}`, calls: ask.calls })
    const runs = new Set(ask.taken.map(({ answer }) => answer?.run))
    const stored = facts.runs.filter(({ user, key }) => user === ask.user && key === ask.key)
    const [first] = ask.taken
    const [run] = stored
    return [
      ...(runs.size > 1 ? [told(`began ${runs.size} runs`)] : []),
      ...(stored.length > 1 ? [told(`is the key of ${stored.length} runs`)] : []),
      ...(first !== undefined && run === undefined ? [told('has no run')] : []),
      ...(first !== undefined && run !== undefined && first.answer?.run !== run.run
        ? [told(`began ${first.answer?.run}, and is the key of ${run.run}`)]
        : []),
      ...ask.taken
        .filter(({ question }) => question !== ask.question)
        .map(({ question }) => told(`was taken for ${question} as well`)),
    ]
  })
}

/** Every answer is one that a client can act upon, and none is worse than what happened. */
export function answersAreHonest(facts: Case): Broken[] {
  return facts.calls.flatMap((call): Broken[] => {
    const problem = statusProblem(facts, call) ?? cutProblem(facts, call)
    return problem === null
      ? []
      : [{ sentence: `${call.user}, ${call.operation}: ${problem}`, calls: [call] }]
  })
}

function statusProblem(facts: Case, { answer, at, server, mayConflict, foreign }: Call): string | null {
  if (answer === undefined || answer.status === 200) return null
  const { status } = answer
  if (status === 409 && mayConflict === true) return null
  if (status === 404 && foreign === true) return null
  const span = { from: at, to: answer.at }
  if (status === 503 && (isExcused(facts, 'unavailable', span) || wasDown(facts, server, span))) return null
  return `was answered ${status}`
}

function cutProblem(facts: Case, { at, over, server }: Call): string | null {
  if (over?.how !== 'cut') return null
  const span = { from: at, to: over.at + 1_000 }
  return isExcused(facts, 'cut', span) || wasDown(facts, server, span) ? null : 'was cut by nothing'
}

/** Programs end when they are told to, in good order, print nothing of what is said, and work in the end. */
export function programsBehave(facts: Case): Broken[] {
  const ended = facts.lives.filter(({ endedAt }) => endedAt !== Infinity)
  return [
    ...ended.flatMap((life) => {
      const problem = endProblem(facts, life)
      return problem === null ? [] : [{ sentence: `Server ${life.server}, program ${life.pid} ${problem}` }]
    }),
    ...of(facts.entries, 'leak').map(({ server, line }) => ({
      sentence: `Server ${server} printed ${line}`,
    })),
    ...of(facts.entries, 'trial')
      .filter(({ ok }) => !ok)
      .map(({ server, detail = '' }) => ({
        sentence: `Server ${server} does not answer when all is over: ${detail}`,
      })),
  ]
}

function endProblem(
  facts: Case,
  { signals, launchedAt, endedAt, code }: Facts['lives'][number],
): string | null {
  if (signals.some(({ signal }) => signal === 'SIGKILL')) return null
  const asked = signals.find(({ signal }) => signal === 'SIGTERM')
  if (asked === undefined) {
    return isExcused(facts, 'ended', { from: launchedAt, to: endedAt })
      ? null
      : `ended by itself with ${code}`
  }
  const span = { from: asked.at, to: endedAt }
  const isTidy =
    code === 0 || facts.faults.some((fault) => fault.excuses.includes('untidy') && overlaps(fault, span))
  return isTidy ? null : `was asked to stop, and ended with ${code}`
}
