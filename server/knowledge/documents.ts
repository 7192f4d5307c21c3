/** A folder of Markdown as documents. */
import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { SourceDocument } from './passages.ts'

/** More than this is a book for a database, not for memory. */
const documentsMax = 1_000
const documentBytesMax = 1_048_576
const skippedFolders = new Set(['node_modules', 'dist'])

/** Every `.md` file below the folder, hidden folders and dependencies left out, in the order of their paths. */
export async function readDocuments(folder: string): Promise<SourceDocument[]> {
  const paths = (await markdownPaths(folder)).toSorted().slice(0, documentsMax)
  const documents = await Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(path)
      return { path: relative(folder, path), text: bytes.subarray(0, documentBytesMax).toString('utf8') }
    }),
  )
  return documents
}

async function markdownPaths(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const nested = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        return entry.name.startsWith('.') || skippedFolders.has(entry.name) ? [] : markdownPaths(path)
      }
      return entry.isFile() && entry.name.endsWith('.md') ? [path] : []
    }),
  )
  return nested.flat()
}
