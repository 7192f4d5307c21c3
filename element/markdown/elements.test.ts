import { Fragment, h } from 'preact'
import type { ComponentChildren, VNode } from 'preact'
import { describe, expect, it } from 'vitest'
import { englishWords } from '../words/words.ts'
import { blockElement, headingLevels } from './elements.tsx'
import type { MarkdownParts } from './elements.tsx'
import { insertMarkers, numberSources } from './markers.ts'
import { mendEnd } from './mend.ts'
import { parseMarkdown } from './parse.ts'

interface Seen {
  type: string
  props: Record<string, unknown>
}

/** Everything that would become an element, and all text. */
function seen(children: ComponentChildren): { elements: Seen[]; text: string } {
  if (Array.isArray(children)) {
    const all = children.map((child: ComponentChildren) => seen(child))
    return { elements: all.flatMap(({ elements }) => elements), text: all.map(({ text }) => text).join('') }
  }
  if (typeof children === 'string' || typeof children === 'number')
    return { elements: [], text: String(children) }
  if (typeof children !== 'object' || children === null) return { elements: [], text: '' }
  const { type, props } = children as VNode<Record<string, unknown> & { children?: ComponentChildren }>
  const inside = seen(props.children)
  const own = type === Fragment ? [] : [{ type: String(type), props }]
  return { elements: [...own, ...inside.elements], text: inside.text }
}

/** What the view draws, as something that can be looked at. */
const parts: MarkdownParts = {
  words: englishWords,
  code: ({ text }) => h(Fragment, null, text),
  formula: ({ source, display }) => h('math', { display }, source),
  image: ({ address, isAlone }, link) => h('img', { src: address, isAlone }, link),
  marker: (numbers) => h('sup', { className: 'marker' }, numbers.join(' ')),
  onDeepLink: undefined,
}

function render(text: string, annotations: Parameters<typeof numberSources>[0] = [], more = {}) {
  const sources = numberSources(annotations)
  const { blocks } = parseMarkdown(insertMarkers(text, annotations, sources))
  const levels = headingLevels(blocks)
  return seen(
    blocks.map((block, place) =>
      blockElement(block, { ...parts, ...more }, { headingLevel: levels[place] ?? 0 }),
    ),
  )
}

const allowed = new Set(
  'p h3 h4 h5 h6 pre code blockquote ul ol li hr br strong em del a span sup input div table thead tbody tr th td math'.split(
    ' ',
  ),
)
const allowedProps = new Set(
  'children className dir href target rel title start key lang role tabIndex type checked disabled display'.split(
    ' ',
  ),
)

/** An image that may not be loaded. */
const onlyLink: MarkdownParts['image'] = (_, link) => link

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'text <b onclick="x()">bold</b> <svg/onload=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](\u0001javascript:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](&#x6A;avascript&colon;alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](vbscript:x)',
  '[x](file:///etc/passwd)',
  '[x](blob:https://example.org/1)',
  '[x](//evil.example)',
  '[x](/relative)',
  '[x](chatkit-link://x)',
  '![x](javascript:alert(1))',
  '![x](https://evil.example/pixel.png)',
  '[x]: javascript:alert(1)\n\n[x]',
  '<javascript:alert(1)>',
  '<https://example.org/"onmouseover="alert(1)>',
  '[x](https://example.org "\\" onmouseover=\\"alert(1)")',
  '| <script> |\n|---|\n| [x](javascript:1) |',
  '- <iframe src="javascript:1">\n- [x](javascript:1)',
  '> <style>*{display:none}</style>',
  '```<script>\n</code><script>alert(1)</script>\n```',
  '# <h1 onclick=x>',
  '<!-- <script> -->',
  '<a href="javascript:1">x</a>',
  '[__proto__](constructor)',
  '&constructor; &__proto__; &#0; &#xD800; &#9999999;',
  '\ue000\ue102\ue001 forged marker',
  '`<script>`',
  '$\\href{javascript:alert(1)}{x}$',
  '[![x](javascript:1)](javascript:2)',
]

