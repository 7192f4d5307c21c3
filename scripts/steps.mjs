/** The steps of `npm run check` and `npm test`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clientsTable, shownBy, withClients } from './clients-table.mjs'
import { root, runTool } from './processes.mjs'

/** @typedef {import('./clients-table.mjs').Shown} Shown */
/** @typedef {{ passed: number, failed: number, skipped: number, skips: string[], shown: Shown[] }} Counts */

/** Types, lint and format. Resolves with the names of those that failed. */
export async function checkSources() {
  const failed = []
  const checks = [
    ['types', () => runTool('tsc', ['-b'])],
    ['lint', () => runTool('oxlint', ['--type-aware', '--deny-warnings'])],
    ['format', () => runTool('oxfmt', ['--check'])],
  ]
  for (const [name, check] of checks) {
    heading(name)
    if ((await check()) !== 0) failed.push(name)
  }
  return failed
}

/**
 * Runs one of Vitest's projects, or the part of it that the filters name.
 * @returns {Promise<Counts>} A run that broke down without a failed test counts as one failure.
 */
export async function runTests(project, filters = [], environment = {}) {
  heading(`tests: ${project}`)
  const report = join(root, '.cache', `tests-${project}.json`)
  mkdirSync(join(root, '.cache'), { recursive: true })
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const parameters = ['run', '--project', project, '--passWithNoTests', ...reporters, ...filters]
  const code = await runTool('vitest', parameters, { environment })
  return countTests(report, code)
}

function countTests(report, code) {
  let results
  try {
    results = JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, skipped: 0, skips: [], shown: [] }
  }
  const tests = results.testResults.flatMap((file) => file.assertionResults)
  const skips = tests
    .filter(({ status }) => !['passed', 'failed'].includes(status))
    .map(({ fullName }) => fullName.trim())
  const passed = tests.filter(({ status }) => status === 'passed').length
  const failed = tests.filter(({ status }) => status === 'failed').length
  // A file that does not load has no tests, and an error outside of any test fails none.
  return {
    passed,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: skips.length,
    skips,
    shown: shownBy(results),
  }
}

/**
 * Has the README say which clients work, once a run has shown them all.
 * @param {Shown[]} shown
 * @param {{ isReadOnly: boolean }} options `isReadOnly`: a README that says anything else is not changed, and the right table printed.
 * @returns {boolean} Whether the README says now what was shown.
 */
export function publishClients(shown, { isReadOnly }) {
  const path = join(root, 'README.md')
  const readme = readFileSync(path, 'utf8')
  const right = withClients(readme, shown)
  if (right === readme) return true
  heading('clients')
  if (isReadOnly) {
    process.stdout.write(`The README’s table of clients is not what the tests have shown. That is:\n\n`)
    process.stdout.write(`${clientsTable(shown)}\n`)
    return false
  }
  writeFileSync(path, right)
  process.stdout.write('The README’s table of clients has been written anew: it goes with your change.\n')
  return true
}

function heading(title) {
  process.stdout.write(`\n── ${title}\n`)
}
