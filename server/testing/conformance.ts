/** `npm run conformance -- [folder] [--database pglite|postgres]` */
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { startReplayServer } from './replay-server.ts'
import { readDifferences, readRecordings } from './recordings.ts'
import { replay } from './replay.ts'

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
const server = await startReplayServer(values.database)
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
process.stdout.write(`\n${recordings.length - failed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && recordings.length > 0 ? 0 : 1
