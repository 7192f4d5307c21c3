/**
 * Several Parleys on one Postgres, behind an nginx that hands each request to the next of them: nobody sticks to anything.
 *
 *   load ─▶ nginx ─▶ Parley 1 … n ─▶ Postgres
 *                                └──▶ Redis, where limits are counted there
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { findProgram, startRedis, untilForked } from './companions.ts'
import type { Laboratory } from './laboratory.ts'
import { cpuSeconds } from './machine.ts'
import { external, portOf, secret, startParleyProgram } from './parley.ts'
import { freePort, startProgram, untilListening } from './processes.ts'
import type { Program } from './processes.ts'
import { observed } from './server.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'

export const fleetSizes = [1, 2, 4] as const

/** With fewer cores the processes, their database and the laboratory take each other's time: then only its cost can be seen. */
export const coresForThroughput = 12

export const fleetKinds: readonly ServerKind[] = (['', '-redis'] as const).flatMap((store) =>
  fleetSizes.map((processes): ServerKind => {
    const [behind, counted] = [
      `${processes} Parley${processes > 1 ? 's' : ''} behind nginx`,
      'limits in Redis',
    ]
    return {
      name: `parley-x${processes}${store}`,
      title: store === '' ? behind : `${behind}, ${counted}`,
      features: 'parse, store, resume, row level security',
      start: (laboratory, options) => startFleet(laboratory, { processes, hasRedis: store !== '' }, options),
    }
  }),
)

interface FleetShape {
  processes: number
  hasRedis: boolean
}

async function startFleet(
  laboratory: Laboratory,
  { processes, hasRedis }: FleetShape,
  options: StartOptions = {},
): Promise<RunningServer | string> {
  const nginxProgram = findProgram(['nginx'], laboratory.path)
  if (nginxProgram === null) return 'no nginx: apt-get install nginx-light'
  const redisProgram = hasRedis ? findProgram(['redis-server', 'valkey-server'], laboratory.path) : null
  if (hasRedis && redisProgram === null) return 'no Redis: apt-get install redis-server'
  const cluster = await laboratory.postgres()
  if (cluster === null) return 'no Postgres: apt-get install postgresql'
  const databaseUrl = await cluster.createDatabase()
  const redis = redisProgram === null ? null : await startRedis(redisProgram)
  // Where there is room for all, the system finds it; otherwise they share the core that servers have.
  const cores = cpus().length >= coresForThroughput ? null : undefined
  const environment: Record<string, string> =
    redis === null ? {} : { REDIS_URL: `redis://127.0.0.1:${redis.port}` }
  const programs: Program[] = []
  for (let number = 0; number < processes; number += 1) {
    const place = { data: laboratory.folder(), databaseUrl }
    programs.push(
      startParleyProgram(laboratory, place, {
        ...options,
        environment,
        ...(cores === null ? { cores } : {}),
      }),
    )
  }
  const ports = await Promise.all(programs.map(portOf))
  const proxy = await startBalancer(laboratory, nginxProgram, ports)
  const seen = programs.map(observed)
  const stored = external(programs, cluster, databaseUrl)
  return {
    ...stored,
    port: proxy.port,
    protocol: 'parley',
    secret,
    processes,
    pids: () => seen.flatMap(({ pids }) => pids()),
    cpuSeconds: () => seen.reduce((sum, each) => sum + each.cpuSeconds(), 0),
    proxyCpuSeconds: () => cpuSeconds(proxy.pids),
    ...(redis === null ? {} : { storeCpuSeconds: () => cpuSeconds([redis.redis.pid]) }),
    collect: () => seen.forEach(({ collect }) => collect()),
    async stop(answers, sessions) {
      await proxy.nginx.stop()
      const problems = await stored.stop(answers, sessions)
      await redis?.redis.stop()
      return problems
    },
  }
}

interface Balancer {
  nginx: Program
  port: number
  pids: number[]
}

async function startBalancer(
  laboratory: Laboratory,
  program: string,
  ports: readonly number[],
): Promise<Balancer> {
  const folder = laboratory.folder()
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, balancerConfiguration(folder, port, ports))
  const command = [program, '-p', folder, '-c', file, '-e', join(folder, 'error.log')]
  const nginx = startProgram({ command })
  await untilListening(nginx, port)
  return { nginx, port, pids: [nginx.pid, ...(await untilForked(nginx))] }
}

/** As somebody would write it who reads the README: answers are not held back, connections are kept, and nothing sticks. */
export function balancerConfiguration(folder: string, port: number, ports: readonly number[]): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 8192; }
http {
  access_log off;
${places.map((place) => `  ${place}_temp_path ${folder}/${place};`).join('\n')}
  keepalive_requests 1000000;
  upstream parley {
${ports.map((each) => `    server 127.0.0.1:${each};`).join('\n')}
    keepalive 256;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://parley;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffering off;
      proxy_read_timeout 1h;
    }
  }
}
`
}
