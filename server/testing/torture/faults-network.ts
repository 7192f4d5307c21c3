/** The way between users and programs. */
import type { Fault } from './faults.ts'
import type { Weather } from './proxy.ts'
import type { Random } from '../random.ts'

const weathers: Record<string, (random: Random) => Weather> = {
  'network-delay': (random) => ({ delay: random.between(20, 400) }),
  'network-silent': () => ({ silent: true }),
  'network-cut': (random) => ({ cutAfter: () => random.between(1, 6_000) }),
  'network-refused': () => ({ refused: true }),
}

export const networkFaults: readonly Fault[] = Object.entries(weathers).map(([name, weather]) => ({
  name,
  lane: 'world',
  excuses: ['cut'],
  async inject(scene) {
    const fronts = scene.house.servers.map(({ front }) => front)
    const milliseconds = scene.random.between(1_500, 5_000)
    for (const front of fronts) front.weather(weather(scene.random))
    await scene.wait(milliseconds)
    for (const front of fronts) front.weather({})
    // What was stuck in silence may as well be lost.
    if (scene.random.chance(0.5)) for (const front of fronts) front.cut(0.5)
    return `for ${milliseconds} ms`
  },
}))
