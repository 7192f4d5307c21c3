import type { VNode } from 'preact'
import type { NumberedSource } from '../markdown/markers.ts'
import { safeUrl } from '../markdown/safe-url.ts'
import type { Actions } from '../view/view-parts.ts'
import type { Words } from '../words/words.ts'
import { EntityMark } from './entity-mark.tsx'
import { sourceEntity } from './read-source.ts'
import sourcesStyle from './sources.css?inline'

export const style: string = sourcesStyle

export interface MarkerProps {
  numbers: readonly number[]
  sources: readonly NumberedSource[]
  itemId: string
  words: Words
  actions: Actions
}

/** The sources that stand at one place of a text, in one marker. */
export function View({ numbers, sources, itemId, words, actions }: MarkerProps): VNode | null {
  const here = numbers.flatMap((number) => sources.find((source) => source.number === number) ?? [])
  if (here.length === 0) return null
  return (
    <span className="markers">
      {here.map((source) => (
        <Mark key={source.number} numbered={source} itemId={itemId} words={words} actions={actions} />
      ))}
    </span>
  )
}

interface MarkProps {
  numbered: NumberedSource
  itemId: string
  words: Words
  actions: Actions
}

function Mark({ numbered: { number, source }, itemId, words, actions }: MarkProps): VNode {
  const label = words.source(number, source.title)
  if (source.type === 'entity') {
    return (
      <EntityMark
        className="marker"
        entity={sourceEntity(source)}
        place={`${itemId} ${number}`}
        label={label}
        actions={actions}
      >
        {source.inline_label ?? number}
      </EntityMark>
    )
  }
  const url = source.type === 'url' ? safeUrl(source.url) : undefined
  if (url === undefined) {
    return (
      <span className="marker" title={label} role="img" aria-label={label}>
        {number}
      </span>
    )
  }
  return (
    <a
      className="marker"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      title={label}
      aria-label={label}
    >
      {number}
    </a>
  )
}
