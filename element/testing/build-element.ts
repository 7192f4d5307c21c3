/// <reference types="node" />
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  const page = ['index.html', 'page.css', 'page.js', 'favicon.svg']
  return new Map([
    ['parley-chat.js', join(folder, 'parley-chat.js')],
    ...page.map((name): [string, string] => [name, join(folder, 'page', name)]),
  ])
}
