import { Lexer } from 'marked'
import type { MarkedToken, Token } from 'marked'
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
  blocks: readonly MarkedToken[]
  /** How much of the text, and how many of the blocks, are frozen. */
  frozenLength: number
  frozenBlocks: number
  /** Whether the end was shown as it will most likely turn out. */
  growing: boolean
}

export const emptyMarkdown: ParsedMarkdown = {
  text: '',
  blocks: [],
  frozenLength: 0,
  frozenBlocks: 0,
  growing: false,
}

/**
 * Two things reach across blocks: a reference definition changes links far before it, and an open `<a>` keeps bare
 * addresses far behind it from becoming links. A text that may have one of them is lexed whole, every time.
 */
const reachesAcross = /^[ \t>*+\-\d.)]*\[[^\]\n]+\]:|<a[\s>]/im

/** Parses `text`, reusing what `previous` has settled if `text` continues it. The end of a growing text is mended. */
export function parseMarkdown(
  text: string,
  previous: ParsedMarkdown = emptyMarkdown,
  growing: boolean = false,
): ParsedMarkdown {
  const source = text.replace(/\r\n?/g, '\n')
  if (source === previous.text && growing === previous.growing) return previous
  const whole = reachesAcross.test(source)
  const continues = !whole && source.startsWith(previous.text)
  const frozen = continues ? previous.blocks.slice(0, previous.frozenBlocks) : []
  const frozenLength = continues ? previous.frozenLength : 0
  const rest = source.slice(frozenLength)
  const open = lex(growing ? mendEnd(rest) : rest)
  const settled = whole ? nothing : settledPart(open, rest)
  return {
    text: source,
    blocks: [...frozen, ...open],
    frozenLength: frozenLength + settled.length,
    frozenBlocks: frozen.length + settled.blocks,
    growing,
  }
}

function lex(source: string): MarkedToken[] {
  const tokens: Token[] = new Lexer({ gfm: true }).lex(source)
  // Without extensions the lexer makes no other tokens than its own.
  return tokens as MarkedToken[]
}

const nothing = { blocks: 0, length: 0 }

/**
 * How many of the open blocks can be frozen: up to a blank line that has at least two blocks behind it.
 * The last block is still growing, and the one before it may yet swallow it: a list, an indented code block.
 */
function settledPart(open: readonly MarkedToken[], source: string): { blocks: number; length: number } {
  let blocksBehind = 0
  for (let place = open.length - 1; place >= 0; place -= 1) {
    if (open[place]?.type !== 'space') blocksBehind += 1
    else if (blocksBehind >= 2) {
      const raw = open
        .slice(0, place + 1)
        .map((token) => token.raw)
        .join('')
      // Where the lexer has rewritten its source, lengths mislead: then nothing is frozen.
      return source.startsWith(raw) ? { blocks: place + 1, length: raw.length } : nothing
    }
  }
  return nothing
}
