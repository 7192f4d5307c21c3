import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shows } from '../../testing/clients.ts'
import { createTestDatabase, missingReason } from '../../testing/databases.ts'
import type { TestDatabase } from '../../testing/databases.ts'
import { readDifferences, readRecordings } from '../../testing/recordings.ts'
import { replay } from '../../testing/replay.ts'
import { startReplayServer } from '../../testing/replay-server.ts'
import type { ReplayServer } from '../../testing/replay-server.ts'

const folder = fileURLToPath(new URL('../../../conformance', import.meta.url))
const recordings = await readRecordings(`${folder}/chatkit`)
const differences = await readDifferences(`${folder}/differences.json`)

describe.each(['pglite', 'postgres'] as const)('recorded exchanges on %s', (kind) => {
  let database: TestDatabase
  let server: ReplayServer
  const reason = missingReason(kind)

  beforeAll(async () => {
    if (reason !== null) return
    database = await createTestDatabase(kind)
    server = await startReplayServer(database.storage)
  })
  afterAll(async () => {
    await server?.close()
    await database?.close()
  })

  it.skipIf(reason !== null)('[CHATKIT-1] every recording is there to be replayed', (context) => {
    expect(recordings.length).toBeGreaterThanOrEqual(34)
    shows(context, {
      client: 'openai-chatkit (its protocol, recorded)',
      version: '1.6.5',
      door: '/chatkit',
      what: [`${recordings.length} conversations`],
      where: 'Node',
    })
  })

  it.skipIf(reason !== null).each(recordings)(
    '[CHATKIT-1] answers like the official server: $name',
    async (recording) => {
      expect(await replay(recording, differences, server)).toEqual({ name: recording.name })
    },
  )
})
