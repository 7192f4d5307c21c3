import { Fragment } from 'preact'
import type { VNode } from 'preact'
import { useContext, useMemo, useRef } from 'preact/hooks'
import { blockElement, headingLevels } from '../markdown/elements.tsx'
import type { MarkdownParts } from '../markdown/elements.tsx'
import { emptyMarkdown, parseMarkdown } from '../markdown/parse.ts'
import type { ParsedMarkdown } from '../markdown/parse.ts'
import type { Words } from '../words/words.ts'
import { CodeBlock, CopiedContext } from './code-block.tsx'
import { Kept } from './kept.ts'
import type { KeptProps } from './kept.ts'
import { lazyPart } from './lazy.tsx'
import { TextHostContext } from './text-host.ts'

const FormulaView = lazyPart(() => import('../formula/formula-view.tsx'))
const Picture = lazyPart(() => import('./picture.tsx'))

export interface MarkdownViewProps {
  /** With its markers, if it has any. */
  text: string
  /** Whether more of it is on its way. */
  growing: boolean
  /** Draws the marker of sources. The same function as long as the sources are the same. */
  marker?: MarkdownParts['marker']
  words: Words
  /** Which text was copied last, if it was one of these. */
  copied: string | null
  onCopy: (text: string) => void
}

const noMarker = (): VNode => <Fragment />

export function MarkdownView(props: MarkdownViewProps): VNode {
  const { text, growing, words, copied, onCopy, marker = noMarker } = props
  const host = useContext(TextHostContext)
  // Not state: what was parsed before only makes the next parse cheap, and the result is the same without it.
  const parsed = useRef(emptyMarkdown)
  parsed.current = parseMarkdown(text, parsed.current, growing)
  const parts = useMemo<MarkdownParts>(
    () => ({
      words,
      marker,
      code: (code) => <CodeBlock {...code} words={words} onCopy={onCopy} />,
      formula: (formula) => (
        <FormulaView {...formula} fallback={<code className="formula-source">{formula.raw}</code>} />
      ),
      image: ({ address, description, isAlone }, link) => (
        <Picture
          url={host?.allowedImage(address)}
          description={description}
          isAlone={isAlone}
          link={link}
          words={words}
          fallback={link}
        />
      ),
      onDeepLink: host?.openDeepLink,
    }),
    [words, marker, onCopy, host],
  )
  return (
    <CopiedContext.Provider value={copied}>
      <div className="markdown">{drawGroups(parsed.current, parts)}</div>
    </CopiedContext.Provider>
  )
}

const blocksPerGroup = 16

/**
 * Frozen blocks are the same objects as before, and are not even compared with what was drawn of them; in groups, because in a
 * long answer it is their number alone that costs (decision 0020).
 */
export function drawGroups(
  { blocks, growing }: Pick<ParsedMarkdown, 'blocks' | 'growing'>,
  parts: MarkdownParts,
): VNode<KeptProps>[] {
  const levels = headingLevels(blocks)
  const groups: VNode<KeptProps>[] = []
  for (let start = 0; start < blocks.length; start += blocksPerGroup) {
    const group = blocks.slice(start, start + blocksPerGroup)
    const elements = (): VNode[] =>
      group.map((block, place) => {
        const headingLevel = levels[start + place] ?? 0
        const isOpen = growing && start + place === blocks.length - 1
        return (
          <Kept
            key={place}
            of={[block, headingLevel, isOpen, parts]}
            draw={() => blockElement(block, parts, { headingLevel, growing: isOpen })}
          />
        )
      })
    const isLast = start + blocksPerGroup >= blocks.length
    const of = [group[0], group.at(-1), growing && isLast, parts]
    groups.push(<Kept key={start} of={of} draw={elements} />)
  }
  return groups
}
