import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTextDecoder } from './text-decoder.ts'

function decode(pieces: Uint8Array[]): string {
  const decoder = createTextDecoder()
  return [...pieces.map(decoder.decode), decoder.end()].join('')
}

test('[MODEL-1] bytes in pieces are the text that the platform’s own decoder makes of them, UTF-8 or not', () => {
  // Mostly the bytes that begin, continue and spoil characters.
  const byte = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0x61, 0x80, 0xbf, 0xc3, 0xe0, 0xed, 0xef, 0xbb, 0xf0, 0x9f, 0xf4, 0xf8),
  )
  const text = fc.string({ unit: 'binary' }).map((written) => [...Buffer.from(written)])
  const bytes = fc.array(fc.oneof(fc.array(byte), text)).map((parts) => Uint8Array.from(parts.flat()))
  fc.assert(
    fc.property(bytes, fc.array(fc.nat()), (whole, cuts) => {
      const places = cuts.map((cut) => cut % (whole.length + 1)).sort((one, other) => one - other)
      const pieces = [...places, whole.length].map((end, index) =>
        whole.subarray(places[index - 1] ?? 0, end),
      )
      expect(decode(pieces)).toBe(new TextDecoder().decode(whole))
    }),
    { numRuns: 500 },
  )
})
