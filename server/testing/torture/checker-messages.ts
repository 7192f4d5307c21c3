/** What is promised of messages: kept once, in order, under one key, for their user alone. */
import { firstSentAt, nameOf, placesOf, saidBy } from './checker-case.ts'
import type { Broken, Case } from './checker-case.ts'
import type { Ask } from './checker-facts.ts'
import { itemOf } from './checker-logs.ts'

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
