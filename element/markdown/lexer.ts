/** Markdown as GitHub has it, with formulas, and with single line ends kept: models write addresses and verses so. */
import { Lexer } from 'marked'
import type { Links, MarkedOptions, MarkedToken, Token } from 'marked'
import { blockFormula, blockFormulaStart, lineFormula, lineFormulaStart, mayHaveFormulas } from './math.ts'
import type { FormulaToken } from './math.ts'

export type MarkdownToken = MarkedToken | FormulaToken

export interface Lexed {
  tokens: MarkdownToken[]
  /** Every reference definition that the text has, and those that were known before. */
  links: Links
}

const plain: MarkedOptions = { gfm: true, breaks: true }
const withFormulas: MarkedOptions = {
  ...plain,
  extensions: {
    renderers: {},
    childTokens: {},
    block: [blockFormula],
    startBlock: [blockFormulaStart],
    inline: [lineFormula],
    startInline: [lineFormulaStart],
  },
}

/** @param known What the text before has defined. */
export function lexMarkdown(source: string, known: Links = {}): Lexed {
  const lexer = new Lexer(mayHaveFormulas(source) ? withFormulas : plain)
  Object.assign(lexer.tokens.links, known)
  const tokens = lexer.lex(source)
  return { tokens: asOwn(tokens), links: lexer.tokens.links }
}

/** The lexer makes no other tokens than its own and ours. */
export function asOwn(tokens: readonly Token[]): MarkdownToken[] {
  return tokens as MarkdownToken[]
}

/** All tokens, each before those within it, in the order of the text. */
export function* tokensWithin(tokens: readonly MarkdownToken[]): Generator<MarkdownToken> {
  for (const token of tokens) {
    yield token
    if (token.type === 'list') for (const item of token.items) yield* tokensWithin(asOwn(item.tokens))
    else if (token.type === 'table') {
      for (const cell of [token.header, ...token.rows].flat()) yield* tokensWithin(asOwn(cell.tokens))
    } else if ('tokens' in token && token.tokens) yield* tokensWithin(asOwn(token.tokens))
  }
}
