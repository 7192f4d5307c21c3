import { expect, test } from 'vitest'
import { showExchange, withCountedNames } from './exchange.ts'

const thread = 'thr_01m80dkvhre00b66422rfr4bjq'
const run = 'run_01m80dkvsde00aejnx0f2yddmt'

test('[RECORD-1] what is random is counted by its first appearance, and nothing else changes', () => {
  const uuid = '019a0c1e-7b5c-7abc-8def-0123456789ab'
  const link = `http://127.0.0.1:4711/files/${thread}?link=WyJ.sig-na_ture&x=1`
  const text = `${run} "${thread}" ${run}:5.1 resp_${run.slice(4)} ${uuid} msg_1 wf_short ${link} é\r\n`
  const counted = withCountedNames(text)
  expect(counted).toBe(
    'run_00000000000000000000000001 "thr_00000000000000000000000002" run_00000000000000000000000001:5.1 ' +
      'resp_00000000000000000000000003 00000000-0000-7000-8000-000000000004 msg_1 wf_short ' +
      'http://127.0.0.1/files/thr_00000000000000000000000002?link=signed&x=1 é\r\n',
  )
  expect(withCountedNames(counted)).toBe(counted)
})

test('[RECORD-1] a recording has the request, the headers in their order, and the body as it came', () => {
  const headers = { 'x-accel-buffering': 'no', date: 'now', 'content-type': 'text/event-stream' }
  const request = {
    method: 'POST' as const,
    path: '/chatkit',
    headers: { accept: '*/*' },
    body: { type: 'a' },
  }
  const shown = showExchange({ request, response: new Response(null, { headers }), body: 'data: 1\n\n' })
  expect(shown).toBe(
    'POST /chatkit\naccept: */*\n\n{"type":"a"}\n\n200\ncontent-type: text/event-stream\nx-accel-buffering: no\n\ndata: 1\n\n',
  )
})
