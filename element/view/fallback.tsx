import type { VNode } from 'preact'
import type { AssistantMessageItem, WidgetItem } from '../../server/contracts/chatkit/wire.ts'
import { answerText } from '../store/items.ts'
import { widgetLines } from '../store/widget-text.ts'
import type { Words } from '../words/words.ts'

/** An answer as it was written, until the part that reads Markdown is there. */
export function AnswerFallback({ item, words }: { item: AssistantMessageItem; words: Words }): VNode | null {
  const text = answerText(item)
  if (text === '') return null
  return (
    <article className="answer" part="message answer">
      <h2 className="unseen">{words.answerSaid}</h2>
      <div className="as-written" dir="auto">
        {text}
      </div>
    </article>
  )
}

/** What a widget says, as text: until the part that draws widgets is there, and where it cannot be had. */
export function WidgetFallback({ item, words }: { item: WidgetItem; words: Words }): VNode {
  const lines = widgetLines(item)
  return (
    <article className="fallback">
      <h2 className="unseen">{words.widget}</h2>
      {lines.length === 0 ? <p>{words.unknownItem}</p> : null}
      {lines.map((line, place) => (
        <p key={place} dir="auto">
          {line}
        </p>
      ))}
    </article>
  )
}

/** An item of a type that a newer server knows and this version does not. */
export function UnknownItem({ words }: { words: Words }): VNode {
  return <p className="fallback">{words.unknownItem}</p>
}
