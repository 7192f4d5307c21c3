import { describe, expect, it } from 'vitest'
import { toMathML } from './mathml.ts'
import type { MathNode } from './mathml.ts'

const elementsOf = (node: MathNode | undefined): Exclude<MathNode, string>[] =>
  node === undefined || typeof node === 'string' ? [] : [node, ...node.children.flatMap(elementsOf)]
const textOf = (node: MathNode | undefined): string =>
  node === undefined ? '' : typeof node === 'string' ? node : node.children.map(textOf).join('')
const namesOf = (source: string): string[] => elementsOf(toMathML(source, false)).map(({ name }) => name)

describe('toMathML', () => {
  it('[MARKDOWN-11] a formula is MathML', () => {
    expect(namesOf('\\frac{a}{b}')).toEqual(['math', 'mrow', 'mfrac', 'mi', 'mi'])
    expect(toMathML('x', true)?.attributes).toEqual({ display: 'block' })
    expect(textOf(toMathML('\\sum_{i=1}^n i^2', true))).toBe('∑i=1ni2')
    expect(namesOf('\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}')).toEqual(
      expect.arrayContaining(['mtable', 'mtr', 'mtd']),
    )
    expect(namesOf('\\text{if } x \\; \\sqrt[3]{y} \\overline{z} \\boxed{w}')).toEqual(
      expect.arrayContaining(['mtext', 'mroot', 'mover', 'menclose']),
    )
  })

  it.each(['\\frac{a}', 'x^', '{', '\\unknown', '\\def\\a{\\a\\a}\\a', '\\begin{x}', 'x'.repeat(5) + '}'])(
    '[MARKDOWN-11] what is no formula is none: %s',
    (source) => {
      expect(toMathML(source, false)).toBeUndefined()
    },
  )

  it.each([
    '\\href{javascript:alert(1)}{x}',
    '\\url{https://evil.example}',
    '\\includegraphics{https://evil.example/x.png}',
    '\\htmlStyle{background:url(https://evil.example)}{x}',
    '\\htmlId{a}{x} \\htmlClass{b}{y} \\htmlData{c=d}{z}',
    '\\colorbox{red}{x} \\fcolorbox{red}{blue}{y} \\boxed{z}',
    '\\text{<img src=x onerror=alert(1)>}',
  ])('[MARKDOWN-11] nothing in it can load, run or style anything: %s', (source) => {
    for (const { name, attributes } of elementsOf(toMathML(source, false))) {
      expect(name).toMatch(/^m/)
      expect(name).not.toBe('mglyph')
      for (const attribute of Object.keys(attributes))
        expect(attribute).not.toMatch(/^(on|style$|href|src|xlink|class$|id$|data)/)
      expect(JSON.stringify(attributes)).not.toMatch(/javascript|evil|url\(/)
    }
  })

  it('[MARKDOWN-11] sizes have a limit, and one formula knows nothing of another', () => {
    const widths = elementsOf(toMathML('\\rule{9999em}{9999em}', false)).map(({ attributes }) => attributes)
    expect(JSON.stringify(widths)).not.toContain('9999')
    toMathML('\\gdef\\secret{s} \\global\\def\\other{o} x', false)
    expect(toMathML('\\secret', false)).toBeUndefined()
    expect(toMathML('\\other', false)).toBeUndefined()
  })

  it('[MARKDOWN-11] deep nesting ends', () => {
    expect(() => toMathML('{'.repeat(5000) + 'x' + '}'.repeat(5000), false)).not.toThrow()
    expect(() => toMathML('\\sqrt'.repeat(5000) + 'x', false)).not.toThrow()
  })
})
