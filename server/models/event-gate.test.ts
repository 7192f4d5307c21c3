import { expect, test } from 'vitest'
import { createEventGate } from './event-gate.ts'

test('[MODEL-4] text between two takes is one event, and the order of kinds is kept', () => {
  const gate = createEventGate()
  gate.reasoning('a')
  gate.reasoning('b')
  gate.text('c')
  gate.text('')
  gate.text('d')
  expect(gate.take()).toEqual([
    { type: 'reasoning-delta', text: 'ab' },
    { type: 'text-delta', text: 'cd' },
  ])
  expect(gate.take()).toEqual([])
})

test('[MODEL-5] NUL and lone surrogates become U+FFFD, a pair split over two reads stays a pair', () => {
  const gate = createEventGate()
  gate.text('a\u0000\udc00\ud83d')
  expect(gate.take()).toEqual([{ type: 'text-delta', text: 'a\uFFFD\uFFFD' }])
  gate.reasoning('\ud83d')
  expect(gate.take()).toEqual([])
  gate.text('\ude00b')
  expect(gate.take()).toEqual([{ type: 'text-delta', text: '😀b' }])
  gate.reasoning('c')
  gate.text('d\ud800')
  expect(gate.takeRest()).toEqual([
    { type: 'reasoning-delta', text: '\uFFFDc' },
    { type: 'text-delta', text: 'd' },
    { type: 'text-delta', text: '\uFFFD' },
  ])
})

test('[MODEL-5] tool calls and annotations are cleaned, and the end comes last', () => {
  const gate = createEventGate()
  gate.text('\ud83d')
  gate.event({ type: 'tool-call', call: { callId: 'c\u0000', name: 'n', arguments: '{"a":"\ud800"}' } })
  gate.event({ type: 'end', reason: 'stop' })
  expect(gate.take()).toEqual([
    { type: 'tool-call', call: { callId: 'c\uFFFD', name: 'n', arguments: '{"a":"\uFFFD"}' } },
    { type: 'text-delta', text: '\uFFFD' },
    { type: 'end', reason: 'stop' },
  ])
})