describe('blockElement', () => {
  it.each(hostile)('[MARKDOWN-3] hostile text becomes text, or a harmless element: %j', (text) => {
    for (const { type, props } of render(text, [], { image: onlyLink }).elements) {
      expect(allowed).toContain(type)
      for (const name of Object.keys(props)) {
        if (!name.startsWith('aria-')) expect(allowedProps).toContain(name)
      }
      if (props['href'] !== undefined) expect(props['href']).toMatch(/^(https?:\/\/|mailto:)/)
      expect(props['href'] ?? '').not.toMatch(/["'<>\s]|^javascript/i)
    }
  })

  it('[MARKDOWN-3] CVE-2026-27740: raw HTML is shown as it was written', () => {
    expect(render('a <b>x</b>\n\n<div>y</div>').text).toBe('a <b>x</b><div>y</div>')
  })

  it('[MARKDOWN-4] links open elsewhere and tell nothing about this page; others leave their text', () => {
    const { elements } = render('[a](https://example.org/x) <me@example.org> https://example.org/y')
    const links = elements.filter(({ type }) => type === 'a')
    expect(links.map(({ props }) => props['href'])).toEqual([
      'https://example.org/x',
      'mailto:me@example.org',
      'https://example.org/y',
    ])
    for (const { props } of links)
      expect(props).toMatchObject({ target: '_blank', rel: 'noopener noreferrer' })
    const refused = render('see [the page](/relative).')
    expect(refused.text).toBe('see the page.')
    expect(refused.elements.some(({ type }) => type === 'a')).toBe(false)
  })

  it('[MARKDOWN-4] an image is a link with its words, and is not loaded', () => {
    const { elements, text } = render('![A cat](https://example.org/cat.png)', [], { image: onlyLink })
    expect(elements.map(({ type }) => type)).toEqual(['p', 'a'])
    expect(text).toBe('Image: A cat')
  })

  it('[MARKDOWN-5] headings begin below the message’s and never skip a level', () => {
    const levels = headingLevels(parseMarkdown('### a\n\n# b\n\n###### c\n\n## d').blocks).filter(
      (level) => level > 0,
    )
    expect(levels).toEqual([3, 3, 4, 4])
  })

  it('[MARKDOWN-6] character references are the characters they stand for, but not in code', () => {
    expect(render('a &amp; b &lt;i&gt; &#233; &hellip; &unknown; `&amp;`').text).toBe(
      'a & b <i> é … &unknown; &amp;',
    )
  })
})

describe('markers', () => {
  const file = (title: string, index?: number) => ({
    type: 'annotation' as const,
    source: { type: 'url' as const, title, url: `https://example.org/${title}` },
    ...(index === undefined ? {} : { index }),
  })

  it('[MARKDOWN-7] a marker stands behind the words it belongs to, and the same source has one number', () => {
    const { text } = render('One. Two. Three.', [file('a', 4), file('b', 9), file('a', 16)])
    expect(text).toBe('One.1 Two.2 Three.1')
  })

  it.each([
    ['```js\nconst a = 1\n```\n\nAfter', 22],
    ['| a |\n|---|\n| b |\n\nAfter', 18],
    ['a\n\n---\n\nb', 6],
    ['[x]: https://example.org\n\n[x]', 24],
    ['text', 0],
    ['text', 4000],
    ['[link](https://example.org) text', 12],
  ])(
    '[MARKDOWN-7] a marker at an awkward place changes nothing about the text around it: %j at %i',
    (text, index) => {
      const marked = render(text, [file('a', index)])
      const others = marked.elements.filter(({ props }) => props['className'] !== 'marker')
      const plain = render(text)
      expect(others.map(({ type }) => type)).toEqual(plain.elements.map(({ type }) => type))
      // The marker's own number is all that may be there beside the text.
      const added = marked.elements.length - others.length
      expect(marked.text.length).toBe(plain.text.length + added)
    },
  )
})

const growing = [
  ['some **bo', 'some **bo**'],
  ['some **bold*', 'some **bold**'],
  ['some **', 'some '],
  ['a `cod', 'a `cod`'],
  ['a `', 'a '],
  ['see [the docs](https://exa', 'see the docs'],
  ['an ![image](https', 'an '],
  ['an ![ima', 'an '],
  ['```js\nconst a = "**', '```js\nconst a = "**'],
  ['done **bold** `code` [link](https://e.org)', 'done **bold** `code` [link](https://e.org)'],
  ['**one\ntwo', '**one\ntwo**'],
  ['an *itali', 'an *itali*'],
  ['both ***bo', 'both ***bo***'],
  ['a _wor', 'a _wor_'],
  ['gone ~~wor', 'gone ~~wor~~'],
  ['**a *b', '**a *b***'],
  ['``a ` b', '``a ` b``'],
  ['snake_case and 2 * 3', 'snake_case and 2 * 3'],
  ['5*3 and 4', '5*3 and 4'],
  ['~20 or so', '~20 or so'],
  ['[the do', 'the do'],
  ['[the docs]', 'the docs'],
  ['**see [the docs](htt', '**see the docs**'],
  ['[note] and', '[note] and'],
  ['a footnote[^1', 'a footnote'],
  ['Text\n-', 'Text'],
  ['Text\n=', 'Text'],
  ['Text\n#', 'Text'],
  ['- one\n-', '- one'],
  ['one\n- [ ', 'one'],
  ['```py', '```'],
  ['```py\na = 1\n``', '```py\na = 1'],
  ['| a | b', ''],
  ['| a | b |\n|--', ''],
  ['| a | b |\n|---|---|', '| a | b |\n|---|---|'],
  ['| a | b |\n|---|---|\n| 1', '| a | b |\n|---|---|\n| 1'],
  ['Text\n\n[1]: https://exa', 'Text\n\n'],
  ['[Alice]: Hello there', '[Alice]: Hello there'],
  ['AT&am', 'AT'],
  ['a \\', 'a '],
  ['\\(x_1 + y', '\\\\\\(x\\_1 \\+ y'],
  ['\\(x_1\\) **b', '\\(x_1\\) **b**'],
  ['$$\na\n- b', '\\$\\$\na\n\\- b'],
  ['costs $5 and **$6', 'costs $5 and **$6**'],
] as const

describe('mendEnd', () => {
  it.each(growing)(
    '[MARKDOWN-8] the end of a growing text is shown as it will most likely be: %j',
    (text, mended) => {
      expect(mendEnd(text)).toBe(mended)
    },
  )
})
