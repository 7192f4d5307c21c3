import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createId, createUuid, decodeId, encodeId } from './ids.ts'
import { cleanJson, cleanText, cutText } from './text.ts'

describe('the text gate', () => {
  it('[TEXT-1] replaces NUL and lone surrogates one for one', () => {
    expect(cleanText('a\0b\ud800c\udc00d')).toBe('a\ufffdb\ufffdc\ufffdd')
    expect(cleanText('😀\u2028é')).toBe('😀\u2028é')
  })

  it('[TEXT-1] leaves text that Postgres can hold, whatever came in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 0xd800, max: 0xdfff }), (text, half) => {
        const cleaned = cleanText(text + String.fromCharCode(half) + text)
        expect(cleaned.isWellFormed()).toBe(true)
        expect(cleaned).not.toContain('\0')
        expect(cleaned).toHaveLength(text.length * 2 + 1)
      }),
    )
  })

  it('[TEXT-1] cleans keys and values at every depth, and keeps a clean value as it is', () => {
    expect(cleanJson({ 'k\0': ['\ud800', { deep: 'x\0' }] })).toEqual({
      'k\ufffd': ['\ufffd', { deep: 'x\ufffd' }],
    })
    const clean = { a: [1, null, 'x'], b: { c: true } }
    expect(cleanJson(clean)).toBe(clean)
  })

  it('[TEXT-2] cuts without splitting a surrogate pair', () => {
    expect(cutText('ab😀', 3)).toBe('ab')
    expect(cutText('ab😀', 4)).toBe('ab😀')
  })
})

describe('ids', () => {
  it('[ID-1] rise within a process, also within a millisecond and when the clock goes back', () => {
    const uuids = [
      ...Array.from({ length: 10_000 }, () => createUuid(1_000)),
      createUuid(500),
      createUuid(2_000_000_000_000),
    ]
    expect(uuids).toEqual(uuids.toSorted())
    expect(new Set(uuids).size).toBe(uuids.length)
  })

  it('[ID-2] are prefixed text outside and UUIDs inside', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(decodeId('thr', encodeId('thr', uuid))).toBe(uuid)
      }),
    )
    expect(createId('run')).toMatch(/^run_[0-9a-hjkmnp-tv-z]{26}$/)
  })

  it.each([
    '',
    'thr_',
    'thr_short',
    'run_00000000000000000000000000',
    'thr_0000000000000000000000000!',
    'thr_zzzzzzzzzzzzzzzzzzzzzzzzzz',
  ])('[ID-2] stand for nothing when they are not ours: %j', (id) => {
    expect(decodeId('thr', id)).toBeNull()
  })
})
