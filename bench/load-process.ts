/** The load generator's process: takes `LoadRequest`s from its parent and answers with `LoadReply`s. */
import { createLoad } from './load.ts'
import type { Load } from './load.ts'
import type { LoadPlan, LoadReply, LoadRequest } from './load-plan.ts'
import { runStorm } from './storm.ts'

const loads = new Map<number, Load>()

process.on('message', (request: LoadRequest) => {
  const { type, id } = request
  switch (type) {
    case 'start':
      return start(id, request.plan)
    case 'storm':
      return void runStorm(request.plan).then((result) => say({ type: 'storm-ended', id, result }))
    case 'cut':
      return loads.get(id)?.cut()
  }
})
process.once('disconnect', () => process.exit())

function say(reply: LoadReply): void {
  process.send?.(reply)
}

function start(id: number, plan: LoadPlan): void {
  const load = createLoad(plan, {
    onOpened: () => say({ type: 'opened', id }),
    onEnded(result) {
      loads.delete(id)
      say({ type: 'ended', id, result })
    },
  })
  loads.set(id, load)
  load.start()
}
