/** `parley db move` and `parley files move`: from the one machine that everything began on to where several find it. */
import { parseArgs } from 'node:util'
import { CommandLineError, readOptions } from './command-line.ts'

export const databaseUsage: string =
  'move [<url>] [--dry-run] [--batch-rows <number>]\n' +
  '             Without a URL: to the database of DATABASE_URL.'

export interface DatabaseMoveRequest {
  /** Null: the one that is configured. */
  url: string | null
  isDryRun: boolean
  rowsMax?: number
}

const rowsMaxMax = 100_000

/** Throws `CommandLineError` with all that is wrong. */
export function readDatabaseRequest(parameters: string[]): DatabaseMoveRequest {
  const options = {
    'dry-run': { type: 'boolean', default: false },
    'batch-rows': { type: 'string' },
  } as const
  const { positionals, values } = readOptions(() => ({
    values: parseArgs({ args: parameters, options, allowPositionals: true }),
  }))
  const [action, url, ...others] = positionals
  const { 'dry-run': isDryRun, 'batch-rows': rows } = values
  const rowsMax = Number(rows)
  const isRows = rows === undefined || (/^\d{1,6}$/.test(rows) && rowsMax >= 1 && rowsMax <= rowsMaxMax)
  const problems = [
    action === 'move' && others.length === 0 ? '' : `What is meant is: db ${databaseUsage}`,
    url === undefined || /^postgres(?:ql)?:$/.test(protocolOf(url))
      ? ''
      : 'The target must be a postgres:// or postgresql:// URL.',
    isRows ? '' : `--batch-rows must be a whole number from 1 to ${rowsMaxMax}.`,
  ].filter((problem) => problem !== '')
  if (problems.length > 0) throw new CommandLineError(problems.join('\n'))
  return { url: url ?? null, isDryRun, ...(rows === undefined ? {} : { rowsMax }) }
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : ''
}

export const filesUsage: string =
  'move --to s3|directory [--directory <path>] [--dry-run] [--prune]\n' +
  '             The bucket is that of PARLEY_FILES_S3_…; the directory is PARLEY_FILES, or `files` in PARLEY_DATA.\n' +
  '             --prune: also remove there what an earlier move took there and is gone here by now.'

export interface FilesMoveRequest {
  to: 's3' | 'directory'
  /** Null: the one that is configured. */
  directory: string | null
  isDryRun: boolean
  prunes: boolean
}

/** Throws `CommandLineError`. */
export function readFilesRequest(parameters: string[]): FilesMoveRequest {
  const options = {
    to: { type: 'string', default: '' },
    directory: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    prune: { type: 'boolean', default: false },
  } as const
  const { positionals, values } = readOptions(() => ({
    values: parseArgs({ args: parameters, options, allowPositionals: true }),
  }))
  const { to, directory, 'dry-run': isDryRun, prune: prunes } = values
  const isMove = positionals.length === 1 && positionals[0] === 'move'
  if (isMove && (to === 's3' || to === 'directory') && directory !== '')
    return { to, directory: directory ?? null, isDryRun, prunes }
  throw new CommandLineError(`What is meant is: files ${filesUsage}`)
}
