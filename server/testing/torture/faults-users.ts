/** Users who leave in every way, and read slowly or not at all. A server has no excuse for any of that. */
import type { Fault } from './faults.ts'
import type { Mood } from './user.ts'

const moods: Record<string, Mood> = {
  'leave-fin': { leaving: 'fin' },
  'leave-rst': { leaving: 'rst' },
  'leave-half-open': { leaving: 'half-open' },
  'read-slowly': { reading: 'slowly', plan: 'huge' },
  'read-not': { reading: 'not', plan: 'burst' },
}

export const userFaults: readonly Fault[] = Object.entries(moods).map(([name, mood]) => ({
  name,
  lane: 'world',
  excuses: [],
  async inject(scene) {
    const milliseconds = scene.random.between(1_500, 4_000)
    scene.mood(mood)
    await scene.wait(milliseconds)
    scene.mood({})
    return `for ${milliseconds} ms`
  },
}))
