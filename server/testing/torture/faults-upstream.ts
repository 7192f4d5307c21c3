/** An upstream that refuses, hangs, breaks off or talks nonsense, by its script; and a bad way to it. */
import type { Fault } from './faults.ts'
import type { PlanKind } from './plans.ts'
import type { Weather } from './proxy.ts'

const kinds: readonly PlanKind[] = [
  'status',
  'busy-then-fine',
  'no-headers',
  'stall',
  'cut',
  'error-in-stream',
  'garbage',
  'web-page',
  'huge',
  'broken-tool-call',
  'odd-framing',
]

/** A fault is one when somebody meets it. */
const questionsMin = 4
const millisecondsMax = 10_000

const scripted = kinds.map((plan): Fault => ({
  name: `upstream-${plan}`,
  lane: 'world',
  // What may come of it stands in the plan of each question.
  excuses: [],
  async inject(scene) {
    const before = scene.asked(plan)
    const asked = (): number => scene.asked(plan) - before
    const until = performance.now() + millisecondsMax
    scene.mood({ plan })
    while (asked() < questionsMin && performance.now() < until) await scene.wait(20)
    scene.mood({})
    return asked() === 0 ? null : `for ${asked()} questions`
  },
}))

const weathers: Record<string, Weather> = {
  'upstream-refused': { refused: true },
  'upstream-slow': { delay: 300 },
  'upstream-silent': { silent: true },
}

const onTheWay = Object.entries(weathers).map(([name, weather]): Fault => ({
  name,
  lane: 'world',
  excuses: ['failed'],
  async inject(scene) {
    const milliseconds = scene.random.between(1_000, 4_500)
    scene.house.upstream.weather(weather)
    await scene.wait(milliseconds)
    scene.house.upstream.weather({})
    if (scene.random.chance(0.3)) scene.house.upstream.cut()
    return `for ${milliseconds} ms`
  },
}))

export const upstreamFaults: readonly Fault[] = [...scripted, ...onTheWay]
