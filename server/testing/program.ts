/** The real program as a child process, for tests that kill, freeze and restart it. It must have been built. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createSecret } from '../auth/secrets.ts'

export interface ProgramOptions {
  /** Where its own files lie, and PGlite's database unless `databaseUrl` names another. */
  data: string
  databaseUrl?: string
  /** An OpenAI-compatible upstream, up to and with `/v1`. Without it, the built-in answerer answers. */
  upstreamUrl?: string
  /** Default: a free one. */
  port?: number
  /** Programs that share it accept each other's tokens. Default: a new one. */
  secret?: string
  /** More variables; nothing is inherited but PATH. */
  environment?: Record<string, string>
  /** What stands behind its name on the command line. */
  parameters?: string[]
  /** As `npm start`, which knows no parameters. */
  withNpm?: boolean
}

export interface EndedProgram {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Program {
  readonly pid: number
  readonly secret: string
  /** Throws until it is ready. */
  readonly url: string
  /** Resolves when `/ready` says so; rejects when the program ends before. */
  readonly ready: Promise<void>
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<EndedProgram>
  kill(signal: NodeJS.Signals): void
  /** Sends the signal and waits for the end. Default SIGTERM. */
  stop(signal?: NodeJS.Signals): Promise<EndedProgram>
  /** Everything it has said so far, on both of its outputs. */
  output(): string
}

/** What the tests give the program as its model's key: it must turn up nowhere. */
export const upstreamKey = 'sk-sentinel-4f1c9a7e52'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
// Compiled, this file lies in server/dist/testing.
const compiledMain = fileURLToPath(new URL('../main.js', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts it and does not wait. */
export function launchProgram(options: ProgramOptions): Program {
  const secret = options.secret ?? createSecret()
  const [command, ...parameters] =
    options.withNpm === true
      ? ['npm', 'start']
      : [process.execPath, existsSync(main) ? main : compiledMain, ...(options.parameters ?? [])]
  const child = spawn(command ?? '', parameters, {
    cwd: options.withNpm === true ? root : process.cwd(),
    env: environmentOf(options, secret),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const ended = new Promise<EndedProgram>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
    })
  })
  const address = (): string | undefined => /listening on (http:\S+)/.exec(output)?.[1]
  const ready = untilReady(address, ended, () => output)
  // Who kills it before it is ready need not wait for it.
  ready.catch(() => {})
  return {
    pid: child.pid ?? 0,
    secret,
    get url() {
      const url = address()
      if (url === undefined) throw new Error(`The program does not listen yet. It said:\n${output}`)
      return url
    },
    ready,
    ended,
    kill: (signal) => void child.kill(signal),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
    output: () => output,
  }
}

/** Starts it and waits until it is ready. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const program = launchProgram(options)
  await program.ready
  return program
}

function environmentOf(options: ProgramOptions, secret: string): Record<string, string> {
  const { upstreamUrl, databaseUrl } = options
  return {
    PATH: process.env['PATH'] ?? '',
    PARLEY_DATA: options.data,
    PARLEY_PORT: String(options.port ?? 0),
    PARLEY_SECRET: secret,
    // Whoever tests a program asks more than people do.
    PARLEY_CHATKIT_PER_MINUTE: '0',
    PARLEY_CHATKIT_ADDRESS_PER_MINUTE: '0',
    PARLEY_UPLOADS_PER_MINUTE: '0',
    PARLEY_FILES_ADDRESS_PER_MINUTE: '0',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...(upstreamUrl === undefined
      ? {}
      : { OPENAI_BASE_URL: upstreamUrl, OPENAI_API_KEY: upstreamKey, PARLEY_MODEL: 'scripted' }),
    ...options.environment,
  }
}

async function untilReady(
  address: () => string | undefined,
  ended: Promise<EndedProgram>,
  output: () => string,
): Promise<void> {
  let end: EndedProgram | undefined
  void ended.then((how) => (end = how))
  for (;;) {
    if (end !== undefined) {
      const { code, signal } = end
      throw new Error(`The program ended (${signal ?? code}) before it was ready:\n${output()}`)
    }
    const url = address()
    if (url !== undefined && (await statusOf(`${url}/ready`)) === 200) return
    await sleep(20)
  }
}

/** Null when nobody answers. */
export async function statusOf(url: string): Promise<number | null> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.status
  } catch {
    return null
  }
}
