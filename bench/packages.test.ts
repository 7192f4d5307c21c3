import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface LockedPackage {
  resolved?: string
  integrity?: string
  hasInstallScript?: boolean
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const lock: { packages: Record<string, LockedPackage> } = JSON.parse(read('package-lock.json'))
const locked = Object.entries(lock.packages).filter(([path]) => path !== '')
const names = (chosen: [string, LockedPackage][]): string[] => chosen.map(([path]) => path)

test('[YARD-7] the laboratory’s lockfile names no registry and knows the hash of every package', () => {
  expect(locked.length).toBeGreaterThan(30)
  expect(names(locked.filter(([, { resolved }]) => resolved !== undefined))).toEqual([])
  expect(names(locked.filter(([, { integrity }]) => integrity === undefined))).toEqual([])
})

test('[YARD-8] nothing that the laboratory installs runs a script, and every version is pinned', () => {
  expect(names(locked.filter(([, { hasInstallScript }]) => hasInstallScript === true))).toEqual([])
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m)
  const {
    dependencies,
    optionalDependencies,
  }: Record<string, Record<string, string>> = JSON.parse(read('package.json'))
  const ranges = Object.values({ ...dependencies, ...optionalDependencies })
  expect(ranges.filter((range) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([])
})
