import type { VNode } from 'preact'
import type { NumberedSource } from '../markdown/markers.ts'
import { safeUrl } from '../markdown/safe-url.ts'
import { Icon } from '../view/icons.tsx'
import type { Actions } from '../view/view-parts.ts'
import type { Words } from '../words/words.ts'
import { EntityMark } from './entity-mark.tsx'
import { groupSources, sourceDate, sourceEntity, sourceOrigin } from './read-source.ts'
import type { Source } from './read-source.ts'
import sourcesStyle from './sources.css?inline'

export const style: string = sourcesStyle

export interface SourcesListProps {
  sources: readonly NumberedSource[]
  itemId: string
  words: Words
  actions: Actions
}

/** All sources of an answer, each once. Nothing is asked of the places they come from. */
export function View({ sources, itemId, words, actions }: SourcesListProps): VNode {
  return (
    <details className="fold sources">
      <summary>
        <Icon name="chevron" />
        {words.sources(sources.length)}
      </summary>
      {groupSources(sources).map(({ name, sources: grouped }) => (
        <section key={name}>
          {name === null ? null : <h3 dir="auto">{name}</h3>}
          <ol>
            {grouped.map(({ number, source }) => (
              <li key={number} value={number}>
                {/* Its number stands where the list's numbers stand, however its title is written. */}
                <div dir="auto">
                  <Title source={source} place={`${itemId} list ${number}`} actions={actions} />
                  <Origin source={source} words={words} />
                  {source.description ? <span className="source-detail">{source.description}</span> : null}
                </div>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </details>
  )
}

function Title({ source, place, actions }: { source: Source; place: string; actions: Actions }): VNode {
  if (source.type === 'entity') {
    return (
      <EntityMark className="source-entity" entity={sourceEntity(source)} place={place} actions={actions}>
        {source.title}
      </EntityMark>
    )
  }
  const url = source.type === 'url' ? safeUrl(source.url) : undefined
  if (url === undefined) return <span>{source.title}</span>
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {source.title}
    </a>
  )
}

function Origin({ source, words }: { source: Source; words: Words }): VNode | null {
  const origin = sourceOrigin(source)
  const date = source.timestamp ? sourceDate(source.timestamp, words.locale) : undefined
  if (origin === undefined && date === undefined) return null
  return (
    <span className="source-origin">{[origin, date].filter((part) => part !== undefined).join(' · ')}</span>
  )
}
