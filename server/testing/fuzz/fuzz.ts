/**
 * Requests without end at the whole product: drawn from its own document, sent, judged, and made smaller when an answer is wrong.
 *
 *   document ─▶ draw ─▶ fill in ids ─▶ in the process, or over a socket ─▶ judge ─▶ faults, each once
 *                                                                            ╰─ another's words, or a row of theirs: an escape
 */
import fc from 'fast-check'
import type { DatabaseKind } from '../databases.ts'
import type { Operation } from './document.ts'
import type { Fault, Shared } from './findings.ts'
import { openHouse } from './house.ts'
import type { House } from './house.ts'
import { createJudge } from './judge.ts'
import type { Verdict } from './judge.ts'
import type { Person } from './people.ts'
import { createRequests } from './requests.ts'
import type { Asking } from './requests.ts'
import { askInside, asRequest, askOutside, curlOf, prepare, StuckError } from './sending.ts'
import type { Answer, Sent } from './sending.ts'
import { attackSockets } from './sockets.ts'
import { converse } from './conversations.ts'

export interface FuzzOptions {
  database: DatabaseKind
  seed: number
  requests: number
  /** Of a hundred generated requests, so many over a real socket. Default: 10. */
  socketShare?: number
  /** How many people ask at the same time. Default: 6. */
  lanes?: number
  /** How many requests a database gets before the next, fresh one. Default: 50,000. */
  requestsPerHouse?: number
  onProgress?(line: string): void
}

export interface FuzzReport {
  options: FuzzOptions
  requests: number
  /** By operation and status. */
  statuses: ReadonlyMap<string, ReadonlyMap<number, number>>
  faults: readonly Fault[]
  escapes: number
  slowest: { milliseconds: number; curl: string }
  /** In MiB, at the end of each house. */
  heap: readonly number[]
  seconds: number
}

interface Tally {
  requests: number
  statuses: Map<string, Map<number, number>>
  faults: Map<string, Fault>
  slowest: { milliseconds: number; curl: string }
  heap: number[]
  /** Told of each kind once. */
  onFault(fault: Fault): void
}

const chunk = 200
const bytesMax = 4 * 1_048_576
/** A machine that does other things as well is no fault. */
const secondsMax = 120

export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const began = Date.now()
  const tally: Tally = {
    requests: 0,
    statuses: new Map(),
    faults: new Map(),
    slowest: { milliseconds: 0, curl: '' },
    heap: [],
    onFault: ({ operation, kind, detail, curl, repeat }) =>
      options.onProgress?.(`✗ ${operation}: ${kind}\n  ${detail}\n  ${curl}\n  ${repeat}`),
  }
  const { requests, requestsPerHouse = 50_000 } = options
  for (let house = 0; tally.requests < requests; house += 1) {
    await inOneHouse(options, tally, {
      number: house,
      until: Math.min(requests, tally.requests + requestsPerHouse),
    })
    // When nothing of the house is held here any more.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    options.onProgress?.(`${progressLine(tally, requests)} · a house is done`)
    tally.heap.push(Math.round(process.memoryUsage().heapUsed / 1_048_576))
  }
  const faults = [...tally.faults.values()]
  return {
    options,
    requests: tally.requests,
    statuses: tally.statuses,
    faults,
    escapes: faults.filter(({ kind }) => kind.startsWith('ESCAPE')).length,
    slowest: tally.slowest,
    heap: tally.heap,
    seconds: (Date.now() - began) / 1_000,
  }
}

