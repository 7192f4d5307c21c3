import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { WireThread } from '../../server/contracts/chatkit/wire.ts'
import type { HistoryOptions } from '../options.ts'
import { matchingThreads } from '../store/matching-threads.ts'
import type { HistoryState } from '../store/state.ts'
import panelStyle from '../style/panel.css?inline'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'
import { Modal } from './modal.tsx'
import type { Actions, ViewParts } from './view-parts.ts'

type PanelParts = Pick<ViewParts, 'words' | 'actions'>

export const style: string = panelStyle

/** The list of conversations, in a panel of its own. */
export function View({ state, options, words, actions }: ViewParts): VNode {
  const { history, threadId } = state
  const deleting = history.threads.find((thread) => thread.id === history.deleting)
  return (
    <>
      <Modal
        open={history.phase !== 'closed'}
        label={words.history}
        className="panel"
        onClose={actions.chat.closeHistory}
      >
        <div className="panel-head">
          <h2>{words.history}</h2>
          <button
            type="button"
            className="round"
            aria-label={words.close}
            onClick={actions.chat.closeHistory}
          >
            <Icon name="close" />
          </button>
        </div>
        <button
          type="button"
          className="soft wide"
          onClick={() => {
            actions.chat.newChat()
            actions.chat.closeHistory()
            actions.focusComposer()
          }}
        >
          <Icon name="compose" />
          {words.newChat}
        </button>
        {history.problem ? (
          <p className="panel-problem" role="alert">
            {history.problem}
          </p>
        ) : null}
        {history.threads.length > 0 ? (
          <input
            type="search"
            className="search"
            dir="auto"
            value={history.query}
            placeholder={words.searchChats}
            aria-label={words.searchChats}
            onInput={(event) => void actions.chat.searchHistory(event.currentTarget.value)}
          />
        ) : null}
        <ThreadList
          history={history}
          openId={threadId}
          may={options.history ?? {}}
          words={words}
          actions={actions}
        />
      </Modal>
      <DeleteQuestion thread={deleting} words={words} actions={actions} />
    </>
  )
}

interface ThreadListProps extends PanelParts {
  history: HistoryState
  openId: string | null
  may: HistoryOptions
}

function ThreadList({ history, openId, may, words, actions }: ThreadListProps): VNode {
  if (history.phase === 'loading' && history.threads.length === 0) {
    return <p className="panel-note">{words.loading}</p>
  }
  if (history.phase === 'failed') {
    return (
      <button type="button" className="soft" onClick={() => void actions.chat.openHistory()}>
        <Icon name="retry" />
        {words.retry}
      </button>
    )
  }
  if (history.threads.length === 0) return <p className="panel-note">{words.noChats}</p>
  const matching = matchingThreads(history, words.untitled)
  return (
    <>
      {matching.length === 0 && !history.loadingMore ? (
        <p className="panel-note" role="status">
          {words.noMatchingChats}
        </p>
      ) : null}
      <ul className="threads">
        {matching.map((thread) => (
          <ThreadRow
            key={thread.id}
            thread={thread}
            open={thread.id === openId}
            may={may}
            newTitle={history.renaming?.threadId === thread.id ? history.renaming.title : null}
            words={words}
            actions={actions}
          />
        ))}
      </ul>
      {history.cursor === undefined ? null : (
        <button
          type="button"
          className="soft wide"
          aria-disabled={history.loadingMore}
          onClick={() => void actions.chat.loadMoreHistory()}
        >
          {history.loadingMore ? words.loading : words.loadMore}
        </button>
      )}
    </>
  )
}

interface ThreadRowProps extends PanelParts {
  thread: WireThread
  open: boolean
  may: HistoryOptions
  /** What has been typed as its new title, while it is being renamed. */
  newTitle: string | null
}

