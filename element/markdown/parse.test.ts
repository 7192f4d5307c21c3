import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lexMarkdown } from './lexer.ts'
import { emptyMarkdown, parseMarkdown } from './parse.ts'

const samples = [
  '# Title\n\nA paragraph with **bold**, *italics*, `code` and [a link](https://example.org).\n\nAnother one.\n',
  '- one\n- two\n\n- loose three\n\n  with a paragraph\n\nAfter the list.\n\n1. a\n2. b\n\n\n3. c\n\nEnd.',
  '```ts\nconst a = 1\n\n\n\nconst b = 2\n```\n\nText\n\n    indented\n\n    code\n\nText again\n\nlast',
  '| a | b |\n|---|:-:|\n| 1 | 2 |\n\nText\n\n> quote\n> more\n\n> another\n\nSetext\n===\n\nlast',
  'See [one] and [two].\n\nText\n\nMore text\n\n[one]: https://one.example\n\n[two]: https://two.example\n',
  '<div>\n\nraw\n\n</div>\n\ntext\n\n<!-- a\n\nb --> after\n\n<script>\n\nx()\n\n</script>\n\nend\n\nend',
  'one\r\ntwo\r\n\r\nthree\r\n\r\n- a\r\n- b\r\n\r\nfour\r\n',
  '<a href="x">\n\nhttps://example.org\n\nmore\n\nhttps://example.org',
  'Let $x$ be.\n\n$$\nx = 1\n- 2\n$$\n\nThen \\(y\\) and\n\\[\ny\n\\]\n\nIt costs $5 or $6.\n\n$$\n\nno\n\n$$\n\nend',
  'a\u0000b\n\n\ud800\n\nمرحبا **بالعالم**\n\n你好。\n\n👩‍👩‍👧‍👦 family\n\nend',
]

const fragments = fc.constantFrom(
  ...'a|word |\n|\n\n|\n\n\n|- |  |    |1. |2) |> |# |```\n|~~~|***|---|===|**|_|`|[x](|https://e.org |)'.split(
    '|',
  ),
  ...'<div> </div> <!-- --> <pre> <a\u0020 \t \r\n &amp; \\ * + é 👍 |a|b|\n |-|-|\n'.split(' '),
  '[x]: y',
  '[y]: z\n',
  '\n\n',
  ...'$ $$ \\( \\) \\[ \\] [y] </a> [^1]'.split(' '),
  '- [ ] ',
)

/** Flags that only an HTML renderer would look at follow the lexer through the text; nothing of ours reads them. */
function shape(blocks: unknown): unknown {
  return JSON.parse(
    JSON.stringify(blocks, (key, value: unknown) =>
      ['escaped', 'inLink', 'inRawBlock'].includes(key) ? undefined : value,
    ),
  )
}

function whole(text: string): unknown {
  return shape([...lexMarkdown(text.replace(/\r\n?/g, '\n')).tokens])
}

function expectStreamingEqualsWhole(pieces: string[]): void {
  let parsed = emptyMarkdown
  let text = ''
  for (const piece of pieces) {
    text += piece
    parsed = parseMarkdown(text, parsed)
    expect(shape(parsed.blocks)).toEqual(whole(text))
  }
}

describe('parseMarkdown', () => {
  it.each(samples)(
    '[MARKDOWN-1] a text that grows by one character at a time is always the whole text: %j',
    (text) => {
      expectStreamingEqualsWhole(Array.from(text))
    },
  )

  it('[MARKDOWN-1] whatever the text and its pieces, streaming equals the whole', () => {
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 40 }), (pieces) => expectStreamingEqualsWhole(pieces)),
      { numRuns: 600 },
    )
  })

  it('[MARKDOWN-1] a mended end leaves no trace in what follows it', () => {
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 40 }), (pieces) => {
        let parsed = emptyMarkdown
        let text = ''
        for (const piece of pieces) parsed = parseMarkdown((text += piece), parsed, true)
        expect(shape(parseMarkdown(text, parsed).blocks)).toEqual(whole(text))
      }),
      { numRuns: 600 },
    )
  })

  it('[MARKDOWN-2] settled blocks are not lexed again: they stay the same objects', () => {
    const text = Array.from({ length: 200 }, (_, number) => `Paragraph ${number} with some words.`).join(
      '\n\n',
    )
    let parsed = emptyMarkdown
    let first: unknown
    for (let end = 0; end <= text.length; end += 7) {
      parsed = parseMarkdown(text.slice(0, end), parsed, true)
      first ??= parsed.frozenBlocks > 0 ? parsed.blocks[0] : undefined
    }
    expect(parsed.blocks[0]).toBe(first)
    expect(parsed.frozenBlocks).toBeGreaterThan(390)
  })

  it('[MARKDOWN-2] definitions that are known, and what only looks like one in code, leave settled blocks as they are', () => {
    const text = Array.from({ length: 100 }, (_, number) => `Paragraph ${number}, see [one].`).join('\n\n')
    const defined = `[one]: https://one.example\n\n${text}\n\n\`\`\`ts\ntype A = {\n  [key: string]: number\n}\n<a href="x">\n\`\`\`\n\nA\n\nB`
    const before = parseMarkdown(defined.slice(0, -40), emptyMarkdown, true)
    const after = parseMarkdown(`${defined}\n\nC\n\nD`, before, true)
    expect(before.frozenBlocks).toBeGreaterThan(190)
    expect(after.blocks.slice(0, 190)).toEqual(before.blocks.slice(0, 190))
    expect(after.blocks.slice(0, 190).every((block, place) => block === before.blocks[place])).toBe(true)
    expect(after.frozenBlocks).toBe(after.blocks.length - 3)
  })

  it('[MARKDOWN-2] a definition at the end changes what refers to it far before, once', () => {
    const text = Array.from({ length: 50 }, () => 'See [one] there.').join('\n\n')
    const before = parseMarkdown(text, emptyMarkdown, true)
    const growing = parseMarkdown(`${text}\n\n[one]: https://one.exam`, before, true)
    expect(growing.blocks[0]).toBe(before.blocks[0])
    const after = parseMarkdown(`${text}\n\n[one]: https://one.example\n\nEnd`, growing, true)
    expect(JSON.stringify(after.blocks[0])).toContain('https://one.example')
  })
})
