/** A database that goes away, comes back, hangs, is full, or keeps its answers. */
import pg from 'pg'
import { killQuietly, runAs, syncMessage } from '../postgres.ts'
import type { PostgresServer } from '../postgres.ts'
import type { Fault, Scene } from './faults.ts'
import type { Excuse } from './history.ts'
import type { House } from './house.ts'
import type { Proxy } from './proxy.ts'

/** All that may come of a database that is not there: what is begun and not confirmed is ended, what must be read fails. */
const away: readonly Excuse[] = ['interrupted', 'failed', 'unavailable', 'cut', 'database', 'untidy']

function postgresOf({ postgres }: House): PostgresServer {
  if (postgres === null) throw new Error('There is no Postgres.')
  return postgres
}

/** Also when there is no room for that yet. */
async function ensureRunning(postgres: PostgresServer, scene: Scene): Promise<void> {
  for (let attempt = 0; attempt < 20 && !postgres.isRunning(); attempt += 1) {
    await postgres.start().catch(() => {})
    if (!postgres.isRunning()) await scene.wait(250)
  }
}

function restarted(name: string, how: 'fast' | 'immediate'): Fault {
  return {
    name,
    lane: 'database',
    only: 'postgres',
    excuses: away,
    async inject(scene) {
      const postgres = postgresOf(scene.house)
      const milliseconds = scene.random.between(0, 2_000)
      await postgres.stop(how)
      await scene.wait(milliseconds)
      await ensureRunning(postgres, scene)
      return `away for ${milliseconds} ms and its start`
    },
  }
}

async function untilAnswering(scene: Scene): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const isThere = await runAs(scene.house.superuserUrl, 'select 1').then(
      () => true,
      () => false,
    )
    if (isThere) return
    await scene.wait(100)
  }
}

const processFaults: readonly Fault[] = [
  restarted('postgres-restart-fast', 'fast'),
  restarted('postgres-restart-immediate', 'immediate'),
  {
    name: 'postgres-killed',
    lane: 'database',
    only: 'postgres',
    excuses: away,
    async inject(scene) {
      const postgres = postgresOf(scene.house)
      for (const pid of postgres.processes()) killQuietly(pid, 'SIGKILL')
      while (postgres.isRunning()) await scene.wait(10)
      await scene.wait(scene.random.between(0, 1_500))
      await ensureRunning(postgres, scene)
      return 'all of its processes'
    },
  },
  {
    name: 'postgres-frozen',
    lane: 'database',
    only: 'postgres',
    excuses: away,
    async inject(scene) {
      const milliseconds = scene.random.between(500, 7_000)
      const pids = postgresOf(scene.house).processes()
      for (const pid of pids) killQuietly(pid, 'SIGSTOP')
      await scene.wait(milliseconds)
      for (const pid of pids) killQuietly(pid, 'SIGCONT')
      return `for ${milliseconds} ms`
    },
  },
  {
    name: 'backend-killed',
    lane: 'database',
    only: 'postgres',
    excuses: away,
    async inject(scene) {
      // Postgres throws everybody out and recovers.
      const query = `select pid from pg_stat_activity where application_name = 'parley' order by random() limit 1`
      const rows = await runAs(scene.house.superuserUrl, query)
      for (const { pid } of rows) killQuietly(Number(pid), 'SIGKILL')
      await untilAnswering(scene)
      return rows.length === 0 ? null : `${rows.length} of them`
    },
  },
  {
    name: 'backends-terminated',
    lane: 'database',
    only: 'postgres',
    excuses: away,
    async inject(scene) {
      const query = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parley'`
      const rows = await runAs(scene.house.superuserUrl, query)
      return rows.length === 0 ? null : `${rows.length} of them`
    },
  },
]

