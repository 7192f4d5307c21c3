/**
 * `npm test`: everything. With `--require-all` (or PARLEY_TEST_REQUIRE=all) a skipped test is a failed one.
 * Other parameters are handed to Vitest as filters: `npm test -- server/storage`.
 * A run of everything in which nothing failed and nothing was skipped writes the README's table of clients; with `--require-all` a
 * table that says anything else is a failed check.
 * The last line is `N passed, M failed, K skipped`.
 */
import { prepareClients, prepareExamples } from './outside-packages.mjs'
import { findParts } from './parts.mjs'
import { prepare } from './prepare.mjs'
import { checkSources, publishClients, runTests } from './steps.mjs'

const parameters = process.argv.slice(2)
const requiresAll = parameters.includes('--require-all') || process.env.PARLEY_TEST_REQUIRE === 'all'
const filters = parameters.filter((parameter) => parameter !== '--require-all')
const environment = requiresAll ? { PARLEY_TEST_REQUIRE: 'all' } : {}

await prepare()
// Only the integration tests need them, and the network is slower than what is checked meanwhile.
const preparing = prepareOutside()
for (const { name, path, hint } of findParts()) {
  const found =
    path ?? `not found, so the tests that need it are ${requiresAll ? 'failures' : 'skipped'} (${hint})`
  process.stdout.write(`${name}: ${found}\n`)
}
const failedChecks = filters.length === 0 ? await checkSources() : []
const quick = await runTests('quick', filters, environment)
await preparing
const integration = await runTests('integration', filters, environment)
const skips = [...quick.skips, ...integration.skips]
if (skips.length > 0) process.stdout.write(`\nSkipped:\n${skips.map((title) => `  ${title}\n`).join('')}`)
const isWhole = filters.length === 0 && quick.failed + integration.failed + skips.length === 0
if (isWhole && !publishClients([...quick.shown, ...integration.shown], { isReadOnly: requiresAll })) {
  failedChecks.push('clients')
}
if (failedChecks.length > 0) process.stdout.write(`\nFailed checks: ${failedChecks.join(', ')}\n`)
const passed = quick.passed + integration.passed
const failed = quick.failed + integration.failed + failedChecks.length + (requiresAll ? skips.length : 0)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
process.stdout.write(`\n${passed} passed, ${failed} failed, ${requiresAll ? 0 : skips.length} skipped\n`)

/** The clients and, if a test of one may run, the examples. */
async function prepareOutside() {
  await prepareClients()
  if (filters.length === 0 || filters.some((filter) => 'element/nextjs-example'.startsWith(filter))) {
    await prepareExamples()
  }
}
