/**
 * Where a text has formulas: `$…$` and `\(…\)` within a line, `$$…$$` and `\[…\]` on their own.
 *
 * A dollar is first of all money, so it opens a formula only before something that is no space, closes one only behind something
 * that is no space and before something that is no letter or digit, and never reaches over the end of a line or a piece of code.
 * No formula reaches over a blank line (TeX allows none there either): what lies before one cannot be changed by what comes behind.
 */
import type { Token, TokenizerExtensionFunction, TokenizerStartFunction, Tokens } from 'marked'

/** A formula as the text has it. */
export interface FormulaToken {
  type: 'formula'
  raw: string
  /** In TeX, without its delimiters. */
  source: string
  /** Whether it stands on a line of its own. */
  display: boolean
}

/** What is longer is not a formula but a mistake. In UTF-16 code units. */
const inlineLengthMax = 1000
const displayLengthMax = 10_000

const displayOpening = /^ {0,3}(\$\$|\\\[)/
const blankLine = /\n[ \t]*\n/
/** Behind a formula on its own there may be the end of a sentence, and nothing else. */
const lineEnd = /^[ \t]*(?=\n|$)/
/** What says that brackets written with backslashes are no citation: `\[1\]`. */
const mathematical = /^\s|[\\^_=+<>{}|/*]|\n/
/** Money in a sentence: it begins with a number and goes on with a word. */
const priced = /^\d[^\\]*\s[A-Za-z]{3,}/

/** The formula that the text begins with, in a line. */
export function inlineFormula(text: string): FormulaToken | undefined {
  if (text.startsWith('$$')) return closed(text, { opening: '$$', closing: '$$', display: true })
  if (text.startsWith('\\[')) return closed(text, { opening: '\\[', closing: '\\]', display: true })
  if (text.startsWith('\\(')) return closed(text, { opening: '\\(', closing: '\\)', display: false })
  return text.startsWith('$') ? dollarFormula(text) : undefined
}

/** The formula that the text begins with, on lines of its own. */
function displayFormula(text: string): FormulaToken | undefined {
  const start = displayOpening.exec(text)
  if (!start) return undefined
  const indent = start[0].length - 2
  const formula = inlineFormula(text.slice(indent))
  if (!formula || !lineEnd.test(text.slice(indent + formula.raw.length))) return undefined
  return { ...formula, raw: text.slice(0, indent) + formula.raw }
}

/** Whether the text begins with a formula whose end is not there yet. A single dollar may be anything. */
export function isOpenFormula(text: string): boolean {
  const closing = text.startsWith('$$')
    ? '$$'
    : text.startsWith('\\(')
      ? '\\)'
      : text.startsWith('\\[') && mathematical.test(text.slice(2))
        ? '\\]'
        : undefined
  return closing !== undefined && !text.includes(closing, 2) && !blankLine.test(text)
}

interface Delimiters {
  opening: string
  closing: string
  display: boolean
}

function closed(text: string, { opening, closing, display }: Delimiters): FormulaToken | undefined {
  const lengthMax = display ? displayLengthMax : inlineLengthMax
  const end = text.slice(0, lengthMax).indexOf(closing, opening.length)
  if (end === -1) return undefined
  const source = text.slice(opening.length, end)
  if (source.trim() === '' || blankLine.test(source)) return undefined
  if (opening === '\\[' && !mathematical.test(source)) return undefined
  return { type: 'formula', raw: text.slice(0, end + closing.length), source: source.trim(), display }
}

function dollarFormula(text: string): FormulaToken | undefined {
  const end = dollarEnd(text)
  if (end === undefined) return undefined
  const source = text.slice(1, end)
  if (/^\s|\s$/.test(source) || source === '' || priced.test(source)) return undefined
  if (/^[\p{L}\p{N}$]/u.test(text.slice(end + 1, end + 3))) return undefined
  return { type: 'formula', raw: text.slice(0, end + 1), source, display: false }
}

/** Where the next dollar is that stands for itself, if it is in the same line and before any code. */
function dollarEnd(text: string): number | undefined {
  for (let place = 1; place < Math.min(text.length, inlineLengthMax); place += 1) {
    const character = text[place]
    if (character === '$') return place
    if (character === '\n' || character === '`') return undefined
    if (character === '\\') place += 1
  }
  return undefined
}

/** For the lexer: formulas among the blocks, and where the next one may begin. */
export const blockFormula: TokenizerExtensionFunction = (source) => generic(displayFormula(source))
export const blockFormulaStart: TokenizerStartFunction = (source) => {
  // Only in the paragraph that is being read: what lies behind a blank line is looked at later.
  const end = source.search(blankLine)
  const paragraph = end === -1 ? source : source.slice(0, end)
  for (const { index } of paragraph.matchAll(/\n(?= {0,3}(?:\$\$|\\\[))/g)) {
    if (displayFormula(paragraph.slice(index + 1))) return index + 1
  }
  return undefined
}

/** For the lexer: formulas in a line. */
export const lineFormula: TokenizerExtensionFunction = function (source, tokens) {
  const first = source.charCodeAt(0)
  if (first === dollar) {
    // `US$5` and `A$` are money, too.
    const before = lastCharacter(tokens)
    if (before !== undefined && /[\p{L}\p{N}$]$/u.test(before) && !source.startsWith('$$')) return undefined
  } else if (first !== backslash) return undefined
  return generic(inlineFormula(source))
}
export const lineFormulaStart: TokenizerStartFunction = (source) => {
  const place = source.indexOf('$')
  return place === -1 ? undefined : place
}

const dollar = 0x24
const backslash = 0x5c

function lastCharacter(tokens: readonly Token[]): string | undefined {
  const last = tokens.at(-1)
  return last?.type === 'text' ? last.raw.slice(-2) : undefined
}

function generic(token: FormulaToken | undefined): Tokens.Generic | undefined {
  return token === undefined ? undefined : { ...token }
}

/** Whether the lexer has to look for formulas at all. */
export function mayHaveFormulas(text: string): boolean {
  return text.includes('$') || text.includes('\\(') || text.includes('\\[')
}
