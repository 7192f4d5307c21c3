/** What every command begins with: the settings, the secret, and the database that they name. */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecret, secretBytesMin } from '../auth/secrets.ts'
import type { Terminal } from '../commands/progress-bar.ts'
import { createLog } from '../logging.ts'
import type { Log } from '../logging.ts'
import { readConfiguration } from '../settings/configuration.ts'
import type { Configuration, Environment, Settings } from '../settings/configuration.ts'
import { openDatabase } from '../storage/open.ts'
import type { Storage } from '../storage/open.ts'

/** What stands in the way of starting, in a sentence for whoever starts the program. */
export class StartError extends Error {}

export interface Settled {
  configuration: Configuration
  settings: Settings
  /** The configured one, or one of our own that is made once and kept beside the data. */
  secret: string
}

/** Makes the data directory. Throws `ConfigurationError` or `StartError`. */
export async function settle(environment: Environment): Promise<Settled> {
  const configuration = readConfiguration(environment)
  const { settings } = configuration
  await mkdir(settings.data, { recursive: true, mode: 0o700 })
  return { configuration, settings, secret: await chooseSecret(configuration) }
}

export function logOf({ logLevel, logFormat }: Settings): Log {
  return createLog({ level: logLevel, format: logFormat })
}

export interface StorageWatch {
  say: Terminal['say']
  log: Log
  /** The embedded database has died under the program, which can only end. */
  onGone?: (error: Error) => void
  /** Nothing is migrated before this has resolved. */
  ready?: Promise<unknown>
}

/** Throws `StartError`. */
export async function openStorage(
  settings: Settings,
  { say, log, onGone, ready }: StorageWatch,
): Promise<Storage> {
  const told = {
    ...(ready === undefined ? {} : { ready }),
    onProgress: (message: string) => say(`${message}\n`),
    onRefused: (runId: string, error: unknown) => log.error('write-refused', { runId, error }),
  }
  const { databaseUrl: url, databasePool: poolSizeMax, data: directory } = settings
  try {
    return url === null
      ? await openDatabase({
          ...told,
          kind: 'pglite',
          directory,
          ...(onGone === undefined ? {} : { onGone }),
        })
      : await openDatabase({ ...told, kind: 'postgres', url, poolSizeMax })
  } catch (error) {
    throw error instanceof Error ? new StartError(error.message, { cause: error }) : error
  }
}

async function chooseSecret({ settings, sources }: Configuration): Promise<string> {
  if (settings.secret !== null) return settings.secret
  const file = join(settings.data, 'secret')
  const kept = await readSecret(file)
  settings.secret = kept ?? (await makeSecret(file))
  sources.secret = 'file'
  return settings.secret
}

async function readSecret(file: string): Promise<string | null> {
  try {
    const secret = (await readFile(file, 'utf8')).trim()
    if (Buffer.byteLength(secret) >= secretBytesMin) return secret
    throw new StartError(
      `${file} holds no secret of at least ${secretBytesMin} bytes. Without it a new one is made, and guests are forgotten.`,
    )
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return null
    throw error
  }
}

/** For the owner's eyes only; whole or not at all, and when two servers start at once, the first one's stays. */
async function makeSecret(file: string): Promise<string> {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, createSecret(), { mode: 0o600 })
  await link(draft, file).catch((error: unknown) => {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  return (await readFile(file, 'utf8')).trim()
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
