/** The laboratory's program. `scripts/bench.mjs` makes everything ready and calls it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readCommandLine, usage } from './command-line.ts'
import type { CommandLine } from './command-line.ts'
import { benchFolder, openLaboratory } from './laboratory.ts'
import { profileServer } from './profile.ts'
import { measureRendering } from './rendering/rendering.ts'
import { renderPage } from './report-page.ts'
import { withFigures } from './report-readme.ts'
import { printReport } from './report-text.ts'
import { createReport, joinReports } from './report.ts'
import type { Report } from './report.ts'
import { runAll } from './run.ts'
import { createScenarios } from './scenarios.ts'
import type { Scenario } from './scenarios.ts'
import { serverKinds } from './servers.ts'

/** So that a quick run ends within 8 minutes, also on a slow machine. */
const quickSecondsMax = 420

/** Returns the exit code. */
export async function bench(parameters: string[], path: string): Promise<number> {
  const asked = readCommandLine(parameters)
  if (asked.help) {
    say(usage)
    return 0
  }
  if (asked.rendering) {
    const { size, repetitions } = asked
    return measureRendering({ root: join(benchFolder, '..'), path, size, repetitions, onProgress: say })
  }
  const laboratory = await openLaboratory({ node: chooseNode(asked), path, chatKitNode: asked.chatKitNode })
  try {
    const scenarios = chosenScenarios(asked)
    if (asked.profile !== null) {
      const [kind] = chosen(serverKinds, [asked.profile], 'server')
      const [scenario] = scenarios
      if (kind !== undefined && scenario !== undefined) say(await profileServer(laboratory, kind, scenario))
      return 0
    }
    const earlier = asked.with.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Report)
    const startedAt = new Date()
    const result = await runAll(laboratory, {
      size: asked.size,
      scenarios,
      servers: chosen(serverKinds, asked.only, 'server'),
      only: asked.only,
      repetitions: asked.repetitions,
      secondsMax: asked.size === 'quick' ? quickSecondsMax : Infinity,
      onProgress: say,
    })
    const command = ['npm run bench --', ...parameters.map((each) => hidePath(each, asked))].join(' ')
    const parts = { startedAt, size: asked.size, command, scenarios, servers: serverKinds, result }
    const report = await createReport(laboratory, parts)
    say(printReport(report))
    const name = startedAt.toISOString().slice(0, 19).replaceAll(':', '-')
    writeReport(report, join(benchFolder, 'results', name))
    if (asked.publish) publish(joinReports(report, earlier))
    return result.samples.some(({ problems }) => problems.length > 0) ? 1 : 0
  } finally {
    await laboratory.close()
  }
}

/** All that a run of this size has; any that is asked for by name. */
function chosenScenarios({ size, scenarios }: CommandLine): Scenario[] {
  const all = createScenarios(size)
  return scenarios.length > 0
    ? chosen(all, scenarios, 'scenario')
    : all.filter(({ rounds }) => rounds[size] !== null)
}

function chooseNode({ node }: CommandLine): string {
  if (node === 'current') return process.execPath
  const packaged = join(
    benchFolder,
    'node_modules',
    `node-${process.platform}-${process.arch}`,
    'bin',
    'node',
  )
  if (existsSync(packaged)) return packaged
  say(`There is no packaged Node for this machine: the servers run on ${process.version}.\n`)
  return process.execPath
}

/** Where somebody keeps a checkout is nobody's business. */
function hidePath(parameter: string, { chatKitNode, with: earlier }: CommandLine): string {
  const shown = chatKitNode === null ? parameter : parameter.replace(chatKitNode, '<checkout>')
  return earlier.reduce((text, file) => text.replace(file, basename(file)), shown)
}

/** The page and the data it was made from. */
function writeReport(report: Report, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.json`, `${JSON.stringify(report, null, 1)}\n`)
  writeFileSync(`${path}.html`, renderPage(report))
  say(`\nWritten: ${path}.html and .json\n`)
}

/** Where readers of the project find it: the page, its data, and the README's figures. */
function publish(report: Report): void {
  const root = join(benchFolder, '..')
  writeReport(report, join(root, 'docs', 'bench'))
  const readme = join(root, 'README.md')
  writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), report))
}

function chosen<Kind extends { name: string }>(
  all: readonly Kind[],
  names: readonly string[],
  what: string,
): Kind[] {
  const unknown = names.filter((name) => !all.some((each) => each.name === name))
  if (unknown.length > 0)
    throw new Error(
      `There is no ${what} ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}.`,
    )
  return names.length === 0 ? [...all] : all.filter(({ name }) => names.includes(name))
}

function say(text: string): void {
  process.stdout.write(text)
}
