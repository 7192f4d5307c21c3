import { describe, expect, it } from 'vitest'
import { lexMarkdown, tokensWithin } from './lexer.ts'
import type { FormulaToken } from './math.ts'

function formulas(text: string): FormulaToken[] {
  return [...tokensWithin(lexMarkdown(text).tokens)].filter((token) => token.type === 'formula')
}

describe('formulas', () => {
  it.each([
    ['Let $x$ be.', ['x']],
    ['Let $x_1 * y_1$, $a*b$ and $$c$$ be.', ['x_1 * y_1', 'a*b', 'c']],
    ['\\(a + b\\) and \\[c + d\\]', ['a + b', 'c + d']],
    ['# About $E = mc^2$', ['E = mc^2']],
    ['- $x$\n- \\(y\\)', ['x', 'y']],
    ['| a |\n|---|\n| $x$ |', ['x']],
    ['> $$\n> x\n> $$', ['x']],
    ['$\\$5$ is money in a formula', ['\\$5']],
    ['**bold $x$**', ['x']],
    ['$\\text{for all words here}\\ 5$', ['\\text{for all words here}\\ 5']],
  ])('[MARKDOWN-10] what dollars or backslashes enclose is a formula: %j', (text, sources) => {
    expect(formulas(text).map(({ source }) => source)).toEqual(sources)
  })

  it.each([
    '$$\nx = 1\n- 2\n$$',
    'Text before\n$$\nx = 1\n- 2\n$$\nand behind',
    'Text:\n\\[\nx = 1\n- 2\n\\]',
    '1. Item\n   $$\n   x = 1\n   - 2\n   $$',
    '\\[ x = 1 - 2 \\]\n',
  ])('[MARKDOWN-10] on lines of its own it may hold what would mean something else: %j', (text) => {
    const found = formulas(text)
    expect(found.map(({ source, display }) => [source.replace(/\s+/g, ' '), display])).toEqual([
      ['x = 1 - 2', true],
    ])
  })

  it.each([
    'It costs $5 and $6.',
    'From $5 to US$6, or $5-$10, or $5/$6.',
    'Between 5$ and 10$.',
    '$20 more than $15',
    'It was $5 for me$ and',
    'echo $HOME/bin:$PATH and $A,$B',
    'A$5 and C$6$',
    '$ x$ and $x $',
    'one $x\nand y$ two',
    '`$x$` and ``\\(y\\)``',
    '```\n$$\nx\n$$\n```',
    '    $x$',
    'Set $x to `a$`',
    '\\$5 and \\$6',
    '$$\n\nx\n\n$$',
    'see \\[1\\] and \\[sic\\]',
    '[link](https://example.org/$x$)',
    '$$ $$ and \\(\\)',
  ])('[MARKDOWN-10] money, code, and what is never closed is none: %j', (text) => {
    expect(formulas(text)).toEqual([])
  })

  it('[MARKDOWN-10] thousands of beginnings cost no more than their length', () => {
    for (const piece of ['$', '$x', '\\(', '\\[ ', '$$ ', '$$\n', '\n$$', '$a\n']) {
      expect(formulas(piece.repeat(20_000 / piece.length)).length).toBeLessThan(20_000)
    }
  })
})
