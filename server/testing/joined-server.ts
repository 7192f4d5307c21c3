/** The whole product and doors beside it, all on one engine and one real socket, for what two doors say of one thread. */
import { createAdmission } from '../admission/admission.ts'
import type { Admission } from '../admission/admission.ts'
import { createParley } from '../app.ts'
import type { ParleyOptions } from '../app.ts'
import type { ConversationStore } from '../conversation/store.ts'
import type { Engine } from '../engine/engine.ts'
import { joinDoors } from '../http/door.ts'
import type { Door } from '../http/door.ts'
import { createFront } from '../http/front.ts'
import { listen } from '../http/listener.ts'
import { HttpProblem } from '../http/problem.ts'
import { createLimiter } from '../limits/limiter.ts'
import { createMemoryLimits } from '../limits/memory.ts'
import { silentLog } from './silent-log.ts'

export interface JoinedParts {
  engine: Engine
  store: ConversationStore
  admission: Admission
}

export interface JoinedServerOptions extends Omit<ParleyOptions, 'log' | 'doors'> {
  doors(parts: JoinedParts): Door[]
  /** Which paths are theirs. All others are the rest of the product's. */
  isDoors(path: string): boolean
}

export interface JoinedServer extends JoinedParts {
  url: string
  /** Ends its runs and cuts off who is still there. The storage is the caller's. */
  close(): Promise<void>
}

const drainMilliseconds = 200

export async function startJoinedServer(options: JoinedServerOptions): Promise<JoinedServer> {
  const { doors, isDoors, ...parleyOptions } = options
  const parley = createParley({ ...parleyOptions, log: silentLog })
  const limiter = createLimiter({ store: createMemoryLimits(), key: new Uint8Array(32) })
  const { authentication, storage, now = () => new Date() } = parleyOptions
  const parts: JoinedParts = {
    engine: parley.engine,
    store: storage.store,
    admission: createAdmission({
      authentication,
      limiter,
      clientAddress: (socketAddress) => socketAddress ?? null,
      now,
    }),
  }
  const app = joinDoors(doors(parts))
  app.notFound(() => {
    throw new HttpProblem('not_found', 'There is nothing at this address.')
  })
  app.onError((error) => {
    throw error
  })
  const front = createFront((request, bindings) => app.fetch(request, bindings), { log: silentLog })
  await parley.start()
  const listener = await listen({
    fetch: (request, bindings) =>
      isDoors(new URL(request.url).pathname) ? front(request, bindings) : parley.fetch(request, bindings),
    log: silentLog,
    port: 0,
  })
  return {
    ...parts,
    url: listener.url,
    async close() {
      await Promise.all([parley.close(), listener.drain(drainMilliseconds), limiter.close()])
    },
  }
}
