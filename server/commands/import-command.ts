/** `parley import openai`: conversations that were held at hosted ChatKit, copied. */
import { parseArgs } from 'node:util'
import { defaultTenantId, isId } from '../auth/identity.ts'
import { openAiUrl } from '../auth/openai-client.ts'
import { ParleyError } from '../conversation/errors.ts'
import type { ThreadImports } from '../conversation/imports.ts'
import { createApiSource } from '../imports/api-source.ts'
import { openCopyFile } from '../imports/copy-file.ts'
import { createFileSource } from '../imports/file-source.ts'
import { createImportReport } from '../imports/import-report.ts'
import type { ImportReport } from '../imports/import-report.ts'
import { importThreads } from '../imports/import-threads.ts'
import { createPlatformApi } from '../imports/platform-api.ts'
import type { PatienceOptions } from '../imports/patience.ts'
import type { ImportTarget, ThreadSource } from '../imports/source.ts'
import { createThreadTarget } from '../imports/thread-target.ts'
import { CommandLineError, readOptions } from './command-line.ts'
import { createProgressBar } from './progress-bar.ts'
import type { Progress, Terminal } from './progress-bar.ts'

export const importUsage =
  'openai [--save <file> | --from <file>] [--dry-run] [--user <id>] [--since <date>] [--tenant <id>] [--base-url <url>]'

export interface ImportRequest {
  tenantId: string
  /** Only this user's threads, as the user is called there. */
  user: string | null
  /** Only threads that were begun then or later. */
  since: Date | null
  baseUrl: string | null
  /** `import`: into the database. `count`: nowhere. `save`: into this file. */
  into: { kind: 'import' | 'count' } | { kind: 'save'; path: string }
  /** Null: the API. */
  from: string | null
}

