import { describe, expect, test } from 'vitest'
import {
  TokenReader,
  microsecondsSince,
  readWish,
  stampModulus,
  stampNow,
  stampOffset,
  tokenText,
  wishText,
  writeStamp,
} from './tokens.ts'

/** An event per token, as most protocols have it, and the whole text again at the end. */
function stream(count: number, stamp: number, repeats = 0): Buffer {
  const texts = Array.from({ length: count }, (_, index) => tokenText(index))
  const events = texts.map((text) => `data: {"delta":"${text}"}\n\n`)
  const bytes = Buffer.from(events.join('') + `data: {"text":"${texts.join('')}"}\n\n`.repeat(repeats))
  for (let at = bytes.indexOf('~'); at >= 0; at = bytes.indexOf('~', at + 1))
    writeStamp(bytes, at - 1 + stampOffset, stamp)
  return bytes
}

function read(pieces: Buffer[], before?: TokenReader): { reader: TokenReader; stamps: number[] } {
  const stamps: number[] = []
  const reader = new TokenReader((stamp) => stamps.push(stamp), before)
  for (const piece of pieces) reader.read(piece, 0, piece.length)
  return { reader, stamps }
}

describe('the tokens of a stream', () => {
  test('[BENCH-1] are counted once wherever the bytes are cut', () => {
    const bytes = stream(4, 123_456_789_012 % stampModulus, 1)
    for (let first = 0; first <= bytes.length; first += 1) {
      for (const length of [1, 3, 17]) {
        const cut = [
          bytes.subarray(0, first),
          bytes.subarray(first, first + length),
          bytes.subarray(first + length),
        ]
        const { reader, stamps } = read(cut)
        expect([reader.count, reader.repeated, reader.lost]).toEqual([4, 4, 0])
        expect(new Set(stamps)).toEqual(new Set([123_456_789_012 % stampModulus]))
      }
    }
  })

  test('[BENCH-1] are counted byte by byte, and only within the part that was named', () => {
    const bytes = stream(3, 7)
    const { reader } = read(Array.from(bytes, (byte) => Buffer.from([byte])))
    expect(reader.count).toBe(3)
    const part = new TokenReader(() => {})
    part.read(bytes, 0, bytes.lastIndexOf('~'))
    expect(part.count).toBe(2)
  })

  test('[BENCH-1] are missed when they do not come, and known when they come again', () => {
    const tokens = [0, 1, 4, 5].map((index) => Buffer.from(tokenText(index)))
    const { reader } = read(tokens)
    expect([reader.count, reader.lost, reader.repeated]).toEqual([4, 2, 0])
    const again = read([...tokens, ...tokens]).reader
    expect([again.count, again.lost, again.repeated]).toEqual([4, 2, 4])
  })

  test('[BENCH-1] go on over another connection where they were cut', () => {
    const bytes = stream(6, 1)
    const first = read([bytes.subarray(0, bytes.indexOf('~003') + 2)]).reader
    const { reader } = read([stream(6, 1)], first)
    expect([first.count, reader.count, reader.lost, reader.repeated]).toEqual([3, 6, 0, 3])
  })

  test('[BENCH-1] are not seen where only their marker stands', () => {
    expect(read([Buffer.from('about ~50 or ~ {"~00"} ~~~')]).reader.count).toBe(0)
    expect(read([Buffer.from(`~${tokenText(0)}`)]).reader.count).toBe(1)
  })
})

test('[BENCH-1] the age of a token is right, also when the clock has begun anew', () => {
  expect(microsecondsSince(5, 12)).toBe(7)
  expect(microsecondsSince(stampModulus - 5, 12)).toBe(17)
  const stamp = stampNow()
  const bytes = Buffer.from(tokenText(0))
  writeStamp(bytes, stampOffset, stamp)
  expect(read([bytes]).stamps).toEqual([stamp])
})

test('[BENCH-7] a wish is found in any request, and the last one counts', () => {
  const wish = { tokens: 200, tokensPerSecond: 12.5, delayMilliseconds: 40 }
  const older = wishText({ tokens: 1, tokensPerSecond: 0, delayMilliseconds: 0 })
  const body = JSON.stringify({ messages: [{ content: older }, { content: wishText(wish) }], stream: true })
  expect(readWish(body)).toEqual(wish)
})
