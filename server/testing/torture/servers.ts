/**
 * The programs under torture, each kept running as a supervisor would: one that ends is started again.
 *
 *   users ─▶ proxy ─▶ program ─▶ proxy ─▶ Postgres
 *                        └─────▶ proxy ─▶ upstream
 */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { launchProgram, upstreamKey } from '../program.ts'
import type { EndedProgram, Program } from '../program.ts'
import type { History } from './history.ts'
import { startProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'
import { upstreamSecondsMax } from './plans.ts'
import { createStage } from './stage.ts'
import type { StageDirections } from './stage.ts'

export interface Server {
  readonly index: number
  /** Between users and the program, and between the program and Postgres. */
  readonly front: Proxy
  readonly back: Proxy | null
  isReady(): boolean
  /** Where users reach it: past the proxy, or through it. */
  directPort(): number
  /** Resolves when it is ready; with false when that takes longer than so many milliseconds. */
  untilReady(millisecondsMax?: number): Promise<boolean>
  /** Sends the signal and notes it. */
  signal(signal: NodeJS.Signals): void
  /** Resolves when the program that runs now has ended. */
  untilEnded(): Promise<EndedProgram>
  readonly stage: StageDirections
  /** Ends it for good. */
  retire(signal: 'SIGTERM' | 'SIGKILL'): Promise<EndedProgram>
  close(): Promise<void>
}

export interface ServerOptions {
  index: number
  directory: string
  stageDirectory: string
  secret: string
  history: History
  /** Where what the programs print is kept, beside the history. */
  outputPath: string | null
  upstreamPort: number
  /** Where Postgres listens, and the URL of its database; null for PGlite. */
  postgres: { port: number; url: string } | null
}

const drainSeconds = 4
const notBeforeMilliseconds = 300

export async function createServer(options: ServerOptions): Promise<Server> {
  const { index, history } = options
  const data = join(options.directory, `server-${index}`)
  mkdirSync(data, { recursive: true })
  const stage = createStage(join(options.stageDirectory, `${index}.json`))
  const front = await startProxy(9)
  const back = options.postgres === null ? null : await startProxy(options.postgres.port)
  const databaseUrl = options.postgres === null ? undefined : withPort(options.postgres.url, back?.port ?? 0)
  const words = { secret: options.secret, upstreamKey }
  let isRetired = false
  let isReady = false
  let program = launch()

  function launch(): Program {
    const launched = launchProgram({
      data,
      secret: options.secret,
      upstreamUrl: `http://127.0.0.1:${options.upstreamPort}/v1`,
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      environment: {
        PARLEY_DRAIN_SECONDS: String(drainSeconds),
        PARLEY_MODEL_FIRST_TOKEN_SECONDS: String(upstreamSecondsMax),
        PARLEY_MODEL_SILENCE_SECONDS: String(upstreamSecondsMax),
        ...stage.environment,
      },
    })
    const { pid } = launched
    const launchedAt = performance.now()
    history.add({ type: 'program', server: index, pid, happened: 'launched' })
    launched.ready.then(
      () => {
        isReady = true
        front.leadTo(portOf(launched))
        history.add({ type: 'program', server: index, pid, happened: 'ready' })
      },
      () => {},
    )
    void launched.ended.then(async ({ code, signal }) => {
      isReady = false
      history.add({
        type: 'program',
        server: index,
        pid,
        happened: 'ended',
        code,
        ...(signal !== null && { signal }),
      })
      if (options.outputPath !== null) appendFileSync(options.outputPath, `\n── ${pid}\n${launched.output()}`)
      for (const line of leaks(launched.output(), words)) history.add({ type: 'leak', server: index, line })
      // One that cannot start must not be started in a circle.
      await sleep(Math.max(0, notBeforeMilliseconds - (performance.now() - launchedAt)))
      if (!isRetired) program = launch()
    })
    return launched
  }

  let readyWhenFrozen = false

  function signal(name: NodeJS.Signals): void {
    if (name === 'SIGSTOP') readyWhenFrozen = isReady
    isReady = name === 'SIGCONT' && readyWhenFrozen
    history.add({ type: 'program', server: index, pid: program.pid, happened: 'signalled', signal: name })
    program.kill(name)
  }

  return {
    index,
    front,
    back,
    isReady: () => isReady,
    directPort: () => portOf(program),
    async untilReady(millisecondsMax = 20_000) {
      const until = performance.now() + millisecondsMax
      while (!isReady && performance.now() < until) await sleep(10)
      return isReady
    },
    signal,
    untilEnded: () => program.ended,
    stage,
    async retire(how) {
      isRetired = true
      signal(how)
      return program.ended
    },
    async close() {
      await front.close()
      await back?.close()
    },
  }
}

/** Nobody listens on port 9. */
function portOf(program: Program): number {
  try {
    return Number(new URL(program.url).port)
  } catch {
    return 9
  }
}

function withPort(url: string, port: number): string {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.href
}

/** Lines with a question's name, which is in every question and answer, or with a secret. */
function leaks(
  output: string,
  { secret, upstreamKey: key }: { secret: string; upstreamKey: string },
): string[] {
  return output
    .split('\n')
    .filter((line) => /\bu\d+\.\d+:/.test(line) || line.includes(secret) || line.includes(key))
    .map((line) => line.slice(0, 200))
}
