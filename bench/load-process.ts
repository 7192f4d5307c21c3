/** The load generator's process: takes `LoadRequest`s from its parent and answers with `LoadReply`s. */
import { createLoad } from './load.ts'
import type { Load } from './load.ts'
import type { LoadReply, LoadRequest } from './load-plan.ts'

const loads = new Map<number, Load>()

process.on('message', (request: LoadRequest) => {
  const { type, id } = request
  if (type === 'cut') return loads.get(id)?.cut()
  const load = createLoad(request.plan, {
    onOpened: () => say({ type: 'opened', id }),
    onEnded(result) {
      loads.delete(id)
      say({ type: 'ended', id, result })
    },
  })
  loads.set(id, load)
  load.start()
})
process.once('disconnect', () => process.exit())

function say(reply: LoadReply): void {
  process.send?.(reply)
}
