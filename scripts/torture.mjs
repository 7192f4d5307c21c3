/** `npm run torture -- --seed N --minutes M …`: everything that can go wrong, and a checker that judges it. `--help` lists what there is. */
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { root, run } from './processes.mjs'

await prepare()
process.exitCode = await run(process.execPath, [
  join(root, 'server', 'dist', 'testing', 'torture', 'run.js'),
  ...process.argv.slice(2),
])
