/**
 * `npm run planted`: plants each bug of `planted/` by itself in a copy of the tree and runs the tests that must notice.
 * `--only name` (several, or a list with commas), `--sample 10 --seed 1`, `--list`. Exits with 1 unless all are caught.
 *
 *   copy ─▶ the same tests pass as it is ─▶ plant ─▶ compile ─▶ run ─▶ a failed test? ─▶ restore ─▶ …
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { bugs } from '../planted/bugs.mjs'
import { prepare } from './prepare.mjs'
import { root, tool } from './processes.mjs'

/** @typedef {import('../planted/bugs.mjs').PlantedBug} PlantedBug */
/** @typedef {{ verdict: string, how: string }} Outcome */

/** A planted bug may keep a test busy for ever. */
const plantedMinutesMax = 5
const wholeMinutesMax = 30
/** What is being waited for. */
let running
const notCopied = new Set(['node_modules', 'dist', '.git', '.cache', '.parley', '.next'])

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
  },
})
const chosen = choose()

if (values.list) for (const { name, breaks, file } of chosen) say(`${name}  ${breaks.join(' ')}  ${file}`)
else {
  await prepare({ build: false })
  process.exitCode = (await plantAll()) ? 0 : 1
}

function choose() {
  const names = values.only.flatMap((list) => list.split(','))
  const unknown = names.filter((name) => !bugs.some((bug) => bug.name === name))
  if (unknown.length > 0) {
    say(`There is no planted bug called ${unknown.join(' or ')}; --list says which there are.`)
    process.exit(1)
  }
  const wanted = names.length === 0 ? bugs : bugs.filter(({ name }) => names.includes(name))
  return values.sample === undefined ? wanted : sample(wanted, Number(values.sample), values.seed)
}

/** The same seed, the same bugs, in their own order. */
function sample(all, count, seed) {
  const lot = ({ name }) => createHash('sha256').update(`${seed} ${name}`).digest('hex')
  const drawn = new Set(all.toSorted((one, other) => (lot(one) < lot(other) ? -1 : 1)).slice(0, count))
  return all.filter((bug) => drawn.has(bug))
}

