/**
 * Parley's parts put together as in its own program, with one difference to choose: WRITE=before sends what is written, as
 * always; WRITE=after sends pieces of text at once and writes them within 25 ms. What the promise costs is the difference.
 */
// oxlint-disable node/no-process-env -- a program of its own
import { createModelAgent } from '../../server/dist/agents/model-agent.js'
import { createParley } from '../../server/dist/app.js'
import { createAuthentication } from '../../server/dist/auth/authentication.js'
import { createBearerTokens } from '../../server/dist/auth/bearer-tokens.js'
import { listen } from '../../server/dist/http/listener.js'
import { createLog } from '../../server/dist/logging.js'
import { createModel } from '../../server/dist/models/create-model.js'
import { openDatabase } from '../../server/dist/storage/open.js'

const { PORT, UPSTREAM_URL, DATABASE_URL, DATA, SECRET, WRITE } = process.env
const log = createLog({ level: 'warn', format: 'json' })
const storage = await openDatabase(
  DATABASE_URL === undefined ? { kind: 'pglite', directory: DATA } : { kind: 'postgres', url: DATABASE_URL },
)
const model = createModel({
  provider: 'openai',
  baseUrl: `${UPSTREAM_URL}/v1`,
  apiKey: 'sk-bench',
  model: 'bench',
})
const parley = createParley({
  storage: WRITE === 'after' ? { ...storage, journal: writtenSoonAfter(storage.journal) } : storage,
  agent: createModelAgent({ model }),
  authentication: createAuthentication([createBearerTokens({ secret: SECRET })]),
  log,
})
await parley.start()
const { url } = await listen({ fetch: parley.fetch, log, port: Number(PORT ?? 0) })
process.stdout.write(`listening on ${url}\n`)

process.on('SIGTERM', () => void stop())

async function stop() {
  await parley.close()
  await storage.close()
  process.exit(0)
}

/** Text alone is said to be written when it is not; everything else waits, as always, and takes the text before it along. */
function writtenSoonAfter(journal) {
  const held = new Map()
  let processId = ''
  let timer
  let last = Promise.resolve()

  function writeHeld(entries) {
    const group = [...takeHeld(entries), ...entries]
    last = last.then(() => journal.append(processId, group))
    return last
  }

  function takeHeld(entries) {
    clearTimeout(timer)
    timer = undefined
    for (const entry of entries) {
      entry.events = [...(held.get(entry.runId)?.events ?? []), ...entry.events]
      held.delete(entry.runId)
    }
    const rest = [...held.values()]
    held.clear()
    return rest
  }

  return {
    ...journal,
    async append(id, entries) {
      processId = id
      if (!entries.every(({ changes, end }) => changes.length === 0 && end === undefined))
        return writeHeld(entries)
      for (const entry of entries) {
        const before = held.get(entry.runId)
        held.set(entry.runId, before ? { ...before, events: [...before.events, ...entry.events] } : entry)
      }
      timer ??= setTimeout(() => void writeHeld([]), 25)
      return new Set()
    },
  }
}
