import { expect, test } from 'vitest'
import { createTextDelta } from './events.ts'
import { mergeTextDeltas } from './merge.ts'

test('[STORE-15] text deltas of one part that follow each other become one with the last number', () => {
  const merged = mergeTextDeltas([
    { seq: 1, event: { type: 'progress', text: 'thinking' } },
    { seq: 2, event: createTextDelta('msg_1', 'Hel') },
    { seq: 3, event: createTextDelta('msg_1', 'lo') },
    { seq: 4, event: createTextDelta('msg_1', 'other part', 1) },
    { seq: 5, event: createTextDelta('msg_2', 'other item', 1) },
    { seq: 6, event: { type: 'progress', text: 'still' } },
    { seq: 7, event: createTextDelta('msg_2', ' goes on', 1) },
    { seq: 8, event: createTextDelta('msg_2', '!', 1) },
  ])
  expect(merged).toEqual([
    { seq: 1, event: { type: 'progress', text: 'thinking' } },
    { seq: 3, event: createTextDelta('msg_1', 'Hello') },
    { seq: 4, event: createTextDelta('msg_1', 'other part', 1) },
    { seq: 5, event: createTextDelta('msg_2', 'other item', 1) },
    { seq: 6, event: { type: 'progress', text: 'still' } },
    { seq: 8, event: createTextDelta('msg_2', ' goes on!', 1) },
  ])
})

test('[STORE-15] what was merged can be merged again, and what was given is left as it was', () => {
  const events = Array.from({ length: 100 }, (_, index) => ({
    seq: index + 1,
    event: createTextDelta('msg_1', `${index} `),
  }))
  const before = structuredClone(events)
  const halves = [...mergeTextDeltas(events.slice(0, 40)), ...mergeTextDeltas(events.slice(40))]
  expect(mergeTextDeltas(halves)).toEqual(mergeTextDeltas(events))
  expect(mergeTextDeltas(events)).toHaveLength(1)
  expect(events).toEqual(before)
})
