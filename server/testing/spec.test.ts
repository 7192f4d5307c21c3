import { expect, test } from 'vitest'
import { read, sourceFiles } from './sources.ts'

const rulePattern = /^- \*\*([A-Z]+-\d+)\*\* \S/gm
/** A call of `test` or `it`, perhaps with `.each(…)` or the like, and the beginning of its title. */
const testPattern =
  /^\s*(?:test|it)(?:\.\w+(?:\((?:[^()]|\([^()]*\))*\))?)*\(\s*(['"`])(?:\[([A-Z]+-\d+)\] )?/gm

const rules = Array.from(read('SPEC.md').matchAll(rulePattern), ([, rule = '']) => rule)
const titles = ['server', 'element', 'bench']
  .flatMap((folder) => sourceFiles(folder, ['.ts', '.tsx']))
  .filter((file) => /from 'vitest'/.test(read(file)))
  .flatMap((file) =>
    Array.from(read(file).matchAll(testPattern), ([line, , rule]) => ({ file, line: line.trim(), rule })),
  )

test('[YARD-6] every rule of SPEC.md is shown by a test', () => {
  const shown = new Set(titles.map(({ rule }) => rule))
  expect(rules.filter((rule) => !shown.has(rule))).toEqual([])
})

test('[YARD-6] every test’s title begins with the number of a rule', () => {
  const strangers = titles.filter(({ rule }) => rule === undefined || !rules.includes(rule))
  expect([...new Set(strangers.map(({ file, line, rule }) => `${file}: ${rule ?? line}`))]).toEqual([])
  expect(titles.length).toBeGreaterThan(40)
})

test('[YARD-6] no number is used twice', () => {
  expect(rules.filter((rule, index) => rules.indexOf(rule) !== index)).toEqual([])
})
