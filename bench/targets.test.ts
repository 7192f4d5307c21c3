import { expect, test } from 'vitest'
import { createReadings, describeWeather } from './figures.ts'
import type { Sample } from './run.ts'
import { checkTargets, missedAndWhy } from './targets.ts'

function burst(
  server: string,
  repetition: number,
  tokensPerCpuSecond: number,
  problems: string[] = [],
): Sample {
  return { scenario: 'burst', server, repetition, figures: { tokensPerCpuSecond }, problems }
}

const samples = [
  burst('pipe', 1, 100),
  burst('parley-postgres', 1, 120),
  burst('pipe', 2, 110),
  burst('parley-postgres', 2, 140),
  burst('pipe', 3, 1_000, ['3 streams: tokens were lost']),
  burst('parley-postgres', 3, 9_000, ['1 runs are stored of 2']),
]

test('[BENCH-5] what lost a token or a row is not quoted', () => {
  const readings = createReadings(samples)
  expect(readings.read('burst', 'parley-postgres', 'tokensPerCpuSecond')).toMatchObject({
    median: 130,
    repetitions: 2,
  })
  expect(readings.read('burst', 'nobody', 'tokensPerCpuSecond')).toBeNull()
})

test('[BENCH-5] a target is met, missed, or not measured', () => {
  const targets = checkTargets(createReadings(samples))
  const [pipe, best] = targets
  expect(pipe).toMatchObject({ isMet: true, limit: 1, rule: 'at least' })
  expect(pipe?.value).toBeCloseTo(130 / 105)
  expect(best).toMatchObject({ isMet: null, value: null })
  const slower = samples.map((sample) => ({
    ...sample,
    figures: { tokensPerCpuSecond: sample.server === 'pipe' ? 2 : 1 },
  }))
  const missed = checkTargets(createReadings(slower))
  expect(missed[0]).toMatchObject({ isMet: false, value: 0.5 })
  expect(missedAndWhy(missed)).toEqual([
    { titles: [missed[0]?.title], reason: expect.stringMatching(/^Beside its tokens/) },
  ])
  expect(missedAndWhy(targets)).toEqual([])
})

test('[BENCH-10] a session has contract B’s 200 ms, and its ratio to a bare insert is that of sessions a second', () => {
  const sample = (server: string, requestsPerSecond: number, replyP95Milliseconds: number): Sample => ({
    scenario: 'sessions-64',
    server,
    repetition: 1,
    figures: { requestsPerSecond, replyP95Milliseconds },
    problems: [],
  })
  const read = (reply: number): (boolean | null)[] =>
    checkTargets(createReadings([sample('bare-insert', 1_000, 5), sample('parley-postgres', 699, reply)]))
      .filter(({ title }) => title.includes('64 at once'))
      .map(({ isMet }) => isMet)
  expect(read(200)).toEqual([true, false])
  expect(read(201)).toEqual([false, false])
})

test('[BENCH-11] the tutor has contract B’s 500 ms to the end of its answer', () => {
  const figures = { firstTokenP95Milliseconds: 30, replyP95Milliseconds: 501 }
  const tutor = { scenario: 'tutor', server: 'parley-postgres', repetition: 1, figures, problems: [] }
  const targets = checkTargets(createReadings([tutor])).filter(({ isMet }) => isMet !== null)
  expect(targets.map(({ value, limit, isMet }) => [value, limit, isMet])).toEqual([
    [30, 500, true],
    [501, 500, false],
  ])
})

test('[BENCH-5] a run on a busy machine says that it is not to be quoted', () => {
  const weather = (otherCores: number): string =>
    describeWeather(samples.map((sample) => ({ ...sample, figures: { otherCores } })))
  expect(weather(0.05)).toMatch(/0\.05 cores at the median, 0\.05 at p95\.$/)
  expect(weather(1.5)).toMatch(/too many for these figures to be quoted/)
})