async function inOneHouse(
  options: FuzzOptions,
  tally: Tally,
  { number, until }: { number: number; until: number },
): Promise<void> {
  const { onProgress = () => {}, lanes = 6, seed } = options
  const house = await openHouse(options.database)
  try {
    const asker = createAsker(house, options, tally)
    const requests = createRequests(house.document, house.people.length)
    let next = 0
    async function lane(): Promise<void> {
      while (tally.requests < until) {
        const own = seed * 1_000_003 + number * 10_007 + next
        next += 1
        await drawChunk(asker, requests, own)
        if (next % 10 === 0) onProgress(progressLine(tally, options.requests))
      }
    }
    const shared = sharing(tally, until)
    const others = { seed: seed + number, fault: (fault: Fault) => note(tally, fault) }
    await Promise.all([
      ...Array.from({ length: lanes }, lane),
      attackSockets(house, { ...others, ...shared('raw bytes') }),
      converse(house, { ...others, ...shared('ChatKit conversations') }),
    ])
    await judgeHouse(house, tally)
  } finally {
    await house.close()
  }
}

const shareMax = 0.05

function sharing(tally: Tally, until: number): (name: string) => Pick<Shared, 'count' | 'goesOn'> {
  const before = tally.requests
  return (name) => {
    let own = 0
    return {
      count(status) {
        own += 1
        count(tally, name, status)
      },
      async goesOn() {
        while (tally.requests < until && own > (tally.requests - before) * shareMax + 10) {
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
        return tally.requests < until
      },
    }
  }
}

/** With what the process holds on to. */
function progressLine({ requests, faults }: Tally, all: number): string {
  globalThis.gc?.()
  const heap = Math.round(process.memoryUsage().heapUsed / 1_048_576)
  return `${requests.toLocaleString('en')} of ${all.toLocaleString('en')} requests, ${faults.size} faults, ${heap} MiB of heap`
}

/** Draws some; what is wrong is made smaller and written down once. */
async function drawChunk(asker: Asker, requests: fc.Arbitrary<Asking>, seed: number): Promise<void> {
  const property = fc.asyncProperty(requests, async (asking) => {
    const found = await asker.ask(asking)
    if (found !== null) throw new WrongAnswer(found)
  })
  const run = await fc.check(property, { seed, numRuns: chunk })
  if (!run.failed || run.errorInstance === undefined || run.errorInstance === null) return
  const { errorInstance: error } = run
  if (!(error instanceof WrongAnswer)) throw new Error('The fuzzer itself has failed.', { cause: error })
  asker.writeDown(error.found, `seed ${seed}, path ${run.counterexamplePath}`)
}

interface Found extends Verdict {
  operation: string
  curl: string
}

class WrongAnswer extends Error {
  readonly found: Found
  constructor(found: Found) {
    super(`${found.kind}: ${found.detail}`)
    this.found = found
  }
}

interface Asker {
  /** What is wrong with the answer and was not known before, or null. */
  ask(asking: Asking): Promise<Found | null>
  writeDown(found: Found, repeat: string): void
}

function createAsker(house: House, { socketShare = 10 }: FuzzOptions, tally: Tally): Asker {
  const { judge } = createJudge(house.document, house.secrets)
  const operations = new Map(house.document.operations.map((operation) => [operation.name, operation]))
  const renewing = new Map<string, Promise<void>>()
  let asked = 0

  async function ask(asking: Asking): Promise<Found | null> {
    const operation = operations.get(asking.operation)
    const person = house.people[asking.principal]
    if (operation === undefined || person === undefined) return null
    const sent = prepare(asking, person.credentials, (place) => fill(house, person, operation, place))
    asked += 1
    const found = (verdict: Verdict): Found => ({
      ...verdict,
      operation: operation.name,
      curl: `${curlOf(sent, house.url)} # as ${person.name}`,
    })
    let answer: Answer | null
    try {
      answer = await send(sent, asking, asked % 100 < socketShare)
    } catch (error) {
      if (!(error instanceof StuckError)) throw error
      return unknown(found({ kind: 'no answer', detail: error.message }))
    }
    if (answer === null) return null
    count(tally, operation.name, answer.status)
    if (answer.milliseconds > tally.slowest.milliseconds)
      tally.slowest = { milliseconds: answer.milliseconds, curl: found({ kind: '', detail: '' }).curl }
    learn(house, person, operation, answer)
    // What is gone need not be asked for again and again.
    if (answer.status === 404 && asked % 2 === 0) house.knowledge.forget(person.name, sent.path)
    if (answer.status === 401 && asking.style === 'proper') await renew(person)
    const failures = house.failures()
    const verdicts = [
      ...judge({ operation, person, sent, answer }),
      ...failures.map((failure) => ({
        kind: `written down: ${failure.slice(0, 60)}`,
        detail: failure.slice(0, 2_000),
      })),
    ]
    for (const verdict of verdicts) {
      const fresh = unknown(found(verdict))
      if (fresh !== null) return fresh
    }
    return null
  }

  /** Null when it is known already; then it is counted. */
  function unknown(found: Found): Found | null {
    const known = tally.faults.get(keyOf(found))
    if (known === undefined) return found
    known.times += 1
    return null
  }

  async function send(sent: Sent, { leaves }: Asking, overSocket: boolean): Promise<Answer | null> {
    const reading = { leaves, bytesMax, secondsMax }
    const request = overSocket ? null : asRequest(sent, house.url)
    if (request === null) return askOutside(house.port, house.agent, sent, reading)
    return askInside(house.fetch, request, reading)
  }

  async function renew(person: Person): Promise<void> {
    if (person.name === 'nobody' || person.name === 'forged') return
    const running = renewing.get(person.name) ?? renewed(person)
    renewing.set(person.name, running)
    await running
  }

  /** Once a second at most: who is revoked is revoked until the end of it. */
  async function renewed(person: Person): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    person.credentials = await person.renew()
    renewing.delete(person.name)
  }

  return { ask, writeDown: (found, repeat) => note(tally, { ...found, times: 1, repeat }) }
}

