/**
 * From a folder of Markdown to a book in the database. Files that have not changed are left as they are, those that are gone are
 * removed at the end. What can be wrong with a file is found before anything is written.
 */
import { readFile, readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { ParleyError } from '../conversation/errors.ts'
import { createBookDocument } from './book-document.ts'
import type { BookDocument, BookWriter } from './books.ts'

export interface IngestOptions {
  folder: string
  tenantId: string
  book: string
  /** Where the book's pages can be read, for its citations. */
  baseUrl?: string
  writer: BookWriter
  limits?: Partial<IngestLimits>
  /** Told after each file. */
  onProgress?(progress: IngestProgress): void
}

export interface IngestLimits {
  /** Default 20,000. */
  filesMax: number
  /** Of one file. Default 1 MiB. */
  fileBytesMax: number
  /** Of all of them. Default 256 MiB. */
  bookBytesMax: number
  /** How many folders within folders. Default 16. */
  depthMax: number
}

export interface IngestProgress {
  done: number
  total: number
  path: string
}

export interface IngestReport {
  written: number
  unchanged: number
  removed: number
  /** Of the documents that were written. */
  passages: number
}

const limitsDefault: IngestLimits = {
  filesMax: 20_000,
  fileBytesMax: 1_048_576,
  bookBytesMax: 268_435_456,
  depthMax: 16,
}
const pathLengthMax = 400
const problemsShownMax = 20
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u

/** Throws `invalid_request` or `too_large` with everything that is wrong, and then nothing was written. */
export async function ingestFolder(options: IngestOptions): Promise<IngestReport> {
  const { folder, tenantId, book, writer, onProgress = () => {} } = options
  if (!namePattern.test(book)) {
    throw new ParleyError(
      'invalid_request',
      'A book’s name is 1 to 100 letters, digits, blanks, dots or dashes.',
    )
  }
  const limits = { ...limitsDefault, ...options.limits }
  const paths = await findFiles(folder, limits)
  await checkFiles(options, paths, limits)
  const report: IngestReport = { written: 0, unchanged: 0, removed: 0, passages: 0 }
  for (const [index, path] of paths.entries()) {
    const document = await readDocument(options, path)
    const outcome = await writer.replaceDocument(tenantId, book, document)
    report[outcome] += 1
    if (outcome === 'written') report.passages += document.passages.length
    onProgress({ done: index + 1, total: paths.length, path })
  }
  report.removed = await writer.keepOnly(tenantId, book, paths)
  return report
}

async function readDocument({ folder, baseUrl }: IngestOptions, path: string): Promise<BookDocument> {
  const bytes = await readFile(join(folder, path))
  return createBookDocument({ path, text: decode(bytes) }, baseUrl ?? null)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ParleyError('invalid_request', 'It is not UTF-8.')
  }
}

/** Reads every file once before the first is written: half a book is worse than the old one. */
async function checkFiles(options: IngestOptions, paths: string[], limits: IngestLimits): Promise<void> {
  const problems: string[] = []
  let bytes = 0
  for (const path of paths) {
    const { size } = await stat(join(options.folder, path))
    bytes += size
    if (bytes > limits.bookBytesMax)
      throw tooLarge(`The book has more than ${limits.bookBytesMax} bytes (bookBytesMax).`)
    const problem =
      path.length > pathLengthMax
        ? `Its path has more than ${pathLengthMax} characters (pathLengthMax).`
        : size > limits.fileBytesMax
          ? `It has more than ${limits.fileBytesMax} bytes (fileBytesMax).`
          : await problemOf(options, path)
    if (problem !== undefined) problems.push(`${path}: ${problem}`)
  }
  if (problems.length === 0) return
  const shown = problems.slice(0, problemsShownMax)
  const more = problems.length > shown.length ? [`and ${problems.length - shown.length} more`] : []
  throw new ParleyError('invalid_request', `Nothing was written:\n${[...shown, ...more].join('\n')}`)
}

async function problemOf(options: IngestOptions, path: string): Promise<string | undefined> {
  try {
    await readDocument(options, path)
    return undefined
  } catch (error) {
    if (error instanceof ParleyError) return error.message
    throw error
  }
}

/** Every `.md` file, in the order of their paths. Hidden folders and links are passed over. */
async function findFiles(folder: string, { filesMax, depthMax }: IngestLimits): Promise<string[]> {
  const found: string[] = []
  async function search(directory: string, depth: number): Promise<void> {
    if (depth > depthMax) throw tooLarge(`The folders are nested deeper than ${depthMax} (depthMax).`)
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      const path = join(directory, entry.name)
      if (entry.isDirectory()) await search(path, depth + 1)
      else if (entry.isFile() && /\.md$/i.test(entry.name)) found.push(relative(folder, path))
      if (found.length > filesMax) throw tooLarge(`The book has more than ${filesMax} files (filesMax).`)
    }
  }
  await search(folder, 0)
  if (found.length === 0)
    throw new ParleyError('invalid_request', 'There is no Markdown file (.md) in the folder.')
  return found.map((path) => path.split(sep).join('/')).toSorted()
}

function tooLarge(message: string): ParleyError {
  return new ParleyError('too_large', message)
}
