import type { VNode } from 'preact'
import { useMemo, useRef } from 'preact/hooks'
import { NamedIcon } from '../icons/named-icon.tsx'
import { answerText } from '../store/items.ts'
import { ratingOf } from '../store/ratings.ts'
import { allowedActions, isBusy, lastUserItem } from '../store/state.ts'
import type { ChatState } from '../store/state.ts'
import { groupTurns } from '../store/turns.ts'
import type { Turn } from '../store/turns.ts'
import { lazyPart } from './lazy.tsx'
import type { NoticeViewProps } from './notice.tsx'
import { OutcomeView } from './outcome.tsx'
import { useThreadParts } from './thread-parts.ts'
import type { ThreadParts } from './thread-parts.ts'
import { TurnView } from './turn-view.tsx'
import type { TurnProps } from './turn-view.tsx'
import type { ViewParts } from './view-parts.ts'

const NoticeView = lazyPart<NoticeViewProps>(() => import('./notice.tsx'))

/** The conversation itself, from what lies before it to what is happening at its end. */
export function ThreadView(parts: ViewParts): VNode {
  const { state, words, actions } = parts
  const busy = isBusy(state)
  return (
    <>
      <Earlier {...parts} />
      <Turns state={state} thread={useThreadParts(parts)} />
      {state.notices.map((notice) => (
        <NoticeView
          key={notice.id}
          notice={notice}
          words={words}
          actions={actions}
          fallback={<p className="notice">{notice.message}</p>}
        />
      ))}
      <Activity {...parts} />
      {state.outcome && !busy ? (
        <OutcomeView
          outcome={state.outcome}
          partial={hasPartialAnswer(state)}
          mayRetry={state.status.type === 'active'}
          words={words}
          actions={actions}
        />
      ) : null}
    </>
  )
}

/** What was drawn for the same turn before. Not state: it only spares work. */
type Drawn = WeakMap<Turn, { props: TurnProps; element: VNode }>

/**
 * A turn about which nothing has changed gets the same element, which is then not even compared: a thread may have
 * thousands of them, and one of them changes sixty times a second.
 */
function Turns({ state, thread }: { state: ChatState; thread: ThreadParts }): VNode {
  const turns = useRef<readonly Turn[]>([])
  const drawn = useRef<Drawn>(new WeakMap())
  const { items, copied, ratings, selected, widgets, outcome, run } = state
  const busy = isBusy(state)
  const allowed = allowedActions(state)
  const element = useMemo(() => {
    turns.current = groupTurns(items, turns.current)
    const last = turns.current.at(-1)
    const newestId = lastUserItem(items)?.id
    return turns.current.map((turn) => {
      const hasWidget = turn.items.some(({ type }) => type === 'widget')
      return drawTurn(drawn.current, {
        turn,
        growing: busy && turn === last,
        endIsSaid: !busy && outcome !== null && turn === last,
        isNewest: turn.askedBy === newestId,
        copied: copied !== null && isAbout(turn, copied) ? copied : null,
        rating: ratingOf(ratings, turn),
        selected: selected?.turnId === turn.id && !thread.isLocked ? selected.text : null,
        imageProgress: turn === last ? run?.images.get(turn.items.at(-1)?.id ?? '') : undefined,
        widgets: hasWidget ? widgets : null,
        allowed: hasWidget ? allowed : 'none',
        thread,
      })
    })
  }, [items, copied, ratings, selected, widgets, outcome, run?.images, busy, allowed, thread])
  return <>{element}</>
}

/** Names of what can be copied begin with the id of the item that it is in. */
function isAbout({ items }: Turn, copied: string): boolean {
  return items.some(({ id }) => copied.startsWith(`${id}/`))
}

function drawTurn(drawn: Drawn, props: TurnProps): VNode {
  const known = drawn.get(props.turn)
  if (known !== undefined && isSame(known.props, props)) return known.element
  const element = <TurnView key={props.turn.id} {...props} />
  drawn.set(props.turn, { props, element })
  return element
}

function isSame(one: TurnProps, other: TurnProps): boolean {
  const names = Object.keys(other) as (keyof TurnProps)[]
  return names.every((name) => one[name] === other[name])
}

function Earlier({ state, words, actions }: ViewParts): VNode | null {
  if (state.earlier.cursor === undefined) return null
  return (
    <button
      type="button"
      className="soft earlier"
      aria-disabled={state.earlier.loading}
      onClick={() => void actions.chat.loadEarlier()}
    >
      {state.earlier.loading ? words.loading : words.loadEarlier}
    </button>
  )
}

/** What is going on while there is nothing to read yet, or no more. */
function Activity({ state, words }: ViewParts): VNode | null {
  if (state.phase === 'reconnecting') {
    return (
      <p className="activity after-a-moment">
        <span className="spinner" />
        {words.reconnecting}
      </p>
    )
  }
  if (state.phase === 'stopping') return <p className="activity">{words.stopping}</p>
  if (state.progress) {
    const { icon, text } = state.progress
    return (
      <p className="activity" dir="auto">
        {icon === undefined ? <span className="spinner" /> : <NamedIcon name={icon} />}
        <span className="shining">{text}</span>
      </p>
    )
  }
  const newest = state.items.at(-1)?.type
  const isSeen = newest === 'workflow' || newest === 'generated_image' || hasPartialAnswer(state)
  if (!isBusy(state) || isSeen) return null
  return (
    <p className="activity">
      <span className="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span className="unseen">{words.thinking}</span>
    </p>
  )
}

function hasPartialAnswer(state: ChatState): boolean {
  const newest = state.items.at(-1)
  return newest !== undefined && answerText(newest) !== ''
}
