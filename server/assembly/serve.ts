/**
 * `parley serve`, from its settings to a server that listens. The database opens while the rest of the program is loaded: PGlite
 * computes in a thread of its own, and Postgres elsewhere. It is migrated when nothing else can go wrong.
 *
 *   settings ─┬─▶ database opened ───────┬─▶ migrated ─▶ assembled ─▶ listening ─▶ … ─▶ drained, closed
 *             └─▶ doors, model, pages ───┘
 */
import { readServeRequest } from '../commands/command-line.ts'
import type { Terminal } from '../commands/progress-bar.ts'
import type { Log } from '../logging.ts'
import { printConfiguration } from '../settings/configuration.ts'
import type { Environment } from '../settings/configuration.ts'
import type { Storage } from '../storage/open.ts'
import type { StartedServer, StartServer } from './server.ts'
import { logOf, openStorage, settle } from './settled.ts'

/** How long after the deadline for answers their last words may take to be written and sent. */
const lastWordsSecondsMax = 3

/** The process, as far as a server needs it. */
export interface ServerHost extends Terminal {
  /** Says it where errors are said. */
  complain(text: string): void
  /** At once, whatever is going on. */
  exit(code: number): void
}

export interface RunningServer {
  /** Takes no more requests, lets answers end for as long as the settings say, and resolves when all is closed. */
  stop(signal: string): Promise<void>
}

/** Resolves when it listens. Throws `StartError`, `ConfigurationError` or `CommandLineError`. */
export async function serve(
  environment: Environment,
  parameters: string[],
  host: ServerHost,
): Promise<RunningServer> {
  const { development: isDevelopment } = readServeRequest(parameters)
  const { configuration, settings, secret } = await settle(environment)
  if (configuration.sources.logFormat === 'default' && host.isTerminal) {
    settings.logFormat = 'pretty'
    configuration.sources.logFormat = 'derived'
  }
  const log = logOf(settings)
  host.say(`\n${printConfiguration(configuration)}\n`)

  const onGone = (error: Error): void => endWithoutDatabase(error, log, host)
  const preparing = import('./server.ts').then(({ prepareServer }) =>
    prepareServer({ settings, secret, isDevelopment, log }),
  )
  const opening = openStorage(settings, { say: host.say, log, onGone, ready: preparing })
  const { storage, server } = await started(preparing, opening)
  host.say(server.greeting)

  return {
    async stop(signal) {
      const { drainSeconds } = settings
      log.info('stopping', { signal, drainSeconds })
      const lastSeconds = drainSeconds + lastWordsSecondsMax
      // A database that is gone takes no last words. Another process, or the next start, settles what is left.
      const giveUp = setTimeout(
        () => {
          log.error('stopped-unfinished')
          host.exit(1)
        },
        1_000 * (lastSeconds + lastWordsSecondsMax),
      )
      await Promise.all([server.listener.drain(lastSeconds * 1_000), server.parley.drain(drainSeconds)])
      await server.parley.close()
      await storage.close()
      clearTimeout(giveUp)
      log.info('stopped')
    },
  }
}

/** Of two things that are wrong, the settings are told; and no database is left open. */
async function started(
  preparing: Promise<StartServer>,
  opening: Promise<Storage>,
): Promise<{ storage: Storage; server: StartedServer }> {
  const [prepared, opened] = await Promise.allSettled([preparing, opening])
  try {
    if (prepared.status === 'rejected') throw prepared.reason
    if (opened.status === 'rejected') throw opened.reason
    return { storage: opened.value, server: await prepared.value(opened.value) }
  } catch (error) {
    if (opened.status === 'fulfilled') await opened.value.close()
    throw error
  }
}

/** Nothing can be answered any more, and everything acknowledged is on the disk: whoever keeps us running starts us again. */
function endWithoutDatabase(error: Error, log: Log, { complain, exit }: ServerHost): void {
  log.error('database-gone', { error })
  complain(`\nThe database has died (${error.message}). Parley ends and must be started again.\n`)
  exit(1)
}
