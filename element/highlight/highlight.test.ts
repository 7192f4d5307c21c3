import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { highlight, highlightedLengthMax, isReady, prepare } from './highlight.ts'
import type { Piece } from './highlight.ts'
import { languageNamed, languageNames } from './languages.ts'

const textOf = (pieces: Piece[]): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : textOf(piece.pieces))).join('')
const kindsOf = (pieces: Piece[]): string[] =>
  pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.kind, ...kindsOf(piece.pieces)]))

const sample = 'const a = "text" // note\n<b>&amp;</b> {{ x }} $y ${z}\n# head\n- item: 1\n\t\r\n'

describe('highlight', () => {
  it('[MARKDOWN-12] every language can be had, and leaves the code as it was written', async () => {
    expect(languageNames.length).toBeGreaterThanOrEqual(40)
    for (const name of languageNames) {
      await prepare(name)
      expect(isReady(name), name).toBe(true)
      expect(textOf(highlight(sample, name)), name).toBe(sample)
    }
  })

  it('[MARKDOWN-12] words are told apart by what they are', async () => {
    await prepare('TypeScript')
    const pieces = highlight('class Dog { legs = 4 } // bark', 'ts')
    expect(kindsOf(pieces)).toEqual(expect.arrayContaining(['keyword', 'type', 'number', 'comment']))
    await prepare('diff')
    expect(kindsOf(highlight('+one\n-two', 'diff'))).toEqual(['added', 'removed'])
  })

  it('[MARKDOWN-12] other names lead to the same rules, and unknown ones to none', () => {
    expect(['c++', 'JS', 'html', 'sh', 'yml'].map(languageNamed)).toEqual([
      'cpp',
      'javascript',
      'xml',
      'bash',
      'yaml',
    ])
    for (const name of ['', 'klingon', '__proto__', 'constructor', 'toString', '../x'])
      expect(languageNamed(name)).toBeUndefined()
    expect(highlight('const a = 1', 'klingon')).toEqual(['const a = 1'])
  })

  it('[MARKDOWN-12] what is very long stays as it is', async () => {
    await prepare('js')
    const long = 'a = 1;'.repeat(highlightedLengthMax)
    expect(highlight(long, 'js')).toEqual([long])
  })
})

describe('the colours of code', () => {
  const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')
  const colours = (css: string, name: RegExp): [string, string][] =>
    [...css.matchAll(name)].map(([, light = '', dark = '']) => [light, dark])
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((place) => Number.parseInt(colour.slice(place, place + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const contrast = (one: string, other: string): number => {
    const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }

  it('[MARKDOWN-13] each can be read on the ground of code, in light and in dark', () => {
    const code = colours(read('highlight.css'), /--code-\w+: light-dark\((#\w{6}), (#\w{6})\)/g)
    const grounds = colours(
      read('../style/tokens.css'),
      /--(?:surface|raised): [^;]*?light-dark\((#\w{6}), (#\w{6})\)/g,
    )
    expect(code.length).toBe(10)
    expect(grounds.length).toBe(2)
    for (const [light, dark] of code) {
      for (const [lightGround, darkGround] of grounds) {
        expect(contrast(light, lightGround), light).toBeGreaterThanOrEqual(4.5)
        expect(contrast(dark, darkGround), dark).toBeGreaterThanOrEqual(4.5)
      }
    }
  })
})
