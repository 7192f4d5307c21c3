/** `npm run check`: types, lint, format and the quick tests, which need nothing but Node. */
import { prepare } from './prepare.mjs'
import { checkSources, runTests } from './steps.mjs'

await prepare({ build: false })
const failed = await checkSources()
const quick = await runTests('quick', process.argv.slice(2))
if (quick.failed > 0) failed.push('quick tests')
process.stdout.write(failed.length === 0 ? '\nAll is well.\n' : `\nFailed: ${failed.join(', ')}.\n`)
process.exitCode = failed.length === 0 ? 0 : 1
