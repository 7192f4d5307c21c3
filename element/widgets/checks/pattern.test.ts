import { describe, expect, it } from 'vitest'
import { patternLengthMax, readPattern, valueLengthMax } from './pattern.ts'

describe('patterns', () => {
  it.each([
    String.raw`\d{5}`,
    String.raw`\d+(?:[.,]\d{1,2})?`,
    String.raw`[^@\s]+@[^@\s]+\.[a-z]{2,}`,
    String.raw`\+?\d{1,3}[ \-]?\(?\d{3}\)?[ \-]?\d{3,4}`,
    String.raw`(?:\d\d ){4}\d\d`,
    String.raw`(?<year>\d{4})-(?:0\d|1[0-2])`,
    String.raw`[*+?(|)]+\(a\+\)+`,
    'yes|no|perhaps',
    'a'.repeat(patternLengthMax),
  ])('[WIDGET-39] %s is taken over', (pattern) => {
    expect(readPattern(pattern, '')).toBe(pattern)
  })

  it.each([
    '(a+)+',
    '(?:a*)*b',
    '(a|aa)+',
    '((a|b)c){2,}',
    '((?=a+)a)*',
    '(?<name>a{1,2}){30}',
    'a*a*a*a*b',
    'a?'.repeat(16),
    '(|)'.repeat(16),
    'a{0,99}a{0,99}a{0,99}a{0,99}b',
    String.raw`[\q{a|aa}]+`,
    String.raw`\p{RGI_Emoji}+`,
    '[[]*(a+)+[]',
    '(a',
    'a)+',
    '\\',
    'a'.repeat(patternLengthMax + 1),
    null,
  ])('[WIDGET-39] %s is not', (pattern) => {
    expect(readPattern(pattern, '')).toBe(undefined)
  })

  it('[WIDGET-39] a value that is too long is held against none', () => {
    expect(readPattern('a*', 'a'.repeat(valueLengthMax))).toBe('a*')
    expect(readPattern('a*', 'a'.repeat(valueLengthMax + 1))).toBe(undefined)
  })
})
