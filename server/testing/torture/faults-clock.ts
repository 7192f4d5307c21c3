/** One program's clock jumps forth, back behind where it was, and to the right time again, in the middle of everything. */
import type { Fault } from './faults.ts'

const hour = 3_600_000
const sizes: Record<string, number> = { 'clock-hour': hour, 'clock-decade': 10 * 365 * 24 * hour }

export const clockFaults: readonly Fault[] = Object.entries(sizes).map(([name, size]) => ({
  name,
  lane: 'world',
  excuses: [],
  async inject(scene) {
    const server = scene.random.pick(scene.house.servers)
    for (const clockOffset of [size, -size, 0]) {
      server?.stage.change({ clockOffset })
      await scene.wait(clockOffset === 0 ? 200 : scene.random.between(700, 2_500))
    }
    return `server ${server?.index}`
  },
}))
