/** `docs/vulnerabilities.md` beside the tests that it names and the packages that are installed. */
import { expect, test } from 'vitest'
import { read, sourceFiles } from './sources.ts'

const page = read('docs/vulnerabilities.md')
const idPattern = /\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3})\b/g
const rows = page
  .split('\n')
  .filter((line) => /^\| (?:CVE|GHSA)-/.test(line))
  .map((line) => {
    const [, ids = '', , , where = ''] =
      line.split(' | ').length > 3 ? ['', ...line.slice(2, -2).split(' | ')] : []
    return {
      ids: ids.match(idPattern) ?? [],
      files: [...where.matchAll(/`([^`]+\.tsx?)`/g)].map(([, file = '']) => file),
      where,
    }
  })

/** By number, the files with a test whose title bears it. */
const tested = new Map<string, Set<string>>()
for (const file of ['server', 'element'].flatMap((folder) => sourceFiles(folder, ['.ts', '.tsx']))) {
  const source = read(file)
  if (!/from 'vitest'/.test(source)) continue
  for (const [, title = ''] of source.matchAll(/['"`]\[[A-Z]+-\d+\] ([^\n]*)/g)) {
    for (const id of title.match(idPattern) ?? []) tested.set(id, (tested.get(id) ?? new Set()).add(file))
  }
}

const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string }> }
const versionsOf = (name: string): string[] =>
  Object.entries(lock.packages).flatMap(([path, { version }]) =>
    path.endsWith(`node_modules/${name}`) && version !== undefined ? [version] : [],
  )

test('[INPUT-2] every vulnerability is tried where the page says, or has a reason, and each is there once', () => {
  const wrong = rows.flatMap(({ ids, files, where }) =>
    files.length === 0
      ? ids.filter(() => where.length < 12)
      : ids.filter((id) => !files.some((file) => tested.get(id)?.has(file) === true)),
  )
  expect(wrong).toEqual([])
  const strayed = rows.flatMap(({ ids, files }) =>
    files.filter((file) => !ids.some((id) => tested.get(id)?.has(file))),
  )
  expect(strayed).toEqual([])
  expect(rows.length).toBeGreaterThanOrEqual(105)
})

test('[INPUT-2] every number in a test’s title is on the page', () => {
  const known = new Set(rows.filter(({ files }) => files.length > 0).flatMap(({ ids }) => ids))
  expect([...tested.keys()].filter((id) => !known.has(id))).toEqual([])
})

test('[INPUT-2] packages that had one are installed in a later version, or not at all', () => {
  const needed = [...page.matchAll(/^\| ([a-z@/-]+) \| (\d+\.\d+\.\d+) \| /gm)]
  expect(needed.length).toBeGreaterThanOrEqual(6)
  for (const [, name = '', least = ''] of needed) {
    const versions = versionsOf(name)
    expect(versions.length, name).toBeGreaterThan(0)
    expect(
      versions.filter((version) => isOlder(version, least)).map((version) => `${name} ${version}`),
    ).toEqual([])
  }
  const absent = /Not installed at all: ([^.]+)\./.exec(page)?.[1]?.split(/,\s+/) ?? []
  expect(absent.length).toBeGreaterThanOrEqual(10)
  expect(absent.filter((name) => versionsOf(name).length > 0)).toEqual([])
})

function isOlder(version: string, least: string): boolean {
  const [mine, theirs] = [version, least].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 10)),
  )
  for (const place of [0, 1, 2]) {
    const [one = 0, other = 0] = [mine?.[place], theirs?.[place]]
    if (one !== other) return one < other
  }
  return false
}
