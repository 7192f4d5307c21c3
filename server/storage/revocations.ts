/**
 * Revocations for all processes that share a database.
 *
 *   add ─▶ row ─▶ commit ─▶ notification ─▶ each process reads what is new, and tells its handler
 *                                            ▲
 *                                            └── a look once a second, for what a notification lost
 *
 * A notification says only that there is something: whom it is about stays behind the walls. What is new is whatever was noted
 * since a minute before the last look that worked, so that a transaction that took its time is not missed.
 */
import type { Revocation, RevocationSource } from '../auth/revocations.ts'
import { command, engineScope, statement, userScope } from './database.ts'
import type { Database, Notifications, Statement } from './database.ts'

export interface RevocationSourceOptions {
  /** How often to look without having been told. Null: never, where all notifications stay in one process. */
  lookSeconds: number | null
}

const channel = 'parley_revocations'
const news: Notifications = { channel, payloads: ['news'] }
const overlapSeconds = 60

export function createRevocationSource(
  database: Database,
  options: RevocationSourceOptions = { lookSeconds: database.kind === 'postgres' ? 1 : null },
): RevocationSource {
  return {
    async add(revocation) {
      await database.once(userScope(revocation), [upsertRevocation(revocation)], news)
    },
    async follow(handler) {
      const look = createLook(database, handler)
      const unlisten = await database.listen(channel, () => void look.soon())
      const timer = every(options.lookSeconds, () => void look.soon())
      async function stop(): Promise<void> {
        clearInterval(timer)
        look.stop()
        await unlisten()
      }
      try {
        await look.first()
      } catch (error) {
        await stop()
        throw error
      }
      return stop
    },
  }
}

function every(seconds: number | null, work: () => void): NodeJS.Timeout | undefined {
  return seconds === null ? undefined : setInterval(work, seconds * 1000).unref()
}

interface Look {
  /** All that are in force. Throws when the database does not answer. */
  first(): Promise<void>
  /** What is new; nothing when the database does not answer, then the next look finds it. */
  soon(): Promise<void>
  stop(): void
}

/** One look at a time; whoever asks during one gets another after it. */
function createLook(database: Database, handler: (revocations: readonly Revocation[]) => void): Look {
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  let again = false
  let stopped = false

  async function look(): Promise<void> {
    const begun = performance.now()
    const seconds = (begun - lookedAt) / 1000 + overlapSeconds
    const [revocations] = await database.once(engineScope, [
      selectRevocations(Number.isFinite(seconds) ? seconds : null),
    ])
    if (stopped) return
    lookedAt = begun
    handler(revocations)
  }

  async function untilNothingIsNew(): Promise<void> {
    do {
      again = false
      await look().catch(() => {})
    } while (again && !stopped)
    looking = undefined
  }

  return {
    async first() {
      await database.once(engineScope, [deleteExpired()])
      await look()
    },
    soon() {
      if (looking === undefined) looking = untilNothingIsNew()
      else again = true
      return looking
    },
    stop() {
      stopped = true
    },
  }
}

/** Said twice, the later moment and the longer memory count. */
function upsertRevocation({ tenantId, userId, name, at, until }: Revocation): Statement<void> {
  return command(
    `insert into revocations (tenant_id, user_id, name, revoked_at, expires_at)
     values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, user_id, name) do update
     set revoked_at = greatest(revocations.revoked_at, excluded.revoked_at),
         expires_at = case
           when revocations.expires_at is null or excluded.expires_at is null then null
           else greatest(revocations.expires_at, excluded.expires_at)
         end,
         noted_at = clock_timestamp()`,
    [tenantId, userId, name ?? '', at.toISOString(), until?.toISOString() ?? null],
  )
}

interface RevocationRow {
  tenant_id: string
  user_id: string
  name: string
  revoked_milliseconds: number
  expires_milliseconds: number | null
}

/** Those noted in the last `seconds`, or all of them. */
function selectRevocations(seconds: number | null): Statement<Revocation[]> {
  return statement<RevocationRow, Revocation[]>(
    `select tenant_id, user_id, name,
       (extract(epoch from revoked_at) * 1000)::float8 as revoked_milliseconds,
       (extract(epoch from expires_at) * 1000)::float8 as expires_milliseconds
     from revocations
     where noted_at >= case when $1::float8 is null then '-infinity' else now() - make_interval(secs => $1::float8) end
     order by noted_at`,
    [seconds],
    (rows) => rows.map(revocationOf),
  )
}

function revocationOf(row: RevocationRow): Revocation {
  const { expires_milliseconds: expires } = row
  return {
    tenantId: row.tenant_id,
    userId: row.user_id,
    name: row.name === '' ? null : row.name,
    at: new Date(row.revoked_milliseconds),
    until: expires === null ? null : new Date(expires),
  }
}

function deleteExpired(): Statement<void> {
  return command('delete from revocations where expires_at <= now()')
}
