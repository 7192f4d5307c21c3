/** Programs that are killed, replaced, frozen or kept busy. */
import type { Fault, Scene } from './faults.ts'
import type { Server } from './servers.ts'

/** From a request's sending to its answer, in milliseconds, mostly. */
const beginMax = 40
/** What a program has for itself, beside the time for its answers. */
const endMilliseconds = 20_000

function anyServer({ house, random }: Scene): Server {
  const ready = house.servers.filter((server) => server.isReady())
  const chosen = random.pick(ready.length > 0 ? ready : house.servers)
  if (chosen === undefined) throw new Error('There is no server.')
  return chosen
}

async function kill(server: Server): Promise<string> {
  server.signal('SIGKILL')
  await server.untilEnded()
  return `server ${server.index}`
}

async function terminate(server: Server, scene: Scene): Promise<void> {
  const ended = server.untilEnded()
  server.signal('SIGTERM')
  await Promise.race([ended, scene.wait(endMilliseconds)])
}

async function freeze(scene: Scene, milliseconds: number): Promise<string> {
  const server = anyServer(scene)
  server.signal('SIGSTOP')
  await scene.wait(milliseconds)
  server.signal('SIGCONT')
  return `server ${server.index} for ${milliseconds} ms`
}

export const programFaults: readonly Fault[] = [
  {
    name: 'kill',
    lane: 'programs',
    excuses: ['interrupted', 'unavailable', 'cut'],
    inject: (scene) => kill(anyServer(scene)),
  },
  {
    name: 'kill-at-send',
    lane: 'programs',
    excuses: ['interrupted', 'unavailable', 'cut'],
    async inject(scene) {
      // Aimed at the moment in which a question is stored and its answer not yet begun.
      const index = await scene.nextSend()
      await scene.wait(scene.random.between(0, beginMax))
      const aimed = scene.house.servers.find((server) => server.index === index && server.isReady())
      return kill(aimed ?? anyServer(scene))
    },
  },
  {
    name: 'terminate',
    lane: 'programs',
    excuses: ['interrupted', 'unavailable', 'cut'],
    async inject(scene) {
      const server = anyServer(scene)
      await terminate(server, scene)
      return `server ${server.index}`
    },
  },
  {
    name: 'rolling-deploy',
    lane: 'programs',
    excuses: ['interrupted', 'unavailable', 'cut'],
    async inject(scene) {
      for (const server of scene.house.servers) {
        await terminate(server, scene)
        await server.untilReady()
      }
      return 'one after the other'
    },
  },
  {
    // Shorter than the lease, with what a heartbeat and the upstream's patience take off it.
    name: 'freeze-short',
    lane: 'programs',
    excuses: [],
    inject: (scene) => freeze(scene, scene.random.between(300, 2_200)),
  },
  {
    name: 'freeze-long',
    lane: 'programs',
    excuses: ['interrupted', 'failed', 'unavailable', 'cut'],
    inject: (scene) => freeze(scene, scene.random.between(11_000, 13_500)),
  },
  {
    name: 'stall',
    lane: 'programs',
    excuses: [],
    async inject(scene) {
      const server = anyServer(scene)
      const milliseconds = scene.random.between(200, 2_200)
      server.stage.stall(milliseconds)
      await scene.wait(milliseconds + 100)
      return `server ${server.index}'s event loop for ${milliseconds} ms`
    },
  },
]
