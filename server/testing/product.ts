/** The product as `main.ts` puts it together, from an environment of the test's own, on a real socket. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assemble, readForeignTokens } from '../assembly/assemble.ts'
import { createSecret } from '../auth/secrets.ts'
import { readConfiguration } from '../settings/configuration.ts'
import type { Environment } from '../settings/configuration.ts'
import { createBlobStore } from '../assembly/create-file-keeper.ts'
import { listen } from '../http/listener.ts'
import type { StaticFiles } from '../http/static-files.ts'
import { createAnswerer } from '../models/answerer.ts'
import type { Storage } from '../storage/open.ts'
import { silentLog } from './silent-log.ts'

export interface Product {
  url: string
  secret: string
  /** The storage is the caller's. */
  close(): Promise<void>
}

const drainMilliseconds = 200

/**
 * Without a model: the built-in answerer answers. With `files`, these are its pages. Data and secret are its own unless the environment
 * names them.
 */
export async function startProduct(
  storage: Storage,
  environment: Environment = {},
  files?: StaticFiles,
): Promise<Product> {
  const data = await mkdtemp(join(tmpdir(), 'parley-product-'))
  const { settings } = readConfiguration({ PARLEY_DATA: data, ...environment })
  const secret = settings.secret ?? createSecret()
  const parley = await assemble(settings, {
    secret,
    storage,
    blobs: await createBlobStore(settings),
    model: createAnswerer({ find: () => [], topics: [], wordSeconds: 0 }),
    foreignTokens: readForeignTokens(settings, silentLog),
    log: silentLog,
    productVersion: '0.0.0',
    ...(files === undefined ? {} : { files }),
  })
  await parley.start()
  const listener = await listen({ fetch: parley.fetch, log: silentLog, port: 0 })
  return {
    url: listener.url,
    secret,
    async close() {
      await Promise.all([parley.close(), listener.drain(drainMilliseconds)])
      await rm(data, { recursive: true, force: true })
    },
  }
}
