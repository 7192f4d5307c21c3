import { expect, test } from 'vitest'
import { committedFiles, read, root } from './sources.ts'

/** As `planted/bugs.mjs` describes it. */
interface PlantedBug {
  name: string
  breaks: string[]
  file: string
  text: string
  instead: string
  test: string
  shows: string
}

const { bugs }: { bugs: PlantedBug[] } = await import(`${root}/planted/bugs.mjs`)
const rules = new Set(Array.from(read('SPEC.md').matchAll(/^- \*\*([A-Z]+-\d+)\*\*/gm), ([, rule]) => rule))
const files = new Set(committedFiles())

test('[YARD-10] there are at least 45 planted bugs, each with a name of its own', () => {
  expect(bugs.length).toBeGreaterThanOrEqual(45)
  const names = bugs.map(({ name }) => name)
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  expect(names.filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))).toEqual([])
})

test('[YARD-10] every planted bug still applies: what it replaces is in its file exactly once', () => {
  const gone = bugs.filter(({ file, text }) => !files.has(file) || read(file).split(text).length !== 2)
  expect(gone.map(({ name, file, text }) => `${name}: ${file} no longer holds once: ${text}`)).toEqual([])
  expect(bugs.filter(({ text, instead }) => text === '' || text === instead)).toEqual([])
})

test('[YARD-10] every planted bug breaks a rule that exists, and names tests that show one', () => {
  const unknown = bugs.flatMap(({ name, breaks, shows }) =>
    [...breaks, shows].filter((rule) => !rules.has(rule)).map((rule) => `${name}: ${rule}`),
  )
  expect(unknown).toEqual([])
  expect(bugs.filter(({ breaks }) => breaks.length === 0)).toEqual([])
  const missing = bugs.filter(({ test: file }) => !files.has(file) || !file.endsWith('.test.ts'))
  // What both databases must keep stands in files that those of tests import.
  const shared = /import .* from '\.\/contract[^']*'/
  const blind = bugs.filter(
    ({ test: file, shows }) => !shared.test(read(file)) && !read(file).includes(`[${shows}] `),
  )
  expect([...missing, ...blind].map(({ name, test: file, shows }) => `${name}: ${file} [${shows}]`)).toEqual(
    [],
  )
})
