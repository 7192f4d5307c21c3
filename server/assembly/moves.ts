/** What is moved, and where to, by the settings and by what was typed. */
import { join, resolve } from 'node:path'
import { CommandLineError } from '../commands/command-line.ts'
import { readDatabaseRequest, readFilesRequest } from '../commands/move-commands.ts'
import { createProgressBar, progressOf } from '../commands/progress-bar.ts'
import type { Terminal } from '../commands/progress-bar.ts'
import { createDiskStore } from '../files/disk-store.ts'
import { FileError } from '../files/errors.ts'
import { moveFiles } from '../files/move.ts'
import type { FileMoveReport } from '../files/move.ts'
import type { BlobStore } from '../files/store.ts'
import { readConfiguration } from '../settings/configuration.ts'
import type { Environment, Settings } from '../settings/configuration.ts'
import { moveDatabase } from '../storage/move.ts'
import type { MoveReport } from '../storage/move.ts'
import { createConfiguredBucket } from './create-file-keeper.ts'

/** `parley db move`. Throws `CommandLineError` with what stands in the way. */
export async function runDatabaseMove(
  environment: Environment,
  parameters: string[],
  terminal: Terminal,
): Promise<void> {
  const request = readDatabaseRequest(parameters)
  const { settings } = readConfiguration(environment)
  const url = request.url ?? settings.databaseUrl
  if (url === null) throw new CommandLineError('Name the target: db move <url>, or set DATABASE_URL.')
  const bar = createProgressBar(terminal)
  let step = ''
  const { isDryRun, rowsMax } = request
  const report = await moveDatabase({
    directory: settings.data,
    url,
    isDryRun,
    ...(rowsMax === undefined ? {} : { rowsMax }),
    onProgress({ step: now, table: what, done, total }) {
      if (now !== step) {
        bar.end()
        terminal.say(now === 'moving' ? 'Moving the rows\n' : 'Comparing both sides\n')
      }
      step = now
      bar.show(progressOf(what, done, total))
    },
  })
    .catch((error: unknown) => {
      throw error instanceof Error ? new CommandLineError(error.message, { cause: error }) : error
    })
    .finally(() => bar.end())
  terminal.say(isDryRun ? dryRunOf(report) : reportOf(report, settings))
}

function dryRunOf({ tables, to, isResumed }: MoveReport): string {
  const width = Math.max(...tables.map(({ name }) => name.length))
  const lines = tables.map(({ name, rows }) => `  ${name.padEnd(width)}  ${rows}\n`)
  return (
    `${isResumed ? 'What an earlier move has begun would go on' : 'This would be moved'} to ${to}:\n\n` +
    `${lines.join('')}\nNothing was changed.\n`
  )
}

function reportOf({ tables, to }: MoveReport, { data, secret }: Settings): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return (
    `${rows} rows of ${tables.length} tables are at ${to}, counted and compared. What lies in ${resolve(data)} is as it was.\n` +
    'From now on start the server with DATABASE_URL' +
    // Cookies, tokens and the keys of accounts are good under the secret that they were made with.
    (secret === null
      ? `, and with PARLEY_SECRET set to what ${join(resolve(data), 'secret')} holds, or with the same PARLEY_DATA.\n`
      : ' and the same PARLEY_SECRET.\n')
  )
}

/** `parley files move`. Throws `CommandLineError` with what stands in the way. */
export async function runFilesMove(
  environment: Environment,
  parameters: string[],
  terminal: Terminal,
): Promise<void> {
  const { to, directory, isDryRun, prunes } = readFilesRequest(parameters)
  const { settings } = readConfiguration(environment)
  const bucket = createConfiguredBucket(settings)
  if (bucket === null)
    throw new CommandLineError('Name the bucket: PARLEY_FILES_S3_ENDPOINT and its keys must be set.')
  const disk = await createDiskStore({
    directory: directory ?? settings.files ?? join(settings.data, 'files'),
  })
  const [source, target]: [BlobStore, BlobStore] = to === 's3' ? [disk, bucket] : [bucket, disk]
  const bar = createProgressBar(terminal)
  const report = await moveFiles({
    source,
    target,
    notes: join(settings.data, `files-moved-to-${to}`),
    isDryRun,
    prunes,
    onProgress: ({ key, done, total }) => bar.show(progressOf(key, done, total)),
  })
    .catch((error: unknown) => {
      throw error instanceof FileError
        ? new CommandLineError(`${error.message} Run the same again to go on.`, { cause: error })
        : error
    })
    .finally(() => bar.end())
  terminal.say(filesReportOf(report, isDryRun))
}

function filesReportOf(
  { total, moved, bytes, already, gone, pruned }: FileMoveReport,
  isDryRun: boolean,
): string {
  if (isDryRun) return `${total} files would be moved, or compared. Nothing was changed.\n`
  const parts = [
    `${moved} files moved (${bytes} bytes), read back and compared`,
    `${already} were there already`,
    ...(gone > 0 ? [`${gone} were deleted meanwhile`] : []),
    ...(pruned > 0 ? [`${pruned} removed there that are gone here`] : []),
  ]
  return `${parts.join('; ')}. Nothing was removed here.\n`
}
