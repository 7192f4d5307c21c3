import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseParser } from './sse.ts'
import type { SseFrame } from './sse.ts'

const encoder = new TextEncoder()

function read(pieces: Uint8Array[]): SseFrame[] {
  const parser = createSseParser()
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()]
}

const stream = [
  ': a heartbeat\n\n',
  'id: 1\ndata: {"text":"Grüße, 你好, 👩‍👩‍👧, مرحبا"}\n\n',
  'id: 2\r\ndata: first line\r\ndata: second line\r\n\r\n',
  'data:no space\rid:3\r\r',
  'event: ignored\nretry: 10\ndata\n\n',
  'id: 4\n\n',
  'data: no id\n\n',
].join('')

const frames: SseFrame[] = [
  { id: '1', data: '{"text":"Grüße, 你好, 👩‍👩‍👧, مرحبا"}' },
  { id: '2', data: 'first line\nsecond line' },
  { id: '3', data: 'no space' },
  { id: undefined, data: '' },
  { id: undefined, data: 'no id' },
]

describe('createSseParser', () => {
  it('[ELEMENT-19] reads the same frames wherever the bytes are cut in two', () => {
    const bytes = encoder.encode(stream)
    for (let place = 0; place <= bytes.length; place += 1) {
      expect(read([bytes.slice(0, place), bytes.slice(place)])).toEqual(frames)
    }
  })

  it('[ELEMENT-19] reads the same frames byte by byte', () => {
    expect(read(Array.from(encoder.encode(stream), (byte) => Uint8Array.of(byte)))).toEqual(frames)
  })

  it('[ELEMENT-19] reads whatever was written, with any line ends and any cuts', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''))
    const payload = fc.array(line, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(
        fc.array(payload, { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(40), { maxLength: 30 }),
        (payloads, end, cuts) => {
          const written = payloads
            .map((lines) => lines.map((text) => `data: ${text}${end}`).join('') + end)
            .join('')
          let rest = encoder.encode(written)
          const pieces: Uint8Array[] = []
          for (const cut of cuts) {
            pieces.push(rest.slice(0, cut))
            rest = rest.slice(cut)
          }
          expect(read([...pieces, rest]).map(({ data }) => data)).toEqual(
            payloads.map((lines) => lines.join('\n')),
          )
        },
      ),
    )
  })

  it('[ELEMENT-19] hands out a last frame without its blank line only at the end', () => {
    const parser = createSseParser()
    expect(parser.push(encoder.encode('data: last'))).toEqual([])
    expect(parser.end()).toEqual([{ id: undefined, data: 'last' }])
  })

  it('[ELEMENT-19] refuses a frame that never ends', () => {
    const parser = createSseParser(100)
    expect(() => parser.push(encoder.encode(`data: ${'x'.repeat(101)}`))).toThrow('frameCharactersMax')
  })
})
