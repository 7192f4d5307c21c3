/** The program: the only file that reads the environment, listens for signals, and opens sockets and the database. */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assemble, readForeignTokens } from './assembly/assemble.ts'
import type { ForeignTokens } from './assembly/assemble.ts'
import { changeKeys, keyUsage, readKeyRequest } from './commands/key-command.ts'
import { changeUsers, readUserRequest, userUsage } from './commands/account-command.ts'
import { createApiKeys } from './auth/api-keys.ts'
import { createToken } from './auth/bearer-tokens.ts'
import { defaultTenantId } from './auth/identity.ts'
import { createRevocations } from './auth/revocations.ts'
import { createSecret, secretBytesMin } from './auth/secrets.ts'
import {
  CommandLineError,
  ingestUsage,
  readIngestRequest,
  readServeRequest,
  readTokenRequest,
  runCommand,
  serveUsage,
  tokenUsage,
} from './commands/command-line.ts'
import type { Commands } from './commands/command-line.ts'
import { ConfigurationError, printConfiguration, readConfiguration } from './settings/configuration.ts'
import type { Configuration, Settings } from './settings/configuration.ts'
import { ParleyError } from './conversation/errors.ts'
import type { Model } from './conversation/model.ts'
import { developmentOrigin } from './contracts/respond/routes.ts'
import { createAccounts } from './assembly/create-accounts.ts'
import { createBlobStore } from './assembly/create-file-keeper.ts'
import { runConfiguredDoctor } from './assembly/doctor.ts'
import { runConfiguredImport } from './assembly/imports.ts'
import { runDatabaseMove, runFilesMove } from './assembly/moves.ts'
import { developmentLines } from './commands/development.ts'
import { doctorUsage } from './commands/doctor-command.ts'
import { importUsage } from './commands/import-command.ts'
import { databaseUsage, filesUsage } from './commands/move-commands.ts'
import { listen } from './http/listener.ts'
import { createStaticFiles, readStaticFolder } from './http/static-files.ts'
import type { StaticFiles } from './http/static-files.ts'
import { defaultBook } from './knowledge/books.ts'
import { ingestFolder } from './knowledge/ingest.ts'
import { createPassageSearch } from './knowledge/search.ts'
import { readDocuments } from './knowledge/documents.ts'
import { createLog } from './logging.ts'
import type { Log } from './logging.ts'
import { createAnswerer } from './models/answerer.ts'
import { createModel } from './models/create-model.ts'
import { openDatabase } from './storage/open.ts'
import type { DatabaseOptions, Storage } from './storage/open.ts'

// Compiled, this file lies in server/dist.
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What stands in the way of starting, in a sentence for whoever starts the program. */
class StartError extends Error {}

/** How long after the deadline for answers their last words may take to be written and sent. */
const lastWordsSecondsMax = 3

const developmentTokenSeconds = 86_400

const commands: Commands = {
  serve: {
    usage: serveUsage,
    summary: 'Runs the server: what happens when no command is named.',
    run: serve,
  },
  token: {
    usage: tokenUsage,
    summary: 'Prints a bearer token for a user, good for an hour.',
    run: printToken,
  },
  ingest: {
    usage: ingestUsage,
    summary: 'Takes a folder of Markdown as a book, or takes over what has changed in it since.',
    run: ingest,
  },
  user: {
    usage: userUsage,
    summary: 'Makes, lists and changes the accounts of people who sign in here.',
    run: changeAccounts,
  },
  key: {
    usage: keyUsage,
    summary: 'Makes, lists and revokes API keys, with which servers act for a tenant.',
    run: changeApiKeys,
  },
  import: {
    usage: importUsage,
    summary: 'Copies conversations from hosted ChatKit, each once; goes on where one was broken off.',
    run: (parameters) => runTold(runConfiguredImport, parameters),
  },
  doctor: {
    usage: doctorUsage,
    summary: 'Tells what of an app, and of the settings here, still points to hosted ChatKit.',
    run: (parameters) => runTold(runConfiguredDoctor, parameters),
  },
  db: {
    usage: databaseUsage,
    summary: 'Takes the embedded database to Postgres; goes on where an earlier move was broken off.',
    run: (parameters) => move(runDatabaseMove, parameters),
  },
  files: {
    usage: filesUsage,
    summary: 'Takes attached files from the directory to the bucket, or back; the server may be running.',
    run: (parameters) => move(runFilesMove, parameters),
  },
}

