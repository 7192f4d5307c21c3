/** What every measurement works with: the upstream, the load generator, a database, and where all this may run. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadPlan, LoadReply, LoadRequest, LoadResult, StormPlan, StormResult } from './load-plan.ts'
import { chooseCores } from './machine.ts'
import type { Cores } from './machine.ts'
import { findPostgres, startPostgres } from './postgres-cluster.ts'
import type { PostgresCluster } from './postgres-cluster.ts'
import { startProgram } from './processes.ts'
import type { Program } from './processes.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Compiled, this file lies in bench/dist; tests run it where it was written. */
export const benchFolder: string = here.endsWith(`dist${sep}`) ? join(here, '..') : here

export interface RunningLoad {
  /** Resolves when all streams that may be open are, and have their first token. */
  opened: Promise<void>
  ended: Promise<LoadResult>
  /** Breaks all its streams off. */
  cut(): void
}

export interface Laboratory {
  /** The Node that runs the servers. */
  node: string
  /** The PATH of whoever started us; nothing else of the environment reaches a server. */
  path: string
  cores: Cores | null
  /** A checkout of chatkit-nodejs, where one was given. */
  chatKitNode: string | null
  /** Up to and without `/v1`. */
  upstreamUrl: string
  /** Started when it is first asked for; null where none is installed. */
  postgres(): Promise<PostgresCluster | null>
  /** A new empty folder, gone with the laboratory. */
  folder(): string
  load(plan: LoadPlan): RunningLoad
  storm(plan: StormPlan): Promise<StormResult>
  /** Of the upstream, the load generator and this process. */
  ownPids(): number[]
  close(): Promise<void>
}

export interface LaboratoryOptions {
  node: string
  path: string
  chatKitNode: string | null
}

export async function openLaboratory(options: LaboratoryOptions): Promise<Laboratory> {
  const { node, path, chatKitNode } = options
  const cores = chooseCores()
  const root = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  // Postgres runs as somebody else and must pass through.
  chmodSync(root, 0o755)
  const removeAll = (): void => rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  process.once('exit', removeAll)
  const helper = (name: string, ipc = false): Program =>
    startProgram({
      command: [process.execPath, join(benchFolder, 'dist', name)],
      environment: { PATH: path },
      cores: cores?.others,
      ipc,
    })
  const upstream = helper('upstream.js')
  const loader = helper('load-process.js', true)
  const port = Number((await upstream.said(/"port":(\d+)/))[1])
  let cluster: Promise<PostgresCluster | null> | undefined
  let folders = 0

  async function openPostgres(): Promise<PostgresCluster | null> {
    const binaries = findPostgres(path)
    return binaries === null ? null : startPostgres(binaries, join(root, 'postgres'))
  }

  return {
    node,
    path,
    cores,
    chatKitNode,
    upstreamUrl: `http://127.0.0.1:${port}`,
    postgres: () => (cluster ??= openPostgres()),
    folder: () => mkdtempSync(join(root, `folder-${(folders += 1)}-`)),
    ...createLoader(loader),
    ownPids: () => [process.pid, upstream.pid, loader.pid],
    async close() {
      await Promise.all([upstream.stop(), loader.stop(), cluster?.then((each) => each?.stop())])
      process.removeListener('exit', removeAll)
      removeAll()
    },
  }
}

/** The load generator as seen from here. */
interface Loader {
  load(plan: LoadPlan): RunningLoad
  storm(plan: StormPlan): Promise<StormResult>
}

function createLoader({ child }: Program): Loader {
  const waiting = new Map<number, (reply: LoadReply | Error) => void>()
  let asked = 0
  child.on('message', (reply: LoadReply) => waiting.get(reply.id)?.(reply))
  child.once('exit', () => {
    for (const tell of waiting.values()) tell(new Error('The load generator has ended.'))
  })
  const tell = (request: LoadRequest): void => void child.send(request)

  function load(plan: LoadPlan): RunningLoad {
    const id = (asked += 1)
    let markOpened = (): void => {}
    const opened = new Promise<void>((resolve) => (markOpened = resolve))
    const ended = new Promise<LoadResult>((resolve, reject) => {
      waiting.set(id, (reply) => {
        // A load that ends before all of it was open has opened what it could.
        markOpened()
        if (reply instanceof Error) reject(reply)
        else if (reply.type === 'ended') resolve(reply.result)
      })
    })
    tell({ type: 'start', id, plan })
    return { opened, ended, cut: () => tell({ type: 'cut', id }) }
  }

  function storm(plan: StormPlan): Promise<StormResult> {
    const id = (asked += 1)
    tell({ type: 'storm', id, plan })
    return new Promise((resolve, reject) => {
      waiting.set(id, (reply) => {
        if (reply instanceof Error) reject(reply)
        else if (reply.type === 'storm-ended') resolve(reply.result)
      })
    })
  }

  return { load, storm }
}
