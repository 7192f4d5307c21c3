/** Where a server's time goes: V8's own samples of it under load, by function and by package. */
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import type { Scenario } from './scenarios.ts'
import type { ServerKind } from './server.ts'

/** As V8 writes it: times in microseconds. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  /** On the clock that `process.hrtime` reads. */
  startTime: number
  samples: number[]
  timeDeltas: number[]
}

const functionsShown = 40

/** Runs one server under a load with the profiler on, leaves the profile in `bench/results/`, and returns a report. */
export async function profileServer(
  laboratory: Laboratory,
  kind: ServerKind,
  scenario: Scenario,
): Promise<string> {
  const folder = join(benchFolder, 'results', `profile-${kind.name}-${scenario.name}-${Date.now()}`)
  mkdirSync(folder, { recursive: true })
  const server = await kind.start(laboratory, {
    nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'],
  })
  if (typeof server === 'string') return `${kind.title}: skipped, ${server}\n`
  let [seconds, nanoseconds] = process.hrtime()
  // The server settles when it is warm; from then on its time counts.
  const watched = { ...server, collect: () => void ([seconds, nanoseconds] = process.hrtime()) }
  const { problems, answers, sessions } = await scenario.measure(laboratory, watched)
  problems.push(...(await server.stop(answers, sessions)))
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  const reports = files.map((name) => {
    const profile: CpuProfile = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    return `\n${join(folder, name)}\n${describeProfile(profile, seconds * 1e6 + nanoseconds / 1e3)}`
  })
  const complaints = problems.map((text) => `${text}\n`)
  return [...reports, ...complaints].join('') || 'No profile was written.\n'
}

/** Self time by package and by function from a moment on, as shares of the time that was not idle. */
export function describeProfile(profile: CpuProfile, from = 0): string {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const byPackage = new Map<string, number>()
  const byFunction = new Map<string, number>()
  let total = 0
  let at = profile.startTime
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id)
    const time = profile.timeDeltas[index] ?? 0
    at += time
    if (at < from || frame === undefined || frame.functionName === '(idle)') return
    total += time
    const place = packageOf(frame)
    add(byPackage, place, time)
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName
    const where = frame.url === '' ? '' : `${shortened(frame.url)}:${frame.lineNumber + 1}`
    add(byFunction, `${name.padEnd(32)}  ${where}`, time)
  })
  const lines = (times: Map<string, number>, count: number): string[] =>
    [...times]
      .toSorted(([, one], [, other]) => other - one)
      .slice(0, count)
      .map(([name, time]) => `  ${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`)
  const sections = [
    `${(total / 1e6).toFixed(2)} s of work`,
    'by package',
    ...lines(byPackage, 30),
    'by function',
    ...lines(byFunction, functionsShown),
  ]
  return `${sections.join('\n')}\n`
}

function add(times: Map<string, number>, name: string, time: number): void {
  times.set(name, (times.get(name) ?? 0) + time)
}

/** A package, a room of the server, one of Node's own modules, or what V8 calls it. */
function packageOf({ functionName, url }: { functionName: string; url: string }): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'built-in functions'
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/')
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (installed !== undefined) return installed
  const room = /\/server\/dist\/([^/]+)/.exec(url)?.[1]
  if (room !== undefined) return `parley: ${room}`
  return shortened(url)
}

function shortened(url: string): string {
  return url.replace(/^file:\/\/.*\/(?=(?:server\/dist|node_modules|bench)\/)/, '')
}
