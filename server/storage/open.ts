/** From options to a store and a journal: lock, open, migrate, look at the walls, serve. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { AccountsDatabase } from '../accounts/database.ts'
import type { Learners } from '../agents/learners.ts'
import type { TaskStore } from '../agents/tasks.ts'
import type { ApiKeyRecords } from '../auth/api-keys.ts'
import type { SessionRecords } from '../auth/chatkit-sessions.ts'
import type { GuestMoves } from '../auth/guest-moves.ts'
import type { RevocationSource } from '../auth/revocations.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { ClientMessages } from '../conversation/client-messages.ts'
import type { ThreadImports } from '../conversation/imports.ts'
import type { ConversationStore, RunJournal } from '../conversation/store.ts'
import type { TenantThreads } from '../conversation/tenant-threads.ts'
import type { WaitingFiles } from '../conversation/waiting-files.ts'
import type { FileRecords } from '../files/records.ts'
import type { BookSearch, BookWriter } from '../knowledge/books.ts'
import type { LimitStore } from '../limits/limits.ts'
import type { TicketStore } from '../tickets/tickets.ts'
import { createAccountsDatabase } from './accounts.ts'
import { createApiKeyRecords } from './api-keys.ts'
import { createSessionRecords } from './chatkit-sessions.ts'
import { createClientMessages } from './client-messages.ts'
import { command, createDatabase, engineScope } from './database.ts'
import type { Database, Engine } from './database.ts'
import { DatabaseError } from './database-error.ts'
import { lockDirectory } from './directory-lock.ts'
import { createFileRecords } from './file-records.ts'
import { createGuestMoves } from './guest-moves.ts'
import { createThreadImports } from './imports.ts'
import { createJournal } from './journal.ts'
import { createLearners } from './learners.ts'
import { releaseAllLeases } from './leases.ts'
import { createDatabaseLimits } from './limits.ts'
import { migrate } from './migrate.ts'
import type { Progress } from './migrate.ts'
import { readMigrations } from './migrations.ts'
import { refuseUnfinishedMove } from './move.ts'
import { refuseMoved } from './moved-mark.ts'
import { createBookSearch } from './passages.ts'
import { createBookWriter } from './passages-writer.ts'
import { createPglite } from './pglite.ts'
import { createPostgres } from './postgres.ts'
import type { PostgresOptions } from './postgres.ts'
import { exists, preparedDatabasePath } from './prepare.ts'
import { createRevocationSource } from './revocations.ts'
import { createStore } from './store.ts'
import { createTaskStore } from './tasks.ts'
import { createTenantThreads } from './tenant-threads.ts'
import { createTicketStore } from './tickets.ts'
import { createWaitingFiles } from './waiting-files.ts'
import { refuseUnfitServer, refuseWeakWalls } from './walls.ts'

export type DatabaseOptions = (PostgresDatabase | PgliteDatabase) & {
  /** Nothing is migrated before this has resolved, and nothing is kept open when it rejects. Default: at once. */
  ready?: Promise<unknown>
  /** Told what takes a while. */
  onProgress?: Progress
  /** Told of an event or item that the database refuses for what it says. Its run is settled as interrupted. */
  onRefused?: (runId: string, error: unknown) => void
  /** Default: the repository's own. */
  migrationsDirectory?: string
}

interface PostgresDatabase extends PostgresOptions {
  kind: 'postgres'
}

interface PgliteDatabase {
  kind: 'pglite'
  /** Where data and lock are kept. Null: in memory, for as long as it is open. */
  directory: string | null
  /** What an empty directory begins as. Default: the one made when the program was built, if it was; null: none. */
  preparedFile?: string | null
  /** The database has died under the program, which can only end: everything fails from now on. */
  onGone?: (error: Error) => void
}

