/// <reference types="node" />
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { build } from 'vite'

const element = join(import.meta.dirname, '..')

/** Builds the element as it is now. Resolves with the page's files: the name in the address, and where it lies. */
export async function buildElement(): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-element-'))
  await build({
    root: element,
    configFile: join(element, 'vite.config.ts'),
    logLevel: 'silent',
    build: { outDir: folder },
  })
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  return new Map(
    files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .map((path): [string, string] => [relative(folder, path).replace(/^page\//, ''), path]),
  )
}
