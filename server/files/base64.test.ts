import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { base64FileBytesMaxDefault, decodeBase64Files } from './base64.ts'
import type { Base64Limits } from './base64.ts'
import { FileError } from './errors.ts'

function outcome(texts: string[], limits?: Base64Limits): unknown {
  try {
    return decodeBase64Files(texts, limits).map((bytes) => Buffer.from(bytes).toString('hex'))
  } catch (error) {
    return error instanceof FileError ? error.code : error
  }
}

test('[FILE-11] bytes of any length come back', () => {
  for (const length of [0, 1, 2, 3, 4, 5, 1_000, 1_001, 1_002]) {
    const bytes = randomBytes(length)
    expect(outcome([bytes.toString('base64')])).toEqual([bytes.toString('hex')])
  }
})

test.each([
  'A',
  'AA',
  'AAA',
  'AAAAA',
  'AA=',
  'A===',
  '====',
  '=',
  'AB==',
  'AAB=',
  'AA==AA==',
  'AA-_',
  'AA A',
  'AAA\n',
  'AA==\n',
  'ÄAAA',
  'data:;base64,AAAA',
  'AAA\0',
])('[FILE-11] [U-01] what is not exactly Base64 is refused: %j', (text) => {
  expect(outcome([text])).toBe('invalid_request')
})

test('[FILE-11] [U-01] the limit counts decoded bytes, exactly: 5 MB, and 10 files', () => {
  const exact = Buffer.alloc(base64FileBytesMaxDefault).toString('base64')
  const beyond = Buffer.alloc(base64FileBytesMaxDefault + 1).toString('base64')
  expect(base64FileBytesMaxDefault).toBe(5_242_880)
  expect(exact.length).toBeGreaterThan(base64FileBytesMaxDefault * 1.3)
  expect(outcome([exact])).not.toBe('too_large')
  expect(outcome([beyond])).toBe('too_large')
  const ten = Array.from({ length: 10 }, () => 'AAAA')
  expect(outcome(ten)).toHaveLength(10)
  expect(outcome([...ten, 'AAAA'])).toBe('too_large')
  expect(outcome(['AAAA'], { fileBytesMax: 3 })).toEqual(['000000'])
  expect(outcome(['AAAA'], { fileBytesMax: 2 })).toBe('too_large')
  expect(outcome(['AAA='], { fileBytesMax: 2 })).toEqual(['0000'])
})
