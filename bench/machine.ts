/** The machine from outside: what processes have used, read from /proc, and on which cores they run. */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** USER_HZ: what /proc counts time in. It is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100
const kibibyte = 1_024

export interface ProcessTimes {
  parent: number
  /** Seconds in user and system mode, of all threads. */
  seconds: number
  /** The same of children that have ended and were waited for. */
  endedChildrenSeconds: number
}

/** Reads the text of `/proc/<pid>/stat`. The program's name may hold anything, so what counts begins behind its last bracket. */
export function parseProcessStat(text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = (from: number): number => Number(fields[from]) + Number(fields[from + 1])
  return {
    parent: Number(fields[1]),
    seconds: ticks(11) / ticksPerSecond,
    endedChildrenSeconds: ticks(13) / ticksPerSecond,
  }
}

/** Seconds that all cores together have worked, from the text of `/proc/stat`. Waiting for a disk is not work. */
export function parseBusySeconds(text: string): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = (
    /^cpu +(.*)$/m.exec(text)?.[1] ?? ''
  )
    .split(' ')
    .map(Number)
  return (user + nice + system + interrupts + softInterrupts + stolen) / ticksPerSecond
}

export interface Memory {
  residentBytes: number
  /** Since the process began, or `resetPeak`. */
  peakBytes: number
}

/** Reads the text of `/proc/<pid>/status`. */
export function parseMemory(text: string): Memory {
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)
  return { residentBytes: field('VmRSS') * kibibyte, peakBytes: field('VmHWM') * kibibyte }
}

function processTimes(pid: number): ProcessTimes | null {
  const text = readIfThere(`/proc/${pid}/stat`)
  return text === null ? null : parseProcessStat(text)
}

/** CPU seconds of these processes, all their threads. One that is gone counts nothing. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (processTimes(pid)?.seconds ?? 0), 0)
}

/** CPU seconds of a process and of all it has started, also of those that have ended. */
export function treeCpuSeconds(pid: number): number {
  const own = processTimes(pid)
  return (own?.seconds ?? 0) + (own?.endedChildrenSeconds ?? 0) + cpuSeconds(childrenOf(pid))
}

export function childrenOf(pid: number): number[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  return pids.filter((candidate) => processTimes(candidate)?.parent === pid)
}

/** The sum over the processes; pages that they share count more than once. */
export function memoryOf(pids: readonly number[]): Memory {
  const all = pids.map((pid) => parseMemory(readIfThere(`/proc/${pid}/status`) ?? ''))
  return {
    residentBytes: all.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    peakBytes: all.reduce((sum, { peakBytes }) => sum + peakBytes, 0),
  }
}

/** From now on the peak is that of the time that follows. */
export function resetPeak(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

export function busySeconds(): number {
  return parseBusySeconds(readFileSync('/proc/stat', 'utf8'))
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** Which cores the server under test has for itself, and which are left to the rest. Null: nothing is pinned. */
export interface Cores {
  server: string
  others: string
}

/** Pins only where there are two cores or more and `taskset` is at hand. */
export function chooseCores(): Cores | null {
  const count = cpus().length
  if (count < 2 || spawnSync('taskset', ['--version']).status !== 0) return null
  return { server: '0', others: count === 2 ? '1' : `1-${count - 1}` }
}

/** A command that runs pinned. */
export function pinned(cores: string | undefined, command: string[]): [string, string[]] {
  const [program = '', ...parameters] = cores === undefined ? command : ['taskset', '-c', cores, ...command]
  return [program, parameters]
}

export interface MachineDescription {
  processor: string
  cores: number
  memoryBytes: number
  system: string
  pinning: string
}

export function describeMachine(cores: Cores | null): MachineDescription {
  const all = cpus()
  return {
    processor: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
    pinning:
      cores === null
        ? 'nothing is pinned: it needs two cores and taskset'
        : `the server has core ${cores.server}, the rest core ${cores.others}; databases are not pinned`,
  }
}
