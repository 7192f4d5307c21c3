import type { VNode } from 'preact'
import { NamedIcon } from '../icons/named-icon.tsx'
import type { Rating } from '../store/ratings.ts'
import type { AllowedActions } from '../store/state.ts'
import type { Turn } from '../store/turns.ts'
import { answerIds, turnText } from '../store/turns.ts'
import { widgetStateOf } from '../store/widgets.ts'
import type { WidgetStates } from '../store/widgets.ts'
import { CopyButton } from './copy-button.tsx'
import { Entry } from './entry.tsx'
import { Icon } from './icons.tsx'
import { lazyPart } from './lazy.tsx'
import type { QuoteButtonProps } from './quote-button.tsx'
import type { ThreadParts } from './thread-parts.ts'

const QuoteButton = lazyPart<QuoteButtonProps>(() => import('./quote-button.tsx'))

export interface TurnProps {
  turn: Turn
  /** Whether the run that may still change it is going on. */
  growing: boolean
  /** Whether how it ended is said elsewhere. */
  endIsSaid: boolean
  /** Whether its message is the person's last one. */
  isNewest: boolean
  /** What was copied last, if it came from this turn. */
  copied: string | null
  rating: Rating | null
  /** What of it is selected. */
  selected: string | null
  /** How far an image of it is, from 0 to 1. */
  imageProgress: number | undefined
  /** What was done to widgets, if it has any. */
  widgets: WidgetStates | null
  allowed: AllowedActions
  thread: ThreadParts
}

/** A question and all that came of it, with what one can do about the whole of it. */
export function TurnView(props: TurnProps): VNode {
  const { turn, growing, endIsSaid, isNewest, copied, widgets, allowed, thread } = props
  const newest = turn.items.at(-1)
  return (
    <div className="turn" id={turn.id}>
      {turn.items.map((item) => (
        <Entry
          key={item.id}
          item={item}
          growing={growing && item === newest}
          endIsSaid={endIsSaid && item === newest}
          isNewest={isNewest}
          copied={copied?.startsWith(item.id) === true ? copied : null}
          widget={item.type === 'widget' && widgets ? widgetStateOf(widgets, item.id) : undefined}
          allowed={item.type === 'widget' ? allowed : 'none'}
          imageProgress={item.type === 'generated_image' && item === newest ? props.imageProgress : undefined}
          thread={thread}
        />
      ))}
      {growing ? null : <TurnBar {...props} />}
    </div>
  )
}

/** Copying, judging and asking again. */
function TurnBar({ turn, copied, rating, selected, thread }: TurnProps): VNode | null {
  const { options, words, actions, isLocked } = thread
  const { feedback = false, retry = false } = options.threadItemActions ?? {}
  const ids = answerIds(turn)
  if (ids.length === 0) return null
  const text = turnText(turn)
  const { askedBy } = turn
  const key = `${turn.id}/turn`
  return (
    <div className="turn-actions">
      {selected === null ? null : <QuoteButton text={selected} thread={thread} fallback={null} />}
      {text === '' ? null : (
        <CopyButton
          label={words.copyAnswer}
          isCopied={copied === key}
          words={words}
          onCopy={() => actions.copy(key, text)}
        />
      )}
      {feedback
        ? (['positive', 'negative'] as const).map((kind) => (
            <button
              key={kind}
              type="button"
              className="quiet"
              aria-label={kind === 'positive' ? words.goodAnswer : words.badAnswer}
              title={kind === 'positive' ? words.goodAnswer : words.badAnswer}
              aria-pressed={rating === kind}
              onClick={() => {
                if (rating !== kind) void actions.chat.rate(ids, kind)
              }}
            >
              <NamedIcon name={kind === 'positive' ? 'thumbs-up' : 'thumbs-down'} />
            </button>
          ))
        : null}
      {retry && askedBy !== undefined && !isLocked ? (
        <button
          type="button"
          className="quiet while-idle"
          aria-label={words.answerAgain}
          title={words.answerAgain}
          onClick={() => {
            actions.focusComposer()
            void actions.chat.retry(askedBy)
          }}
        >
          <Icon name="retry" />
        </button>
      ) : null}
    </div>
  )
}
