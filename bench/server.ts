/** What a server under test is to the laboratory, and how small programs of `peers/` become one. */
import { join } from 'node:path'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import { cpuSeconds } from './machine.ts'
import { freePort, startProgram, untilListening } from './processes.ts'
import type { Program } from './processes.ts'
import type { ProtocolName } from './protocols.ts'

export interface RunningServer {
  port: number
  protocol: ProtocolName
  /** For tokens of its users, where it has any. */
  secret: string
  /** Of its database, where that can be reached from outside. */
  databaseUrl?: string
  /** How many of it there are. Default: one. */
  processes?: number
  /** Of the server itself; a database is not among them. */
  pids(): number[]
  cpuSeconds(): number
  /** Of its database, where it has one outside of its process. */
  databaseCpuSeconds(): number | null
  /** Of the proxy in front of it, and of a store beside its database, where it has them. */
  proxyCpuSeconds?(): number
  storeCpuSeconds?(): number
  /** Committed by its database so far; null where nobody counts. */
  commits(): Promise<number | null>
  /** Asks Node servers to collect their garbage. */
  collect(): void
  /**
   * Ends it. Resolves with what is wrong with what it has stored, given how many answers it has streamed to their ends;
   * null: some were broken off, so nobody can say. It has given `sessions` sessions, by default none.
   */
  stop(answers: number | null, sessions?: number): Promise<string[]>
}

export interface StartOptions {
  /** Further flags for Node, such as `--cpu-prof`. */
  nodeFlags?: string[]
}

export interface ServerKind {
  name: string
  title: string
  /** What it does: relay, parse, store, resume. */
  features: string
  /** Null: what it needs is not at hand; the reason is printed. */
  start(laboratory: Laboratory, options?: StartOptions): Promise<RunningServer | string>
}

export interface PeerOptions {
  protocol: ProtocolName
  environment?: Record<string, string>
}

/** Starts a small program of `peers/`, by Node unless another command is given, and waits until it listens. */
export async function startPeer(
  laboratory: Laboratory,
  file: string | string[],
  peer: PeerOptions,
  options: StartOptions = {},
): Promise<RunningServer> {
  const port = await freePort()
  const program = startProgram({
    command:
      typeof file === 'string' ? nodeCommand(laboratory, [join(benchFolder, 'peers', file)], options) : file,
    environment: {
      PATH: laboratory.path,
      PORT: String(port),
      UPSTREAM_URL: laboratory.upstreamUrl,
      OPENAI_API_KEY: 'sk-bench',
      NODE_ENV: 'production',
      ...peer.environment,
    },
    cores: laboratory.cores?.server,
  })
  await untilListening(program, port)
  const seen = observed(program)
  return {
    ...seen,
    // The signal would end a program that does not know it.
    collect: typeof file === 'string' ? seen.collect : () => {},
    port,
    protocol: peer.protocol,
    secret: '',
    databaseCpuSeconds: () => null,
    commits: async () => null,
    async stop() {
      await program.stop()
      return []
    },
  }
}

export function nodeCommand(laboratory: Laboratory, parameters: string[], options: StartOptions): string[] {
  const preload = join(benchFolder, 'preload.mjs')
  return [laboratory.node, '--import', preload, ...(options.nodeFlags ?? []), ...parameters]
}

/** What can be seen of a server that is one process of Node. */
export function observed(program: Program): Pick<RunningServer, 'pids' | 'cpuSeconds' | 'collect'> {
  return {
    pids: () => [program.pid],
    cpuSeconds: () => cpuSeconds([program.pid]),
    collect: () => void program.child.kill('SIGUSR2'),
  }
}
