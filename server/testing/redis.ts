/** A Redis to throw away: keeps nothing on the disk. Valkey does as well. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './ports.ts'

export interface RedisServer {
  url: string
  /** `SIGSTOP` and `SIGCONT` freeze and thaw it. */
  signal(signal: NodeJS.Signals): void
  /** As `kill -9` does: what it held is lost. */
  stop(): Promise<void>
  /** Once more, on the same port. */
  start(): Promise<void>
  /** A command of the test's own. */
  run(command: string, ...values: (string | number)[]): Promise<unknown>
  remove(): Promise<void>
}

/** Why there is none, or null. Throws the reason when PARLEY_TEST_REQUIRE is `all`. */
export function missingRedisReason(): string | null {
  if (findRedis() !== undefined) return null
  const reason = 'no Redis: neither redis-server nor valkey-server on the PATH'
  if (process.env['PARLEY_TEST_REQUIRE'] === 'all') throw new Error(reason)
  return reason
}

function findRedis(): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => ['redis-server', 'valkey-server'].map((name) => join(folder, name)))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export async function startRedis(): Promise<RedisServer> {
  const program = findRedis()
  if (program === undefined) throw new Error('There is no redis-server.')
  const directory = mkdtempSync(join(tmpdir(), 'parley-redis-'))
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const settings = { port, bind: '127.0.0.1', dir: directory, save: '', appendonly: 'no' }
    const parameters = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    server = spawn(program ?? '', parameters, { stdio: 'ignore' })
    for (let attempt = 0; attempt < 400; attempt += 1) {
      if (await run('ping').catch(() => null)) return
      await sleep(25)
    }
    throw new Error('Redis did not start in time.')
  }

  async function stop(): Promise<void> {
    const ending = server
    server = undefined
    if (ending === undefined) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGKILL')
    await ended
  }

  async function run(command: string, ...values: (string | number)[]): Promise<unknown> {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.call(command, ...values)
    } finally {
      client.disconnect()
    }
  }

  const killNow = (): void => void server?.kill('SIGKILL')
  process.once('exit', killNow)
  await start()
  return {
    url,
    signal: (signal) => void server?.kill(signal),
    stop,
    start,
    run,
    async remove() {
      process.removeListener('exit', killNow)
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
