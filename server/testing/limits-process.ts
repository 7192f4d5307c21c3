/**
 * A process of its own that asks limits in a database, for tests with several of them and with `kill -9`:
 * `node limits-process.js <database url> <rush|hold>`. It says `ready`, waits for a line, and then `rush` asks everything at once
 * and says how much was admitted, while `hold` takes all the places, says so, and says `renewed` after each renewal.
 */
import { createInterface } from 'node:readline'
import { createLimiter } from '../limits/limiter.ts'
import type { ConcurrencyLimit, WindowLimit } from '../limits/limits.ts'
import { openDatabase } from '../storage/open.ts'

interface Shared {
  key: Uint8Array
  leaseSeconds: number
  storeMillisecondsMax: number
  requestsEach: number
  narrow: WindowLimit
  wide: WindowLimit
  places: ConcurrencyLimit
}

/** What the test and its processes ask. */
export const shared: Shared = {
  key: new Uint8Array(32).fill(9),
  leaseSeconds: 4,
  storeMillisecondsMax: 30_000,
  requestsEach: 60,
  narrow: { name: 'narrow', subject: 'all', requestsMax: 50, windowSeconds: 3_600 },
  wide: { name: 'wide', subject: 'all', requestsMax: 100_000, windowSeconds: 3_600 },
  places: { name: 'places', subject: 'all', concurrentMax: 10 },
}

function say(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function serve(url: string, what: string): Promise<void> {
  const { limitStore: store } = await openDatabase({ kind: 'postgres', url })
  const limiter = createLimiter({
    ...shared,
    store: {
      ...store,
      async renew(...lease) {
        await store.renew(...lease)
        say({ renewed: true })
      },
    },
  })
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  say({ ready: process.pid })
  await lines.next()
  const asked =
    what === 'rush'
      ? Array.from({ length: shared.requestsEach }, () => limiter.admit([shared.wide, shared.narrow]))
      : Array.from({ length: shared.places.concurrentMax }, () => limiter.admit([shared.places]))
  const admissions = await Promise.all(asked)
  say({ admitted: admissions.filter(({ admitted }) => admitted).length })
}

const [, program = '', url, what] = process.argv
// The test imports what is shared.
if (/limits-process\.\w+$/.test(program) && url !== undefined && what !== undefined) await serve(url, what)
