import type { Token, Tokens } from 'marked'
import type { ComponentChildren, VNode } from 'preact'
import type { Words } from '../words/words.ts'
import { decodeReferences } from './character-references.ts'
import { directionOf } from './direction.ts'
import { asOwn } from './lexer.ts'
import type { MarkdownToken } from './lexer.ts'
import { splitMarkers, withoutMarkers } from './markers.ts'
import { readDeepLink, safeUrl } from './safe-url.ts'
import type { DeepLink } from './safe-url.ts'

/** What the blocks of one text need beside their tokens: what is more than text belongs to the view. */
export interface MarkdownParts {
  words: Words
  code: (code: CodeBlock) => ComponentChildren
  formula: (formula: Formula) => ComponentChildren
  /** An image, if it may be loaded; `link` is what stands for it otherwise. */
  image: (image: MarkdownImage, link: VNode) => ComponentChildren
  /** The marker of the sources with these numbers. */
  marker: (numbers: readonly number[]) => ComponentChildren
  /** Follows a link that is the page's own; without it such links are text. */
  onDeepLink: ((link: DeepLink) => void) | undefined
}

export interface CodeBlock {
  text: string
  /** As it was written behind the opening fence; empty: none. */
  language: string
  /** Whether more of it may come. */
  growing: boolean
}

export interface Formula {
  /** In TeX. */
  source: string
  /** With its delimiters. */
  raw: string
  /** Whether it stands on a line of its own. */
  display: boolean
}

export interface MarkdownImage {
  address: string
  description: string
  /** Whether it stands alone, or among words. */
  isAlone: boolean
}

/** Headings of an answer begin below the heading of the message, and never skip a level. */
const messageHeadingLevel = 2

/**
 * The heading level of every block (0 where there is none): as deep as it was written, but at most one below the
 * heading before it. It looks only backwards, so that a growing answer never changes a heading it has shown.
 */
export function headingLevels(blocks: readonly MarkdownToken[]): number[] {
  let before = messageHeadingLevel
  return blocks.map((block) => {
    if (block.type !== 'heading') return 0
    before = Math.min(6, before + 1, block.depth + messageHeadingLevel)
    return before
  })
}

/** Where a block stands. */
export interface BlockPlace {
  /** 0 where there is no heading, and within other blocks. */
  headingLevel?: number
  /** Whether it is at the end of a text that grows. */
  growing?: boolean
}

/**
 * One block as elements. There is no HTML on the way: a token becomes an element or text, so what an answer says can
 * never become more than text, links and their formatting. Raw HTML is shown as it was written.
 */
export function blockElement(
  token: MarkdownToken,
  parts: MarkdownParts,
  { headingLevel = 0, growing = false }: BlockPlace = {},
): ComponentChildren {
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'paragraph':
      return <p dir="auto">{inline(token.tokens, parts)}</p>
    case 'heading':
      return heading(token, parts, headingLevel)
    case 'code':
      return parts.code({
        text: withoutMarkers(token.text),
        language: (token.lang ?? '').split(/\s/)[0] ?? '',
        growing: growing && !hasClosingFence(token.raw),
      })
    case 'blockquote':
      return <blockquote dir={directionOf(token.raw)}>{blocks(token.tokens, parts, growing)}</blockquote>
    case 'list':
      return list(token, parts, growing)
    case 'table':
      return table(token, parts)
    case 'hr':
      return <hr />
    case 'html':
      return <p dir="auto">{textPieces(token.text.trimEnd(), parts)}</p>
    case 'formula':
      return <div className="formula">{formula(token, parts)}</div>
    // What stands in a tight list, without a paragraph around it.
    case 'text':
    case 'escape':
    case 'strong':
    case 'em':
    case 'del':
    case 'codespan':
    case 'br':
    case 'link':
    case 'image':
    case 'checkbox':
    case 'list_item':
      return inline([token], parts)
  }
}

function blocks(tokens: Token[], parts: MarkdownParts, growing: boolean): ComponentChildren[] {
  return asOwn(tokens).map((token, place) =>
    blockElement(token, parts, { growing: growing && place === tokens.length - 1 }),
  )
}

function hasClosingFence(raw: string): boolean {
  const mark = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1]
  if (mark === undefined) return false
  const [first = '', ...lines] = raw.trimEnd().split('\n')
  return first !== '' && lines.length > 0 && (lines.at(-1)?.trim().startsWith(mark) ?? false)
}

/** Inside a quotation or a list a heading is only a bold line: it structures the quotation, not the answer. */
function heading(token: Tokens.Heading, parts: MarkdownParts, level: number): VNode {
  const children = inline(token.tokens, parts)
  if (level === 0)
    return (
      <p dir="auto">
        <strong>{children}</strong>
      </p>
    )
  if (level <= 3) return <h3 dir="auto">{children}</h3>
  if (level === 4) return <h4 dir="auto">{children}</h4>
  if (level === 5) return <h5 dir="auto">{children}</h5>
  return <h6 dir="auto">{children}</h6>
}

