import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ParleyError } from '../conversation/errors.ts'
import { createEventStreamParser } from './server-sent-events.ts'

function parse(pieces: Uint8Array[], lineLengthMax?: number): [string, string][] {
  const events: [string, string][] = []
  const parser = createEventStreamParser({
    onEvent: (data, name) => events.push([name, data]),
    ...(lineLengthMax !== undefined && { lineLengthMax }),
  })
  for (const piece of pieces) parser.push(piece)
  parser.end()
  return events
}

const stream = [
  '\uFEFFdata: first',
  '',
  ': a comment',
  'event: named',
  'data: Grüße, 世界 👩‍👩‍👧',
  'data:no space',
  'data',
  'id: 7',
  'retry: 5',
  'colonless',
  'unknown: field',
  '',
  'event: without data',
  '',
  'data:  two spaces',
  '',
  'data:',
  '',
  'data: last, without a blank line',
]
const expected: [string, string][] = [
  ['message', 'first'],
  ['named', 'Grüße, 世界 👩‍👩‍👧\nno space\n'],
  ['message', ' two spaces'],
  ['message', ''],
  ['message', 'last, without a blank line'],
]

describe('event stream parser', () => {
  test('[MODEL-1] reads the same wherever one cut falls, with every kind of line end', () => {
    for (const lineEnd of ['\n', '\r', '\r\n']) {
      const bytes = Buffer.from(stream.join(lineEnd))
      for (let at = 0; at <= bytes.length; at += 1) {
        expect(parse([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected)
      }
      expect(parse(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected)
    }
  })

  test('[MODEL-1] reads any stream the same, whole or cut in any places', () => {
    const piece = fc.oneof(
      fc.constantFrom('data: ', 'data', 'event:', ':', '\n', '\r', '\r\n', '\uFEFF'),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat()), (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''))
        const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)
        const parts = [...places, bytes.length].map((at, index) => bytes.subarray(places[index - 1] ?? 0, at))
        expect(parse(parts)).toEqual(parse([bytes]))
      }),
    )
  })

  test('[MODEL-1] replaces bytes that are no UTF-8 and goes on', () => {
    expect(parse([Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xc3, 0x0a, 0x0a])])).toEqual([
      ['message', '\uFFFD\uFFFD'],
    ])
  })

  test('[MODEL-1] takes a line of the length allowed, in any number of pieces', () => {
    const bytes = Buffer.from(`data: ${'x'.repeat(94)}\n\n`)
    expect(
      parse(
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
        100,
      ),
    ).toHaveLength(1)
  })

  test('[MODEL-2] refuses a line or an event that is longer than allowed', () => {
    const tooLong = [`data: ${'x'.repeat(95)}`, 'x'.repeat(101), `${'data: 0123456789\n'.repeat(12)}\n`]
    for (const text of tooLong) {
      expect(() => parse([Buffer.from(text)], 100)).toThrow(ParleyError)
    }
  })
})