function ThreadRow({ thread, open, may, newTitle, words, actions }: ThreadRowProps): VNode {
  const row = useRef<HTMLLIElement>(null)
  const renaming = newTitle !== null
  const wasRenaming = useRef(false)
  useEffect(() => {
    // The keyboard goes into the field that appeared, and back to the row when the field is gone.
    if (renaming) row.current?.querySelector('input')?.select()
    else if (wasRenaming.current) row.current?.querySelector('button')?.focus()
    wasRenaming.current = renaming
  }, [renaming])
  const title = thread.title ?? words.untitled
  return (
    <li ref={row}>
      {renaming ? (
        <RenameForm threadId={thread.id} newTitle={newTitle} words={words} actions={actions} />
      ) : (
        <>
          <button
            type="button"
            className="thread"
            aria-current={open ? 'true' : undefined}
            onClick={() => {
              actions.chat.closeHistory()
              actions.focusComposer()
              if (!open) void actions.chat.open(thread.id)
            }}
          >
            <span className="thread-title" dir="auto">
              {title}
            </span>
            <time dateTime={thread.created_at}>{dateWords(thread.created_at, words)}</time>
          </button>
          {may.showRename === false ? null : (
            <button
              type="button"
              className="round"
              aria-label={words.renameChat(title)}
              title={words.rename}
              onClick={() =>
                actions.dispatch({
                  type: 'history-renaming',
                  threadId: thread.id,
                  title: thread.title ?? '',
                })
              }
            >
              <Icon name="rename" />
            </button>
          )}
          {may.showDelete === false ? null : (
            <button
              type="button"
              className="round"
              aria-label={words.deleteChat(title)}
              title={words.remove}
              onClick={() => actions.dispatch({ type: 'history-deleting', threadId: thread.id })}
            >
              <Icon name="remove" />
            </button>
          )}
        </>
      )}
    </li>
  )
}

interface RenameFormProps extends PanelParts {
  threadId: string
  newTitle: string
}

const titleCharactersMax = 200

function RenameForm({ threadId, newTitle, words, actions }: RenameFormProps): VNode {
  const stop = (): void => actions.dispatch({ type: 'history-renaming-ended' })
  return (
    <form
      className="rename"
      onSubmit={(event) => {
        event.preventDefault()
        const title = event.currentTarget.querySelector('input')?.value.trim() ?? ''
        if (title === '') stop()
        else void actions.chat.rename(threadId, title)
      }}
    >
      <input
        dir="auto"
        value={newTitle}
        maxLength={titleCharactersMax}
        aria-label={words.newTitle}
        onInput={(event) =>
          actions.dispatch({ type: 'history-renaming', threadId, title: event.currentTarget.value })
        }
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          // Only the renaming ends, not the whole panel.
          event.preventDefault()
          event.stopPropagation()
          stop()
        }}
      />
      <button type="submit" className="round" aria-label={words.save} title={words.save}>
        <Icon name="check" />
      </button>
      <button type="button" className="round" aria-label={words.cancel} title={words.cancel} onClick={stop}>
        <Icon name="close" />
      </button>
    </form>
  )
}

interface DeleteQuestionProps extends PanelParts {
  thread: WireThread | undefined
}

function DeleteQuestion({ thread, words, actions }: DeleteQuestionProps): VNode {
  const stop = (): void => actions.dispatch({ type: 'history-deleting-ended' })
  return (
    <Modal
      open={thread !== undefined}
      label={words.deleteQuestion}
      className="confirm"
      role="alertdialog"
      onClose={stop}
    >
      <h2>{words.deleteQuestion}</h2>
      <p>{words.deleteExplanation(thread?.title ?? words.untitled)}</p>
      <div className="confirm-actions">
        <button type="button" className="soft" onClick={stop}>
          {words.cancel}
        </button>
        <button type="button" className="danger" onClick={() => removeThread(thread, actions)}>
          {words.remove}
        </button>
      </div>
    </Modal>
  )
}

function removeThread(thread: WireThread | undefined, actions: Actions): void {
  if (thread) void actions.chat.remove(thread.id)
}

function dateWords(date: string, words: Words): string {
  const time = new Date(date)
  if (Number.isNaN(time.getTime())) return ''
  return new Intl.DateTimeFormat(words.locale, { dateStyle: 'medium', timeStyle: 'short' }).format(time)
}
