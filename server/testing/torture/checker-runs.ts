/** What is promised of runs: shown exactly, answered truly, ended once, written by one. */
import { nameOf, placesOf, spanOf } from './checker-case.ts'
import type { Broken, Case } from './checker-case.ts'
import { isExcused } from './checker-facts.ts'
import type { Ask, StoredRun } from './checker-facts.ts'
import { differingText, logProblems, streamProblem } from './checker-logs.ts'
import type { Outcome } from './checker-logs.ts'

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

/** A log's numbers follow each other, and its groups as well: two writers would collide. */
export function oneWrites(facts: Case): Broken[] {
  return facts.runs
    .filter(({ logDeleted }) => !logDeleted)
    .flatMap((run) => logProblems(run).map((sentence) => ({ sentence, run: run.run })))
}
