/** What an installation weighs and how long it takes: `npm ci` with what npm has fetched before, for developing and for running. */
import { cpSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import type { Figures, Measured } from './measure.ts'
import { runProgram } from './processes.ts'
import type { Scenario } from './scenarios.ts'
import type { ServerKind } from './server.ts'

const root = join(benchFolder, '..')
/** All that npm reads of a checkout. */
const manifests = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'server/package.json',
  'element/package.json',
]

export const installKind: ServerKind = {
  name: 'npm-ci',
  title: 'npm ci',
  features: '',
  start: async () => 'it is only installed',
}

export function createInstallScenario(): Scenario {
  const servers = [installKind.name]
  return {
    name: 'install',
    title: 'what npm ci installs',
    rounds: { quick: null, full: { servers, repetitions: 2 } },
    measure: () => Promise.reject(new Error('Nothing runs here.')),
    alone: measureInstall,
  }
}

async function measureInstall(laboratory: Laboratory): Promise<Measured | string> {
  const folder = laboratory.folder()
  for (const file of manifests) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  const install = async (...flags: string[]): Promise<number> => {
    for (const place of ['', 'server', 'element'])
      rmSync(join(folder, place, 'node_modules'), { recursive: true, force: true })
    const begun = performance.now()
    await runProgram({
      command: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...flags],
      cwd: folder,
      environment: { PATH: laboratory.path, HOME: homedir() },
    })
    return (performance.now() - begun) / 1_000
  }
  // Once for npm's own store; what a line to the registry is worth is nobody's figure.
  await install()
  const figures: Figures = {
    developmentSeconds: await install(),
    developmentBytes: installedBytes(folder),
    productionSeconds: await install('--omit=dev'),
    productionBytes: installedBytes(folder),
  }
  return { figures, problems: [], answers: null }
}

function installedBytes(folder: string): number {
  return ['', 'server', 'element'].reduce(
    (sum, place) => sum + bytesUnder(join(folder, place, 'node_modules')),
    0,
  )
}

/** As the files say it, not as a disk rounds it up; links count for nothing. */
function bytesUnder(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isSymbolicLink()) return 0
  if (!found.isDirectory()) return found.size
  return readdirSync(path).reduce((sum, name) => sum + bytesUnder(join(path, name)), 0)
}
