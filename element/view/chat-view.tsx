import type { VNode } from 'preact'
import { isBusy } from '../store/state.ts'
import type { ChatState } from '../store/state.ts'
import type { Words } from '../words/words.ts'
import { Foot } from './foot.tsx'
import { Header } from './header.tsx'
import { Icon } from './icons.tsx'
import { lazyPart } from './lazy.tsx'
import { Scroller } from './scroller.tsx'
import { TextHostContext, useTextHost } from './text-host.ts'
import { StartScreen } from './start-screen.tsx'
import { ThreadView } from './thread-view.tsx'
import type { ViewParts } from './view-parts.ts'

const PreviewCard = lazyPart(() => import('../sources/preview-card.tsx'))
const HistoryPanel = lazyPart<ViewParts>(() => import('./history-panel.tsx'))
const DropTarget = lazyPart<ViewParts>(() => import('./drop-target.tsx'))

/** The whole element. */
export function ChatView(parts: ViewParts): VNode {
  const { state, options, words, actions } = parts
  const textHost = useTextHost(parts)
  return (
    <TextHostContext.Provider value={textHost}>
      <div
        className="chat"
        part="frame"
        lang={words.locale}
        dir={words.direction ?? undefined}
        data-scheme={typeof options.theme === 'object' ? options.theme?.colorScheme : options.theme}
        role="region"
        aria-label={options.frameTitle ?? words.chat}
        data-phase={state.phase}
      >
        <Header {...parts} />
        <Scroller
          label={words.conversation}
          atEnd={state.atEnd}
          // The question is brought into sight in any case.
          follows={options.thread?.autoScroll !== false || state.items.at(-1)?.type === 'user_message'}
          onAtEnd={(atEnd) => actions.dispatch({ type: 'at-end', atEnd })}
          firstId={state.items[0]?.id}
          onNearStart={() => void actions.chat.loadEarlier()}
        >
          <Content {...parts} />
        </Scroller>
        <Foot {...parts} />
        <Announcer state={state} words={words} />
        {options.composer?.attachments?.enabled && state.status.type === 'active' ? (
          <DropTarget {...parts} fallback={null} />
        ) : null}
        {state.history.wasOpened ? <HistoryPanel {...parts} fallback={null} /> : null}
        {state.preview?.widget ? (
          <PreviewCard preview={state.preview} words={words} actions={actions} fallback={null} />
        ) : null}
      </div>
    </TextHostContext.Provider>
  )
}

function Content(parts: ViewParts): VNode {
  const { state, words, actions } = parts
  if (state.phase === 'opening') {
    return (
      <div className="after-a-moment">
        <p className="unseen">{words.opening}</p>
        <div className="skeleton" aria-hidden="true">
          <i />
          <i />
          <i />
          <i />
        </div>
      </div>
    )
  }
  if (state.phase === 'unopened') {
    return (
      <div className="outcome outcome-bad" role="alert">
        <p dir="auto">
          <Icon name="warning" />
          {state.openFailure}
        </p>
        <button type="button" className="soft" onClick={() => void actions.chat.refresh()}>
          <Icon name="retry" />
          {words.retry}
        </button>
        <button type="button" className="soft" onClick={() => actions.chat.newChat()}>
          <Icon name="compose" />
          {words.newChat}
        </button>
      </div>
    )
  }
  return state.phase === 'start' ? <StartScreen {...parts} /> : <ThreadView {...parts} />
}

/** For the ear only: finished sentences of an answer, and what else is going on. */
function Announcer({ state, words }: { state: ChatState; words: Words }): VNode {
  return (
    <div className="unseen">
      <div role="log" aria-live="polite" aria-label={words.answerSaid}>
        {state.spoken.lines.map((line) => (
          <p key={line.id} dir="auto">
            {line.text}
          </p>
        ))}
      </div>
      <p role="status">{statusWords(state, words)}</p>
    </div>
  )
}

function statusWords(state: ChatState, words: Words): string {
  if (state.copied !== null) return words.copied
  if (state.phase === 'reconnecting') return words.reconnecting
  if (state.progress && isBusy(state)) return state.progress.text
  if (state.phase === 'sending') return words.thinking
  return state.outcome?.kind === 'cancelled' ? words.stopped : ''
}