/** Outside of the checkout, where nobody's search for tests finds it. */
async function plantAll() {
  const copy = mkdtempSync(join(tmpdir(), 'parley-planted-'))
  process.once('exit', () => {
    endRunning()
    rmSync(copy, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  // With their times, so that nothing in the copy takes the packages for outdated: it would renew them through the links.
  cpSync(root, copy, {
    recursive: true,
    preserveTimestamps: true,
    filter: (source) => !notCopied.has(basename(source)),
  })
  // A workspace has its own beside it for what could not be put with the rest.
  for (const folder of ['.', 'server', 'element']) {
    const modules = join(root, folder, 'node_modules')
    if (existsSync(modules)) symlinkSync(modules, join(copy, folder, 'node_modules'))
  }
  const blind = await findBlind(copy)
  const outcomes = []
  for (const bug of chosen) {
    const began = performance.now()
    const reason = blind.get(placeOf(bug))
    const outcome =
      reason === undefined ? await plant(copy, bug) : { verdict: 'nothing shows it', how: reason }
    outcomes.push({ bug, ...outcome, seconds: (performance.now() - began) / 1_000 })
    sayRow(outcomes.at(-1))
  }
  return sum(outcomes)
}

function placeOf({ test, shows }) {
  return `${test} [${shows}]`
}

/**
 * What is caught by tests that fail anyhow is not caught: the same tests on the tree as it is, all files of a project at once.
 * @returns {Promise<Map<string, string>>} The tests that cannot show anything, and why.
 */
async function findBlind(copy) {
  const blind = new Map()
  if (!(await compiles(copy))) throw new Error('The tree does not compile as it is.')
  for (const project of ['quick', 'integration']) {
    const here = chosen.filter((bug) => projectOf(bug) === project)
    if (here.length === 0) continue
    const files = [...new Set(here.map(({ test }) => test))]
    const rules = [...new Set(here.map(({ shows }) => shows))]
    say(`As it is: ${files.length} files of ${project} tests …`)
    const report = await runTests(copy, { project, files, rules })
    for (const bug of here) {
      const tests = testsOf(report, bug)
      const failed = tests.find(({ status }) => status === 'failed')
      if (failed !== undefined) blind.set(placeOf(bug), `fails as it is: ${failed.failureMessages[0]}`)
      else if (!tests.some(({ status }) => status === 'passed')) blind.set(placeOf(bug), 'no test of it ran')
    }
  }
  return blind
}

/** @returns {Promise<Outcome>} */
async function plant(copy, bug) {
  const path = join(copy, bug.file)
  const source = readFileSync(path, 'utf8')
  if (source.split(bug.text).length !== 2) {
    return { verdict: 'does not apply any more', how: `${bug.file} does not hold its text exactly once` }
  }
  try {
    // As a function: a replacement's own $ would mean something.
    writeFileSync(
      path,
      source.replace(bug.text, () => bug.instead),
    )
    if (!(await compiles(copy))) return { verdict: 'does not compile', how: '' }
    const tests = { project: projectOf(bug), files: [bug.test], rules: [bug.shows], isPlanted: true }
    return judge(testsOf(await runTests(copy, tests), bug))
  } finally {
    writeFileSync(path, source)
  }
}

function projectOf({ test }) {
  return test.includes('.integration.') ? 'integration' : 'quick'
}

/** Also for the tests that run what was compiled. */
async function compiles(copy) {
  return (await runIn(copy, tool('tsc', 'typescript'), ['-b', 'server', 'element'])).code === 0
}

/** @returns {Promise<object | null>} Vitest's report; null when there is none. */
async function runTests(copy, { project, files, rules, isPlanted = false }) {
  const file = join(copy, 'report.json')
  rmSync(file, { force: true })
  const pattern = `\\[(?:${rules.join('|')})\\]`
  const selection = ['--project', project, '-t', pattern, ...files]
  const report = ['--reporter=json', `--outputFile.json=${file}`]
  // The first that notices is enough.
  const parameters = ['run', ...selection, ...report, ...(isPlanted ? ['--bail=1'] : [])]
  const minutesMax = isPlanted ? plantedMinutesMax : wholeMinutesMax
  const { output } = await runIn(copy, tool('vitest'), parameters, minutesMax)
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    say(output)
    return null
  }
}

function testsOf(report, { test, shows }) {
  const file = report?.testResults.find(({ name }) => name.endsWith(`/${test}`))
  return (file?.assertionResults ?? []).filter(({ title }) => title.startsWith(`[${shows}] `))
}

/** A test must have run and failed: that its file did not load, or that its preparations broke, shows nothing. */
function judge(tests) {
  const failed = tests.filter(({ status }) => status === 'failed')
  const reasons = failed.map(({ failureMessages: [message = ''] }) => message.split('\n')[0] ?? '')
  const good = reasons.filter(
    (reason) => !/^(?:SyntaxError|ReferenceError)|Hook timed out|Cannot find/.test(reason),
  )
  const [how] = [...good.filter((reason) => reason.startsWith('AssertionError')), ...good]
  if (how !== undefined) return { verdict: 'caught', how: inWords(how) }
  if (reasons.length > 0) return { verdict: 'broken otherwise', how: reasons[0] }
  return { verdict: tests.some(({ status }) => status === 'passed') ? 'not caught' : 'no test ran', how: '' }
}

function inWords(reason) {
  // So Vitest's report calls a test whose time has run out.
  if (reason === 'Error: STACK_TRACE_ERROR') return 'waited in vain'
  return reason.replace(/^(?:Assertion)?Error: /, '')
}

/** Resolves with the exit code and what it said; whatever takes too long is ended, with all that it has started. */
function runIn(copy, program, parameters, minutesMax = plantedMinutesMax) {
  const child = spawn(process.execPath, [program, ...parameters], {
    cwd: copy,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running = child
  const timer = setTimeout(endRunning, minutesMax * 60_000)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      running = undefined
      resolve({ code: code ?? 1, output })
    })
  })
}

/** The whole group: a bug may keep a test's own process busy for ever. */
function endRunning() {
  if (running?.pid === undefined) return
  try {
    process.kill(-running.pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}

function sayRow({ bug, verdict, how, seconds }) {
  const begin = `${verdict.padEnd(11)} ${bug.name.padEnd(46)} ${bug.shows.padEnd(11)} ${seconds.toFixed(1).padStart(5)} s`
  say(`${begin}  ${how.length > 100 ? `${how.slice(0, 99)}…` : how}`)
}

function sum(outcomes) {
  const caught = outcomes.filter(({ verdict }) => verdict === 'caught')
  const others = outcomes.filter(({ verdict }) => verdict !== 'caught')
  if (others.length > 0)
    say(`\nNot caught:\n${others.map(({ bug, verdict }) => `  ${bug.name}: ${verdict}`).join('\n')}`)
  say(`\n${caught.length} of ${outcomes.length} planted bugs caught`)
  return others.length === 0
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
