/** A history, put in order: calls with their answers and frames, faults and programs as spans of time, what is stored. */
import type { Entry, Excuse } from './history.ts'

type Of<Type extends Entry['type']> = Extract<Entry, { type: Type }>
export type StoredRun = Of<'stored-run'>
export type StoredThread = Of<'stored-thread'>
export type Plan = Of<'plan'>

export interface Frame {
  at: number
  seq: number
  event: unknown
}

export interface Call extends Of<'call'> {
  answer?: Of<'answer'>
  frames: Frame[]
  over?: Of<'over'>
}

/** All requests of one user under one key: they ask for one thing, which happens once. */
export interface Ask {
  user: string
  key: string
  /** What the first of them asked for. */
  question: string
  isRetry: boolean
  calls: Call[]
  /** Those that were answered with a stream. */
  taken: Call[]
}

/** Milliseconds, `to` being Infinity for what never ended. */
export interface Span {
  from: number
  to: number
}

export interface FaultSpan extends Span {
  fault: string
  excuses: readonly Excuse[]
}

/** One program from its launch to its end. */
export interface Life {
  server: number
  pid: number
  launchedAt: number
  readyAt: number
  endedAt: number
  code: number | null
  /** What it was told, and when. */
  signals: { signal: string; at: number }[]
}

export interface Facts {
  entries: readonly Entry[]
  leaseSeconds: number
  calls: Call[]
  asks: Ask[]
  plans: Map<string, Plan>
  faults: FaultSpan[]
  lives: Life[]
  /** For each server, when nobody could expect an answer from it. */
  downs: Span[][]
  threads: StoredThread[]
  runs: StoredRun[]
  /** When the last fault was over. */
  calmAt: number
  lastAt: number
}

export function readFacts(entries: readonly Entry[]): Facts {
  const begin = entries.find((entry) => entry.type === 'begin')
  const calls = callsOf(entries)
  const lives = livesOf(entries)
  const lastAt = entries.at(-1)?.at ?? 0
  const servers = Array.from({ length: begin?.servers ?? 1 }, (_, index) => index)
  return {
    entries,
    leaseSeconds: begin?.leaseSeconds ?? 10,
    calls,
    asks: asksOf(calls),
    plans: new Map(of(entries, 'plan').map((plan) => [plan.question, plan])),
    faults: faultsOf(entries),
    lives,
    downs: servers.map((server) => downsOf(lives.filter((life) => life.server === server))),
    threads: of(entries, 'stored-thread'),
    runs: of(entries, 'stored-run'),
    calmAt: entries.find((entry) => entry.type === 'calm')?.at ?? lastAt,
    lastAt,
  }
}

export function of<Type extends Entry['type']>(entries: readonly Entry[], type: Type): Of<Type>[] {
  return entries.filter((entry): entry is Of<Type> => entry.type === type)
}

function callsOf(entries: readonly Entry[]): Call[] {
  const calls = new Map<number, Call>()
  for (const entry of entries) {
    if (entry.type === 'call') calls.set(entry.call, { ...entry, frames: [] })
    else if (entry.type === 'answer' || entry.type === 'frame' || entry.type === 'over') {
      const call = calls.get(entry.call)
      if (call === undefined) continue
      if (entry.type === 'frame') call.frames.push(entry)
      else if (entry.type === 'answer') call.answer = entry
      else call.over = entry
    }
  }
  return [...calls.values()]
}

function asksOf(calls: readonly Call[]): Ask[] {
  const asks = new Map<string, Ask>()
  for (const call of calls) {
    const { user, key, question = '' } = call
    if (key === undefined) continue
    const name = `${user} ${key}`
    const isRetry = call.operation === 'threads.retry_after_item'
    const ask = asks.get(name) ?? { user, key, question, isRetry, calls: [], taken: [] }
    asks.set(name, ask)
    ask.calls.push(call)
    if (call.answer?.status === 200) ask.taken.push(call)
  }
  return [...asks.values()]
}

