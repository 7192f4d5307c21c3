/** The project's own files, for the tests that look at all of them. */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

const notSources = new Set(['node_modules', 'dist', '.git', '.cache', '.parley', '.next', '.data'])

/** Paths from the repository's root, with `/`. */
export function sourceFiles(folder: string, endings: readonly string[]): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  const files = entries.flatMap((entry) => {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return notSources.has(entry.name) ? [] : sourceFiles(path, endings)
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : []
  })
  return files.toSorted()
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** What git keeps, new files included; without git, all that is not built or installed. */
export function committedFiles(): string[] {
  try {
    const parameters = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
    const listed = execFileSync('git', parameters, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return listed.split('\0').filter((path) => path !== '')
  } catch {
    return sourceFiles('.', [''])
  }
}