/** A list has one direction, that of its first words: its markers stand on one side. */
function list(token: Tokens.List, parts: MarkdownParts, growing: boolean): VNode {
  const items = token.items.map((item, place) => (
    <li key={place} className={item.task ? 'task' : undefined}>
      {blocks(item.tokens, parts, growing && place === token.items.length - 1)}
    </li>
  ))
  if (!token.ordered) return <ul dir="auto">{items}</ul>
  return (
    <ol dir="auto" start={token.start === '' ? undefined : token.start}>
      {items}
    </ol>
  )
}

function table(token: Tokens.Table, parts: MarkdownParts): VNode {
  const cells = (row: Tokens.TableCell[], Cell: 'th' | 'td'): VNode[] =>
    row.map((cell, place) => (
      <Cell key={place} className={cell.align ? `align-${cell.align}` : undefined} dir="auto">
        {inline(cell.tokens, parts)}
      </Cell>
    ))
  return (
    <div
      className="table"
      role="region"
      aria-label={parts.words.table}
      tabIndex={0}
      dir={directionOf(token.header.map((cell) => cell.text).join(' '))}
    >
      <table>
        <thead>
          <tr>{cells(token.header, 'th')}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, place) => (
            <tr key={place}>{cells(row, 'td')}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function inline(tokens: Token[] | undefined, parts: MarkdownParts): ComponentChildren[] {
  const isAlone =
    tokens?.every(({ type, raw }) => type === 'image' || type === 'br' || raw.trim() === '') ?? false
  return asOwn(tokens ?? []).map((token) =>
    token.type === 'image' ? image(token, parts, isAlone) : inlineElement(token, parts),
  )
}

function inlineElement(token: MarkdownToken, parts: MarkdownParts): ComponentChildren {
  switch (token.type) {
    case 'text':
      return 'tokens' in token && token.tokens
        ? inline(token.tokens, parts)
        : textPieces(decodeReferences(token.text), parts)
    case 'escape':
    case 'html':
      return textPieces(token.text, parts)
    case 'strong':
      return <strong>{inline(token.tokens, parts)}</strong>
    case 'em':
      return <em>{inline(token.tokens, parts)}</em>
    case 'del':
      return <del>{inline(token.tokens, parts)}</del>
    case 'codespan':
      return <code dir="ltr">{withoutMarkers(token.text)}</code>
    case 'br':
      return <br />
    case 'link':
      return link(token.href, inline(token.tokens, parts), parts)
    case 'formula':
      return formula(token, parts)
    case 'checkbox':
      return <input type="checkbox" checked={token.checked} disabled aria-label={token.checked ? '✓' : '–'} />
    // Images have been drawn, the lexer puts no blocks into a line, and hands list items out only inside their list.
    case 'image':
    case 'space':
    case 'def':
    case 'paragraph':
    case 'heading':
    case 'code':
    case 'blockquote':
    case 'list':
    case 'table':
    case 'hr':
    case 'list_item':
      return null
  }
}

function formula({ source, raw, display }: Formula, parts: MarkdownParts): ComponentChildren {
  return parts.formula({ source: withoutMarkers(source), raw: withoutMarkers(raw).trim(), display })
}

/** Images are loaded only where the view allows it: whoever wrote the answer would learn who reads it, and when. */
function image(token: Tokens.Image, parts: MarkdownParts, isAlone: boolean): ComponentChildren {
  const description = withoutMarkers(decodeReferences(token.text))
  const label = description === '' ? parts.words.image : parts.words.imageOf(description)
  return parts.image(
    { address: plainAddress(token.href), description, isAlone },
    link(token.href, [label], parts),
  )
}

/** An address as it was meant, whatever it may lead to. */
function plainAddress(address: string): string {
  return withoutMarkers(decodeReferences(address))
}

/** An address that may not be linked to leaves its text behind. */
function link(href: string, children: ComponentChildren[], { onDeepLink }: MarkdownParts): VNode {
  const address = plainAddress(href)
  const url = safeUrl(address)
  if (url !== undefined) {
    return (
      <a href={url} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    )
  }
  const deepLink = onDeepLink && readDeepLink(address)
  if (!deepLink) return <span>{children}</span>
  const follow = (): void => onDeepLink(deepLink)
  // Without an address: nothing but the page may follow it, not even into a new tab.
  return (
    <span
      className="link"
      role="link"
      tabIndex={0}
      onClick={follow}
      onKeyDown={(event) => {
        if (event.key === 'Enter') follow()
      }}
    >
      {children}
    </span>
  )
}

function textPieces(text: string, parts: MarkdownParts): ComponentChildren[] {
  return splitMarkers(text).map((piece) => (typeof piece === 'string' ? piece : parts.marker(piece)))
}
