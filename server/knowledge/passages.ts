/** Markdown in, passages out: pieces under one heading, small enough to quote and to cite. */
import { marked, type Token } from 'marked'
import { cutText } from '../conversation/text.ts'

export interface SourceDocument {
  /** Unique among its documents: `docs/start.md`. */
  path: string
  /** Markdown. */
  text: string
  /** Default: the first heading, or else the path. */
  title?: string
  /** Where people can read it, when they can. */
  url?: string
}

export interface Passage {
  /** Stays the same as long as path and headings do: `docs/start.md#install`, `docs/start.md#install~2`. */
  id: string
  path: string
  title: string
  /** From the outermost to the innermost, without the document's title. */
  headings: string[]
  /** Of the innermost heading, as GitHub writes it; empty before the first. */
  anchor: string
  /** Markdown, without the heading. */
  text: string
  url?: string
}

/** A passage ends with the block that would make it longer; a block that is longer by itself is cut between lines. */
const passageLengthMax = 900
const lineLengthMax = 4_000

interface Section {
  trail: { depth: number; text: string }[]
  anchor: string
  blocks: string[]
}

export function splitDocument(document: SourceDocument): Passage[] {
  const sections = splitSections(marked.lexer(withoutFrontMatter(document.text)))
  const title =
    document.title ?? sections.find(({ trail }) => trail.length > 0)?.trail[0]?.text ?? document.path
  return sections.flatMap((section) =>
    joinBlocks(section.blocks).map((text, index): Passage => {
      const headings = section.trail.map((heading) => heading.text)
      const id = `${document.path}${section.anchor === '' ? '' : `#${section.anchor}`}`
      return {
        id: index === 0 ? id : `${id}~${index + 1}`,
        path: document.path,
        title,
        headings: headings[0] === title ? headings.slice(1) : headings,
        anchor: section.anchor,
        text,
        ...(document.url !== undefined && {
          url: section.anchor === '' ? document.url : `${document.url}#${section.anchor}`,
        }),
      }
    }),
  )
}

function splitSections(tokens: Token[]): Section[] {
  const createAnchor = createAnchors()
  let section: Section = { trail: [], anchor: '', blocks: [] }
  const sections = [section]
  for (const token of tokens) {
    if (token.type === 'heading') {
      const depth = Number(token['depth'])
      const text = plainText(token)
      const trail = [...section.trail.filter((heading) => heading.depth < depth), { depth, text }]
      section = { trail, anchor: createAnchor(text), blocks: [] }
      sections.push(section)
    } else if (!['space', 'hr', 'def', 'html'].includes(token.type)) {
      section.blocks.push(...cutBlock(token.type, blockText(token)))
    }
  }
  return sections
}

/** The block as it was written, but indented code gets a fence: it would lose its indentation in a quote. */
function blockText(token: Token): string {
  const text = token.raw.trim()
  if (token.type !== 'code' || /^(?:```|~~~)/.test(text)) return text
  return `\`\`\`\n${String(token['text']).trimEnd()}\n\`\`\``
}

/** The text of a heading without its marks: `Use **it** [now](x)` reads “Use it now”. */
function plainText(token: Token): string {
  const inner = 'tokens' in token ? token.tokens : undefined
  if (inner !== undefined && inner.length > 0) return inner.map(plainText).join('')
  return 'text' in token && typeof token.text === 'string' ? token.text : ''
}

/** GitHub's anchors: small letters, no punctuation, dashes for blanks, a number for the second of a name. */
function createAnchors(): (text: string) => string {
  const counts = new Map<string, number>()
  return (text) => {
    const plain = text.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    const name = plain.trim().replaceAll(/\s/g, '-')
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return count === 0 ? name : `${name}-${count}`
  }
}

function joinBlocks(blocks: string[]): string[] {
  const passages: string[] = []
  for (const block of blocks) {
    const last = passages.at(-1)
    if (last === undefined || last.length + block.length > passageLengthMax) passages.push(block)
    else passages[passages.length - 1] = `${last}\n\n${block}`
  }
  return passages
}

/** A table keeps its head in every part, code its fence. */
function cutBlock(type: string, block: string): string[] {
  if (block.length <= passageLengthMax) return block === '' ? [] : [block]
  const lines = block.split('\n')
  const isFenced = type === 'code' && /^(?:```|~~~)/.test(block)
  const head = lines.splice(0, type === 'table' ? 2 : isFenced ? 1 : 0)
  const foot = isFenced ? lines.splice(-1) : []
  return cutLines(lines).map((part) => [...head, part, ...foot].join('\n'))
}

function cutLines(lines: string[]): string[] {
  const parts: string[] = []
  for (const line of lines.flatMap(cutLine)) {
    const last = parts.at(-1)
    if (last === undefined || last.length + line.length > passageLengthMax) parts.push(line)
    else parts[parts.length - 1] = `${last}\n${line}`
  }
  return parts
}

/** A line that is longer than any sensible paragraph is cut behind a word, or anywhere when it has none. */
function cutLine(line: string): string[] {
  if (line.length <= lineLengthMax) return [line]
  const parts: string[] = []
  let rest = line
  while (rest.length > lineLengthMax) {
    const cut = cutText(rest, lineLengthMax)
    const blank = cut.lastIndexOf(' ')
    const end = blank > lineLengthMax / 2 ? blank + 1 : cut.length
    parts.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  return rest === '' ? parts : [...parts, rest]
}

function withoutFrontMatter(text: string): string {
  return text.replace(/^\uFEFF?---\r?\n[\s\S]*?\r?\n---\r?\n/, '')
}