try {
  await runCommand(commands, process.argv.slice(2))
} catch (error) {
  if (!isForPeople(error)) throw error
  process.stderr.write(`\n${error.message}\n`)
  process.exitCode = 1
}

function isForPeople(error: unknown): error is Error {
  const isOurs =
    error instanceof ConfigurationError || error instanceof CommandLineError || error instanceof StartError
  return isOurs || isSystemError(error)
}

async function printToken(parameters: string[]): Promise<void> {
  const request = readTokenRequest(parameters)
  const { secret } = await configure()
  say(`${await createToken({ secret }, request)}\n`)
}

/** PGlite's directory serves one program at a time, so the server must be stopped meanwhile; Postgres serves both. */
async function ingest(parameters: string[]): Promise<void> {
  const { folder, book = defaultBook, tenantId = defaultTenantId, baseUrl } = readIngestRequest(parameters)
  const { settings } = (await configure()).configuration
  const log = createLog({ level: settings.logLevel, format: settings.logFormat })
  const storage = await openStorage(settings, log)
  const isTerminal = process.stdout.isTTY
  try {
    const { written, passages, unchanged, removed } = await ingestFolder({
      folder: resolve(folder),
      tenantId,
      book,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      writer: storage.bookWriter,
      onProgress({ done, total }) {
        if (isTerminal) say(`\r${done} of ${total} files`)
        else if (done % 100 === 0 || done === total) say(`${done} of ${total} files\n`)
      },
    })
    if (isTerminal) say('\n')
    say(
      `${book}: ${written} files written (${passages} passages), ${unchanged} unchanged, ${removed} removed\n`,
    )
  } catch (error) {
    throw error instanceof ParleyError ? new StartError(error.message, { cause: error }) : error
  } finally {
    await storage.close()
  }
}

/** As with `ingest`: on PGlite, while the server is stopped. */
async function changeAccounts(parameters: string[]): Promise<void> {
  const request = readUserRequest(parameters)
  const { configuration, secret } = await configure()
  const { settings } = configuration
  const log = createLog({ level: settings.logLevel, format: settings.logFormat })
  const storage = await openStorage(settings, log)
  try {
    const revocations = createRevocations({ source: storage.revocations })
    const parts = { database: storage.accounts, secret, revocations, onFailure: log.error }
    const accounts = createAccounts(settings, parts)
    if (accounts === null) throw new StartError('There are no accounts here: PARLEY_ACCOUNTS is off.')
    await changeUsers(accounts.users, request, say)
  } finally {
    await storage.close()
  }
}

/** As with `ingest`: on PGlite, while the server is stopped. */
async function changeApiKeys(parameters: string[]): Promise<void> {
  const request = readKeyRequest(parameters)
  const { settings } = (await configure()).configuration
  const log = createLog({ level: settings.logLevel, format: settings.logFormat })
  const storage = await openStorage(settings, log)
  try {
    const revocations = createRevocations({ source: storage.revocations })
    await changeKeys(createApiKeys({ records: storage.apiKeys, revocations }), request, say)
  } finally {
    await storage.close()
  }
}

function move(run: typeof runDatabaseMove, parameters: string[]): Promise<void> {
  const { isTTY: isTerminal, columns } = process.stdout
  // oxlint-disable-next-line node/no-process-env -- here and below
  return run(process.env, parameters, { say, isTerminal, columns })
}

