/**
 * Makes a fresh checkout ready, and does nothing in one that is: installs the packages, compiles the server, builds the
 * element, packs an empty database. Every step remembers the hash of what it was made from, in `.cache/`.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, root, run, runTool } from './processes.mjs'

const nodeMin = [20, 19]

/** Installs and builds what is missing or older than its sources. Ends the process with an exit code when that fails. */
export async function prepare({ build = true } = {}) {
  requireNode()
  await install()
  if (!build) return
  await compile()
  await buildElement()
  await packDatabase()
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return
  fail(`Parley needs Node ${nodeMin.join('.')} or newer; this is Node ${process.versions.node}.`)
}

async function install() {
  const inputs = ['package-lock.json', '.npmrc']
  const installed = join(root, 'node_modules', '.package-lock.json')
  // Somebody who has run npm by hand after the last change need not wait for it again.
  if (isFile(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs)
    return
  if (isFile(installed) && isFresh('install', inputs)) return
  await step('Installing packages (npm ci): about half a minute', () => npm('ci', '--include=dev'))
  remember('install', inputs)
}

async function compile() {
  const inputs = ['server', 'element', 'tsconfig.json', 'tsconfig.base.json', 'package-lock.json']
  if (existsSync(join(root, 'server', 'dist', 'app.js')) && isFresh('compile', inputs)) return
  await step('Compiling (tsc -b)', () => runTool('tsc', ['-b'], { output: 'aside' }))
  remember('compile', inputs)
}

async function buildElement() {
  const inputs = ['element', 'server/contracts/chatkit/wire.ts', 'package-lock.json']
  const manifest = JSON.parse(readFileSync(join(root, 'element', 'package.json'), 'utf8'))
  if (manifest.scripts?.build === undefined) return
  if (existsSync(join(root, 'element', 'dist', 'parley-chat.js')) && isFresh('element', inputs)) return
  await step('Building the element (vite)', () => npm('run', 'build', '--silent', '--workspace', 'element'))
  remember('element', inputs)
}

async function packDatabase() {
  const program = join(root, 'server', 'dist', 'storage', 'prepare.js')
  const inputs = ['migrations', 'package-lock.json']
  const isPacked = readdirSync(join(root, 'server', 'dist')).some((name) =>
    name.startsWith('prepared-database'),
  )
  if (!existsSync(program) || (isPacked && isFresh('database', inputs))) return
  await step('Packing an empty database, so that the first start is fast', () =>
    run(process.execPath, [program], { output: 'hidden' }),
  )
  remember('database', inputs)
}

/** Says what is done, how long it took, and stops everything when it fails. */
async function step(title, action) {
  const begin = performance.now()
  process.stderr.write(`· ${title} …\n`)
  const code = await action()
  if (code !== 0) fail(`${title}: failed with exit code ${code}.`, code)
  process.stderr.write(`  done in ${((performance.now() - begin) / 1000).toFixed(1)} s\n`)
}

/** @returns {never} */
function fail(sentence, code = 1) {
  process.stderr.write(`${sentence}\n`)
  process.exit(code)
}

const stamp = (name) => join(root, '.cache', `${name}.sha256`)

function isFresh(name, inputs) {
  return isFile(stamp(name)) && readFileSync(stamp(name), 'utf8') === hashOf(inputs)
}

function remember(name, inputs) {
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(stamp(name), hashOf(inputs))
}

/** Names and contents of all files under the paths; what is built or installed does not count. */
function hashOf(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesUnder(path)).toSorted()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesUnder(path) {
  if (!existsSync(join(root, path))) return []
  if (isFile(join(root, path))) return [path]
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return [`${path}/${entry.name}`]
    const isSource = entry.isDirectory() && entry.name !== 'dist' && entry.name !== 'node_modules'
    return isSource ? filesUnder(`${path}/${entry.name}`) : []
  })
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
