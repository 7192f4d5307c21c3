import { expect, test } from 'vitest'
import { createProgressBar, progressOf } from './progress-bar.ts'

function drawn(isTerminal: boolean, steps: [what: string, done: number][]): string {
  let said = ''
  const bar = createProgressBar({ say: (text) => (said += text), isTerminal, columns: 60 })
  for (const [what, done] of steps) bar.show(progressOf(what, done, 200))
  bar.end()
  return said
}

test('[MOVE-8] on a terminal a bar is drawn over itself, as wide as the terminal at most', () => {
  const said = drawn(true, [
    ['a_table_with_a_name_that_is_longer_than_the_terminal', 0],
    ['threads', 100],
    ['threads', 100],
    ['users', 200],
  ])
  const lines = said.split('\r').slice(1)
  expect(lines.map((line) => line.trimEnd())).toEqual([
    `${'░'.repeat(24)}   0 %  0 of 200  a_table_with_a_na`,
    `${'█'.repeat(12)}${'░'.repeat(12)}  50 %  100 of 200  threads`,
    `${'█'.repeat(24)} 100 %  200 of 200  users`,
  ])
  // What stood there is gone.
  expect(lines[1]?.length).toBe(59)
  expect(said.endsWith('\n')).toBe(true)
})

test('[MOVE-8] anywhere else it is a line for each tenth, without control characters', () => {
  const steps = Array.from({ length: 201 }, (_, done): [string, number] => ['items', done])
  const lines = drawn(false, steps).split('\n')
  expect(lines.slice(0, 3)).toEqual([
    '0 %  0 of 200  items',
    '10 %  20 of 200  items',
    '20 %  40 of 200  items',
  ])
  expect(lines).toHaveLength(12)
  expect(lines.join('')).not.toMatch(/\p{Cc}/u)
})
