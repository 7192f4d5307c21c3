import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { committedFiles, read, root } from './sources.ts'

interface LockedPackage {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
  hasInstallScript?: boolean
}

const lock: { packages: Record<string, LockedPackage> } = JSON.parse(read('package-lock.json'))
const locked = Object.entries(lock.packages).filter(([path]) => path.startsWith('node_modules/'))

test('[YARD-7] the lockfile names no registry and knows the hash of every package', () => {
  const foreign = locked.filter(([, { link, resolved }]) => link !== true && resolved !== undefined)
  const unproved = locked.filter(([, { link, integrity }]) => link !== true && integrity === undefined)
  expect(locked.length).toBeGreaterThan(50)
  expect(foreign.map(([path]) => path)).toEqual([])
  expect(unproved.map(([path]) => path)).toEqual([])
})

test('[YARD-8] nothing that is installed runs a script, and every version is pinned', () => {
  expect(
    locked.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path),
  ).toEqual([])
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m)
  const manifests = ['package.json', 'server/package.json', 'element/package.json']
  const ranges = manifests.flatMap((path) => {
    const {
      dependencies,
      devDependencies,
      optionalDependencies,
    }: Record<string, Record<string, string> | undefined> = JSON.parse(read(path))
    return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  })
  expect(ranges.filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([])
})

test('[YARD-9] nothing committed names the machine on which it was written', () => {
  const here = resolve(root)
  const parent = dirname(here)
  const isShared = ['/', '/home', '/usr', '/usr/src', '/opt', '/srv', resolve(tmpdir())].includes(parent)
  const places = [`${here}/`, ...(isShared ? [] : [`${parent}/`])]
  const texts = committedFiles().filter((path) => !/\.(?:png|ico|woff2|gz)$/.test(path))
  const naming = texts.filter((path) => places.some((place) => readIfThere(path).includes(place)))
  expect(texts.length).toBeGreaterThan(50)
  expect(naming).toEqual([])
})

/** A file that git still lists may have just been removed. */
function readIfThere(path: string): string {
  try {
    return read(path)
  } catch {
    return ''
  }
}
