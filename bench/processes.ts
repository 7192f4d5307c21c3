/** Starting and ending the programs of the laboratory. None outlives it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pinned } from './machine.ts'

export interface ProgramOptions {
  command: string[]
  environment?: Record<string, string>
  cwd?: string
  cores?: string | undefined
  uid?: number | undefined
  /** What it gets when the laboratory itself is ended. Default: SIGKILL. */
  lastSignal?: NodeJS.Signals
  /** Opens a channel for messages. */
  ipc?: boolean
}

export interface Program {
  readonly pid: number
  readonly child: ChildProcess
  readonly hasEnded: boolean
  /** All it has said so far. */
  output(): string
  /** Waits until it has said something that matches. Rejects when it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>
  /** Sends the signal and waits for the end; who does not end in time is killed. Default: SIGTERM, 10 seconds. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

const stopSecondsMax = 10
const outputCharactersMax = 200_000
const running = new Map<ChildProcess, NodeJS.Signals>()

process.once('exit', () => {
  for (const [child, signal] of running) child.kill(signal)
})

export function startProgram(options: ProgramOptions): Program {
  const [program, parameters] = pinned(options.cores, options.command)
  const child = spawn(program, parameters, {
    env: options.environment ?? {},
    cwd: options.cwd,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    // Infinity does not survive JSON.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? (['ipc'] as const) : [])],
  })
  running.set(child, options.lastSignal ?? 'SIGKILL')
  let output = ''
  let failure: Error | undefined
  const hear = (chunk: unknown): void => {
    if (output.length < outputCharactersMax) output += String(chunk)
  }
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  child.once('error', (error) => (failure = error))
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child)
      resolve()
    })
  })
  const hasEnded = (): boolean =>
    failure !== undefined || child.exitCode !== null || child.signalCode !== null
  return {
    pid: child.pid ?? 0,
    child,
    get hasEnded() {
      return hasEnded()
    },
    output: () => output,
    async said(pattern) {
      for (;;) {
        const match = pattern.exec(output)
        if (match !== null) return match
        if (hasEnded()) throw new Error(`${options.command.join(' ')} ended too early. It said:\n${output}`)
        await sleep(10)
      }
    },
    async stop(signal = 'SIGTERM') {
      if (hasEnded()) return
      const timer = setTimeout(() => child.kill('SIGKILL'), stopSecondsMax * 1_000)
      child.kill(signal)
      await ended
      clearTimeout(timer)
    },
  }
}

/** Runs a program to its end. Throws what it said when it fails. */
export async function runProgram(options: ProgramOptions): Promise<string> {
  const program = startProgram(options)
  await new Promise((resolve) => {
    program.child.once('close', resolve)
    program.child.once('error', resolve)
  })
  if (program.child.exitCode !== 0)
    throw new Error(`${options.command.join(' ')} failed:\n${program.output()}`)
  return program.output()
}

/** Below those that systems give to whoever asks for any: nobody takes it between our look and the program's start. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Waits until something accepts connections on the port. Rejects when the program ends before. */
export async function untilListening(program: Program, port: number): Promise<void> {
  for (;;) {
    if (program.hasEnded) throw new Error(`A server ended before it listened. It said:\n${program.output()}`)
    if (await accepts(port)) return
    await sleep(20)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
