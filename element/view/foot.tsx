import type { VNode } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { pendingQuestions } from '../store/state.ts'
import { Composer } from './composer.tsx'
import type { DisclaimerProps } from './disclaimer.tsx'
import { Icon } from './icons.tsx'
import { lazyPart } from './lazy.tsx'
import type { QuestionsViewProps } from './questions-view.tsx'
import type { ViewParts } from './view-parts.ts'

const Disclaimer = lazyPart<DisclaimerProps>(() => import('./disclaimer.tsx'))
const Questions = lazyPart<QuestionsViewProps>(() => import('./questions-view.tsx'))

/** Below the conversation: where a person says something, or what stands in the place of that. */
export function Foot(parts: ViewParts): VNode {
  const { state, options, words, actions } = parts
  const asked = pendingQuestions(state)
  const foot = useRef<HTMLDivElement>(null)
  const takesFocus = useFocusKept(foot, asked?.id, actions.focusComposer)
  return (
    <div ref={foot} className="foot" part="foot">
      {state.atEnd ? null : (
        <button
          type="button"
          className="jump"
          onClick={() => actions.dispatch({ type: 'at-end', atEnd: true })}
        >
          <Icon name="down" />
          {words.jumpToLatest}
        </button>
      )}
      <Problem {...parts} />
      {state.status.type === 'closed' ? (
        <p className="closed" dir="auto">
          {state.status.reason ?? words.closed}
        </p>
      ) : asked === undefined ? (
        <Composer {...parts} />
      ) : (
        <Questions
          key={asked.id}
          item={asked}
          begun={state.questions}
          takesFocus={takesFocus}
          words={words}
          actions={actions}
          fallback={<div className="composer questions-place" />}
        />
      )}
      {options.disclaimer === undefined ? null : (
        <Disclaimer
          disclaimer={options.disclaimer}
          words={words}
          fallback={<p className="disclaimer">{options.disclaimer.text}</p>}
        />
      )}
    </div>
  )
}

/**
 * The keyboard stays where a person answers, when questions take the composer's place and when they give it back: whether it
 * was there is asked before the document changes. Returns whether the questions are to take it.
 */
function useFocusKept(
  foot: { current: HTMLElement | null },
  askedId: string | undefined,
  focusComposer: () => void,
): boolean {
  const before = useRef({ askedId, hadFocus: false })
  if (before.current.askedId !== askedId) before.current = { askedId, hadFocus: hasFocus(foot.current) }
  useLayoutEffect(() => {
    if (askedId === undefined && before.current.hadFocus) focusComposer()
  }, [askedId])
  return before.current.hadFocus
}

function hasFocus(element: HTMLElement | null): boolean {
  const root = element?.getRootNode()
  return element !== null && root instanceof ShadowRoot && element.contains(root.activeElement)
}

/** Something failed that has no place of its own in the conversation. */
function Problem({ state, words, actions }: ViewParts): VNode | null {
  if (state.problem === null) return null
  return (
    <div className="problem" role="alert">
      <Icon name="warning" />
      <p dir="auto">{state.problem}</p>
      <button
        type="button"
        className="round"
        aria-label={words.dismiss}
        onClick={() => actions.dispatch({ type: 'problem-dismissed' })}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
