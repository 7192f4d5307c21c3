/** All of a server but its database: prepared while that opens, and started with it. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Parley } from '../app.ts'
import { createToken } from '../auth/bearer-tokens.ts'
import { developmentLines } from '../commands/development.ts'
import { developmentOrigin } from '../contracts/respond/routes.ts'
import { listen } from '../http/listener.ts'
import type { Listener } from '../http/listener.ts'
import type { Log } from '../logging.ts'
import type { Settings } from '../settings/configuration.ts'
import type { Storage } from '../storage/open.ts'
import { assemble, readForeignTokens } from './assemble.ts'
import type { ForeignTokens } from './assemble.ts'
import { chooseModel, describeModel } from './choose-model.ts'
import { createBlobStore } from './create-file-keeper.ts'
import { readPages } from './pages.ts'
import { StartError } from './settled.ts'

// Compiled, this file lies in server/dist/assembly.
const root = fileURLToPath(new URL('../../..', import.meta.url))

const developmentTokenSeconds = 86_400

export interface Surroundings {
  settings: Settings
  secret: string
  /** Print lines to try the server with, and serve the gallery. */
  isDevelopment: boolean
  log: Log
}

export interface StartedServer {
  parley: Parley
  listener: Listener
  /** For whoever started it. */
  greeting: string
}

export type StartServer = (storage: Storage) => Promise<StartedServer>

/** Throws `StartError`, also later. What is returned closes what it has opened when it fails, but for the storage. */
export async function prepareServer({
  settings,
  secret,
  isDevelopment,
  log,
}: Surroundings): Promise<StartServer> {
  const foreignTokens = foreignTokensOf(settings, log)
  const [model, files, blobs, productVersion] = await Promise.all([
    chooseModel(settings, root),
    readPages(join(root, 'element', 'dist'), isDevelopment),
    createBlobStore(settings),
    readVersion(),
  ])
  const developmentOrigins = isDevelopment ? [developmentOrigin] : []
  const parts = { secret, model, files, blobs, productVersion, foreignTokens, developmentOrigins, log }
  const { host, port, publicUrl } = settings
  return async (storage) => {
    const parley = await assemble(settings, { ...parts, storage })
    try {
      await parley.start().catch((error: unknown) => {
        // They only listen to the database, which may have gone since it was opened.
        throw error instanceof Error
          ? new StartError(`The database cannot be reached: ${error.message}`, { cause: error })
          : error
      })
      const listener = await listen({ fetch: parley.fetch, log, host, port })
      const url = publicUrl ?? listener.url
      const greeting = `Parley is listening on ${url}  (${describeModel(settings)}, ${storage.engine})\n`
      return {
        parley,
        listener,
        greeting: isDevelopment ? greeting + (await tryingLines(url, secret)) : greeting,
      }
    } catch (error) {
      await parley.close()
      throw error
    }
  }
}

function foreignTokensOf(settings: Settings, log: Log): ForeignTokens {
  try {
    return readForeignTokens(settings, log)
  } catch (error) {
    throw error instanceof Error ? new StartError(error.message, { cause: error }) : error
  }
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  return version
}

/** With a credential, because that was asked for. */
async function tryingLines(url: string, secret: string): Promise<string> {
  const claims = {
    userId: 'developer',
    roles: ['user', 'agent', 'admin'],
    lifetimeSeconds: developmentTokenSeconds,
  }
  return `\n${developmentLines(url, await createToken({ secret }, claims))}`
}
