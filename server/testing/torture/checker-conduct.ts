/** What is promised of servers: ends come in time, answers are honest, programs behave. */
import { endSeenAt, nameOf, spanOf } from './checker-case.ts'
import type { Broken, Case } from './checker-case.ts'
import { allDown, isExcused, of, overlaps, uncovered, wasDown } from './checker-facts.ts'
import type { Call, Facts } from './checker-facts.ts'

/** How long a run may have no end when nothing stands in the way: its process's lease comes on top of it. */
export const endSecondsMax = 15

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
  { signals, launchedAt, readyAt, endedAt, code }: Facts['lives'][number],
): string | null {
  if (signals.some(({ signal }) => signal === 'SIGKILL')) return null
  const asked = signals.find(({ signal }) => signal === 'SIGTERM')
  if (asked === undefined) {
    const excuse = readyAt === Infinity ? 'database' : 'ended'
    const isExplained = isExcused(facts, excuse, { from: launchedAt, to: endedAt })
    return isExplained ? null : `ended by itself with ${code}`
  }
  // What has not begun has nothing to bring to an end.
  if (asked.at < readyAt) return null
  const span = { from: asked.at, to: endedAt }
  const isTidy =
    code === 0 || facts.faults.some((fault) => fault.excuses.includes('untidy') && overlaps(fault, span))
  return isTidy ? null : `was asked to stop, and ended with ${code}`
}
