import type { VNode } from 'preact'
import { NamedIcon } from '../icons/named-icon.tsx'
import type { Notice } from '../store/state.ts'
import type { Words } from '../words/words.ts'
import { Icon } from './icons.tsx'
import { MarkdownView } from './markdown-view.tsx'
import type { Actions } from './view-parts.ts'
import noticeStyle from './notice.css?inline'

export const style: string = noticeStyle

export interface NoticeViewProps {
  notice: Notice
  words: Words
  actions: Actions
}

/** Code in a notice has no copy button that does something worth remembering. */
const copyNothing = (): void => undefined

/** Something that the agent wants to be seen beside its answer. */
export function View({ notice: { id, level, title, message }, words, actions }: NoticeViewProps): VNode {
  const kind = { info: words.notice, warning: words.warning, danger: words.danger }[level] ?? words.notice
  return (
    <div className={`notice notice-${level}`} part="notice" role={level === 'danger' ? 'alert' : 'status'}>
      {level === 'info' ? <NamedIcon name="info" /> : <Icon name="warning" />}
      <div>
        {title ? (
          <p className="notice-title" dir="auto">
            <span className="unseen">{kind}: </span>
            {title}
          </p>
        ) : (
          <span className="unseen">{kind}</span>
        )}
        <MarkdownView text={message} growing={false} words={words} copied={null} onCopy={copyNothing} />
      </div>
      <button
        type="button"
        className="round"
        aria-label={words.dismiss}
        onClick={() => actions.dispatch({ type: 'notice-dismissed', id })}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
