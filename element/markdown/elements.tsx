import type { MarkedToken, Token, Tokens } from 'marked'
import type { ComponentChildren, VNode } from 'preact'
import type { Words } from '../words/words.ts'
import { decodeReferences } from './character-references.ts'
import { splitMarkers, withoutMarkers } from './markers.ts'
import type { NumberedSource } from './markers.ts'
import { safeUrl } from './safe-url.ts'

/** What the blocks of one answer need beside their tokens. */
export interface MarkdownParts {
  words: Words
  sources: readonly NumberedSource[]
  /** A block of code with its copy button: it belongs to the view. */
  code: (code: { text: string; language: string }) => VNode
}

/** Headings of an answer begin below the heading of the message, and never skip a level. */
const messageHeadingLevel = 2

/**
 * The heading level of every block (0 where there is none): as deep as it was written, but at most one below the
 * heading before it. It looks only backwards, so that a growing answer never changes a heading it has shown.
 */
export function headingLevels(blocks: readonly MarkedToken[]): number[] {
  let before = messageHeadingLevel
  return blocks.map((block) => {
    if (block.type !== 'heading') return 0
    before = Math.min(6, before + 1, block.depth + messageHeadingLevel)
    return before
  })
}

/**
 * One block as elements. There is no HTML on the way: a token becomes an element or text, so what an answer says can
 * never become more than text, links and their formatting. Raw HTML is shown as it was written.
 */
export function blockElement(
  token: MarkedToken,
  parts: MarkdownParts,
  headingLevel: number = 0,
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
      })
    case 'blockquote':
      return <blockquote>{blocks(token.tokens, parts)}</blockquote>
    case 'list':
      return list(token, parts)
    case 'table':
      return table(token, parts)
    case 'hr':
      return <hr />
    case 'html':
      return <p dir="auto">{textPieces(token.text.trimEnd(), parts)}</p>
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

function blocks(tokens: Token[], parts: MarkdownParts): ComponentChildren[] {
  return asOwn(tokens).map((token) => blockElement(token, parts))
}

/** Without extensions the lexer makes no other tokens than its own. */
function asOwn(tokens: Token[]): MarkedToken[] {
  return tokens as MarkedToken[]
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
function list(token: Tokens.List, parts: MarkdownParts): VNode {
  const items = token.items.map((item, place) => (
    <li key={place} className={item.task ? 'task' : undefined}>
      {blocks(item.tokens, parts)}
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
    <div className="table" role="region" aria-label={parts.words.table} tabIndex={0}>
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
  return asOwn(tokens ?? []).map((token) => inlineElement(token, parts))
}

function inlineElement(token: MarkedToken, parts: MarkdownParts): ComponentChildren {
  switch (token.type) {
    case 'text':
      return token.tokens ? inline(token.tokens, parts) : textPieces(decodeReferences(token.text), parts)
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
      return link(token, inline(token.tokens, parts))
    // Images are not loaded: whoever wrote the answer would learn who reads it, and when.
    case 'image':
      return link(token, [imageWords(withoutMarkers(decodeReferences(token.text)), parts.words)])
    case 'checkbox':
      return <input type="checkbox" checked={token.checked} disabled aria-label={token.checked ? '✓' : '–'} />
    // The lexer puts no blocks into a line, and hands list items out only inside their list.
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

function imageWords(description: string, words: Words): string {
  return description === '' ? words.image : words.imageOf(description)
}

/** An address that may not be linked to leaves its text behind. */
function link(token: Tokens.Link | Tokens.Image, children: ComponentChildren[]): ComponentChildren {
  const url = safeUrl(withoutMarkers(decodeReferences(token.href)))
  if (url === undefined) return <span>{children}</span>
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  )
}

function textPieces(text: string, parts: MarkdownParts): ComponentChildren[] {
  return splitMarkers(text).map((piece) => (typeof piece === 'string' ? piece : sourceMarker(piece, parts)))
}

function sourceMarker(number: number, { sources, words }: MarkdownParts): ComponentChildren {
  const source = sources.find((other) => other.number === number)?.source
  if (!source) return null
  const label = words.source(number, source.title)
  const url = source.type === 'url' ? safeUrl(source.url) : undefined
  if (url === undefined) {
    return (
      <sup className="marker" title={label} role="img" aria-label={label}>
        {number}
      </sup>
    )
  }
  return (
    <a
      className="marker"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      title={label}
      aria-label={label}
    >
      {number}
    </a>
  )
}
