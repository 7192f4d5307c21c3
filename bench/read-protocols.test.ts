import { expect, test } from 'vitest'
import { createProtocol } from './protocols.ts'
import { createReadings } from './figures.ts'
import { checkTargets } from './targets.ts'

const secret = 'the laboratory keeps no secrets at all'
const question = { host: 'localhost:1', text: '', number: 7, earlier: null }

function asked(name: 'items-few' | 'items-many' | 'threads-few' | 'threads-many') {
  const { request, ending } = createProtocol(name, secret)
  const [head = '', body = ''] = request(question).split('\r\n\r\n')
  const claims = /Bearer [^.]+\.([^.]+)/.exec(head)?.[1] ?? ''
  return {
    ending,
    body: JSON.parse(body) as unknown,
    user: (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string }).sub,
  }
}

test('[BENCH-13] little and much are asked for in the same words, by the users who have them', () => {
  const order = 'desc'
  for (const [of, user, more] of [
    ['few', 'bench-user-0', false],
    ['many', 'bench-user-1', true],
  ] as const) {
    const thread_id = `thr_${of === 'few' ? '1' : '2'}`.replace('_', `_${'0'.repeat(25)}`)
    const ending = `"has_more":${more}`
    expect(asked(`items-${of}`)).toEqual({
      ending,
      user,
      body: { type: 'items.list', params: { thread_id, limit: 20, order } },
    })
    expect(asked(`threads-${of}`)).toEqual({
      ending,
      user,
      body: { type: 'threads.list', params: { limit: 10, order } },
    })
  }
})

test('[BENCH-13] what is large may cost 1.3 times what is small costs', () => {
  const sample = (scenario: string, growthP50: number, growthP95: number) => ({
    scenario,
    server: 'parley-postgres',
    repetition: 1,
    figures: { growthP50, growthP95 },
    problems: [],
  })
  const readings = createReadings([sample('items', 1.3, 1.31), sample('threads', 1, 1)])
  const met = checkTargets(readings).flatMap(({ isMet }) => (isMet === null ? [] : [isMet]))
  expect(met).toEqual([true, false, true, true])
})

test('[BENCH-14] npm start has 5 s to the first words when there is nothing, and 2 s when there is', () => {
  const read = (firstAnswerMilliseconds: number, secondAnswerMilliseconds: number) => {
    const figures = { firstAnswerMilliseconds, secondAnswerMilliseconds }
    const sample = { scenario: 'start', server: 'npm-start', repetition: 1, figures, problems: [] }
    return checkTargets(createReadings([sample])).flatMap(({ isMet }) => (isMet === null ? [] : [isMet]))
  }
  expect(read(5_000, 2_000)).toEqual([true, true])
  expect(read(5_001, 2_001)).toEqual([false, false])
})
