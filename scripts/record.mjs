/** `npm run record`: writes what the doors stream now as what they are to stream. `git diff` shows what has changed. */
import { prepare } from './prepare.mjs'
import { runTests } from './steps.mjs'

await prepare()
const { failed } = await runTests('integration', ['server/testing/recorded-streams'], { PARLEY_RECORD: '1' })
process.exitCode = failed === 0 ? 0 : 1