/** Ctrl-C ends it where it can be gone on with. */
function runTold(run: typeof runConfiguredImport, parameters: string[]): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  const { isTTY: isTerminal, columns } = process.stdout
  // oxlint-disable-next-line node/no-process-env -- only this file does
  return run(process.env, parameters, { say, isTerminal, columns, signal: stop.signal })
}

/** The settings, with the secret that is configured or kept in the data directory. */
async function configure(): Promise<{ configuration: Configuration; secret: string }> {
  // oxlint-disable-next-line node/no-process-env -- here and above
  const configuration = readConfiguration(process.env)
  await mkdir(configuration.settings.data, { recursive: true, mode: 0o700 })
  return { configuration, secret: await chooseSecret(configuration) }
}

async function serve(parameters: string[]): Promise<void> {
  const request = readServeRequest(parameters)
  const { configuration, secret } = await configure()
  const { settings } = configuration
  if (configuration.sources.logFormat === 'default' && process.stdout.isTTY) {
    settings.logFormat = 'pretty'
    configuration.sources.logFormat = 'derived'
  }
  const log = createLog({ level: settings.logLevel, format: settings.logFormat })
  say(`\n${printConfiguration(configuration)}\n`)

  // All that can fail without a database comes before it, so that nothing has to be closed then.
  const foreignTokens = foreignTokensOf(settings, log)
  const [model, files] = await Promise.all([chooseModel(settings), readFiles(request.development)])
  const blobs = await createBlobStore(settings)
  const storage = await openStorage(settings, log)
  const parley = await assemble(settings, {
    secret,
    storage,
    blobs,
    model,
    files,
    foreignTokens,
    log,
    productVersion: await readVersion(),
    developmentOrigins: request.development ? [developmentOrigin] : [],
  })
  const { host, port } = settings
  const listener = await parley
    .start()
    .catch((error: unknown) => {
      // They only listen to the database, which may have gone since it was opened.
      throw error instanceof Error
        ? new StartError(`The database cannot be reached: ${error.message}`, { cause: error })
        : error
    })
    .then(() => listen({ fetch: parley.fetch, log, host, port }))
    .catch(async (error: unknown) => {
      await parley.close()
      await storage.close()
      throw error
    })
  const url = settings.publicUrl ?? listener.url
  say(`Parley is listening on ${url}  (${describeModel(settings)}, ${storage.engine})\n`)
  if (request.development) say(await tryingLines(url, secret))

  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // Asked twice: whoever asks means now.
    if (stopping) process.exit(1)
    stopping = true
    void shutDown(signal)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  async function shutDown(signal: string): Promise<void> {
    const { drainSeconds } = settings
    log.info('stopping', { signal, drainSeconds })
    const lastSeconds = drainSeconds + lastWordsSecondsMax
    // A database that is gone takes no last words. Another process, or the next start, settles what is left.
    const giveUp = setTimeout(
      () => {
        log.error('stopped-unfinished')
        process.exit(1)
      },
      1_000 * (lastSeconds + lastWordsSecondsMax),
    )
    await Promise.all([listener.drain(lastSeconds * 1_000), parley.drain(drainSeconds)])
    await parley.close()
    await storage.close()
    clearTimeout(giveUp)
    log.info('stopped')
  }
}

