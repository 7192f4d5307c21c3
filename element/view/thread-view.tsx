import type { VNode } from 'preact'
import { answerText } from '../store/items.ts'
import { allowedActions, isBusy } from '../store/state.ts'
import type { ChatState, Notice, Outcome } from '../store/state.ts'
import { widgetStateOf } from '../store/widgets.ts'
import type { Words } from '../words/words.ts'
import { Entry } from './entry.tsx'
import { Icon } from './icons.tsx'
import { MarkdownView } from './markdown-view.tsx'
import type { Actions, ViewParts } from './view-parts.ts'

/** The conversation itself, from what lies before it to what is happening at its end. */
export function ThreadView({ state, words, actions }: ViewParts): VNode {
  const busy = isBusy(state)
  const newest = state.items.length - 1
  const allowed = allowedActions(state)
  return (
    <>
      <Earlier state={state} words={words} actions={actions} />
      {state.items.map((item, place) => (
        <Entry
          key={item.id}
          item={item}
          growing={busy && place === newest}
          endIsSaid={place === newest && state.outcome !== null && !busy}
          copied={state.copied?.startsWith(item.id) ? state.copied : null}
          widget={item.type === 'widget' ? widgetStateOf(state.widgets, item.id) : undefined}
          allowed={item.type === 'widget' ? allowed : 'none'}
          words={words}
          actions={actions}
        />
      ))}
      {state.notices.map((notice) => (
        <NoticeView key={notice.id} notice={notice} words={words} actions={actions} />
      ))}
      <Activity state={state} words={words} />
      {state.outcome && !busy ? (
        <OutcomeView
          outcome={state.outcome}
          partial={hasPartialAnswer(state)}
          words={words}
          actions={actions}
        />
      ) : null}
    </>
  )
}

function Earlier({ state, words, actions }: Pick<ViewParts, 'state' | 'words' | 'actions'>): VNode | null {
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
function Activity({ state, words }: Pick<ViewParts, 'state' | 'words'>): VNode | null {
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
    return (
      <p className="activity" dir="auto">
        <span className="spinner" />
        {state.progress.text}
      </p>
    )
  }
  if (!isBusy(state) || hasPartialAnswer(state) || state.items.at(-1)?.type === 'workflow') return null
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

interface OutcomeViewProps {
  outcome: Outcome
  /** Whether some of the answer is there. */
  partial: boolean
  words: Words
  actions: Actions
}

/** How an answer ended that did not simply end, and the way on. */
function OutcomeView({ outcome, partial, words, actions }: OutcomeViewProps): VNode {
  const stopped = outcome.kind === 'cancelled'
  return (
    <div className={stopped ? 'outcome' : 'outcome outcome-bad'} role={stopped ? undefined : 'alert'}>
      <p dir="auto">
        {stopped ? null : <Icon name="warning" />}
        {outcomeWords(outcome, partial, words)}
      </p>
      {outcome.kind === 'lost' ? (
        <button type="button" className="soft" onClick={() => void actions.chat.refresh()}>
          <Icon name="retry" />
          {words.reload}
        </button>
      ) : null}
      {outcome.allowRetry ? (
        <button
          type="button"
          className="soft"
          onClick={() => {
            actions.focusComposer()
            void actions.chat.retry()
          }}
        >
          <Icon name="retry" />
          {words.retry}
        </button>
      ) : null}
    </div>
  )
}

function outcomeWords({ kind, message }: Outcome, partial: boolean, words: Words): string {
  switch (kind) {
    case 'cancelled':
      return words.stopped
    case 'interrupted':
      return words.interrupted
    case 'lost':
      return message === undefined ? words.lost : `${words.lost} ${message}`
    case 'failed':
      return message ?? (partial ? words.partialFailed : words.failed)
  }
}

interface NoticeViewProps {
  notice: Notice
  words: Words
  actions: Actions
}

/** Code in a notice has no copy button that does something worth remembering. */
const copyNothing = (): void => undefined

function NoticeView({ notice, words, actions }: NoticeViewProps): VNode {
  return (
    <div className={`notice notice-${notice.level}`} role={notice.level === 'danger' ? 'alert' : 'status'}>
      <div>
        {notice.title ? <strong dir="auto">{notice.title}</strong> : null}
        <MarkdownView
          text={notice.message}
          growing={false}
          words={words}
          copied={null}
          onCopy={copyNothing}
        />
      </div>
      <button
        type="button"
        className="round"
        aria-label={words.dismiss}
        onClick={() => actions.dispatch({ type: 'notice-dismissed', id: notice.id })}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
