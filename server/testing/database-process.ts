/**
 * A process of its own that opens a data directory, for tests that kill it: `node database-process.js <directory> <what>`.
 * Says on its standard output, a line of JSON each, `opened`, `refused`, and the id of each thread that was acknowledged.
 */
import { createId } from '../conversation/ids.ts'
import { lockDirectory } from '../storage/directory-lock.ts'
import { openDatabase } from '../storage/open.ts'

const [, , directory = '', what = 'write'] = process.argv
const owner = { tenantId: 'tenant', userId: 'user' }

function say(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function writeThreads(): Promise<never> {
  const { store } = await openDatabase({ kind: 'pglite', directory })
  say({ opened: process.pid })
  for (;;) {
    const thread = {
      id: createId('thr'),
      created_at: new Date().toISOString(),
      status: { type: 'active' },
      metadata: {},
    } as const
    const run = { id: createId('run'), processId: createId('prc'), leaseSeconds: 3_600 }
    await store.createThread(owner, thread, (transaction) =>
      transaction.beginRun(run, [{ seq: 1, event: { type: 'thread-created', thread } }]),
    )
    say({ threadId: thread.id, runId: run.id })
  }
}

try {
  if (what === 'lock') {
    await lockDirectory(directory)
    say({ opened: process.pid })
    setInterval(() => {}, 1_000)
  } else await writeThreads()
} catch (error) {
  say({ refused: error instanceof Error ? error.message : String(error) })
}
