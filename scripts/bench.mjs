/**
 * `npm run bench`: makes the checkout and the laboratory's packages ready, and runs the laboratory.
 * `npm run bench -- --help` says how.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { npmCommand, root, run, runTool } from './processes.mjs'

const folder = join(root, 'bench')

// While sources change under one's hands, what is compiled already can be measured all the same.
const asBuilt = process.argv.includes('--as-built')
if (!asBuilt) {
  await prepare()
  const code = await runTool('tsc', ['-b', 'bench'])
  if (code !== 0) process.exit(code)
}
await installPeers()
// What was started ends with us, whoever ends us.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
const { bench } = await import('../bench/dist/main.js')
const parameters = process.argv.slice(2).filter((parameter) => parameter !== '--as-built')
try {
  process.exitCode = await bench(parameters, process.env.PATH ?? '')
  // What is committed has the house's format, whoever wrote it.
  if (parameters.includes('--publish')) await runTool('oxfmt', ['docs/bench.html', 'docs/bench.json'])
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exitCode = 1
}

/** The servers that ours is compared with, in `bench/node_modules`: once, and again when the lock file has changed. */
async function installPeers() {
  const lock = join(folder, 'package-lock.json')
  const stamp = join(root, '.cache', 'bench-install.sha256')
  const hash = createHash('sha256').update(readFileSync(lock)).digest('hex')
  if (existsSync(join(folder, 'node_modules')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash)
    return
  process.stderr.write('· Installing what Parley is compared with (npm ci in bench/): about a minute …\n')
  const [program, parameters] = npmCommand(['ci', '--prefix', folder, '--ignore-scripts'])
  const code = await run(program, parameters)
  if (code !== 0) process.exit(code)
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(stamp, hash)
}
