/**
 * `npm run gallery`: takes the gallery's pictures anew, which the tests compare what they see with. Look at what has changed
 * (`git diff --stat element/testing/gallery`) before it is committed: that is what they are for.
 */
import { prepare } from './prepare.mjs'
import { runTests } from './steps.mjs'

await prepare({ build: false })
const { failed } = await runTests('integration', ['element/gallery.integration.test.ts'], {
  PARLEY_GALLERY: 'update',
  PARLEY_TEST_REQUIRE: 'all',
})
process.exitCode = failed === 0 ? 0 : 1
