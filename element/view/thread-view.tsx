import type { VNode } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { NamedIcon } from '../icons/named-icon.tsx'
import { answerText } from '../store/items.ts'
import { ratingOf } from '../store/ratings.ts'
import { allowedActions, isBusy, lastUserItem } from '../store/state.ts'
import type { ChatState } from '../store/state.ts'
import { groupChapters, groupTurns } from '../store/turns.ts'
import type { Chapter, Turn } from '../store/turns.ts'
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

/** What was drawn for the same turn or chapter before. Not state: it only spares work. */
interface Drawn {
  turns: readonly Turn[]
  chapters: readonly Chapter[]
  byTurn: WeakMap<Turn, { props: TurnProps; element: VNode }>
  byChapter: WeakMap<Chapter, { elements: readonly VNode[]; element: VNode }>
}

/**
 * A turn about which nothing has changed gets the same element, which is then not even compared: a thread may have
 * thousands of them, and one of them changes sixty times a second.
 */
function Turns({ state, thread }: { state: ChatState; thread: ThreadParts }): VNode {
  const drawn = useRef<Drawn>({
    turns: [],
    chapters: [],
    byTurn: new WeakMap(),
    byChapter: new WeakMap(),
  }).current
  const { items, copied, ratings, selected, widgets, outcome, run } = state
  const busy = isBusy(state)
  const allowed = allowedActions(state)
  const element = useMemo(() => {
    drawn.turns = groupTurns(items, drawn.turns)
    drawn.chapters = groupChapters(drawn.turns, drawn.chapters)
    const last = drawn.turns.at(-1)
    const newestId = lastUserItem(items)?.id
    const propsOf = (turn: Turn): TurnProps => {
      const hasWidget = turn.items.some(({ type }) => type === 'widget')
      return {
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
      }
    }
    return drawn.chapters.map((chapter) =>
      drawChapter(
        drawn,
        chapter,
        chapter.turns.map((turn) => drawTurn(drawn, propsOf(turn))),
      ),
    )
  }, [items, copied, ratings, selected, widgets, outcome, run?.images, busy, allowed, thread])
  return <>{element}</>
}

/** Names of what can be copied begin with the id of the item that it is in. */
function isAbout({ items }: Turn, copied: string): boolean {
  return items.some(({ id }) => copied.startsWith(`${id}/`))
}

function drawTurn({ byTurn }: Drawn, props: TurnProps): VNode {
  const known = byTurn.get(props.turn)
  if (known !== undefined && isSame(known.props, props)) return known.element
  const element = <TurnView key={props.turn.id} {...props} />
  byTurn.set(props.turn, { props, element })
  return element
}

function drawChapter({ byChapter }: Drawn, chapter: Chapter, elements: readonly VNode[]): VNode {
  const known = byChapter.get(chapter)
  if (known?.elements.every((element, place) => element === elements[place]) === true) return known.element
  const element = <ChapterView key={chapter.key}>{elements}</ChapterView>
  byChapter.set(chapter, { elements, element })
  return element
}

/**
 * A chapter out of sight is not laid out: only from two frames after it was, so that the browser knows how high it is and
 * nothing moves under a reader. A class of the document's and not state, as what it does is.
 */
function ChapterView({ children }: { children: readonly VNode[] }): VNode {
  const chapter = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => chapter.current?.classList.add('settled'))
    })
    return () => cancelAnimationFrame(frame)
  }, [])
  return (
    <div ref={chapter} className="chapter">
      {children}
    </div>
  )
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
