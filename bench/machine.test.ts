import { expect, test } from 'vitest'
import { parseBusySeconds, parseMemory, parseProcessStat, pinned } from './machine.ts'

test('[BENCH-4] the times of a process are found behind whatever name it has', () => {
  const rest = 'S 17 1 1 0 -1 4194560 1 2 3 4 1234 66 300 40 20 0 5 0 99 1 2'
  for (const name of ['node', 'a b', 'postgres: x) R 1 (', '(', '1 2 3'])
    expect(parseProcessStat(`4711 (${name}) ${rest}\n`)).toEqual({
      parent: 17,
      seconds: 13,
      endedChildrenSeconds: 3.4,
    })
})

test('[BENCH-4] waiting for a disk and idling are no work of the machine', () => {
  const text = 'cpu  100 200 300 9999 8888 10 20 70 5 5\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n'
  expect(parseBusySeconds(text)).toBe(7)
})

test('[BENCH-4] memory is read in bytes, now and at its peak', () => {
  const text = 'Name:\tnode\nVmPeak:\t 9 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n'
  expect(parseMemory(text)).toEqual({ residentBytes: 1_048_576, peakBytes: 2_097_152 })
})

test('[BENCH-4] a command is pinned to its cores only where there are such', () => {
  expect(pinned('1-3', ['node', 'x'])).toEqual(['taskset', ['-c', '1-3', 'node', 'x']])
  expect(pinned(undefined, ['node', 'x'])).toEqual(['node', ['x']])
})