/** Everybody's connections, and then all that there are, held for a while. */
const connectionsExhausted: Fault = {
  name: 'connections-exhausted',
  lane: 'database',
  only: 'postgres',
  excuses: away,
  async inject(scene) {
    const milliseconds = scene.random.between(500, 4_000)
    const url = new URL(scene.house.superuserUrl)
    url.username = 'parley_test'
    const held: pg.Client[] = []
    await runAs(
      scene.house.superuserUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'parley'`,
    )
    for (let isRoom = true; isRoom;) {
      const client = new pg.Client({ connectionString: url.href })
      client.on('error', () => {})
      isRoom = await client.connect().then(
        () => true,
        () => false,
      )
      if (isRoom) held.push(client)
    }
    await scene.wait(milliseconds)
    await Promise.all(held.map((client) => client.end().catch(() => {})))
    return `${held.length} held for ${milliseconds} ms`
  },
}

const rowsLocked: Fault = {
  name: 'rows-locked',
  lane: 'database',
  only: 'postgres',
  excuses: away,
  async inject(scene) {
    const milliseconds = scene.random.between(500, 6_500)
    const client = new pg.Client({ connectionString: scene.house.superuserUrl })
    client.on('error', () => {})
    await client.connect()
    try {
      await client.query(
        `begin; select id from threads for update; select id from runs where status = 'running' for update`,
      )
      await scene.wait(milliseconds)
    } finally {
      await client.end().catch(() => {})
    }
    return `all threads and running runs for ${milliseconds} ms`
  },
}

async function fillDisk(scene: Scene): Promise<string> {
  const { house } = scene
  const milliseconds = scene.random.between(1_000, 4_000)
  house.fillDisk()
  await scene.wait(milliseconds)
  house.freeDisk()
  if (house.postgres !== null) {
    await ensureRunning(house.postgres, scene)
    await untilAnswering(scene)
  }
  return `for ${milliseconds} ms`
}

const diskFull: Fault = {
  name: 'disk-full',
  lane: 'database',
  only: 'postgres',
  excuses: away,
  missing: ({ diskIsOpen }) => diskIsOpen,
  inject: fillDisk,
}

/** PGlite may panic, which is the end of its thread. */
const embeddedDiskFull: Fault = {
  ...diskFull,
  name: 'embedded-disk-full',
  only: 'pglite',
  excuses: [...away, 'ended'],
}

/** PGlite computes in a thread; without it the program is good for nothing, and must say so by ending. */
const threadEnded: Fault = {
  name: 'database-thread-ended',
  lane: 'database',
  only: 'pglite',
  excuses: [...away, 'ended'],
  async inject(scene) {
    const [server] = scene.house.servers
    if (server === undefined || !(await server.untilReady())) return null
    const ended = server.untilEnded()
    server.stage.endThread()
    await Promise.race([ended, scene.wait(5_000)])
    await server.untilReady()
    return 'started again'
  },
}

function onTheWay(name: string, disturb: (back: Proxy, scene: Scene) => Promise<string | null>): Fault {
  return {
    name,
    lane: 'database',
    only: 'postgres',
    excuses: away,
    async inject(scene) {
      const { back, index } = scene.random.pick(scene.house.servers) ?? { back: null, index: -1 }
      if (back === null) return null
      const done = await disturb(back, scene)
      back.weather({})
      return done === null ? null : `server ${index}, ${done}`
    },
  }
}

/** Of a question, of pieces of an answer, of a run's end, or of anything. */
const commitsOf: readonly RegExp[] = [/u\d+\.\d+:/, /item-updated/, /run-ended/, /(?:)/]
const theftMillisecondsMax = 4_000

const wayFaults: readonly Fault[] = [
  onTheWay('database-slow', async (back, scene) => {
    const delay = scene.random.between(20, 250)
    back.weather({ delay })
    await scene.wait(scene.random.between(1_500, 4_000))
    return `${delay} ms for everything`
  }),
  onTheWay('database-silent', async (back, scene) => {
    const milliseconds = scene.random.between(1_000, 9_000)
    back.weather({ silent: true })
    await scene.wait(milliseconds)
    if (scene.random.chance(0.5)) back.cut()
    return `for ${milliseconds} ms`
  }),
  onTheWay('database-cut', async (back, scene) => {
    const times = scene.random.between(1, 5)
    for (let time = 0; time < times; time += 1) {
      back.cut()
      await scene.wait(scene.random.between(50, 600))
    }
    return `${times} times`
  }),
  onTheWay('commit-answer-lost', async (back, scene) => {
    const times = scene.random.between(1, 4)
    let stolen = 0
    for (let time = 0; time < times; time += 1) {
      const words = scene.random.pick(commitsOf)
      const isCommit = (said: string): boolean => said.endsWith(syncMessage) && words?.test(said) === true
      const theft = back.stealAnswer(isCommit).then(() => (stolen += 1))
      await Promise.race([theft, scene.wait(theftMillisecondsMax)])
    }
    return stolen === 0 ? null : `${stolen} times`
  }),
]

export const databaseFaults: readonly Fault[] = [
  ...processFaults,
  connectionsExhausted,
  rowsLocked,
  diskFull,
  embeddedDiskFull,
  threadEnded,
  ...wayFaults,
]
