import { h } from 'preact'
import type { ComponentChildren, VNode } from 'preact'
import { describe, expect, it } from 'vitest'
import { englishWords } from '../words/words.ts'
import { blockElement } from './elements.tsx'
import type { MarkdownParts } from './elements.tsx'
import { parseMarkdown } from './parse.ts'

const parts: MarkdownParts = {
  words: englishWords,
  code: ({ text, language }) => h('pre', { lang: language }, text),
  formula: ({ source }) => h('math', null, source),
  image: (_, link) => link,
  marker: () => null,
  onDeepLink: undefined,
}

/** As HTML without attributes but those that mean something here. */
function html(children: ComponentChildren): string {
  if (Array.isArray(children)) return children.map((child: ComponentChildren) => html(child)).join('')
  if (typeof children === 'string' || typeof children === 'number') return String(children)
  if (typeof children !== 'object' || children === null) return ''
  const { type, props } = children as VNode<Record<string, unknown> & { children?: ComponentChildren }>
  const kept = ['href', 'start', 'checked', 'lang', 'className']
    .filter((name) => props[name] !== undefined && props[name] !== false && props[name] !== '')
    .map((name) => ` ${name}=${String(props[name])}`)
  return `<${String(type)}${kept.join('')}>${html(props.children)}</${String(type)}>`
}

const render = (text: string): string =>
  html(parseMarkdown(text).blocks.map((block) => blockElement(block, parts, { headingLevel: 3 })))

const cases: [text: string, expected: string][] = [
  ['~~gone~~ ~too~', '<p><del>gone</del> <del>too</del></p>'],
  [
    '***both*** **a *b* c** _d_ __e__',
    '<p><em><strong>both</strong></em> <strong>a <em>b</em> c</strong> <em>d</em> <strong>e</strong></p>',
  ],
  ['snake_case_name 2*3*4', '<p>snake_case_name 2<em>3</em>4</p>'],
  [
    'www.example.org and me@example.org',
    '<p><a href=http://www.example.org/>www.example.org</a> and <a href=mailto:me@example.org>me@example.org</a></p>',
  ],
  [
    '(https://example.org/a_(b)).',
    '<p>(<a href=https://example.org/a_(b)>https://example.org/a_(b)</a>).</p>',
  ],
  ['<https://example.org>', '<p><a href=https://example.org/>https://example.org</a></p>'],
  [
    '[a][1] [1][] [1]\n\n[1]: https://example.org "T"',
    '<p><a href=https://example.org/>a</a> <a href=https://example.org/>1</a> <a href=https://example.org/>1</a></p>',
  ],
  ['`` a`b ``', '<p><code>a`b</code></p>'],
  ['one\ntwo  \nthree\\\nfour', '<p>one<br></br>two<br></br>three<br></br>four</p>'],
  ['\\*not\\* \\# \\[x\\]', '<p>*not* # [x]</p>'],
  ['# a\n\nb\n===\n\n###### c #', '<h3>a</h3><h3>b</h3><h3>c</h3>'],
  ['---\n***\n_ _ _', '<hr></hr><hr></hr><hr></hr>'],
  [
    '- a\n  - b\n    1. c\n- d',
    '<ul><li>a<ul><li>b<ol start=1><li>c</li></ol></li></ul></li><li>d</li></ul>',
  ],
  ['3. a\n4. b', '<ol start=3><li>a</li><li>b</li></ol>'],
  ['- a\n\n  b', '<ul><li><p>a</p><p>b</p></li></ul>'],
  ['- a\n+ b', '<ul><li>a</li></ul><ul><li>b</li></ul>'],
  [
    '- [x] done\n- [ ] open',
    '<ul><li className=task><input checked=true></input>done</li><li className=task><input></input>open</li></ul>',
  ],
  ['> a\n> > b\n\nc', '<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p>'],
  ['> - a\n> - b', '<blockquote><ul><li>a</li><li>b</li></ul></blockquote>'],
  ['~~~py\na\n~~~', '<pre lang=py>a</pre>'],
  ['````\n```\n````', '<pre>```</pre>'],
  ['- a\n\n  ```js\n  b\n  ```', '<ul><li><p>a</p><pre lang=js>b</pre></li></ul>'],
  ['    indented\n      code', '<pre>indented\n  code</pre>'],
  [
    '| a | b |\n|:--|--:|\n| `x\\|y` | **z** |\n| 1 |',
    '<div className=table><table><thead><tr><th className=align-left>a</th><th className=align-right>b</th></tr></thead><tbody><tr><td className=align-left><code>x|y</code></td><td className=align-right><strong>z</strong></td></tr><tr><td className=align-left>1</td><td className=align-right></td></tr></tbody></table></div>',
  ],
  [
    'a | b\n-|-\n1 | 2',
    '<div className=table><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>',
  ],
  [
    'text\n| a |\n|---|',
    '<p>text</p><div className=table><table><thead><tr><th>a</th></tr></thead><tbody></tbody></table></div>',
  ],
  ['a <b>x</b> &copy; &#35;', '<p>a <b>x</b> © #</p>'],
]

describe('GitHub’s Markdown', () => {
  it.each(cases)('[MARKDOWN-15] is understood: %j', (text, expected) => {
    expect(render(text)).toBe(expected)
  })
})
