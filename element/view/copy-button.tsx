import type { VNode } from 'preact'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'

export interface CopyButtonProps {
  label: string
  /** Whether it has just copied. */
  isCopied: boolean
  words: Words
  onCopy: () => void
}

export function CopyButton({ label, isCopied, words, onCopy }: CopyButtonProps): VNode {
  return (
    <button
      type="button"
      className="quiet"
      aria-label={isCopied ? words.copied : label}
      title={label}
      onClick={onCopy}
    >
      <Icon name={isCopied ? 'check' : 'copy'} />
    </button>
  )
}
