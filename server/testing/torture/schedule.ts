/** Which fault comes when: three lanes side by side, each drawing from a deck of its own that a seed has shuffled. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../random.ts'
import type { Random } from '../random.ts'
import type { Fault, Lane, Scene } from './faults.ts'
import type { History } from './history.ts'

export interface Injected {
  fault: string
  /** Seconds from the beginning. */
  from: number
  to: number
  detail: string
}

export interface ScheduleOptions {
  seed: number
  minutes?: number
  kills?: number
  faults: readonly Fault[]
  scene: Scene
  history: History
  onProgress?(line: string): void
}

export interface Schedule {
  /** Resolves when all is over. */
  run(): Promise<Injected[]>
}

/** Between two faults of a lane, in milliseconds: time for things to go well. */
const pauses: Record<Lane, readonly [number, number]> = {
  programs: [300, 900],
  database: [800, 2_500],
  world: [200, 800],
}
/** One program that must be started again each time needs more of it. */
const pauseAlone = [3_000, 8_000] as const
const lanes = Object.keys(pauses) as Lane[]
const killNames = new Set(['kill', 'kill-at-send'])

export function createSchedule(options: ScheduleOptions): Schedule {
  const { seed, minutes, kills = 0, history, scene } = options
  const injected: Injected[] = []
  const beganAt = performance.now()
  const elapsed = (): number => Math.round((performance.now() - beganAt) / 100) / 10
  let killsLeft = options.faults.some(({ name }) => killNames.has(name)) ? kills : 0
  let lastId = 0

  async function inject(fault: Fault, random: Random): Promise<void> {
    lastId += 1
    const id = lastId
    const from = elapsed()
    history.add({ type: 'fault', fault: fault.name, id, phase: 'begin', excuses: [...fault.excuses] })
    options.onProgress?.(`${from.toFixed(1)} s  ${fault.name} begins`)
    const detail = await fault.inject({ ...scene, random })
    const said = detail ?? 'nobody met it'
    history.add({ type: 'fault', fault: fault.name, id, phase: 'end', detail: said })
    if (detail !== null) injected.push({ fault: fault.name, from, to: elapsed(), detail })
    options.onProgress?.(`${elapsed().toFixed(1)} s  ${fault.name} ends: ${said}`)
    if (killNames.has(fault.name)) killsLeft -= 1
  }

  const isTimeOver = (): boolean => minutes === undefined || elapsed() >= minutes * 60
  const wasThere = (fault: Fault): boolean => injected.some((each) => each.fault === fault.name)

  /** For all lanes together. Without a time, every fault has its turn. */
  const isDone = (): boolean =>
    isTimeOver() && killsLeft <= 0 && (minutes !== undefined || options.faults.every(wasThere))

  async function runLane(lane: Lane, random: Random): Promise<void> {
    const own = options.faults.filter((fault) => fault.lane === lane)
    const killing = own.filter(({ name }) => killNames.has(name))
    const deck = createDeck(own, random)
    while (own.length > 0 && !isDone()) {
      // Mostly one that works; now and then one that is just starting.
      if (lane !== 'world' && random.chance(0.9)) await untilSomebodyIsReady(scene)
      const isAlone = lane === 'database' && scene.house.servers.length === 1
      await sleep(random.between(...(isAlone ? pauseAlone : pauses[lane])))
      const kill = killsLeft > 0 && random.chance(0.85) ? random.pick(killing) : undefined
      const fault = kill ?? deck.next()
      if (fault !== undefined) await inject(fault, random)
    }
  }

  return {
    async run() {
      await Promise.all(lanes.map((lane, index) => runLane(lane, createRandom(seed * 10 + index))))
      return injected.toSorted((one, other) => one.from - other.from)
    },
  }
}

const readyMillisecondsMax = 60_000

async function untilSomebodyIsReady({ house }: Scene): Promise<void> {
  const until = performance.now() + readyMillisecondsMax
  while (!house.servers.some((server) => server.isReady()) && performance.now() < until) await sleep(10)
}

/** Each card once, in an order of chance, and then anew. */
function createDeck<Card>(cards: readonly Card[], random: Random): { next(): Card | undefined } {
  let left: Card[] = []
  return {
    next() {
      if (left.length === 0) left = [...cards]
      const [card] = left.splice(random.between(0, left.length - 1), 1)
      return card
    },
  }
}
