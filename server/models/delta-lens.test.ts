import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ModelEvent } from '../conversation/model.ts'
import { createDeltaLens } from './delta-lens.ts'
import { createEventGate } from './event-gate.ts'
import { createChatDecoder } from './openai-chat.ts'

/** What a fresh decoder, which has learnt nothing, makes of each chunk. */
function parsedOneByOne(chunks: string[]): ModelEvent[] {
  const gate = createEventGate()
  for (const chunk of chunks) createChatDecoder().read(chunk, gate)
  return gate.take()
}

function readThroughLens(chunks: string[]): ModelEvent[] {
  const gate = createEventGate()
  const decoder = createChatDecoder()
  for (const chunk of chunks) decoder.read(chunk, gate)
  return gate.take()
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\n',
    '","x":"',
    '"content":"',
    '\u2317lens\u2317',
    '\ud83d',
    '\ude00',
    '\u0000',
  ),
)

/** Chunks as many servers write them: other orders, other fields, escapes, a text that looks like a field. */
const chunk = fc
  .tuple(
    text,
    text,
    fc.constantFrom('plain', 'azure', 'reasoning', 'role', 'refusal', 'twice', 'usage', 'two', 'ascii'),
  )
  .map(([content, other, kind]) => {
    const base = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: other.slice(0, 2) }
    const choice = { index: 0, delta: { content }, finish_reason: null }
    switch (kind) {
      case 'azure':
        return JSON.stringify({ choices: [{ finish_reason: null, delta: { content }, index: 0 }], ...base })
      case 'reasoning':
        return JSON.stringify({
          ...base,
          choices: [{ ...choice, delta: { content, reasoning_content: other } }],
        })
      case 'role':
        return JSON.stringify({ ...base, choices: [{ ...choice, delta: { role: 'assistant', content } }] })
      case 'refusal':
        return JSON.stringify({ ...base, choices: [{ ...choice, delta: { refusal: other, content } }] })
      case 'twice':
        return JSON.stringify({ ...base, content: other, choices: [choice], note: content })
      case 'usage':
        return JSON.stringify({ ...base, choices: [choice], usage: { prompt_tokens: 1 } })
      case 'two':
        return JSON.stringify({ ...base, choices: [choice, choice] })
      case 'ascii':
        return JSON.stringify({ ...base, choices: [choice] }).replaceAll(
          /[^\x20-\x7e]/g,
          (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
        )
      case 'plain':
        return JSON.stringify({ ...base, choices: [choice] })
    }
  })

test('[MODEL-3] the short cut learns nothing from a text that stands in two places', () => {
  const data =
    '{"id":"c1","model":"","content":"","choices":[{"index":0,"delta":{"content":","},"finish_reason":null}],"note":","}'
  expect(readThroughLens([data])).toEqual(parsedOneByOne([data]))
})

test('[MODEL-3] a decoder with its short cut says what the parser says, for any chunks', () => {
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 40 }), (chunks) => {
      expect(readThroughLens(chunks)).toEqual(parsedOneByOne(chunks))
    }),
    { numRuns: 500 },
  )
})

test('[MODEL-3] the short cut is taken for a chunk like the last one, and only for one like it', () => {
  const lens = createDeltaLens((chunk) =>
    typeof chunk['content'] === 'string' ? chunk['content'] : undefined,
  )
  expect(lens.read('{"content":"a"}')).toBeUndefined()
  lens.learn('{"content":"a"}', { content: 'a' })
  expect(lens.read('{"content":"b, and more"}')).toBe('b, and more')
  expect(lens.read('{"content":"\\n\\ud83d"}')).toBe('\n\ud83d')
  for (const other of [
    '{"content":"b","x":1}',
    '{"content":"\\x"}',
    '{"content":"a","content":"b"}',
    '{"content":"a\tb"}',
    '{"content":"',
    '{"content":null}',
  ]) {
    expect(lens.read(other)).toBeUndefined()
  }
})
