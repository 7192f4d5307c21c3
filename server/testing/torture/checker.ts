/**
 * Judges a torture run by its history: what clients sent and were told, which faults there were, and what is stored. It is a
 * program of its own that knows nothing of how the server works, and puts texts together in its own way:
 *
 *   node server/dist/testing/torture/checker.js history.jsonl
 */
import { fileURLToPath } from 'node:url'
import { readFacts } from './checker-facts.ts'
import type { Call, Facts } from './checker-facts.ts'
import { openCase } from './checker-case.ts'
import type { Broken, Case } from './checker-case.ts'
import * as conduct from './checker-conduct.ts'
import * as messages from './checker-messages.ts'
import * as runs from './checker-runs.ts'
import { readHistory } from './history.ts'
import type { Entry } from './history.ts'

export type PromiseName =
  | 'acknowledged messages kept once'
  | 'nothing made up'
  | 'order kept'
  | 'lists fresh'
  | 'streams exact'
  | 'answers true'
  | 'one end per run'
  | 'ends in time'
  | 'one writer per run'
  | 'users apart'
  | 'one effect per key'
  | 'honest answers'
  | 'programs behave'

const judges: Record<PromiseName, (facts: Case) => Broken[]> = {
  'acknowledged messages kept once': messages.messagesAreKept,
  'nothing made up': messages.nothingIsMadeUp,
  'order kept': messages.orderIsKept,
  'lists fresh': messages.listsAreFresh,
  'streams exact': runs.streamsAreExact,
  'answers true': runs.answersAreTrue,
  'one end per run': runs.runsEndOnce,
  'ends in time': conduct.runsEndInTime,
  'one writer per run': runs.oneWrites,
  'users apart': messages.usersAreApart,
  'one effect per key': messages.keysCountOnce,
  'honest answers': conduct.answersAreHonest,
  'programs behave': conduct.programsBehave,
}

export const promiseNames: readonly PromiseName[] = Object.keys(judges) as PromiseName[]

export interface Violation {
  promise: PromiseName
  sentence: string
  /** The lines of the history that show it, shortened. */
  piece: string[]
}

export interface Figures {
  acknowledged: number
  runs: Record<string, number>
  /** Requests that were sent again under the same key. */
  sentAgain: number
  resumes: number
  cancels: number
  lists: number
  foreign: number
  refused: number
  frames: number
  programs: number
  kills: number
  /** From the last fault until no run was left; null when that never came. */
  settledSeconds: number | null
  faults: Record<string, number>
}

export interface Verdict {
  violations: Violation[]
  figures: Figures
}

export function judge(entries: readonly Entry[]): Verdict {
  const facts = openCase(readFacts(entries))
  const violations = promiseNames.flatMap((promise) =>
    judges[promise](facts).map((broken) => ({
      promise,
      sentence: broken.run === undefined ? broken.sentence : `${broken.run}: ${broken.sentence}`,
      piece: pieceOf(facts, broken),
    })),
  )
  return { violations, figures: countUp(facts) }
}

const pieceLinesMax = 12

function pieceOf(facts: Facts, { calls = [], run }: Broken): string[] {
  const about = run === undefined ? [] : facts.calls.filter((call) => (call.run ?? call.answer?.run) === run)
  const all = [...new Set([...calls, ...about])].toSorted((one, other) => one.at - other.at)
  return all.slice(0, pieceLinesMax).map(lineOf)
}

function lineOf({ frames, answer, over, ...call }: Call): string {
  const { at, user, server, operation, key = '-', thread = '-', run = '-', after = '-' } = call
  const seqs = frames.map(({ seq }) => seq)
  const shown = frames.length === 0 ? 'no frames' : `frames ${seqs[0]}…${seqs.at(-1)}`
  const told =
    answer === undefined
      ? 'no answer'
      : `${answer.status} ${answer.run ?? answer.request ?? ''} at ${answer.at}`
  return (
    `${at} #${call.call} ${user} → server ${server}: ${operation} key ${key} thread ${thread} run ${run} after ${after}: ` +
    `${told}, ${shown}, ${over === undefined ? 'open' : `${over.how} at ${over.at}`}`
  )
}

function countUp(facts: Facts): Figures {
  const { calls, asks, runs, faults, lives, entries, calmAt } = facts
  const settled = entries.find((entry) => entry.type === 'census' && entry.running.length === 0)
  const count = (operation: string): number => calls.filter((call) => call.operation === operation).length
  return {
    acknowledged: asks.filter(({ isRetry, taken }) => !isRetry && taken.length > 0).length,
    runs: tally(runs.map(({ status }) => status)),
    sentAgain: asks.reduce((sum, ask) => sum + ask.calls.length - 1, 0),
    resumes: calls.filter(({ operation, answer }) => operation === 'parley.resume' && answer?.status === 200)
      .length,
    cancels: count('parley.cancel'),
    lists: count('items.list') + count('threads.list'),
    foreign: calls.filter(({ foreign }) => foreign).length,
    refused: calls.filter(({ answer }) => answer !== undefined && answer.status !== 200).length,
    frames: calls.reduce((sum, { frames }) => sum + frames.length, 0),
    programs: lives.length,
    kills: lives.filter(({ signals }) => signals.some(({ signal }) => signal === 'SIGKILL')).length,
    settledSeconds: settled === undefined ? null : Math.round((settled.at - calmAt) / 100) / 10,
    faults: tally(faults.map(({ fault }) => fault)),
  }
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { violations, figures } = judge(await readHistory(process.argv[2] ?? 'history.jsonl'))
  for (const { promise, sentence, piece } of violations)
    process.stdout.write(`- ${promise}: ${sentence}\n${piece.map((line) => `    ${line}\n`).join('')}`)
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
