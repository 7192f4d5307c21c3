/** The walls of the database are a second pair: what the code alone keeps apart shows only when they are open. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createId } from '../conversation/ids.ts'
import { hidingRules } from './contract-conversation.ts'
import { fileHidingRules } from './contract-files.ts'
import { createOwner, createThread, query } from './contract-parts.ts'
import type { Ground } from './contract-parts.ts'
import { runHidingRules } from './contract-runs.ts'
import { userScope } from './database.ts'
import { readMigrations } from './migrations.ts'
import { openParts } from './open.ts'
import { prepareDatabase } from './prepare.ts'

const tables = ['tenants', 'users', 'threads', 'items', 'runs', 'run_events', 'attachments', 'blobs']

describe('with open walls', () => {
  let parts: Awaited<ReturnType<typeof openParts>>
  let migrationsDirectory = ''

  beforeAll(async () => {
    migrationsDirectory = await mkdtemp(join(tmpdir(), 'parley-open-walls-'))
    const known = await readMigrations()
    for (const { name, sql } of known) await writeFile(join(migrationsDirectory, `${name}.sql`), sql)
    const next = String(known.length + 1).padStart(4, '0')
    const policies = tables.map(
      (table) => `create policy ${table}_open on ${table} to parley_app using (true) with check (true);`,
    )
    await writeFile(join(migrationsDirectory, `${next}_open_walls.sql`), policies.join('\n'))
    const preparedFile = await prepareDatabase()
    parts = await openParts({ kind: 'pglite', directory: null, preparedFile, migrationsDirectory })
  })
  afterAll(async () => {
    await parts.storage.close()
    await rm(migrationsDirectory, { recursive: true, force: true })
  })

  const ground: Ground = {
    store: () => parts.storage.store,
    journal: () => parts.storage.journal,
    files: () => parts.storage.files,
    database: () => parts.database,
    openAnother: async () => parts.storage,
    refused: new Map(),
  }

  test('[STORE-2] the walls of these tests are open', async () => {
    const thread = createThread()
    await ground.store().createThread(createOwner(), thread, async () => {})
    const seen = await query(ground.database(), userScope(createOwner()), 'select 1 from threads')
    expect(seen.length).toBeGreaterThan(0)
  })

  hidingRules(ground)
  runHidingRules(ground)
  fileHidingRules(ground)

  test('[STORE-2] CVE-2026-23522: another’s run is found neither by its key nor by its thread', async () => {
    const [owner, neighbour] = [createOwner('acme'), createOwner('acme')]
    const [thread, own] = [createThread(), createThread()]
    const key = createId('run')
    const run = { id: createId('run'), processId: 'prc_x', leaseSeconds: 60, idempotencyKey: key }
    await ground.store().createThread(owner, thread, (transaction) => transaction.beginRun(run, []))
    await ground.store().createThread(neighbour, own, async () => {})
    for (const other of [neighbour, { ...createOwner(), userId: owner.userId }]) {
      expect(await ground.store().runByIdempotencyKey(other, key)).toBeNull()
    }
    expect(await ground.store().newestRun(neighbour, own.id)).toBeNull()
    expect((await ground.store().threads(neighbour, { limit: 10, order: 'asc' })).data).toEqual([own])
  })
})