/** Throws `CommandLineError` with all that is wrong. */
export function readImportRequest(parameters: string[]): ImportRequest {
  const text = { type: 'string' } as const
  const options = {
    save: text,
    from: text,
    user: text,
    since: text,
    tenant: { type: 'string', default: defaultTenantId },
    'base-url': text,
    'dry-run': { type: 'boolean', default: false },
  } as const
  const { positionals, values } = readOptions(() => ({
    values: parseArgs({ args: parameters, options, allowPositionals: true }),
  }))
  const { save, from, user = null, since, tenant: tenantId, 'base-url': baseUrl, 'dry-run': isDry } = values
  const sinceDate = since === undefined ? null : new Date(since)
  const problems = [
    positionals.join(' ') === 'openai' ? '' : `What is meant is: import ${importUsage}`,
    isId(tenantId) ? '' : '--tenant must be 1 to 200 visible ASCII characters.',
    user === '' ? '--user must not be empty.' : '',
    Number.isNaN(sinceDate?.getTime()) ? '--since must be a date, such as 2026-01-31.' : '',
    baseUrl === undefined || isHttp(baseUrl) ? '' : '--base-url must begin with http:// or https://.',
    save !== undefined && from !== undefined ? '--save and --from do not go together.' : '',
    save !== undefined && isDry ? '--save writes nothing but the file: leave --dry-run out.' : '',
    from !== undefined && baseUrl !== undefined ? '--from and --base-url do not go together.' : '',
  ].filter((problem) => problem !== '')
  if (problems.length > 0) throw new CommandLineError(problems.join('\n'))
  return {
    tenantId,
    user,
    since: sinceDate,
    baseUrl: baseUrl ?? null,
    into: save === undefined ? { kind: isDry ? 'count' : 'import' } : { kind: 'save', path: save },
    from: from ?? null,
  }
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

export interface ImportSurroundings extends Terminal {
  apiKey: string | null
  /** Where the API is when the request names no other. Null: OpenAI's. */
  baseUrl: string | null
  /** Null where nothing is written into the database. */
  imports: ThreadImports | null
  signal: AbortSignal
  patience?: PatienceOptions
  /** How many threads or items the API is asked for at once. Default: as many as it gives. */
  pageSize?: number
}

/** Throws `CommandLineError` when anything was not copied as it should have been, after it has told what was. */
export async function runImport(request: ImportRequest, surroundings: ImportSurroundings): Promise<void> {
  const { say, signal } = surroundings
  const report = createImportReport()
  const bar = createProgressBar(surroundings)
  const ends = await chooseEnds(request, surroundings, {
    report,
    onWait: (seconds, reason) => bar.note(`${reason}, ${Math.ceil(seconds)} s`),
  }).catch((error: unknown) => {
    throw error instanceof ParleyError ? new CommandLineError(error.message, { cause: error }) : error
  })
  let stopped: unknown
  try {
    await importThreads({ ...ends, report, signal, onProgress: (part) => bar.show(progressOf(report, part)) })
  } catch (error) {
    if (!signal.aborted && !(error instanceof ParleyError)) throw error
    stopped = error
  } finally {
    bar.end()
  }
  say(summaryOf(request, report))
  const again = 'What was copied stays. The same command goes on from there.'
  if (signal.aborted) throw new CommandLineError(`Stopped. ${again}`)
  if (stopped instanceof ParleyError) {
    throw new CommandLineError(`${stopped.message}\n${again}`, { cause: stopped })
  }
  if (report.failureCount > 0) throw new CommandLineError(failuresOf(report))
}

interface Ends {
  source: ThreadSource
  target: ImportTarget
}

async function chooseEnds(
  request: ImportRequest,
  surroundings: ImportSurroundings,
  { report, onWait }: { report: ImportReport; onWait: NonNullable<PatienceOptions['onWait']> },
): Promise<Ends> {
  const { tenantId, user, since, into } = request
  const wants = (thread: unknown): boolean => isWanted(thread, request)
  const { imports } = surroundings
  if (request.from !== null) {
    const source = createFileSource({ path: request.from })
    return {
      source,
      target: createThreadTarget({ tenantId, name: 'file', report, wants, imports: withoutPlace(imports) }),
    }
  }
  if (surroundings.apiKey === null)
    throw new CommandLineError('OPENAI_API_KEY must be set: it reads the threads.')
  const baseUrl = request.baseUrl ?? surroundings.baseUrl ?? openAiUrl
  const patience = { ...surroundings.patience, onWait }
  const { apiKey, pageSize } = surroundings
  const paging = pageSize === undefined ? {} : { pageSize }
  const api = await createPlatformApi({ apiKey, baseUrl, patience, ...paging })
  if (into.kind === 'save') {
    const target = await openCopyFile({ path: into.path, report, wants })
    return { target, source: createApiSource({ api, user, place: target.place }) }
  }
  const name = JSON.stringify([baseUrl, user, since])
  const place = (await imports?.place(tenantId, name)) ?? null
  const target = createThreadTarget({ tenantId, name, report, wants, imports })
  return { target, source: createApiSource({ api, user, place }) }
}

/** A file is read from its beginning. */
function withoutPlace(imports: ThreadImports | null): ThreadImports | null {
  return imports === null ? null : { ...imports, savePlace: async () => {} }
}

function isWanted(thread: unknown, { user, since }: ImportRequest): boolean {
  const { user: owner, created_at: seconds }: Record<string, unknown> = { ...(thread as object) }
  if (user !== null && owner !== user) return false
  return since === null || typeof seconds !== 'number' || seconds * 1_000 >= since.getTime()
}

/** Where nothing can be written over, a line tells of so many threads. */
const threadsPerLine = 100

function progressOf(
  { threads, knownThreads, items, knownItems }: ImportReport,
  part: number | null,
): Progress {
  const seen = threads + knownThreads
  const text = `${counted(seen, 'thread')}, ${counted(items + knownItems, 'item')}`
  return { part, text, mark: Math.floor(seen / threadsPerLine) || null }
}

function counted(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
}

function summaryOf({ into, tenantId }: ImportRequest, report: ImportReport): string {
  const { threads, items, knownThreads, knownItems } = report
  const both = (ofThreads: number, ofItems: number): string =>
    `${counted(ofThreads, 'thread')}, ${counted(ofItems, 'item')}`
  const lines = {
    import: `Imported into the tenant ${tenantId}: ${both(threads, items)}`,
    count: `Would be imported: ${both(threads, items)}`,
    save: `Saved in ${into.kind === 'save' ? into.path : ''}: ${both(threads, items)}`,
  }
  const known = knownThreads + knownItems > 0 ? [`There already: ${both(knownThreads, knownItems)}`] : []
  return [
    lines[into.kind],
    ...known,
    ...listed('Left out:', report.skipped),
    ...listed('Not quite as they were:', report.notes),
    '',
  ].join('\n')
}

function listed(title: string, counts: ReadonlyMap<string, number>): string[] {
  if (counts.size === 0) return []
  return [title, ...Array.from(counts, ([what, number]) => `  ${what}: ${number.toLocaleString('en')}`)]
}

function failuresOf({ failures, failureCount }: ImportReport): string {
  const more = failureCount > failures.length ? [`and ${failureCount - failures.length} more`] : []
  return [`${counted(failureCount, 'thing')} could not be read:`, ...failures, ...more].join('\n')
}
