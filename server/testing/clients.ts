/**
 * Clients that exist, unmodified: packages of their own in `clients/`, a folder for each version that people use.
 * A test that shows one at work says so with `shows`, and the table in the README is made of what was said.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'

/** A folder in `clients/`: one client in one version. */
export type ClientFolder =
  | 'ai-sdk-5'
  | 'ai-sdk-6'
  | 'ai-sdk-7'
  | 'assistant-ui'
  | 'chatkit-react'
  | 'openai-6'
  | 'openai-7'

/** What a test has shown of a client: a row, or a part of one, of the README's table. */
export interface Shown {
  /** The client as its users call it: the package's name, or the program's. */
  client: string
  version: string
  /** The door it was shown at: `/chatkit`. */
  door: string
  /** In a few words, each a capability: `send`, `stop`, `resume on mount`. */
  what: readonly string[]
  /** Where it ran: `headless Chromium`, `Node`, `Python`. */
  where: string
}

declare module 'vitest' {
  interface TaskMeta {
    shown?: Shown[]
  }
}

/** Where the client's packages are, or null where they have not been installed (`npm test` installs them). */
export function findClient(folder: ClientFolder): string | null {
  const path = fileURLToPath(new URL(`../../clients/${folder}`, import.meta.url))
  return existsSync(new URL('../../clients/node_modules', import.meta.url)) ? path : null
}

/** Where a package of a client begins, for `import()`. */
export function clientModule(folder: ClientFolder, name: string): string {
  const base = new URL('../../clients/', import.meta.url)
  const places = [`${folder}/node_modules/${name}/`, `node_modules/${name}/`]
  const files = places.flatMap((place) =>
    ['dist/index.mjs', 'dist/index.js'].map((file) => `${place}${file}`),
  )
  const found = files.map((file) => new URL(file, base)).find((file) => existsSync(file))
  if (found === undefined) throw new Error(`clients/${folder} has no ${name}.`)
  return found.href
}

/** The version of a package as it is installed for a client: `clientVersion('ai-sdk-5', 'ai')` is `5.0.277`. */
export function clientVersion(folder: ClientFolder, name: string): string {
  const base = new URL('../../clients/', import.meta.url)
  const places = [`${folder}/node_modules/${name}/package.json`, `node_modules/${name}/package.json`]
  const found = places.map((place) => new URL(place, base)).find((place) => existsSync(place))
  if (found === undefined) throw new Error(`clients/${folder} has no ${name}.`)
  const manifest = JSON.parse(readFileSync(found, 'utf8')) as { version: string }
  return manifest.version
}

/** Says that this test shows a client at work. It counts when the test passes. */
export function shows({ task }: Pick<TestContext, 'task'>, shown: Shown): void {
  task.meta.shown = [...(task.meta.shown ?? []), shown]
}
