import type { MarkedToken } from 'marked'
import { Fragment } from 'preact'
import type { ComponentChildren, VNode } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { blockElement, headingLevels } from '../markdown/elements.tsx'
import type { MarkdownParts } from '../markdown/elements.tsx'
import type { NumberedSource } from '../markdown/markers.ts'
import { emptyMarkdown, parseMarkdown } from '../markdown/parse.ts'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'

const noSources: readonly NumberedSource[] = []

export interface MarkdownViewProps {
  /** With its markers, if it has any. */
  text: string
  /** Whether more of it is on its way. */
  growing: boolean
  sources?: readonly NumberedSource[]
  words: Words
  /** Which text was copied last, if it was one of these. */
  copied: string | null
  onCopy: (text: string) => void
}

export function MarkdownView(props: MarkdownViewProps): VNode {
  const { text, growing, words, copied, onCopy, sources = noSources } = props
  // Not state: what was parsed before only makes the next parse cheap, and the result is the same without it.
  const parsed = useRef(emptyMarkdown)
  parsed.current = parseMarkdown(text, parsed.current, growing)
  const parts = useMemo<MarkdownParts>(
    () => ({
      words,
      sources,
      code: (code) => <Code {...code} words={words} copied={copied === code.text} onCopy={onCopy} />,
    }),
    [words, sources, copied, onCopy],
  )
  const drawn = useMemo<Drawn>(() => ({ blocks: new WeakMap(), groups: new WeakMap() }), [parts])
  return <div className="markdown">{drawGroups(parsed.current.blocks, parts, drawn)}</div>
}

/** What was drawn for the same objects before. Not state: it only spares work. */
export interface Drawn {
  blocks: WeakMap<MarkedToken, ComponentChildren>
  groups: WeakMap<MarkedToken, { last: MarkedToken; element: VNode }>
}

const blocksPerGroup = 16

/**
 * Frozen blocks are the same objects as before and get the same elements, which are then not even compared; in groups,
 * because in a long answer it is their number alone that costs (decision 0020).
 */
export function drawGroups(blocks: readonly MarkedToken[], parts: MarkdownParts, drawn: Drawn): VNode[] {
  const levels = headingLevels(blocks)
  const groups: VNode[] = []
  for (let start = 0; start < blocks.length; start += blocksPerGroup) {
    const group = blocks.slice(start, start + blocksPerGroup)
    const first = group[0]
    const last = group.at(-1)
    if (!first || !last) break
    const before = drawn.groups.get(first)
    const element =
      before?.last === last ? (
        before.element
      ) : (
        <Fragment key={start}>
          {group.map((block, place) => {
            const known = drawn.blocks.get(block) ?? blockElement(block, parts, levels[start + place])
            drawn.blocks.set(block, known)
            return known
          })}
        </Fragment>
      )
    drawn.groups.set(first, { last, element })
    groups.push(element)
  }
  return groups
}

interface CodeProps {
  text: string
  language: string
  words: Words
  copied: boolean
  onCopy: (text: string) => void
}

function Code({ text, language, words, copied, onCopy }: CodeProps): VNode {
  return (
    <div className="code" dir="ltr">
      <div className="code-head">
        <span>{language}</span>
        <button type="button" className="quiet" aria-label={words.copyCode} onClick={() => onCopy(text)}>
          <Icon name={copied ? 'check' : 'copy'} />
          {copied ? words.copied : words.copy}
        </button>
      </div>
      <pre
        tabIndex={0}
        role="region"
        aria-label={language === '' ? words.code : `${words.code}: ${language}`}
      >
        <code>{text}</code>
      </pre>
    </div>
  )
}
