/// <reference types="node" />
import { readFile } from 'node:fs/promises'
import type { StaticFile } from '../../server/http/static-files.ts'

/** What `builtElement` found, as a server serves it. */
export function readBuilt(files: ReadonlyMap<string, string>): Promise<StaticFile[]> {
  return Promise.all(
    [...files].map(async ([name, path]) => ({ path: `/${name}`, bytes: await readFile(path) })),
  )
}
