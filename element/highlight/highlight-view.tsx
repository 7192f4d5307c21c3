import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { highlight, isReady, prepare } from './highlight.ts'
import type { Piece } from './highlight.ts'
import highlightStyle from './highlight.css?inline'

export const style: string = highlightStyle

export interface HighlightViewProps {
  text: string
  /** As it was written. */
  language: string
}

/** Code with its colours, as soon as its language is there. The text is the same all the time, and takes the same room. */
export function View({ text, language }: HighlightViewProps): VNode {
  const ready = isReady(language)
  const [, drawAgain] = useState(0)
  useEffect(() => {
    if (ready) return undefined
    let isGone = false
    void prepare(language).then(() => {
      if (!isGone) drawAgain((times) => times + 1)
    })
    return () => {
      isGone = true
    }
  }, [language, ready])
  const pieces = useMemo(() => highlight(text, language), [text, language, ready])
  return <>{pieces.map(pieceElement)}</>
}

function pieceElement(piece: Piece): ComponentChildren {
  if (typeof piece === 'string') return piece
  return <span className={`code-${piece.kind}`}>{piece.pieces.map(pieceElement)}</span>
}
