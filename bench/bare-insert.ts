/** What the creation of sessions is compared with: one prepared insert behind `node:http`, on the same Postgres. */
import type { Laboratory } from './laboratory.ts'
import { query } from './postgres-cluster.ts'
import { startPeer } from './server.ts'
import type { RunningServer, StartOptions } from './server.ts'

export async function startBareInsert(
  laboratory: Laboratory,
  options?: StartOptions,
): Promise<RunningServer | string> {
  const cluster = await laboratory.postgres()
  if (cluster === null) return 'no Postgres: apt-get install postgresql'
  const url = await cluster.createDatabase()
  const environment = { DATABASE_URL: url }
  const server = await startPeer(
    laboratory,
    'bare-insert.mjs',
    { protocol: 'sessions', environment },
    options,
  )
  return {
    ...server,
    databaseCpuSeconds: cluster.cpuSeconds,
    commits: () => cluster.commits(url),
    async stop(answers, sessions = 0) {
      await server.stop(answers)
      const [row] = await query(url, 'select count(*)::int as sessions from sessions')
      await cluster.dropDatabase(url)
      const stored = row?.['sessions']
      if (answers === null || stored === sessions) return []
      return [`${String(stored)} sessions are stored of ${sessions}`]
    },
  }
}
