/// <reference types="node" />
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { build } from 'vite'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'

const element = join(import.meta.dirname, '..')

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder that it was built into. */
    element: string
  }
}

/** Before the integration tests: the element as it is now, built once for all of them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-element-'))
  await build({
    root: element,
    configFile: join(element, 'vite.config.ts'),
    logLevel: 'silent',
    build: { outDir: folder },
  })
  project.provide('element', folder)
  return () => rm(folder, { recursive: true })
}

/** The files of the page that `setup` has built: the name in the address, and where it lies. */
export async function builtElement(): Promise<Map<string, string>> {
  const folder = inject('element')
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  return new Map(
    files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .map((path): [string, string] => [relative(folder, path).replace(/^page\//, ''), path]),
  )
}
