import type { Links } from 'marked'
import { lexMarkdown, tokensWithin } from './lexer.ts'
import type { MarkdownToken } from './lexer.ts'
import { mendEnd } from './mend.ts'

/**
 * Markdown that grows. Blocks that can no longer change are frozen and never lexed again, so a long answer costs
 * about what its text costs, not its square. What comes out equals a parse of the whole text, at every length.
 *
 *   text    | frozen ........................ | open ........ |
 *   tokens  | settled, the same objects again | lexed anew    |
 */
export interface ParsedMarkdown {
  text: string
  blocks: readonly MarkdownToken[]
  /** How much of the text, and how many of the blocks, are frozen. */
  frozenLength: number
  frozenBlocks: number
  /** The reference definitions in the frozen part, and in the whole text: the frozen blocks were lexed with all of them. */
  frozenLinks: Links
  links: Links
  /** Whether the end was shown as it will most likely turn out. */
  growing: boolean
}

export const emptyMarkdown: ParsedMarkdown = {
  text: '',
  blocks: [],
  frozenLength: 0,
  frozenBlocks: 0,
  frozenLinks: {},
  links: {},
  growing: false,
}

/** Parses `text`, reusing what `previous` has settled if `text` continues it. The end of a growing text is mended. */
export function parseMarkdown(
  text: string,
  previous: ParsedMarkdown = emptyMarkdown,
  growing: boolean = false,
): ParsedMarkdown {
  const source = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  if (source === previous.text && growing === previous.growing) return previous
  if (previous.frozenBlocks > 0 && source.startsWith(previous.text)) {
    const parsed = parseBehind(source, previous, growing)
    // A definition reaches far before it: then everything is read again with what is known now.
    if (sameLinks(parsed.links, previous.links)) return parsed
  }
  return parseBehind(source, emptyMarkdown, growing)
}

function parseBehind(source: string, previous: ParsedMarkdown, growing: boolean): ParsedMarkdown {
  const frozen = previous.blocks.slice(0, previous.frozenBlocks)
  const rest = copy(source.slice(previous.frozenLength))
  const open = lexMarkdown(growing ? mendEnd(rest) : rest, previous.frozenLinks)
  const settled = settledPart(open.tokens, rest)
  return {
    text: source,
    blocks: [...frozen, ...open.tokens],
    frozenLength: previous.frozenLength + settled.length,
    frozenBlocks: frozen.length + settled.blocks,
    frozenLinks: { ...previous.frozenLinks, ...pick(open.links, settled.labels) },
    links: open.links,
    growing,
  }
}

/**
 * The same text in memory of its own. Tokens are pieces of what was lexed, and engines keep all of a string as long as a piece of it
 * is there: without this, settled blocks would each keep the whole text as it was when they settled.
 */
function copy(text: string): string {
  return ` ${text}`.slice(1)
}

function sameLinks(one: Links, other: Links): boolean {
  const labels = Object.keys(one)
  return (
    labels.length === Object.keys(other).length &&
    labels.every(
      (label) => one[label]?.href === other[label]?.href && one[label]?.title === other[label]?.title,
    )
  )
}

function pick(links: Links, labels: readonly string[]): Links {
  return Object.fromEntries(
    labels.flatMap((label) => {
      const link = links[label]
      return link === undefined ? [] : [[label, link]]
    }),
  )
}

interface SettledPart {
  blocks: number
  length: number
  /** Of the definitions in it. */
  labels: readonly string[]
}

const nothing: SettledPart = { blocks: 0, length: 0, labels: [] }

/**
 * How many of the open blocks can be frozen: up to a blank line that has at least two blocks behind it.
 * The last block is still growing, and the one before it may yet swallow it: a list, an indented code block.
 */
function settledPart(open: readonly MarkdownToken[], source: string): SettledPart {
  let blocksBehind = 0
  for (let place = open.length - 1; place >= 0; place -= 1) {
    if (open[place]?.type !== 'space') blocksBehind += 1
    else if (blocksBehind >= 2) return settledUpTo(open.slice(0, place + 1), source)
  }
  return nothing
}

function settledUpTo(blocks: readonly MarkdownToken[], source: string): SettledPart {
  const raw = blocks.map((token) => token.raw).join('')
  // Where the lexer has rewritten its source, lengths mislead: then nothing is frozen.
  if (!source.startsWith(raw)) return nothing
  const labels: string[] = []
  for (const token of tokensWithin(blocks)) {
    // Behind an open `<a>` no bare address becomes a link, however far behind: that must be read again each time.
    if (token.type === 'html' && /^<a\s/i.test(token.raw)) return nothing
    if (token.type === 'def') labels.push(token.tag)
  }
  return { blocks: blocks.length, length: raw.length, labels }
}
