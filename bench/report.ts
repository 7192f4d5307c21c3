/** Everything that a run found out, as data: what the page and the table on the terminal are made from. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, pythonPackages, versionOf } from './companions.ts'
import { createReadings } from './figures.ts'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import { describeMachine } from './machine.ts'
import type { MachineDescription } from './machine.ts'
import type { RunResult, Sample } from './run.ts'
import type { Scenario, Size } from './scenarios.ts'
import type { ServerKind } from './server.ts'
import { checkTargets } from './targets.ts'
import type { Target } from './targets.ts'

export interface Report {
  startedAt: string
  size: Size
  command: string
  commit: string
  machine: MachineDescription
  versions: Record<string, string>
  scenarios: { name: string; title: string }[]
  servers: { name: string; title: string; features: string }[]
  skipped: Record<string, string>
  samples: Sample[]
  targets: Target[]
  /** Runs whose scenarios stand beside those of this one. */
  earlier: EarlierRun[]
}

export interface EarlierRun extends Pick<Report, 'startedAt' | 'size' | 'command' | 'commit'> {
  /** Titles. */
  scenarios: string[]
}

export interface ReportParts {
  startedAt: Date
  size: Size
  command: string
  scenarios: Scenario[]
  servers: readonly ServerKind[]
  result: RunResult
}

export async function createReport(laboratory: Laboratory, parts: ReportParts): Promise<Report> {
  const { samples, skipped } = parts.result
  const used = new Set(samples.map(({ server }) => server))
  return {
    startedAt: parts.startedAt.toISOString(),
    size: parts.size,
    command: parts.command,
    commit: describeCommit(),
    machine: describeMachine(laboratory.cores),
    versions: await readVersions(laboratory),
    scenarios: parts.scenarios.map(({ name, title }) => ({ name, title })),
    servers: parts.servers
      .filter(({ name }) => used.has(name))
      .map(({ name, title, features }) => ({ name, title, features })),
    skipped,
    samples,
    targets: checkTargets(createReadings(samples)),
    earlier: [],
  }
}

/**
 * One report of several runs: of each earlier one the scenarios that no run before it in the list has measured, so whatever is
 * compared was measured side by side. Throws an Error with a sentence when one is of another machine or of other programs.
 */
export function joinReports(report: Report, earlier: readonly Report[]): Report {
  return earlier.reduce((joined, run) => {
    const differing = differenceBetween(joined, run)
    if (differing !== null) throw new Error(`The run of ${run.startedAt} had another ${differing}.`)
    const known = new Set(joined.samples.map(({ scenario }) => scenario))
    const samples = run.samples.filter(({ scenario }) => !known.has(scenario))
    const added = new Set(samples.map(({ scenario }) => scenario))
    if (added.size === 0) return joined
    const scenarios = run.scenarios.filter(({ name }) => added.has(name))
    const all = [...joined.samples, ...samples]
    const { startedAt, size, command, commit } = run
    return {
      ...joined,
      scenarios: [...joined.scenarios.filter(({ name }) => !added.has(name)), ...scenarios],
      servers: [
        ...joined.servers,
        ...run.servers.filter(({ name }) => !joined.servers.some((server) => server.name === name)),
      ],
      samples: all,
      targets: checkTargets(createReadings(all)),
      earlier: [
        ...joined.earlier,
        { startedAt, size, command, commit, scenarios: ownTitles({ scenarios, earlier: run.earlier }) },
        ...run.earlier,
      ],
    }
  }, report)
}

/** Of the scenarios that the run has measured itself. */
export function ownTitles({ scenarios, earlier }: Pick<Report, 'scenarios' | 'earlier'>): string[] {
  const others = new Set(earlier.flatMap((run) => run.scenarios))
  return scenarios.map(({ title }) => title).filter((title) => !others.has(title))
}

const sameVersions = ['Node (servers)', 'PostgreSQL', 'nginx', 'Redis']

function differenceBetween(one: Report, other: Report): string | null {
  if (JSON.stringify(one.machine) !== JSON.stringify(other.machine)) return 'machine'
  return sameVersions.find((name) => one.versions[name] !== other.versions[name]) ?? null
}

/** With a star when the sources differ from it. */
function describeCommit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--abbrev=12', '--dirty=*', '--exclude=*'], {
      cwd: benchFolder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

async function readVersions(laboratory: Laboratory): Promise<Record<string, string>> {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(benchFolder, 'package.json'), 'utf8'),
  )
  const redis = findProgram(['redis-server', 'valkey-server'], laboratory.path)
  const others = {
    'Node (servers)': versionOf(laboratory.node, '--version'),
    'Node (laboratory)': process.version,
    PostgreSQL: (await laboratory.postgres())?.version ?? null,
    Redis: /v=(\S+)/.exec(versionOf(redis, '--version') ?? '')?.[1] ?? null,
    nginx: nginxVersion(laboratory.path),
    'chatkit-nodejs': checkoutVersion(laboratory.chatKitNode),
  }
  const found = Object.entries(others).flatMap(([name, version]) =>
    version === null ? [] : [[name, version]],
  )
  const python = pythonPackages.map((named) => named.split('=='))
  return Object.fromEntries([...found, ...Object.entries(dependencies), ...python])
}

/** It says its version where others say their mistakes. */
function nginxVersion(path: string): string | null {
  const program = findProgram(['nginx'], path)
  if (program === null) return null
  const said = execFileSync('sh', ['-c', '"$1" -v 2>&1', 'sh', program], { encoding: 'utf8' })
  return /nginx\/(\S+)/.exec(said)?.[1] ?? null
}

function checkoutVersion(checkout: string | null): string | null {
  if (checkout === null) return null
  const { version }: { version: string } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
  try {
    const commit = execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], {
      cwd: checkout,
      encoding: 'utf8',
    })
    return `${version} (${commit.trim()})`
  } catch {
    return version
  }
}