/** The one place where the program prints a credential, because it was asked to. */
async function tryingLines(url: string, secret: string): Promise<string> {
  const claims = {
    userId: 'developer',
    roles: ['user', 'agent', 'admin'],
    lifetimeSeconds: developmentTokenSeconds,
  }
  return `\n${developmentLines(url, await createToken({ secret }, claims))}`
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

/** The page, the element with its parts, and nothing else. Of what is built, names with a hash in them never change. */
async function readFiles(isDevelopment: boolean): Promise<StaticFiles> {
  const built = join(root, 'element', 'dist')
  const isImmutable = (path: string): boolean => /-[\w-]{8}\.js$/.test(path)
  const element = await readStaticFolder(built, '/', isImmutable)
  const { file } = JSON.parse(await readFile(join(built, 'parley-chat.json'), 'utf8')) as { file: string }
  const page = await readStaticFolder(join(built, 'page'))
  const isServed = ({ path }: { path: string }): boolean => isDevelopment || !path.startsWith('/gallery/')
  return createStaticFiles([
    // The page asks for the file that names the newest element, and would learn only then which one that is.
    ...page
      .filter(isServed)
      .map((each) =>
        each.path === '/index.html' ? { ...each, headers: { link: `</${file}>; rel=modulepreload` } } : each,
      ),
    ...element
      .filter(({ path }) => /^\/(?:parley-chat[\w-]*\.js(?:on)?|chunks\/[\w.-]+\.js)$/.test(path))
      // Pages of any site may load the element; modules are loaded with CORS.
      .map((each) => ({ ...each, headers: { 'access-control-allow-origin': '*' } })),
  ])
}

/** The configured secret, or one of our own that is made once and kept beside the data, for the owner's eyes only. */
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

/** Whole or not at all, and when two servers start at once, the first one's stays. */
async function makeSecret(file: string): Promise<string> {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, createSecret(), { mode: 0o600 })
  await link(draft, file).catch((error: unknown) => {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  return (await readFile(file, 'utf8')).trim()
}

function openStorage(settings: Settings, log: Log): Promise<Storage> {
  return openDatabase(databaseOptions(settings, log)).catch((error: unknown) => {
    throw error instanceof Error ? new StartError(error.message, { cause: error }) : error
  })
}

function databaseOptions(settings: Settings, log: Log): DatabaseOptions {
  const told = {
    onProgress: (message: string) => say(`${message}\n`),
    onRefused: (runId: string, error: unknown) => log.error('write-refused', { runId, error }),
  }
  return settings.databaseUrl === null
    ? { ...told, kind: 'pglite', directory: settings.data, onGone: (error) => endWithoutDatabase(error, log) }
    : { ...told, kind: 'postgres', url: settings.databaseUrl, poolSizeMax: settings.databasePool }
}

/** Nothing can be answered any more, and everything acknowledged is on the disk: whoever keeps us running starts us again. */
function endWithoutDatabase(error: Error, log: Log): void {
  log.error('database-gone', { error })
  process.stderr.write(`\nThe database has died (${error.message}). Parley ends and must be started again.\n`)
  process.exit(1)
}

async function chooseModel(settings: Settings): Promise<Model> {
  const { model, modelProvider } = settings
  if (model !== null && modelProvider !== null) {
    const keys = {
      openai: settings.openaiApiKey,
      anthropic: settings.anthropicApiKey,
      google: settings.googleApiKey,
      mistral: settings.mistralApiKey,
    }
    const apiKey = keys[modelProvider]
    return createModel(
      {
        provider: modelProvider,
        model,
        api: settings.modelApi,
        ...(apiKey === null ? {} : { apiKey }),
        ...(modelProvider === 'openai' && settings.openaiBaseUrl !== null
          ? { baseUrl: settings.openaiBaseUrl }
          : {}),
      },
      {
        firstTokenSecondsMax: settings.modelFirstTokenSeconds,
        silenceSecondsMax: settings.modelSilenceSeconds,
      },
    )
  }
  const documents = await readDocuments(
    settings.documents === null ? root : resolve(settings.documents),
  ).catch((error: unknown) => {
    throw isSystemError(error) ? new StartError(`PARLEY_DOCUMENTS cannot be read: ${error.message}`) : error
  })
  const search = createPassageSearch(documents)
  return createAnswerer({ find: search.find, topics: [...search.topics] })
}

function describeModel({ model, openaiApiKey }: Settings): string {
  if (model !== null) return model
  return openaiApiKey === null
    ? 'built-in answerer: no language model is configured'
    : 'built-in answerer: OPENAI_API_KEY is set, name a model with PARLEY_MODEL to use it'
}

function say(text: string): void {
  process.stdout.write(text)
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
