import type { VNode } from 'preact'
import type { DisclaimerOptions } from '../options.ts'
import type { Words } from '../words/words.ts'
import { MarkdownView } from './markdown-view.tsx'

const copyNothing = (): void => undefined

/** What a page wants everybody to know who writes here. */
export function Disclaimer({
  disclaimer: { text, highContrast = false },
  words,
}: {
  disclaimer: DisclaimerOptions
  words: Words
}): VNode {
  return (
    <div className={highContrast ? 'disclaimer disclaimer-strong' : 'disclaimer'}>
      <MarkdownView text={text} growing={false} words={words} copied={null} onCopy={copyNothing} />
    </div>
  )
}
