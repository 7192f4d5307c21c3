import { createContext } from 'preact'
import type { Context, VNode } from 'preact'
import { useContext } from 'preact/hooks'
import type { CodeBlock as Code } from '../markdown/elements.tsx'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'
import { lazyPart } from './lazy.tsx'

const Highlighted = lazyPart(() => import('../highlight/highlight-view.tsx'))

export interface CodeBlockProps extends Code {
  words: Words
  onCopy: (text: string) => void
}

/** Which code was copied last. What has copied nothing is not drawn again for it. */
export const CopiedContext: Context<string | null> = createContext<string | null>(null)

/** A block of code. It gets its colours when it is whole, so that it is read once and not at every letter. */
export function CodeBlock({ text, language, growing, words, onCopy }: CodeBlockProps): VNode {
  const copied = useContext(CopiedContext) === text
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
        <code>
          {growing || language === '' ? (
            text
          ) : (
            <Highlighted text={text} language={language} fallback={text} />
          )}
        </code>
      </pre>
    </div>
  )
}