const keyOf = ({ kind, operation }: Pick<Found, 'kind' | 'operation'>): string => `${operation} ${kind}`

function note({ faults, onFault }: Tally, fault: Fault): void {
  const known = faults.get(keyOf(fault))
  if (known !== undefined) {
    known.times += 1
    return
  }
  faults.set(keyOf(fault), fault)
  onFault(fault)
}

function count(tally: Tally, operation: string, status: number): void {
  tally.requests += 1
  const statuses = tally.statuses.get(operation) ?? new Map<number, number>()
  tally.statuses.set(operation, statuses)
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
}

function learn(house: House, person: Person, operation: Operation, answer: Answer): void {
  if (answer.status >= 400 || answer.body.length > 100_000) return
  const told = ['link', 'parley-thread', 'parley-run', 'location'].map(
    (name) => answer.headers.get(name) ?? '',
  )
  house.knowledge.learn(person.name, operation.door, `${answer.body.toString('utf8')} ${told.join(' ')}`)
}

function fill(house: House, person: Person, { door }: Operation, place: string): string {
  if (place === 'canary') return person.canary
  const [, whose, wanted = 'any', number = '0'] = /^(\w+) (.+) (\d+)$/.exec(place) ?? []
  const foreign = [...house.victims, ...house.people].filter(({ canary }) => !person.sees.has(canary))
  const from = whose === 'own' ? [person.name] : foreign.map(({ name }) => name)
  return house.knowledge.pick(from, wanted, Number(number), door) ?? 'thr_00000000000000000000000000'
}

/** When all have gone: what was theirs is as it was, nothing goes on, and nothing is left open. */
async function judgeHouse(house: House, tally: Tally): Promise<void> {
  const fault = (kind: string, detail: string): void =>
    note(tally, { kind, operation: 'the house', detail, curl: '', repeat: '', times: 1 })
  for (const change of await house.past.changes()) fault('ESCAPE: another’s rows', change)
  for (const address of house.smuggled) fault('ESCAPE: a smuggled request', address)
  if (!(await comesTrue(async () => (await house.past.runningRuns()) === 0)))
    fault('runs without an end', String(await house.past.runningRuns()))
  house.agent.destroy()
  if (!(await comesTrue(async () => house.connections() === 0)))
    fault('connections that stay open', String(house.connections()))
  for (const failure of house.failures())
    fault(`written down: ${failure.slice(0, 60)}`, failure.slice(0, 2_000))
}

async function comesTrue(condition: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (await condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}
