/**
 * What lies outside of the workspaces: the examples, installed and built, and the clients that doors are tested with.
 * Once, and again when they or what they use have changed.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmCommand, root, run } from './processes.mjs'

const folder = join(root, 'examples', 'nextjs')
const clients = join(root, 'clients')

/** The tests of a client that cannot be installed are skipped, or fail where nothing may be skipped. */
export async function prepareClients() {
  const lock = [join(clients, 'package-lock.json')]
  await unlessFresh('clients-install', lock, join(clients, 'node_modules'), async () => {
    process.stderr.write(
      '· Installing the clients that doors are tested with (npm ci in clients/): half a minute …\n',
    )
    return run(...npmCommand(['ci', '--prefix', clients, '--ignore-scripts', '--loglevel', 'error']), {
      output: 'aside',
    })
  })
}

/** The tests of an example that cannot be built are skipped, or fail where nothing may be skipped. */
export async function prepareExamples() {
  const installed = join(folder, 'node_modules')
  await unlessFresh('example-install', [join(folder, 'package-lock.json')], installed, async () => {
    process.stderr.write(
      '· Installing the Next.js example (npm install in examples/nextjs/): about a minute …\n',
    )
    // Not `npm ci`: that insists on Next.js's compilers for all other systems, which the lock file leaves to whoever is on one.
    return run(
      ...npmCommand(['install', '--no-save', '--prefix', folder, '--include=dev', '--ignore-scripts']),
    )
  })
  const built = join(folder, '.next', 'BUILD_ID')
  // It says which element was built.
  const element = join(root, 'element', 'dist', 'parley-chat.json')
  await unlessFresh('example-build', [...sources(folder), element], built, async () => {
    process.stderr.write('· Building the Next.js example (next build): about a minute …\n')
    const next = join(folder, 'node_modules', 'next', 'dist', 'bin', 'next')
    const environment = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }
    return run(process.execPath, [next, 'build', folder], { environment, output: 'hidden' })
  })
}

async function unlessFresh(name, inputs, result, make) {
  const stamp = join(root, '.cache', `${name}.sha256`)
  const hash = createHash('sha256')
  for (const file of inputs) hash.update(`${file}\0`).update(readFileSync(file)).update('\0')
  const wanted = hash.digest('hex')
  if (existsSync(result) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  if ((await make()) !== 0) {
    process.stderr.write(`  ${name} has failed; the tests of the example will say so.\n`)
    return
  }
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(stamp, wanted)
}

const notSources = new Set(['node_modules', '.next', '.data', 'next-env.d.ts', 'tsconfig.tsbuildinfo'])

function sources(path) {
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !notSources.has(name))
    .flatMap((entry) => (entry.isDirectory() ? sources(join(path, entry.name)) : [join(path, entry.name)]))
    .toSorted((one, other) => (one < other ? -1 : 1))
}
