/** PGlite behind messages: what runs in the database thread. */
import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { databaseErrorFrom } from './database-error.ts'
import type { PgliteRequest, PgliteResponse, PgliteStart, Port } from './pglite-messages.ts'
import { createPipeline } from './pglite-pipeline.ts'
import type { Pipeline } from './pglite-pipeline.ts'

const settings = {
  // 128 MB by default, which is what most of PGlite's memory is.
  shared_buffers: '8MB',
  // As in postgres.ts: every query has its index.
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  plan_cache_mode: 'force_generic_plan',
}
const startParameters = [
  ...PGlite.defaultStartParams,
  ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
]

const int8 = 20

/** Opens the database and answers requests, one after the other, until it is closed. */
export async function serve(port: Port, start: PgliteStart): Promise<void> {
  let database: PGlite
  try {
    database = await openPglite(start)
  } catch (error) {
    port.postMessage({ type: 'not-opened', message: databaseErrorFrom(error).message })
    return
  }
  const opened = { database, pipeline: createPipeline(database) }
  let last = Promise.resolve()
  port.on('message', (request) => {
    last = last.then(async () => {
      port.postMessage(await answer(opened, request))
      if (request.type === 'close') port.close()
    })
  })
  port.postMessage({ type: 'opened' })
}

async function openPglite({ dataDirectory, preparedFile }: PgliteStart): Promise<PGlite> {
  const archive = preparedFile === null ? undefined : await readFile(preparedFile)
  return PGlite.create({
    dataDir: dataDirectory ?? 'memory://',
    ...(archive === undefined ? {} : { loadDataDir: new Blob([archive]) }),
    startParams: startParameters,
    parsers: { [int8]: Number },
  })
}

interface Opened {
  database: PGlite
  pipeline: Pipeline
}

async function answer({ database, pipeline }: Opened, request: PgliteRequest): Promise<PgliteResponse> {
  const { id } = request
  try {
    switch (request.type) {
      case 'run':
        return { type: 'done', id, results: await pipeline.run(request.statements) }
      case 'script':
        await database.exec(request.text)
        return { type: 'done', id, results: [] }
      case 'dump': {
        const archive = await database.dumpDataDir('gzip')
        return { type: 'dumped', id, archive: new Uint8Array(await archive.arrayBuffer()) }
      }
      case 'close':
        await database.close()
        return { type: 'done', id, results: [] }
    }
  } catch (error) {
    const { message, code, constraint } = databaseErrorFrom(error)
    return {
      type: 'failed',
      id,
      message,
      ...(code === undefined ? {} : { code }),
      ...(constraint === undefined ? {} : { constraint }),
    }
  }
}
