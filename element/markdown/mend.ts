/**
 * The end of a growing text, as it will most likely turn out, so that nobody sees asterisks flicker, a list turn into a heading
 * or a row of dashes into a table. Only what is shown meanwhile; the finished text is never mended.
 *
 *   text       | … blank line | the last paragraph, list or table                            |
 *   held back  |              |                            a line that may become anything ▲ |
 *   closed     |              | emphasis, code and links that have begun; a formula as it is ▲
 */
import { inlineFormula, isOpenFormula } from './math.ts'

/** @param text As it has arrived. */
export function mendEnd(text: string): string {
  const fence = openFence(text)
  if (fence !== undefined) return mendFence(text, fence)
  const blank = text.lastIndexOf('\n\n')
  const start = blank === -1 ? 0 : blank + 2
  return text.slice(0, start) + mendBlock(text.slice(start))
}

const fenceLine = /^(?:[ \t]*(?:[-*+>]|\d{1,9}[.)]))*[ \t]*(`{3,}|~{3,})([^\n]*)$/gm

/** Where the code begins that has not ended yet: its first line. */
function openFence(text: string): { start: number; infoStart: number } | undefined {
  let open: { start: number; infoStart: number; mark: string } | undefined
  for (const { index, 0: line, 1: mark = '', 2: info = '' } of text.matchAll(fenceLine)) {
    if (open === undefined) {
      if (mark.startsWith('`') && info.includes('`')) continue
      open = { start: index, infoStart: index + line.length - info.length, mark }
    } else if (mark.startsWith(open.mark) && info.trim() === '') open = undefined
  }
  return open
}

/** While its first line grows, the language of a piece of code is not known yet; nor does it begin to end. */
function mendFence(text: string, { infoStart }: { infoStart: number }): string {
  if (!text.includes('\n', infoStart)) return text.slice(0, infoStart)
  return text.replace(/\n[ \t]*(?:`{1,2}|~{1,2})$/, '')
}

