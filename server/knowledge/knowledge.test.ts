import { describe, expect, test } from 'vitest'
import { splitDocument } from './passages.ts'
import { createPassageSearch } from './search.ts'
import { stem, termsOf } from './terms.ts'

const guide = `---
title: front matter is no text
---
# The *guide*

Before the first section.

## Install \`it\`

Run \`npm start\`.

\`\`\`sh
# no heading
npm start
\`\`\`

### On Windows!

- one
- two

## Install it

The second of that name.

## Empty
`

describe('passages', () => {
  test('[KNOW-1] a document falls into the pieces under its headings, with their trail and their anchor', () => {
    const passages = splitDocument({ path: 'docs/guide.md', text: guide, url: 'https://example.org/guide' })
    expect(passages).toEqual([
      {
        id: 'docs/guide.md#the-guide',
        path: 'docs/guide.md',
        title: 'The guide',
        headings: [],
        anchor: 'the-guide',
        text: 'Before the first section.',
        url: 'https://example.org/guide#the-guide',
      },
      expect.objectContaining({
        id: 'docs/guide.md#install-it',
        headings: ['Install it'],
        text: 'Run `npm start`.\n\n```sh\n# no heading\nnpm start\n```',
      }),
      expect.objectContaining({
        id: 'docs/guide.md#on-windows',
        headings: ['Install it', 'On Windows!'],
        text: '- one\n- two',
      }),
      expect.objectContaining({ id: 'docs/guide.md#install-it-1', text: 'The second of that name.' }),
    ])
  })

  test('[KNOW-1] text without headings is a passage, too; nothing is none', () => {
    expect(splitDocument({ path: 'a.md', text: 'Just text.' })).toEqual([
      { id: 'a.md', path: 'a.md', title: 'a.md', headings: [], anchor: '', text: 'Just text.' },
    ])
    expect(splitDocument({ path: 'a.md', text: '' })).toEqual([])
  })

  test('[KNOW-2] a long section becomes several passages, cut between blocks or lines, and loses nothing', () => {
    const paragraphs = Array.from({ length: 12 }, (_, index) => `Paragraph ${index} ${'word '.repeat(50)}.`)
    const list = Array.from({ length: 60 }, (_, index) => `- entry ${index} of a long list`)
    const passages = splitDocument({
      path: 'a.md',
      text: `# A\n\n${paragraphs.join('\n\n')}\n\n${list.join('\n')}`,
    })
    expect(passages[1]?.id).toBe('a.md#a~2')
    expect(new Set(passages.map(({ id }) => id)).size).toBe(passages.length)
    for (const { text } of passages) expect(text.length).toBeLessThanOrEqual(902)
    const all = passages.map(({ text }) => text).join('\n')
    for (const piece of [...paragraphs, ...list]) expect(all).toContain(piece)
  })
})

test('[KNOW-2] a long table keeps its head in every part, long code its fence', () => {
  const rows = Array.from({ length: 60 }, (_, index) => `| ${index} | some words of a row |`)
  const code = Array.from({ length: 60 }, (_, index) => `const name${index} = "some code"`)
  const text = `| a | b |\n|---|---|\n${rows.join('\n')}\n\n\`\`\`ts\n${code.join('\n')}\n\`\`\`\n`
  const passages = splitDocument({ path: 'a.md', text })
  const tables = passages.filter((passage) => passage.text.startsWith('| a | b |\n|---|---|\n| '))
  const codes = passages.filter((passage) => /^```ts\n[\s\S]*\n```$/.test(passage.text))
  expect(tables.length).toBeGreaterThan(1)
  expect(codes.length).toBeGreaterThan(1)
  expect(tables.length + codes.length).toBe(passages.length)
})

describe('terms', () => {
  test.each([
    ['stores stored storing store'],
    ['install installs installed installing installation'],
    ['running runs'],
    ['policy policies'],
    ['migrate migration migrates'],
    ['boxes box'],
  ])('[KNOW-3] the forms of a word are one term: %s', (words) => {
    expect(new Set(words.split(' ').map(stem)).size).toBe(1)
  })

  test('[KNOW-3] words that say nothing are left out, other scripts are kept', () => {
    expect(termsOf('How do I use the OPENAI_API_KEY?')).toEqual(['openai', 'api', 'key'])
    expect(termsOf('Grüße 世界')).toEqual(['grüße', '世界'])
  })
})

describe('search', () => {
  const search = createPassageSearch([
    { path: 'guide.md', text: guide },
    {
      path: 'backup.md',
      text: '# Backups\n\n## Restoring\n\nA backup is restored with one command.\n\n## Making\n\nStop the server, copy the folder.',
    },
  ])

  test('[KNOW-4] the passage with the rarest words of the question comes first, headings count more', () => {
    expect(search.find('How do I restore a backup?', 3)[0]?.id).toBe('backup.md#restoring')
    expect(search.find('windows', 3).map(({ id }) => id)).toEqual(['guide.md#on-windows'])
    expect(search.find('backups server folder', 1)).toHaveLength(1)
    expect(search.topics).toEqual(['The guide', 'Backups'])
  })

  test('[KNOW-4] what the documents hardly speak of is not found', () => {
    expect(search.find('the weather in Paris tomorrow', 3)).toEqual([])
    expect(search.find('weather forecasts for the command of Paris', 3)).toEqual([])
    expect(search.find('', 3)).toEqual([])
    expect(createPassageSearch([]).find('anything', 3)).toEqual([])
  })

  test('[KNOW-2] indented code keeps its lines, in a fence', () => {
    const [passage] = splitDocument({ path: 'a.md', text: 'Like so:\n\n    one\n      two\n' })
    expect(passage?.text).toBe('Like so:\n\n```\none\n  two\n```')
  })

  test('[KNOW-5] finds first what the question names by its heading', () => {
    const text =
      '# Guide\n\n## Use a proxy\n\nPut it in front.\n\n## Notes\n\nA proxy, a proxy, use a proxy: use it, a proxy.'
    const [first] = createPassageSearch([{ path: 'guide.md', text }]).find('How do I use a proxy?', 1)
    expect(first?.anchor).toBe('use-a-proxy')
  })
})
