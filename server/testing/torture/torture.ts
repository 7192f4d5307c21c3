/**
 * A torture run: users keep asking while everything that can go wrong goes wrong, by a schedule that a seed repeats. Then a
 * checker that shares no code with the server judges the whole history.
 *
 *   npm run torture -- --seed 1 --minutes 5 [--database postgres|pglite] [--kills 200] [--faults kill,postgres-frozen]
 *
 *   users ─▶ proxy ─▶ two programs (one on PGlite) ─▶ proxy ─▶ Postgres
 *     │                 ▲    └─▶ proxy ─▶ scripted upstream
 *     │                 └── faults, in three lanes: programs, database, world
 *     └──────▶ history ◀───────┘         ─▶ checker ─▶ verdict
 */
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createToken } from '../../auth/bearer-tokens.ts'
import type { DatabaseKind } from '../databases.ts'
import { createRandom } from '../random.ts'
import type { Random } from '../random.ts'
import { createCaller } from './caller.ts'
import type { Caller } from './caller.ts'
import { createCensus } from './census.ts'
import { endSecondsMax } from './checker-conduct.ts'
import { judge } from './checker.ts'
import type { Verdict } from './checker.ts'
import { faults, withoutObject } from './faults.ts'
import type { Fault } from './faults.ts'
import { createHistory } from './history.ts'
import type { History } from './history.ts'
import { createHouse } from './house.ts'
import type { House } from './house.ts'
import type { PlanKind } from './plans.ts'
import { readBack, tryServers } from './reading.ts'
import { createSchedule } from './schedule.ts'
import type { Injected } from './schedule.ts'
import { createUser } from './user.ts'
import type { Mood, Town, User } from './user.ts'

export interface TortureOptions {
  database: DatabaseKind
  seed: number
  /** For faults; the settling comes on top. Without it, until the kills are done and every fault was there once. */
  minutes?: number
  /** At least so many. */
  kills?: number
  /** Default: all. */
  faults?: readonly string[]
  /** Default 12. */
  users?: number
  /** Where the history goes, and beside it what the programs print. Default: nowhere. */
  historyPath?: string
  /** Told of every fault as it begins and ends. */
  onProgress?(line: string): void
}

export interface TortureReport extends Verdict {
  options: TortureOptions
  injected: Injected[]
  possible: Fault[]
  /** Faults that were not possible here, with the reason. */
  skipped: Record<string, string>
  /** Faults that have no object here. */
  notApplicable: Record<string, string>
  seconds: number
}

/** Ten years ahead, the tokens must still be good. */
const tokenSeconds = 100 * 365 * 24 * 3_600
const leaseSeconds = 10

export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const beganAt = performance.now()
  const history = createHistory(options.historyPath ?? null)
  const house = await createHouse(options.database, history, options.historyPath ?? null)
  const { seed, database } = options
  history.add({ type: 'begin', seed, database, leaseSeconds, servers: house.servers.length })
  const caller = createCaller(history)
  const town = createTown(house, caller, history)
  const chosen = choose(options, house)
  const giveUp = setTimeout(() => town.giveUp(), 3_600_000)
  try {
    for (const server of house.servers) await server.untilReady()
    const users = await inhabit(options, house, town)
    const living = Promise.all(users.map((user) => user.live().catch(() => {})))
    const schedule = createSchedule({ ...options, faults: chosen.possible, scene: town.scene, history })
    const injected = await schedule.run()
    await heal(house)
    const calmAt = new Date()
    history.add({ type: 'calm' })
    town.end()
    await settle({ house, history, town, calmAt, living })
    await tryServers(house, caller, history)
    await readBack(house, users, caller, history)
    for (const run of await house.storedRuns()) history.add(run)
    const verdict = judge(history.entries)
    const seconds = Math.round((performance.now() - beganAt) / 1_000)
    return { ...verdict, ...chosen, options, injected, seconds }
  } finally {
    clearTimeout(giveUp)
    town.giveUp()
    caller.close()
    await house.remove()
    await history.close()
  }
}

interface Chosen {
  possible: Fault[]
  skipped: Record<string, string>
  notApplicable: Record<string, string>
}

