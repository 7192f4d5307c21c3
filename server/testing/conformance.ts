/** `npm run conformance -- [folder] [--database pglite|postgres]` */
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { startReplayServer } from './replay-server.ts'
import { readDifferences, readRecordings } from './recordings.ts'
import { replay } from './replay.ts'
import { findPostgres, runAs, startPostgres } from './postgres.ts'
import { openDatabase } from '../storage/open.ts'
import type { Storage } from '../storage/open.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { database: { type: 'string', default: 'pglite' } },
})
if (values.database !== 'pglite' && values.database !== 'postgres') {
  throw new Error(`--database is pglite or postgres, not ${values.database}.`)
}
// Compiled, this file lies in server/dist/testing.
const ownFolder = fileURLToPath(new URL('../../../conformance', import.meta.url))
const recordings = await readRecordings(positionals[0] ?? `${ownFolder}/chatkit`)
const differences = await readDifferences(`${ownFolder}/differences.json`)
const { storage, close } = values.database === 'pglite' ? await openEmbedded() : await openPostgres()
const server = await startReplayServer(storage)
let failed = 0
for (const recording of recordings) {
  const result = await replay(recording, differences, server).catch((error: unknown) => ({
    name: recording.name,
    failure: String(error),
  }))
  if (result.failure !== undefined) failed += 1
  process.stdout.write(
    `${result.failure === undefined ? 'passed' : 'FAILED'}  ${result.name}  ${result.failure ?? ''}\n`,
  )
}
await server.close()
await close()
process.stdout.write(`\n${recordings.length - failed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && recordings.length > 0 ? 0 : 1

interface Opened {
  storage: Storage
  close(): Promise<void>
}

async function openEmbedded(): Promise<Opened> {
  const storage = await openDatabase({ kind: 'pglite', directory: null })
  return { storage, close: storage.close }
}

/** The database in DATABASE_URL, or a Postgres of its own for the time it takes. */
async function openPostgres(): Promise<Opened> {
  const given = process.env['DATABASE_URL']
  if (given !== undefined) {
    const storage = await openDatabase({ kind: 'postgres', url: given })
    return { storage, close: storage.close }
  }
  const found = findPostgres()
  if ('reason' in found) throw new Error(found.reason)
  const postgres = await startPostgres()
  await runAs(postgres.url('postgres'), 'create database conformance')
  const storage = await openDatabase({ kind: 'postgres', url: postgres.url('conformance') })
  return {
    storage,
    async close() {
      await storage.close()
      await postgres.remove()
    },
  }
}
