import type { VNode } from 'preact'
import type { Outcome } from '../store/state.ts'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'
import type { Actions } from './view-parts.ts'

export interface OutcomeViewProps {
  outcome: Outcome
  /** Whether some of the answer is there. */
  partial: boolean
  /** Whether the thread still takes questions. */
  mayRetry: boolean
  words: Words
  actions: Actions
}

/** How an answer ended that did not simply end, and the way on. */
export function OutcomeView({ outcome, partial, mayRetry, words, actions }: OutcomeViewProps): VNode {
  const stopped = outcome.kind === 'cancelled'
  return (
    <div
      className={stopped ? 'outcome' : 'outcome outcome-bad'}
      part="outcome"
      role={stopped ? undefined : 'alert'}
    >
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
      {outcome.allowRetry && mayRetry ? (
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

/** A failure without a message has only a code; ChatKit knows one, `stream.error`, and whatever else comes means no more. */
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