function faultsOf(entries: readonly Entry[]): FaultSpan[] {
  const spans = new Map<number, FaultSpan>()
  for (const { id, phase, at, fault, excuses = [] } of of(entries, 'fault')) {
    const span = spans.get(id)
    if (phase === 'begin') spans.set(id, { fault, excuses, from: at, to: Infinity })
    else if (span !== undefined) span.to = at
  }
  return [...spans.values()]
}

function livesOf(entries: readonly Entry[]): Life[] {
  const lives = new Map<number, Life>()
  for (const { server, pid, happened, at, signal = '', code = null } of of(entries, 'program')) {
    const begun: Life = {
      server,
      pid,
      launchedAt: at,
      readyAt: Infinity,
      endedAt: Infinity,
      code: null,
      signals: [],
    }
    const life = lives.get(pid) ?? begun
    lives.set(pid, life)
    if (happened === 'ready') life.readyAt = at
    else if (happened === 'signalled') life.signals.push({ signal, at })
    else if (happened === 'ended') Object.assign(life, { endedAt: at, code })
  }
  return [...lives.values()]
}

/** While it starts, while it is frozen, and from its end, or the signal that means it, until the next one is ready. */
function downsOf(lives: readonly Life[]): Span[] {
  return lives.flatMap((life, index) => {
    const readyAgain = lives.slice(index + 1).map(({ readyAt }) => readyAt)
    const to = Math.min(Infinity, ...readyAgain)
    const starting = index === 0 ? [{ from: life.launchedAt, to: life.readyAt }] : []
    const frozen = life.signals
      .filter(({ signal }) => signal === 'SIGSTOP')
      .map(({ at }) => ({ from: at, to: continuedAt(life, at) }))
    const last = life.signals.find(({ signal }) => signal === 'SIGKILL' || signal === 'SIGTERM')
    const downAt = Math.min(life.endedAt, last?.at ?? Infinity)
    return [...starting, ...frozen, ...(downAt === Infinity ? [] : [{ from: downAt, to }])]
  })
}

function continuedAt({ signals, endedAt }: Life, stoppedAt: number): number {
  return signals.find(({ signal, at }) => signal === 'SIGCONT' && at >= stoppedAt)?.at ?? endedAt
}

export function overlaps(one: Span, other: Span): boolean {
  return one.from <= other.to && other.from <= one.to
}

/** After a fault everything is as usual again within this time. */
const recoveryMilliseconds = 10_000

/** Whether a fault that may cause this was there in that time, or shortly before. */
export function isExcused(facts: Facts, excuse: Excuse, span: Span): boolean {
  const reach =
    excuse === 'unavailable' || excuse === 'cut' || excuse === 'database' ? recoveryMilliseconds : 0
  return facts.faults.some(
    ({ excuses, from, to }) => excuses.includes(excuse) && overlaps(span, { from, to: to + reach }),
  )
}

export function wasDown({ downs }: Facts, server: number, span: Span): boolean {
  return (downs[server] ?? []).some((down) => overlaps(down, span))
}

/** The part of a span, in milliseconds, that none of the others covers. */
export function uncovered(span: Span, others: readonly Span[]): number {
  let free = 0
  let at = span.from
  for (const { from, to } of others.toSorted((one, other) => one.from - other.from)) {
    if (to <= at) continue
    if (from >= span.to) break
    free += Math.max(0, from - at)
    at = Math.max(at, to)
  }
  return free + Math.max(0, span.to - at)
}

/** The times at which no server was up. */
export function allDown(downs: readonly Span[][]): Span[] {
  const [first = [], ...others] = downs
  return others.reduce(
    (both, next) =>
      both.flatMap((one) =>
        next.flatMap((other) => {
          const common = { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }
          return common.from < common.to ? [common] : []
        }),
      ),
    first,
  )
}
