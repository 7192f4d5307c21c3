import type { MarkedToken } from 'marked'
import type { ComponentChildren, VNode } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { blockElement, headingLevels } from '../markdown/elements.tsx'
import type { MarkdownParts } from '../markdown/elements.tsx'
import type { NumberedSource } from '../markdown/markers.ts'
import { emptyMarkdown, parseMarkdown } from '../markdown/parse.ts'
import type { Words } from '../words/english.ts'
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
  const { blocks } = parsed.current
  const levels = headingLevels(blocks)
  return (
    <div className="markdown">
      {blocks.map((block, place) => (
        <Block key={place} block={block} level={levels[place] ?? 0} parts={parts} />
      ))}
    </div>
  )
}

interface BlockProps {
  block: MarkedToken
  level: number
  parts: MarkdownParts
}

/** A frozen block is the same object as before, and is not rendered again. */
function Block({ block, level, parts }: BlockProps): VNode {
  const element: ComponentChildren = useMemo(() => blockElement(block, parts, level), [block, level, parts])
  return <>{element}</>
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
