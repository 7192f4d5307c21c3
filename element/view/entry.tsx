import type { ComponentChildren, VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { WireItem } from '../../server/contracts/chatkit/wire.ts'
import type { AllowedActions } from '../store/state.ts'
import { untouchedWidget } from '../store/widgets.ts'
import type { WidgetState } from '../store/widgets.ts'
import type { WidgetViewProps } from '../widgets/widget-view.tsx'
import type { AnswerProps } from './answer.tsx'
import type { AnsweredQuestionsProps } from './answered-questions.tsx'
import { Contained } from './contained.ts'
import { AnswerFallback, UnknownItem, WidgetFallback } from './fallback.tsx'
import type { GeneratedImageProps } from './generated-image.tsx'
import { Icon } from './icons.tsx'
import { lazyPart } from './lazy.tsx'
import { Question } from './question.tsx'
import type { ThreadParts } from './thread-parts.ts'
import type { WorkflowViewProps } from './workflow.tsx'

export interface EntryProps {
  item: WireItem
  /** Whether the run that may still change it is going on. */
  growing: boolean
  endIsSaid: boolean
  /** Whether it belongs to the person's last message. */
  isNewest: boolean
  /** What was copied last, if it came from this entry. */
  copied: string | null
  /** What was done to the widget, if it is one. */
  widget: WidgetState | undefined
  /** Which actions of it can be done now. */
  allowed: AllowedActions
  /** How far the image is, if it is one that is being made: from 0 to 1. */
  imageProgress: number | undefined
  thread: ThreadParts
}

/** Markdown is a third of the element, and nothing is said yet when a page opens: see `loadAnswers`. */
const Answer = lazyPart<AnswerProps>(() => import('./answer.tsx'))
const Widget = lazyPart<WidgetViewProps>(() => import('../widgets/widget-view.tsx'))
const Workflow = lazyPart<WorkflowViewProps>(() => import('./workflow.tsx'))
const GeneratedImage = lazyPart<GeneratedImageProps>(() => import('./generated-image.tsx'))
const AnsweredQuestions = lazyPart<AnsweredQuestionsProps>(() => import('./answered-questions.tsx'))

/** Loads what draws answers, while whoever has opened the page still reads or writes. When that fails, drawing one tries again. */
export function loadAnswers(): void {
  Answer.load().catch(() => undefined)
}

/** One item of the thread. It renders again only when something about it has changed. */
export function Entry(props: EntryProps): VNode {
  const { item, growing, endIsSaid, isNewest, copied, widget, allowed, imageProgress, thread } = props
  const element: ComponentChildren = useMemo(
    () => itemElement(props),
    [item, growing, endIsSaid, isNewest, copied, widget, allowed, imageProgress, thread],
  )
  return (
    <Contained of={[item]} fallback={<UnknownItem words={thread.words} />}>
      {element}
    </Contained>
  )
}

function itemElement(props: EntryProps): ComponentChildren {
  const { item, growing, isNewest, thread } = props
  const { words, actions, images } = thread
  switch (item.type) {
    case 'user_message':
      return <Question {...props} item={item} />
    case 'assistant_message':
      return (
        <Answer
          item={item}
          growing={growing}
          endIsSaid={props.endIsSaid}
          copied={props.copied}
          words={words}
          actions={actions}
          fallback={<AnswerFallback item={item} words={words} />}
        />
      )
    case 'workflow':
    case 'task':
      return (
        <Workflow
          item={item}
          running={growing}
          words={words}
          fallback={<p className="tool">{words.reasoning}</p>}
        />
      )
    case 'client_tool_call': {
      const isPending = item.status === 'pending'
      return (
        <p className="tool">
          {isPending && isNewest ? <span className="spinner" /> : null}
          {isPending ? null : <Icon name="check" />}
          <span>{isPending ? words.toolPending(item.name) : words.toolDone(item.name)}</span>
        </p>
      )
    }
    case 'widget':
      return (
        <Widget
          root={item.widget}
          item={item}
          growing={growing}
          allowed={props.allowed}
          state={props.widget ?? untouchedWidget}
          words={words}
          actions={actions}
          fallback={<WidgetFallback item={item} words={words} />}
        />
      )
    case 'structured_input':
      // What is asked stands in the composer's place, until it is answered.
      return item.status === 'pending' && isNewest && !thread.isLocked ? null : (
        <AnsweredQuestions item={item} words={words} fallback={<p className="tool">{words.question}</p>} />
      )
    case 'generated_image':
      return (
        <GeneratedImage
          item={item}
          growing={growing}
          progress={props.imageProgress}
          images={images}
          words={words}
          fallback={<p className="tool">{words.generatedImage}</p>}
        />
      )
    case 'end_of_turn':
      return null
    default:
      return <UnknownItem words={words} />
  }
}