/** Throws for a name that no fault has. */
function choose({ faults: wanted }: TortureOptions, house: House): Chosen {
  const names = new Set([...faults.map(({ name }) => name), ...Object.keys(withoutObject)])
  for (const name of wanted ?? []) {
    if (!names.has(name)) throw new Error(`There is no fault ${name}. There are: ${[...names].join(', ')}`)
  }
  const isWanted = (name: string): boolean => wanted?.includes(name) ?? true
  const chosen: Chosen = { possible: [], skipped: {}, notApplicable: {} }
  for (const fault of faults.filter(({ name }) => isWanted(name))) {
    const reason = fault.missing?.(house) ?? null
    if (fault.only !== undefined && fault.only !== house.kind)
      chosen.notApplicable[fault.name] = `only on ${fault.only}`
    else if (reason !== null) chosen.skipped[fault.name] = reason
    else chosen.possible.push(fault)
  }
  for (const [name, reason] of Object.entries(withoutObject)) {
    if (isWanted(name)) chosen.notApplicable[name] = reason
  }
  return chosen
}

interface OwnTown extends Town {
  scene: Parameters<Fault['inject']>[0]
  users: User[]
  end(): void
  giveUp(): void
}

const sendMillisecondsMax = 900

function createTown(house: House, caller: Caller, history: History): OwnTown {
  const givenUp = new AbortController()
  setMaxListeners(0, givenUp.signal)
  let mood: Mood = {}
  let isOver = false
  const asked = new Map<PlanKind, number>()
  let tellSend = (_server: number): void => {}
  const town: OwnTown = {
    caller,
    users: [],
    mood: () => mood,
    way(random) {
      const server = random.pick(house.servers)
      if (server === undefined) throw new Error('There is no server.')
      // Most go through the proxy, where the network can be bad.
      return { server: server.index, port: random.chance(0.7) ? server.front.port : server.directPort() }
    },
    announce(plan) {
      const { kind, question, text, ends, exact } = plan
      asked.set(kind, (asked.get(kind) ?? 0) + 1)
      history.add({ type: 'plan', question, text, ends, exact })
      house.announce(plan)
    },
    onSent: (server) => tellSend(server),
    stranger: (name, random) => random.pick(town.users.filter((user) => user.name !== name))?.known.at(-1),
    isOver: () => isOver,
    givenUp: givenUp.signal,
    end() {
      isOver = true
    },
    giveUp: () => givenUp.abort(),
    scene: {
      house,
      random: createRandom(0),
      mood(change) {
        mood = change
      },
      asked: (plan) => asked.get(plan) ?? 0,
      nextSend: () =>
        new Promise((resolve) => {
          const timer = setTimeout(() => resolve(undefined), sendMillisecondsMax)
          tellSend = (server) => {
            clearTimeout(timer)
            tellSend = () => {}
            resolve(server)
          }
        }),
      wait: (milliseconds) => sleep(milliseconds),
    },
  }
  return town
}

async function inhabit(
  { seed, users: count = 12 }: TortureOptions,
  house: House,
  town: OwnTown,
): Promise<User[]> {
  for (let index = 1; index <= count; index += 1) {
    const name = `u${index}`
    const token = await createToken({ secret: house.secret }, { userId: name, lifetimeSeconds: tokenSeconds })
    town.users.push(createUser(name, token, randomFor(seed, index), town))
  }
  return town.users
}

function randomFor(seed: number, index: number): Random {
  return createRandom(seed * 1_000 + index)
}

/** Whatever a fault has left behind. */
async function heal(house: House): Promise<void> {
  house.upstream.weather({})
  for (const server of house.servers) {
    server.front.weather({})
    server.back?.weather({})
    server.stage.change({ clockOffset: 0 })
  }
  house.freeDisk()
  if (house.postgres !== null && !house.postgres.isRunning()) await house.postgres.start()
}

interface Settling {
  house: House
  history: History
  town: OwnTown
  calmAt: Date
  living: Promise<unknown>
}

const censusMilliseconds = 200

/** Until every run has its end and everybody is done; those that never will be are given up. */
async function settle({ house, history, town, calmAt, living }: Settling): Promise<void> {
  const census = createCensus(history, () => house.running(calmAt))
  const giveUp = setTimeout(() => town.giveUp(), 3 * endSecondsMax * 1_000)
  let isDone = false
  const done = living.then(() => (isDone = true))
  for (let isSettled = false; !isSettled && !town.givenUp.aborted;) {
    const running = await census.take()
    history.add({ type: 'census', running })
    isSettled = running.length === 0
    if (!isSettled) await sleep(censusMilliseconds)
  }
  while (!isDone && !town.givenUp.aborted) await Promise.race([done, sleep(censusMilliseconds)])
  clearTimeout(giveUp)
}
