import type { VNode } from 'preact'
import type { DisclaimerOptions } from '../options.ts'
import type { Words } from '../words/words.ts'
import { MarkdownView } from './markdown-view.tsx'

const copyNothing = (): void => undefined

export interface DisclaimerProps {
  disclaimer: DisclaimerOptions
  words: Words
}

/** What a page wants everybody to know who writes here. */
export function View({ disclaimer: { text, highContrast = false }, words }: DisclaimerProps): VNode {
  return (
    <div className={highContrast ? 'disclaimer disclaimer-strong' : 'disclaimer'}>
      <MarkdownView text={text} growing={false} words={words} copied={null} onCopy={copyNothing} />
    </div>
  )
}
