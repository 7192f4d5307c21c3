import type { ComponentChildren, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { UserMessageItem, WireItem } from '../../server/contracts/chatkit/wire.ts'
import { safeUrl } from '../markdown/safe-url.ts'
import type { AllowedActions } from '../store/state.ts'
import { untouchedWidget } from '../store/widgets.ts'
import type { WidgetState } from '../store/widgets.ts'
import type { Words } from '../words/words.ts'
import { Answer } from './answer.tsx'
import { StructuredInputFallback, UnknownItem, WidgetFallback } from './fallback.tsx'
import { lazyPart } from './lazy.tsx'
import type { Actions } from './view-parts.ts'
import { TaskView, WorkflowView } from './workflow.tsx'

export interface EntryProps {
  item: WireItem
  /** Whether the run that may still change it is going on. */
  growing: boolean
  endIsSaid: boolean
  /** What was copied last, if it came from this entry. */
  copied: string | null
  /** What was done to the widget, if it is one. */
  widget: WidgetState | undefined
  /** Which actions of it can be done now. */
  allowed: AllowedActions
  words: Words
  actions: Actions
}

const Widget = lazyPart(() => import('../widgets/widget-view.tsx'))

/** One item of the thread. It renders again only when something about it has changed. */
export function Entry(props: EntryProps): VNode {
  const { item, growing, endIsSaid, copied, widget, allowed, words, actions } = props
  const element: ComponentChildren = useMemo(
    () => itemElement(props),
    [item, growing, endIsSaid, copied, widget, allowed, words, actions],
  )
  return <>{element}</>
}

function itemElement(props: EntryProps): ComponentChildren {
  const { item, growing, words } = props
  switch (item.type) {
    case 'user_message':
      return <Question item={item} words={words} />
    case 'assistant_message':
      return <Answer {...props} item={item} />
    case 'workflow':
      return <WorkflowView workflow={item.workflow} running={growing} words={words} />
    case 'task':
      return <TaskView task={item.task} running={growing} words={words} />
    case 'client_tool_call':
      return (
        <p className="tool">
          {item.status === 'pending' ? words.toolPending(item.name) : words.toolDone(item.name)}
        </p>
      )
    case 'widget':
      return (
        <Widget
          root={item.widget}
          item={item}
          growing={growing}
          allowed={props.allowed}
          state={props.widget ?? untouchedWidget}
          words={words}
          actions={props.actions}
          fallback={<WidgetFallback item={item} words={words} />}
        />
      )
    case 'structured_input':
      return <StructuredInputFallback item={item} words={words} />
    case 'generated_image':
      return <GeneratedImage url={item.image?.url} words={words} />
    case 'end_of_turn':
      return null
    default:
      return <UnknownItem words={words} />
  }
}

/** What a person wrote is text and stays text. */
function Question({ item, words }: { item: UserMessageItem; words: Words }): VNode {
  return (
    <article className="question">
      <h2 className="unseen">{words.youSaid}</h2>
      <div className="bubble">
        {item.quoted_text ? <blockquote dir="auto">{item.quoted_text}</blockquote> : null}
        <p dir="auto">
          {item.content.map((part, place) =>
            part.type === 'input_text' ? (
              part.text
            ) : (
              <span key={place} className="tag">
                {part.text}
              </span>
            ),
          )}
        </p>
        {item.attachments.length > 0 ? (
          <ul aria-label={words.attachments}>
            {item.attachments.map((attachment) => (
              <li key={attachment.id} className="tag">
                {attachment.name}
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </article>
  )
}

/** Images are not loaded yet, wherever they come from; a link leads to those that have an address. */
function GeneratedImage({ url, words }: { url: string | undefined; words: Words }): VNode {
  const safe = url === undefined ? undefined : safeUrl(url)
  return (
    <p className="fallback">
      {safe === undefined ? (
        words.generatedImage
      ) : (
        <a href={safe} target="_blank" rel="noopener noreferrer">
          {words.generatedImage}
        </a>
      )}
    </p>
  )
}
