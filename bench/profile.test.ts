import { expect, test } from 'vitest'
import { describeProfile } from './profile.ts'

const frame = (id: number, functionName: string, url: string) => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
})

test('[BENCH-8] a profile tells shares of the work from a moment on, by package and by function', () => {
  const report = describeProfile(
    {
      nodes: [
        frame(1, '(idle)', ''),
        frame(2, 'read', 'file:///somewhere/server/dist/models/stream.js'),
        frame(3, 'parse', 'file:///somewhere/node_modules/@scope/parser/index.js'),
        frame(4, 'writev', ''),
      ],
      startTime: 1_000,
      samples: [3, 1, 2, 2, 3, 4],
      timeDeltas: [500, 100, 100, 100, 100, 100],
    },
    1_600,
  )
  expect(report).toMatch(/50\.0 % {2}parley: models/)
  expect(report).toMatch(/25\.0 % {2}@scope\/parser/)
  expect(report).toMatch(/25\.0 % {2}built-in functions/)
  expect(report).toMatch(/50\.0 % {2}read +server\/dist\/models\/stream\.js:10/)
})
