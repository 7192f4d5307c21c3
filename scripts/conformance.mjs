/** `npm run conformance -- [folder] [--database pglite|postgres]`: replays recorded exchanges against a real server. */
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { root, run } from './processes.mjs'

await prepare()
process.exitCode = await run(process.execPath, [
  join(root, 'server', 'dist', 'testing', 'conformance.js'),
  ...process.argv.slice(2),
])
