/** `npm run clients`: the tests that show clients at work, and the README's table of what they have shown. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { prepareClients } from './outside-packages.mjs'
import { prepare } from './prepare.mjs'
import { root } from './processes.mjs'
import { publishClients, runTests } from './steps.mjs'

const notSources = new Set(['node_modules', 'dist'])

await prepare()
await prepareClients()
const files = ['server', 'element'].flatMap(showing)
const runs = [await runTests('quick', files), await runTests('integration', files)]
const skips = runs.flatMap((run) => run.skips)
const failed = runs.reduce((sum, run) => sum + run.failed, 0)
if (failed + skips.length === 0) {
  publishClients(
    runs.flatMap(({ shown }) => shown),
    { isReadOnly: false },
  )
} else {
  const why = `${failed} failed, ${skips.length} skipped`
  process.stdout.write(`\nThe README’s table of clients is as it was: ${why}.\n`)
  process.exitCode = 1
}

/** The tests that say what they show: they call `shows`, which is in `server/testing/clients.ts`. */
function showing(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return notSources.has(entry.name) ? [] : showing(path)
    const isTest = /\.test\.tsx?$/.test(path)
    return isTest && readFileSync(join(root, path), 'utf8').includes("testing/clients.ts'") ? [path] : []
  })
}
