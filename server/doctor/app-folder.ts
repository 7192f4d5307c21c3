/** The files of an app that may say where its chat comes from: bounded, and without what was installed or built. */
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface AppFile {
  /** From the folder, with `/`. */
  path: string
  lines: string[]
}

export interface AppFolder {
  files: AppFile[]
  /** What was not looked at, in sentences. */
  passedOver: string[]
}

export interface FolderLimits {
  /** Default 20,000. */
  filesMax: number
  /** Of one file. Default 1 MiB. */
  fileBytesMax: number
  /** Of all of them. Default 128 MiB. */
  folderBytesMax: number
  /** How many folders within folders. Default 24. */
  depthMax: number
}

const limitsDefault: FolderLimits = {
  filesMax: 20_000,
  fileBytesMax: 1_048_576,
  folderBytesMax: 134_217_728,
  depthMax: 24,
}

const foldersNotRead = new Set([
  'node_modules',
  '.git',
  '.next',
  '.nuxt',
  '.output',
  '.svelte-kit',
  '.turbo',
  '.vercel',
  '.venv',
  '.cache',
  '__pycache__',
  'build',
  'coverage',
  'dist',
  'out',
  'target',
  'vendor',
  'venv',
])
const filesNotRead = /(?:^|[.-])lock\.(?:json|yaml)$|\.min\.\w+$|\.tsbuildinfo$/
const filesRead =
  /^(?:\.env(?:\..+)?|Dockerfile|Caddyfile|_headers)$|\.(?:astro|cjs|conf|cs|cts|env|go|html?|java|json|jsx?|mjs|mts|php|py|rb|svelte|toml|tsx?|vue|ya?ml)$/

/** Throws the file system's own error for a folder that cannot be read. Links are not followed. */
export async function readAppFolder(folder: string, limits: Partial<FolderLimits> = {}): Promise<AppFolder> {
  const bounds = { ...limitsDefault, ...limits }
  const found: AppFolder = { files: [], passedOver: [] }
  let bytes = 0
  let isFull = false

  async function take(path: string): Promise<void> {
    const { size } = await stat(join(folder, path))
    if (size > bounds.fileBytesMax) {
      found.passedOver.push(`${path} has more than ${bounds.fileBytesMax} bytes (fileBytesMax).`)
      return
    }
    bytes += size
    isFull = found.files.length >= bounds.filesMax || bytes > bounds.folderBytesMax
    if (isFull) return
    const text = await readFile(join(folder, path), 'utf8')
    found.files.push({ path, lines: text.split(/\r?\n/) })
  }

  async function search(directory: string, depth: number): Promise<void> {
    if (depth > bounds.depthMax) {
      found.passedOver.push(`${directory} is nested deeper than ${bounds.depthMax} (depthMax).`)
      return
    }
    const entries = await readdir(join(folder, directory), { withFileTypes: true })
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      if (isFull) return
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`
      if (entry.isDirectory() && !foldersNotRead.has(entry.name)) await search(path, depth + 1)
      else if (entry.isFile() && filesRead.test(entry.name) && !filesNotRead.test(entry.name))
        await take(path)
    }
  }

  await search('', 0)
  if (isFull) {
    found.passedOver.push(
      `Only the first ${found.files.length} files were read (filesMax ${bounds.filesMax}, folderBytesMax ${bounds.folderBytesMax}).`,
    )
  }
  return found
}
