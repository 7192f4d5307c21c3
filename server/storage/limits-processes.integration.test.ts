import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLimiter } from '../limits/limiter.ts'
import { createEmptyDatabase, missingReason } from '../testing/databases.ts'
import type { EmptyDatabase } from '../testing/databases.ts'
import { shared } from '../testing/limits-process.ts'
import { runAs } from '../testing/postgres.ts'
import { openDatabase } from './open.ts'
import type { Storage } from './open.ts'
import { compiledDirectory } from './paths.ts'

const renewalsPerLease = 3

interface Line {
  ready?: number
  admitted?: number
  renewed?: true
}

interface Asker {
  child: ChildProcess
  next(): Promise<Line>
  go(): void
}

describe.skipIf(missingReason('postgres') !== null)('limits of several processes', () => {
  let database: EmptyDatabase
  let storage: Storage
  const askers: Asker[] = []

  beforeEach(async () => {
    database = await createEmptyDatabase({ migrated: true })
    storage = await openDatabase({ kind: 'postgres', url: database.url })
  })
  afterEach(async () => {
    for (const { child } of askers.splice(0)) child.kill('SIGKILL')
    await storage.close()
    await database.drop()
  })

  /** When the places run out, the last one first. */
  async function expiries(): Promise<number[]> {
    const rows = await runAs(database.superuserUrl, 'select expires_at from limit_leases order by 1 desc')
    return rows.map((row) => Number(row['expires_at']))
  }

  async function startAsker(what: 'rush' | 'hold'): Promise<Asker> {
    const program = join(compiledDirectory, 'testing', 'limits-process.js')
    if (!existsSync(program))
      throw new Error(`${program} is not there: compile the server first (npm run build).`)
    const child = spawn(process.execPath, [program, database.url, what], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const asker: Asker = {
      child,
      async next() {
        const { value, done } = await lines.next()
        if (done === true) throw new Error('The process has ended.')
        return JSON.parse(String(value)) as Line
      },
      go: () => void child.stdin.write('go\n'),
    }
    askers.push(asker)
    expect(await asker.next()).toEqual({ ready: child.pid })
    return asker
  }

  test('[LIMIT-2] three processes that ask 180 times at once are admitted exactly 50 times, and only those are counted', async () => {
    const three = await Promise.all([startAsker('rush'), startAsker('rush'), startAsker('rush')])
    for (const asker of three) asker.go()
    const admitted = await Promise.all(three.map(async (asker) => (await asker.next()).admitted ?? 0))
    expect(admitted.reduce((sum, each) => sum + each, 0)).toBe(shared.narrow.requestsMax)
    const limiter = createLimiter({ ...shared, store: storage.limitStore })
    const { narrow, wide } = shared
    expect(await limiter.admit([narrow])).toMatchObject({ admitted: false, states: [{ remaining: 0 }] })
    expect(await limiter.admit([wide])).toMatchObject({
      admitted: true,
      states: [{ remaining: wide.requestsMax - narrow.requestsMax - 1 }],
    })
    await limiter.close()
  })

  test('[LIMIT-5] a living process keeps its places for longer than a lease; killed, it keeps none for longer than one', async () => {
    const holder = await startAsker('hold')
    holder.go()
    expect(await holder.next()).toEqual({ admitted: shared.places.concurrentMax })
    const limiter = createLimiter({ ...shared, store: storage.limitStore })
    const isThereRoom = async (): Promise<boolean> => {
      const admission = await limiter.admit([shared.places])
      admission.release()
      return admission.admitted
    }
    const [latest] = await expiries()
    for (let renewal = 0; renewal < renewalsPerLease; renewal += 1)
      expect(await holder.next()).toEqual({ renewed: true })
    await expect.poll(async () => Math.min(...(await expiries()))).toBeGreaterThan(latest ?? Infinity)
    await expect.poll(isThereRoom).toBe(false)
    const ended = new Promise((resolve) => holder.child.once('exit', resolve))
    holder.child.kill('SIGKILL')
    await ended
    const [{ now } = { now: 0 }] = await runAs(
      database.superuserUrl,
      'select extract(epoch from clock_timestamp()) * 1000 as now',
    )
    for (const expiry of await expiries())
      expect(expiry).toBeLessThanOrEqual(Number(now) + shared.leaseSeconds * 1_000)
    await expect.poll(isThereRoom).toBe(true)
    await limiter.close()
  })
})