/** What may become a list, a heading, a line, code or a table when more of it is there. */
const undecided = /(?:^|\n)[ \t]*(?:-+|=+|\*+|_+|\+|#{1,6}|>|`{1,2}|~{1,2}|\|)[ \t]*$/
const undecidedTask = /(\n|^)([ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[[ xX]?\]?$/
const undecidedDefinition = /(?:^|\n) {0,3}\[[^\]\n]+\]:[ \t]*\S*(?:[ \t]+["'(][^\n]*)?$/
const undecidedReference = /&#?\w{0,31}$/
/** A line that begins like a table's head, and what has come of the line of dashes under it. */
const undecidedTable = /(?:^|\n)[ \t]*(?<head>\|[^\n]*)(?:\n[ \t]*(?<dashes>\|?[ \t:|-]*))?$/
const tableDashes = /\n[ \t]*\|?[ \t:|]*-[ \t:|-]*\n/

function mendBlock(block: string): string {
  const decided = block
    .replace(undecidedDefinition, '')
    .replace(undecidedTask, '$1$2')
    .replace(undecidedReference, '')
  const table = tableDashes.test(decided) ? null : undecidedTable.exec(decided)
  if (table?.groups) {
    const { head = '', dashes = '' } = table.groups
    return isTable(head, dashes) ? decided : mendInline(decided.slice(0, table.index))
  }
  return mendInline(decided.replace(undecided, ''))
}

/** Whether the line under a table's head has all its columns. */
function isTable(head: string, dashes: string): boolean {
  const columns = (row: string): number =>
    row
      .trim()
      .replace(/^\||\|$/g, '')
      .split('|').length
  return /-\|?[ \t]*$/.test(dashes) && dashes.trim().endsWith('|') && columns(dashes) >= columns(head)
}

/** What has begun in a line, and where it began. */
interface Begun {
  mark: string
  /** Where what it marks begins. */
  inside: number
}

interface Reading {
  text: string
  place: number
  begun: Begun[]
}

function mendInline(text: string): string {
  const reading: Reading = { text, place: 0, begun: [] }
  while (reading.place < text.length) {
    const ended = readOn(reading)
    if (ended !== undefined) return closeAll(ended, reading.begun)
  }
  return closeAll(text, reading.begun)
}

/** Reads one thing. Returns what is to be shown of the text if its end was found to be unfinished. */
function readOn(reading: Reading): string | undefined {
  const { text, place } = reading
  switch (text[place]) {
    case '\\':
    case '$':
      return readFormula(reading)
    case '`':
      return readCode(reading)
    case '!':
    case '[':
      return readLink(reading)
    case '*':
    case '_':
    case '~':
      return readEmphasis(reading)
    case '\n':
      // Emphasis does not reach from one item of a list, one row or one quotation into the next.
      if (/^\n[ \t]*(?:[-*+>|]|\d{1,9}[.)])/.test(text.slice(place, place + 40))) reading.begun = []
      break
    // Any other character means nothing.
    case undefined:
    default:
  }
  reading.place += 1
  return undefined
}

/** A formula that has begun is shown as it was written: each of its signs stands for itself until it is whole. */
function readFormula(reading: Reading): string | undefined {
  const { text, place } = reading
  const rest = text.slice(place)
  const formula = inlineFormula(rest)
  if (formula) {
    reading.place += formula.raw.length
    return undefined
  }
  if (isOpenFormula(rest)) return text.slice(0, place) + rest.replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`)
  if (rest === '\\' || rest === '\\(' || rest === '\\[') return text.slice(0, place)
  reading.place += text[place] === '\\' ? 2 : 1
  return undefined
}

function readCode(reading: Reading): string | undefined {
  const { text, place } = reading
  const mark = /^`+/.exec(text.slice(place))?.[0] ?? ''
  const inside = place + mark.length
  const end = new RegExp(`(?<!\`)${mark}(?!\`)`, 'g')
  end.lastIndex = inside
  const found = end.exec(text)
  if (found) {
    reading.place = found.index + mark.length
    return undefined
  }
  const code = text.slice(inside)
  if (code.trim() === '') return text.slice(0, place)
  // Some of the closing ticks may be there already.
  return `${text.slice(0, place)}${mark}${code.replace(/`+$/, '')}${mark}`
}

/** A link shows its text until its address is complete; an image shows nothing yet. */
function readLink(reading: Reading): string | undefined {
  const { text, place } = reading
  const isImage = text[place] === '!'
  if (isImage && text[place + 1] !== '[') {
    reading.place += 1
    return place === text.length - 1 ? text.slice(0, place) : undefined
  }
  const inside = place + (isImage ? 2 : 1)
  const rest = text.slice(inside)
  const whole = /^(?:[^[\]\\]|\\.)*\]/s.exec(rest)?.[0]
  const before = text.slice(0, place)
  if (whole === undefined) {
    // With another bracket within it, it may be anything.
    if (rest.includes('[') || rest.includes(']')) reading.place = inside
    else return isImage || rest.startsWith('^') ? before : before + mendInline(rest)
    return undefined
  }
  const behind = rest.slice(whole.length)
  const isUnfinished = /^(?:\([^\s)]*(?:[ \t]+(?:"[^"]*"?)?)?|\[[^\]]*)?$/.test(behind)
  if (isUnfinished) return isImage || whole.startsWith('^') ? before : before + mendInline(whole.slice(0, -1))
  reading.place = isImage ? inside : place + 1
  return undefined
}

function readEmphasis(reading: Reading): string | undefined {
  const { text, place, begun } = reading
  const run = /^(?:\*+|_+|~+)/.exec(text.slice(place))?.[0] ?? ''
  const inside = place + run.length
  const before = text[place - 1] ?? ' '
  const after = text[inside] ?? ' '
  const isClosing = !isSpace(before) && (run[0] !== '_' || !isWord(after))
  const known = begun.findLastIndex(({ mark }) => mark === run)
  reading.place = inside
  if (isClosing && known !== -1) {
    reading.begun = begun.slice(0, known)
    return undefined
  }
  // A part of a closing mark, or one that begins something.
  if (inside === text.length) return text.slice(0, place)
  // What stands within a word or by itself is arithmetic rather than emphasis, and one tilde means `about`.
  const isOpening = !isSpace(after) && (!isWord(before) || run === '**') && run !== '~' && run.length <= 3
  if (isOpening) begun.push({ mark: run, inside })
  return undefined
}

function isSpace(character: string): boolean {
  return character.trim() === ''
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character)
}

function closeAll(text: string, begun: readonly Begun[]): string {
  let shown = text.trimEnd()
  for (const { mark, inside } of begun.toReversed()) {
    if (shown.length <= inside) shown = shown.slice(0, inside - mark.length).trimEnd()
    else shown += mark
  }
  return begun.length === 0 ? text : shown
}