export interface Storage {
  store: ConversationStore
  journal: RunJournal
  files: FileRecords
  books: BookSearch
  bookWriter: BookWriter
  learners: Learners
  tasks: TaskStore
  tickets: TicketStore
  waitingFiles: WaitingFiles
  /** Messages in formats of clients' own. */
  clientMessages: ClientMessages
  /** Of the whole tenant, for those who act for it. */
  tenantThreads: TenantThreads
  /** Conversations that were held elsewhere. */
  imports: ThreadImports
  apiKeys: ApiKeyRecords
  /** Of ChatKit's clients. */
  sessions: SessionRecords
  /** What guests have said becomes theirs who sign in. */
  guestMoves: GuestMoves
  /** For Better Auth's own statements, as a role that reaches nothing but its tables. */
  accounts: AccountsDatabase
  /** What was taken back, for all processes. */
  revocations: RevocationSource
  /** Counted in the database: for several processes. */
  limitStore: LimitStore
  engine: 'postgres' | 'pglite'
  /** Throws `unavailable` when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Throws, with a sentence for whoever started the server, when the database cannot be used as it is. */
export async function openDatabase(options: DatabaseOptions): Promise<Storage> {
  return (await openParts(options)).storage
}

/** With what lies beneath, which only tests of this room look at. */
export async function openParts(options: DatabaseOptions): Promise<{ storage: Storage; database: Database }> {
  const { engine, close } = options.kind === 'postgres' ? openPostgres(options) : await openPglite(options)
  try {
    await options.ready
    await prepare(engine, options)
    const database = createDatabase(engine)
    // Who is alone with the data knows that whoever held a lease is dead.
    if (engine.kind === 'pglite') await database.once(engineScope, [releaseAllLeases()])
    return { storage: storageOf(database, options, { engine, close }), database }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

function storageOf(database: Database, options: DatabaseOptions, { engine, close }: Opened): Storage {
  let closing: Promise<void> | undefined
  return {
    store: createStore(database),
    journal: createJournal(database, { onRefused: options.onRefused ?? (() => {}) }),
    books: createBookSearch(database),
    bookWriter: createBookWriter(database),
    learners: createLearners(database),
    tasks: createTaskStore(database),
    tickets: createTicketStore(database),
    waitingFiles: createWaitingFiles(database),
    clientMessages: createClientMessages(database),
    files: createFileRecords(database),
    tenantThreads: createTenantThreads(database),
    imports: createThreadImports(database),
    apiKeys: createApiKeyRecords(database),
    sessions: createSessionRecords(database),
    guestMoves: createGuestMoves(database),
    accounts: createAccountsDatabase(engine),
    revocations: createRevocationSource(database),
    limitStore: createDatabaseLimits(database),
    engine: database.kind,
    async ping() {
      await database.once(engineScope, [command('select 1')])
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

async function prepare(engine: Engine, { onProgress, migrationsDirectory }: DatabaseOptions): Promise<void> {
  const admin = await engine.connectAdmin().catch((error: unknown) => {
    throw notReached(error)
  })
  try {
    await refuseUnfitServer(admin)
    await refuseUnfinishedMove(admin)
    await migrate(admin, await readMigrations(migrationsDirectory), onProgress ?? (() => {}))
    await refuseWeakWalls(admin)
  } finally {
    await admin.close().catch(() => {})
  }
}

/** The reason names a host and a user, never a password. */
function notReached(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error
  return new ParleyError('unavailable', `The database cannot be reached: ${error.message}`, {
    retryable: true,
    cause: error,
  })
}

interface Opened {
  engine: Engine
  close(): Promise<void>
}

function openPostgres(options: PostgresOptions): Opened {
  const engine = createPostgres(options)
  return { engine, close: engine.close }
}

async function openPglite(options: PgliteDatabase & DatabaseOptions): Promise<Opened> {
  if (options.directory === null) {
    const engine = await createPglite({ dataDirectory: null, preparedFile: await preparedFile(options) })
    return { engine, close: engine.close }
  }
  const directory = resolve(options.directory)
  const unlock = await lockDirectory(directory)
  try {
    await refuseMoved(directory)
    const engine = await openIn(directory, options)
    return {
      engine,
      async close() {
        try {
          await engine.close()
        } finally {
          await unlock()
        }
      },
    }
  } catch (error) {
    await unlock()
    throw error
  }
}

/** While `unfinished` is there, nothing has ever been answered from the data beside it: a killed first start begins anew. */
async function openIn(directory: string, options: PgliteDatabase & DatabaseOptions): Promise<Engine> {
  const dataDirectory = join(directory, 'database')
  const unfinished = join(directory, 'unfinished')
  if (await exists(unfinished)) await rm(dataDirectory, { recursive: true, force: true })
  if (await exists(dataDirectory)) return createPglite({ dataDirectory, preparedFile: null }, options.onGone)
  options.onProgress?.(`Making a database in ${directory}`)
  await writeFile(unfinished, 'The database beside this file was not made to the end.\n')
  await mkdir(dataDirectory, { mode: 0o700 })
  const start = { dataDirectory, preparedFile: await preparedFile(options) }
  const engine = await createPglite(start, options.onGone)
  await rm(unfinished)
  return engine
}

async function preparedFile({ preparedFile: chosen }: PgliteDatabase): Promise<string | null> {
  if (chosen !== undefined) return chosen
  const path = await preparedDatabasePath()
  return (await exists(path)) ? path : null
}
