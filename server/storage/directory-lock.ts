/**
 * One server per data directory. PGlite has no lock of its own, and two of it would ruin the data.
 *
 *   make `lock`  ──made──▶ ours
 *      │ there is one
 *      ▼
 *   its process lives ─────────────▶ refuse
 *   its process is dead ─▶ make `lock.takeover` ─▶ still the same lock? ─▶ put ours in its place
 *
 * Making is `link`, which only one of many can do. Only who holds `lock.takeover`, itself a lock of this kind, may replace
 * a dead one, so two who found it dead cannot both win.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Who holds a lock: enough to tell a living process from a later one with the same number. */
interface Holder {
  token: string
  pid: number
  /** In clock ticks since the machine started; null where the system does not say. */
  processStart: string | null
  /** Numbers of processes mean something only within one boot and one namespace. */
  pidSpace: string | null
}

const heartbeatMilliseconds = 5_000
/** A holder in another container or on another machine that shows no life for so long is dead. */
const silenceMilliseconds = 15_000

/** Resolves with what gives the directory back. Throws when another process uses it. */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'lock')
  const holder = await ownHolder()
  await take(path, holder, directory)
  const heartbeat = setInterval(() => {
    const now = new Date()
    // What stands in the way now is tried again in a moment.
    utimes(path, now, now).catch(() => {})
  }, heartbeatMilliseconds)
  heartbeat.unref()
  return async () => {
    clearInterval(heartbeat)
    await giveBack(path, holder)
  }
}

async function take(path: string, holder: Holder, directory: string): Promise<void> {
  for (;;) {
    if (await make(path, holder)) return
    const other = await read(path)
    if (other === undefined) continue
    if (await lives(path, other)) throw new Error(inUse(directory, path, other))
    if (await replace(path, holder, other)) return
    await sleep(20)
  }
}

function inUse(directory: string, path: string, other: Holder): string {
  return (
    `The data directory ${directory} is in use by another Parley server (process ${other.pid}). ` +
    `Stop that one, or give this one a data directory of its own. (The lock is ${path}.)`
  )
}

/** All at once or not at all: a lock is never seen half written. */
async function make(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${holder.token}`
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** False: somebody else was quicker, or a takeover that broke off had to be cleared away first. Then begin again. */
async function replace(path: string, holder: Holder, dead: Holder): Promise<boolean> {
  const takeover = `${path}.takeover`
  if (!(await make(takeover, holder))) {
    const other = await read(takeover)
    if (other === undefined || (await lives(takeover, other))) return false
    if (await replace(takeover, holder, other)) await giveBack(takeover, holder)
    return false
  }
  try {
    if ((await read(path))?.token !== dead.token) return false
    const draft = `${path}.${holder.token}`
    await writeFile(draft, JSON.stringify(holder), { mode: 0o600 })
    await rename(draft, path)
    return true
  } finally {
    await giveBack(takeover, holder)
  }
}

async function giveBack(path: string, holder: Holder): Promise<void> {
  if ((await read(path))?.token === holder.token) await rm(path, { force: true })
}

async function read(path: string): Promise<Holder | undefined> {
  try {
    return parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw new Error(`The lock file ${path} cannot be read. When no Parley server runs, delete it.`, {
      cause: error,
    })
  }
}

function parse(value: unknown): Holder {
  if (typeof value === 'object' && value !== null && 'token' in value && 'pid' in value) {
    const { token, pid } = value
    const processStart = 'processStart' in value ? value.processStart : null
    const pidSpace = 'pidSpace' in value ? value.pidSpace : null
    if (typeof token === 'string' && typeof pid === 'number') {
      return { token, pid, processStart: textOrNull(processStart), pidSpace: textOrNull(pidSpace) }
    }
  }
  throw new Error('This is no lock.')
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Where its number means something to us, the process itself tells; elsewhere, whether its heartbeat goes on. */
async function lives(path: string, holder: Holder): Promise<boolean> {
  if (holder.pidSpace === (await pidSpace())) {
    return isRunning(holder.pid) && (await processStart(holder.pid)) === holder.processStart
  }
  const first = await changedAt(path)
  if (first === undefined) return false
  if (Date.now() - first > 4 * silenceMilliseconds) return false
  for (let waited = 0; waited < silenceMilliseconds; waited += 500) {
    await sleep(500)
    const now = await changedAt(path)
    if (now !== first) return now !== undefined
  }
  return false
}

async function changedAt(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // There is one, of another user.
    return hasCode(error, 'EPERM')
  }
}

async function ownHolder(): Promise<Holder> {
  return {
    token: randomUUID(),
    pid: process.pid,
    processStart: await processStart(process.pid),
    pidSpace: await pidSpace(),
  }
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)); the second field is a name in brackets that may contain anything. */
async function processStart(pid: number): Promise<string | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

async function pidSpace(): Promise<string | null> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null)
  const namespace = await readlink('/proc/self/ns/pid').catch(() => null)
  return boot === null ? null : `${boot.trim()} ${namespace ?? ''}`
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
