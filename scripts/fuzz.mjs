/** `npm run fuzz -- --requests N --seed N …`: requests without end that the API's own document is drawn from. `--help` lists what there is. */
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { root, run } from './processes.mjs'

await prepare()
process.exitCode = await run(process.execPath, [
  '--expose-gc',
  join(root, 'server', 'dist', 'testing', 'fuzz', 'run.js'),
  ...process.argv.slice(2),
])
