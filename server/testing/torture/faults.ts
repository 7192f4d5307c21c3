/** What a torture run can do to whom: every fault has a name, a beginning and an end, and says what it may honestly cause. */
import type { Random } from '../random.ts'
import { clockFaults } from './faults-clock.ts'
import { databaseFaults } from './faults-database.ts'
import { networkFaults } from './faults-network.ts'
import { programFaults } from './faults-programs.ts'
import { upstreamFaults } from './faults-upstream.ts'
import { userFaults } from './faults-users.ts'
import type { Excuse } from './history.ts'
import type { House } from './house.ts'
import type { PlanKind } from './plans.ts'
import type { Mood } from './user.ts'

/** Faults of one lane come one after the other, those of different lanes at the same time. */
export type Lane = 'programs' | 'database' | 'world'

export interface Fault {
  name: string
  lane: Lane
  excuses: readonly Excuse[]
  /** The database without which it means nothing. */
  only?: 'postgres' | 'pglite'
  /** Why it cannot be done here, or null. */
  missing?(house: House): string | null
  /** Begins, lasts and ends it. Resolves with what was done, in a few words; with null when nobody met it. */
  inject(scene: Scene): Promise<string | null>
}

export interface Scene {
  house: House
  random: Random
  /** Changes what users do. */
  mood(change: Partial<Mood>): void
  /** How many questions of that kind there were. */
  asked(plan: PlanKind): number
  /** The next request that begins a run: to which server it was sent. Undefined when none is sent for a while. */
  nextSend(): Promise<number | undefined>
  /** Waits; a run that is broken off waits no longer. */
  wait(milliseconds: number): Promise<void>
}

export const faults: readonly Fault[] = [
  ...programFaults,
  ...databaseFaults,
  ...userFaults,
  ...networkFaults,
  ...upstreamFaults,
  ...clockFaults,
]

/** What the catalogue of faults has, and Parley has nothing for. */
export const withoutObject: Record<string, string> = {
  'redis-flushed': 'nothing uses Redis',
  'redis-gone': 'nothing uses Redis',
}
