/** The servers that need more than Node's packages: Redis, nginx, a Python, a checkout. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { benchFolder } from './laboratory.ts'
import type { Laboratory } from './laboratory.ts'
import { childrenOf, cpuSeconds } from './machine.ts'
import { query } from './postgres-cluster.ts'
import { freePort, runProgram, startProgram, untilListening } from './processes.ts'
import type { Program } from './processes.ts'
import { startPeer } from './server.ts'
import type { RunningServer, StartOptions } from './server.ts'

/** Where a program lies, or null. Debian keeps some of them out of the PATH of ordinary users. */
export function findProgram(names: string[], path: string): string | null {
  const folders = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const places = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  return places.find((place) => existsSync(place)) ?? null
}

/** The AI SDK with persistence in Postgres and resumable streams over Redis. */
export async function startAiSdk(
  laboratory: Laboratory,
  options?: StartOptions,
): Promise<RunningServer | string> {
  const redisProgram = findProgram(['redis-server', 'valkey-server'], laboratory.path)
  if (redisProgram === null) return 'no Redis: apt-get install redis-server'
  const cluster = await laboratory.postgres()
  if (cluster === null) return 'no Postgres: apt-get install postgresql'
  const url = await cluster.createDatabase()
  const { redis, port } = await startRedis(redisProgram)
  const environment = { DATABASE_URL: url, REDIS_URL: `redis://127.0.0.1:${port}` }
  const server = await startPeer(laboratory, 'ai-sdk.mjs', { protocol: 'chat', environment }, options)
  return {
    ...server,
    databaseCpuSeconds: () => cluster.cpuSeconds() + cpuSeconds([redis.pid]),
    commits: () => cluster.commits(url),
    async stop(answers) {
      // Its answers are stored after they were streamed.
      const count = 'select count(*)::int as messages from messages'
      const wanted = answers === null ? null : 2 * answers
      const messages =
        wanted && (await untilCounted(async () => (await query(url, count))[0]?.['messages'], wanted))
      await server.stop(answers)
      await redis.stop()
      await cluster.dropDatabase(url)
      return messages === wanted ? [] : [`${String(messages)} messages are stored of ${wanted}`]
    },
  }
}

export async function startRedis(program: string): Promise<{ redis: Program; port: number }> {
  const port = await freePort()
  const command = [program, '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const redis = startProgram({ command })
  await untilListening(redis, port)
  return { redis, port }
}

async function untilCounted(count: () => Promise<unknown>, wanted: number): Promise<unknown> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const counted = await count()
    if (counted === wanted || performance.now() > deadline) return counted
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** One worker, buffering off, connections to the upstream kept alive. */
export async function startNginx(laboratory: Laboratory): Promise<RunningServer | string> {
  const program = findProgram(['nginx'], laboratory.path)
  if (program === null) return 'no nginx: apt-get install nginx-light'
  const folder = laboratory.folder()
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, nginxConfiguration(folder, port, new URL(laboratory.upstreamUrl).host))
  const command = [program, '-p', folder, '-c', file, '-e', join(folder, 'error.log')]
  const nginx = startProgram({ command, cores: laboratory.cores?.server })
  await untilListening(nginx, port)
  const pids = [nginx.pid, ...(await untilForked(nginx))]
  return {
    port,
    protocol: 'completions',
    secret: '',
    pids: () => pids,
    cpuSeconds: () => cpuSeconds(pids),
    databaseCpuSeconds: () => null,
    commits: async () => null,
    collect() {
      // It has no garbage.
    },
    async stop() {
      await nginx.stop('SIGTERM')
      return []
    },
  }
}

/** The socket is open before there is anybody to serve it. */
export async function untilForked(nginx: Program): Promise<number[]> {
  for (;;) {
    const workers = childrenOf(nginx.pid)
    if (workers.length > 0 || nginx.hasEnded) return workers
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function nginxConfiguration(folder: string, port: number, upstream: string): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
events { worker_connections 16384; }
http {
  access_log off;
  ${places.map((place) => `${place}_temp_path ${folder}/${place};`).join('\n  ')}
  keepalive_requests 1000000;
  upstream model { server ${upstream}; keepalive 1024; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }
}
`
}

/** From a checkout that has been installed and built: it is on no registry. */
export async function startChatKitNode(
  laboratory: Laboratory,
  options?: StartOptions,
): Promise<RunningServer | string> {
  const checkout = laboratory.chatKitNode
  if (checkout === null)
    return 'it is on no registry: clone github.com/ottersoft-x/chatkit-nodejs, build it, give --chatkit-nodejs <checkout>'
  if (!existsSync(join(checkout, 'dist', 'index.js')))
    return `${checkout} is not built: npm ci --ignore-scripts && npm run build, with Node 24.15 or newer`
  const environment = { CHATKIT_NODEJS: checkout, DATA: laboratory.folder() }
  return startPeer(laboratory, 'chatkit-nodejs.mjs', { protocol: 'chatkit', environment }, options)
}

export const pythonPackages: readonly string[] = [
  'openai-chatkit==1.6.5',
  'openai-agents==0.24.0',
  'fastapi==0.165.0',
  'uvicorn[standard]==0.54.0',
]

/** In a virtual environment of its own under `.cache`, made when it is first asked for. */
export async function startChatKitPython(laboratory: Laboratory): Promise<RunningServer | string> {
  const python = await preparePython(laboratory.path).catch((error: unknown) => String(error))
  if (python === null) return 'no Python: apt-get install python3-venv'
  if (!existsSync(python)) return `its packages could not be installed: ${python.split('\n')[0] ?? ''}`
  const program = [python, join(benchFolder, 'peers', 'chatkit-python.py')]
  return startPeer(laboratory, program, { protocol: 'chatkit' })
}

async function preparePython(path: string): Promise<string | null> {
  const installed = findProgram(['python3'], path)
  if (installed === null) return null
  const folder = join(benchFolder, '..', '.cache', 'bench-python')
  const python = join(folder, 'bin', 'python')
  const stamp = join(folder, pythonPackages.join('+').replace(/[^\w.+=-]/g, '_'))
  if (existsSync(stamp)) return python
  mkdirSync(folder, { recursive: true })
  const environment = { PATH: path, HOME: folder }
  await runProgram({ command: [installed, '-m', 'venv', folder], environment })
  await runProgram({
    command: [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...pythonPackages],
    environment,
  })
  writeFileSync(stamp, '')
  return python
}

/** Names of versions for the report; null where there is none. */
export function versionOf(program: string | null, parameter: string): string | null {
  if (program === null) return null
  try {
    return execFileSync(program, [parameter], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  } catch {
    return null
  }
}
