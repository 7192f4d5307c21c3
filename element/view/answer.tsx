import type { VNode } from 'preact'
import { useCallback, useMemo } from 'preact/hooks'
import type { AssistantMessageItem } from '../../server/contracts/chatkit/wire.ts'
import { insertMarkers, numberSources } from '../markdown/markers.ts'
import { answerText } from '../store/items.ts'
import type { Words } from '../words/words.ts'
import { lazyPart } from './lazy.tsx'
import { MarkdownView } from './markdown-view.tsx'
import type { Actions } from './view-parts.ts'

const Marker = lazyPart(() => import('../sources/marker.tsx'))
const Sources = lazyPart(() => import('../sources/sources-list.tsx'))

export interface AnswerProps {
  item: AssistantMessageItem
  growing: boolean
  /** Whether how it ended is said elsewhere. */
  endIsSaid: boolean
  copied: string | null
  words: Words
  actions: Actions
}

/** What the agent says, with its sources. */
export function View({ item, growing, endIsSaid, copied, words, actions }: AnswerProps): VNode | null {
  const annotations = item.content.flatMap((part) => part.annotations)
  // By what they say and not by identity: a growing text must not make its finished blocks be drawn again.
  const sources = useMemo(() => numberSources(annotations), [JSON.stringify(annotations)])
  const marker = useCallback(
    (numbers: readonly number[]) => (
      <Marker
        numbers={numbers}
        sources={sources}
        itemId={item.id}
        words={words}
        actions={actions}
        fallback={<sup className="marker">{numbers.join(' ')}</sup>}
      />
    ),
    [sources, item.id, words, actions],
  )
  const onCopy = useCallback((text: string) => actions.copy(codeKey(item.id, text), text), [item.id, actions])
  const text = answerText(item)
  if (text === '') return null
  const prefix = codeKey(item.id, '')
  const copiedCode = copied?.startsWith(prefix) ? copied.slice(prefix.length) : null
  return (
    <article className="answer" part="message answer">
      <h2 className="unseen">{words.answerSaid}</h2>
      {item.content.map((part, place) => (
        <MarkdownView
          key={place}
          text={insertMarkers(part.text, part.annotations, sources)}
          growing={growing}
          marker={marker}
          words={words}
          copied={copiedCode}
          onCopy={onCopy}
        />
      ))}
      {item.incomplete && !endIsSaid ? <p className="ended">{incompleteWords(item, words)}</p> : null}
      {sources.length > 0 && !growing ? (
        <Sources sources={sources} itemId={item.id} words={words} actions={actions} fallback={null} />
      ) : null}
    </article>
  )
}

function codeKey(itemId: string, text: string): string {
  return `${itemId}/code/${text}`
}

function incompleteWords(item: AssistantMessageItem, words: Words): string {
  if (item.incomplete === 'cancelled') return words.stopped
  return item.incomplete === 'failed' ? words.partialFailed : words.interrupted
}
